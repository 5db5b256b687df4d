"""Inputs near those that mean something: a random byte string alone would hardly pass a length, never a CRC."""

import json
import random
import re

from app.ingest.hj212.crc import annex_a, modbus, swapped
from tests.hj212 import frame, vectors, wrapped

_READING = {
    "observed_at": "2026-11-23T08:00:00+08:00",
    "seq": 1042,
    "values": {"pm25": 35.2, "pm10": 60.1, "so2": 8, "no2": 31, "co": 0.7, "o3": None},
    "met": {"temperature": -3.1, "humidity": 61, "pressure": 945.2, "wind_speed": 1.8, "wind_direction": 240},
    "location": {"lon": 87.304, "lat": 44.013},
}
_WORDS = (
    b"##", b"&&", b"&&&&", b"CP=&&", b"CP=", b";", b",", b"=", b"=;", b"-Rtd=", b"-Avg=", b"-Flag=D", b"-flag=N",
    b"DataTime=", b"DataTime=20261123080000", b"DataTime=20261123080000123", b"DataTime=99991231235959",
    b"DataTime=20100101000000", b"DataTime=00010101000000", b"QN=;", b"Flag=", b"Flag=7;PNUM=2;PNO=1;",
    b"PNUM=0;PNO=0;", b"PNUM=9999;", b"PNO=\xb2;", b"a34004-Rtd=1e999", b"a34004-Rtd=-1E-999", b"a34004-Rtd=nan",
    b"a34004-Rtd=1_0", b"PM25-Rtd=5,PM25-Flag=D;", b"a05024-Avg=75.6;", b"CN=2051;", b"CN=2031;",
    b"CN=9014;", b"ST=91;", b"MN=;",
    b"\r\n", b"\x00", b"\xff\xfe", "①".encode(), b"null", b"NaN", b"1e400", b"\\ud800", b"[", b"]", b"{", b"}",
    b'"', b"9" * 400, b'"observed_at"', b"0001-01-01T00:00:00+14:00", b"9999-12-31T23:59:59-14:00",
    b"2026-11-23T08:00:60Z", b'"values":{}', b"true", b"-0", b"1e-999",
)  # fmt: skip


def corpus(name: str) -> list[bytes]:
    """What the mutations of a target begin with."""
    if name == "json":
        one = json.dumps(_READING).encode()
        return [
            one,
            b"[" + one + b"," + one + b"]",
            b'{"observed_at":"2026-11-23T08:00:00Z","values":{}}',
            one.replace(b"2026-11-23T08:00:00+08:00", b"0001-01-01T00:00:00+14:00"),
            b"online",
        ]
    known = [wrapped(segment) for _, segment in vectors()]
    cp = "DataTime=20261123080000;PM25-Rtd=36.0,PM25-Flag=N;SO2-Rtd=7"
    halves = [
        frame(cp, Flag="7", PNUM="2", PNO="1"),
        frame("a01006-Rtd=101.02,a01006-Flag=D", Flag="7", PNUM="2", PNO="2"),
    ]
    old = frame(cp, QN="", Flag="")
    return [*known, *halves, b"".join(halves), old, old.replace(b"##0", b"##"), frame("")]


def mutated(source: random.Random, known: list[bytes]) -> bytes:
    """One input; half of those that look like frames get their length and CRC put right again."""
    data = bytearray(source.choice(known))
    for _ in range(source.choice((0, 1, 1, 1, 2, 3, 5, 8))):
        _change(source, data, known)
    result = bytes(data[:40_000])
    if source.random() < 0.5:
        result = b"".join(mended(source, piece) for piece in re.split(rb"(?=##)", result))
    return result


def _change(source: random.Random, data: bytearray, known: list[bytes]) -> None:
    at = source.randrange(len(data) + 1)
    to = min(len(data), at + source.choice((0, 1, 1, 2, 4, 16, 64)))
    match source.randrange(6):
        case 0:
            data[at:to] = source.choice(_WORDS)
        case 1:
            data[at:at] = source.choice(_WORDS)
        case 2:
            del data[at:to]
        case 3:
            data[at:to] = source.randbytes(to - at)
        case 4:
            data[at:at] = bytes(data[at:to]) * source.choice((1, 2, 50))
        case _:
            other = source.choice(known)
            data[at:] = other[source.randrange(len(other) + 1) :]


def mended(source: random.Random, piece: bytes) -> bytes:
    """A piece that begins as a frame with a length and a CRC that mostly fit what stands between."""
    found = re.match(rb"##\d{0,4}(.*&&).*", piece, re.DOTALL)
    if not found:
        return piece
    body = found[1]
    right = annex_a(body)
    crc = source.choice((right, right, right, swapped(right), modbus(body)))
    length = len(body) + source.choice((0, 0, 0, 0, 6))
    text = b"%04X" % crc if source.random() < 0.9 else b"%04x" % crc
    return b"##%04d%s%s\r\n" % (length, body, text)
