"""Whose turn an order is, as its page says it."""

from typing import Any

import pytest

from app.console.turn import Turn, turns
from models.enums import ClockKind, Role

DUE, LATER = "2026-11-27T08:00:00Z", "2026-11-27T09:00:00Z"


def order(state: str, **more: Any) -> dict[str, Any]:
    plain = {
        "state": state,
        "grid_name": "昌吉市",
        "suspended_until": None,
        "requests": [],
        "tasks": [],
        "clocks": [],
    }
    return plain | more


def clock(kind: str, due_at: str = DUE, stopped_at: str | None = None) -> dict[str, Any]:
    return {"kind": kind, "due_at": due_at, "stopped_at": stopped_at}


@pytest.mark.parametrize(
    ("state", "role", "grid", "step"),
    [
        ("dispatched", Role.SUPERVISOR, "昌吉市", ClockKind.ACKNOWLEDGE),
        ("acknowledged", Role.SUPERVISOR, "昌吉市", ClockKind.FEEDBACK),
        ("on_site", Role.SUPERVISOR, "昌吉市", ClockKind.REPORT),
        ("returned", Role.SUPERVISOR, "昌吉市", ClockKind.REWORK),
        ("reported", Role.DUTY_OFFICER, None, ClockKind.REVIEW),
    ],
)
def test_each_open_state_waits_for_somebody(
    state: str, role: Role, grid: str | None, step: ClockKind
) -> None:
    found = turns(order(state, clocks=[clock(step.value)]), {})
    assert found == [Turn(grid, role, step, DUE)]


@pytest.mark.parametrize("state", ["closed", "void"])
def test_what_has_ended_waits_for_nobody(state: str) -> None:
    pending = {"state": "pending", "due_at": DUE}
    assert turns(order(state, requests=[pending]), {}) == []


def test_a_suspended_order_waits_for_the_prefecture() -> None:
    found = turns(order("on_site", suspended_until=LATER, clocks=[clock("recheck", LATER)]), {})
    assert found == [Turn(None, Role.DUTY_OFFICER, ClockKind.RECHECK, LATER)]


def test_the_receivers_own_deadline_is_the_one_that_is_shown() -> None:
    found = turns(
        order("acknowledged", clocks=[clock("feedback"), clock("feedback", LATER), clock("report", LATER)]),
        {},
    )
    assert found[0].due_at == LATER


def test_a_stopped_clock_is_nobodys_deadline() -> None:
    assert turns(order("reported", clocks=[clock("review", DUE, LATER)]), {})[0].due_at is None


def test_requests_and_tasks_that_wait_are_named_beside_it() -> None:
    asked = [{"state": "pending", "due_at": DUE}, {"state": "approved", "due_at": DUE}]
    given = [
        {"state": "taken", "grid": "652301001", "grid_name": "三工镇", "due_at": LATER},
        {"state": "handed", "grid": "652301003", "grid_name": "二工镇", "due_at": LATER},
        {"state": "done", "grid_name": "六工镇", "due_at": DUE},
    ]
    assert turns(order("on_site", requests=asked, tasks=given), {"652301001": Role.SUPERVISOR})[1:] == [
        Turn(None, Role.DUTY_OFFICER, ClockKind.DECISION, DUE),
        Turn("三工镇", Role.SUPERVISOR, ClockKind.TASK, LATER),
        Turn("二工镇", None, ClockKind.TASK, LATER),
    ]
