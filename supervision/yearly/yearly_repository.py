"""All SQL of the yearly duties that changes something, or looks for what is due."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from models.bulk import fetch
from models.registry import Grid, Person
from models.yearly import TrainingAttendee, YearlyDuty, YearlyRecord

_MISSING = """
SELECT g.id, g.level, array_remove(array_agg(y.kind), NULL)
  FROM grid g LEFT JOIN yearly_duty y ON y.grid_id = g.id AND y.year = $1
 WHERE g.kind <> 'key' GROUP BY g.id HAVING count(y.id) < CASE g.level WHEN 2 THEN 4 ELSE 3 END ORDER BY g.id
"""
_OPEN = """
INSERT INTO yearly_duty (grid_id, year, kind, due_on, readings_version, opened_at)
SELECT grid, $1, kind, due, $2, $3 FROM unnest($4::int[], $5::text[], $6::date[]) AS new (grid, kind, due)
ON CONFLICT (grid_id, year, kind) DO NOTHING
"""
_UNDONE = "NOT EXISTS (SELECT 1 FROM yearly_record r WHERE r.duty_id = y.id)"
# One line a county and kind: hundreds of villages must not flood the feed.
_TELL = """
WITH told AS (
    UPDATE yearly_duty y SET {told} = $1 WHERE y.{told} IS NULL AND {due} AND {undone}
    RETURNING y.grid_id, y.year, y.kind, y.due_on
), units AS (
    SELECT t.*, g.name,
           CASE WHEN g.level < 3 THEN g.id WHEN g.level = 3 THEN g.parent_id ELSE p.parent_id END AS unit
      FROM told t JOIN grid g ON g.id = t.grid_id LEFT JOIN grid p ON p.id = g.parent_id
)
SELECT u.unit, g.code, u.year, u.kind, u.due_on, count(*), (array_agg(u.name ORDER BY u.grid_id))[1:20]
  FROM units u JOIN grid g ON g.id = u.unit
 GROUP BY u.unit, g.code, u.year, u.kind, u.due_on ORDER BY u.due_on, g.code, u.kind
"""
_SOON = _TELL.format(told="reminded_at", due="y.due_on BETWEEN $2 AND $3", undone=_UNDONE)
_OVERDUE = _TELL.format(told="overdue_told_at", due="y.due_on < $2 AND y.due_on >= $3", undone=_UNDONE)


async def missing(session: AsyncSession, year: int) -> list[tuple[int, int, set[str]]]:
    """Id and level of each grid that lacks a duty of that year, with the kinds that it has."""
    return [(row[0], row[1], set(row[2])) for row in await fetch(session, _MISSING, year)]


async def open_duties(
    session: AsyncSession, year: int, rows: Sequence[tuple[int, str, date]], *, version: int, now: datetime
) -> None:
    """Writes the duties (grid id, kind, due day) that are not there yet."""
    grids, kinds, days = (list(column) for column in zip(*rows, strict=True))
    await fetch(session, _OPEN, year, version, now, grids, kinds, days)


async def due_soon(session: AsyncSession, *, now: datetime, today: date, until: date) -> list[Any]:
    """Marks what is due by `until` and undone as told, and gives it by county and kind."""
    return list(await fetch(session, _SOON, now, today, until))


async def overdue(session: AsyncSession, *, now: datetime, today: date, since: date) -> list[Any]:
    """Marks what was due before `today`, not before `since`, and is undone, and gives it by county and kind."""
    return list(await fetch(session, _OVERDUE, now, today, since))


async def duty(session: AsyncSession, duty_id: int) -> tuple[YearlyDuty, Grid] | None:
    """The duty with its grid, held: two records of it are entered one after the other."""
    statement = (
        select(YearlyDuty, Grid)
        .join(Grid, Grid.id == YearlyDuty.grid_id)
        .where(YearlyDuty.id == duty_id)
        .with_for_update(of=YearlyDuty)
    )
    row = (await session.execute(statement)).one_or_none()
    return None if row is None else (row[0], row[1])


async def people(session: AsyncSession, usernames: Sequence[str]) -> Mapping[str, tuple[int, str]]:
    """Id and name of those user names that are in the registry."""
    statement = select(Person.username, Person.id, Person.name).where(Person.username.in_(usernames))
    return {row.username: (row.id, row.name) for row in await session.execute(statement)}


async def add_record(
    session: AsyncSession, record: YearlyRecord, attendees: Sequence[tuple[str, int | None]]
) -> int:
    """The record with who attended, as (name, person id); gives its id."""
    session.add(record)
    await session.flush()
    if attendees:
        rows = [
            {"record_id": record.id, "position": number, "name": name, "person_id": person}
            for number, (name, person) in enumerate(attendees)
        ]
        await session.execute(insert(TrainingAttendee), rows)
    return record.id
