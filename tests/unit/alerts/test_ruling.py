"""What each station is judged by: told as plain data, parsed once for every combination there is."""

import json
from datetime import date
from typing import Any

from alerts.network.rules import WHOLE_NETWORK
from alerts.ruling import Stand, parsed, ruling
from models.enums import ResponseLevel
from tests.rulebodies import default, knob, patch, patch_at, turned, value_at

WINTER, SUMMER = date(2026, 1, 10), date(2026, 7, 1)
STANDS: tuple[Stand, ...] = (
    (1, "WZ-1", ("65", "6523", "652301")),
    (2, "WZ-2", ("65", "6523", "652301", "652301100")),
    (3, "WZ-3", ("65", "6523", "652302")),
    (4, "WZ-4", ("65", "6523", "652301")),
)
NOTICE = ("exceedance_hour", "thresholds", "pm25", "notice")
SILENT = ("network", "fault", "silent_s")


def whole(**overrides: Any) -> dict[str, Any]:
    heating = {"from": "10-15", "to": "04-15", "patch": patch(1)}
    schedules = {"seasons": {"heating": heating}, "response": {"red": patch(2)}}
    return default() | {"schedules": schedules, "overrides": overrides}


def of(
    body: dict[str, Any], *, on: date = SUMMER, level: ResponseLevel = ResponseLevel.NONE
) -> dict[str, Any]:
    return ruling(body, STANDS, version=7, on=on, response_level=level)


def test_without_overrides_all_have_the_rules_of_the_day() -> None:
    found = of(whole(), on=WINTER, level=ResponseLevel.RED)
    assert (found["layers"], found["patches"], found["own"]) == (["season heating", "response red"], {}, [])
    assert value_at(found["body"], knob()) == turned(2)
    assert not {"schedules", "overrides"} & found["body"].keys()
    rules, own = parsed(found)
    assert (rules.version, rules.layers, own) == (7, ("season heating", "response red"), {})


def test_stations_with_the_same_layers_share_one_parsed_set() -> None:
    grids = {"652301": patch_at(NOTICE, 90), "652301100": patch_at(NOTICE, 80), "652399": patch_at(NOTICE, 1)}
    body = whole(grids=grids, stations={"WZ-4": patch_at(NOTICE, 70)})
    found = of(body, on=WINTER)
    assert found["own"] == [
        [["grid 652301"], [1]],
        [["grid 652301", "grid 652301100"], [2]],
        [["grid 652301", "station WZ-4"], [4]],
    ]
    assert "grid 652399" not in found["patches"]
    rules, own = parsed(json.loads(json.dumps(found)))
    notices = {id_: one.exceedance_hour.thresholds["pm25"].notice for id_, one in own.items()}
    assert notices == {1: 90, 2: 80, 4: 70}
    assert rules.exceedance_hour.thresholds["pm25"].notice == 115
    assert own[4].layers == ("season heating", "grid 652301", "station WZ-4")
    assert all(one.quality is rules.quality for one in own.values())
    _, own = parsed(of(whole(grids={"6523": patch_at(NOTICE, 90)})))
    assert len(own) == 4
    assert len({id(one) for one in own.values()}) == 1


def test_the_order_of_the_stations_changes_nothing() -> None:
    body = whole(grids={"6523": patch(3), "652301": patch(4)}, stations={"WZ-2": patch(5)})
    turned_round = ruling(body, STANDS[::-1], version=7, on=SUMMER, response_level=ResponseLevel.NONE)
    assert json.dumps(turned_round, sort_keys=True) == json.dumps(of(body), sort_keys=True)


def test_quality_control_may_be_a_station_s_own() -> None:
    place = ("quality", "flat_line", "fine", "suspect_s")
    rules, own = parsed(of(whole(stations={"WZ-1": patch_at(place, 1800)})))
    assert (own[1].quality.flat_line.fine.suspect_s, rules.quality.flat_line.fine.suspect_s) == (1800, 3600)


def test_the_setting_for_silence_stands_unless_an_override_names_it() -> None:
    body = whole(grids={"652302": patch_at(NOTICE, 90)}, stations={"WZ-1": patch_at(SILENT, 3600)})
    rules, own = parsed(of(body), silent_s=900.0)
    assert rules.network.fault.silent_s == 900
    assert (own[1].network.fault.silent_s, own[3].network.fault.silent_s) == (3600, 900)
    assert parsed(of(body))[0].network.fault.silent_s == 3600


def test_what_the_network_shares_are_names_of_its_rules() -> None:
    for path in WHOLE_NETWORK:
        value_at(default()["network"], path)
