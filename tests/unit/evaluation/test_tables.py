"""Tables for docs/detection.md."""

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from app.backtest.port import WouldBeAlert
from evaluation.tables import Record, baselines, beside, put, records, robustness, strength, strongest, table
from models.enums import AlertKind, AlertScope

AT = datetime(2019, 4, 3, 14, tzinfo=timezone(timedelta(hours=8)))
README = """
### `open/network`

| method | form | **headline** |
|---|---|---:|
| static | alone | **36.9** |

### `open/hourly`

| method | form | **headline** |
|---|---|---:|
| saqc | alone | **41.4** |
| river | alone | **1.0** |

## Other
| no | row |
"""
PART = dict.fromkeys(
    ("f1", "recall_weighted", "precision", "precision_raw", "one_order", "speed", "no_wrongful", "faults",
     "fault_recall", "fault_precision", "regional"), 0.5,
)  # fmt: skip
SCORE = {
    "headline": 80.0, "parts": PART, "pollution_recall": 0.9, "median_delay_min": 12.0,
    "orders_per_pollution_event": 1.0, "wrongful_dispatch_share": None, "orders_per_regional_episode": 0.0,
    "unmatched_orders_per_station_day": 0.03,
}  # fmt: skip


def order(excess: float | None, **over: Any) -> WouldBeAlert:
    why = {} if excess is None else {"excess": {"pm10": excess, "pm25": 1e6}, "base": {"pm10": 10.0}}
    fields: dict[str, Any] = {"scope": AlertScope.LOCAL, "kind": AlertKind.ABOVE_NEIGHBOURS, "order": True}
    return WouldBeAlert(
        grid="652301", stations=("A",), pollutants=("pm10",), started_at=AT, detected_at=AT,
        cleared_at=AT + timedelta(hours=2), why=why, **(fields | over),
    )  # fmt: skip


def test_a_table_is_markdown() -> None:
    assert table(["a", "b"], [["x", 1.5], ["y", None]]) == [
        "| a | b |",
        "| --- | ---: |",
        "| x | 1.5 |",
        "| y | – |",
    ]


def test_baselines_are_those_of_the_scene() -> None:
    assert baselines(README, "hourly") == (
        ["method", "form", "**headline**"],
        [["saqc", "alone", "**41.4**"], ["river", "alone", "**1.0**"]],
    )
    with pytest.raises(ValueError, match="no table of open/other"):
        baselines(README, "other")


def test_our_row_stands_above_the_baselines() -> None:
    header = ["method", "form", *"abcdefghijk"]
    told = beside(SCORE | {"wrongful_dispatch_share": 0.05}, header, [["saqc", "alone", *"00000000000"]])
    assert told[2].startswith("| **Geshao** | as shipped | **80.0** | 0.50 | 0.90 | 0.50 | 12 | 1 | 0.05 |")
    assert told[3].startswith("| saqc |")
    assert len({line.count("|") for line in told}) == 1


def test_robustness_has_the_mean_and_the_worst_of_a_kind() -> None:
    told = robustness({"network-1": SCORE, "network-2": SCORE | {"headline": 60.0}, "hourly-1": SCORE})
    assert "network: mean 70.0, worst 60.0, best 80.0." in told
    assert "hourly: mean 80.0, worst 80.0, best 80.0." in told


def test_tables_stand_between_their_markers() -> None:
    page = "a\n<!-- x: made by `make detection` -->\nold\n<!-- x: end -->\nb\n"
    first = put(page, "x", ["| new |"])
    assert first == "a\n<!-- x: made by `make detection` -->\n\n| new |\n\n<!-- x: end -->\nb\n"
    assert put(first, "x", ["| new |"]) == first
    with pytest.raises(ValueError, match="markers"):
        put(page, "y", [])


def test_orders_are_ranked_by_their_excess_in_daily_limits() -> None:
    assert strength(order(240.0)) == 2.0
    assert strength(order(None)) == 0.0
    told = strongest([order(60.0), order(240.0), order(600.0, order=False)])
    assert [line.split("|")[-2].strip() for line in told[2:]] == ["2.0", "0.5"]
    assert "| 2.0 h |" in told[2]
    assert strongest([order(9.0, order=False)]) == ["None."]


def test_records_count_by_station_day_and_by_kind() -> None:
    spike = order(None, order=False, scope=AlertScope.INSTRUMENT, kind=AlertKind.SPIKE)
    told = records([Record("one", "a to b", 2, 20, 999, [order(60.0), spike, spike])])
    assert told[2] == "| one | a to b | 2 | 20 | 999 | 1 | 0.050 | 0 | 0.100 |"
    assert "| instrument | spike | 2 |" in told
