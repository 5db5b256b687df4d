"""Recurrences, and orders that may not have been put right 整改不彻底 / 虚假整改: raised here, decided by a person.

A closed order stays closed; nothing follows of a candidate by itself. Never commits.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from dispatch import repository as orders
from dispatch.review import candidate_repository as repository
from dispatch.review import review_repository
from dispatch.review.candidate_repository import Candidate
from dispatch.review.recurrence import kind_of, recurred
from models.enums import CandidateKind, CandidateState, EventKind, LinkKind
from models.errors import Forbidden, ForbiddenTransition, Invalid
from models.facts import OrderDispatched, OrderTold
from models.ids import OrderId, PersonId

__all__ = ["Candidate", "after_check", "decide", "find", "follow", "hold", "link_rework", "lock_order"]
Distance = Callable[[float, float, float, float], float]


async def follow(
    session: AsyncSession, dispatched: Sequence[OrderDispatched], *, distance: Distance, now: datetime
) -> list[OrderTold]:
    """Links new orders to what was closed at their place not long ago, and raises a candidate for that.

    `distance` gives metres between two places: lon, lat, lon, lat.
    """
    if not dispatched:
        return []
    policy = await review_repository.policy(session)
    rules = policy.recurrence
    near = await repository.closed_near(
        session,
        [order.order_id for order in dispatched],
        since=now - timedelta(days=rules.days),
        now=now,
        distance=distance,
    )
    found = [
        (order, *hit)
        for order in dispatched
        if (hit := recurred(near.get(order.order_id, ()), rules, now)) is not None
    ]
    named = await repository.names(session, [closed.order_id for _, closed, _ in found]) if found else {}
    facts: list[OrderTold] = []
    # In the order of the closed ones: two transactions that raise the same candidates wait in one direction.
    for order, closed, place in sorted(found, key=lambda one: (one[1].order_id, one[0].order_id)):
        earlier = named[closed.order_id]
        detail = {"place": place.value, "distance_m": round(closed.distance_m)}
        await repository.link(
            session, order.order_id, closed.order_id, LinkKind.RECURRENCE, facts=detail, now=now
        )
        facts.append(
            OrderTold(
                EventKind.ORDER_RECURRED, order.order_id, order.number, order.grid_id, order.grid_code, now,
                detail=detail | {"earlier": closed.order_id, "earlier_number": earlier.number},
            )
        )  # fmt: skip
        kind = kind_of(closed)
        candidate = await repository.raise_one(
            session, closed.order_id, kind, new_order_id=order.order_id,
            facts=detail | {
                "verdict": None if closed.verdict is None else closed.verdict.value,
                "claims": None if closed.claims is None else closed.claims.value,
            },
            policy_version=policy.version, now=now,
        )  # fmt: skip
        if candidate is not None:
            facts.append(_raised(candidate, kind, earlier, now, new_order=order.order_id))
    return facts


async def after_check(
    session: AsyncSession, order_id: OrderId, spot_check_id: int, *, now: datetime
) -> list[OrderTold]:
    """A spot check found that the order was not put right."""
    policy = await review_repository.policy(session)
    candidate = await repository.raise_one(
        session, order_id, CandidateKind.SHAM, spot_check_id=spot_check_id, facts={},
        policy_version=policy.version, now=now,
    )  # fmt: skip
    if candidate is None:
        return []
    named = (await repository.names(session, [order_id]))[order_id]
    return [_raised(candidate, CandidateKind.SHAM, named, now, spot_check=spot_check_id)]


async def find(session: AsyncSession, candidate_id: int) -> Candidate | None:
    return await repository.find(session, candidate_id)


async def hold(session: AsyncSession, candidate_id: int, actor: PersonId) -> Candidate:
    """The candidate of a locked order, if this person may decide it; raises Forbidden or ForbiddenTransition."""
    held = await repository.find(session, candidate_id, held=True)
    if held is None or held.state is not CandidateState.OPEN:
        state = "gone" if held is None else held.state.value
        raise ForbiddenTransition(f"the candidate is {state} already", state=state, act="decide")
    before = await review_repository.before(session, held.order_id, 0, actor)
    if before.handled or before.reported:
        raise Forbidden("whoever handled an order can never decide whether it was put right")
    return held


async def decide(
    session: AsyncSession,
    held: Candidate,
    decision: CandidateState,
    *,
    reason: str,
    actor: PersonId,
    actor_name: str,
    rework: OrderDispatched | None,
    now: datetime,
) -> OrderTold:
    """Decides a held candidate for good; `rework` is the order that was dispatched with it."""
    if decision is CandidateState.OPEN:
        raise Invalid("a candidate is decided as upheld or dismissed", field="decision")
    await repository.decide(
        session, held.id, decision, person_id=actor, reason=reason,
        rework_order_id=None if rework is None else rework.order_id, now=now,
    )  # fmt: skip
    detail = {
        "candidate": held.id,
        "kind": held.kind.value,
        "state": decision.value,
        "reason": reason,
        "rework": None if rework is None else rework.order_id,
    }
    return OrderTold(
        EventKind.CANDIDATE_DECIDED, held.order_id, held.number, held.grid_id, held.grid_code, now, actor,
        actor_name, detail,
    )  # fmt: skip


async def link_rework(
    session: AsyncSession, held: Candidate, rework: OrderDispatched, *, now: datetime
) -> None:
    await repository.link(
        session, rework.order_id, held.order_id, LinkKind.REWORK, facts={"candidate": held.id}, now=now
    )


async def lock_order(session: AsyncSession, held: Candidate) -> None:
    """Before the candidate itself: two decisions on one order come one after the other."""
    await orders.lock(session, held.order_id)


def _raised(
    candidate: int, kind: CandidateKind, order: repository.Named, now: datetime, **more: int
) -> OrderTold:
    return OrderTold(
        EventKind.CANDIDATE_RAISED, order.id, order.number, order.grid_id, order.grid_code, now,
        detail={"candidate": candidate, "kind": kind.value} | more,
    )  # fmt: skip
