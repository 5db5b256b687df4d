"""What sound frames mean under the strict profile and under others, and why the rest is refused."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.ingest.decode import MAX_ITEMS, MAX_PAYLOAD, Bounds
from app.ingest.hj212.message import Decoded, decode, join
from app.ingest.hj212.profile import Profile, dialect_of, read_dialect
from app.ingest.hj212.reading import Part
from models.enums import QuarantineReason
from models.facts import Reading, Rejected
from tests.fuzz.targets import frames as check
from tests.hj212 import EVERYTHING, dialect, frame, vectors, wrapped

NOW = datetime(2026, 11, 23, 3, 30, tzinfo=UTC)
BOUNDS = Bounds.at(NOW, timedelta(days=400))
TIME = "DataTime=20261123100000;"


def taken(raw: bytes, cadence_s: int = 60, **profile: Any) -> Decoded:
    return decode("S", raw, dialect(cadence_s, **profile), BOUNDS)


def one(raw: bytes, cadence_s: int = 60, **profile: Any) -> Reading:
    decoded = taken(raw, cadence_s, **profile)
    assert decoded.rejected == []
    (reading,) = decoded.readings
    return reading


def refused(raw: bytes, **profile: Any) -> Rejected:
    decoded = taken(raw, **profile)
    assert (decoded.readings, decoded.parts) == ([], [])
    (rejected,) = decoded.rejected
    return rejected


def pm25(cp: str, **profile: Any) -> float | None:
    return one(frame(TIME + cp), **profile).values[0]


def test_real_time_and_hour_data_of_the_vectors() -> None:
    segments = dict(vectors())
    reading = one(wrapped(segments[0xF501]))
    assert reading == Reading(
        "S", datetime(2026, 11, 23, 2, tzinfo=UTC), (36.0, 67.0, None, None, None, None), (None,) * 5
    )
    # An hour's mean is known at the end of its hour, and DataTime is the beginning.
    reading = one(wrapped(segments[0x8581]))
    assert reading.observed_at == datetime(2026, 11, 23, 3, tzinfo=UTC)
    assert reading.values == (36.0, 67.0, 7.0, 35.0, 1.3, 54.0)
    assert reading.met == (-5.2, None, None, None, None)


def test_an_answer_says_nothing_about_the_air() -> None:
    assert taken(wrapped(dict(vectors())[0x9C01])) == Decoded()


@pytest.mark.parametrize(
    ("command", "cadence_s", "profile", "minutes"),
    [
        ("2011", 60, {}, 0),
        ("2051", 60, {}, 1),
        ("2051", 300, {}, 5),
        ("2051", 420, {}, 1),
        ("2051", 300, {"minute_interval": 10}, 10),
        ("2061", 300, {}, 60),
        ("2061", 300, {"data_time": "end"}, 0),
        ("2051", 300, {"data_time": "end"}, 0),
    ],
)
def test_a_reading_is_of_the_end_of_its_period(
    command: str, cadence_s: int, profile: dict[str, Any], minutes: int
) -> None:
    suffix = "Rtd" if command == "2011" else "Avg"
    reading = one(frame(f"{TIME}a34004-{suffix}=36", CN=command), cadence_s, **profile)
    assert reading.observed_at == datetime(2026, 11, 23, 2, tzinfo=UTC) + timedelta(minutes=minutes)


def test_the_offset_of_the_profile() -> None:
    assert one(frame("DataTime=20261123020000;PM25-Rtd=3"), offset="+00:00").observed_at.hour == 2


@pytest.mark.parametrize(
    ("cp", "profile", "value"),
    [
        ("a34004-Rtd=36", {}, 36.0),
        ("PM25-Rtd=36", {}, 36.0),
        ("a34004-Rtd=36,a34004-Flag=N;", {}, 36.0),
        ("a34004-Rtd=36;a34004-Flag=N", {}, 36.0),
        ("a34004-Rtd=36,a34004-Flag=D", {}, None),
        ("a34004-Rtd=36,a34004-flag=T", {}, None),
        ("a34004-Flag=D", {}, None),
        ("a34004-Rtd=", {}, None),
        ("a34004-Rtd=36,a34004-Flag=3", {"good_flags": ("N", "3")}, 36.0),
        ("a34004-Rtd=1200.5", {}, 1200.5),
        ("a34004-Rtd=+.5", {}, 0.5),
        ("a34004-Rtd=-3", {}, -3.0),
        ("a34004-Rtd=1.2e2", {}, 120.0),
        ("a34004-Rtd=0.036", {"units": {"pm25": "mg/m3"}}, 36.0),
        ("a34004-Rtd=36000", {"units": {"pm25": "ng/m3"}}, 36.0),
        ("a34004-Rtd=360", {"scale": {"pm25": 0.1}}, 36.0),
        ("Z1-Rtd=36", {"codes": {"Z1": "pm25"}}, 36.0),
        ("a34004-Rtd=36;PM25-Rtd=36.0", {}, 36.0),
        ("a34004-Rtd=36;PM25-Rtd=99", {"codes": {"PM25": "ignore"}}, 36.0),
        ("a34004-Rtd=36,a34004-EFlag=1;LA-td=50;NOIS=N", {}, 36.0),
    ],
)
def test_values_codes_flags_and_units(cp: str, profile: dict[str, Any], value: float | None) -> None:
    assert pm25(cp, **profile) == value


@pytest.mark.parametrize(
    ("cp", "profile", "place", "value"),
    [
        ("a01006-Rtd=101.02", {}, 8, 1010.2),
        ("a01006-Rtd=945.2", {"units": {"pressure": "hPa"}}, 8, 945.2),
        ("a21005-Rtd=0.7", {}, 4, 0.7),
        ("a21005-Rtd=700", {"units": {"co": "ug/m3"}}, 4, 0.7),
        ("a21005-Rtd=1", {"units": {"co": "ppm"}}, 4, 1.144901),
        ("a05024-Rtd=1", {"units": {"o3": "ppb"}}, 5, 1.961987),
        ("a21004-Rtd=1", {"units": {"no2": "ppb"}}, 3, 1.880646),
        ("a21026-Rtd=1", {"units": {"so2": "ppb"}}, 2, 2.618434),
        ("a01008-Rtd=240", {}, 10, 240.0),
    ],
)
def test_every_factor_comes_out_in_the_units_of_a_reading(
    cp: str, profile: dict[str, Any], place: int, value: float
) -> None:
    reading = one(frame(f"{TIME}{cp};PM10-Rtd=1"), **profile)
    assert (*reading.values, *reading.met)[place] == pytest.approx(value, abs=1e-9)


REFUSED: list[tuple[str, bytes, str]] = [
    ("bad_crc", frame(TIME).replace(b"ST=22", b"ST=23"), "annex A"),
    ("bad_frame", b"", "no frame"),
    ("bad_frame", b" \r\n", "no frame"),
    ("bad_frame", wrapped("QN=20261123080000001;ST=22&&"), "no CP"),
    ("bad_frame", frame(TIME + "a34004-Rtd"), "no name=value"),
    ("bad_frame", frame("", Flag="5;what"), "no name=value"),
    ("bad_field", frame(TIME, QN=""), "QN is missing (missing_qn)"),
    (
        "bad_field",
        frame("QN=20261123080000001;" + TIME, QN=""),
        "QN stands within CP, not before it (missing_qn)",
    ),
    ("bad_field", frame(TIME, QN="20261123080000"), "QN of 14 digits, not 17 (odd_qn)"),
    ("bad_field", frame(TIME, QN="yesterday"), "is no time"),
    ("bad_field", frame(TIME, Flag=""), "(version_2005)"),
    ("bad_field", frame(TIME, Flag="1"), "(version_2005)"),
    ("bad_field", frame(TIME, Flag="9"), "(version_2025)"),
    ("bad_field", frame(TIME, Flag="99"), "no known version"),
    ("bad_field", frame(TIME, Flag="five"), "no number"),
    ("bad_field", frame(TIME, Flag="7"), "Flag 7 without PNUM and PNO (flag_bits)"),
    ("bad_field", frame(TIME, PNUM="1", PNO="1"), "Flag 5 with PNUM and PNO (flag_bits)"),
    ("bad_field", frame("DataTime=20261123100000;DataTime=20261123110000;PM25-Rtd=1"), "said twice"),
    ("bad_field", frame(TIME + "PM25-Rtd=1;PM25-Rtd=2"), "said twice"),
    ("bad_part", frame(TIME, Flag="7", PNUM="2"), "not two numbers"),
    ("bad_part", frame(TIME, Flag="7", PNUM="2", PNO="3"), "no part 3 of 2"),
    ("bad_part", frame(TIME, Flag="7", PNUM="2", PNO="0"), "no part 0 of 2"),
    ("bad_part", frame(TIME, Flag="7", PNUM="65", PNO="1"), "at most 64"),
    ("bad_mn", frame(TIME, MN=""), "MN is missing"),
    ("unsupported_command", frame(TIME, CN=""), "CN ''"),
    ("unsupported_command", frame(TIME, CN="1012"), "CN '1012'"),
    ("unsupported_command", frame(TIME + "PM25-Avg=3", CN="2031"), "mean of a day"),
    ("unsupported_system", frame(TIME + "PM25-Rtd=3", ST="31"), "ST '31'"),
    ("bad_time", frame("a34004-Rtd=36"), "no DataTime"),
    ("bad_time", frame("DataTime=2026112310000a;PM25-Rtd=1"), "no time of 14 digits"),
    ("bad_time", frame("DataTime=20261123100000000;PM25-Rtd=1"), "(odd_data_time)"),
    ("bad_time", frame("DataTime=20261323100000;PM25-Rtd=1"), "not in the calendar"),
    ("bad_time", frame("DataTime=00010101000000;PM25-Rtd=1"), "not in the calendar"),
    ("bad_time", frame("DataTime=99991231235959;PM25-Avg=1", CN="2061"), "not in the calendar"),
    ("future", frame("DataTime=20261123114100;PM25-Rtd=1"), "lies ahead"),
    ("future", frame("DataTime=20261123110000;PM25-Avg=1", CN="2061"), "may be the end of its period"),
    ("too_old", frame("DataTime=20200101000000;PM25-Rtd=1"), "past retention"),
    ("no_values", frame(TIME + "LA-Rtd=50"), "names no pollutant"),
    ("no_values", frame(TIME + "a01001-Rtd=5"), "names no pollutant"),
    ("schema", frame(TIME + "a34004-Avg=5"), "a34004 has no a34004-Rtd"),
    ("schema", frame(TIME + "a34004-td=5"), "a34004 has no a34004-Rtd"),
    ("schema", frame(TIME + "a34004-Rtd=--"), "is no number"),
    ("schema", frame(TIME + "a34004-Rtd=nan"), "is no number"),
    ("schema", frame(TIME + "a34004-Rtd=1e7"), "beyond any"),
    ("schema", frame(TIME + "a34004-Rtd=1e999"), "beyond any"),
    ("schema", frame(TIME + "a34004-Rtd=1;PM25-Rtd=2"), "given twice"),
]


@pytest.mark.parametrize(("reason", "raw", "says"), REFUSED, ids=[f"{r} {s}" for r, _, s in REFUSED])
def test_each_fault_has_its_reason(reason: str, raw: bytes, says: str) -> None:
    rejected = refused(raw)
    assert (rejected.reason.value, says in rejected.detail) == (reason, True), rejected.detail
    assert rejected.payload == (raw.strip() or raw)


def test_all_that_is_wrong_is_told_at_once() -> None:
    raw = frame(TIME + "PM25-Rtd=1", QN="2026", MN="", ST="31")
    detail = refused(raw).detail
    assert [word for word in ("odd_qn", "MN is missing", "ST '31'") if word in detail] == [
        "odd_qn", "MN is missing", "ST '31'",
    ]  # fmt: skip


TOLERATED = [
    ("missing_qn", frame(TIME + "PM25-Rtd=1", QN="")),
    ("missing_qn", frame("QN=20261123080000001;" + TIME + "PM25-Rtd=1", QN="")),
    ("odd_qn", frame(TIME + "PM25-Rtd=1", QN="20261123100000")),
    ("odd_qn", frame(TIME + "PM25-Rtd=1", QN="202611231000000011")),
    ("version_2005", frame(TIME + "PM25-Rtd=1", QN="", Flag="")),
    ("version_2005", frame(TIME + "PM25-Rtd=1", Flag="1")),
    ("version_2025", frame(TIME + "PM25-Rtd=1", Flag="8")),
    ("flag_bits", frame(TIME + "PM25-Rtd=1", Flag="7")),
    ("odd_data_time", frame("DataTime=20261123100000000;PM25-Rtd=1")),
    ("odd_data_time", frame("DataTime=2026112310000000;PM25-Rtd=1")),
]


@pytest.mark.parametrize(("tolerance", "raw"), TOLERATED, ids=[name for name, _ in TOLERATED])
def test_what_the_profile_allows_is_taken_and_nothing_else_helps(tolerance: str, raw: bytes) -> None:
    assert one(raw, tolerate=(tolerance,)).observed_at == datetime(2026, 11, 23, 2, tzinfo=UTC)
    others = tuple(other for other in EVERYTHING if other.value != tolerance)
    assert f"({tolerance})" in refused(raw, tolerate=others).detail


def test_the_mn_of_the_profile() -> None:
    raw = frame(TIME + "PM25-Rtd=1")
    assert one(raw, mn="652301A00000000000000001")
    assert refused(raw, mn="652301A00000000000000002").reason is QuarantineReason.BAD_MN


def test_kinds_that_are_not_wanted() -> None:
    hour, day = frame(TIME + "PM25-Avg=1", CN="2061"), frame(TIME + "PM25-Avg=1", CN="2031")
    assert refused(hour, readings=("realtime",)).reason is QuarantineReason.UNSUPPORTED_COMMAND
    assert taken(hour + day, readings=("realtime",), ignore=("hour", "day")) == Decoded()


def test_one_bad_frame_does_not_cost_the_others() -> None:
    good, bad = frame(TIME + "PM25-Rtd=1"), frame(TIME + "PM25-Rtd=1", ST="31")
    decoded = taken(good + bad + b"rubbish\r\n" + good)
    assert len(decoded.readings) == 2
    assert [item.reason.value for item in decoded.rejected] == ["unsupported_system", "bad_frame"]
    assert decoded.rejected[0].payload == bad.strip()


def test_limits_of_a_message() -> None:
    large = refused(b"#" * (MAX_PAYLOAD + 1))
    assert (large.reason, large.truncated, len(large.payload)) == (
        QuarantineReason.OVERSIZE, True, MAX_PAYLOAD,
    )  # fmt: skip
    assert refused(b"##" * (MAX_ITEMS + 1)).reason is QuarantineReason.TOO_MANY


def test_parts_know_what_they_belong_to_and_make_a_reading_together() -> None:
    first = frame(TIME + "PM25-Rtd=1", Flag="7", PNUM="2", PNO="1")
    second = frame("a01001-Rtd=-4", Flag="7", PNO="0002", PNUM="0002")
    parts = taken(second + first).parts
    assert [(part.key, part.pno, part.pnum) for part in parts] == [
        ("2011:20261123080000001", 2, 2),
        ("2011:20261123080000001", 1, 2),
    ]
    assert [part.observed_at for part in parts] == [None, datetime(2026, 11, 23, 2, tzinfo=UTC)]
    joined = join([first, second], parts[0].kind, "S", dialect(), BOUNDS)
    assert isinstance(joined, Reading)
    assert (joined.values[0], joined.met[0]) == (1.0, -4.0)


def test_a_joined_message_that_cannot_be_taken_can_come_again_as_one() -> None:
    first = frame(TIME + "PM25-Rtd=x", Flag="7", PNUM="2", PNO="1").strip()
    second = frame(TIME + "a01001-Rtd=-4", Flag="7", PNUM="2", PNO="2").strip()
    joined = join([first, second], taken(first).parts[0].kind, "S", dialect(), BOUNDS)
    assert isinstance(joined, Rejected)
    assert [part.raw for part in taken(joined.payload).parts] == [first, second]


def test_parts_without_qn_belong_together_by_their_time() -> None:
    (part,) = taken(
        frame(TIME + "PM25-Rtd=1", QN="", Flag="", PNUM="2", PNO="1"), tolerate=("version_2005",)
    ).parts
    assert part.key == "2011:t20261123100000"
    lost = frame("PM25-Rtd=1", QN="", Flag="", PNUM="2", PNO="1")
    assert refused(lost, tolerate=("version_2005",)).reason is QuarantineReason.BAD_PART


def test_a_message_in_one_part_is_whole() -> None:
    assert one(frame(TIME + "PM25-Rtd=1", Flag="7", PNUM="1", PNO="1")).values[0] == 1.0


def test_a_stored_profile_is_read_back_or_said_to_be_unreadable() -> None:
    profile = Profile(tolerate=("modbus_crc",), units={"pm25": "mg/m3"}, codes={"Z": "pm10"})  # type: ignore[arg-type]  # text, as JSON gives it
    document = profile.document()
    assert document["units"] == {"pm25": "mg/m3"}
    assert read_dialect(document, 60) == dialect_of(profile, 60)
    assert read_dialect(None, 60) == read_dialect({}, 60) == dialect()
    for unknown in (
        {"colour": "red"},
        {"tolerate": ["all"]},
        {"units": {"pm25": "oz"}},
        {"codes": {"a": "b"}},
    ):
        assert read_dialect(unknown, 60) is None
    assert read_dialect({"offset": "east"}, 60) is None


@given(st.binary(max_size=400))
def test_no_bytes_are_a_crash(data: bytes) -> None:
    check(data)


names = st.sampled_from(["QN", "ST", "CN", "MN", "Flag", "PNUM", "PNO", "PW", "", "X"])
texts = st.sampled_from(["", "1", "2", "7", "22", "2011", "2051", "9014", "20261123080000001", "²", "9" * 50])
pieces = st.sampled_from(
    ["DataTime=20261123080000", "DataTime=20261123080000123", "DataTime=1", "a34004-Rtd=36", "a34004-Flag=D",
     "PM25-Rtd=1e400", "PM25-Avg=-", "a01006-Rtd=101.3", "=", "-", "&&", "CP=&&", "\x00", "##0001"]
)  # fmt: skip


@given(
    st.lists(st.tuples(names, texts), max_size=9),
    st.lists(st.tuples(pieces, st.sampled_from([";", ",", ""])), max_size=9),
    st.integers(1, 3),
)
def test_no_segment_with_a_sound_envelope_is_a_crash(
    fields: list[tuple[str, str]], items: list[tuple[str, str]], times: int
) -> None:
    head = "".join(f"{name}={value};" for name, value in fields)
    cp = "".join(piece + mark for piece, mark in items)
    check(wrapped(f"{head}CP=&&{cp}&&") * times)


def test_the_type_of_what_waits() -> None:
    (part,) = taken(frame(TIME, Flag="7", PNUM="2", PNO="1")).parts
    assert isinstance(part, Part)
