"""Back-tests as the API shows them."""

from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.auth.scope import Scope
from app.views.paging import INTEGER_MAX, decode_cursor, instant, page
from models.enums import BacktestState
from models.errors import NotFound
from models.registry import Grid, Person
from models.rules import BacktestJob

_COLUMNS = (
    BacktestJob.id,
    BacktestJob.rule_version,
    BacktestJob.revision,
    BacktestJob.baseline_version,
    BacktestJob.since,
    BacktestJob.until,
    BacktestJob.state,
    BacktestJob.progress,
    BacktestJob.requested_at,
    BacktestJob.started_at,
    BacktestJob.finished_at,
    BacktestJob.error,
    Grid.code.label("grid"),
    Person.name.label("requested_by"),
)


def _backtest(row: Row[*tuple[Any, ...]]) -> dict[str, Any]:
    return {
        "id": row.id,
        "rule_version": row.rule_version,
        "revision": row.revision,
        "baseline_version": row.baseline_version,
        "from": instant(row.since),
        "until": instant(row.until),
        "grid": row.grid,
        "state": row.state,
        "progress": row.progress,
        "requested_by": row.requested_by,
        "requested_at": instant(row.requested_at),
        "started_at": instant(row.started_at),
        "finished_at": instant(row.finished_at),
        "error": row.error,
    }


async def list_backtests(
    session: AsyncSession,
    *,
    scope: Scope,
    version: int | None = None,
    state: BacktestState | None = None,
    cursor: str | None = None,
    limit: int = 100,
) -> dict[str, Any]:
    """A page of the back-tests in the scope without their results, the newest first.

    One of all grids is seen by those who see the whole prefecture.
    """
    statement = (
        select(*_COLUMNS)
        .outerjoin(Grid, Grid.id == BacktestJob.grid_id)
        .join(Person, Person.id == BacktestJob.requested_by)
        .where(scope.where(BacktestJob.grid_id))
    )
    if version is not None:
        statement = statement.where(BacktestJob.rule_version == version)
    if state is not None:
        statement = statement.where(BacktestJob.state == state.value)
    if (last := decode_cursor(cursor, top=INTEGER_MAX)) is not None:
        statement = statement.where(BacktestJob.id < last)
    rows = await session.execute(statement.order_by(BacktestJob.id.desc()).limit(limit + 1))
    return page([_backtest(row) for row in rows], limit)


async def backtest_document(session: AsyncSession, job_id: int, scope: Scope) -> dict[str, Any]:
    """One back-test with its result; raises NotFound outside the scope as well."""
    statement = (
        select(*_COLUMNS, BacktestJob.result)
        .outerjoin(Grid, Grid.id == BacktestJob.grid_id)
        .join(Person, Person.id == BacktestJob.requested_by)
        .where(BacktestJob.id == job_id, scope.where(BacktestJob.grid_id))
    )
    row = (await session.execute(statement)).one_or_none()
    if row is None:
        raise NotFound(f"no back-test {job_id}")
    return _backtest(row) | {"result": row.result}
