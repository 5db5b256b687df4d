"""When a deadline may be moved, and what is left of its plan: pure.

Only before it has passed, at most twice, and each time by no more than the clock's original limit. The deadline it
had at first is kept beside it, and what has happened stays happened.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from models.enums import ClockKind
from models.errors import Invalid, LimitReached, PastDue, RequestClosed
from sla.deadlines import Effect, Running, advance
from sla.policy import PLAIN, Do, Policy, Traits

EXTENDABLE = frozenset({ClockKind.ACKNOWLEDGE, ClockKind.FEEDBACK, ClockKind.REPORT, ClockKind.REWORK})
"""What the holder has to do; those of the level above and of what is about no order are not the holder's."""
MOST = 2


@dataclass(frozen=True, slots=True)
class Deadline:
    """A clock, with what an extension has to know beside it."""

    clock: Running
    started_at: datetime
    original_due_at: datetime
    policy_version: int
    traits: Traits = PLAIN
    """What its terms depend on, as stamped when it started."""

    @property
    def limit(self) -> timedelta:
        return self.original_due_at - self.started_at


def check(deadline: Deadline, until: datetime, *, granted: int, now: datetime) -> None:
    """Raises unless the deadline may be moved to `until`; `granted` extensions it has had already."""
    clock = deadline.clock
    if clock.kind not in EXTENDABLE:
        raise Invalid(f"the clock {clock.kind.value} is not the holder's to have moved", field="clock_id")
    if clock.stopped_at is not None:
        raise RequestClosed("this clock has been stopped")
    if now > clock.due_at:
        raise PastDue(
            f"the deadline was {clock.due_at.isoformat()}: the breach is a fact, an extension comes before it"
        )
    if granted >= MOST:
        raise LimitReached("a deadline is moved twice at most", granted=granted)
    if until <= clock.due_at:
        raise Invalid("the new deadline lies after the present one", field="until")
    latest = clock.due_at + deadline.limit
    if until > latest:
        raise Invalid(
            f"an extension is at most once more the original limit: until {latest.isoformat()}", field="until"
        )


def extended(
    deadline: Deadline, until: datetime, policy: Policy, *, granted: int, now: datetime
) -> tuple[Running, list[Effect]]:
    """The clock with its new deadline and plan, and what was due before; raises as `check` does.

    Steps that were taken stay at the head of the plan. Warnings whose instant is past are not given again.
    """
    check(deadline, until, granted=granted, now=now)
    clock, effects = advance(deadline.clock, now)
    fresh = policy.plan(clock.kind, deadline.started_at, until, deadline.traits)
    ahead = tuple(step for step in fresh if step.at >= now or step.do is not Do.WARN)
    return replace(clock, due_at=until, plan=clock.plan[: clock.step] + ahead), effects
