"""What time and the stopping act do to a clock: pure, and the same whoever looks, however often, however late.

The boundary: an act committed at `due_at` is in time; one instant later the clock is breached, and the breach
carries the deadline, not the moment somebody looked.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from models.enums import ClockKind, ClockState, OrderAct, SubjectAct
from models.errors import Invalid
from models.facts import Breach, ClockRef, DueSoon, EscalationDue, MetLate
from models.ids import ClockId, GridId, OrderId
from sla.policy_steps import Do, Step

Act = OrderAct | SubjectAct
Effect = DueSoon | Breach | EscalationDue | MetLate

# The closed list of acts that stop a clock (docs/states.md).
STOPS: dict[ClockKind, frozenset[Act]] = {
    # Feedback from the site says more than a signature: it needs no separate acknowledgement.
    ClockKind.ACKNOWLEDGE: frozenset({OrderAct.ACKNOWLEDGE, OrderAct.FEEDBACK}),
    ClockKind.FEEDBACK: frozenset({OrderAct.FEEDBACK}),
    ClockKind.REPORT: frozenset({OrderAct.REPORT}),
    ClockKind.REVIEW: frozenset({OrderAct.ACCEPT, OrderAct.RETURN}),
    ClockKind.REWORK: frozenset({OrderAct.REPORT}),
    # These are stopped one by one, by what they are about: `sla.service.act_on`.
    ClockKind.DECISION: frozenset({SubjectAct.DECIDE}),
    ClockKind.TASK: frozenset({SubjectAct.COMPLETE}),
    ClockKind.TRIAGE: frozenset({SubjectAct.TRIAGE}),
    # An order that is reported all the same is suspended no longer.
    ClockKind.RECHECK: frozenset({SubjectAct.RECHECK, OrderAct.REPORT}),
}
# And of those that start one.
STARTS: dict[OrderAct, tuple[ClockKind, ...]] = {
    OrderAct.DISPATCH: (ClockKind.ACKNOWLEDGE, ClockKind.FEEDBACK, ClockKind.REPORT),
    OrderAct.REPORT: (ClockKind.REVIEW,),
    OrderAct.RETURN: (ClockKind.REWORK,),
}
# Where the policy's text leaves it open, a policy may choose among these. Not the acknowledgement: whoever never
# signs would never be late.
MAY_START: dict[ClockKind, frozenset[OrderAct]] = {
    ClockKind.REPORT: frozenset({OrderAct.DISPATCH, OrderAct.FEEDBACK}),
}
# A policy may count fewer acts as an answer, but for those without which a clock could run on for ever.
NEEDED_STOPS: dict[ClockKind, frozenset[Act]] = STOPS | {
    ClockKind.ACKNOWLEDGE: frozenset({OrderAct.FEEDBACK}),
}


@dataclass(frozen=True, slots=True)
class Running:
    """A clock that has not been stopped: running, or breached and still wanted."""

    id: ClockId
    order_id: OrderId | None
    order_number: str
    """Or the number of what it is about instead."""
    grid_id: GridId
    grid_code: str
    kind: ClockKind
    round: int
    state: ClockState
    due_at: datetime
    plan: tuple[Step, ...]
    step: int = 0
    breached_at: datetime | None = None
    stopped_at: datetime | None = None
    stopped_by: Act | None = None
    subject_id: int | None = None
    drill: bool = False
    stops: frozenset[Act] | None = None
    """The acts its policy counts as an answer, where that is fewer than `STOPS` knows."""

    @property
    def next_at(self) -> datetime | None:
        if self.stopped_at is not None or self.step >= len(self.plan):
            return None
        return self.plan[self.step].at

    @property
    def level(self) -> int:
        """The highest rung of the ladder that was climbed; 0 before the first."""
        return max((s.level for s in self.plan[: self.step] if s.do is Do.ESCALATE), default=0)

    def ref(self) -> ClockRef:
        return ClockRef(
            self.id,
            self.kind,
            self.round,
            self.order_id,
            self.order_number,
            self.grid_id,
            self.grid_code,
            self.due_at,
            self.subject_id,
            self.drill,
        )


def advance(clock: Running, now: datetime) -> tuple[Running, list[Effect]]:
    """Brings a clock up to `now`; every planned step whose instant is past has happened afterwards.

    Warnings that are overtaken by a later step say nothing any more and are passed over, and so are repeats of a
    level that a later repeat of it has overtaken. The first telling of a level never is.
    """
    due = clock.step
    while due < len(clock.plan) and clock.plan[due].at < now:
        due += 1
    if due == clock.step:
        return clock, []
    ref = clock.ref()
    effects: list[Effect] = []
    state, breached_at = clock.state, clock.breached_at
    for index in range(clock.step, due):
        step = clock.plan[index]
        match step.do:
            case Do.WARN:
                if index == due - 1:
                    remaining = (clock.due_at - step.at).total_seconds()
                    effects.append(DueSoon(ref, step.at, round(remaining)))
            case Do.BREACH:
                state, breached_at = ClockState.BREACHED, clock.due_at
                effects.append(Breach(ref, clock.due_at, now))
            case Do.ESCALATE:
                if not _overtaken(clock.plan, index, due):
                    effects.append(
                        EscalationDue(ref, step.level, step.role, step.at, now, step.repeat, step.must_reach)
                    )
    return replace(clock, state=state, breached_at=breached_at, step=due), effects


def _overtaken(plan: tuple[Step, ...], index: int, due: int) -> bool:
    """Whether a repeat is followed by another one of its level before `due`."""
    step = plan[index]
    return step.repeat > 0 and any(
        later.level == step.level and later.repeat > step.repeat for later in plan[index + 1 : due]
    )


def stop(clock: Running, act: Act, now: datetime) -> tuple[Running, list[Effect]]:
    """Stops a clock by an act committed at `now`: met in time, or breached for good and met late.

    Breached it stays, also where another process's clock had been ahead and the act says a time before the deadline.
    """
    clock, effects = advance(clock, now)
    if clock.state is ClockState.BREACHED:
        late = max(0.0, (now - clock.due_at).total_seconds())
        effects.append(MetLate(clock.ref(), now, late))
        return replace(clock, stopped_at=now, stopped_by=act), effects
    return replace(clock, state=ClockState.MET, stopped_at=now, stopped_by=act), effects


def void(clock: Running, now: datetime, act: Act = OrderAct.VOID) -> tuple[Running, list[Effect]]:
    """Ends a clock that nothing is wanted of any more, such as a withdrawn order's. A breach stays one."""
    clock, effects = advance(clock, now)
    state = clock.state if clock.state is ClockState.BREACHED else ClockState.VOID
    return replace(clock, state=state, stopped_at=now, stopped_by=act), effects


def after(clocks: Iterable[Running], act: Act, now: datetime) -> tuple[list[Running], list[Effect]]:
    """What an act on an order does to its clocks that still run; gives those that changed, and the effects."""
    changed: list[Running] = []
    effects: list[Effect] = []
    for clock in clocks:
        if act is OrderAct.VOID:
            moved, more = void(clock, now)
        elif act in (STOPS[clock.kind] if clock.stops is None else clock.stops):
            moved, more = stop(clock, act, now)
        else:
            moved, more = advance(clock, now)
        if moved is not clock:
            changed.append(moved)
        effects += more
    return changed, effects


def read_stops(kind: ClockKind, names: Iterable[str]) -> frozenset[Act]:
    """The stamped names of acts; what this release does not know cannot be done any more."""
    wanted = set(names)
    return frozenset(act for act in STOPS[kind] if act.value in wanted)


def plan_document(plan: Iterable[Step]) -> list[dict[str, Any]]:
    """The plan as stored on the row."""
    return [
        {"at": s.at.isoformat(), "do": s.do.value}
        | ({"level": s.level, "role": s.role} if s.do is Do.ESCALATE else {})
        | ({"repeat": s.repeat} if s.repeat else {})
        | ({"must_reach": True} if s.must_reach else {})
        for s in plan
    ]


def read_plan(document: list[dict[str, Any]]) -> tuple[Step, ...]:
    try:
        return tuple(
            Step(
                datetime.fromisoformat(s["at"]),
                Do(s["do"]),
                s.get("level", 0),
                s.get("role", ""),
                s.get("repeat", 0),
                s.get("must_reach", False),
            )
            for s in document
        )
    except (KeyError, TypeError, ValueError) as error:
        raise Invalid(f"a clock's plan cannot be read: {error!r}") from None
