"""What a station's frames mean: its profile as the registry keeps it, and the same made ready for reading."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta, timezone
from enum import StrEnum
from functools import lru_cache
from typing import Any, Literal, NamedTuple

import msgspec
from msgspec import Struct

from app.ingest.hj212.factors import CODES, DEFAULT_UNITS, FACTORS, units_of
from app.ingest.hj212.fault import Tolerance

MINUTE_INTERVALS = (1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30)
"""MinInterval of HJ 212-2017, minutes."""
IGNORED = "ignore"
"""In `codes`: the code means nothing here, whatever it usually means."""


class DataKind(StrEnum):
    """Data commands of a station."""

    REALTIME = "realtime"  # 2011, at an instant
    MINUTE = "minute"  # 2051, mean of a few minutes
    HOUR = "hour"  # 2061, mean of an hour
    DAY = "day"  # 2031, never a reading

    @property
    def suffix(self) -> str:
        """What the value of a factor is called in frames of this kind."""
        return "Rtd" if self is DataKind.REALTIME else "Avg"


class Profile(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One station's way of speaking; the default is strict HJ 212-2017 in the units of ambient air."""

    tolerate: tuple[Tolerance, ...] = ()
    systems: tuple[str, ...] = ("22", "39")
    """ST of data taken as ambient air: 22 air quality, 39 construction dust."""
    mn: str | None = None
    """The MN every frame must carry; any, if None: the sign-in at the broker says who speaks."""
    readings: tuple[DataKind, ...] = (DataKind.REALTIME, DataKind.MINUTE, DataKind.HOUR)
    ignore: tuple[DataKind, ...] = ()
    """Kinds passed over; what is in neither list is quarantined."""
    data_time: Literal["start", "end"] = "start"
    """Which end of the period DataTime names in means; the standard says start."""
    minute_interval: int | None = None
    """Minutes that minute data are the mean of; the station's cadence if None."""
    offset: str = "+08:00"
    good_flags: tuple[str, ...] = ("N",)
    codes: dict[str, str] = {}
    """Further codes, or other meanings of known ones: code → factor or `ignore`."""
    units: dict[str, str] = {}
    """Factor → unit it is sent in."""
    scale: dict[str, float] = {}
    """Factor → what a sent value is multiplied by before its unit counts."""

    def document(self) -> dict[str, Any]:
        """As JSON keeps it: what differs from the default."""
        document: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(self))
        return document


class Target(NamedTuple):
    """Where a code's value goes: its place in FACTORS, and what makes it the reading's unit."""

    place: int
    times: float


@dataclass(frozen=True, slots=True)
class Dialect:
    """A profile made ready: what every frame of the station is read with."""

    tolerated: frozenset[Tolerance]
    systems: frozenset[str]
    mn: str | None
    readings: frozenset[DataKind]
    ignored: frozenset[DataKind]
    delays: Mapping[DataKind, timedelta]
    """From DataTime to the end of the period: means are readings of that instant."""
    zone: timezone
    good_flags: frozenset[str]
    targets: Mapping[str, Target]


def dialect_of(profile: Profile, cadence_s: int) -> Dialect:
    """Raises KeyError or ValueError for a profile that names an unknown factor, unit or offset."""
    codes = {**CODES, **profile.codes}
    multipliers = {
        factor: units_of(factor)[profile.units.get(factor, DEFAULT_UNITS[factor])]
        * profile.scale.get(factor, 1.0)
        for factor in FACTORS
    }
    targets = {
        code: Target(FACTORS.index(factor), multipliers[factor])
        for code, factor in codes.items()
        if factor != IGNORED
    }
    minutes = profile.minute_interval or _minutes(cadence_s)
    means = {DataKind.MINUTE: timedelta(minutes=minutes), DataKind.HOUR: timedelta(hours=1)}
    return Dialect(
        tolerated=frozenset(profile.tolerate),
        systems=frozenset(profile.systems),
        mn=profile.mn,
        readings=frozenset(profile.readings) - {DataKind.DAY},
        ignored=frozenset(profile.ignore),
        delays=means if profile.data_time == "start" else {},
        zone=zone(profile.offset),
        good_flags=frozenset(profile.good_flags),
        targets=targets,
    )


def _minutes(cadence_s: int) -> int:
    minutes, rest = divmod(cadence_s, 60)
    return minutes if minutes in MINUTE_INTERVALS and not rest else 1


def zone(offset: str) -> timezone:
    """The zone of an offset such as `+08:00`; raises ValueError for what is none."""
    sign, hours, minutes = offset[:1], offset[1:3], offset[4:]
    sound = len(offset) == 6 and sign in "+-" and offset[3] == ":" and (hours + minutes).isdecimal()
    if not sound or not (int(hours) <= 14 and int(minutes) < 60):
        raise ValueError(f"{offset!r} is no offset")
    distance = timedelta(hours=int(hours), minutes=int(minutes))
    return timezone(-distance if sign == "-" else distance)


STRICT = Profile()


def read_dialect(document: Mapping[str, Any] | None, cadence_s: int) -> Dialect | None:
    """The dialect of a stored profile, strict without one; None for what this release cannot read."""
    return _read(msgspec.json.encode(document or {}, order="deterministic"), cadence_s)


@lru_cache(maxsize=1024)
def _read(document: bytes, cadence_s: int) -> Dialect | None:
    # Thousands of stations share a handful of profiles: one dialect serves them all.
    try:
        return dialect_of(msgspec.json.decode(document, type=Profile), cadence_s)
    except (msgspec.ValidationError, KeyError, ValueError):
        return None
