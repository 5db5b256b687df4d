"""The versions of an order's summary."""

import hashlib
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from app.auth.scope import Scope
from app.views.orders import order_grid
from app.views.paging import instant
from models.errors import NotFound
from models.registry import Person
from models.summary import OrderSummary

Drafter, Editor, Signer = aliased(Person), aliased(Person), aliased(Person)


async def list_summaries(session: AsyncSession, order_id: int, scope: Scope) -> dict[str, Any]:
    """Every version, the newest first; NotFound outside the scope."""
    await order_grid(session, order_id, scope)
    rows = await session.execute(
        select(
            OrderSummary,
            Drafter.name.label("drafter"),
            Editor.name.label("editor"),
            Signer.name.label("signer"),
        )
        .join(Drafter, Drafter.id == OrderSummary.drafted_by)
        .outerjoin(Editor, Editor.id == OrderSummary.edited_by)
        .outerjoin(Signer, Signer.id == OrderSummary.signed_by)
        .where(OrderSummary.order_id == order_id)
        .order_by(OrderSummary.version.desc())
        .execution_options(populate_existing=True)
    )
    return {
        "items": [_summary(row.OrderSummary, row.drafter, row.editor, row.signer) for row in rows],
        "next_cursor": None,
    }


async def newest_summary(session: AsyncSession, order_id: int, scope: Scope) -> dict[str, Any]:
    """The newest version; raises NotFound where there is none."""
    items: list[dict[str, Any]] = (await list_summaries(session, order_id, scope))["items"]
    if not items:
        raise NotFound(f"no summary of order {order_id}")
    return items[0]


def _summary(row: OrderSummary, drafter: str, editor: str | None, signer: str | None) -> dict[str, Any]:
    return {
        "order_id": row.order_id,
        "version": row.version,
        "revision": row.revision,
        "draft": row.draft,
        "inputs_sha256": row.inputs_hash.hex(),
        "body": row.body,
        "sha256": hashlib.sha256(row.body.encode()).hexdigest(),
        "drafted_by": drafter,
        "drafted_at": instant(row.drafted_at),
        "edited_by": editor,
        "edited_at": instant(row.edited_at),
        "signed_by": signer,
        "signed_at": instant(row.signed_at),
    }
