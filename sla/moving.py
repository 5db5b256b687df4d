"""What becomes of a running clock when its order is moved under another policy: pure."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from models.enums import DUE_GIVEN, ClockKind
from sla.deadlines import MAY_START, Running
from sla.policy import Policy, Traits


class Left(StrEnum):
    """Why a clock stays as it is."""

    PAST = "past"  # its new deadline has passed already: nobody is put in the wrong after the fact
    GIVEN = "given"  # its deadline is given with what it is about
    SAME = "same"  # nothing would change
    OTHER_START = "other_start"  # the two policies start this kind of clock by different acts


@dataclass(frozen=True, slots=True)
class Held:
    """A clock that runs, with what its terms depend on; brought up to the present."""

    clock: Running
    started_at: datetime
    policy_version: int
    traits: Traits


def moved(held: Held, own: Policy, other: Policy, now: datetime) -> Running | Left:
    """The clock under `other`: due anew from its own start, its traits as they were stamped.

    What was granted beside the policy is granted again. Warnings that would be past are passed over.
    """
    clock = held.clock
    if clock.kind in DUE_GIVEN:
        return Left.GIVEN
    if starts_differ(clock.kind, own, other):
        return Left.OTHER_START
    granted = clock.due_at - own.due(clock.kind, held.started_at, held.traits)
    due = other.due(clock.kind, held.started_at, held.traits) + granted
    if due <= now:
        return Left.PAST
    plan = other.plan(clock.kind, held.started_at, due, held.traits)
    stops = other.stops(clock.kind)
    ahead = tuple(step for step in plan if step.at >= now)
    behind = clock.plan[clock.step :]
    if due == clock.due_at and stops == clock.stops and ahead == behind:
        return Left.SAME
    return replace(clock, due_at=due, plan=plan, step=len(plan) - len(ahead), stops=stops)


def starts_differ(kind: ClockKind, own: Policy, other: Policy) -> bool:
    """Whether the order would have to start this clock anew, or would never start it."""
    acts = MAY_START.get(kind, ())
    return any((kind in own.starts(act)) != (kind in other.starts(act)) for act in acts)
