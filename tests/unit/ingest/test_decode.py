"""Bytes in, readings or a precise reason out; never an exception."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.ingest.decode import MAX_ITEMS, MAX_PAYLOAD, Bounds, decode, decode_status, parse_topic
from models.enums import QuarantineReason
from models.facts import Reading, Rejected

NOW = datetime(2026, 11, 23, 0, 30, tzinfo=UTC)
BOUNDS = Bounds.at(NOW, timedelta(days=400))
EXAMPLE = {
    "observed_at": "2026-11-23T08:00:00+08:00",
    "seq": 1042,
    "values": {"pm25": 35.2, "pm10": 60.1, "so2": 8, "no2": 31, "co": 0.7, "o3": 55},
    "met": {
        "temperature": -3.1,
        "humidity": 61,
        "pressure": 945.2,
        "wind_speed": 1.8,
        "wind_direction": 240,
    },
    "location": {"lon": 87.304, "lat": 44.013},
}


def one(**changed: object) -> Reading | Rejected:
    body = {k: v for k, v in (EXAMPLE | changed).items() if v is not ...}
    readings, rejected = decode("S", json.dumps(body).encode(), BOUNDS)
    assert len(readings) + len(rejected) == 1
    return (readings + rejected)[0]  # type: ignore[operator]  # one of the two is empty


def reason(**changed: object) -> QuarantineReason:
    result = one(**changed)
    assert isinstance(result, Rejected)
    return result.reason


def test_the_contract_s_example() -> None:
    assert one() == Reading(
        "S",
        datetime(2026, 11, 23, 0, 0, tzinfo=UTC),
        (35.2, 60.1, 8.0, 31.0, 0.7, 55.0),
        (-3.1, 61.0, 945.2, 1.8, 240.0),
        1042,
        87.304,
        44.013,
    )


def test_only_the_instant_and_one_value_are_needed() -> None:
    result = one(seq=..., met=..., location=..., values={"pm10": None})
    assert isinstance(result, Reading)
    assert result.values == (None,) * 6


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"values": {}}, QuarantineReason.NO_VALUES),
        ({"values": ...}, QuarantineReason.SCHEMA),
        ({"values": {"pm25": "35"}}, QuarantineReason.SCHEMA),
        ({"values": {"pm25": True}}, QuarantineReason.SCHEMA),
        ({"values": {"pm2.5": 35}}, QuarantineReason.SCHEMA),
        ({"values": {"pm25": 1e9}}, QuarantineReason.SCHEMA),
        ({"values": [1]}, QuarantineReason.SCHEMA),
        ({"observed_at": ...}, QuarantineReason.BAD_TIME),
        ({"observed_at": "2026-11-23T08:00:00"}, QuarantineReason.BAD_TIME),
        ({"observed_at": 1764000000}, QuarantineReason.BAD_TIME),
        ({"observed_at": "yesterday"}, QuarantineReason.BAD_TIME),
        ({"observed_at": "0001-01-01T00:00:00+14:00"}, QuarantineReason.BAD_TIME),
        ({"observed_at": "2026-11-23T08:40:01+08:00"}, QuarantineReason.FUTURE),
        ({"observed_at": "2020-01-01T00:00:00Z"}, QuarantineReason.TOO_OLD),
        ({"seq": -1}, QuarantineReason.SCHEMA),
        ({"location": {"lon": 200, "lat": 0}}, QuarantineReason.SCHEMA),
        ({"met": {"humidity": "wet"}}, QuarantineReason.SCHEMA),
    ],
)
def test_each_fault_has_its_reason(changed: dict[str, object], expected: QuarantineReason) -> None:
    assert reason(**changed) is expected


def test_ten_minutes_ahead_is_still_a_clock_a_little_fast() -> None:
    assert isinstance(one(observed_at="2026-11-23T08:40:00+08:00"), Reading)


@pytest.mark.parametrize(
    "payload", [b"", b"  ", b"not json", b"{", b"[1, 2", b"\xff\xfe", b"NaN", b"[" * 5000]
)
def test_what_is_not_json_says_so(payload: bytes) -> None:
    readings, rejected = decode("S", payload, BOUNDS)
    assert not readings
    assert {r.reason for r in rejected} <= {QuarantineReason.NOT_JSON, QuarantineReason.SCHEMA}
    assert rejected


def test_bytes_that_are_no_text_in_a_field_nobody_reads_are_no_crash() -> None:
    """Found by fuzzing: the values all missing, and broken UTF-8 elsewhere."""
    said = b'{"observed_at": "2026-11-23T08:00:00+08:00", "values": {"pm25": null}, "x": "\xad"}'
    assert isinstance(decode("S", said, BOUNDS)[0][0], Reading)


def test_a_bad_item_does_not_cost_the_others() -> None:
    items = [EXAMPLE, EXAMPLE | {"values": {}}, 17, EXAMPLE]
    readings, rejected = decode("S", json.dumps(items).encode(), BOUNDS)
    assert len(readings) == 2
    assert [r.reason for r in rejected] == [QuarantineReason.NO_VALUES, QuarantineReason.SCHEMA]
    assert json.loads(rejected[0].payload) == items[1]


def test_limits() -> None:
    readings, (many,) = decode("S", json.dumps([0] * (MAX_ITEMS + 1)).encode(), BOUNDS)
    assert (readings, many.reason) == ([], QuarantineReason.TOO_MANY)
    _, (large,) = decode("S", b"x" * (MAX_PAYLOAD + 1), BOUNDS)
    assert (large.reason, large.truncated, len(large.payload)) == (
        QuarantineReason.OVERSIZE,
        True,
        MAX_PAYLOAD,
    )
    _, (empty,) = decode("S", b"[]", BOUNDS)
    assert empty.reason is QuarantineReason.NO_VALUES


@given(st.binary(max_size=400))
def test_no_bytes_are_a_crash(payload: bytes) -> None:
    readings, rejected = decode("S", payload, BOUNDS)
    assert readings or rejected
    decode_status(payload)


json_values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(st.sampled_from(sorted(EXAMPLE)), json_values), st.booleans())
def test_no_json_is_a_crash(changed: dict[str, object], array: bool) -> None:
    body: object = EXAMPLE | changed
    readings, rejected = decode("S", json.dumps([body] if array else body).encode(), BOUNDS)
    assert len(readings) + len(rejected) == 1
    assert all("\x00" not in r.detail for r in rejected)


@pytest.mark.parametrize(
    "topic",
    [
        "geshao/v1/652301/S",
        "geshao/v2/652301/S/reading",
        "geshao/v1//S/reading",
        "x",
        "geshao/v1/652301/S/order",
        "",
    ],
)
def test_foreign_topics(topic: str) -> None:
    assert parse_topic(topic) is None


def test_status() -> None:
    assert decode_status(b"online") is True
    assert decode_status(b" OFFLINE\n") is False
    assert isinstance(decode_status(b"sleeping"), Rejected)
