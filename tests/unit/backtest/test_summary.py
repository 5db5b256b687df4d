"""What two rule sets would have done: counted, matched with what became of real orders, day by day."""

from datetime import datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from app.backtest.port import KnownOutcome, WouldBeAlert
from app.backtest.summary import side_by_side, summary
from models.enums import AlertKind, AlertScope, FalseAlarm
from tests.fakes import START

UNTIL = START + timedelta(days=2)


def at(hours: float) -> datetime:
    return START + timedelta(hours=hours)


def event(
    hour: float, *stations: str, order: bool = True, lasts: float | None = 1, **over: Any
) -> WouldBeAlert:
    values: dict[str, Any] = {
        "grid": "652301", "stations": stations or ("A",), "pollutants": ("pm10",),
        "kind": AlertKind.SUDDEN_RISE, "scope": AlertScope.LOCAL, "started_at": at(hour), "detected_at": at(hour),
        "cleared_at": None if lasts is None else at(hour + lasts), "order": order,
    } | over  # fmt: skip
    return WouldBeAlert(**values)


def outcome(
    hour: float, station: str = "A", false: FalseAlarm | None = None, lasts: float = 1
) -> KnownOutcome:
    return KnownOutcome(station, at(hour), at(hour + lasts), false)


def of(*events: WouldBeAlert, outcomes: tuple[KnownOutcome, ...] = ()) -> dict[str, Any]:
    return summary(events, since=START, until=UNTIL, outcomes=outcomes)


def test_orders_are_counted_by_day_grid_and_rule_and_alerts_by_kind_and_scope() -> None:
    found = of(
        event(0),
        event(1, "B", kind=AlertKind.EXCEEDANCE_HOUR, grid="652302"),
        event(20, "B", "C"),  # 04:00 of the next day in Beijing
        event(3, "C", order=False, scope=AlertScope.REGIONAL),
    )
    assert (found["alerts"], found["orders"], found["orders_per_day"]) == (4, 3, 1.5)
    # 08:00 in Beijing to 08:00 two days later touches three dates.
    assert found["by_day"] == [
        {"day": "2026-11-23", "orders": 2},
        {"day": "2026-11-24", "orders": 1},
        {"day": "2026-11-25", "orders": 0},
    ]
    assert found["by_grid"] == [
        {"grid": "652301", "orders": 2, "orders_per_day": 1.0},
        {"grid": "652302", "orders": 1, "orders_per_day": 0.5},
    ]
    assert found["by_rule"] == [
        {"kind": "sudden_rise", "orders": 2},
        {"kind": "exceedance_hour", "orders": 1},
    ]
    assert found["by_kind_and_scope"] == [
        {"kind": "sudden_rise", "scope": "local", "alerts": 2},
        {"kind": "exceedance_hour", "scope": "local", "alerts": 1},
        {"kind": "sudden_rise", "scope": "regional", "alerts": 1},
    ]
    assert found["stations"] == [
        {"station": "B", "orders": 2, "alerts": 2},
        {"station": "C", "orders": 1, "alerts": 2},
        {"station": "A", "orders": 1, "alerts": 1},
    ]


def test_a_span_that_ends_at_midnight_has_no_day_more() -> None:
    midnight = START + timedelta(hours=16)
    found = summary([], since=midnight, until=midnight + timedelta(days=1))
    assert [row["day"] for row in found["by_day"]] == ["2026-11-24"]


def test_precision_counts_each_outcome_once() -> None:
    outcomes = (
        outcome(0),
        outcome(10, false=FalseAlarm.NATURAL),
        outcome(30, "Z"),
    )
    found = of(event(0.5), event(0.6), event(10), event(20, "B"), outcomes=outcomes)["precision"]
    assert (found["with_outcome"], found["without_outcome"]) == (2, 2)
    assert (found["confirmed"], found["false_alarms"], found["confirmed_missed"]) == (1, 1, 1)
    assert {k: v for k, v in found["reasons"].items() if v} == {"natural": 1}
    assert found["precision"]["value"] == 0.5


def test_events_an_hour_apart_are_one_and_further_apart_are_two() -> None:
    def met(*events: WouldBeAlert) -> int:
        return of(*events, outcomes=(outcome(10, lasts=1),))["precision"]["with_outcome"]  # type: ignore[no-any-return]  # JSON

    assert met(event(8, lasts=1)) == 1
    assert met(event(7.9, lasts=1)) == 0
    assert met(event(12)) == 1
    assert met(event(12.1)) == 0
    assert met(event(2, lasts=None)) == 1
    assert met(event(10, "B")) == 0
    assert met(event(10, "B", "A")) == 1
    assert met(event(10, order=False)) == 0


def test_nothing_is_a_summary_too() -> None:
    found = of()
    assert (found["orders"], found["stations"], found["by_grid"]) == (0, [], [])
    assert found["precision"]["precision"] is None


@given(
    st.lists(st.tuples(st.floats(0, 47), st.sampled_from("ABC"), st.booleans()), max_size=30), st.randoms()
)
def test_the_order_of_the_events_changes_nothing(rows: list[tuple[float, str, bool]], random: Any) -> None:
    events = [event(hour, code, order=order) for hour, code, order in rows]
    outcomes = (outcome(5), outcome(20, "B", FalseAlarm.OTHER), outcome(21, "B"))
    whole = side_by_side(events, [], since=START, until=UNTIL, outcomes=outcomes, readings=9)
    shuffled = list(events)
    random.shuffle(shuffled)
    assert side_by_side(shuffled, [], since=START, until=UNTIL, outcomes=outcomes, readings=9) == whole
    assert sum(row["orders"] for row in whole["draft"]["by_day"]) == whole["draft"]["orders"]
    assert sum(row["orders"] for row in whole["draft"]["by_grid"]) == whole["draft"]["orders"]
    known = whole["draft"]["precision"]
    assert known["with_outcome"] + known["without_outcome"] == whole["draft"]["orders"]
