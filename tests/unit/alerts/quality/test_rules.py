"""Rules are data, read strictly."""

import copy
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.quality import DEFAULT_QUALITY, DEFAULT_QUALITY_RULES, Check, Level, Screen, parse_quality
from models.errors import Invalid
from tests.unit.alerts.quality.streams import Station, body

PATHS = [
    ("coarse_above_s",),
    ("floors", "pm25"),
    ("missing", "forget_s"),
    ("range", "spans", "co", "fail_high"),
    ("range", "winter", "first_month"),
    ("range", "dust", "spans", "pm10", "suspect_high"),
    ("spike", "fine", "suspect"),
    ("rate_of_change", "coarse_per_s", "o3"),
    ("flat_line", "coarse", "exempt_below", "so2"),
    ("cross_parameter", "fail", "margin"),
    ("twins", "relative"),
    ("humidity", "stuck_s"),
    ("warm_up", "for_s"),
    ("clock", "count"),
    ("withhold", "spike"),
]


def changed(path: tuple[str, ...], value: Any) -> dict[str, Any]:
    found = copy.deepcopy(DEFAULT_QUALITY)
    place = found
    for name in path[:-1]:
        place = place[name]
    place[path[-1]] = value
    return found


def without(path: tuple[str, ...]) -> dict[str, Any]:
    found = copy.deepcopy(DEFAULT_QUALITY)
    place = found
    for name in path[:-1]:
        place = place[name]
    del place[path[-1]]
    return found


def test_the_defaults_survive_json() -> None:
    parsed = parse_quality(json.loads(json.dumps(DEFAULT_QUALITY)), 1)
    assert parsed.flat_line == DEFAULT_QUALITY_RULES.flat_line
    assert parsed.gross_range == DEFAULT_QUALITY_RULES.gross_range
    assert parsed.version == 1


@pytest.mark.parametrize("path", PATHS, ids=".".join)
def test_a_fault_is_named_by_its_place(path: tuple[str, ...]) -> None:
    place = r"quality\." + r"\.".join(path)
    with pytest.raises(Invalid, match=place):
        parse_quality(changed(path, "much"), 1)
    with pytest.raises(Invalid, match=place):
        parse_quality(changed(path, True), 1)
    with pytest.raises(Invalid, match=place):
        parse_quality(changed(path, -1e9), 1)
    with pytest.raises(Invalid, match=f"{place}: is missing"):
        parse_quality(without(path), 1)
    with pytest.raises(Invalid, match=r"is no (name of a rule|pollutant)"):
        parse_quality(changed((*path[:-1], "vibes"), 1), 1)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("spike", "fine", "suspect"), 6),
        (("flat_line", "fine", "suspect_s"), 20000),
        (("cross_parameter", "suspect", "ratio"), 2),
        (("range", "spans", "pm25", "suspect_high"), 1001),
        (("range", "dust", "first_month"), 2),
        (("clock", "count"), 2.5),
        (("withhold", "spike"), 9),
        (("range", "spans", "pm25"), None),
    ],
)
def test_what_contradicts_itself_is_refused(path: tuple[str, ...], value: Any) -> None:
    with pytest.raises(Invalid, match=r"quality\."):
        parse_quality(changed(path, value), 1)


def test_a_rate_may_be_left_untested() -> None:
    rules = parse_quality(changed(("rate_of_change", "fine_per_s", "so2"), None), 1)
    station = Station(rules=rules).warm()
    assert station.take((30.0, 60.0, 500.0, 40.0, 3.0, 60.0)).flags == ()


json_value = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=5,
)


@settings(max_examples=200, deadline=None)
@given(
    st.sampled_from([*PATHS, *{path[:1] for path in PATHS}, *{path[:-1] for path in PATHS if path[1:]}]),
    json_value,
)
def test_any_json_is_rules_or_invalid(path: tuple[str, ...], value: Any) -> None:
    try:
        rules = parse_quality(changed(path, value), 1)
    except Invalid:
        return
    Station(rules=rules).warm()


def test_every_test_that_can_withhold_has_its_say() -> None:
    assert set(DEFAULT_QUALITY_RULES.withhold) == set(Check)
    assert DEFAULT_QUALITY_RULES.withhold[Check.RANGE] is Level.FAIL
    assert set(body()["withhold"]) == {c.value for c in Check} - {"range", "missing", "twins", "maintenance"}


def test_stations_of_one_cadence_share_their_terms() -> None:
    assert Screen(DEFAULT_QUALITY_RULES, 60).terms is Screen(DEFAULT_QUALITY_RULES, 60.0).terms
    assert Screen(DEFAULT_QUALITY_RULES, 60).terms is not Screen(DEFAULT_QUALITY_RULES, 150).terms


@pytest.mark.parametrize("dumped", [(0, b""), (1, b"short"), (2, Station().screen.dump()[1])])
def test_a_foreign_dump_is_refused(dumped: tuple[int, bytes]) -> None:
    with pytest.raises(ValueError, match="no memory of this release"):
        Screen.restore(DEFAULT_QUALITY_RULES, 60, dumped)
