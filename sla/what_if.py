"""What another policy would have made of clocks that are past: pure, from what was stored.

The acts are taken as they happened: nobody knows who would have hurried under another deadline.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from models.enums import DUE_GIVEN, ClockKind, ClockState, OrderAct, SubjectAct
from sla.deadlines import MAY_START, STOPS
from sla.policy import Policy, Traits

ENDED = frozenset({OrderAct.VOID.value, SubjectAct.TRANSFER.value, SubjectAct.SUSPEND.value})
"""What ends a clock without being its answer."""
LISTED = 200
"""Clocks that are named one by one."""


@dataclass(frozen=True, slots=True)
class PastClock:
    """A clock as stored, and the acts on its order that a policy may choose among."""

    number: str
    """Of the order, or of what it is about instead."""
    grid: str
    kind: ClockKind
    round: int
    state: ClockState
    started_at: datetime
    due_at: datetime
    stopped_at: datetime | None
    stopped_by: str | None
    policy_version: int
    traits: Traits
    acts: Mapping[OrderAct, datetime] = field(default_factory=dict)
    """When the order was dispatched, acknowledged and fed back for the first time."""


@dataclass(frozen=True, slots=True)
class Would:
    """What would have become of it; without a deadline where it would not have started."""

    state: ClockState | None
    due_at: datetime | None


def would(clock: PastClock, own: Policy, other: Policy, now: datetime) -> Would:
    """The clock under `other`, as of `now`; `own` is the policy that was stamped on it.

    What was granted or lost beside the policy (an extension, a given deadline) is granted again.
    """
    if clock.kind in DUE_GIVEN:
        return Would(clock.state, clock.due_at)
    started = _start(clock, own, other)
    if started is None:
        return Would(None, None)
    granted = clock.due_at - own.due(clock.kind, clock.started_at, clock.traits)
    due = other.due(clock.kind, started, clock.traits) + granted
    stopped = _stopped(clock, own, other)
    if stopped is not None and stopped <= due:
        void = clock.stopped_by in ENDED
        return Would(ClockState.VOID if void else ClockState.MET, due)
    if stopped is None and now <= due:
        return Would(ClockState.RUNNING, due)
    return Would(ClockState.BREACHED, due)


def _start(clock: PastClock, own: Policy, other: Policy) -> datetime | None:
    wanted = _starting(clock.kind, other)
    if not clock.acts or wanted is None or wanted is _starting(clock.kind, own):
        return clock.started_at
    return clock.acts.get(wanted)


def _starting(kind: ClockKind, policy: Policy) -> OrderAct | None:
    """The act that starts a kind of clock for which a policy may choose."""
    return next((act for act in MAY_START.get(kind, ()) if kind in policy.starts(act)), None)


def _stopped(clock: PastClock, own: Policy, other: Policy) -> datetime | None:
    """When the clock would have been stopped: a withdrawal ends it, else the first act that counts."""
    if not clock.acts or clock.kind is not ClockKind.ACKNOWLEDGE:
        return clock.stopped_at
    counted = other.stops(clock.kind)
    if counted == own.stops(clock.kind):
        return clock.stopped_at
    found = [at for act, at in clock.acts.items() if act in (counted or STOPS[clock.kind])]
    if clock.stopped_by in ENDED and clock.stopped_at is not None:
        found.append(clock.stopped_at)
    return min(found, default=None)


@dataclass(slots=True)
class Count:
    """How many clocks ended how."""

    met: int = 0
    breached: int = 0
    void: int = 0
    running: int = 0
    not_started: int = 0

    def add(self, state: ClockState | None) -> None:
        name = "not_started" if state is None else state.value
        setattr(self, name, getattr(self, name) + 1)

    def document(self) -> dict[str, int]:
        return {name: getattr(self, name) for name in ("met", "breached", "void", "running", "not_started")}


def compare(
    clocks: Iterable[PastClock], policies: Callable[[int], Policy], other: Policy, now: datetime
) -> dict[str, Any]:
    """What was and what would have been, by grid and kind, and the clocks for which that differs."""
    groups: dict[tuple[str, str], tuple[Count, Count]] = {}
    changed: list[dict[str, Any]] = []
    whole = (Count(), Count())
    newly = no_longer = 0
    for clock in clocks:
        after = would(clock, policies(clock.policy_version), other, now)
        state = _was(clock, now)
        for was, could in (whole, groups.setdefault((clock.grid, clock.kind.value), (Count(), Count()))):
            was.add(state)
            could.add(after.state)
        before = state is ClockState.BREACHED
        if before == (after.state is ClockState.BREACHED):
            continue
        newly, no_longer = newly + (not before), no_longer + before
        if len(changed) < LISTED:
            changed.append(_changed(clock, state, after))
    return {
        "clocks": sum(whole[0].document().values()),
        "was": whole[0].document(),
        "would": whole[1].document(),
        "newly_breached": newly,
        "no_longer_breached": no_longer,
        "groups": [
            {"grid": grid, "kind": kind, "was": was.document(), "would": could.document()}
            for (grid, kind), (was, could) in sorted(groups.items())
        ],
        "changed": changed,
    }


def _was(clock: PastClock, now: datetime) -> ClockState:
    """As stored; but a deadline that has passed is a breach, whether or not a pass has noticed."""
    late = clock.state is ClockState.RUNNING and clock.due_at < now
    return ClockState.BREACHED if late else clock.state


def _changed(clock: PastClock, state: ClockState, after: Would) -> dict[str, Any]:
    return {
        "number": clock.number,
        "grid": clock.grid,
        "kind": clock.kind.value,
        "round": clock.round,
        "was": state.value,
        "would": None if after.state is None else after.state.value,
        "due_at": clock.due_at.isoformat(),
        "would_be_due_at": None if after.due_at is None else after.due_at.isoformat(),
        "stopped_at": None if clock.stopped_at is None else clock.stopped_at.isoformat(),
    }
