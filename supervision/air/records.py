"""What people enter beside the measurements: days dust took out, and indices the Region published."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from airquality.composite import composite_rules
from airquality.period import BEIJING
from models.air import AirExclusion, AirPublished
from models.enums import POLLUTANTS
from models.errors import ForbiddenTransition, Invalid, NotFound, Overlap
from models.registry import Grid

LONGEST_DOCUMENT = 300
LONGEST_WHY = 2000
LARGEST_INDEX = Decimal(100)
LARGEST_LEVEL = Decimal(100_000)


@dataclass(frozen=True, slots=True)
class Excluded:
    """Pollutants of a unit's day were taken out of the ranking."""

    id: int
    grid: str
    day: date
    pollutants: tuple[str, ...]
    document: str
    by: int


@dataclass(frozen=True, slots=True)
class Published:
    """An index of the Region was entered; the version of it."""

    grid: str
    month: date
    version: int
    value: Decimal
    by: int


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a publication."""

    grid: str
    value: Decimal
    figures: Mapping[str, Decimal]


async def exclude(
    session: AsyncSession,
    *,
    grid: str,
    day: date,
    pollutants: Sequence[str],
    document: str,
    by: int,
    now: datetime,
) -> Excluded:
    """Takes pollutants of a unit's day out of the ranking, by a document.

    Raises Invalid naming the field for what is no level-2 grid, a day that is not over, no pollutants or unknown ones,
    or without a document; Overlap where something is taken out of that day already.
    """
    unit = await _unit(session, grid, "grid")
    if not date(2014, 1, 1) <= day < now.astimezone(BEIJING).date():
        raise Invalid("the day is not over", field="day")
    chosen = tuple(name for name in POLLUTANTS if name in pollutants)
    if not chosen or set(pollutants) - set(POLLUTANTS):
        raise Invalid("wants pollutants of the index", field="pollutants")
    row = AirExclusion(
        grid_id=unit,
        day=day,
        pollutants=list(chosen),
        document=document_of(document),
        entered_by=by,
        entered_at=now,
    )
    try:
        async with session.begin_nested():
            session.add(row)
            await session.flush()
    except IntegrityError:
        raise Overlap("something is taken out of that day already") from None
    return Excluded(row.id, grid, day, chosen, row.document, by)


async def withdraw(
    session: AsyncSession, exclusion: int, *, why: str, by: int, now: datetime
) -> AirExclusion:
    """Ends an exclusion; it stays on record.

    Raises NotFound, ForbiddenTransition for one that is over, Invalid without a reason.
    """
    row = await session.get(AirExclusion, exclusion, with_for_update=True)
    if row is None:
        raise NotFound(f"no exclusion {exclusion}")
    if row.withdrawn_at is not None:
        raise ForbiddenTransition("it was withdrawn already", state="withdrawn", act="withdraw")
    reason = why.strip()
    if not 0 < len(reason) <= LONGEST_WHY:
        raise Invalid(f"wants a reason of at most {LONGEST_WHY} characters", field="why")
    row.withdrawn_at, row.withdrawn_by, row.withdrawn_why = now, by, reason
    await session.flush()
    return row


async def publish(
    session: AsyncSession,
    *,
    month: date,
    rules: str,
    document: str,
    rows: Sequence[Row],
    by: int,
    now: datetime,
) -> list[Published]:
    """Enters what the Region published of a month, all of it or nothing; what says the same as before is passed over.

    Raises Invalid naming the row for an unknown grid, a grid named twice, an index or concentration that is none.
    """
    try:
        composite_rules(rules)
    except LookupError:
        raise Invalid("no composite index follows these rules", field="rules") from None
    source = document_of(document)
    if not rows or len({row.grid for row in rows}) != len(rows):
        raise Invalid("wants every grid once", field="rows")
    entered = []
    for number, row in enumerate(rows):
        place = f"rows[{number}]"
        unit = await _unit(session, row.grid, f"{place}.grid")
        _check(row, place)
        newest = await session.scalar(
            select(AirPublished)
            .where(AirPublished.grid_id == unit, AirPublished.month == month)
            .order_by(AirPublished.version.desc())
            .limit(1)
        )
        figures = {name: format(level.normalize(), "f") for name, level in sorted(row.figures.items())}
        said = (row.value, figures, rules, source)
        if newest is not None and (newest.value, newest.figures, newest.rules, newest.document) == said:
            continue
        version = 1 if newest is None else newest.version + 1
        session.add(
            AirPublished(
                grid_id=unit, month=month, version=version, value=row.value, figures=figures, rules=rules,
                document=source, entered_by=by, entered_at=now,
            )
        )  # fmt: skip
        entered.append(Published(row.grid, month, version, row.value, by))
    await session.flush()
    return entered


def _check(row: Row, place: str) -> None:
    if not row.value.is_finite() or not 0 < row.value < LARGEST_INDEX:
        raise Invalid("an index is above 0 and below 100", field=f"{place}.value")
    if -int(row.value.as_tuple().exponent) > 3:
        raise Invalid("an index has at most three decimals", field=f"{place}.value")
    for name, level in row.figures.items():
        if name not in POLLUTANTS:
            raise Invalid(f"{name} is no pollutant of the index", field=f"{place}.{name}")
        if not level.is_finite() or not 0 <= level < LARGEST_LEVEL:
            raise Invalid(f"{level} is no concentration", field=f"{place}.{name}")


def document_of(text: str) -> str:
    """The document an entry rests on, as it is kept; raises Invalid without one."""
    document = text.strip()
    if not 0 < len(document) <= LONGEST_DOCUMENT or any(ord(char) < 32 for char in document):
        raise Invalid(
            f"wants the document it rests on, at most {LONGEST_DOCUMENT} characters", field="document"
        )
    return document


async def _unit(session: AsyncSession, code: str, field: str) -> int:
    """The id of a level-2 grid; raises Invalid."""
    found = await session.scalar(select(Grid.id).where(Grid.code == code, Grid.level == 2))
    if found is None:
        raise Invalid(f"{code} is no county or park", field=field)
    return int(found)
