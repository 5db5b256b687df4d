"""Writes facts to the journal and to the outbox, in the transaction that made them true."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from app import journal
from app.clock_changes import with_clocks
from app.feed_events import drill_mark, entries_of
from app.journal import Entry
from app.notices.writing import Notifier, keyed
from app.views.orders import drills_among, order_documents
from dispatch import service as dispatch
from models.enums import Channel, EventKind, Role
from models.facts import EscalationDue, Fact, Recipient
from models.ids import GridId
from notify import contacts, outbox
from notify.decide import Target
from notify.outbox import Letter
from sla import changes

Documents = dict[int, dict[str, Any]]
"""Orders as everybody outside sees them, by their ids."""
MQTT = Channel.MQTT.value
WEBHOOK = Channel.WEBHOOK.value
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
    session: AsyncSession,
    facts: Sequence[Fact],
    channels: frozenset[str],
    *,
    now: datetime,
    notifier: Notifier | None = None,
) -> Documents:
    """Appends the events of the facts, and the letters that go with them; the last thing in a transaction.

    Who is to be told by which way is looked up before the journal is locked: that lock is everybody's. Gives the
    documents of the orders whose state or holder changed, as they are now, so that nobody reads them under it.
    """
    changed = changes.take(session)
    if not facts and not changed:
        return {}
    addressed = await _addressed(session, facts, now)
    told = [
        (place, entry)
        for place, fact in enumerate(facts)
        for entry in entries_of(fact, addressed.get(id(fact), ()))
    ]
    places: list[int | None] = [place for place, _ in told]
    entries = await with_clocks(session, [entry for _, entry in told], changed, now=now)
    # What clocks alone have to say stands behind the events of the facts.
    places += [None] * (len(entries) - len(told))
    entries = await _marked(session, entries)
    documents = await _documents(session, entries)
    targets = await contacts.targets(session) if notifier is not None else []
    notices: Mapping[int, list[Letter]] = {}
    if notifier is not None:
        notices = await notifier.drafts(session, facts, addressed, documents, targets, now=now)
    hooks = _Hooks(targets, notifier)
    ids = await journal.append(session, entries, now=now)
    letters = []
    for number, place, entry in zip(ids, places, entries, strict=True):
        letters += _letters(number, entry, documents, channels, hooks)
        if place is not None:
            drill = bool(entry.data.get("drill"))
            letters += [keyed(letter, number, drill=drill) for letter in notices.get(place, ())]
    await outbox.enqueue(session, letters, now=now)
    return documents


class _Hooks:
    """The webhooks of grids: each hears of its grid and of everything below it."""

    def __init__(self, targets: Sequence[Target], notifier: Notifier | None) -> None:
        self._targets = [t for t in targets if t.channel is Channel.WEBHOOK]
        self._directory = None if notifier is None else notifier.directory

    def of(self, grid_id: int | None) -> list[Target]:
        if self._directory is None or grid_id is None:
            return []
        return [t for t in self._targets if grid_id in self._directory.subtree(t.grid_id)]


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


async def _documents(session: AsyncSession, entries: Sequence[Entry]) -> Documents:
    ids = sorted({e.order_id for e in entries if e.kind in _STATES and e.order_id is not None})
    return {document["id"]: document for document in await order_documents(session, ids)} if ids else {}


def _letters(
    number: int, entry: Entry, documents: Documents, channels: frozenset[str], hooks: _Hooks
) -> list[Letter]:
    letters = []
    document = documents.get(entry.order_id) if entry.order_id is not None else None
    lane = f"order:{entry.order_id}" if entry.order_id is not None else f"event:{number}"
    if MQTT in channels and entry.kind in _STATES and document is not None:
        topic = f"geshao/v1/{document['grid']}/order"
        letters.append(Letter(MQTT, topic, lane, f"evt_{number}_mqtt", document))
    if entry.kind in _TO_WEBHOOK:
        targets = hooks.of(entry.grid_id)
        if not targets and WEBHOOK not in channels:
            return letters
        payload = {"type": entry.kind.value, "timestamp": entry.occurred_at.isoformat(), "data": entry.data}
        if document is not None:
            payload["data"] = entry.data | {"document": document}
        if WEBHOOK in channels:
            letters.append(Letter(WEBHOOK, "", lane, f"evt_{number}_webhook", payload))
        # A lane of its own for each: one receiver that is away holds up no other.
        letters += [
            Letter(WEBHOOK, t.destination, f"{t.destination}:{lane}", f"evt_{number}_webhook_{t.id}", payload)
            for t in targets
        ]
    return letters
