"""The fold of a board, in single steps; that it agrees with the database is for tests/flow/test_board.py."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from app.board.fold import Board, fold, read, shown

NOW = datetime.fromisoformat("2026-11-23T15:50:00+00:00")  # 23:50 in Beijing
ZERO = {"open": 0, "due_soon": 0, "breached": 0, "breached_today": 0}


def empty(**over: Any) -> Board:
    counters = {"total": ZERO | {"orders": 0}, "by_grid": [], "by_clock": []}
    return read(
        {"as_of": 10, "now": NOW.isoformat(), "filter": {"grid": None, "clock": None}, "counters": counters}
        | {"clocks": [], "complete": True}
        | over
    )


def started(id_: int, due: datetime, clock: str = "feedback") -> tuple[int, str, dict[str, Any]]:
    item = {
        "id": 1,
        "clock": clock,
        "round": 1,
        "change": "started",
        "state": "running",
        "due_at": due.isoformat(),
    }
    return id_, "order.dispatched", {"grid": "652301", "order": 7, "number": "N", "clocks": [item]}


def breached(id_: int, due: datetime) -> tuple[int, str, dict[str, Any]]:
    at = due.isoformat()
    return (
        id_,
        "sla.breached",
        {"grid": "652301", "clock": "feedback", "clock_id": 1, "due_at": at, "breached_at": at},
    )


def total(board: Board, now: datetime) -> dict[str, Any]:
    found: dict[str, Any] = shown(board, now)["counters"]["total"]
    return found


def test_an_event_that_was_heard_already_changes_nothing() -> None:
    board = fold(empty(), [started(9, NOW), started(10, NOW), started(11, NOW), started(11, NOW)])
    assert (board.as_of, total(board, NOW)["open"], total(board, NOW)["orders"]) == (11, 1, 1)


@pytest.mark.parametrize(("minutes", "soon"), [(15, 1), (15.01, 0), (-1, 1)])
def test_due_soon_is_a_quarter_of_an_hour_and_includes_what_nobody_has_judged_yet(
    minutes: float, soon: int
) -> None:
    board = fold(empty(), [started(11, NOW + timedelta(minutes=minutes))])
    assert total(board, NOW)["due_soon"] == soon


def test_today_ends_at_midnight_in_beijing() -> None:
    due = NOW + timedelta(minutes=5)
    board = fold(empty(), [started(11, due), breached(12, due)])
    assert total(board, NOW + timedelta(minutes=9)) == ZERO | {
        "breached": 1,
        "breached_today": 1,
        "orders": 1,
    }
    assert total(board, NOW + timedelta(minutes=11)) == ZERO | {"breached": 1, "orders": 1}


def test_a_board_that_was_cut_off_keeps_its_counts_and_says_what_it_cannot_know() -> None:
    due = NOW + timedelta(minutes=5)
    board = fold(empty(complete=False), [started(11, due), breached(12, due)])
    assert total(board, NOW)["due_soon"] is None
    assert total(board, NOW)["breached"] == 1


def test_a_board_of_some_kinds_of_clock_counts_no_orders_and_passes_over_the_others() -> None:
    counters = {"total": ZERO | {"orders": None}, "by_grid": [], "by_clock": []}
    board = empty(filter={"grid": None, "clock": ["review"]}, counters=counters)
    board = fold(board, [started(11, NOW), breached(12, NOW)])
    assert shown(board, NOW) == {
        "counters": {"total": ZERO | {"orders": None}, "by_grid": [], "by_clock": []}, "clocks": [],
    }  # fmt: skip
