"""The `hj212` of a station: how its frames are to be read, or faults with their places."""

from collections.abc import Collection, Iterator
from typing import Any

from app.ingest.hj212.factors import FACTORS, plain_unit, units_of
from app.ingest.hj212.fault import Tolerance
from app.ingest.hj212.profile import IGNORED, MINUTE_INTERVALS, DataKind, Profile, zone
from app.registry.document import Map, Seq, Value
from app.registry.entries import Fault
from app.registry.fields import Entry, join, none_of, number, shown
from models.said import Said

_KINDS = tuple(kind.value for kind in DataKind)
_READINGS = tuple(kind.value for kind in DataKind if kind is not DataKind.DAY)
_TOLERANCES = tuple(tolerance.value for tolerance in Tolerance)
_MEANINGS = (*FACTORS, IGNORED)


def read_profile(entry: Entry) -> dict[str, Any] | None:
    """The station's profile as it is stored; None without one or with a faulty one."""
    value = entry.node.get("hj212")
    if value is None:
        return None
    if not isinstance(value, Map):
        entry.wrong("hj212", Said("must be a mapping, not %(value)s", value=shown(value)))
        return None
    inner = Entry(value, join(entry.path, "hj212"), Said("%(label)s: hj212", label=entry.label), entry.faults)
    profile = _profile(inner)
    entry.sound = entry.sound and inner.sound
    return profile.document() if inner.sound else None


def _profile(inner: Entry) -> Profile:
    inner.only(*Profile.__struct_fields__)
    default = Profile()
    readings = _chosen(inner, "readings", _READINGS)
    ignore = _chosen(inner, "ignore", _KINDS)
    takes = readings or tuple(kind.value for kind in default.readings)
    for kind in ignore or ():
        if readings is not None and kind in takes:
            said = Said("%(value)s data are among the readings as well", value=kind)
            inner.fault("ignore", said)
    if readings is None and ignore is not None:
        # Who says what to pass over means the rest of the default.
        readings = tuple(kind for kind in takes if kind not in ignore)
    end = inner.choice("data_time", ("start", "end"))
    return Profile(
        tolerate=tuple(map(Tolerance, _chosen(inner, "tolerate", _TOLERANCES) or ())),
        systems=_listed(inner, "systems", limit=2) or default.systems,
        mn=inner.maybe("mn", limit=40, integers=True),
        readings=default.readings if readings is None else tuple(map(DataKind, readings)),
        ignore=tuple(map(DataKind, ignore or ())),
        data_time="end" if end == "end" else "start",
        minute_interval=_minutes(inner),
        offset=inner.text("offset", limit=6, check=_no_offset) or default.offset,
        good_flags=_listed(inner, "good_flags", limit=4) or default.good_flags,
        codes=dict(_codes(inner)),
        units=dict(_units(inner)),
        scale=dict(_scale(inner)),
    )


def _minutes(inner: Entry) -> int | None:
    minutes = inner.integer("minute_interval", 1, 30)
    if minutes and minutes not in MINUTE_INTERVALS:
        inner.wrong("minute_interval", none_of(minutes, MINUTE_INTERVALS))
        return None
    return minutes or None


def _no_offset(text: str) -> Said | None:
    try:
        zone(text)
    except ValueError:
        return Said("%(value)s is no offset such as +08:00", value=repr(text))
    return None


def _listed(inner: Entry, key: str, *, limit: int) -> tuple[str, ...] | None:
    """Short texts, which may be digits without quotes; None if the key is not there."""
    value = inner.node.get(key)
    if value is None:
        return None
    if not isinstance(value, Seq) or not value:
        inner.wrong(key, Said("must be a list that is not empty, not %(value)s", value=shown(value)))
        return None
    found = []
    for n, item in enumerate(value):
        text = item.strip() if isinstance(item, str) else ""
        if text and len(text) <= limit and text.isascii() and text.isalnum():
            found.append(text)
        else:
            said = Said("%(value)s is not 1 to %(most)s letters and digits", value=shown(item), most=limit)
            _note(inner, value, key, n, said)
    return tuple(dict.fromkeys(found))


def _chosen(inner: Entry, key: str, known: Collection[str]) -> tuple[str, ...] | None:
    value = inner.node.get(key)
    if value is None:
        return None
    if not isinstance(value, Seq):
        inner.wrong(key, Said("must be a list, not %(value)s", value=shown(value)))
        return None
    found = []
    for n, item in enumerate(value):
        text = item.strip() if isinstance(item, str) else ""
        if text in known:
            found.append(text)
        else:
            _note(inner, value, key, n, none_of(shown(item), known))
    return tuple(dict.fromkeys(found))


def _note(inner: Entry, value: Seq, key: str, n: int, said: Said) -> None:
    inner.sound = False
    path = f"{join(inner.path, key)}[{n}]"
    inner.faults.append(Fault(value.line_of(n), path, said, inner.label))


def _within(inner: Entry, key: str) -> Iterator[tuple[Entry, str, Value]]:
    """The pairs of a mapping, each with the entry that takes its faults."""
    value = inner.node.get(key)
    if value is None:
        return
    if not isinstance(value, Map):
        inner.wrong(key, Said("must be a mapping, not %(value)s", value=shown(value)))
        return
    nested = Entry(value, join(inner.path, key), inner.label, inner.faults)
    for name, item in value.items():
        yield nested, name, item
    inner.sound = inner.sound and nested.sound


def _codes(inner: Entry) -> Iterator[tuple[str, str]]:
    for nested, code, meaning in _within(inner, "codes"):
        if not code or len(code) > 20 or any(sign in code for sign in "-=;,&") or not code.isascii():
            nested.fault(code, Said("%(value)s cannot be a factor code", value=shown(code)))
        elif not isinstance(meaning, str) or meaning not in _MEANINGS:
            said = Said(
                "%(value)s means %(found)s, none of %(known)s",
                value=code,
                found=shown(meaning),
                known=_MEANINGS,
            )
            nested.fault(code, said)
        else:
            yield code, str(meaning)


def _units(inner: Entry) -> Iterator[tuple[str, str]]:
    for nested, factor, unit in _within(inner, "units"):
        if factor not in FACTORS:
            nested.fault(factor, none_of(shown(factor), FACTORS))
            continue
        known = units_of(factor)
        text = plain_unit(unit) if isinstance(unit, str) else ""
        if text in known:
            yield factor, str(text)
        else:
            said = Said(
                "%(value)s in %(found)s, none of %(known)s",
                value=factor,
                found=shown(unit),
                known=tuple(known),
            )
            nested.fault(factor, said)


def _scale(inner: Entry) -> Iterator[tuple[str, float]]:
    for nested, factor, value in _within(inner, "scale"):
        times = number(value)
        if factor not in FACTORS:
            nested.fault(factor, none_of(shown(factor), FACTORS))
        elif times is None or not 1e-9 <= times <= 1e9:
            said = Said(
                "%(value)s times %(found)s is no scale from 1e-9 to 1e9", value=factor, found=shown(value)
            )
            nested.fault(factor, said)
        else:
            yield factor, times
