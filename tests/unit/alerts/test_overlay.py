"""Which patch wins, on which day, and that nothing can come out that does not parse."""

import json
import re
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.network.rules import WHOLE_NETWORK
from alerts.overlay import base, check, effective, layers
from alerts.ruleset import DEFAULT_RULES, parse_rules
from models.enums import ResponseLevel
from models.errors import Invalid
from models.merge_patch import merge
from tests.rulebodies import broken, default, knob, patch, patch_at, turned, value_at

PATH = ("65", "6523", "652301")
PATHS = {"WZ-1": PATH, "WZ-2": ("65", "6523", "652302"), "WZ-9": ("65",)}
GRIDS = {"65", "6523", "652301", "652302"}
WINTER, SUMMER = date(2026, 1, 10), date(2026, 7, 1)
HEATING = {"from": "10-15", "to": "04-15"}


def whole(**over: Any) -> dict[str, Any]:
    return (
        default()
        | {
            "schedules": {
                "seasons": {"heating": HEATING | {"patch": patch(1)}},
                "response": {"orange": patch(2)},
            },
            "overrides": {
                "grids": {"652301": patch(4), "65": patch(3)},
                "stations": {"WZ-1": patch(5)},
            },
        }
        | over
    )


def value(
    body: dict[str, Any],
    *,
    on: date = SUMMER,
    level: ResponseLevel = ResponseLevel.NONE,
    path: tuple[str, ...] = (),
    station: str | None = None,
) -> Any:
    rules = effective(body, on=on, response_level=level, grid_path=path, station=station)
    parse_rules(rules)
    return value_at(rules, knob())


# ------------------------------------------------------------------ RFC 7396, appendix A


@pytest.mark.parametrize(
    ("target", "over", "result"),
    [
        ({"a": "b"}, {"a": "c"}, {"a": "c"}),
        ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
        ({"a": "b"}, {"a": None}, {}),
        ({"a": "b", "b": "c"}, {"a": None}, {"b": "c"}),
        ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
        ({"a": "c"}, {"a": ["b"]}, {"a": ["b"]}),
        ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
        ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}),
        (["a", "b"], ["c", "d"], ["c", "d"]),
        ({"a": "b"}, ["c"], ["c"]),
        ({"a": "foo"}, None, None),
        ({"a": "foo"}, "bar", "bar"),
        ({"e": None}, {"a": 1}, {"e": None, "a": 1}),
        ([1, 2], {"a": "b", "c": None}, {"a": "b"}),
        ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
    ],
)
def test_merge_does_as_the_rfc_says(target: Any, over: Any, result: Any) -> None:
    before = json.dumps([target, over])
    assert merge(target, over) == result
    assert json.dumps([target, over]) == before


# ------------------------------------------------------------------ which one wins


def test_the_narrower_wins() -> None:
    body = whole()
    assert value(body) == value_at(DEFAULT_RULES, knob())
    assert value(body, on=WINTER) == turned(1)
    assert value(body, on=WINTER, level=ResponseLevel.ORANGE) == turned(2)
    assert value(body, on=WINTER, level=ResponseLevel.ORANGE, path=("65", "6523")) == turned(3)
    assert value(body, on=WINTER, level=ResponseLevel.ORANGE, path=PATH) == turned(4)
    assert value(body, on=WINTER, level=ResponseLevel.ORANGE, path=PATH, station="WZ-1") == turned(5)
    assert value(body, path=PATH, station="WZ-7") == turned(4)
    # Only the level in force counts, not those below it.
    assert value(body, level=ResponseLevel.RED) == value_at(DEFAULT_RULES, knob())


def test_seasons_that_overlap_follow_each_other_by_name() -> None:
    seasons = {"b": HEATING | {"patch": patch(2)}, "a": {"from": "01-01", "to": "01-31", "patch": patch(1)}}
    body = default() | {"schedules": {"seasons": seasons}}
    names = [
        name
        for name, _ in layers(body, on=WINTER, response_level=ResponseLevel.NONE, grid_path=(), station=None)
    ]
    assert names == ["season a", "season b"]
    assert value(body, on=WINTER) == turned(2)


@pytest.mark.parametrize(
    ("day", "inside"),
    [
        (date(2026, 10, 14), False),
        (date(2026, 10, 15), True),
        (date(2026, 12, 31), True),
        (date(2027, 1, 1), True),
        (date(2028, 2, 29), True),
        (date(2027, 4, 15), True),
        (date(2027, 4, 16), False),
    ],
)
def test_a_season_has_both_its_days_and_goes_over_the_new_year(day: date, inside: bool) -> None:
    assert (value(whole(), on=day) == turned(1)) is inside


def test_a_season_within_a_year_is_not_the_rest_of_it() -> None:
    body = default() | {
        "schedules": {"seasons": {"dust": {"from": "03-01", "to": "05-31", "patch": patch(1)}}}
    }
    assert value(body, on=date(2026, 3, 1)) == turned(1)
    assert value(body, on=date(2026, 2, 28)) != turned(1)
    assert value(body, on=date(2026, 6, 1)) != turned(1)


def test_the_base_is_the_body_without_what_overrides_it() -> None:
    assert base(whole()) == DEFAULT_RULES
    assert base(default()) == DEFAULT_RULES


@given(
    on=st.dates(),
    level=st.sampled_from(ResponseLevel),
    station=st.sampled_from([*PATHS, None]),
)
def test_whatever_is_in_force_parses_and_changes_nothing_given(
    on: date, level: ResponseLevel, station: str | None
) -> None:
    body = whole()
    text = json.dumps(body, sort_keys=True)
    check(body, paths=PATHS, grids=GRIDS)
    rules = effective(
        body, on=on, response_level=level, grid_path=PATHS.get(station or "", ()), station=station
    )
    parse_rules(rules)
    assert json.dumps(body, sort_keys=True) == text


# ------------------------------------------------------------------ faults


def test_what_is_well_is_taken() -> None:
    check(default(), paths={}, grids=())
    check(whole(), paths=PATHS, grids=GRIDS)
    check(default() | {"schedules": {}, "overrides": {}}, paths={}, grids=())


@pytest.mark.parametrize(
    ("over", "message"),
    [
        ({"schedules": []}, "rules.schedules: wants a group"),
        ({"schedules": {"seasonal": {}}}, "rules.schedules.seasonal: is none of"),
        ({"schedules": {"seasons": {"Winter": HEATING | {"patch": {}}}}}, "seasons.Winter: a season's name"),
        ({"schedules": {"seasons": {"x": {"from": "1-1", "to": "04-15", "patch": {}}}}}, "seasons.x.from: wants a day"),
        ({"schedules": {"seasons": {"x": {"from": "02-30", "to": "04-15", "patch": {}}}}}, "seasons.x.from"),
        ({"schedules": {"seasons": {"x": {"from": "02-01", "patch": {}}}}}, "seasons.x.to: wants a day"),
        ({"schedules": {"seasons": {"x": HEATING}}}, "seasons.x.patch: wants a group"),
        ({"schedules": {"seasons": {"x": HEATING | {"patch": {}, "why": 1}}}}, "seasons.x.why: is none of"),
        ({"schedules": {"response": {"blue": {}}}}, "response.blue: is no level"),
        ({"schedules": {"response": {"none": {}}}}, "response.none: is no level"),
        ({"schedules": {"response": {"red": 3}}}, "response.red: wants a group"),
        ({"overrides": {"grids": {"65": {"overrides": {}}}}}, "grids.65.overrides: cannot be overridden"),
        ({"overrides": {"grids": {"999": {}}}}, "rules.overrides.grids.999: is no grid of the registry"),
        ({"overrides": {"stations": {"WZ-8": {}}}}, "rules.overrides.stations.WZ-8: is no station of the registry"),
        ({"overrides": {"stations": {"WZ-1": broken()}}}, "with .*station WZ-1: rules"),
        ({"overrides": {"grids": {"6523": broken()}}}, "with grid 6523: rules"),
        ({"schedules": {"response": {"red": broken()}}}, "with .*response red.*: rules"),
        ({"schedules": {"seasons": {"x": HEATING | {"patch": broken()}}}}, "with season x.*: rules"),
        ({"schedules": {"seasons": {"x": HEATING | {"patch": {"nonsense": 1}}}}}, "nonsense"),
        ({"nonsense": 1}, "rules.nonsense"),
    ],
)  # fmt: skip
def test_a_fault_is_named_by_its_place(over: dict[str, Any], message: str) -> None:
    with pytest.raises(Invalid, match=message):
        check(whole(**over), paths=PATHS, grids=GRIDS)


@pytest.mark.parametrize("path", WHOLE_NETWORK, ids=".".join)
@pytest.mark.parametrize(("group", "key"), [("grids", "652301"), ("stations", "WZ-1")])
def test_what_holds_for_the_whole_network_is_no_override_s(
    path: tuple[str, ...], group: str, key: str
) -> None:
    found = value_at(DEFAULT_RULES["network"], path)
    place = (
        f"rules.overrides.{group}.{key}.network.{'.'.join(path)}: holds for the whole network; only the base"
    )
    for value in (found, None):
        over = patch_at(("network", *path), value)
        with pytest.raises(Invalid, match=re.escape(place)):
            check(default() | {"overrides": {group: {key: over}}}, paths=PATHS, grids=GRIDS)
        seasons = {"heating": HEATING | {"patch": over}}
        schedules = {"seasons": seasons, "response": {"orange": over}}
        check(default() | {"schedules": schedules}, paths=PATHS, grids=GRIDS)


@pytest.mark.parametrize(
    "path", [("network",), ("network", "fine"), ("network", "coarse"), ("network", "fault")]
)
def test_nor_may_one_take_away_what_it_stands_in(path: tuple[str, ...]) -> None:
    over = {"stations": {"WZ-1": patch_at(path, None)}}
    with pytest.raises(
        Invalid, match=re.escape(f"stations.WZ-1.{'.'.join(path)}: holds for the whole network")
    ):
        check(default() | {"overrides": over}, paths=PATHS, grids=GRIDS)


def test_the_rest_of_the_network_s_figures_may_be_overridden() -> None:
    network = {
        "fine": {"z": 4.0, "floors": {"pm25": 8}, "log_ratio": 0.3},
        "coarse": {"first": 4.0},
        "signature": {"damp_percent": 80.0},
        "limit": {"neighbours": 2},
        "fault": {"silent_s": 7200, "moved_km": 1.0},
    }
    check(default() | {"overrides": {"grids": {"652301": {"network": network}}}}, paths=PATHS, grids=GRIDS)


def test_two_patches_that_are_well_alone_and_not_together_are_found() -> None:
    place = knob()
    name = place[0]
    body = default() | {
        "schedules": {"response": {"red": {name: {place[1]: None} if len(place) > 1 else None}}},
    }
    with pytest.raises(Invalid, match="with response red"):
        check(body, paths={}, grids=())
