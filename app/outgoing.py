"""Writes facts to the journal and to the outbox, in the transaction that made them true."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from app import journal
from app.clock_changes import with_clocks
from app.feed_events import drill_mark, entries_of
from app.journal import Entry
from app.views.orders import drills_among, order_documents
from dispatch import outbox
from dispatch import service as dispatch
from dispatch.outbox import Letter
from models.enums import EventKind, Role
from models.facts import EscalationDue, Fact, Recipient
from models.ids import GridId
from sla import changes

MQTT = "mqtt"
WEBHOOK = "webhook"
# Every change of an order's state, and of who holds it; what else concerns an order is on the feed.
_STATES = frozenset(
    {
        EventKind.ORDER_DISPATCHED,
        EventKind.ORDER_ACKNOWLEDGED,
        EventKind.ORDER_FEEDBACK,
        EventKind.ORDER_REPORTED,
        EventKind.ORDER_RETURNED,
        EventKind.ORDER_CLOSED,
        EventKind.ORDER_VOID,
        EventKind.ORDER_TRANSFERRED,
        EventKind.ORDER_SUSPENDED,
        EventKind.ORDER_RESUMED,
    }
)
# Told by facts that know whether their order is a drill.
_KNOWN = frozenset(
    {
        EventKind.ORDER_DISPATCHED,
        EventKind.ORDER_ACKNOWLEDGED,
        EventKind.ORDER_FEEDBACK,
        EventKind.ORDER_REPORTED,
        EventKind.ORDER_RETURNED,
        EventKind.ORDER_CLOSED,
        EventKind.ORDER_VOID,
        EventKind.SLA_DUE_SOON,
        EventKind.SLA_BREACHED,
        EventKind.SLA_ESCALATED,
        EventKind.SLA_MET_LATE,
    }
)
_TO_WEBHOOK = _STATES | {EventKind.ORDER_UNROUTED, EventKind.SLA_BREACHED, EventKind.SLA_ESCALATED}


async def tell(
    session: AsyncSession, facts: Sequence[Fact], channels: frozenset[str], *, now: datetime
) -> None:
    """Appends the events of the facts, and the letters that go with them; the last thing in a transaction."""
    changed = changes.take(session)
    if not facts and not changed:
        return
    addressed = await _addressed(session, facts, now)
    entries = [entry for fact in facts for entry in entries_of(fact, addressed.get(id(fact), ()))]
    entries = await with_clocks(session, entries, changed, now=now)
    entries = await _marked(session, entries)
    documents = await _documents(session, entries)
    ids = await journal.append(session, entries, now=now)
    letters = [
        letter
        for number, entry in zip(ids, entries, strict=True)
        for letter in _letters(number, entry, documents, channels)
    ]
    await outbox.enqueue(session, letters, now=now)


async def _marked(session: AsyncSession, entries: Sequence[Entry]) -> list[Entry]:
    """Every event of a drill says so. Facts that know it have told it; of the other orders it is looked up."""
    unknown = {e.order_id for e in entries if e.order_id is not None and e.kind not in _KNOWN}
    drills = await drills_among(session, sorted(unknown)) if unknown else frozenset()
    return (
        [replace(e, data=e.data | drill_mark(e.order_id in drills)) for e in entries]
        if drills
        else list(entries)
    )


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
