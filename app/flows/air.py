"""Acts on the air of months: done by the rules of `supervision.air`, told on journal and feed in one transaction."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.auth.scope import Caller
from app.pipeline import Pipeline
from app.registry.directory import Directory
from app.sheets.air import IndexRow, Measured
from app.sheets.read import refused
from models.air import AirExclusion
from models.clock import Clock
from models.enums import EventKind, StationKind
from models.errors import Invalid
from models.facts import Told
from models.ids import GridId, PersonId
from models.registry import Grid
from models.said import Said
from supervision import versions
from supervision.air import deliveries, months, records


async def exclude(
    pipeline: Pipeline,
    session: AsyncSession,
    *,
    grid: str,
    day: date,
    pollutants: Sequence[str],
    document: str,
    caller: Caller,
    clock: Clock,
) -> int:
    """Takes pollutants of a unit's day out of the ranking; gives the id of the exclusion."""
    now = clock.now()
    made = await records.exclude(
        session, grid=grid, day=day, pollutants=pollutants, document=document, by=caller.id, now=now
    )
    said = {
        "exclusion": made.id, "day": day.isoformat(), "pollutants": list(made.pollutants), "document": made.document,
    }  # fmt: skip
    await _tell(pipeline, session, EventKind.AIR_EXCLUDED, grid, said, caller, clock)
    return made.id


async def withdraw(
    pipeline: Pipeline, session: AsyncSession, exclusion: int, *, why: str, caller: Caller, clock: Clock
) -> None:
    """Ends an exclusion."""
    row: AirExclusion = await records.withdraw(session, exclusion, why=why, by=caller.id, now=clock.now())
    code = await session.scalar(select(Grid.code).where(Grid.id == row.grid_id))
    said = {
        "exclusion": row.id, "day": row.day.isoformat(), "pollutants": list(row.pollutants), "why": row.withdrawn_why,
    }  # fmt: skip
    await _tell(pipeline, session, EventKind.AIR_EXCLUSION_WITHDRAWN, code, said, caller, clock)


async def publish(
    pipeline: Pipeline,
    session: AsyncSession,
    *,
    month: str,
    rules: str,
    document: str,
    rows: Sequence[records.Row],
    caller: Caller,
    clock: Clock,
) -> list[records.Published]:
    """Enters what the Region published of a month, all of it or nothing."""
    now = clock.now()
    first = months.first_of(month, now=now)
    entered = await records.publish(
        session, month=first, rules=rules, document=document, rows=rows, by=caller.id, now=now
    )
    facts = [
        _told(
            pipeline,
            EventKind.AIR_PUBLISHED,
            one.grid,
            {"month": month, "version": one.version, "value": str(one.value), "document": document.strip()},
            caller,
            clock,
        )
        for one in entered
    ]
    await pipeline.told(session, facts, now=now)
    return entered


def rows_of(directory: Directory, found: Sequence[IndexRow]) -> list[records.Row]:
    """The rows of a table as they are entered; a unit is named by code or name. Raises Invalid naming the row."""
    units = {
        name: grid.code for grid in directory.grids if grid.level == 2 for name in (grid.code, grid.name)
    }
    named: dict[str, int] = {}
    rows = []
    for one in found:
        code = units.get(one.grid)
        if code is None:
            raise refused(one.row, "grid", Said("%(value)s is no county or park", value=one.grid[:40]))
        if code in named:
            raise refused(one.row, "grid", Said("the same as in row %(other)s", other=named[code]))
        named[code] = one.row.number
        rows.append(records.Row(code, one.value, one.figures))
    return rows


async def compute(
    pipeline: Pipeline, session: AsyncSession, month: str, *, why: str | None, caller: Caller, clock: Clock
) -> months.MonthComputed:
    """The draft of a month, from everything that stands there now."""
    now = clock.now()
    made = await months.compute(session, months.first_of(month, now=now), by=caller.id, now=now, why=why)
    said: dict[str, Any] = {"month": month, "version": made.version, "sha256": made.digest.hex()}
    if why is not None and why.strip():
        said["why"] = why.strip()
    await _tell(pipeline, session, EventKind.AIR_COMPUTED, None, said, caller, clock)
    return made


async def sign(
    pipeline: Pipeline, session: AsyncSession, month: str, *, digest: bytes, caller: Caller, clock: Clock
) -> months.MonthSigned:
    """Puts the draft of a month in force; another hand than the one that computed it."""
    now = clock.now()
    signed = await months.sign(session, months.first_of(month, now=now), digest=digest, by=caller.id, now=now)
    said: dict[str, Any] = {"month": month, "version": signed.version, "sha256": signed.digest.hex()}
    if signed.replaced is not None:
        said["replaced"] = signed.replaced
    await _tell(pipeline, session, EventKind.AIR_SIGNED, None, said, caller, clock)
    return signed


async def deliver(
    pipeline: Pipeline,
    session: AsyncSession,
    found: Sequence[Measured],
    *,
    station: str | None,
    name: str,
    content: bytes,
    document: str,
    caller: Caller,
    clock: Clock,
) -> deliveries.Delivery:
    """Takes official values in, all of them or none; `station` names the one that all rows are of."""
    now = clock.now()
    values = _delivered(pipeline.directory, found, station, clock)
    digest = hashlib.sha256(content).digest()
    made = await deliveries.deliver(
        session, values, name=name, digest=digest, document=document, by=caller.id, now=now
    )
    said = {
        "import": made.id, "name": name, "sha256": digest.hex(), "document": document.strip(), "days": made.days,
        "stations": made.stations, "from": made.first.isoformat(), "until": made.last.isoformat(),
    }  # fmt: skip
    await _tell(pipeline, session, EventKind.AIR_IMPORTED, None, said, caller, clock)
    return made


def _delivered(
    directory: Directory, found: Sequence[Measured], station: str | None, clock: Clock
) -> list[deliveries.Delivered]:
    """The rows with their stations, by code or name; raises Invalid naming the row."""
    reference = [one for one in directory.stations if one.kind == StationKind.REFERENCE]
    by_code = {one.code: one.id for one in reference}
    by_name: dict[str, list[int]] = {}
    for one in reference:
        by_name.setdefault(one.name, []).append(one.id)

    def station_of(said: str) -> int | Said:
        if said in by_code:
            return by_code[said]
        alike = by_name.get(said, [])
        if len(alike) > 1:
            return Said("several stations are called %(value)s: give the code", value=said[:40])
        return alike[0] if alike else Said("%(value)s is no reference station in service", value=said[:40])

    only = None if station is None else station_of(station)
    if isinstance(only, Said):
        raise Invalid(only, field="station")
    seen: dict[tuple[int, date, int | None], int] = {}
    values = []
    for row in found:
        whose = only
        if whose is None:
            if row.station is None:
                raise refused(row.row, "station", Said("is empty"))
            where = station_of(row.station)
            if isinstance(where, Said):
                raise refused(row.row, "station", where)
            whose = where
        if row.day.year < 2014 or not deliveries.over(row.day, clock.now()):
            raise refused(row.row, "date", Said("the day is not over, or too long ago"))
        place = whose, row.day, row.hour
        if place in seen:
            raise refused(row.row, "date", Said("the same as in row %(other)s", other=seen[place]))
        seen[place] = row.row.number
        values.append(deliveries.Delivered(whose, row.day, row.hour, row.levels))
    return values


async def read_anew(
    pipeline: Pipeline,
    session: AsyncSession,
    *,
    valid_from: date,
    body: Mapping[str, object],
    why: str,
    caller: Caller,
    clock: Clock,
) -> int:
    """Another version of how the text is read; gives it."""
    row = await versions.add(
        session, valid_from=valid_from, body=body, why=why, by=caller.id, now=clock.now()
    )
    said = {"version": row.version, "valid_from": valid_from.isoformat(), "why": row.why, "body": row.body}
    await _tell(pipeline, session, EventKind.READINGS_CHANGED, None, said, caller, clock)
    return row.version


def decimal_in(text: str, field: str) -> Decimal:
    """An exact number out of a text; raises Invalid naming the field."""
    try:
        number = Decimal(text)
    except ArithmeticError:
        number = Decimal("NaN")
    if not number.is_finite():
        raise Invalid(f"{text[:40]} is no number", field=field)
    return number


async def _tell(
    pipeline: Pipeline,
    session: AsyncSession,
    kind: EventKind,
    grid: str | None,
    said: dict[str, Any],
    caller: Caller,
    clock: Clock,
) -> None:
    await pipeline.told(session, [_told(pipeline, kind, grid, said, caller, clock)], now=clock.now())


def _told(
    pipeline: Pipeline, kind: EventKind, grid: str | None, said: dict[str, Any], caller: Caller, clock: Clock
) -> Told:
    """What concerns one unit is heard there too; what concerns all of them, by the prefecture."""
    info = None if grid is None else pipeline.directory.grid_by_code(grid)
    where = None if info is None else GridId(info.id)
    return Told(kind, where, grid, clock.now(), PersonId(caller.id), caller.name, said)
