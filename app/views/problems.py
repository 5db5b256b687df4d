"""The problem list as the API and the pages show it: in the scope of whoever looks."""

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from app.auth.scope import Scope
from app.registry.directory import Directory
from app.views.paging import decode_cursor, instant, page
from app.views.problem_candidates import alike_documents
from app.views.problem_samples import sampled_where
from app.views.tasks import evidence_of
from models.enums import FindingKind, ProblemCategory, ProblemState
from models.errors import NotFound
from models.order import Evidence, WorkOrder
from models.problem import Problem, ProblemFinding
from models.problem_act import ProblemCheck, ProblemSampled, ProblemStep
from models.public_report import PublicReport
from models.registry import Grid, Person, Source
from models.up_report import UpReport
from supervision.problems.likeness import Found
from supervision.problems.looking import standing

_Place, _Into, _Judge = aliased(Grid), aliased(Problem), aliased(Person)
_FINDINGS = (
    select(func.count())
    .select_from(ProblemFinding)
    .where(ProblemFinding.problem_id == Problem.id)
    .scalar_subquery()
)
_CHECKS = (
    select(func.count())
    .select_from(ProblemCheck)
    .where(ProblemCheck.problem_id == Problem.id)
    .scalar_subquery()
)
_PROBLEM = (
    select(
        Problem,
        Grid.code.label("grid"),
        Grid.name.label("grid_name"),
        _Place.code.label("place_grid"),
        _Place.name.label("place_grid_name"),
        Source.code.label("source"),
        Person.name.label("opener"),
        _Into.number.label("into_number"),
        _Judge.name.label("judge"),
        _FINDINGS.label("findings"),
        _CHECKS.label("checks"),
    )
    .join(Grid, Grid.id == Problem.grid_id)
    .join(Person, Person.id == Problem.opened_by)
    .outerjoin(_Place, _Place.id == Problem.place_grid_id)
    .outerjoin(Source, Source.id == Problem.source_id)
    .outerjoin(_Into, _Into.id == Problem.merged_into)
    .outerjoin(_Judge, _Judge.id == Problem.missed_by)
    .execution_options(populate_existing=True)
)


_RECORDS: tuple[tuple[FindingKind, type[WorkOrder | UpReport | PublicReport]], ...] = (
    (FindingKind.ORDER, WorkOrder),
    (FindingKind.UP_REPORT, UpReport),
    (FindingKind.COMPLAINT, PublicReport),
)


def late(now: datetime) -> ColumnElement[bool]:
    """With its grid, and its due day is over."""
    return and_(Problem.state == ProblemState.PUSHED.value, Problem.due_at <= now)


def seen(scope: Scope) -> ColumnElement[bool]:
    """Those of the grids that answer for them, and those whose place lies in the scope: a town sees its own."""
    return or_(scope.where(Problem.grid_id), scope.where(Problem.place_grid_id))


async def list_problems(
    session: AsyncSession,
    *,
    scope: Scope,
    now: datetime,
    states: Sequence[ProblemState] = (),
    category: ProblemCategory | None = None,
    grid_ids: frozenset[int] | None = None,
    overdue: bool | None = None,
    missed: bool | None = None,
    kind: FindingKind | None = None,
    cursor: str | None,
    limit: int,
) -> dict[str, Any]:
    """A page of the problems in the scope that match every filter, newest first."""
    statement = _PROBLEM.where(seen(scope))
    if states:
        statement = statement.where(Problem.state.in_([state.value for state in states]))
    if category is not None:
        statement = statement.where(Problem.category == category.value)
    if grid_ids is not None:
        statement = statement.where(seen(Scope(grid_ids)))
    if overdue is not None:
        statement = statement.where(late(now) if overdue else ~func.coalesce(late(now), False))
    if missed is not None:
        statement = statement.where(Problem.missed.is_(missed))
    if kind is not None:
        found = select(ProblemFinding.problem_id).where(ProblemFinding.kind == kind.value)
        statement = statement.where(Problem.id.in_(found))
    if (last := decode_cursor(cursor)) is not None:
        statement = statement.where(Problem.id < last)
    rows = await session.execute(statement.order_by(Problem.id.desc()).limit(limit + 1))
    return page([_problem(row, now) for row in rows], limit)


async def id_of_number(session: AsyncSession, number: str, scope: Scope) -> int:
    """The problem of this number; raises NotFound outside the scope as well."""
    statement = select(Problem.id).where(Problem.number == number, seen(scope))
    found = (await session.execute(statement)).scalar_one_or_none()
    if found is None:
        raise NotFound(f"no problem {number}")
    return found


async def problem_document(
    session: AsyncSession, problem_id: int, scope: Scope, *, now: datetime
) -> dict[str, Any]:
    """One problem with its findings, steps, checks, samples and what may be the same; NotFound outside the scope."""
    statement = _PROBLEM.where(Problem.id == problem_id, seen(scope))
    row = (await session.execute(statement)).one_or_none()
    if row is None:
        raise NotFound(f"no problem {problem_id}")
    problem: Problem = row.Problem
    steps = await _steps(session, problem_id)
    cited = [uuid.UUID(one) for step in steps for one in step["evidence"]]
    uploads = {one["id"]: one for one in await evidence_of(session, Evidence.id.in_(cited))} if cited else {}
    for step in steps:
        step["evidence"] = [uploads[one] for one in step["evidence"] if one in uploads]
    similar: list[dict[str, Any]] = []
    if not ProblemState(problem.state).final and scope.sees(problem.grid_id):
        here = Found(
            problem.id, problem.grid_id, problem.category, problem.found_at, problem.lon, problem.lat,
            problem.source_id,
        )  # fmt: skip
        similar = await alike_documents(session, here)
    return _problem(row, now) | {
        "found": await _findings(session, problem_id),
        "steps": steps,
        "checked": await _checks(session, problem_id),
        "sampled": await sampled_where(session, ProblemSampled.problem_id == problem_id),
        "similar": similar,
    }


async def records_of(
    session: AsyncSession, found: Sequence[dict[str, Any]], scope: Scope
) -> dict[tuple[str, str], int]:
    """The orders, reports from below and public reports that findings name, by kind and number, in the scope."""
    records: dict[tuple[str, str], int] = {}
    for kind, table in _RECORDS:
        refs = [one["ref"] for one in found if one["kind"] == kind.value]
        if refs:
            rows = await session.execute(
                select(table.number, table.id).where(table.number.in_(refs), scope.where(table.grid_id))
            )
            records |= {(kind.value, number): record for number, record in rows}
    return records


async def figures_by_grid(
    session: AsyncSession, directory: Directory, scope: Scope, *, since: datetime | None, now: datetime
) -> list[dict[str, Any]]:
    """动态清零 by county and park in the scope: open, late, cleared, missed."""
    grids = [grid for grid in directory.grids if grid.level == 2 and scope.sees(grid.id)]
    rows = await standing(session, [grid.id for grid in grids], since=since, now=now)
    return [
        {
            "grid": grid.code,
            "grid_name": grid.name,
            "total": row.total,
            "open": row.open,
            "unpushed": row.unpushed,
            "waiting": row.waiting,
            "corrected": row.corrected,
            "overdue": row.overdue,
            "cleared": row.cleared,
            "cleared_percent": None if row.cleared_share is None else round(float(row.cleared_share), 1),
            "missed": row.missed,
            "unjudged": row.unjudged,
        }
        for grid, row in zip(grids, rows, strict=True)
    ]


def _problem(row: Row[*tuple[Any, ...]], now: datetime) -> dict[str, Any]:
    one: Problem = row.Problem
    is_late = one.state == ProblemState.PUSHED.value and one.due_at is not None and now >= one.due_at
    return {
        "id": one.id,
        "number": one.number,
        "state": one.state,
        "overdue": is_late,
        "grid": row.grid,
        "grid_name": row.grid_name,
        "place_grid": row.place_grid,
        "place_grid_name": row.place_grid_name,
        "category": one.category,
        "title": one.title,
        "text": one.text,
        "place": one.place,
        "lon": one.lon,
        "lat": one.lat,
        "source": row.source,
        "found_at": instant(one.found_at),
        "opened_at": instant(one.opened_at),
        "opened_by": row.opener,
        "due_at": instant(one.due_at),
        "ended_at": instant(one.ended_at),
        "merged_into": one.merged_into,
        "merged_number": row.into_number,
        "missed": one.missed,
        "missed_by": row.judge,
        "missed_at": instant(one.missed_at),
        "missed_why": one.missed_why,
        "findings": row.findings,
        "checks": row.checks,
    }


async def _findings(session: AsyncSession, problem_id: int) -> list[dict[str, Any]]:
    rows = await session.execute(
        select(ProblemFinding, Person.name)
        .join(Person, Person.id == ProblemFinding.entered_by)
        .where(ProblemFinding.problem_id == problem_id)
        .order_by(ProblemFinding.found_at, ProblemFinding.id)
    )
    return [
        {
            "kind": row.ProblemFinding.kind,
            "ref": row.ProblemFinding.ref,
            "found_at": instant(row.ProblemFinding.found_at),
            "note": row.ProblemFinding.note,
            "entered_by": row.name,
            "entered_at": instant(row.ProblemFinding.entered_at),
        }
        for row in rows
    ]


async def _steps(session: AsyncSession, problem_id: int) -> list[dict[str, Any]]:
    rows = await session.execute(
        select(ProblemStep, Person.name)
        .join(Person, Person.id == ProblemStep.person_id)
        .where(ProblemStep.problem_id == problem_id)
        .order_by(ProblemStep.step)
    )
    return [
        {
            "step": row.ProblemStep.step,
            "act": row.ProblemStep.act,
            "state": row.ProblemStep.state,
            "text": row.ProblemStep.said,
            "evidence": list(row.ProblemStep.evidence),
            "due_at": instant(row.ProblemStep.due_at),
            "person": row.name,
            "acted_at": instant(row.ProblemStep.acted_at),
        }
        for row in rows
    ]


async def _checks(session: AsyncSession, problem_id: int) -> list[dict[str, Any]]:
    rows = await session.execute(
        select(ProblemCheck, Person.name)
        .join(Person, Person.id == ProblemCheck.checked_by)
        .where(ProblemCheck.problem_id == problem_id)
        .order_by(ProblemCheck.number)
    )
    return [
        {
            "number": row.ProblemCheck.number,
            "week": row.ProblemCheck.week.isoformat(),
            "measure": row.ProblemCheck.measure,
            "due_at": instant(row.ProblemCheck.due_at),
            "finding": row.ProblemCheck.finding,
            "checked_by": row.name,
            "checked_at": instant(row.ProblemCheck.checked_at),
        }
        for row in rows
    ]
