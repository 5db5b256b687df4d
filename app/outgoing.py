"""Writes facts to the journal and to the outbox, in the transaction that made them true."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from app import journal
from app.feed_events import entries_of
from app.journal import Entry
from app.views.orders import drills_among, order_documents
from dispatch import outbox
from dispatch import service as dispatch
from dispatch.outbox import Letter
from models.enums import EventKind, Role
from models.facts import EscalationDue, Fact, OrderTold, Recipient
from models.ids import GridId

MQTT = "mqtt"
WEBHOOK = "webhook"
# Every change of an order's state; what else concerns an order is on the feed.
_STATES = frozenset(
    {
        EventKind.ORDER_DISPATCHED,
        EventKind.ORDER_ACKNOWLEDGED,
        EventKind.ORDER_FEEDBACK,
        EventKind.ORDER_REPORTED,
        EventKind.ORDER_RETURNED,
        EventKind.ORDER_CLOSED,
        EventKind.ORDER_VOID,
    }
)
_TO_WEBHOOK = _STATES | {EventKind.ORDER_UNROUTED, EventKind.SLA_BREACHED, EventKind.SLA_ESCALATED}


async def tell(
    session: AsyncSession, facts: Sequence[Fact], channels: frozenset[str], *, now: datetime
) -> None:
    """Appends the events of the facts, and the letters that go with them; the last thing in a transaction."""
    if not facts:
        return
    addressed = await _addressed(session, facts, now)
    facts = await _marked(session, facts)
    entries = [entry for fact in facts for entry in entries_of(fact, addressed.get(id(fact), ()))]
    documents = await _documents(session, entries)
    ids = await journal.append(session, entries, now=now)
    letters = [
        letter
        for number, entry in zip(ids, entries, strict=True)
        for letter in _letters(number, entry, documents, channels)
    ]
    await outbox.enqueue(session, letters, now=now)


async def _marked(session: AsyncSession, facts: Sequence[Fact]) -> Sequence[Fact]:
    """Facts that do not know whether their order is a drill, told so: every event of a drill is marked."""
    unknown = sorted({f.order_id for f in facts if isinstance(f, OrderTold) and f.drill is None})
    if not unknown:
        return facts
    drills = await drills_among(session, unknown)
    return [
        replace(f, drill=f.order_id in drills) if isinstance(f, OrderTold) and f.drill is None else f
        for f in facts
    ]


async def _addressed(
    session: AsyncSession, facts: Sequence[Fact], now: datetime
) -> dict[int, tuple[Recipient, ...]]:
    """Who each escalation is addressed to: those who have the role now, not when the clock started."""
    due = [fact for fact in facts if isinstance(fact, EscalationDue)]
    if not due:
        return {}
    keys: dict[int, tuple[GridId, Role]] = {id(f): (f.clock.grid_id, Role(f.role)) for f in due}
    found = await dispatch.recipients(session, sorted(set(keys.values())), now)
    return {fact: found[key] for fact, key in keys.items()}


async def _documents(session: AsyncSession, entries: Sequence[Entry]) -> dict[int, dict[str, Any]]:
    ids = sorted({e.order_id for e in entries if e.kind in _STATES and e.order_id is not None})
    return {document["id"]: document for document in await order_documents(session, ids)} if ids else {}


def _letters(
    number: int, entry: Entry, documents: dict[int, dict[str, Any]], channels: frozenset[str]
) -> list[Letter]:
    letters = []
    document = documents.get(entry.order_id) if entry.order_id is not None else None
    lane = f"order:{entry.order_id}" if entry.order_id is not None else f"event:{number}"
    if MQTT in channels and entry.kind in _STATES and document is not None:
        topic = f"geshao/v1/{document['grid']}/order"
        letters.append(Letter(MQTT, topic, lane, f"evt_{number}_mqtt", document))
    if WEBHOOK in channels and entry.kind in _TO_WEBHOOK:
        payload = {"type": entry.kind.value, "timestamp": entry.occurred_at.isoformat(), "data": entry.data}
        if document is not None:
            payload["data"] = entry.data | {"document": document}
        letters.append(Letter(WEBHOOK, "", lane, f"evt_{number}_webhook", payload))
    return letters
