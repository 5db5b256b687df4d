"""Bytes and topic become readings or a precise rejection: pure, and it never raises on any bytes."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated

import msgspec
from msgspec import Meta, Raw, Struct

from models.enums import QuarantineReason
from models.facts import Reading, Rejected

MAX_PAYLOAD = 256 * 1024
MAX_ITEMS = 1000
# A station's clock may run ahead of ours; more than this is a claim about the future.
MAX_AHEAD = timedelta(minutes=10)
KINDS = ("reading", "hj212", "status")

# Beyond any instrument's scale: a wrong unit or a broken device, never air.
_Amount = Annotated[float, Meta(ge=-1e6, le=1e6)]


class _Values(Struct, forbid_unknown_fields=True, frozen=True):
    # An unknown pollutant is refused, not dropped: nothing that came is lost in silence.
    pm25: _Amount | None = None
    pm10: _Amount | None = None
    so2: _Amount | None = None
    no2: _Amount | None = None
    co: _Amount | None = None
    o3: _Amount | None = None


class _Met(Struct, frozen=True):
    temperature: _Amount | None = None
    humidity: _Amount | None = None
    pressure: _Amount | None = None
    wind_speed: _Amount | None = None
    wind_direction: _Amount | None = None


class _Location(Struct, frozen=True):
    lon: Annotated[float, Meta(ge=-180, le=180)]
    lat: Annotated[float, Meta(ge=-90, le=90)]


class _Payload(Struct, frozen=True):
    observed_at: Annotated[datetime, Meta(tz=True)]
    values: _Values
    seq: Annotated[int, Meta(ge=0, le=2**53)] | None = None
    met: _Met | None = None
    location: _Location | None = None


class _Named(Struct, frozen=True):
    # Typed as narrowly as _Payload: decoding everything would look into fields that _Payload passes over, and
    # fail on text there that is not UTF-8.
    values: dict[str, Raw]


_one = msgspec.json.Decoder(_Payload).decode
_named = msgspec.json.Decoder(_Named).decode
_many = msgspec.json.Decoder(list[Raw]).decode
_EMPTY = _Values()
_NO_MET = (None, None, None, None, None)


@dataclass(frozen=True, slots=True)
class Topic:
    grid: str
    station: str
    kind: str


@dataclass(frozen=True, slots=True)
class Bounds:
    """Instants a reading may claim, seen from the service's clock."""

    latest: datetime
    oldest: datetime

    @classmethod
    def at(cls, now: datetime, retention: timedelta) -> "Bounds":
        return cls(now + MAX_AHEAD, now - retention)


def parse_topic(topic: str) -> Topic | None:
    """The parts of `geshao/v1/{grid}/{station}/{kind}`, or None for any other topic."""
    parts = topic.split("/")
    if len(parts) != 5 or parts[0] != "geshao" or parts[1] != "v1" or parts[4] not in KINDS:
        return None
    if not parts[2] or not parts[3] or len(parts[2]) > 32 or len(parts[3]) > 64:
        return None
    return Topic(parts[2], parts[3], parts[4])


def decode(station: str, payload: bytes, bounds: Bounds) -> tuple[list[Reading], list[Rejected]]:
    """Readings of one message in its order, and what of it could not be taken.

    An array is taken item by item: one bad item does not cost the others.
    """
    if len(payload) > MAX_PAYLOAD:
        detail = f"{len(payload)} bytes, at most {MAX_PAYLOAD}"
        return [], [Rejected(QuarantineReason.OVERSIZE, detail, payload[:MAX_PAYLOAD], truncated=True)]
    if payload.lstrip()[:1] != b"[":
        result = _decode_item(station, payload, bounds)
        return ([result], []) if isinstance(result, Reading) else ([], [result])
    try:
        items = _many(payload)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        return [], [Rejected(QuarantineReason.NOT_JSON, _clean(str(error)), payload)]
    if len(items) > MAX_ITEMS:
        return [], [
            Rejected(QuarantineReason.TOO_MANY, f"{len(items)} readings, at most {MAX_ITEMS}", payload)
        ]
    if not items:
        return [], [Rejected(QuarantineReason.NO_VALUES, "an empty array", payload)]
    readings: list[Reading] = []
    rejected: list[Rejected] = []
    for item in items:
        result = _decode_item(station, bytes(item), bounds)
        if isinstance(result, Reading):
            readings.append(result)
        else:
            rejected.append(result)
    return readings, rejected


def _decode_item(station: str, payload: bytes, bounds: Bounds) -> Reading | Rejected:
    try:
        p = _one(payload)
    except msgspec.ValidationError as error:
        message = str(error)
        reason = QuarantineReason.BAD_TIME if "observed_at" in message else QuarantineReason.SCHEMA
        return Rejected(reason, _clean(message), payload)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        return Rejected(QuarantineReason.NOT_JSON, _clean(str(error)), payload)
    v = p.values
    if v == _EMPTY and not _names_a_value(payload):
        return Rejected(QuarantineReason.NO_VALUES, "values names no pollutant", payload)
    try:
        observed_at = p.observed_at.astimezone(UTC)
    except OverflowError:
        return Rejected(QuarantineReason.BAD_TIME, "outside the calendar", payload)
    if observed_at > bounds.latest:
        return Rejected(QuarantineReason.FUTURE, f"{observed_at.isoformat()} lies ahead", payload)
    if observed_at < bounds.oldest:
        return Rejected(QuarantineReason.TOO_OLD, f"{observed_at.isoformat()} is past retention", payload)
    m, place = p.met, p.location
    return Reading(
        station,
        observed_at,
        (v.pm25, v.pm10, v.so2, v.no2, v.co, v.o3),
        _NO_MET if m is None else (m.temperature, m.humidity, m.pressure, m.wind_speed, m.wind_direction),
        p.seq,
        None if place is None else place.lon,
        None if place is None else place.lat,
    )


def _names_a_value(payload: bytes) -> bool:
    """Tells `{"pm25": null}` (missing, and said so) from `{}`; only asked when every value is absent."""
    return bool(_named(payload).values)


def decode_status(payload: bytes) -> bool | Rejected:
    """True for online, False for offline."""
    said = payload[:20].strip().lower()
    if said == b"online":
        return True
    if said == b"offline":
        return False
    cut = len(payload) > MAX_PAYLOAD
    return Rejected(
        QuarantineReason.SCHEMA, "status is online or offline", payload[:MAX_PAYLOAD], truncated=cut
    )


def _clean(text: str) -> str:
    """PostgreSQL takes no NUL in text."""
    return text.replace("\x00", "\\u0000")[:400]
