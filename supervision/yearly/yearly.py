"""Yearly duties are opened with their day, told of before it and after it, and recorded with a document."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from airquality.period import BEIJING
from models.enums import YearlyKind
from models.errors import Invalid, NotFound
from models.yearly import YearlyRecord
from supervision import versions
from supervision.said import day_of_the_past, text_of
from supervision.yearly import yearly_repository as repository
from supervision.yearly.due import due_on, kinds_of

LONGEST_DOCUMENT = 300
LONGEST_NOTE = 1000
LONGEST_NAME = 100
MOST_ATTENDEES = 1000
TOLD_FOR = timedelta(days=60)
"""What has been overdue for longer when it is first looked at is old news: the page has it, the feed has not."""


@dataclass(frozen=True, slots=True)
class Reminder:
    """Yearly duties of a county and the grids below it that are soon due, or overdue."""

    grid_id: int
    grid: str
    year: int
    kind: YearlyKind
    due_on: date
    count: int
    grids: tuple[str, ...]
    """Names, the first twenty."""
    overdue: bool


@dataclass(frozen=True, slots=True)
class Recorded:
    id: int
    grid_id: int
    grid: str
    year: int
    kind: YearlyKind
    due_on: date
    done_on: date
    document: str
    attendees: int


async def open_year(session: AsyncSession, now: datetime) -> int:
    """Every grid has its duties of this year, each with its last day; gives how many were opened now."""
    today = now.astimezone(BEIJING).date()
    lacking = await repository.missing(session, today.year)
    if not lacking:
        return 0
    version, readings = await versions.readings_on(session, today)
    rows = [
        (grid, kind.value, due_on(kind, today.year, readings, opened=today))
        for grid, level, has in lacking
        for kind in kinds_of(level)
        if kind.value not in has
    ]
    if rows:
        await repository.open_duties(session, today.year, rows, version=version, now=now)
    return len(rows)


async def remind(session: AsyncSession, now: datetime) -> list[Reminder]:
    """What somebody has to be told of now, once: what is soon due, and what became overdue."""
    today = now.astimezone(BEIJING).date()
    _, readings = await versions.readings_on(session, today)
    until = today + timedelta(days=readings.yearly_warn_days)
    soon = await repository.due_soon(session, now=now, today=today, until=until)
    late = await repository.overdue(session, now=now, today=today, since=today - TOLD_FOR)
    return [
        Reminder(unit, code, year, YearlyKind(kind), due, count, tuple(grids), over)
        for rows, over in ((soon, False), (late, True))
        for unit, code, year, kind, due, count, grids in rows
    ]


async def record(
    session: AsyncSession,
    duty_id: int,
    *,
    done_on: date,
    document: str,
    note: str | None,
    attendees: Sequence[str],
    by: int,
    now: datetime,
) -> Recorded:
    """That a yearly duty was done, with its document; of a training, who attended, by user name or name.

    Raises NotFound for no such duty, and Invalid naming the field.
    """
    found = await repository.duty(session, duty_id)
    if found is None:
        raise NotFound(f"no yearly duty {duty_id}")
    duty, grid = found
    kind = YearlyKind(duty.kind)
    day_of_the_past("done_on", done_on, now)
    around = 0 if kind is YearlyKind.TRAINING else 1
    if abs(done_on.year - duty.year) > around:
        raise Invalid(f"this is no day for a duty of {duty.year}", field="done_on")
    source = text_of("document", document, LONGEST_DOCUMENT)
    said = (note or "").strip() or None
    if said is not None and (
        len(said) > LONGEST_NOTE or any(ord(c) < 32 and c not in "\r\n\t" for c in said)
    ):
        raise Invalid(f"a note has at most {LONGEST_NOTE} characters", field="note")
    who = await _attendees(session, kind, attendees)
    row = YearlyRecord(
        duty_id=duty.id, done_on=done_on, document=source, note=said, entered_by=by, entered_at=now
    )
    id_ = await repository.add_record(session, row, who)
    return Recorded(id_, grid.id, grid.code, duty.year, kind, duty.due_on, done_on, source, len(who))


async def _attendees(
    session: AsyncSession, kind: YearlyKind, said: Sequence[str]
) -> list[tuple[str, int | None]]:
    names = list(dict.fromkeys(name.strip() for name in said if name.strip()))
    if kind is not YearlyKind.TRAINING:
        if names:
            raise Invalid("only a training is attended", field="attendees")
        return []
    if not 0 < len(names) <= MOST_ATTENDEES:
        raise Invalid(f"say who attended, at most {MOST_ATTENDEES}", field="attendees")
    for name in names:
        text_of("attendees", name, LONGEST_NAME)
    known = await repository.people(session, names)
    return [(known[name][1], known[name][0]) if name in known else (name, None) for name in names]
