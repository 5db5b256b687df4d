"""Whose turn an order is, and what they owe: pure, over the order as the API gives it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from models.enums import ClockKind, OrderState, RequestState, Role, TaskState

_OWED = {
    OrderState.DISPATCHED: ClockKind.ACKNOWLEDGE,
    OrderState.ACKNOWLEDGED: ClockKind.FEEDBACK,
    OrderState.ON_SITE: ClockKind.REPORT,
    OrderState.RETURNED: ClockKind.REWORK,
}


@dataclass(frozen=True, slots=True)
class Turn:
    """Somebody who has to do something next. `grid` None is the prefecture's."""

    grid: str | None
    role: Role | None
    step: ClockKind
    due_at: str | None = None


def turns(order: Mapping[str, Any], doers: Mapping[str, Role]) -> list[Turn]:
    """The holder, or whoever reviews, first; then those a request or a task waits for. Nobody once it has ended.

    `doers`: who does the tasks of a grid, by its code; no role where nobody is there.
    """
    state = OrderState(order["state"])
    if state.final:
        return []
    return [_next(order, state), *_requests(order), *_tasks(order, doers)]


def _next(order: Mapping[str, Any], state: OrderState) -> Turn:
    if state is OrderState.REPORTED:
        return Turn(None, Role.DUTY_OFFICER, ClockKind.REVIEW, _due(order, ClockKind.REVIEW))
    if order["suspended_until"] is not None:
        return Turn(None, Role.DUTY_OFFICER, ClockKind.RECHECK, _due(order, ClockKind.RECHECK))
    step = _OWED[state]
    return Turn(order["grid_name"], Role.SUPERVISOR, step, _due(order, step))


def _requests(order: Mapping[str, Any]) -> list[Turn]:
    pending = [r for r in order["requests"] if r["state"] == RequestState.PENDING]
    return [Turn(None, Role.DUTY_OFFICER, ClockKind.DECISION, request["due_at"]) for request in pending]


def _tasks(order: Mapping[str, Any], doers: Mapping[str, Role]) -> list[Turn]:
    waiting = [t for t in order["tasks"] if t["state"] in (TaskState.HANDED, TaskState.TAKEN)]
    return [
        Turn(task["grid_name"], doers.get(task["grid"]), ClockKind.TASK, task["due_at"]) for task in waiting
    ]


def _due(order: Mapping[str, Any], kind: ClockKind) -> str | None:
    """Of whatever runs; where the receiver of a transfer has clocks of its own, the later one is theirs."""
    dues = [str(c["due_at"]) for c in order["clocks"] if c["kind"] == kind and c["stopped_at"] is None]
    return max(dues, default=None)
