"""A history is judged by the rules of each of its days: seasons by Beijing's, responses by the instant."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest

from alerts.network.happening import Happening, Opened
from alerts.network.sample import Sample
from alerts.network.site import Site
from alerts.rulebook import LevelSpan
from app.backtest.ruled import Ruled
from models.clock import BEIJING
from models.enums import ResponseLevel
from models.errors import Invalid
from models.merge_patch import merge
from tests.rulebodies import broken, default, patch

EVE = datetime(2026, 10, 14, 20, tzinfo=BEIJING)
MIDNIGHT = datetime(2026, 10, 15, tzinfo=BEIJING)
SITES = [Site(n, f"S{n}", "652301", 87.0 + n, 44.0, "micro", 60.0) for n in range(2)]
PATHS = {"S0": ("65", "652301"), "S1": ("65", "652301", "652301100")}
HEATING = {"from": "10-15", "to": "04-15"}
LOW = {"exceedance_short": {"thresholds": {"pm25": {"notice": 60, "serious": 250, "critical": 350}}}}


def ruled(levels: Sequence[LevelSpan] = (), **over: Any) -> Ruled:
    return Ruled(default() | over, SITES, PATHS, version=3, levels=levels)


def layers(one: Ruled, at: datetime) -> tuple[str, ...]:
    if at.timestamp() >= one.until:
        one.come_to(at.timestamp())
    return one.network.ledger.layers


def test_without_schedules_the_rules_never_change() -> None:
    one = ruled()
    assert layers(one, EVE) == ()
    network = one.network
    assert layers(one, EVE + timedelta(days=400)) == ()
    assert one.network is network


def test_a_season_turns_at_midnight_in_beijing() -> None:
    one = ruled(schedules={"seasons": {"heating": HEATING | {"patch": LOW}}})
    assert layers(one, EVE) == ()
    assert one.until == MIDNIGHT.timestamp()
    assert layers(one, MIDNIGHT - timedelta(seconds=1)) == ()
    assert layers(one, MIDNIGHT) == ("season heating",)
    network = one.network
    assert layers(one, MIDNIGHT + timedelta(days=30)) == ("season heating",)
    assert one.network is network
    assert layers(one, datetime(2027, 4, 15, 23, 59, tzinfo=BEIJING)) == ("season heating",)
    assert layers(one, datetime(2027, 4, 16, tzinfo=BEIJING)) == ()


def test_responses_hold_for_their_span_and_gaps_mean_none() -> None:
    def span(level: ResponseLevel, since: float, until: float | None) -> LevelSpan:
        end = None if until is None else EVE + timedelta(hours=until)
        return LevelSpan(level, EVE + timedelta(hours=since), end)

    levels = [
        span(ResponseLevel.YELLOW, -30, 1),
        span(ResponseLevel.RED, 1, 2.5),
        span(ResponseLevel.NONE, 2.5, 30),
        span(ResponseLevel.RED, 31, None),
    ]
    response = {"yellow": {"exceedance_hour": {"coverage": 0.5}}, "red": LOW}
    one = ruled(levels, schedules={"response": response})
    found = {
        hours: layers(one, EVE + timedelta(hours=hours)) for hours in (0, 0.9, 1, 2.4, 2.5, 29, 30.5, 31, 900)
    }
    yellow, red = ("response yellow",), ("response red",)
    assert found == {0: yellow, 0.9: yellow, 1: red, 2.4: red, 2.5: (), 29: (), 30.5: (), 31: red, 900: red}


def test_what_lies_between_two_readings_is_passed_through() -> None:
    one = ruled(schedules={"seasons": {"a": {"from": "10-20", "to": "10-21", "patch": LOW}}})
    assert layers(one, EVE) == ()
    assert layers(one, EVE + timedelta(days=60)) == ()


def told(one: Ruled, samples: Sequence[Sample]) -> list[Happening]:
    found: list[Happening] = []
    for sample in samples:
        if sample.arrived_at >= one.until:
            found += one.come_to(sample.arrived_at)
        found += one.network.take(sample)
    return found


def test_a_season_and_an_override_open_what_the_base_does_not() -> None:
    samples = []
    for begin in (EVE, MIDNIGHT + timedelta(hours=5)):
        for minute in range(100):
            pm25 = (70.0 if minute >= 90 else 30.0) + minute * 7 % 5
            for site in SITES:
                at = (begin + timedelta(minutes=minute)).timestamp() + site.id
                samples.append(Sample(site.id, at, at, (pm25, 1.6 * pm25, None, None, None, None)))

    def opened(**over: Any) -> list[tuple[int, str, list[str]]]:
        return [
            (x.origin, datetime.fromtimestamp(x.detected_at, BEIJING).strftime("%d"), x.why.get("rules", []))
            for x in told(ruled(**over), samples)
            if isinstance(x, Opened) and x.kind.value == "exceedance_short"
        ]

    # A station of minutes with a history is believed at the gravest level only.
    grave = {"pm25": {"notice": 50, "serious": 55, "critical": 60}}
    keen = {
        "exceedance_short": {"thresholds": grave},
        "network": {"fine": {"floors": {"pm25": 160, "pm10": 320}}},
    }
    assert opened() == []
    heating = {"seasons": {"heating": HEATING | {"patch": keen}}}
    assert {(who, day) for who, day, _ in opened(schedules=heating)} == {(0, "15"), (1, "15")}
    assert {tuple(names) for _, _, names in opened(schedules=heating)} == {("season heating",)}
    overrides = {"grids": {"652301100": keen}}
    assert {(who, *names) for who, _, names in opened(overrides=overrides)} == {(1, "grid 652301100")}
    both = opened(overrides=overrides, schedules={"seasons": {"heating": HEATING | {"patch": patch(1)}}})
    assert {tuple(names) for _, day, names in both if day == "15"} == {("season heating", "grid 652301100")}


def test_a_body_that_is_none_is_told_at_once() -> None:
    with pytest.raises(Invalid):
        Ruled(merge(default(), broken()), SITES, PATHS, version=1)
