"""Spot checks 抽查核查 (body §3(五); annex 1 art. 5): drawn so that it can be proved, made by people without a stake.

Whoever has a check to make hears of it; whoever answers for the order hears of it when it was made. Never commits.
"""

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from dispatch import repository as orders
from dispatch.repository import OrderRow
from dispatch.review import candidates, review_repository, sample
from dispatch.review import spot_repository as repository
from dispatch.review.spot_repository import Check, Draw
from models.enums import EventKind, SpotCheckState, SpotDrawState
from models.errors import Forbidden, ForbiddenTransition, Invalid
from models.facts import OrderTold, Told
from models.ids import GridId, PersonId

__all__ = ["SETTLES", "Check", "Draw", "assign", "commit", "draw", "find", "hold", "hold_draw", "result"]
SETTLES = timedelta(minutes=1)
"""After the end of the period, so that what was closed in it is in the database."""
LONGEST = timedelta(days=366)
MOST_POPULATION = 100_000


async def commit(
    session: AsyncSession,
    grid: tuple[GridId, str],
    *,
    from_at: datetime,
    until_at: datetime,
    size: int | None,
    share: float | None,
    seed: str,
    actor: PersonId,
    actor_name: str,
    now: datetime,
) -> tuple[int, Told]:
    """Fixes seed and method of a draw over a period, before anybody can know what they will draw.

    `grid` is the prefecture. Raises Invalid for a period that another draw is over.
    """
    if not timedelta(0) < until_at - from_at <= LONGEST:
        raise Invalid("a period ends after it begins, and lasts a year at most", field="until")
    policy = await review_repository.policy(session)
    told = sample.commitment(seed)
    draw_id = await repository.commit(
        session, grid[0], from_at=from_at, until_at=until_at, size=size, share=share, method=sample.METHOD,
        seed=seed, commitment=told, due_days=policy.spot_check.due_days, person_id=actor, now=now,
    )  # fmt: skip
    if draw_id is None:
        raise Invalid("another draw is over some of that time: nobody draws twice", field="from")
    detail = {
        "draw": draw_id,
        "from": from_at.isoformat(),
        "until": until_at.isoformat(),
        "size": size,
        "share": share,
        "method": sample.METHOD,
        "commitment": told.hex(),
    }
    return draw_id, Told(EventKind.SPOT_CHECK_COMMITTED, grid[0], grid[1], now, actor, actor_name, detail)


async def hold_draw(session: AsyncSession, draw_id: int) -> Draw | None:
    return await repository.draw(session, draw_id, held=True)


async def draw(
    session: AsyncSession,
    held: Draw,
    usernames: Sequence[str],
    *,
    actor: PersonId,
    actor_name: str,
    now: datetime,
) -> Told:
    """Draws a held draw, once, and gives each order to one of these people who had nothing to do with it.

    Raises ForbiddenTransition when it was drawn, Invalid before its period is over or for people who may not check.
    """
    if held.state is not SpotDrawState.COMMITTED:
        raise ForbiddenTransition("this was drawn already", state=held.state.value, act="draw")
    if now < held.until_at + SETTLES:
        raise Invalid("the period is not over yet")
    people = await _able(session, usernames, now)
    members = await repository.population(session, held.from_at, held.until_at)
    if len(members) > MOST_POPULATION:
        raise Invalid(f"more than {MOST_POPULATION} orders were closed in this period; take a shorter one")
    drawn = sample.draw(held.seed, members, size=held.size, share=held.share)
    barred = await repository.involved(session, drawn)
    given = sample.shared_out(drawn, people, barred)
    digest = sample.population_hash(members)
    await repository.drawn(session, held.id, members, digest, person_id=actor, now=now)
    await repository.add(
        session, held, drawn, given, due_at=now + timedelta(days=held.due_days), person_id=actor, now=now
    )  # fmt: skip
    detail = {
        "draw": held.id,
        "seed": held.seed,
        "method": held.method,
        "population": len(members),
        "population_sha256": digest.hex(),
        "orders": drawn,
    }
    return Told(EventKind.SPOT_CHECK_DRAWN, held.grid_id, held.grid_code, now, actor, actor_name, detail)


async def find(session: AsyncSession, check_id: int) -> Check | None:
    return await repository.check(session, check_id)


async def hold(session: AsyncSession, check_id: int) -> Check:
    """An open check, held until the transaction ends; raises ForbiddenTransition once it was made."""
    held = await repository.check(session, check_id, held=True)
    if held is None or held.state is not SpotCheckState.OPEN:
        state = "gone" if held is None else held.state.value
        raise ForbiddenTransition(f"the spot check is {state} already", state=state, act="check")
    return held


async def assign(
    session: AsyncSession, held: Check, username: str, *, actor: PersonId, actor_name: str, now: datetime
) -> Told:
    """Gives a held check to somebody of the prefecture who had nothing to do with the order; raises Invalid else."""
    (checker,) = await _able(session, [username], now)
    involved = await repository.involved(session, [held.order_id])
    if checker in involved.get(held.order_id, frozenset()):
        raise Invalid("whoever handled or reviewed an order can never check it", field="checker")
    await repository.assign(session, held.id, checker, by=actor, now=now)
    detail = {"check": held.id, "order": held.order_id, "checker": username}
    return Told(EventKind.SPOT_CHECK_ASSIGNED, held.grid_id, held.grid_code, now, actor, actor_name, detail)


async def result(
    session: AsyncSession,
    order: OrderRow,
    held: Check,
    outcome: SpotCheckState,
    *,
    finding: str,
    evidence: Sequence[uuid.UUID],
    actor: PersonId,
    actor_name: str,
    now: datetime,
) -> list[OrderTold]:
    """What the checker found, once; raises Forbidden for anybody else. What failed becomes a candidate."""
    if held.checker_id != actor:
        raise Forbidden("a spot check is made by the person it was given to")
    involved = await repository.involved(session, [order.id])
    if actor in involved.get(order.id, frozenset()):
        raise Forbidden("whoever handled or reviewed an order can never check it")
    unique = sorted(set(evidence))
    if unique:
        taken = await orders.take_evidence(
            session, unique, order=order, person_id=actor, used_for="spot_check"
        )
        if len(taken) != len(unique):
            raise Invalid(
                "some evidence is unknown, was uploaded by somebody else, or belongs to another order"
            )
    await repository.result(session, held.id, outcome, finding=finding, evidence=unique, now=now)
    failed = outcome is SpotCheckState.FAILED
    detail = {"check": held.id, "outcome": outcome.value, "finding": finding, "evidence": len(unique)}
    kind = EventKind.SPOT_CHECK_FAILED if failed else EventKind.SPOT_CHECK_PASSED
    facts = [
        OrderTold(
            kind, order.id, order.number, order.grid_id, order.grid_code, now, actor, actor_name, detail
        )
    ]
    if failed:
        facts += await candidates.after_check(session, order.id, held.id, now=now)
    return facts


async def _able(session: AsyncSession, usernames: Sequence[str], now: datetime) -> list[PersonId]:
    """These people, each once; raises Invalid for one who has no duty in the prefecture."""
    known = await repository.checkers(session, usernames, now)
    if missing := [name for name in usernames if name not in known]:
        raise Invalid(f"{missing[0]} has no duty in the prefecture by which to check", field="checker")
    return list(dict.fromkeys(known[name] for name in usernames))
