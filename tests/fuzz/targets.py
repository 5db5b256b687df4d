"""What the fuzzers call: both decoders, and what must hold of everything that comes out of them."""

import math
from collections.abc import Callable, Iterable
from datetime import UTC, datetime

from app.ingest.decode import MAX_ITEMS, MAX_PAYLOAD, Bounds, decode, decode_status
from app.ingest.hj212 import message as hj212
from app.ingest.hj212.profile import Dialect
from models.facts import Reading, Rejected
from tests.hj212 import EVERYTHING, dialect

BOUNDS = Bounds(datetime(2026, 11, 23, 9, tzinfo=UTC), datetime(2016, 1, 1, tzinfo=UTC))
LOOSE = dialect(
    tolerate=EVERYTHING,
    systems=tuple(f"{number:02}" for number in range(100)),
    ignore=("day",),
    data_time="end",
    codes={"H01": "humidity", "LA": "o3", "": "so2"},
    units={"pm25": "mg/m3", "o3": "ppb"},
)
NARROW = dialect(mn="652301A00000000000000001", readings=("hour",))
DIALECTS: tuple[Dialect, ...] = (dialect(), LOOSE, NARROW)


def json(data: bytes) -> int:
    """Any bytes as a JSON message; something always comes out. Gives how many readings."""
    readings, rejected = decode("S", data, BOUNDS)
    assert readings or rejected
    _check(readings, rejected, data)
    said = decode_status(data)
    assert isinstance(said, bool | Rejected)
    return len(readings)


def frames(data: bytes) -> int:
    """Any bytes as HJ 212 frames, under the strict profile, one that allows everything and one that takes hours of
    one MN alone; counts readings.
    """
    count = 0
    for spoken in DIALECTS:
        decoded = hj212.decode("S", data, spoken, BOUNDS)
        _check(decoded.readings, decoded.rejected, data)
        assert len(decoded.readings) + len(decoded.parts) <= MAX_ITEMS
        for part in decoded.parts:
            assert 1 <= part.pno <= part.pnum
            assert len(part.key) <= 64
            assert part.raw in data
        count += len(decoded.readings)
        if decoded.parts:
            part = decoded.parts[0]
            joined = hj212.join([p.raw for p in decoded.parts], part.kind, "S", spoken, BOUNDS)
            one = isinstance(joined, Reading)
            _check([joined] if isinstance(joined, Reading) else [], [] if one else [joined], b"")
    return count


def _check(readings: Iterable[Reading], rejected: Iterable[object], data: bytes) -> None:
    for reading in readings:
        assert BOUNDS.oldest <= reading.observed_at <= BOUNDS.latest
        assert (len(reading.values), len(reading.met)) == (6, 5)
        for value in (*reading.values, *reading.met):
            assert value is None or (math.isfinite(value) and abs(value) <= 1e6)
    for item in rejected:
        assert isinstance(item, Rejected)
        assert item.detail
        assert len(item.detail) <= 500  # the column's width
        assert "\x00" not in item.detail
        assert item.detail.encode("utf-8")  # no lone surrogates: PostgreSQL takes none
        assert len(item.payload) <= MAX_PAYLOAD
        assert item.truncated == (len(data) > MAX_PAYLOAD)


TARGETS: dict[str, Callable[[bytes], int]] = {"json": json, "hj212": frames}
