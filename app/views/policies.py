"""SLA policies as the API shows them."""

from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.views.paging import INTEGER_MAX, decode_cursor, instant, page
from models.enums import PolicyState
from models.errors import NotFound
from models.registry import Grid, Person
from models.sla import SlaPolicyRow, SlaTrial

_COLUMNS = (
    SlaPolicyRow.version,
    SlaPolicyRow.state,
    SlaPolicyRow.revision,
    SlaPolicyRow.parent_version,
    SlaPolicyRow.author,
    SlaPolicyRow.from_settings,
    SlaPolicyRow.note,
    SlaPolicyRow.created_at,
    SlaPolicyRow.changed_at,
    SlaPolicyRow.tried_at,
    SlaPolicyRow.activated_at,
    SlaPolicyRow.retired_at,
)


def _policy(row: Row[*tuple[Any, ...]]) -> dict[str, Any]:
    return {
        "version": row.version,
        "state": row.state,
        "revision": row.revision,
        "parent": row.parent_version,
        "author": row.author,
        "from_settings": row.from_settings,
        "note": row.note,
        "created_at": instant(row.created_at),
        "changed_at": instant(row.changed_at),
        "tried_at": instant(row.tried_at),
        "activated_at": instant(row.activated_at),
        "retired_at": instant(row.retired_at),
    }


async def list_policies(
    session: AsyncSession, *, state: PolicyState | None = None, cursor: str | None = None, limit: int = 100
) -> dict[str, Any]:
    """A page of the versions without their bodies, newest first."""
    statement = select(*_COLUMNS)
    if state is not None:
        statement = statement.where(SlaPolicyRow.state == state.value)
    if (last := decode_cursor(cursor, top=INTEGER_MAX)) is not None:
        statement = statement.where(SlaPolicyRow.version < last)
    rows = await session.execute(statement.order_by(SlaPolicyRow.version.desc()).limit(limit + 1))
    return page([_policy(row) for row in rows], limit, "version")


async def policy_document(session: AsyncSession, version: int) -> dict[str, Any]:
    """One version with its body; raises NotFound."""
    row = (
        await session.execute(select(*_COLUMNS, SlaPolicyRow.body).where(SlaPolicyRow.version == version))
    ).one_or_none()
    if row is None:
        raise NotFound(f"no SLA policy {version}")
    return _policy(row) | {"body": row.body}


async def list_trials(session: AsyncSession, version: int, *, limit: int) -> list[dict[str, Any]]:
    """The newest what-if runs of a version with their results; whoever asks has to be allowed to make one."""
    statement = (
        select(SlaTrial, Grid.code, Person.name)
        .outerjoin(Grid, Grid.id == SlaTrial.grid_id)
        .join(Person, Person.id == SlaTrial.person_id)
        .where(SlaTrial.policy_version == version)
        .order_by(SlaTrial.id.desc())
        .limit(limit)
    )
    return [
        {
            "id": trial.id,
            "revision": trial.revision,
            "from": instant(trial.since),
            "until": instant(trial.until),
            "grid": grid,
            "person": person,
            "created_at": instant(trial.created_at),
            "result": trial.result,
        }
        for trial, grid, person in await session.execute(statement)
    ]
