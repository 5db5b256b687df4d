"""Early warning: a month's target that not even clean air would keep any more, told once (R8, body §3(二))."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.ext.asyncio import AsyncSession

from airquality.rounding import round_half_even
from supervision.targets import target_repository as repository
from supervision.targets.standing import Outlook
from supervision.targets.targets import Standing, standings


@dataclass(frozen=True, slots=True)
class Unreachable:
    """A target that was found out of reach just now."""

    standing: Standing
    month: date


async def unreachable(session: AsyncSession, *, today: date, now: datetime) -> list[Unreachable]:
    """The targets of the month of `today` that have newly become unreachable; each is given once and never again."""
    month = today.replace(day=1)
    found = []
    for one in await standings(session, year=today.year, month=today.month, today=today):
        if one.month.outlook is not Outlook.OUT_OF_REACH or one.month.to_date is None:
            continue
        new = await repository.warn(
            session, grid=one.grid, station=one.station, month=month, pollutant=one.month.pollutant,
            target=one.month.target, to_date=round_half_even(one.month.to_date, 3), remaining=one.month.remaining,
            now=now,
        )  # fmt: skip
        if new:
            found.append(Unreachable(one, month))
    return found
