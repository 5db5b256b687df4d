"""From facts to letters, in the transaction of the facts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from app.auth.permissions import ROLES
from app.registry.directory import Directory
from dispatch import service as dispatch
from models.enums import Channel, ClockKind, NoticeClass, OrderAct, Role
from models.facts import Fact, Recipient
from models.ids import GridId
from notify import contacts, links
from notify.decide import UNANSWERED, Draft, Notice, Target, decide
from notify.heard import Heard, heard
from notify.outbox import Letter
from notify.rules import ROBOTS

Documents = Mapping[int, Mapping[str, Any]]
Wanted = tuple[GridId, Role]


@dataclass(frozen=True, slots=True)
class Notifier:
    """Who is told of what, with what the settings say of it."""

    directory: Directory
    ways: frozenset[Channel]
    """Channels to single people that are set up."""
    window: timedelta
    """How long what is not urgent waits for company."""
    links: bool
    """Whether there is an address that links can lead to."""

    async def drafts(
        self,
        session: AsyncSession,
        facts: Sequence[Fact],
        escalated: Mapping[int, tuple[Recipient, ...]],
        documents: Documents,
        targets: Sequence[Target],
        *,
        now: datetime,
    ) -> dict[int, list[Letter]]:
        """The letters about each fact, by the fact's place; their keys lack the event's id. Locks nothing."""
        found: dict[int, Heard] = {}
        for place, fact in enumerate(facts):
            named = tuple((int(r.id), Role(r.role)) for r in escalated.get(id(fact), ()))
            if (one := heard(fact, named)) is not None:
                found[place] = one
        if not found or not (self.ways or any(t.channel in ROBOTS for t in targets)):
            return {}
        holders = await self._holders(session, found.values(), now)
        notices = {
            place: self._notice(one, _people(one, self._asked(one), holders), documents)
            for place, one in found.items()
        }
        persons = sorted({person for n in notices.values() for person, _ in n.people})
        known = await contacts.listeners(session, persons, self.ways | frozenset(ROBOTS))
        lines = self._lines({n.grid_id for n in notices.values() if n.grid_id is not None})
        drafts = {
            place: decide([notice], known, targets, lines, now, window=self.window)
            for place, notice in notices.items()
        }
        linked = await self._linked(session, found, drafts, now)
        return {
            place: [_letter(draft, found[place], linked) for draft in ready]
            for place, ready in drafts.items()
            if ready
        }

    async def _holders(
        self, session: AsyncSession, asked: Sequence[Heard] | Any, now: datetime
    ) -> dict[Wanted, tuple[Recipient, ...]]:
        wanted = {
            (grid_id, role)
            for one in asked
            if (grid_id := self._asked(one)) is not None
            for role in one.roles
        }
        return await dispatch.recipients(session, sorted(wanted), now) if wanted else {}

    def _asked(self, one: Heard) -> GridId | None:
        """The grid whose roles are meant; what lies with none is the prefecture's."""
        grid = None if one.at is None else self.directory.grid_by_code(one.at)
        own = self.directory.prefecture if one.grid_id is None else one.grid_id
        return own if grid is None else grid.id

    def _notice(
        self, one: Heard, people_: tuple[tuple[int, Role | None], ...], documents: Documents
    ) -> Notice:
        payload = dict(one.payload)
        grid = self.directory.grid(one.grid_id) if one.grid_id is not None else None
        if grid is not None:
            payload["place"] = grid.name
            payload["grid_id"] = int(grid.id)
        document = documents.get(one.order_id) if one.order_id is not None else None
        if one.about is NoticeClass.DISPATCHED and document is not None:
            payload |= _of_document(document)
        return Notice(
            one.about, one.urgent, people_, one.grid_id, payload, one.level, one.may_acknowledge, one.not_by
        )

    def _lines(self, grids: set[int]) -> dict[int, frozenset[int]]:
        lines = {}
        for grid_id in grids:
            line, at = set(), self.directory.grid(grid_id)
            while at is not None:
                line.add(int(at.id))
                at = None if at.parent_id is None else self.directory.grid(at.parent_id)
            lines[grid_id] = frozenset(line)
        return lines

    async def _linked(
        self,
        session: AsyncSession,
        found: Mapping[int, Heard],
        drafts: Mapping[int, Sequence[Draft]],
        now: datetime,
    ) -> dict[tuple[int, int], int]:
        if not self.links:
            return {}
        handlers = ROLES[OrderAct.ACKNOWLEDGE]
        wanted = [
            (draft.person_id, int(order_id))
            for place, ready in drafts.items()
            for draft in ready
            if found[place].may_acknowledge
            and (order_id := found[place].order_id) is not None
            and draft.person_id is not None
            and any(person == draft.person_id and role in handlers for person, role in draft.notice.people)
        ]
        return await links.make(session, wanted, OrderAct.ACKNOWLEDGE, now=now)


def _people(
    one: Heard, grid_id: GridId | None, holders: Mapping[Wanted, tuple[Recipient, ...]]
) -> tuple[tuple[int, Role | None], ...]:
    """Those the fact names, and those who have its roles: of the first role anybody has, or of all."""
    named = list(one.people)
    if grid_id is not None:
        for role in one.roles:
            having = [(int(r.id), role) for r in holders.get((grid_id, role), ())]
            named += having
            if having and not one.all_roles:
                break
    return tuple(named)


def _of_document(document: Mapping[str, Any]) -> dict[str, Any]:
    place = " ".join(str(document[name]) for name in ("grid_name", "station_name") if document.get(name))
    due = [c["due_at"] for c in document["clocks"] if c["kind"] == ClockKind.ACKNOWLEDGE.value]
    return {"place": place} | ({"due_at": due[-1]} if due else {})


def _letter(draft: Draft, one: Heard, linked: Mapping[tuple[int, int], int]) -> Letter:
    payload = dict(draft.notice.payload)
    if draft.held == UNANSWERED:
        payload["unanswered"] = True
    if draft.person_id is not None and one.order_id is not None:
        link = linked.get((draft.person_id, int(one.order_id)))
        if link is not None:
            payload["link"] = link
    return Letter(
        draft.channel.value, draft.destination, draft.destination, draft.destination, payload,
        about=draft.notice.about, urgent=draft.notice.urgent, due_at=draft.due_at, held=draft.held,
        person_id=draft.person_id,
    )  # fmt: skip


def keyed(letter: Letter, event: int, *, drill: bool) -> Letter:
    """The letter under the key of its event, and marked where that is of a drill."""
    payload = dict(letter.payload) | {"drill": True} if drill else letter.payload
    return replace(letter, key=f"evt_{event}_{letter.key}"[:80], payload=payload)
