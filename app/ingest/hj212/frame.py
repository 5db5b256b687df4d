"""Cuts a payload into frames and checks what stands round the data segment: length and CRC."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from app.ingest.hj212 import crc
from app.ingest.hj212.fault import Fault, Tolerance, quoted
from models.enums import QuarantineReason

MAX_SEGMENT = 1024
_START = b"##"
_BLANKS = b"\r\n \t\x00"
_CRC_DIGITS = 4
# The field stands in the frame before anything else does, so a digit too many cannot belong to a name.
_LENGTH = re.compile(rb"##([0-9]{3,4})(?![0-9])")
_HEX = re.compile(rb"[0-9A-Fa-f]{4}")


@dataclass(frozen=True, slots=True)
class Frame:
    """From `##` to the CRC as it came, with every fault of length and CRC. Without a segment it is lost."""

    raw: bytes
    segment: bytes | None
    faults: tuple[Fault, ...]


def cut(payload: bytes) -> Iterator[Frame]:
    """Every frame in order; what stands between two is given as a frame with its fault.

    The length is believed where the frame ends there as it should; otherwise a frame goes on to the next
    `##`. CR LF may be missing: the length and the message say where a frame ends.
    """
    at = 0
    while True:
        while at < len(payload) and payload[at] in _BLANKS:
            at += 1
        if at == len(payload):
            return
        stop = _end(payload, at)
        yield _read(payload[at:stop].rstrip(_BLANKS))
        at = stop


def _end(payload: bytes, at: int) -> int:
    found = _LENGTH.match(payload, at)
    if found is not None and len(found[1]) == 4:
        close = found.end() + int(found[1])
        if payload[close - 2 : close] == b"&&" and _HEX.match(payload, close):
            return close + _CRC_DIGITS
    begun = at + 2 if payload.startswith(_START, at) else at
    following = payload.find(_START, begun)
    return len(payload) if following < 0 else following


def _read(raw: bytes) -> Frame:
    if not raw.startswith(_START):
        return _lost(raw, f"{quoted(raw.decode('latin-1'))} does not begin with ##")
    found = _LENGTH.match(raw)
    if found is None:
        return _lost(raw, "no length of four digits after ##")
    segment, given = raw[found.end() : -_CRC_DIGITS], raw[-_CRC_DIGITS:]
    if not segment.endswith(b"&&"):
        return _lost(raw, "does not end with && and four digits of CRC: cut off or run together")
    faults = [*_length_faults(found[1], len(segment)), *_crc_faults(given, segment)]
    return Frame(raw, segment, tuple(faults))


def _lost(raw: bytes, detail: str) -> Frame:
    return Frame(raw, None, (Fault(QuarantineReason.BAD_FRAME, detail),))


def _length_faults(digits: bytes, actual: int) -> Iterator[Fault]:
    bad, declared = QuarantineReason.BAD_LENGTH, int(digits)
    if len(digits) == 3:
        yield Fault(bad, "length of three digits", Tolerance.THREE_DIGIT_LENGTH)
    if declared == actual + 6:
        detail = f"length {declared} counts the CRC and CR LF, the segment has {actual}"
        yield Fault(bad, detail, Tolerance.LENGTH_PLUS_6)
    elif declared != actual:
        yield Fault(bad, f"length {declared}, but the segment has {actual}")
    if actual > MAX_SEGMENT:
        yield Fault(bad, f"{actual} characters, at most {MAX_SEGMENT}", Tolerance.LONG_SEGMENT)


def _crc_faults(given: bytes, segment: bytes) -> Iterator[Fault]:
    bad = QuarantineReason.BAD_CRC
    if not _HEX.fullmatch(given):
        yield Fault(bad, f"CRC {quoted(given.decode('latin-1'))} is not hexadecimal")
        return
    text, right = given.decode("ascii"), crc.annex_a(segment)
    value = int(text, 16)
    if value != right:
        wanted = f"annex A gives {right:04X}"
        if value == crc.swapped(right):
            yield Fault(bad, f"CRC {text} has its bytes swapped, {wanted}", Tolerance.SWAPPED_CRC)
        elif value == crc.modbus(segment):
            yield Fault(bad, f"CRC {text} is CRC-16/MODBUS, {wanted}", Tolerance.MODBUS_CRC)
        else:
            yield Fault(bad, f"CRC {text}, {wanted}")
            return
    if text != text.upper():
        yield Fault(bad, f"CRC {text} in lower case", Tolerance.LOWER_CASE_CRC)
