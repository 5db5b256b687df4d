"""Warnings are acknowledged 知悉: somebody at the desk says of many orders at once that they know of them.

It stops no clock and changes no order. Who did, when, of which clock and with what remark is on the record of each
order; the next clock of the order warns anew.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sqlalchemy.ext.asyncio import AsyncSession

from app.auth.scope import Caller
from app.views.paging import instant
from models.clock import Clock
from models.enums import EventKind, Role
from models.errors import Forbidden
from models.facts import OrderTold
from models.ids import PersonId
from sla import noting

if TYPE_CHECKING:
    from app.pipeline import Pipeline

WHO = (Role.DUTY_OFFICER, Role.CHIEF)
MOST = 300
"""As many as one board shows."""


async def note_warnings(
    pipeline: "Pipeline",
    session: AsyncSession,
    order_ids: Sequence[int],
    *,
    note: str | None,
    caller: Caller,
    clock: Clock,
) -> list[noting.Warned]:
    """Those of the orders that warn now and are in the caller's grids; the others are passed over.

    Raises Forbidden unless the caller sits at a desk or leads a grid.
    """
    directory = pipeline.directory
    mine = [directory.subtree(grid) for role, grid in caller.duties if role in WHO]
    if not mine:
        raise Forbidden(f"this takes the role {' or '.join(role.value for role in WHO)}")
    now = clock.now()
    found = await noting.warned(session, order_ids, frozenset().union(*mine), now=now)
    codes = {grid.id: grid.code for grid in directory.grids}
    facts = [
        OrderTold(
            EventKind.SLA_NOTED, one.order_id, one.number, one.grid_id, codes.get(one.grid_id, ""), now,
            PersonId(caller.id), caller.name,
            {"clock": one.kind.value, "clock_id": one.clock_id, "due_at": instant(one.due_at)}
            | ({"comment": note} if note else {}),
            drill=one.drill,
        )
        for one in found
    ]  # fmt: skip
    await pipeline.told(session, facts, now=now)
    return found
