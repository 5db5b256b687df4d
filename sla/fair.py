"""What speaks for a breach: gathered and proposed by the service, decided by a person. Never commits.

Whatever is decided, the breach stands: an excuse is a row of its own beside it.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from models.enums import ClockKind, EventKind, ExcuseGround, ExcuseState, OutageKind
from models.errors import Forbidden, ForbiddenTransition, Invalid, NotFound
from models.facts import MetLate, OrderTold, Told
from models.ids import OrderId, PersonId
from sla import fair_repository as repository
from sla.deadlines import Effect
from sla.fair_repository import LOOK_BACK, BreachRow
from sla.fairness import Away, Fair, take_apart, uncovered

LEAST = 1.0
"""Seconds; what is shorter speaks for nobody."""
Excused = OrderTold | Told
Breached = BreachRow
Span = tuple[OrderId | None, datetime, datetime, datetime | None]
"""Of a clock: its order, start, deadline and stop."""


async def hold_outages(session: AsyncSession) -> None:
    """Nobody else writes an outage until the transaction ends."""
    await repository.lock_outages(session)


async def note_outage(
    session: AsyncSession, kind: OutageKind, began_at: datetime, ended_at: datetime, *, by: str
) -> list[Away]:
    """Writes down that something was away; gives what was not known yet. What is written is never changed."""
    await repository.lock_outages(session)
    known = [o for o in await repository.outages(session, began_at, ended_at) if o.kind is kind]
    parts = uncovered((began_at, ended_at), [(o.began_at, o.ended_at) for o in known])
    for begin, end in parts:
        await repository.add_outage(session, kind, begin, end, by)
    return [Away(kind, begin, end) for begin, end in parts]


async def breach_of(session: AsyncSession, breach_id: int) -> BreachRow:
    """Raises NotFound."""
    found = await repository.breaches(session, [breach_id])
    if not found:
        raise NotFound(f"no breach {breach_id}")
    return found[0]


async def fair_of(session: AsyncSession, breach_ids: Sequence[int], *, now: datetime) -> dict[int, Fair]:
    """Where the time of the clocks of these breaches went."""
    rows = await repository.breaches(session, breach_ids)
    spans = {row.id: (row.order_id, row.started_at, row.breached_at, row.stopped_at) for row in rows}
    return await apart(session, spans, now=now)


async def apart(
    session: AsyncSession,
    spans: Mapping[int, Span],
    *,
    now: datetime,
) -> dict[int, Fair]:
    """The same for any clocks: by a key, the order, start, deadline and stop of each. Two statements for all."""
    if not spans:
        return {}
    held = await repository.segments(session, [order for order, *_ in spans.values() if order is not None])
    begun = min(started for _, started, _, _ in spans.values())
    away = await repository.outages(session, begun, now)
    return {
        key: take_apart(started, due, stopped, held.get(order or 0, ()), away, now)
        for key, (order, started, due, stopped) in spans.items()
    }


async def propose_due(session: AsyncSession, *, now: datetime, limit: int) -> list[Excused]:
    """Proposes excuses where a wrong dispatch or an outage took time of a breached clock; at most `limit` breaches."""
    ids = await repository.suspects(session, since=now - LOOK_BACK, now=now, limit=limit)
    if not ids:
        return []
    wanted: list[tuple[int, ExcuseGround, float]] = []
    for id_, fair in (await fair_of(session, ids, now=now)).items():
        if fair.wrong_dispatch_s >= LEAST:
            wanted.append((id_, ExcuseGround.WRONG_DISPATCH, fair.wrong_dispatch_s))
        if fair.outage_s >= LEAST:
            wanted.append((id_, ExcuseGround.OUTAGE, fair.outage_s))
    return await _propose(session, wanted, person=None, plea="", now=now)


async def captured_in_time(
    session: AsyncSession, effects: Sequence[Effect], *, client_at: datetime | None, now: datetime
) -> list[Excused]:
    """Proposes an excuse for feedback that came late, though it was taken in time.

    By the device's own clock; or by this process's, where another one's was ahead and the breach was there first.
    """
    wanted: list[int] = []
    for effect in effects:
        if not isinstance(effect, MetLate):
            continue
        due = effect.clock.due_at
        taken = effect.clock.kind is ClockKind.FEEDBACK and client_at is not None and client_at <= due
        if taken or effect.stopped_at <= due:
            wanted.append(effect.clock.clock_id)
    if not wanted:
        return []
    rows = await repository.breaches_of_clocks(session, wanted)
    late = [
        (r.id, ExcuseGround.CAPTURED_IN_TIME, max(0.0, (now - r.breached_at).total_seconds())) for r in rows
    ]
    return await _propose(session, late, person=None, plea="", now=now)


async def propose_by_hand(
    session: AsyncSession,
    breach: BreachRow,
    ground: ExcuseGround,
    *,
    plea: str,
    person: tuple[PersonId, str],
    now: datetime,
) -> list[Excused]:
    """A person says what speaks for a breach; raises where that ground is there already.

    What the service knows by itself it proposes by itself.
    """
    if ground in (ExcuseGround.WRONG_DISPATCH, ExcuseGround.OUTAGE):
        raise Invalid(f"{ground.value} is proposed by the service, from what it recorded", field="ground")
    fair = (await fair_of(session, [breach.id], now=now))[breach.id]
    told = await _propose(session, [(breach.id, ground, fair.late_s)], person=person, plea=plea, now=now)
    if not told:
        raise ForbiddenTransition(
            f"an excuse for {ground.value} is there already", state="proposed", act="propose"
        )
    return told


async def decide(
    session: AsyncSession,
    breach: BreachRow,
    ground: ExcuseGround,
    *,
    approve: bool,
    reason: str,
    person: tuple[PersonId, str],
    now: datetime,
) -> list[Excused]:
    """A person of the prefecture decides, once and for good; not the one who proposed it."""
    held = await repository.hold(session, breach.id, ground)
    if held is None:
        raise NotFound(f"no excuse for {ground.value} was proposed")
    if held.state is not ExcuseState.PROPOSED:
        raise ForbiddenTransition(
            f"the excuse for {ground.value} is {held.state.value} already",
            state=held.state.value,
            act="decide",
        )
    if held.proposed_by == person[0]:
        raise Forbidden("whoever proposes an excuse does not decide on it")
    state = ExcuseState.APPROVED if approve else ExcuseState.DECLINED
    await repository.decide(session, held.id, state, person_id=person[0], reason=reason, now=now)
    said = {
        "excuse": held.id,
        "ground": ground.value,
        "state": state.value,
        "seconds": held.seconds,
        "reason": reason,
    }
    return [_told(EventKind.SLA_EXCUSE_DECIDED, breach, said, person, now)]


async def _propose(
    session: AsyncSession,
    wanted: Sequence[tuple[int, ExcuseGround, float]],
    *,
    person: tuple[PersonId, str] | None,
    plea: str,
    now: datetime,
) -> list[Excused]:
    made = await repository.propose(
        session, sorted(wanted), person_id=None if person is None else person[0], plea=plea, now=now
    )
    new = [one for one in made if one.new]
    rows = {row.id: row for row in await repository.breaches(session, [one.breach_id for one in new])}
    return [
        _told(
            EventKind.SLA_EXCUSE_PROPOSED,
            rows[one.breach_id],
            {"excuse": one.id, "ground": one.ground.value, "seconds": round(one.seconds, 3)}
            | ({"plea": plea} if plea else {}),
            person,
            now,
        )
        for one in new
    ]


def _told(
    kind: EventKind,
    breach: BreachRow,
    said: dict[str, Any],
    person: tuple[PersonId, str] | None,
    now: datetime,
) -> Excused:
    id_, name = person if person is not None else (None, None)
    detail = {"breach": breach.id, "clock": breach.kind.value, "round": breach.round} | said
    if breach.order_id is None:
        return Told(
            kind, breach.grid_id, breach.grid_code, now, id_, name, {"number": breach.number} | detail
        )
    return OrderTold(
        kind, breach.order_id, breach.number, breach.grid_id, breach.grid_code, now, id_, name, detail
    )
