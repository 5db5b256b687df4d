"""The `hj212` of a station in a registry file: what it may say, and each fault with its place."""

from typing import Any

import pytest

from app.ingest.hj212.profile import read_dialect
from app.registry import default_registry_text
from tests.unit.registry.texts import faults, registry, station


def profile(text: str) -> dict[str, Any] | None:
    return registry(station(hj212=text)).stations[0].hj212


def test_nothing_said_is_nothing_stored_and_an_empty_one_is_strict_again() -> None:
    assert registry(station()).stations[0].hj212 is None
    assert profile("null") is None
    assert profile("{}") == {}


def test_what_is_said_is_stored_plainly() -> None:
    text = (
        "{tolerate: [modbus_crc, version_2005, modbus_crc], systems: [22, '31'], mn: 0652301, ignore: [day, hour],"
        " data_time: end, minute_interval: 5, offset: '+06:00', good_flags: [N, 3],"
        " codes: {H01: humidity, TSP: ignore}, units: {pm25: mg/m³, temperature: ℃, co: ppm}, scale: {pm10: 0.1}}"
    )
    said = profile(text)
    assert said == {
        "tolerate": ["modbus_crc", "version_2005"],
        "systems": ["22", "31"],
        "mn": "0652301",
        "readings": ["realtime", "minute"],
        "ignore": ["day", "hour"],
        "data_time": "end",
        "minute_interval": 5,
        "offset": "+06:00",
        "good_flags": ["N", "3"],
        "codes": {"H01": "humidity", "TSP": "ignore"},
        "units": {"pm25": "mg/m3", "temperature": "C", "co": "ppm"},
        "scale": {"pm10": 0.1},
    }
    assert read_dialect(said, 60) is not None
    assert said == profile(text)


FAULTS = [
    ("no mapping", "[modbus_crc]", "stations[0].hj212", "station S1: hj212 must be a mapping, not a list"),
    ("unknown key", "{crc: modbus}", "stations[0].hj212.crc", "station S1: hj212: unknown key; known are tol"),
    ("unknown tolerance", "{tolerate: [all]}", "hj212.tolerate[0]", "'all' is none of modbus_crc"),
    ("tolerance no list", "{tolerate: modbus_crc}", "hj212.tolerate", "must be a list"),
    ("day as a reading", "{readings: [day]}", "hj212.readings[0]", "'day' is none of realtime, minute, hour"),
    ("read and ignored", "{readings: [hour], ignore: [hour]}", "hj212.ignore", "among the readings as well"),
    ("no system", "{systems: []}", "hj212.systems", "a list that is not empty"),
    ("long system", "{systems: [222]}", "hj212.systems[0]", "is not 1 to 2 letters and digits"),
    ("middle", "{data_time: middle}", "hj212.data_time", "'middle' is none of start, end"),
    ("seven minutes", "{minute_interval: 7}", "hj212.minute_interval", "7 is none of 1, 2, 3"),
    ("no minutes", "{minute_interval: 60}", "hj212.minute_interval", "outside 1 to 30"),
    ("offset", "{offset: '8'}", "hj212.offset", "'8' is no offset"),
    ("offset too far", "{offset: '+25:00'}", "hj212.offset", "is no offset"),
    ("code with a dash", "{codes: {a-b: pm25}}", "hj212.codes.a-b", "cannot be a factor code"),
    ("meaning", "{codes: {a1: tsp}}", "hj212.codes.a1", "a1 means 'tsp', none of pm25"),
    ("unit of nothing", "{units: {tsp: mg/m3}}", "hj212.units.tsp", "'tsp' is none of pm25"),
    ("unknown unit", "{units: {pm25: ppb}}", "hj212.units.pm25", "pm25 in 'ppb', none of ug/m3, mg/m3, ng/m3"),
    ("units no mapping", "{units: [mg/m3]}", "hj212.units", "units must be a mapping"),
    ("scale 0", "{scale: {pm25: 0}}", "hj212.scale.pm25", "is no scale"),
    ("scale as text", "{scale: {pm25: '2'}}", "hj212.scale.pm25", "is no scale"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "where", "says"), [f[1:] for f in FAULTS], ids=[f[0] for f in FAULTS])
def test_a_fault_is_named_with_its_place(text: str, where: str, says: str) -> None:
    (line,) = faults(station(hj212=text))
    assert line.startswith("r.yaml:2: stations[0].hj212")
    assert where in line
    assert says in line


def test_the_shipped_registry_says_nothing_of_it() -> None:
    assert {item.hj212 for item in registry(default_registry_text()).stations} == {None}
