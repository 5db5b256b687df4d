"""A task's one transition table, where it may go and when it has to be done: pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from models import transitions
from models.enums import OrderState, TaskAct, TaskState
from models.errors import ForbiddenTransition, Invalid
from models.ids import GridId

ALLOWED: dict[TaskState, dict[TaskAct, TaskState]] = {
    TaskState.HANDED: {
        TaskAct.TAKE: TaskState.TAKEN,
        # What was found says more than a signature: it may come without one.
        TaskAct.COMPLETE: TaskState.DONE,
        TaskAct.TAKE_BACK: TaskState.TAKEN_BACK,
    },
    TaskState.TAKEN: {
        TaskAct.COMPLETE: TaskState.DONE,
        TaskAct.TAKE_BACK: TaskState.TAKEN_BACK,
    },
    TaskState.DONE: {},
    TaskState.TAKEN_BACK: {},
}
# An order is worked on in these, and only then can work on it be handed down.
HANDED_DOWN_IN = frozenset(
    {OrderState.DISPATCHED, OrderState.ACKNOWLEDGED, OrderState.ON_SITE, OrderState.RETURNED}
)
LONGEST = timedelta(days=30)
"""For a task that came of a report from below: no order's deadline holds it."""


@dataclass(frozen=True, slots=True)
class Place:
    """A grid with its level."""

    id: GridId
    code: str
    level: int


def following(state: TaskState, act: TaskAct) -> TaskState:
    """The state an act leads to; raises ForbiddenTransition, naming what could be done instead."""
    return transitions.following(ALLOWED, state, act, what="a task")


def check_order(state: OrderState) -> None:
    """Raises ForbiddenTransition unless the order is being worked on."""
    if state not in HANDED_DOWN_IN:
        raise ForbiddenTransition(
            f"an order that is {state.value} is not being worked on: no task can be handed down",
            state=state.value,
        )


def check_place(line: Sequence[Place], giver: GridId) -> Place:
    """The grid a task goes to; `line` is that grid and everything above it, nearest first.

    Raises Invalid unless it is of level 3 or 4 and below the grid that hands the task down.
    """
    to, *above = line
    if to.level < 3:
        raise Invalid(
            f"a task goes to a grid of level 3 or 4; {to.code} is of level {to.level}", field="grid"
        )
    if giver not in [place.id for place in above]:
        raise Invalid(f"grid {to.code} does not lie below the grid that hands the task down", field="grid")
    return to


def latest_due(dues: Iterable[datetime], now: datetime) -> datetime | None:
    """The earliest of the order's running deadlines that is still ahead; None where none is."""
    return min((due for due in dues if due > now), default=None)


def check_due(due_at: datetime, *, now: datetime, latest: datetime | None) -> None:
    """Raises Invalid unless the task is to be done after `now` and not after `latest`."""
    if latest is None:
        raise Invalid(
            "no deadline of the order is ahead any more: a task has to lie inside one", field="due_at"
        )
    if due_at <= now:
        raise Invalid("a task has to be due after now", field="due_at")
    if due_at > latest:
        raise Invalid(
            f"a task has to be due inside what it is a part of, by {latest.isoformat()} at the latest",
            field="due_at",
            latest=latest.isoformat(),
        )
