"""Where the time of clocks went, and the excuses of breaches, as the API shows them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from app.auth.scope import Scope
from app.views.orders import order_grid
from app.views.paging import instant
from models.bulk import fetch
from models.excuse import SlaExcuse
from models.ids import OrderId
from models.registry import Person
from sla import fair
from sla.fair import Span
from sla.fairness import Fair

_CLOCKS = """
SELECT id, kind, round, subject_id, state, started_at, due_at, stopped_at FROM sla_clock WHERE order_id = $1 ORDER BY id
"""
_SEGMENTS = """
SELECT g.code, g.name, h.held_from, h.held_to, h.why, h.misdispatched
  FROM holder_segment h JOIN grid g ON g.id = h.grid_id WHERE h.order_id = $1 ORDER BY h.held_from
"""


def _fair(found: Fair) -> dict[str, Any]:
    return {
        "span_s": found.span_s,
        "late_s": found.late_s,
        "held": [
            {"grid": s.grid, "grid_name": s.grid_name, "seconds": s.seconds, "misdispatched": s.misdispatched}
            for s in found.held
        ],
        "wrong_dispatch_s": found.wrong_dispatch_s,
        "outage_s": found.outage_s,
        "lost_s": found.lost_s,
        "covered": found.covered,
    }


async def beside(session: AsyncSession, breaches: Sequence[dict[str, Any]], *, now: datetime) -> None:
    """Adds to each breach where its time went, and its excuses. Four statements, however many there are."""
    ids = [breach["id"] for breach in breaches]
    found = await fair.fair_of(session, ids, now=now)
    excuses = await _excuses(session, ids)
    for breach in breaches:
        breach["fair"] = _fair(found[breach["id"]])
        breach["excuses"] = excuses.get(breach["id"], [])


async def _excuses(session: AsyncSession, breach_ids: Sequence[int]) -> dict[int, list[dict[str, Any]]]:
    proposer, decider = aliased(Person), aliased(Person)
    rows = await session.execute(
        select(SlaExcuse, proposer.name, decider.name)
        .outerjoin(proposer, proposer.id == SlaExcuse.proposed_by)
        .outerjoin(decider, decider.id == SlaExcuse.decided_by)
        .where(SlaExcuse.breach_id.in_(list(breach_ids)))
        .order_by(SlaExcuse.id)
        .execution_options(populate_existing=True)
    )
    found: dict[int, list[dict[str, Any]]] = {}
    for excuse, proposed_by, decided_by in rows:
        shown = {
            "id": excuse.id,
            "ground": excuse.ground,
            "seconds": excuse.seconds,
            "state": excuse.state,
            "proposed_at": instant(excuse.proposed_at),
            "proposed_by": proposed_by,
            "plea": excuse.plea,
            "decided_at": instant(excuse.decided_at),
            "decided_by": decided_by,
            "reason": excuse.reason,
        }
        found.setdefault(excuse.breach_id, []).append(shown)
    return found


async def order_fairness(
    session: AsyncSession, order_id: int, scope: Scope, *, now: datetime
) -> dict[str, Any]:
    """Who held the order from when to when, and where the time of each of its clocks went; NotFound outside."""
    await order_grid(session, order_id, scope)
    clocks = await fetch(session, _CLOCKS, order_id)
    spans: dict[int, Span] = {c.id: (OrderId(order_id), c.started_at, c.due_at, c.stopped_at) for c in clocks}
    found = await fair.apart(session, spans, now=now)
    holders = await fetch(session, _SEGMENTS, order_id)
    return {
        "order_id": order_id,
        "holders": [
            {
                "grid": row.code,
                "grid_name": row.name,
                "held_from": instant(row.held_from),
                "held_to": instant(row.held_to),
                "why": row.why,
                "misdispatched": row.misdispatched,
            }
            for row in holders
        ],
        "clocks": [
            {
                "id": c.id,
                "kind": c.kind,
                "round": c.round,
                "subject_id": c.subject_id,
                "state": c.state,
                "due_at": instant(c.due_at),
                "stopped_at": instant(c.stopped_at),
                "fair": _fair(found[c.id]),
            }
            for c in clocks
        ],
    }
