"""Warnings are acknowledged 知悉: somebody at the desk says of many orders at once that they know of them.

It stops no clock and changes no order. Who did, when, of which clock and with what remark is on the record of each
order; the next clock of the order warns anew.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy.ext.asyncio import AsyncSession

from app.auth.scope import Caller
from app.views.paging import instant
from models.bulk import fetch
from models.clock import Clock
from models.enums import ClockKind, EventKind, Role
from models.errors import Forbidden
from models.facts import OrderTold
from models.ids import PersonId
from sla import noting

if TYPE_CHECKING:
    from app.pipeline import Pipeline

WHO = (Role.DUTY_OFFICER, Role.CHIEF)
MOST = 300
"""As many as one board shows."""
_ABOVE = frozenset({ClockKind.REVIEW, ClockKind.DECISION, ClockKind.RECHECK})
"""Steps that are the prefecture's own."""
_BEFORE = """
SELECT DISTINCT (data->>'clock_id')::bigint FROM journal WHERE order_id = ANY($1::bigint[]) AND kind = 'sla.noted'
"""


@dataclass(frozen=True, slots=True)
class Noted:
    """What became of warnings that were to be acknowledged."""

    noted: list[noting.Warned]
    already: list[noting.Warned]
    """Of the same clock somebody had said so before, and nothing was to be added."""
    own: int
    """Of both, those that wait for the caller's own review or decision: knowing of them does not do it."""


async def note_warnings(
    pipeline: "Pipeline",
    session: AsyncSession,
    order_ids: Sequence[int],
    *,
    note: str | None,
    caller: Caller,
    clock: Clock,
) -> Noted:
    """Those of the orders that warn now and are in the caller's grids; the others are passed over.

    What was acknowledged before is so again only with a remark.

    Raises Forbidden unless the caller sits at a desk or leads a grid.
    """
    directory = pipeline.directory
    mine = [directory.subtree(grid) for role, grid in caller.duties if role in WHO]
    if not mine:
        raise Forbidden(f"this takes the role {' or '.join(role.value for role in WHO)}")
    now = clock.now()
    found = await noting.warned(session, order_ids, frozenset().union(*mine), now=now)
    before = (
        {row[0] for row in await fetch(session, _BEFORE, [int(one.order_id) for one in found])}
        if not note
        else ()
    )
    fresh = [one for one in found if one.clock_id not in before]
    codes = {grid.id: grid.code for grid in directory.grids}
    facts = [
        OrderTold(
            EventKind.SLA_NOTED, one.order_id, one.number, one.grid_id, codes.get(one.grid_id, ""), now,
            PersonId(caller.id), caller.name,
            {"clock": one.kind.value, "clock_id": one.clock_id, "due_at": instant(one.due_at)}
            | ({"comment": note} if note else {}),
            drill=one.drill,
        )
        for one in fresh
    ]  # fmt: skip
    await pipeline.told(session, facts, now=now)
    own = [one for one in found if one.kind in _ABOVE] if caller.scope.grid_ids is None else []
    return Noted(fresh, [one for one in found if one.clock_id in before], len(own))
