"""All SQL of the consultation: hours of days, and the papers of its kinds."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models.air import AirDay
from models.bulk import fetch
from models.enums import PaperKind, PaperState
from models.issued import IssuedPaper

_LOCK = 0x6272_6965_66  # any number; one brief of a morning is written at a time
_STATIONS = """
WITH RECURSIVE below AS (
    SELECT id, id AS unit FROM grid WHERE level = 2
    UNION ALL
    SELECT g.id, b.unit FROM grid g JOIN below b ON g.parent_id = b.id
)
SELECT s.id, s.code, s.name, b.unit FROM station s JOIN below b ON b.id = s.grid_id
 WHERE s.retired_at IS NULL AND s.purpose = 'evaluation' ORDER BY s.code
"""


async def stations(session: AsyncSession) -> list[tuple[int, str, str, int]]:
    """Id, code, name and unit of every station that works in a county or park, background stations left out."""
    return [(row[0], row[1], row[2], row[3]) for row in await fetch(session, _STATIONS)]


async def hours(session: AsyncSession, station_ids: Sequence[int], day: date) -> dict[int, bytes]:
    """The packed hours of a day, by station."""
    statement = select(AirDay.station_id, AirDay.hours).where(
        AirDay.station_id.in_(station_ids), AirDay.day == day
    )
    return {row.station_id: row.hours for row in await session.execute(statement)}


async def try_lock(session: AsyncSession) -> bool:
    """Whether this transaction is the one that writes; nobody waits."""
    rows = await fetch(session, "SELECT pg_try_advisory_xact_lock($1)", _LOCK)
    return bool(rows[0][0])


async def has_paper(session: AsyncSession, kind: PaperKind, day: date) -> bool:
    """Whether there is a paper of that kind and day, in whatever state: what a person withdrew does not come back."""
    statement = select(IssuedPaper.id).where(IssuedPaper.kind == kind.value, IssuedPaper.period_from == day)
    return (await session.execute(statement.limit(1))).first() is not None


async def edited_draft(
    session: AsyncSession, kind: PaperKind, grid_id: int | None, day: date, subject: str | None
) -> bool:
    """Whether a draft on the subject was edited by a person since it was written."""
    statement = select(IssuedPaper.edited_at).where(
        IssuedPaper.kind == kind.value,
        IssuedPaper.grid_id.is_not_distinct_from(grid_id),
        IssuedPaper.subject.is_not_distinct_from(subject),
        IssuedPaper.period_from == day,
        IssuedPaper.state == PaperState.DRAFT.value,
        IssuedPaper.edited_at.is_not(None),
    )
    return (await session.execute(statement.limit(1))).first() is not None


async def gathered(session: AsyncSession, day: date) -> bool:
    """Whether the figures of a day were made."""
    rows = await fetch(session, "SELECT gathered_at IS NOT NULL FROM air_gathering WHERE day = $1", day)
    return bool(rows and rows[0][0])
