"""Lists of key sources, as the API shows them."""

import json
from collections.abc import Collection
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from app.auth.scope import Scope
from app.views.paging import instant
from models.enums import KeyListState
from models.errors import NotFound
from models.registry import Grid, Person
from models.source import KeySourceList


async def list_key_lists(
    session: AsyncSession,
    *,
    scope: Scope,
    grid_ids: Collection[int] | None,
    year: int | None,
    limit: int = 100,
) -> list[dict[str, Any]]:
    """The lists of the counties the caller sees, the newest of each first; what is on them is in the document."""
    signed, proposed = aliased(Person), aliased(Person)
    statement = (
        select(KeySourceList, Grid.code, Grid.name, proposed.name, signed.name)
        .join(Grid, Grid.id == KeySourceList.grid_id)
        .join(proposed, proposed.id == KeySourceList.proposed_by)
        .outerjoin(signed, signed.id == KeySourceList.signed_by)
        .where(scope.where(KeySourceList.grid_id))
        .order_by(KeySourceList.year.desc(), Grid.code, KeySourceList.version.desc())
        .limit(limit)
    )
    if grid_ids is not None:
        statement = statement.where(KeySourceList.grid_id.in_(sorted(grid_ids)))
    if year is not None:
        statement = statement.where(KeySourceList.year == year)
    return [_key_list(*row) for row in await session.execute(statement)]


async def drew_up(session: AsyncSession, list_id: int) -> int | None:
    """The person who drew a list up."""
    return await session.scalar(select(KeySourceList.proposed_by).where(KeySourceList.id == list_id))


async def key_list_document(session: AsyncSession, list_id: int, *, scope: Scope) -> dict[str, Any]:
    """One list with its criteria and every entry's reasons; raises NotFound outside the scope."""
    signed, proposed = aliased(Person), aliased(Person)
    statement = (
        select(KeySourceList, Grid.code, Grid.name, proposed.name, signed.name)
        .join(Grid, Grid.id == KeySourceList.grid_id)
        .join(proposed, proposed.id == KeySourceList.proposed_by)
        .outerjoin(signed, signed.id == KeySourceList.signed_by)
        .where(KeySourceList.id == list_id, scope.where(KeySourceList.grid_id))
    )
    row = (await session.execute(statement)).first()
    if row is None:
        raise NotFound(f"no list {list_id}")
    body = json.loads(row[0].body)
    return _key_list(*row) | {
        "criteria": body["criteria"],
        "known": len(body["sources"]),
        "named": body["entries"],
        "left_out": body["left_out"],
    }


async def key_codes(session: AsyncSession, grid_ids: Collection[int], year: int) -> set[str]:
    """The codes of the sources on the lists in force of these grids."""
    statement = select(KeySourceList.body).where(
        KeySourceList.grid_id.in_(sorted(grid_ids)),
        KeySourceList.year == year,
        KeySourceList.state == KeyListState.SIGNED.value,
    )
    return {one["code"] for body in await session.scalars(statement) for one in json.loads(body)["entries"]}


def _key_list(
    row: KeySourceList, grid: str, grid_name: str, proposed_by: str, signed_by: str | None
) -> dict[str, Any]:
    return {
        "id": row.id,
        "grid": grid,
        "grid_name": grid_name,
        "year": row.year,
        "version": row.version,
        "state": row.state,
        "entries": len(json.loads(row.body)["entries"]),
        "sha256": row.digest.hex(),
        "why": row.why,
        "proposed_by": proposed_by,
        "proposed_at": instant(row.proposed_at),
        "signed_by": signed_by,
        "signed_at": instant(row.signed_at),
    }
