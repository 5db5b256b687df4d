"""All SQL of the assessment: points, frozen months, and what other tables know that points may rest on (read only)."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from models.assessment import AssessmentMonth, AssessmentPoint
from models.bulk import fetch
from models.enums import (
    CandidateState,
    ClockKind,
    ExcuseState,
    MonthState,
    PointRecord,
    PointState,
    ProblemState,
)

_LOCK = 0x6765_7368_6173_73  # any number; months are frozen and signed one at a time
# A problem that was merged is the one it was merged into.
_ROOTS = """
WITH RECURSIVE line AS (
    SELECT id AS of, id, merged_into FROM problem WHERE id = ANY($1::bigint[])
    UNION ALL
    SELECT l.of, p.id, p.merged_into FROM line l JOIN problem p ON p.id = l.merged_into
)
SELECT l.of, p.id, p.number, p.grid_id FROM line l JOIN problem p ON p.id = l.id WHERE l.merged_into IS NULL
"""
_MISSED = """
SELECT g.code, p.number, p.title FROM problem p JOIN grid g ON g.id = p.grid_id
 WHERE p.missed AND p.state <> ALL($1::text[]) AND p.found_at >= $2 AND p.found_at < $3 ORDER BY p.id
"""
# A report from below that its county judged late, or not at all; what is excused is no fault.
_LATE = """
SELECT g.code, c.label, min(b.breached_at)
  FROM sla_breach b JOIN sla_clock c ON c.id = b.clock_id JOIN grid g ON g.id = b.grid_id AND g.level = 2
 WHERE b.kind = $1 AND b.order_id IS NULL AND b.breached_at >= $2 AND b.breached_at < $3
   AND NOT EXISTS (SELECT FROM sla_excuse x WHERE x.breach_id = b.id AND x.state = $4)
 GROUP BY 1, 2 ORDER BY 1, 2
"""
_SHAM = """
SELECT DISTINCT ON (o.number) u.code, o.number, c.kind, c.reason
  FROM rectification_candidate c JOIN work_order o ON o.id = c.order_id
  JOIN LATERAL (
    WITH RECURSIVE line AS (
        SELECT id, code, level, parent_id FROM grid WHERE id = c.grid_id
        UNION ALL SELECT g.id, g.code, g.level, g.parent_id FROM line l JOIN grid g ON g.id = l.parent_id
    ) SELECT code FROM line WHERE level = 2
  ) u ON true
 WHERE c.state = $1 AND NOT o.drill AND c.decided_at >= $2 AND c.decided_at < $3
 ORDER BY o.number, c.kind DESC
"""
_BELOW = """
WITH RECURSIVE below AS (
    SELECT id FROM grid WHERE id = $2
    UNION ALL SELECT g.id FROM below b JOIN grid g ON g.parent_id = b.id
)
SELECT true FROM {table} t WHERE t.number = $1 AND t.grid_id IN (SELECT id FROM below)
"""
_RECORDS = {PointRecord.ORDER: "work_order", PointRecord.UP_REPORT: "up_report"}


async def lock(session: AsyncSession) -> None:
    """Whoever freezes or signs a month holds this until the transaction ends."""
    await fetch(session, "SELECT pg_advisory_xact_lock($1)", _LOCK)


async def point(session: AsyncSession, point_id: int, *, hold: bool = False) -> AssessmentPoint | None:
    """One point; held until the transaction ends where somebody acts on it."""
    return await session.get(AssessmentPoint, point_id, with_for_update=hold or None, populate_existing=hold)


async def points(
    session: AsyncSession, month: date, grid_ids: Sequence[int] | None = None
) -> Sequence[AssessmentPoint]:
    """The points of a month, of these units or of all, as they were claimed."""
    statement = select(AssessmentPoint).where(AssessmentPoint.month == month)
    if grid_ids is not None:
        statement = statement.where(AssessmentPoint.grid_id.in_(grid_ids))
    return (await session.scalars(statement.order_by(AssessmentPoint.id))).all()


async def claimed(session: AsyncSession, month: date) -> set[tuple[int, str, str | None, str, str]]:
    """Unit, item, ground and record of every point of a month, the withdrawn ones too."""
    row = AssessmentPoint
    rows = await session.execute(
        select(row.grid_id, row.item, row.ground, row.record_kind, row.record_ref).where(row.month == month)
    )
    return {(one[0], one[1], one[2], one[3], one[4]) for one in rows}


async def undiscovered(session: AsyncSession, problem_id: int, *, ever: bool) -> date | None:
    """The month in which a problem is charged as undiscovered; `ever`: or was, before that was withdrawn."""
    row = AssessmentPoint
    statement = select(row.month).where(row.problem_id == problem_id, row.item == "4")
    if not ever:
        statement = statement.where(row.state != PointState.WITHDRAWN.value)
    return await session.scalar(statement.order_by(row.id.desc()).limit(1))


async def same(session: AsyncSession, row: AssessmentPoint) -> bool:
    """Whether such a claim stands already."""
    has = AssessmentPoint
    statement = select(has.id).where(
        has.grid_id == row.grid_id,
        has.month == row.month,
        has.item == row.item,
        has.ground.is_not_distinct_from(row.ground),
        has.record_kind == row.record_kind,
        has.record_ref == row.record_ref,
        has.state != PointState.WITHDRAWN.value,
    )
    return await session.scalar(statement.limit(1)) is not None


async def roots(session: AsyncSession, problem_ids: Sequence[int]) -> dict[int, tuple[int, str, int]]:
    """By problem: id, number and unit of the one it is, or was merged into."""
    rows = await fetch(session, _ROOTS, sorted(set(problem_ids)))
    return {row[0]: (row[1], row[2], row[3]) for row in rows}


async def problem_id(session: AsyncSession, number: str) -> int | None:
    """The id of a problem by its number."""
    rows = await fetch(session, "SELECT id FROM problem WHERE number = $1", number)
    return rows[0][0] if rows else None


async def stands_below(session: AsyncSession, kind: PointRecord, number: str, grid_id: int) -> bool:
    """Whether an order or report of this number belongs to the unit."""
    return bool(await fetch(session, _BELOW.format(table=_RECORDS[kind]), number, grid_id))


async def missed_problems(
    session: AsyncSession, since: datetime, until: datetime
) -> list[tuple[str, str, str]]:
    """Unit, number and title of what the unit should have found and did not."""
    gone = [ProblemState.MERGED.value, ProblemState.VOID.value]
    return [(row[0], row[1], row[2]) for row in await fetch(session, _MISSED, gone, since, until)]


async def late_reports(
    session: AsyncSession, since: datetime, until: datetime
) -> list[tuple[str, str, datetime]]:
    """Unit, number and deadline of reports from below that were not judged in time."""
    rows = await fetch(session, _LATE, ClockKind.TRIAGE.value, since, until, ExcuseState.APPROVED.value)
    return [(row[0], row[1], row[2]) for row in rows]


async def sham_orders(
    session: AsyncSession, since: datetime, until: datetime
) -> list[tuple[str, str, str, str]]:
    """Unit, order, kind and reason of what the prefecture found not put right; an order once, by the graver kind."""
    rows = await fetch(session, _SHAM, CandidateState.UPHELD.value, since, until)
    return [(row[0], row[1], row[2], row[3]) for row in rows]


async def month_of(session: AsyncSession, month: date, *states: MonthState) -> AssessmentMonth | None:
    """The month in one of these states: at most one waits for its signature, and one is in force."""
    statement = select(AssessmentMonth).where(
        AssessmentMonth.month == month, AssessmentMonth.state.in_([state.value for state in states])
    )
    return (await session.scalars(statement.order_by(AssessmentMonth.version.desc()).limit(1))).first()


async def version_of(session: AsyncSession, month: date, version: int) -> AssessmentMonth | None:
    """One version of a month."""
    statement = select(AssessmentMonth).where(
        AssessmentMonth.month == month, AssessmentMonth.version == version
    )
    return (await session.scalars(statement)).first()


async def next_version(session: AsyncSession, month: date) -> int:
    """The version that a newly frozen month gets."""
    newest = await session.scalar(
        select(func.max(AssessmentMonth.version)).where(AssessmentMonth.month == month)
    )
    return (newest or 0) + 1


async def supersede(session: AsyncSession, month: date) -> None:
    """What was in force gives way to what is signed in this transaction."""
    await session.execute(
        update(AssessmentMonth)
        .where(AssessmentMonth.month == month, AssessmentMonth.state == MonthState.SIGNED.value)
        .values(state=MonthState.SUPERSEDED.value)
    )


async def signed_results(session: AsyncSession, first: date, last: date) -> dict[date, Mapping[str, Any]]:
    """The results in force of the months from first to last."""
    statement = select(AssessmentMonth.month, AssessmentMonth.result).where(
        AssessmentMonth.state == MonthState.SIGNED.value, AssessmentMonth.month.between(first, last)
    )
    return {row.month: row.result for row in await session.execute(statement)}
