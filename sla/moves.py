"""Moves the clocks of open orders under another policy, inside the caller's transaction, which holds the orders."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from models.enums import ClockKind, ClockState
from models.errors import ForbiddenTransition, Invalid, NotFound
from models.ids import OrderId
from sla import moving_repository as repository
from sla import policybook
from sla.deadlines import MAY_START, Effect, Running, advance
from sla.moving import Left, moved, starts_differ
from sla.policy import Policy
from sla.service import keep

GOOD_FOR = timedelta(hours=1)
"""A dry run that is older says too little of what would happen now."""


@dataclass(frozen=True, slots=True)
class Change:
    """A clock that is due at another time from now on."""

    order_id: OrderId
    number: str
    kind: ClockKind
    round: int
    before: datetime
    after: datetime

    def document(self) -> dict[str, Any]:
        return {
            "number": self.number,
            "clock": self.kind.value,
            "round": self.round,
            "due_at": self.before.isoformat(),
            "new_due_at": self.after.isoformat(),
        }


@dataclass(slots=True)
class Moves:
    """What moving some orders comes to."""

    orders: list[OrderId] = field(default_factory=list)
    """Those that go by the policy from now on."""
    changes: list[Change] = field(default_factory=list)
    left: list[tuple[str, ClockKind | None, Left]] = field(default_factory=list)
    effects: list[Effect] = field(default_factory=list)
    """Of bringing the clocks up to the present first."""

    def document(self, listed: int) -> dict[str, Any]:
        """Counts, and up to `listed` of each sort one by one."""
        return {
            "orders": len(self.orders),
            "moved": len(self.changes),
            "left": dict(sorted(Counter(why.value for _, _, why in self.left).items())),
            "changes": [change.document() for change in self.changes[:listed]],
            "left_clocks": [
                {"number": number, "clock": None if kind is None else kind.value, "why": why.value}
                for number, kind, why in self.left
                if why is not Left.SAME
            ][:listed],
        }


async def move(
    session: AsyncSession,
    orders: Sequence[tuple[OrderId, str, int]],
    policy: Policy,
    *,
    now: datetime,
    dry: bool,
) -> Moves:
    """The orders (id, number, policy version) under `policy`: running, unbreached clocks are due anew.

    A dry run writes nothing and holds nothing. An order whose own policy starts clocks by other acts is left whole.
    """
    moves = Moves()
    versions = {version for _, _, version in orders}
    own = {version: await policybook.policy_of(session, version) for version in versions}
    for order_id, number, version in orders:
        if any(starts_differ(kind, own[version], policy) for kind in MAY_START):
            moves.left.append((number, None, Left.OTHER_START))
        else:
            moves.orders.append(order_id)
    present = [
        advance(clock, now) for clock in await repository.clocks_of(session, moves.orders, lock=not dry)
    ]
    moves.effects = [effect for _, effects in present for effect in effects]
    if not dry:
        await keep(session, [clock for clock, effects in present if effects], moves.effects)
    running = [clock for clock, _ in present if clock.state is ClockState.RUNNING]
    after: list[Running] = []
    for held in await repository.held(session, running):
        clock = held.clock
        own_policy = own.get(held.policy_version) or await policybook.policy_of(session, held.policy_version)
        outcome = moved(held, own_policy, policy, now)
        if isinstance(outcome, Left):
            moves.left.append((clock.order_number, clock.kind, outcome))
            continue
        after.append(outcome)
        if clock.order_id is not None:
            moves.changes.append(
                Change(
                    clock.order_id, clock.order_number, clock.kind, clock.round, clock.due_at, outcome.due_at
                )
            )
    if not dry:
        await repository.save(session, after, policy.version)
    return moves


async def checked_dry_run(
    session: AsyncSession,
    dry_run_id: int,
    *,
    version: int,
    grid_id: int | None,
    states: Sequence[str],
    now: datetime,
) -> None:
    """Raises unless this is a fresh dry run of the same thing that was not carried out yet; holds it."""
    found = await repository.application(session, dry_run_id)
    if found is None or found.dry_run_id is not None:
        raise NotFound(f"no dry run {dry_run_id}")
    if await repository.carried_out(session, dry_run_id) is not None:
        raise ForbiddenTransition(
            f"dry run {dry_run_id} was carried out already", state="applied", act="apply"
        )
    if (found.policy_version, found.grid_id, list(found.states)) != (version, grid_id, list(states)):
        raise Invalid(f"dry run {dry_run_id} was of another policy, grid or states", field="dry_run")
    if now - found.created_at > GOOD_FOR:
        raise Invalid(f"dry run {dry_run_id} is older than an hour: make another", field="dry_run")


async def record(
    session: AsyncSession,
    *,
    version: int,
    grid_id: int | None,
    states: Sequence[str],
    reason: str,
    dry_run_id: int | None,
    result: dict[str, Any],
    person_id: int,
    now: datetime,
) -> int:
    """Keeps the act, or the dry run of it; gives its id."""
    return await repository.add_application(
        session, policy_version=version, grid_id=grid_id, states=list(states), reason=reason, dry_run_id=dry_run_id,
        result=result, person_id=person_id, created_at=now,
    )  # fmt: skip
