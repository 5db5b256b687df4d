"""Spot checks, candidates and the rules of review as the API shows them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, false, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from app.auth.scope import Scope
from app.views.paging import INTEGER_MAX, decode_cursor, instant, page
from dispatch.review import sample
from models.enums import CandidateKind, CandidateState, SpotCheckState
from models.errors import NotFound
from models.order import WorkOrder
from models.registry import Grid, Person, Station
from models.review import RectificationCandidate, ReviewPolicyRow, SpotCheck, SpotDraw

_Other, _NewOrder = aliased(Person), aliased(WorkOrder)
_CHECKS = (
    select(func.count()).select_from(SpotCheck).where(SpotCheck.draw_id == SpotDraw.id).scalar_subquery()
)
_DRAW = (
    select(SpotDraw, Person.name.label("by"), _Other.name.label("drawer"), _CHECKS.label("checks"))
    .join(Person, Person.id == SpotDraw.committed_by)
    .outerjoin(_Other, _Other.id == SpotDraw.drawn_by)
)
_CHECK = (
    select(
        SpotCheck,
        WorkOrder.number,
        Grid.code.label("grid"),
        Grid.name.label("grid_name"),
        Station.code.label("station"),
        Person.username,
        Person.name.label("checker_name"),
    )
    .join(WorkOrder, WorkOrder.id == SpotCheck.order_id)
    .join(Grid, Grid.id == WorkOrder.grid_id)
    .outerjoin(Station, Station.id == WorkOrder.station_id)
    .outerjoin(Person, Person.id == SpotCheck.checker_id)
)
_CANDIDATE = (
    select(
        RectificationCandidate,
        WorkOrder.number,
        Grid.code.label("grid"),
        Grid.name.label("grid_name"),
        Station.code.label("station"),
        _NewOrder.number.label("new_number"),
        Person.name.label("decider"),
    )
    .join(WorkOrder, WorkOrder.id == RectificationCandidate.order_id)
    .join(Grid, Grid.id == RectificationCandidate.grid_id)
    .outerjoin(Station, Station.id == WorkOrder.station_id)
    .outerjoin(_NewOrder, _NewOrder.id == RectificationCandidate.new_order_id)
    .outerjoin(Person, Person.id == RectificationCandidate.decided_by)
)


async def list_draws(
    session: AsyncSession, *, scope: Scope, cursor: str | None, limit: int
) -> dict[str, Any]:
    """A page of the draws in the scope, newest first."""
    statement = _DRAW.where(scope.where(SpotDraw.grid_id))
    if (last := decode_cursor(cursor, top=INTEGER_MAX)) is not None:
        statement = statement.where(SpotDraw.id < last)
    rows = await session.execute(statement.order_by(SpotDraw.id.desc()).limit(limit + 1))
    return page([_draw(row) for row in rows], limit)


async def draw_document(session: AsyncSession, draw_id: int, scope: Scope) -> dict[str, Any]:
    """A draw with its population, its sample, and whether the one gives the other; NotFound outside the scope."""
    statement = _DRAW.where(SpotDraw.id == draw_id, scope.where(SpotDraw.grid_id))
    row = (await session.execute(statement.execution_options(populate_existing=True))).one_or_none()
    if row is None:
        raise NotFound(f"no draw {draw_id}")
    chosen = select(SpotCheck.order_id).where(SpotCheck.draw_id == draw_id).order_by(SpotCheck.order_id)
    orders = list(await session.scalars(chosen))
    return _draw(row) | {
        "population": row.SpotDraw.population,
        "orders": orders,
        "proved": _proved(row.SpotDraw, orders),
    }


def _proved(draw: SpotDraw, orders: Sequence[int]) -> bool | None:
    if draw.drawn_at is None:
        return None
    members = [sample.Member(order, grid) for order, grid in draw.population]
    return (
        draw.method == sample.METHOD
        and sample.commitment(draw.seed) == draw.commitment
        and sample.population_hash(members) == draw.population_hash
        and sample.draw(draw.seed, members, size=draw.size, share=draw.share) == list(orders)
    )


def _draw(row: Row[*tuple[Any, ...]]) -> dict[str, Any]:
    draw: SpotDraw = row.SpotDraw
    drawn = draw.drawn_at is not None
    return {
        "id": draw.id,
        "state": draw.state,
        "from": instant(draw.from_at),
        "until": instant(draw.until_at),
        "size": draw.size,
        "share": draw.share,
        "method": draw.method,
        "commitment": draw.commitment.hex(),
        "seed": draw.seed if drawn else None,
        "committed_at": instant(draw.committed_at),
        "committed_by": row.by,
        "drawn_at": instant(draw.drawn_at),
        "drawn_by": row.drawer,
        "population_size": len(draw.population) if drawn else None,
        "population_sha256": None if draw.population_hash is None else draw.population_hash.hex(),
        "checks": row.checks,
    }


async def list_checks(
    session: AsyncSession,
    *,
    scope: Scope,
    now: datetime,
    state: SpotCheckState | None,
    draw_id: int | None,
    overdue: bool | None,
    checker_id: int | None,
    cursor: str | None,
    limit: int,
) -> dict[str, Any]:
    """A page of the spot checks in the scope that match every filter, newest first."""
    statement = _CHECK.where(scope.where(SpotCheck.grid_id))
    if state is not None:
        statement = statement.where(SpotCheck.state == state.value)
    if draw_id is not None:
        statement = statement.where(SpotCheck.draw_id == draw_id)
    if overdue is not None:
        late = (SpotCheck.state == SpotCheckState.OPEN.value) & (SpotCheck.due_at < now)
        statement = statement.where(late if overdue else ~late)
    if checker_id is not None:
        statement = statement.where(SpotCheck.checker_id == checker_id)
    if (last := decode_cursor(cursor, top=INTEGER_MAX)) is not None:
        statement = statement.where(SpotCheck.id < last)
    rows = await session.execute(statement.order_by(SpotCheck.id.desc()).limit(limit + 1))
    return page([_check(row) for row in rows], limit)


async def check_document(session: AsyncSession, check_id: int, scope: Scope) -> dict[str, Any]:
    """One spot check; raises NotFound outside the scope as well."""
    statement = _CHECK.where(SpotCheck.id == check_id, scope.where(SpotCheck.grid_id))
    row = (await session.execute(statement.execution_options(populate_existing=True))).one_or_none()
    if row is None:
        raise NotFound(f"no spot check {check_id}")
    return _check(row)


def _check(row: Row[*tuple[Any, ...]]) -> dict[str, Any]:
    check: SpotCheck = row.SpotCheck
    return {
        "id": check.id,
        "draw_id": check.draw_id,
        "order_id": check.order_id,
        "order_number": row.number,
        "grid": row.grid,
        "grid_name": row.grid_name,
        "station": row.station,
        "state": check.state,
        "due_at": instant(check.due_at),
        "checker": row.username,
        "checker_name": row.checker_name,
        "assigned_at": instant(check.assigned_at),
        "finding": check.finding,
        "evidence": [f"/api/v1/evidence/{one}" for one in check.evidence],
        "checked_at": instant(check.checked_at),
    }


async def list_candidates(
    session: AsyncSession,
    *,
    scope: Scope,
    state: CandidateState | None,
    kind: CandidateKind | None,
    grid_ids: frozenset[int] | None,
    cursor: str | None,
    limit: int,
) -> dict[str, Any]:
    """A page of the candidates in the scope that match every filter, newest first."""
    statement = _CANDIDATE.where(scope.where(RectificationCandidate.grid_id))
    if state is not None:
        statement = statement.where(RectificationCandidate.state == state.value)
    if kind is not None:
        statement = statement.where(RectificationCandidate.kind == kind.value)
    if grid_ids is not None:
        wanted = RectificationCandidate.grid_id.in_(sorted(grid_ids)) if grid_ids else false()
        statement = statement.where(wanted)
    if (last := decode_cursor(cursor, top=INTEGER_MAX)) is not None:
        statement = statement.where(RectificationCandidate.id < last)
    rows = await session.execute(statement.order_by(RectificationCandidate.id.desc()).limit(limit + 1))
    return page([_candidate(row) for row in rows], limit)


async def candidate_document(session: AsyncSession, candidate_id: int, scope: Scope) -> dict[str, Any]:
    """One candidate; raises NotFound outside the scope as well."""
    statement = _CANDIDATE.where(
        RectificationCandidate.id == candidate_id, scope.where(RectificationCandidate.grid_id)
    )
    row = (await session.execute(statement.execution_options(populate_existing=True))).one_or_none()
    if row is None:
        raise NotFound(f"no candidate {candidate_id}")
    return _candidate(row)


def _candidate(row: Row[*tuple[Any, ...]]) -> dict[str, Any]:
    one: RectificationCandidate = row.RectificationCandidate
    return {
        "id": one.id,
        "order_id": one.order_id,
        "order_number": row.number,
        "grid": row.grid,
        "grid_name": row.grid_name,
        "station": row.station,
        "kind": one.kind,
        "state": one.state,
        "new_order_id": one.new_order_id,
        "new_order_number": row.new_number,
        "spot_check_id": one.spot_check_id,
        "facts": one.facts,
        "policy_version": one.policy_version,
        "raised_at": instant(one.raised_at),
        "decided_at": instant(one.decided_at),
        "decided_by": row.decider,
        "reason": one.reason,
        "rework_order_id": one.rework_order_id,
    }


async def policy_document(session: AsyncSession, version: int | None = None) -> dict[str, Any]:
    """The rules of review of a version, or those in force; raises NotFound for a version that is none."""
    statement = select(ReviewPolicyRow).order_by(ReviewPolicyRow.version.desc()).limit(1)
    if version is not None:
        statement = statement.where(ReviewPolicyRow.version == version)
    row = (await session.scalars(statement)).one_or_none()
    if row is None:
        raise NotFound(f"no review policy {version}")
    return {
        "version": row.version,
        "body": row.body,
        "author": row.author,
        "note": row.note,
        "created_at": instant(row.created_at),
    }
