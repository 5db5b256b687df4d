"""What a source's file may say, and how a version of it is kept (annex 1 art. 16, 20)."""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from models.enums import POLLUTANTS, SourceKind, SourceState
from models.errors import Invalid
from models.said import Said

IN_AIR = (*POLLUTANTS, "tsp", "nox", "voc", "nh3")
"""What the upwind search goes by."""
DISCHARGES = (*IN_AIR, "cod", "ammonia_nitrogen", "solid_waste", "hazardous_waste")
"""Kinds of discharge 排污种类 with an amount."""
SHOWN: Mapping[str, str] = {
    "pm25": "PM₂.₅", "pm10": "PM₁₀", "so2": "SO₂", "no2": "NO₂", "co": "CO", "o3": "O₃", "tsp": "总悬浮颗粒物",
    "nox": "氮氧化物", "voc": "挥发性有机物", "nh3": "氨", "cod": "化学需氧量", "ammonia_nitrogen": "氨氮",
    "solid_waste": "一般固体废物", "hazardous_waste": "危险废物",
}  # fmt: skip
"""What a workbook calls them; it is read by either name."""
LONGEST = {"name": 200, "category": 60, "legal_name": 200, "contact": 100, "phone": 40, "permit": 60}
LARGEST_TONNES = Decimal(100_000_000)
_CREDIT = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_TOP = 31


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A source as somebody wants it to stand; texts are None where nothing is known."""

    code: str
    name: str
    grid: str
    lon: float
    lat: float
    category: str
    pollutants: tuple[str, ...] = ()
    kind: SourceKind = SourceKind.OTHER
    legal_name: str | None = None
    credit_code: str | None = None
    contact: str | None = None
    phone: str | None = None
    permit: str | None = None
    permit_until: date | None = None
    emissions: Mapping[str, Decimal] | None = None
    """Tonnes a year by kind of discharge."""


def kind_named(text: str) -> str:
    """The kind of discharge of this name or code, however its digits are set; what is none is given back as it is."""
    return _KINDS.get(_plain(text), text.strip())


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip().lower()


_KINDS = {_plain(name): kind for kind, name in SHOWN.items()} | {kind: kind for kind in DISCHARGES}


def check(file: SourceFile) -> SourceFile:
    """The file as it is kept, texts stripped; raises Invalid naming the first field that cannot be."""
    if not 0 < len(file.code) <= 64 or not file.code.isprintable() or set(file.code) & set(" /\\?#%"):
        raise Invalid(Said("a code is 1 to 64 characters without blanks or slashes"), field="code")
    said = {name: _text(name, getattr(file, name)) for name in LONGEST}
    for name in ("name", "category"):
        if said[name] is None:
            raise Invalid(Said("is empty"), field=name)
    if not (-180 <= file.lon <= 180):
        raise Invalid(Said("a longitude is -180 to 180"), field="lon")
    if not (-90 <= file.lat <= 90):
        raise Invalid(Said("a latitude is -90 to 90"), field="lat")
    for pollutant in file.pollutants:
        if pollutant not in IN_AIR:
            raise Invalid(_none_of(pollutant, IN_AIR), field="pollutants")
    credit = (file.credit_code or "").strip().upper() or None
    if credit is not None and not is_credit_code(credit):
        raise Invalid(
            Said("this is no unified social credit code: its check character differs"), field="credit_code"
        )
    if file.permit_until is not None and not 2000 <= file.permit_until.year <= 2200:
        raise Invalid(Said("a permit ends between 2000 and 2200"), field="permit_until")
    amounts = {kind: _tonnes(kind, amount) for kind, amount in (file.emissions or {}).items()}
    return SourceFile(
        code=file.code, name=said["name"] or "", grid=file.grid, lon=float(file.lon), lat=float(file.lat),
        category=said["category"] or "", pollutants=tuple(dict.fromkeys(file.pollutants)), kind=file.kind,
        legal_name=said["legal_name"], credit_code=credit, contact=said["contact"], phone=said["phone"],
        permit=said["permit"], permit_until=file.permit_until,
        emissions={kind: amounts[kind] for kind in DISCHARGES if kind in amounts},
    )  # fmt: skip


def _text(name: str, value: str | None) -> str | None:
    text = (value or "").strip()
    if len(text) > LONGEST[name]:
        raise Invalid(Said("at most %(most)s characters", most=LONGEST[name]), field=name)
    if any(ord(char) < 32 or "\ud800" <= char <= "\udfff" for char in text):
        raise Invalid(Said("holds a character that is not kept"), field=name)
    return text or None


def _none_of(name: str, known: tuple[str, ...]) -> Said:
    return Said("%(value)s is none of %(known)s", value=name[:30], known=tuple(SHOWN[one] for one in known))


def _tonnes(kind: str, amount: Decimal) -> Decimal:
    if kind not in DISCHARGES:
        raise Invalid(_none_of(kind, DISCHARGES), field="emissions")
    if not amount.is_finite() or not 0 <= amount < LARGEST_TONNES or -int(amount.as_tuple().exponent) > 4:
        raise Invalid(Said("tonnes a year are 0 or more, with at most four decimals"), field="emissions")
    return amount


def amounts_of(text: str) -> dict[str, Decimal]:
    """The amounts out of a text like `SO₂=12.5; nox=3`; raises Invalid for what is no such list."""
    found: dict[str, Decimal] = {}
    for part in text.replace("；", ";").replace("，", ";").replace(",", ";").replace("\n", ";").split(";"):
        if not part.strip():
            continue
        name, between, amount = part.replace("＝", "=").partition("=")
        kind = kind_named(name)
        try:
            tonnes = Decimal(amount.strip())
        except InvalidOperation:
            tonnes = None
        if not between or tonnes is None or kind in found:
            raise Invalid(Said("amounts are written like SO₂=12.5; CO=3, each kind once"), field="emissions")
        found[kind] = _tonnes(kind, tonnes)
    return found


def amounts_in_text(emissions: Mapping[str, Any]) -> str:
    """The same the other way round."""
    return "; ".join(f"{SHOWN[kind]}={emissions[kind]}" for kind in DISCHARGES if kind in emissions)


def is_credit_code(text: str) -> bool:
    """Whether the check character of a unified social credit code is right (GB 32100-2015 annex A)."""
    if len(text) != 18 or any(char not in _CREDIT for char in text):
        return False
    total = sum(_CREDIT.index(char) * pow(3, place, _TOP) for place, char in enumerate(text[:17]))
    return _CREDIT[-total % _TOP] == text[17]


def body_of(file: SourceFile, state: SourceState) -> dict[str, Any]:
    """A version of the file as it is kept: plain values, everything in it."""
    body: dict[str, Any] = {one.name: getattr(file, one.name) for one in fields(file) if one.name != "code"}
    return body | {
        "pollutants": list(file.pollutants),
        "kind": file.kind.value,
        "state": state.value,
        "permit_until": None if file.permit_until is None else file.permit_until.isoformat(),
        "emissions": {kind: str(amount) for kind, amount in (file.emissions or {}).items()},
    }


def differing(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """The names of what differs between two versions, in order; never what it says."""
    return sorted(name for name in after if before.get(name) != after[name])
