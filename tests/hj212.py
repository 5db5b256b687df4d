"""HJ 212 frames as tests and the fuzzer make them, and the verdict on frames seen in the field."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from app.ingest.decode import Bounds
from app.ingest.hj212.crc import annex_a
from app.ingest.hj212.fault import Tolerance
from app.ingest.hj212.message import Decoded, decode
from app.ingest.hj212.profile import Dialect, Profile, dialect_of

VECTORS = Path(__file__).parent / "data" / "hj212" / "vectors.txt"
ANY_TIME = Bounds(datetime.max.replace(tzinfo=UTC), datetime.min.replace(tzinfo=UTC))
EVERYTHING = tuple(Tolerance)


def vectors() -> list[tuple[int, bytes]]:
    """(CRC, segment) of the committed vectors."""
    lines = VECTORS.read_text("ascii").splitlines()
    return [(int(line[:4], 16), line[5:].encode("ascii")) for line in lines]


def wrapped(segment: bytes | str, *, end: bytes = b"\r\n") -> bytes:
    """A segment with its right length and CRC."""
    data = segment.encode("latin-1") if isinstance(segment, str) else segment
    return b"##%04d%s%04X%s" % (len(data), data, annex_a(data), end)


def segment(cp: str, **fields: str) -> str:
    """A sound segment of 2017 with some fields changed; an empty one is left out."""
    values = {
        "QN": "20261123080000001", "ST": "22", "CN": "2011", "PW": "123456",
        "MN": "652301A00000000000000001", "Flag": "5",
    } | fields  # fmt: skip
    head = "".join(f"{name}={value};" for name, value in values.items() if value)
    return f"{head}CP=&&{cp}&&"


def frame(cp: str, **fields: str) -> bytes:
    return wrapped(segment(cp, **fields))


def dialect(cadence_s: int = 60, **profile: Any) -> Dialect:
    return dialect_of(Profile(**profile), cadence_s)


def field_frames(shared: Path) -> Iterator[bytes]:
    """The frames of the shared collection, in its order, as they stand there: without CR LF."""
    with (shared / "data" / "hj212" / "frames.jsonl").open(encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)["frame"].encode("latin-1")


def _tried(raw: bytes, tolerate: tuple[Tolerance, ...], systems: tuple[str, ...]) -> Decoded:
    return decode("S", raw, dialect(tolerate=tolerate, systems=systems), ANY_TIME)


def verdicts(raw: bytes) -> tuple[str, str, str]:
    """What becomes of a frame under the strict profile, what a profile must allow for more, and what then."""
    strict = _outcome(decode("S", raw, dialect(), ANY_TIME))
    systems = tuple(f"{number:02}" for number in range(100))
    allowed = _tried(raw, EVERYTHING, systems)
    if _outcome(allowed) == strict:
        return strict, "", strict
    best = _outcome(allowed)
    needed = [
        tolerance.value
        for tolerance in EVERYTHING
        if _outcome(_tried(raw, tuple(t for t in EVERYTHING if t is not tolerance), systems)) != best
    ]
    if _outcome(_tried(raw, EVERYTHING, ("22", "39"))) != best:
        needed.append("systems")
    return strict, ", ".join(needed), best


def _outcome(decoded: Decoded) -> str:
    if decoded.rejected:
        return decoded.rejected[0].reason.value
    if decoded.parts:
        return "part"
    if not decoded.readings:
        return "understood, no reading"
    values = [*decoded.readings[0].values, *decoded.readings[0].met]
    return f"reading of {sum(value is not None for value in values)}"
