"""One line an event: which decision it states, whom it names, which grid it belongs to."""

from typing import Any

from alerts.network.happening import (
    Cleared,
    Flagged,
    Happening,
    Joined,
    Opened,
    Raised,
    Rescoped,
)
from alerts.network.site import Site
from app.backtest.events import Events, instant, plain
from app.backtest.port import WouldBeAlert
from models.enums import AlertKind, AlertScope, Severity

SITES = [Site(n, f"S{n}", f"65230{n}", 87.0, 44.0, "micro", 60.0) for n in range(4)]
LOCAL, REGIONAL, INSTRUMENT = AlertScope.LOCAL, AlertScope.REGIONAL, AlertScope.INSTRUMENT


def opened(key: int = 1, at: float = 600.0, **over: Any) -> Opened:
    fields: dict[str, Any] = {
        "kind": AlertKind.SUDDEN_RISE, "scope": LOCAL, "severity": Severity.NOTICE, "origin": 2,
        "stations": (1, 2), "pollutants": ("pm25",), "started_at": at - 300, "order": True, "why": {"level": 1.0},
    }  # fmt: skip
    return Opened(key=key, detected_at=at, **(fields | over))


def alerts(*happenings: Happening) -> list[tuple[str, WouldBeAlert]]:
    events = Events(SITES, lambda grids: "+".join(sorted(set(grids))))
    events.take(happenings)
    return events.alerts()


def one(*happenings: Happening) -> WouldBeAlert:
    ((_, alert),) = alerts(*happenings)
    return alert


def test_an_event_names_its_origin_first_and_those_that_joined() -> None:
    alert = one(
        opened(), Joined(1, 3, ("pm10", "pm25"), 900.0), Joined(1, 1, ("pm25",), 950.0), Cleared(1, 2e3)
    )
    assert alert.stations == ("S2", "S1", "S3")
    assert alert.pollutants == ("pm25", "pm10")
    assert alert.grid == "652302"
    assert (alert.started_at, alert.detected_at) == (instant(300), instant(600))
    assert alert.cleared_at == instant(2000)
    assert alert.why == {
        "severity": "notice",
        "level": 1.0,
        "joined": [{"station": "S3", "at": "1970-01-01T08:15:00+08:00"}],
    }


def test_neighbours_are_named_by_their_codes() -> None:
    assert one(opened(why={"near": [3, 0]})).why["near"] == ["S3", "S0"]


def test_an_open_event_has_no_end_and_the_gravest_severity() -> None:
    alert = one(opened(), Raised(1, Severity.CRITICAL, 300.0, 700.0))
    assert alert.cleared_at is None
    assert alert.why["severity"] == "critical"


def test_an_order_that_was_decided_later_is_detected_later() -> None:
    alert = one(opened(order=False), Rescoped(1, LOCAL, True, 1500.0, {"level": 2.0}))
    assert (alert.order, alert.detected_at) == (True, instant(1500))
    assert alert.why["level"] == 2.0
    assert [decision["order"] for decision in alert.why["decisions"]] == [False, True]


def test_who_was_sent_out_stays_sent_out() -> None:
    alert = one(opened(), Rescoped(1, REGIONAL, False, 1500.0))
    assert (alert.order, alert.scope, alert.detected_at) == (True, LOCAL, instant(600))
    assert alert.why["decisions"][-1] == {
        "scope": "regional", "order": False, "at": "1970-01-01T08:25:00+08:00"
    }  # fmt: skip


def test_without_an_order_the_last_scope_counts() -> None:
    alert = one(
        opened(order=False), Rescoped(1, REGIONAL, False, 1500.0), Rescoped(1, REGIONAL, False, 1600.0)
    )
    assert (alert.order, alert.scope, alert.detected_at) == (False, REGIONAL, instant(1500))
    assert alert.grid == "652301+652302"
    assert len(alert.why["decisions"]) == 2


def test_a_flagged_value_is_no_alert() -> None:
    assert alerts(Flagged(1, 60.0, "pm25", 4, "range")) == []


def test_alerts_stand_in_the_order_of_detection() -> None:
    found = alerts(opened(1, order=False), opened(2, at=700.0), Rescoped(1, LOCAL, True, 800.0))
    assert [id_ for id_, _ in found] == ["a000002", "a000001"]


def test_what_json_cannot_say_becomes_null() -> None:
    assert plain({1: (float("nan"), 2.5, [float("inf")])}) == {"1": [None, 2.5, [None]]}
