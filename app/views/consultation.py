"""What the consultation knows of alerts, orders, tasks, wind and problems: plain values, of all units."""

from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from alerts.wind import Wind, WindSample, WindWord, summarise
from app.consultation.facts import Listed, Missed, Work
from app.views.paging import instant
from models.bulk import fetch
from models.enums import AlertKind, AlertScope, CheckMeasure, PaperKind, ProblemAct, ProblemState
from models.issued import IssuedPaper
from models.problem import Problem
from models.problem_act import ProblemCheck, ProblemStep
from models.registry import Grid, Person

MOST_MISSED = 50
MOST_LISTED = 200
# A unit's alerts and orders are its own and those of the grids below it; drills are counted nowhere.
_BELOW = """
WITH RECURSIVE below AS (
    SELECT id, id AS unit FROM grid WHERE level = 2
    UNION ALL
    SELECT g.id, b.unit FROM grid g JOIN below b ON g.parent_id = b.id
)
"""
_WORK = f"""{_BELOW}
SELECT unit,
       (SELECT count(*) FROM alert a JOIN below x ON x.id = a.grid_id
         WHERE x.unit = u.unit AND a.scope = $3 AND a.kind <> $4 AND a.started_at >= $1 AND a.started_at < $2),
       (SELECT count(*) FROM work_order o WHERE o.grid_id = u.unit AND NOT o.drill
           AND o.dispatched_at >= $1 AND o.dispatched_at < $2),
       (SELECT count(*) FROM work_order o WHERE o.grid_id = u.unit AND NOT o.drill AND o.state = 'closed'
           AND o.closed_at >= $1 AND o.closed_at < $2),
       (SELECT count(*) FROM sla_breach b LEFT JOIN work_order o ON o.id = b.order_id
         WHERE b.grid_id = u.unit AND o.drill IS NOT TRUE AND b.breached_at >= $1 AND b.breached_at < $2),
       (SELECT count(*) FROM work_order o WHERE o.grid_id = u.unit AND NOT o.drill AND o.dispatched_at < $2
           AND (o.closed_at IS NULL OR o.closed_at >= $2)),
       (SELECT count(*) FROM task t JOIN below x ON x.id = t.grid_id
         WHERE x.unit = u.unit AND t.handed_at >= $1 AND t.handed_at < $2),
       (SELECT count(*) FROM task t JOIN below x ON x.id = t.grid_id
         WHERE x.unit = u.unit AND t.state = 'done' AND t.finished_at >= $1 AND t.finished_at < $2)
  FROM (SELECT DISTINCT unit FROM below) u
"""
# What the prefecture itself missed has no unit.
_MISSED = f"""{_BELOW}
SELECT COALESCE(x.unit, b.grid_id), o.number, b.kind, b.breached_at
  FROM sla_breach b JOIN work_order o ON o.id = b.order_id LEFT JOIN below x ON x.id = b.grid_id
 WHERE NOT o.drill AND b.breached_at >= $1 AND b.breached_at < $2 ORDER BY b.breached_at, b.id LIMIT $3
"""
_ALERTS = """
SELECT m.station_id, count(*) FROM alert_member m JOIN alert a ON a.id = m.alert_id
 WHERE a.scope = $3 AND a.kind <> $4 AND m.joined_at >= $1 AND m.joined_at < $2 GROUP BY m.station_id
"""
_OFFLINE = "SELECT DISTINCT station_id FROM alert WHERE kind = $1 AND state = 'open'"
# One sample an hour of each station that measures wind: the wind of a day needs no more.
_WIND = f"""{_BELOW}
SELECT b.unit, avg(r.wind_speed), atan2(avg(sind(r.wind_direction)), avg(cosd(r.wind_direction)))
  FROM reading r JOIN station s ON s.id = r.station_id JOIN below b ON b.id = s.grid_id
 WHERE s.kind = 'reference' AND s.purpose = 'evaluation' AND r.observed_at >= $1 AND r.observed_at < $2
   AND r.wind_speed IS NOT NULL AND r.wind_direction IS NOT NULL
 GROUP BY b.unit, s.id, date_trunc('hour', r.observed_at)
"""


async def work(session: AsyncSession, since: datetime, until: datetime) -> dict[int, Work]:
    """By unit, what happened in [since, until)."""
    rows = await fetch(session, _WORK, since, until, AlertScope.LOCAL.value, AlertKind.OFFLINE.value)
    return {row[0]: Work(*row[1:]) for row in rows}


async def missed(session: AsyncSession, since: datetime, until: datetime) -> list[Missed]:
    """Deadlines of orders that were missed in [since, until), the first of them."""
    rows = await fetch(session, _MISSED, since, until, MOST_MISSED)
    return [Missed(*row) for row in rows]


async def alerts_of_stations(session: AsyncSession, since: datetime, until: datetime) -> dict[int, int]:
    """How many alerts of pollution each station saw."""
    rows = await fetch(session, _ALERTS, since, until, AlertScope.LOCAL.value, AlertKind.OFFLINE.value)
    return {row[0]: row[1] for row in rows}


async def offline(session: AsyncSession) -> frozenset[int]:
    """The stations that are offline now."""
    return frozenset(row[0] for row in await fetch(session, _OFFLINE, AlertKind.OFFLINE.value))


async def winds(session: AsyncSession, since: datetime, until: datetime) -> dict[int, Wind]:
    """The wind of each unit, from the hours of the reference stations that count for it; only of units with one."""
    samples: dict[int, list[WindSample]] = {}
    for unit, speed, radians in await fetch(session, _WIND, since, until):
        degrees = None if radians is None else float(radians) * 57.29577951308232 % 360
        samples.setdefault(unit, []).append(WindSample(float(speed), degrees))
    found = {unit: summarise(these) for unit, these in samples.items()}
    return {unit: wind for unit, wind in found.items() if wind.word is not WindWord.UNKNOWN}


_LISTED = (
    select(
        Problem,
        select(func.count())
        .select_from(ProblemCheck)
        .where(ProblemCheck.problem_id == Problem.id)
        .scalar_subquery()
        .label("checks"),
        select(ProblemCheck.measure)
        .where(ProblemCheck.problem_id == Problem.id)
        .order_by(ProblemCheck.number.desc())
        .limit(1)
        .scalar_subquery()
        .label("measure"),
    )
    .order_by(Problem.due_at.asc().nulls_last(), Problem.id)
    .limit(MOST_LISTED)
)


async def open_problems(session: AsyncSession, now: datetime) -> list[Listed]:
    """What is open, the first due first."""
    rows = await session.execute(_LISTED.where(Problem.ended_at.is_(None)))
    return [_listed(row, now) for row in rows]


async def pushed_in(session: AsyncSession, since: datetime, until: datetime, now: datetime) -> list[Listed]:
    """Problems that were pushed to their grids in [since, until), as they stand now."""
    pushed = select(ProblemStep.problem_id).where(
        ProblemStep.act == ProblemAct.PUSH.value, ProblemStep.acted_at >= since, ProblemStep.acted_at < until
    )
    none = [ProblemState.MERGED.value, ProblemState.VOID.value]
    rows = await session.execute(_LISTED.where(Problem.id.in_(pushed), Problem.state.not_in(none)))
    return [_listed(row, now) for row in rows]


def _listed(row: Any, now: datetime) -> Listed:
    one: Problem = row.Problem
    is_late = one.state == ProblemState.PUSHED.value and one.due_at is not None and now >= one.due_at
    measure = None if row.measure is None else CheckMeasure(row.measure)
    return Listed(one.number, one.title, one.grid_id, one.state, one.due_at, is_late, row.checks, measure)


KINDS = (PaperKind.BRIEF, PaperKind.DISPATCH, PaperKind.SPECIAL_REPORT, PaperKind.NOTICE)
"""The papers of the consultation."""


async def recent_papers(session: AsyncSession, limit: int) -> list[dict[str, Any]]:
    """The newest papers of the consultation; who wrote one is None where the service did."""
    statement = (
        select(IssuedPaper.id, IssuedPaper.kind, IssuedPaper.state, IssuedPaper.number, IssuedPaper.period_from,
               IssuedPaper.period_to, IssuedPaper.drafted_at, IssuedPaper.issued_at, Grid.name.label("grid_name"),
               Person.name.label("writer"))
        .outerjoin(Grid, Grid.id == IssuedPaper.grid_id)
        .outerjoin(Person, Person.id == func.coalesce(IssuedPaper.edited_by, IssuedPaper.drafted_by))
        .where(IssuedPaper.kind.in_([kind.value for kind in KINDS]))
        .order_by(IssuedPaper.id.desc())
        .limit(limit)
    )  # fmt: skip
    return [
        {
            "id": row.id,
            "kind": row.kind,
            "state": row.state,
            "number": row.number,
            "grid_name": row.grid_name,
            "period_from": row.period_from.isoformat(),
            "period_to": row.period_to.isoformat(),
            "writer": row.writer,
            "drafted_at": instant(row.drafted_at),
            "issued_at": instant(row.issued_at),
        }
        for row in await session.execute(statement)
    ]
