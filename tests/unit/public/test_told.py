"""What is published of a place's hour, and of who answers."""

import re
from datetime import UTC, date, datetime

import pytest

from airquality.levels import LEVELS
from app.console.pages import assets
from app.console.public import LEVEL
from app.public.told import StationHour, air_document, grids_document, whole_hour
from app.registry.directory import GridInfo
from app.settings import Channel, load_settings
from app.views.public import Answering, Published
from models.errors import ConfigurationError
from models.ids import GridId

NOW = datetime(2026, 11, 23, 8, 20, tzinfo=UTC)
TOP = GridInfo(GridId(1), "652300", "昌吉州", 1, "administrative", None)
COUNTY = GridInfo(GridId(2), "652324", "玛纳斯县", 2, "administrative", GridId(1))
FULL = {"pm25": 75.0, "pm10": 100.0, "so2": 10.0, "no2": 20.0, "co": 0.84, "o3": 30.0}


def station(count: int = 60, cadence: int = 60, **means: float) -> StationHour:
    return StationHour(2, cadence, {name: (value, count) for name, value in (FULL | means).items()})


def place(*hours: StationHour) -> dict[str, object]:
    (found,) = air_document([TOP, COUNTY], hours, NOW)["places"]
    return found  # type: ignore[no-any-return]


def test_the_hour_is_the_newest_that_is_over() -> None:
    assert whole_hour(NOW) == (datetime(2026, 11, 23, 7, tzinfo=UTC), datetime(2026, 11, 23, 8, tzinfo=UTC))
    assert whole_hour(NOW.replace(minute=0))[1] == NOW.replace(minute=0)


def test_a_place_is_the_mean_of_its_stations_and_has_its_aqi() -> None:
    found = place(station(pm25=50.0), station(pm25=100.0))
    assert found["concentrations"] == {
        "pm25": 75.0,
        "pm10": 100.0,
        "so2": 10.0,
        "no2": 20.0,
        "co": 0.8,
        "o3": 30.0,
    }
    # HJ 633-2026: PM2.5 60 to 115 is IAQI 100 to 150.
    assert (found["aqi"], found["level"], found["primary"]) == (114, 3, ["pm25"])
    assert (found["stations"], found["of"]) == (2, 2)


def test_an_hour_with_too_few_minutes_is_no_data() -> None:
    assert place(station(count=44))["aqi"] is None
    assert place(station(count=44))["stations"] == 0
    assert place(station(count=45))["aqi"] is not None
    assert place(station(count=9, cadence=300))["aqi"] is not None
    nothing = place()
    assert (nothing["aqi"], nothing["stations"], nothing["of"], nothing["missing"]) == (None, 0, 0, [])


def test_where_a_pollutant_is_missing_an_aqi_is_published_only_over_100() -> None:
    without = {name: (value, 60) for name, value in FULL.items() if name != "o3"}
    assert place(StationHour(2, 60, without | {"pm25": (20.0, 60)}))["aqi"] is None
    assert place(StationHour(2, 60, without | {"pm25": (20.0, 60)}))["missing"] == ["o3"]
    assert place(StationHour(2, 60, without | {"pm25": (115.0, 60)}))["aqi"] == 150


def test_noise_below_nothing_is_nothing() -> None:
    assert place(station(so2=-1.5))["concentrations"]["so2"] == 0  # type: ignore[index]


def test_who_answers_is_told_by_name_alone() -> None:
    channels = (Channel(name="12345", value="12345"), Channel(name="办公室", value="0994-1", grid="652324"))
    people = {
        2: [
            Answering("chief", "甲", "party"), Answering("sub_chief", "丁", None, [3, 9]),
            Answering("supervisor", "乙"), Answering("supervisor", "丙"),
        ]
    }  # fmt: skip
    listed = {2: Published(date(2026, 11, 1), "公示栏", "0994-2")}
    told = grids_document([TOP, COUNTY], people, channels, NOW, listed)
    assert told["channels"] == [{"kind": "phone", "name": "12345", "name_en": None, "value": "12345"}]
    assert told["grids"][1] == {
        "code": "652324", "name": "玛纳斯县", "level": 2, "parent": "652300", "chiefs": ["甲"],
        "heads": [{"name": "甲", "post": "party"}], "sub_chiefs": [{"name": "丁", "covers": []}],
        "supervisors": ["乙", "丙"], "list": {"as_of": "2026-11-01", "place": "公示栏", "contact": "0994-2"},
        "channels": [{"kind": "phone", "name": "办公室", "name_en": None, "value": "0994-1"}],
    }  # fmt: skip


def test_channels_are_a_setting() -> None:
    assert [one.value for one in load_settings({}).public.channels] == ["12345", "12369"]
    given = load_settings(
        {"GESHAO_PUBLIC__CHANNELS": '[{"kind": "email", "name": "州大气办", "value": "a@b.cn"}]'}
    )
    assert [(one.kind, one.value) for one in given.public.channels] == [("email", "a@b.cn")]
    assert load_settings({"GESHAO_PUBLIC__CHANNELS": "[]"}).public.channels == ()


@pytest.mark.parametrize(
    "text",
    [
        "12345",
        "{",
        '[{"value": "1"}]',
        '[{"kind": "web", "name": "x", "value": "javascript:alert(1)"}]',
        '[{"kind": "email", "name": "x", "value": "nobody"}]',
        '[{"kind": "pigeon", "name": "x", "value": "1"}]',
    ],
)
def test_a_channel_that_leads_nowhere_stops_the_start(text: str) -> None:
    with pytest.raises(ConfigurationError, match="GESHAO_PUBLIC__CHANNELS"):
        load_settings({"GESHAO_PUBLIC__CHANNELS": text})


def test_the_colours_are_those_of_the_standard_and_each_has_its_word() -> None:
    css = assets()["public.css"].content.decode()
    found = {
        int(n): tuple(map(int, rgb.split())) for n, rgb in re.findall(r"\.aqi-(\d) .*?rgb\(([\d ]+)\)", css)
    }
    assert found == {level.number: level.rgb for level in LEVELS}
    assert set(LEVEL) == set(found)
    others = [name for name, asset in assets().items() if name.endswith(".css") and b".aqi-" in asset.content]
    assert others == ["public.css"]
