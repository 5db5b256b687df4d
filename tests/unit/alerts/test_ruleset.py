import copy
import json
from dataclasses import replace
from typing import Any

import pytest

from alerts.ruleset import DEFAULT_RULES, parse_rules
from models.enums import POLLUTANTS, Severity
from models.errors import Invalid


def test_default_rules_cover_every_pollutant_and_survive_json() -> None:
    rules = parse_rules(json.loads(json.dumps(DEFAULT_RULES)), version=7)
    again = parse_rules(DEFAULT_RULES, version=7)
    assert replace(rules, quality=again.quality) == again
    assert rules.version == rules.quality.version == 7
    for covered in (rules.exceedance_hour.thresholds, rules.exceedance_short.thresholds):
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
        (
            "exceedance_hour.coverage",
            float("nan"),
            "rules.exceedance_hour.coverage: nan is not between 0 and 1",
        ),
        ("exceedance_hour", 3, "rules.exceedance_hour: wants a group of names"),
        ("network.fine.z", 500, "rules.network.fine.z: 500 is not between 0.5 and 50"),
        ("network.fine.floors.pm25", None, "rules.network.fine.floors.pm25: wants a number"),
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


@pytest.mark.parametrize("path", ["exceedance_short", "exceedance_hour.clear.ratio"])
def test_a_missing_name_is_named(path: str) -> None:
    body = copy.deepcopy(DEFAULT_RULES)
    *above, last = path.split(".")
    group = body
    for name in above:
        group = group[name]
    del group[last]
    with pytest.raises(Invalid, match=f"rules.{path}: is missing"):
        parse_rules(body)
