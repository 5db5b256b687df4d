import copy
import json
from typing import Any

import pytest

from alerts.ruleset import DEFAULT_RULES, parse_rules
from models.enums import POLLUTANTS, Severity
from models.errors import Invalid


def test_default_rules_cover_every_pollutant_and_survive_json() -> None:
    rules = parse_rules(json.loads(json.dumps(DEFAULT_RULES)), version=7)
    assert rules == parse_rules(DEFAULT_RULES, version=7)
    assert rules.version == 7
    for covered in (
        rules.exceedance_hour.thresholds,
        rules.exceedance_short.thresholds,
        rules.sudden_rise.limits,
    ):
        assert set(covered) == set(POLLUTANTS)


def test_short_thresholds_lie_above_the_hour_ones() -> None:
    rules = parse_rules(DEFAULT_RULES)
    for pollutant in POLLUTANTS:
        hour, short = (
            rules.exceedance_hour.thresholds[pollutant],
            rules.exceedance_short.thresholds[pollutant],
        )
        assert short.notice > hour.notice
        assert short.serious > hour.serious
        assert short.critical > hour.critical


def test_tiers_include_their_bound() -> None:
    tiers = parse_rules(DEFAULT_RULES).exceedance_hour.thresholds["pm25"]
    assert [tiers.severity(level) for level in (114.9, 115, 149.9, 150, 250)] == [
        None,
        Severity.NOTICE,
        Severity.NOTICE,
        Severity.SERIOUS,
        Severity.CRITICAL,
    ]


@pytest.mark.parametrize(
    ("path", "value", "place"),
    [
        ("exceedance_hour.window_s", "an hour", "rules.exceedance_hour.window_s: wants a number"),
        ("exceedance_hour.window_s", True, "rules.exceedance_hour.window_s: wants a number"),
        ("exceedance_hour.window_s", 5, "rules.exceedance_hour.window_s: 5 is not between 60 and 7200"),
        ("exceedance_hour.min_samples", 1.5, "rules.exceedance_hour.min_samples: wants a whole number"),
        ("exceedance_hour.thresholds.pm1", {}, "rules.exceedance_hour.thresholds.pm1: is no pollutant"),
        (
            "exceedance_hour.thresholds.pm25",
            {"notice": 3, "serious": 2, "critical": 9},
            "rules.exceedance_hour.thresholds.pm25: notice, serious and critical must rise",
        ),
        ("sudden_rise.limits.o3.level", None, "rules.sudden_rise.limits.o3.level: wants a number"),
        ("sudden_rise.ratio", float("nan"), "rules.sudden_rise.ratio: nan is not between 1 and 100"),
        (
            "offline.severity",
            "grave",
            "rules.offline.severity: wants one of notice, serious, critical",
        ),
        ("offline", 3, "rules.offline: wants a group of names"),
        ("wind", {}, "rules.wind: is no name of a rule"),
        ("exceedance_short.clear.share", 1, "rules.exceedance_short.clear.share: is no name of a rule"),
    ],
)
def test_a_fault_is_named_by_its_place(path: str, value: Any, place: str) -> None:
    body = copy.deepcopy(DEFAULT_RULES)
    *above, last = path.split(".")
    group = body
    for name in above:
        group = group[name]
    group[last] = value
    with pytest.raises(Invalid) as caught:
        parse_rules(body)
    assert caught.value.detail == place


@pytest.mark.parametrize("path", ["sudden_rise", "exceedance_hour.clear.for_s", "stale_after_s"])
def test_a_missing_name_is_named(path: str) -> None:
    body = copy.deepcopy(DEFAULT_RULES)
    *above, last = path.split(".")
    group = body
    for name in above:
        group = group[name]
    del group[last]
    with pytest.raises(Invalid, match=f"rules.{path}: is missing"):
        parse_rules(body)
