"""Integrity cases as the API shows them."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from app.auth.scope import Scope
from app.registry.directory import Directory
from app.views.paging import INTEGER_MAX, decode_cursor, instant, page
from models.enums import CaseState
from models.errors import NotFound
from models.integrity import IntegrityCase, IntegritySign
from models.registry import Grid, Person, Station

_Decider, _Second = aliased(Person), aliased(Person)
_Standing = aliased(Grid)
_CASE = (
    select(
        IntegrityCase,
        Grid.code.label("grid"),
        Station.code.label("station"),
        Station.name.label("station_name"),
        _Standing.id.label("standing"),
        _Decider.name.label("decider"),
        _Second.name.label("second"),
    )
    .join(Grid, Grid.id == IntegrityCase.grid_id)
    .join(Station, Station.id == IntegrityCase.station_id)
    .join(_Standing, _Standing.id == Station.grid_id)
    .outerjoin(_Decider, _Decider.id == IntegrityCase.decided_by)
    .outerjoin(_Second, _Second.id == IntegrityCase.seconded_by)
)
_BRIEF = (
    IntegritySign.id, IntegritySign.case_id, IntegritySign.kind, IntegritySign.began_at, IntegritySign.until_at,
    IntegritySign.seen_at, IntegritySign.rule_version, IntegritySign.digest, IntegritySign.alert_ids,
)  # fmt: skip


async def list_cases(
    session: AsyncSession,
    *,
    scope: Scope,
    directory: Directory,
    state: CaseState | None = None,
    station_id: int | None = None,
    cursor: str | None = None,
    limit: int = 100,
) -> dict[str, Any]:
    """A page of the cases in the scope that match every filter, the newest first, with their signs in brief."""
    statement = _CASE.where(scope.where(IntegrityCase.grid_id))
    if state is not None:
        statement = statement.where(IntegrityCase.state == state.value)
    if station_id is not None:
        statement = statement.where(IntegrityCase.station_id == station_id)
    if (last := decode_cursor(cursor, top=INTEGER_MAX)) is not None:
        statement = statement.where(IntegrityCase.id < last)
    rows = (await session.execute(statement.order_by(IntegrityCase.id.desc()).limit(limit + 1))).all()
    signs: dict[int, list[dict[str, Any]]] = defaultdict(list)
    ids = [row.IntegrityCase.id for row in rows]
    found = await session.execute(
        select(*_BRIEF).where(IntegritySign.case_id.in_(ids)).order_by(IntegritySign.id)
    )
    for sign in found:
        signs[sign.case_id].append(_sign(sign))
    return page([_case(row, signs[row.IntegrityCase.id], directory) for row in rows], limit)


async def case_document(
    session: AsyncSession, case_id: int, scope: Scope, *, directory: Directory
) -> dict[str, Any]:
    """One case with the evidence of every sign; raises NotFound outside the scope as well."""
    statement = _CASE.where(IntegrityCase.id == case_id, scope.where(IntegrityCase.grid_id))
    row = (await session.execute(statement.execution_options(populate_existing=True))).one_or_none()
    if row is None:
        raise NotFound(f"no integrity case {case_id}")
    found = await session.execute(
        select(*_BRIEF, IntegritySign.evidence)
        .where(IntegritySign.case_id == case_id)
        .order_by(IntegritySign.id)
    )
    signs = [_sign(sign) | {"evidence": sign.evidence} for sign in found]
    return _case(row, signs, directory)


async def decider_of(session: AsyncSession, case_id: int) -> int | None:
    """Who decided a case."""
    found: int | None = await session.scalar(
        select(IntegrityCase.decided_by).where(IntegrityCase.id == case_id)
    )
    return found


def _case(
    row: Row[*tuple[Any, ...]], signs: Sequence[dict[str, Any]], directory: Directory
) -> dict[str, Any]:
    case: IntegrityCase = row.IntegrityCase
    answering = directory.level2(row.standing)
    return {
        "id": case.id,
        "grid": row.grid,
        "station": row.station,
        "station_name": row.station_name,
        "station_grid": None if answering is None else answering.code,
        "state": case.state,
        "opened_at": instant(case.opened_at),
        "decided_at": instant(case.decided_at),
        "decided_by": row.decider,
        "reason": case.reason,
        "seconded_at": instant(case.seconded_at),
        "seconded_by": row.second,
        "signs": list(signs),
    }


def _sign(row: Row[*tuple[Any, ...]]) -> dict[str, Any]:
    return {
        "id": row.id,
        "kind": row.kind,
        "from": instant(row.began_at),
        "until": instant(row.until_at),
        "seen_at": instant(row.seen_at),
        "rule_version": row.rule_version,
        "evidence_sha256": row.digest.hex(),
        "alerts": [f"/api/v1/alerts/{alert}" for alert in row.alert_ids],
    }
