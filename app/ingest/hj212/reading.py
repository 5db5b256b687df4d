"""A checked frame becomes a reading, a part of one, nothing, or a rejection with its precise reason."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import isfinite

from app.ingest.decode import Bounds
from app.ingest.hj212.factors import FACTORS
from app.ingest.hj212.fault import Fault, Tolerance, quoted, rejected
from app.ingest.hj212.frame import Frame
from app.ingest.hj212.profile import DataKind, Dialect
from app.ingest.hj212.segment import Segment, field_faults, items, parse
from models.enums import POLLUTANTS, QuarantineReason
from models.facts import Reading, Rejected

KINDS = {"2011": DataKind.REALTIME, "2051": DataKind.MINUTE, "2061": DataKind.HOUR, "2031": DataKind.DAY}
NO_DATA = frozenset(
    # Clock, intervals, device state, boot time, answers, heartbeat of 2025: understood, and no reading.
    ("1011", "1013", "1061", "1063", "2021", "2081", "9011", "9012", "9013", "9014", "9015")
)
_LIMIT = 1e6
"""Beyond any instrument's scale, as for JSON."""
_NUMBER = re.compile(r"[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]{1,3})?")
_TIME = re.compile(r"[0-9]{14,17}")


@dataclass(frozen=True, slots=True)
class Part:
    """One of several frames that make a message together; `key` tells messages of a station apart."""

    key: str
    pno: int
    pnum: int
    kind: DataKind
    observed_at: datetime | None
    """Of the message, where this part says it."""
    raw: bytes


def examine(frame: Frame, dialect: Dialect) -> tuple[Segment | None, list[Fault]]:
    """The segment and every fault of the frame, tolerated or not: for whoever sets up a profile."""
    faults = list(frame.faults)
    # Behind a CRC that nothing explains, or without an end, any character may be another one.
    damaged = any(f.tolerance is None and f.reason is not QuarantineReason.BAD_LENGTH for f in faults)
    if frame.segment is None or damaged:
        return None, faults
    segment = parse(frame.segment)
    if isinstance(segment, Fault):
        return None, [*faults, segment]
    return segment, [*faults, *field_faults(segment), *_addressing(segment, dialect)]


def interpret(
    frame: Frame, station: str, dialect: Dialect, bounds: Bounds
) -> Reading | Rejected | Part | None:
    """None: a frame that is understood and says nothing about the air, or a kind the profile passes over."""
    segment, faults = examine(frame, dialect)
    open_ = [fault for fault in faults if fault.tolerance not in dialect.tolerated]
    if open_ or segment is None:
        return rejected(open_, frame.raw)
    kind = KINDS.get(segment.command)
    if kind is None or kind in dialect.ignored:
        return None
    place = segment.place
    if place is None:
        return read(segment.cp, kind, frame.raw, station, dialect, bounds)
    return _part(segment, kind, place, frame.raw, dialect)


def read(
    cp: str, kind: DataKind, raw: bytes, station: str, dialect: Dialect, bounds: Bounds
) -> Reading | Rejected:
    """The reading of a whole CP; `raw` is what a rejection keeps."""
    pairs = items(cp)
    if isinstance(pairs, Fault):
        return rejected([pairs], raw)
    observed_at = _observed_at(pairs, kind, dialect)
    if isinstance(observed_at, Fault):
        return rejected([observed_at], raw)
    late = _out_of_bounds(observed_at, kind, dialect, bounds)
    if late is not None:
        return rejected([late], raw)
    values = _values(pairs, kind, dialect)
    if isinstance(values, Fault):
        return rejected([values], raw)
    count = len(POLLUTANTS)
    return Reading(station, observed_at, tuple(values[:count]), tuple(values[count:]))


def _addressing(segment: Segment, dialect: Dialect) -> Iterator[Fault]:
    """Whether MN, CN and ST are something this station's data can have."""
    fields, command = segment.fields, segment.command
    mn = fields.get("MN", "")
    if not mn:
        yield Fault(QuarantineReason.BAD_MN, "MN is missing")
    elif dialect.mn is not None and mn != dialect.mn:
        yield Fault(QuarantineReason.BAD_MN, f"MN {quoted(mn)} is not the station's {dialect.mn}")
    if command in NO_DATA:
        return
    kind = KINDS.get(command)
    unsupported = QuarantineReason.UNSUPPORTED_COMMAND
    if kind is None:
        yield Fault(unsupported, f"CN {quoted(command)} is no command that a station sends here")
    elif kind is DataKind.DAY and kind not in dialect.ignored:
        yield Fault(unsupported, "CN 2031: the mean of a day is no reading")
    elif kind not in dialect.readings | dialect.ignored:
        yield Fault(unsupported, f"CN {command}: the profile takes no {kind.value} data")
    if kind is not None and fields.get("ST", "") not in dialect.systems:
        known = ", ".join(sorted(dialect.systems))
        detail = f"ST {quoted(fields.get('ST', ''))} is not among {known}: no ambient air"
        yield Fault(QuarantineReason.UNSUPPORTED_SYSTEM, detail)


def _part(
    segment: Segment, kind: DataKind, place: tuple[int, int], raw: bytes, dialect: Dialect
) -> Part | Rejected:
    pairs = items(segment.cp)
    if isinstance(pairs, Fault):
        return rejected([pairs], raw)
    told = pairs.get("DataTime")
    observed_at = None if told is None else _observed_at(pairs, kind, dialect)
    if isinstance(observed_at, Fault):
        return rejected([observed_at], raw)
    qn = segment.fields.get("QN") or (f"t{told}" if told else "")
    if not qn:
        detail = "a part with neither QN nor DataTime belongs to nothing"
        return rejected([Fault(QuarantineReason.BAD_PART, detail)], raw)
    return Part(f"{segment.command}:{qn}", *place, kind, observed_at, raw)


def _observed_at(pairs: dict[str, str], kind: DataKind, dialect: Dialect) -> datetime | Fault:
    """The instant of real-time data; of means the end of their period, when they are known at last."""
    bad, text = QuarantineReason.BAD_TIME, pairs.get("DataTime", "")
    if not text:
        return Fault(bad, "no DataTime: a request, or data of no time")
    if not _TIME.fullmatch(text):
        return Fault(bad, f"DataTime {quoted(text)} is no time of 14 digits")
    if len(text) > 14 and Tolerance.ODD_DATA_TIME not in dialect.tolerated:
        return Fault(bad, f"DataTime of {len(text)} digits, not 14", Tolerance.ODD_DATA_TIME)
    try:
        told = datetime(
            int(text[:4]), int(text[4:6]), int(text[6:8]), int(text[8:10]), int(text[10:12]),
            int(text[12:14]), int(text[14:].ljust(6, "0")), dialect.zone,
        )  # fmt: skip
        return (told + dialect.delays.get(kind, timedelta())).astimezone(UTC)
    except (ValueError, OverflowError):
        return Fault(bad, f"DataTime {text} is not in the calendar")


def _out_of_bounds(observed_at: datetime, kind: DataKind, dialect: Dialect, bounds: Bounds) -> Fault | None:
    if observed_at > bounds.latest:
        hint = "; DataTime may be the end of its period" if kind in dialect.delays else ""
        return Fault(QuarantineReason.FUTURE, f"{observed_at.isoformat()} lies ahead{hint}")
    if observed_at < bounds.oldest:
        return Fault(QuarantineReason.TOO_OLD, f"{observed_at.isoformat()} is past retention")
    return None


def _values(pairs: dict[str, str], kind: DataKind, dialect: Dialect) -> list[float | None] | Fault:
    """The values in the order of FACTORS; one whose data flag is not a good one is None.

    Codes that stand for nothing here (noise, TSP, another vendor's) are passed over. A code that does mean
    something but has no value under the right name is a fault: a typing error must not lose a pollutant.
    """
    flags: dict[str, str | None] = {}
    for name, text in pairs.items():
        code, _, attribute = name.partition("-")
        if code in dialect.targets:
            flags.setdefault(code, None)
            # In lower case it is against the standard, but to overlook it would take a bad value for good.
            if attribute in ("Flag", "flag"):
                flags[code] = text
    if all(dialect.targets[code].place >= len(POLLUTANTS) for code in flags):
        return Fault(QuarantineReason.NO_VALUES, "names no pollutant")
    found: dict[int, float | None] = {}
    for code, flag in flags.items():
        value = _value(code, pairs, kind, dialect, flag)
        if isinstance(value, Fault):
            return value
        index = dialect.targets[code].place
        if found.get(index, value) != value:
            return Fault(QuarantineReason.SCHEMA, f"{FACTORS[index]} is given twice, with two values")
        found[index] = value
    return [found.get(index) for index in range(len(FACTORS))]


def _value(
    code: str, pairs: dict[str, str], kind: DataKind, dialect: Dialect, flag: str | None
) -> float | Fault | None:
    if flag is not None and flag not in dialect.good_flags:
        return None
    schema, name = QuarantineReason.SCHEMA, f"{code}-{kind.suffix}"
    text = pairs.get(name)
    if text is None:
        return Fault(schema, f"{code} has no {name}")
    if not text:
        return None
    # N3.3 of the standard would cut a dust storm at 999.999: the number is read as it stands.
    if not _NUMBER.fullmatch(text):
        return Fault(schema, f"{name} {quoted(text)} is no number")
    value = float(text)
    times = dialect.targets[code].times
    if times != 1.0:
        value = round(value * times, 6)  # 101.02 kPa are 1010.2 hPa, not 1010.1999999999999
    if not isfinite(value) or abs(value) > _LIMIT:
        return Fault(schema, f"{name} {quoted(text)} is beyond any instrument's scale")
    return value
