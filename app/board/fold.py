"""How a board is kept from the feed: a snapshot, moved on by the events after it, is the fresh snapshot. Pure.

This is the reference for whoever writes a client: `GET /sla/board` gives the snapshot, `GET /feed` with
`Last-Event-ID: <as_of>` and the same filters the events. Instants are aware; days are Beijing's.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from models.clock import BEIJING

DUE_SOON = timedelta(minutes=15)
Key = tuple[str, str]
"""("all", ""), ("grid", code) or ("clock", kind)."""
_ALL: Key = ("all", "")
_ENDS = {"order.closed", "order.void", "order.left"}


@dataclass(slots=True)
class Board:
    """The clocks that are open, and what is counted of them."""

    as_of: int
    complete: bool
    """False when the snapshot had more clocks than its limit: then counters hold, but not `due_soon` and `clocks`."""
    counts_orders: bool
    wanted_clocks: frozenset[str] | None = None
    clocks: dict[int, dict[str, Any]] = field(default_factory=dict)
    open: Counter[Key] = field(default_factory=Counter)
    breached: Counter[Key] = field(default_factory=Counter)
    orders: Counter[Key] = field(default_factory=Counter)
    breaches: dict[date, Counter[Key]] = field(default_factory=dict)


def read(snapshot: Mapping[str, Any]) -> Board:
    """The board that `GET /sla/board` answered."""
    kinds, counters = snapshot["filter"]["clock"], snapshot["counters"]
    board = Board(
        snapshot["as_of"],
        snapshot["complete"],
        counters["total"]["orders"] is not None,
        None if kinds is None else frozenset(kinds),
        {c["id"]: dict(c) for c in snapshot["clocks"]},
    )
    today = board.breaches.setdefault(_day(snapshot["now"]), Counter())
    rows = [(_ALL, counters["total"])]
    rows += [(("grid", row["grid"]), row) for row in counters["by_grid"]]
    rows += [(("clock", row["clock"]), row) for row in counters["by_clock"]]
    for key, row in rows:
        board.open[key], board.breached[key] = row["open"], row["breached"]
        today[key], board.orders[key] = row["breached_today"], row.get("orders") or 0
    return board


def fold(board: Board, events: Iterable[tuple[int, str, Mapping[str, Any]]]) -> Board:
    """Moves the board on by events (id, name, data) in order; what it has heard already is passed over."""
    for id_, kind, data in events:
        if id_ <= board.as_of:
            continue
        board.as_of = id_
        if data.get("drill"):
            continue  # 演练: shown where it happens, and never counted
        if kind == "sla.breached":
            _breached(board, data)
        elif kind == "sla.escalated":
            _escalated(board, data)
        elif kind == "order.dispatched" or (kind == "order.transferred" and data["from"] != data["grid"]):
            _count(board.orders, ("grid", data["grid"]), 1)
        elif kind in _ENDS:
            _count(board.orders, ("grid", data["grid"]), -1)
        for clock in data.get("clocks", ()):
            _changed(board, data, clock)
    return board


def shown(board: Board, now: datetime) -> dict[str, Any]:
    """`counters` and `clocks` as the snapshot has them at `now`."""
    soon: Counter[Key] = Counter()
    for clock in board.clocks.values():
        if clock["state"] == "running" and datetime.fromisoformat(clock["due_at"]) <= now + DUE_SOON:
            _count_clock(soon, clock["grid"], clock["clock"], 1)
    today = board.breaches.get(now.astimezone(BEIJING).date(), Counter())

    def row(key: Key) -> dict[str, Any]:
        counted = {
            "open": board.open[key], "due_soon": soon[key] if board.complete else None,
            "breached": board.breached[key], "breached_today": today[key],
        }  # fmt: skip
        if key[0] == "clock":
            return counted
        return counted | {"orders": board.orders[key] if board.counts_orders else None}

    orders = board.orders if board.counts_orders else Counter()
    keys = sorted(key for c in (board.open, board.breached, today, orders) for key, n in c.items() if n)
    distinct = list(dict.fromkeys(keys))
    clocks = sorted(board.clocks.values(), key=lambda c: (datetime.fromisoformat(c["due_at"]), c["id"]))
    return {
        "counters": {
            "total": row(_ALL),
            "by_grid": [{"grid": key[1]} | row(key) for key in distinct if key[0] == "grid"],
            "by_clock": [{"clock": key[1]} | row(key) for key in distinct if key[0] == "clock"],
        },
        "clocks": clocks,
    }


# ---------------------------------------------------------------------- inside


def _day(instant: str) -> date:
    return datetime.fromisoformat(instant).astimezone(BEIJING).date()


def _count(counter: Counter[Key], key: Key, by: int) -> None:
    counter[key] += by
    counter[_ALL] += by


def _count_clock(counter: Counter[Key], grid: str, kind: str, by: int) -> None:
    _count(counter, ("grid", grid), by)
    counter[("clock", kind)] += by


def _asked(board: Board, kind: str) -> bool:
    """An event that passed a filter of clocks may tell of others as well."""
    return board.wanted_clocks is None or kind in board.wanted_clocks


def _row(data: Mapping[str, Any], clock: Mapping[str, Any], state: str, level: int) -> dict[str, Any]:
    return {
        "id": clock["id"],
        "clock": clock["clock"],
        "round": clock["round"],
        "order": data.get("order"),
        "number": clock.get("number", data.get("number")),
        "subject": clock.get("subject"),
        "grid": data["grid"],
        "state": state,
        "due_at": _instant(clock["due_at"]),
        "level": level,
    }


def _instant(text: str) -> str:
    return datetime.fromisoformat(text).astimezone(UTC).isoformat()


def _breached(board: Board, data: Mapping[str, Any]) -> None:
    if not _asked(board, data["clock"]):
        return
    _count_clock(
        board.breaches.setdefault(_day(data["breached_at"]), Counter()), data["grid"], data["clock"], 1
    )
    _count_clock(board.open, data["grid"], data["clock"], -1)
    _count_clock(board.breached, data["grid"], data["clock"], 1)
    if data["clock_id"] in board.clocks:
        board.clocks[data["clock_id"]]["state"] = "breached"


def _escalated(board: Board, data: Mapping[str, Any]) -> None:
    if data["clock_id"] in board.clocks:
        row = board.clocks[data["clock_id"]]
        row["level"] = max(row["level"], data["level"])


def _changed(board: Board, data: Mapping[str, Any], clock: Mapping[str, Any]) -> None:
    """A clock that was started, stopped, moved to another deadline, or handed from one grid to another."""
    if not _asked(board, clock["clock"]):
        return
    state, change = clock["state"], clock["change"]
    # A breach goes on counting as one until its clock is stopped.
    counter = board.breached if state == "breached" else board.open
    if change in ("stopped", "left"):
        _count_clock(counter, data["grid"], clock["clock"], -1)
        board.clocks.pop(clock["id"], None)
        return
    if change in ("started", "came"):
        _count_clock(counter, data["grid"], clock["clock"], 1)
    if change in ("started", "came") or clock["id"] in board.clocks:
        board.clocks[clock["id"]] = _row(data, clock, state, clock.get("level", 0))
