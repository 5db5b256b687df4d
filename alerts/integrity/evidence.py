"""What signs are looked for in, as the rules take it: hours of a station and its neighbours, packed by the day.

Never commits. A day is one of Beijing time.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta

import numpy as np
from sqlalchemy.ext.asyncio import AsyncSession

from alerts.integrity import evidence_repository as repository
from alerts.integrity.evidence_repository import Part
from alerts.integrity.hours import HOUR, Hours, assembled
from alerts.integrity.rules_file import KEPT_DAYS
from alerts.network.medians import Floats
from alerts.network.site import Site
from models.clock import BEIJING

__all__ = [
    "Part", "claim_to_gather", "claim_to_judge", "day_of", "forget", "gather", "judged", "midnight", "of_days",
    "of_readings", "plan", "positions", "sites",
]  # fmt: skip
COLUMNS = 9
"""Six levels, two stirs, the count."""
JUDGED_BACK = timedelta(days=7)
_BLANK = np.full((24, COLUMNS), np.nan, dtype="<f4")


def midnight(day: date) -> datetime:
    """When the day begins."""
    return datetime.combine(day, time(), BEIJING)


def day_of(at: datetime) -> date:
    """The day an instant belongs to."""
    return at.astimezone(BEIJING).date()


async def sites(session: AsyncSession) -> list[Site]:
    """Every working station; the grid is not asked for here."""
    return [
        Site(id_, code, "", lon, lat, kind, float(cadence))
        for id_, code, lon, lat, kind, cadence in await repository.places(session)
    ]


async def positions(
    session: AsyncSession, station_id: int, since: datetime, until: datetime, *, limit: int = 5000
) -> list[tuple[float, float, float]]:
    """The newest positions that the station said of itself in the span, oldest first."""
    return await repository.positions(session, station_id, since, until, limit)


async def of_readings(
    session: AsyncSession, members: Sequence[int], since: datetime, until: datetime
) -> Hours:
    """The whole hours of a span, straight from the readings; the first member is the station itself."""
    begin = _whole(since)
    count = max(0, int((until - begin) // timedelta(hours=1)))
    table = np.full((count, len(members), COLUMNS), np.nan)
    place = {station: n for n, station in enumerate(members)}
    for row in await repository.hourly(session, members, begin, begin + timedelta(hours=count)):
        table[row[1], place[row[0]]] = _row(row)
    return assembled(begin.timestamp(), table)


async def gather(session: AsyncSession, part: Part, stations: Sequence[int], *, now: datetime) -> int:
    """Keeps the hours of the day for the part's stations; gives how many had any.

    What happened longer ago than `JUDGED_BACK` is only looked back at, never judged.
    """
    mine = [station for station in stations if station % part.parts == part.part]
    begin = midnight(part.day)
    packed: dict[int, Floats] = {}
    for row in await repository.hourly(session, mine, begin, begin + timedelta(days=1)):
        packed.setdefault(row[0], _BLANK.copy())[row[1]] = _row(row)
    await repository.keep(
        session, part.day, [(station, packed[station].tobytes()) for station in sorted(packed)]
    )
    await repository.gathered(session, part, now, to_judge=part.day >= day_of(now) - JUDGED_BACK)
    return len(packed)


async def of_days(
    session: AsyncSession, stations: Sequence[int], last: date, days: int
) -> Mapping[int, Floats]:
    """By station the hours of the `days` up to `last`, hours × COLUMNS; stations with nothing are not in it."""
    first = last - timedelta(days=days - 1)
    found: dict[int, Floats] = {}
    for station, day, hours in await repository.days(session, stations, first, last):
        if station not in found:
            found[station] = np.full((days * 24, COLUMNS), np.nan, dtype=np.float32)
        at = (day - first).days * 24
        found[station][at : at + 24] = np.frombuffer(hours, dtype="<f4").reshape(24, COLUMNS)
    return found


async def plan(
    session: AsyncSession, *, now: datetime, after: timedelta, back: int, stations: int, size: int
) -> None:
    """Has the last `back` days that ended at least `after` ago gathered and judged, in parts of about `size`."""
    newest = day_of(now - after) - timedelta(days=1)
    wanted = [newest - timedelta(days=n) for n in range(back)]
    await repository.plan(session, wanted, max(1, -(-stations // size)))


async def claim_to_gather(session: AsyncSession) -> Part | None:
    """The next part to be gathered."""
    return await repository.claim_to_gather(session)


async def claim_to_judge(session: AsyncSession) -> Part | None:
    """The next part to be judged: its day is gathered whole."""
    return await repository.claim_to_judge(session)


async def judged(session: AsyncSession, part: Part, *, now: datetime) -> None:
    """The part is done with."""
    await repository.judged(session, part, now)


async def forget(session: AsyncSession, *, now: datetime) -> None:
    """Drops what no rule looks back at."""
    await repository.forget(session, day_of(now) - timedelta(days=KEPT_DAYS + 2))


def _row(row: Sequence[float | None]) -> list[float]:
    return [np.nan if value is None else float(value) for value in row[2:]]


def _whole(at: datetime) -> datetime:
    return datetime.fromtimestamp(at.timestamp() // HOUR * HOUR, UTC)
