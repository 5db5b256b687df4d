"""Length, CRC and cutting of HJ 212 frames."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.ingest.hj212 import crc
from app.ingest.hj212.frame import MAX_SEGMENT, cut
from tests.hj212 import segment, vectors, wrapped

SOUND = segment("DataTime=20261123080000;a34004-Rtd=36.0")


def annex_a_by_the_letter(data: bytes) -> int:
    """The algorithm as the standard describes it, a bit at a time."""
    register = 0xFFFF
    for byte in data:
        register = (register >> 8) ^ byte
        for _ in range(8):
            low = register & 1
            register >>= 1
            if low:
                register ^= 0xA001
    return register


@pytest.mark.parametrize(("wanted", "data"), [*vectors(), (0x2F80, b"123456789")])
def test_the_crc_of_the_vectors(wanted: int, data: bytes) -> None:
    assert crc.annex_a(data) == wanted


@given(st.binary(max_size=80))
def test_the_table_is_the_algorithm(data: bytes) -> None:
    assert crc.annex_a(data) == annex_a_by_the_letter(data)


def test_modbus_is_another_one() -> None:
    assert crc.modbus(b"123456789") == 0x4B37
    assert crc.swapped(0x1C80) == 0x801C


def faults(raw: bytes) -> list[tuple[str, str | None]]:
    (frame,) = cut(raw)
    return [(fault.reason.value, fault.tolerance and fault.tolerance.value) for fault in frame.faults]


def given_crc(text: str) -> bytes:
    return b"##%04d%s%s" % (len(SOUND), SOUND.encode(), text.encode())


RIGHT = crc.annex_a(SOUND.encode())
MODBUS = crc.modbus(SOUND.encode())


@pytest.mark.parametrize(
    ("raw", "wanted"),
    [
        (wrapped(SOUND), []),
        (wrapped(SOUND, end=b""), []),
        (wrapped(SOUND, end=b"\n"), []),
        (b"\r\n \x00" + wrapped(SOUND), []),
        (given_crc(f"{RIGHT ^ 1:04X}"), [("bad_crc", None)]),
        (given_crc(f"{MODBUS:04X}"), [("bad_crc", "modbus_crc")]),
        (given_crc(f"{crc.swapped(RIGHT):04X}"), [("bad_crc", "swapped_crc")]),
        (given_crc(f"{MODBUS:04x}"), [("bad_crc", "modbus_crc"), ("bad_crc", "lower_case_crc")]),
        (given_crc("12G4"), [("bad_crc", None)]),
        (wrapped(SOUND).replace(b"##0", b"##1"), [("bad_length", None)]),
        (
            wrapped(SOUND).replace(b"##%04d" % len(SOUND), b"##%04d" % (len(SOUND) + 6)),
            [("bad_length", "length_plus_6")],
        ),
        (wrapped(SOUND).replace(b"##0", b"##"), [("bad_length", "three_digit_length")]),
        (wrapped("x" * MAX_SEGMENT + "&&"), [("bad_length", "long_segment")]),
        (SOUND.encode(), [("bad_frame", None)]),
        (b"##" + SOUND.encode(), [("bad_frame", None)]),
        (b"##00000" + SOUND.encode() + b"1234", [("bad_frame", None)]),
        (wrapped(SOUND)[:60], [("bad_frame", None)]),
        (b"##", [("bad_frame", None)]),
        (b"##0000FFFF", [("bad_frame", None)]),
    ],
)
def test_each_fault_of_the_envelope(raw: bytes, wanted: list[tuple[str, str | None]]) -> None:
    assert faults(raw) == wanted


def test_several_frames_with_rubbish_between_them() -> None:
    good, short = wrapped(SOUND), wrapped(SOUND)[:40]
    frames = list(cut(good + good.rstrip() + b"hello\r\n" + short + good + good))
    assert [frame.segment is not None for frame in frames] == [True, True, False, False, True, True]
    assert frames[2].raw == b"hello"


def test_a_wrong_length_costs_only_its_own_frame() -> None:
    long = wrapped(SOUND).replace(b"##%04d" % len(SOUND), b"##%04d" % (len(SOUND) + 40))
    frames = list(cut(long + wrapped(SOUND)))
    assert [len(frame.faults) for frame in frames] == [1, 0]
    assert "length" in frames[0].faults[0].detail


def test_the_length_wins_over_a_mark_within() -> None:
    (frame,) = cut(wrapped("MN=a##b;CP=&&&&"))
    assert (frame.segment, frame.faults) == (b"MN=a##b;CP=&&&&", ())


@given(st.binary(max_size=300))
def test_no_bytes_are_lost_but_blanks(data: bytes) -> None:
    blanks = b"\r\n \t\x00"
    left = data
    for frame in cut(data):
        assert frame.raw
        left = left.strip(blanks).removeprefix(frame.raw)
    assert not left.strip(blanks)
