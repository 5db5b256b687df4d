"""All SQL of patrols."""

import uuid
from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from models.bulk import fetch
from models.enums import ClockKind, ClockState, SummaryKind
from models.order import Evidence
from models.patrol import PatrolPhoto, PatrolPlan, PatrolSummary, PatrolVisit
from models.registry import Grid, Source
from models.source import SourceDocument

# What is due on each of some days in some grids. A source counts from the day after it was registered on.
_DUE = """
WITH days AS (SELECT d::date AS day FROM generate_series($1::date, $2::date, INTERVAL '1 day') d),
due AS (
    SELECT d.day, 's' || s.id AS key, s.id AS source_id, NULL::int AS plan_id, s.name, s.grid_id, s.lon, s.lat,
           coalesce(p.per_day, 1) AS per_day, coalesce(p.within_m, $4) AS within_m
      FROM days d
      JOIN source_spell sp ON sp.from_on < d.day AND (sp.to_on IS NULL OR d.day < sp.to_on)
      JOIN source s ON s.id = sp.source_id AND s.grid_id = ANY($3::int[])
      LEFT JOIN LATERAL (
           SELECT per_day, within_m FROM patrol_plan p
            WHERE p.source_id = s.id AND p.from_on <= d.day AND (p.to_on IS NULL OR d.day < p.to_on)
            ORDER BY p.id DESC LIMIT 1) p ON true
    UNION ALL
    SELECT d.day, 'p' || p.id, NULL, p.id, p.name, p.grid_id, p.lon, p.lat, p.per_day, p.within_m
      FROM days d
      JOIN patrol_plan p ON p.name IS NOT NULL AND p.from_on <= d.day AND (p.to_on IS NULL OR d.day < p.to_on)
                        AND p.grid_id = ANY($3::int[])
)
"""
_PLACES = f"""{_DUE}
SELECT day, key, name, grid_id, lon, lat, per_day, within_m FROM due ORDER BY day, grid_id, name, key
"""
_VISITS = """
SELECT coalesce('s' || v.source_id, 'p' || v.plan_id), v.visited_at, v.flaw
  FROM patrol_visit v
 WHERE v.day = $1::date AND (v.source_id = ANY($2::int[]) OR v.plan_id = ANY($3::int[]))
 ORDER BY v.visited_at, v.id
"""
# Where once a day is enough, any check-in that counts has covered the place.
_TALLIES = f"""{_DUE},
once AS (
    SELECT u.day, u.grid_id, bool_or(v.id IS NOT NULL AND v.flaw IS NULL) AS covered, count(v.id) > 0 AS visited
      FROM due u
      LEFT JOIN patrol_visit v ON v.day = u.day AND (v.source_id = u.source_id OR v.plan_id = u.plan_id)
     WHERE u.per_day = 1
     GROUP BY u.day, u.grid_id, u.key
)
SELECT day, grid_id, count(*)::int, count(*) FILTER (WHERE covered)::int,
       count(*) FILTER (WHERE visited AND NOT covered)::int
  FROM once GROUP BY day, grid_id
"""
_OFTEN = f"""{_DUE}
SELECT u.day, u.key, u.name, u.grid_id, u.per_day,
       coalesce(array_agg(v.visited_at ORDER BY v.id) FILTER (WHERE v.id IS NOT NULL), '{{}}'),
       coalesce(array_agg(v.flaw ORDER BY v.id) FILTER (WHERE v.id IS NOT NULL), '{{}}')
  FROM due u
  LEFT JOIN patrol_visit v ON v.day = u.day AND (v.source_id = u.source_id OR v.plan_id = u.plan_id)
 WHERE u.per_day > 1
 GROUP BY u.day, u.key, u.name, u.grid_id, u.per_day
"""
_ONE = """
SELECT s.id, NULL::int, s.name, s.grid_id, s.lon, s.lat, coalesce(p.within_m, $3)
  FROM source s LEFT JOIN patrol_plan p ON p.source_id = s.id AND p.to_on IS NULL
 WHERE $1 = 's' AND s.id = $2
UNION ALL
SELECT NULL, p.id, p.name, p.grid_id, p.lon, p.lat, p.within_m
  FROM patrol_plan p WHERE $1 = 'p' AND p.id = $2 AND p.name IS NOT NULL
"""
_PROBLEMS = """
SELECT v.day, v.visited_at, coalesce(s.name, p.name), v.grid_id, v.found, v.note, person.name
  FROM patrol_visit v
  LEFT JOIN source s ON s.id = v.source_id LEFT JOIN patrol_plan p ON p.id = v.plan_id
  JOIN person ON person.id = v.person_id
 WHERE v.day BETWEEN $1::date AND $2::date AND v.grid_id = ANY($3::int[]) AND v.found IN ('stopped', 'problem')
 ORDER BY v.visited_at, v.id LIMIT $4
"""
_WAITS = """
SELECT r.id, r.number, g.code, c.due_at, c.stopped_at
  FROM sla_clock c JOIN up_report r ON r.id = c.subject_id JOIN grid g ON g.id = c.grid_id AND g.level = 2
 WHERE c.kind = $1 AND c.state <> $2 AND c.due_at >= $3 AND c.due_at < $4
   AND ($5::int[] IS NULL OR c.grid_id = ANY($5))
"""


async def places(
    session: AsyncSession, grid_ids: Collection[int], first: date, last: date, *, within_m: int
) -> Sequence[Any]:
    """Rows (day, key, name, grid id, lon, lat, per day, within m) of what is due on these days."""
    return await fetch(session, _PLACES, first, last, sorted(grid_ids), within_m)


async def visits(
    session: AsyncSession, day: date, source_ids: Sequence[int], plan_ids: Sequence[int]
) -> Sequence[Any]:
    """Rows (key, instant, flaw) of check-ins at these places on a day."""
    return await fetch(session, _VISITS, day, list(source_ids), list(plan_ids))


async def once_a_day(
    session: AsyncSession, grid_ids: Collection[int], first: date, last: date, *, within_m: int
) -> Sequence[Any]:
    """Rows (day, grid id, due, covered, doubtful) of the places that one visit a day covers."""
    return await fetch(session, _TALLIES, first, last, sorted(grid_ids), within_m)


async def oftener(
    session: AsyncSession, grid_ids: Collection[int], first: date, last: date, *, within_m: int
) -> Sequence[Any]:
    """Rows (day, key, name, grid id, per day, instants, flaws) of the places that need more than one."""
    return await fetch(session, _OFTEN, first, last, sorted(grid_ids), within_m)


async def place(session: AsyncSession, kind: str, id_: int, *, within_m: int) -> Any | None:
    """Row (source id, plan id, name, grid id, lon, lat, within m) of one place, due or not."""
    rows = await fetch(session, _ONE, kind, id_, within_m)
    return rows[0] if rows else None


async def add_visit(session: AsyncSession, values: dict[str, Any]) -> tuple[int, bool]:
    """The id of the visit, and whether it is new: the same person's at the same place and instant is one."""
    statement = insert(PatrolVisit).values(values).on_conflict_do_nothing().returning(PatrolVisit.id)
    made = await session.scalar(statement)
    if made is not None:
        return made, True
    before = select(PatrolVisit.id).where(
        PatrolVisit.person_id == values["person_id"],
        PatrolVisit.source_id.is_not_distinct_from(values["source_id"]),
        PatrolVisit.plan_id.is_not_distinct_from(values["plan_id"]),
        PatrolVisit.visited_at == values["visited_at"],
    )
    return (await session.execute(before)).scalar_one(), False


async def add_photos(
    session: AsyncSession, visit_id: int, ids: Sequence[uuid.UUID], *, person_id: int
) -> int:
    """Ties uploads of this person that belong to nothing yet to the visit; gives how many could be."""
    free = (
        await session.scalars(
            select(Evidence.id).where(
                Evidence.id.in_(ids),
                Evidence.uploaded_by == person_id,
                Evidence.order_id.is_(None),
                Evidence.report_id.is_(None),
                Evidence.task_id.is_(None),
                ~select(PatrolPhoto.visit_id).where(PatrolPhoto.evidence_id == Evidence.id).exists(),
                ~select(SourceDocument.id).where(SourceDocument.evidence_id == Evidence.id).exists(),
            )
        )
    ).all()
    session.add_all(PatrolPhoto(visit_id=visit_id, evidence_id=id_) for id_ in free)
    await session.flush()
    return len(free)


async def source_of(session: AsyncSession, code: str) -> tuple[int, int, str] | None:
    """Id, grid and name of a source that works, held."""
    row = (
        await session.execute(
            select(Source.id, Source.grid_id, Source.name)
            .where(Source.code == code, Source.state == "active")
            .with_for_update(key_share=True)
        )
    ).first()
    return None if row is None else (row.id, row.grid_id, row.name)


async def plan_of_source(session: AsyncSession, source_id: int) -> PatrolPlan | None:
    statement = select(PatrolPlan).where(PatrolPlan.source_id == source_id, PatrolPlan.to_on.is_(None))
    return (await session.scalars(statement, execution_options={"populate_existing": True})).first()


async def hold_plan(session: AsyncSession, plan_id: int) -> PatrolPlan | None:
    statement = select(PatrolPlan).where(PatrolPlan.id == plan_id).with_for_update()
    return (await session.scalars(statement, execution_options={"populate_existing": True})).first()


async def below(session: AsyncSession, grid_id: int) -> dict[int, tuple[str, int, int | None]]:
    """Code, level and parent of the grid and all below it, by id."""
    top = select(Grid.id).where(Grid.id == grid_id).cte("below", recursive=True)
    tree = top.union_all(select(Grid.id).join(top, Grid.parent_id == top.c.id))
    rows = await session.execute(
        select(Grid.id, Grid.code, Grid.level, Grid.parent_id)
        .where(Grid.id.in_(select(tree.c.id)))
        .order_by(Grid.code)
    )
    return {row.id: (row.code, row.level, row.parent_id) for row in rows}


async def problems(
    session: AsyncSession, grid_ids: Collection[int], first: date, last: date, *, limit: int
) -> Sequence[Any]:
    """Rows (day, instant, place, grid id, found, note, person) of what patrols stopped or found, oldest first."""
    return await fetch(session, _PROBLEMS, first, last, sorted(grid_ids), limit)


async def next_version(session: AsyncSession, grid_id: int, kind: SummaryKind, first_on: date) -> int:
    """The version the next summary gets; of two at once one fails, and neither is lost."""
    newest = await session.scalar(
        select(func.max(PatrolSummary.version)).where(
            PatrolSummary.grid_id == grid_id,
            PatrolSummary.kind == kind.value,
            PatrolSummary.first_on == first_on,
        )
    )
    return (newest or 0) + 1


async def collected(
    session: AsyncSession, grid_ids: Collection[int], kind: SummaryKind, first: date, last: date
) -> set[tuple[int, date]]:
    """(grid, first day) of every summary of a kind that begins on these days."""
    rows = await session.execute(
        select(PatrolSummary.grid_id, PatrolSummary.first_on)
        .where(
            PatrolSummary.grid_id.in_(sorted(grid_ids)),
            PatrolSummary.kind == kind.value,
            PatrolSummary.first_on.between(first, last),
        )
        .distinct()
    )
    return {(row.grid_id, row.first_on) for row in rows}


async def lock_summaries(session: AsyncSession, grid_id: int) -> None:
    """Summaries of a grid are drawn up one at a time."""
    await fetch(session, "SELECT pg_advisory_xact_lock($1, $2)", 0x7061_7472, grid_id)


async def waits(
    session: AsyncSession, since: datetime, until: datetime, unit_ids: Collection[int] | None
) -> Sequence[Any]:
    """Rows (report id, number, unit, due, judged) of reports due at a level-2 grid within [since, until)."""
    units = None if unit_ids is None else sorted(unit_ids)
    return await fetch(session, _WAITS, ClockKind.TRIAGE.value, ClockState.VOID.value, since, until, units)
