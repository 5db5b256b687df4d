"""Reads one mapping of a registry file field by field and notes each fault with its place.

A field that is missing or wrong gives an empty value (`""`, 0, NaN, None) after its fault was noted, so
that one reading finds every fault and later checks can pass over what is already known to be wrong.
"""

import math
import re
import unicodedata
from collections.abc import Callable, Collection, Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import TypeVar

from app.registry.document import Map, Plain, Seq, Value
from app.registry.entries import Fault
from models.clock import BEIJING
from models.said import Said

_NUMBER = re.compile(r"[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?", re.ASCII)
_INTEGER = re.compile(r"[-+]?\d{1,18}", re.ASCII)
_BOOLEAN = re.compile(r"true|false", re.IGNORECASE)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*", re.ASCII)
"""Codes stand in MQTT topics and in the broker's password file, so no `/`, `+`, `#`, `:` nor blanks."""
USERNAME = re.compile(r"\w[\w.@-]*")

T = TypeVar("T")
Check = Callable[[str], Said | None]
"""What is wrong with a text; it goes on from the name of the field."""


def join(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key


def number(value: Value) -> float | None:
    """The finite number that an unquoted scalar means; None if it means none."""
    if isinstance(value, Plain) and _NUMBER.fullmatch(value):
        result = float(value)
        return result if math.isfinite(result) else None
    return None


def shown(value: Value) -> str:
    """The value as a message may quote it."""
    if isinstance(value, Map):
        return Said("a mapping")
    if isinstance(value, Seq):
        return Said("a list")
    if value is None:
        return Said("nothing")
    return repr(str(value)) if len(value) <= 60 else repr(str(value[:57])) + "…"


class Entry:
    """One mapping at a path; `label` names the thing in messages, such as `station WZ-652301-001`."""

    def __init__(self, node: Map, path: str, label: str, faults: list[Fault]) -> None:
        self.node = node
        self.path = path
        self.label = label
        self.faults = faults
        self.sound = True

    def fault(self, key: str | None, said: Said) -> None:
        """Notes a fault of a field, or of the whole entry."""
        self.sound = False
        line = self.node.line if key is None else self.line(key)
        path = self.path if key is None else join(self.path, key)
        self.faults.append(Fault(line, path, said, self.label))

    def wrong(self, key: str, said: Said) -> None:
        """Notes a fault of a field in a sentence that begins with the field's name."""
        self.fault(key, of_field(key, said))

    def missing(self, key: str) -> None:
        self.fault(key if key in self.node else None, of_field(key, Said("is missing")))

    def line(self, key: str) -> int:
        value = self.node.get(key)
        if isinstance(value, Map | Seq):
            return value.line
        return self.node.lines.get(key, self.node.line)

    def only(self, *keys: str) -> None:
        """Every key that is not one of these is a fault."""
        for key in self.node:
            if key not in keys:
                self.fault(key, Said("unknown key; known are %(known)s", known=keys))

    def said(self, key: str) -> bool:
        return self.node.get(key) is not None

    def text(
        self,
        key: str,
        *,
        limit: int,
        required: bool = False,
        integers: bool = False,
        check: Check | None = None,
    ) -> str:
        """Trimmed text; `""` if it is not there or not text. `integers` may stand without quotes."""
        value = self.node.get(key)
        if value is None:
            if required:
                self.missing(key)
            return ""
        result = value.strip() if isinstance(value, str) else ""
        message = _text_fault(value, result, limit, integers=integers) or (
            check(result) if check and result else None
        )
        if message:
            self.wrong(key, message)
            return ""
        return result

    def maybe(self, key: str, *, limit: int, integers: bool = False) -> str | None:
        return self.text(key, limit=limit, integers=integers) or None

    def secret(self, key: str, *, least: int) -> str | None:
        """A password, taken as it stands, blanks included."""
        value = self.node.get(key)
        if value is None:
            return None
        text = str(value) if isinstance(value, str) else ""
        message = _text_fault(value, text, 200, integers=True)
        if message is None and len(text) < least:
            message = Said("is shorter than %(least)s characters", least=least)
        if message:
            self.wrong(key, message)
            return None
        return text

    def code(self, key: str, *, limit: int, required: bool = True) -> str:
        return self.text(key, limit=limit, required=required, integers=True, check=not_a_code)

    def choice(self, key: str, known: Collection[str], *, required: bool = False) -> str:
        def check(text: str) -> Said | None:
            return None if text in known else none_of(repr(text), known)

        return self.text(key, limit=60, required=required, check=check)

    def number(self, key: str, low: float, high: float) -> float:
        """A required number within the range; NaN if there is none."""
        value = self.node.get(key)
        if value is None:
            self.missing(key)
            return math.nan
        result = number(value)
        if result is None:
            self.wrong(key, Said("must be a number, not %(value)s", value=shown(value)))
            return math.nan
        if not low <= result <= high:
            self.wrong(key, outside(value, f"{low:g}", f"{high:g}"))
            return math.nan
        return result

    def integer(self, key: str, low: int, high: int, *, required: bool = False) -> int:
        """A whole number within the range; 0 if there is none."""
        value = self.node.get(key)
        if value is None:
            if required:
                self.missing(key)
            return 0
        if not (isinstance(value, Plain) and _INTEGER.fullmatch(value)):
            self.wrong(key, Said("must be a whole number, not %(value)s", value=shown(value)))
            return 0
        if not low <= int(value) <= high:
            self.wrong(key, outside(value, low, high))
            return 0
        return int(value)

    def boolean(self, key: str) -> bool | None:
        """True or false, unquoted; None if there is none."""
        value = self.node.get(key)
        if value is None:
            return None
        if isinstance(value, Plain) and _BOOLEAN.fullmatch(value):
            return value.lower() == "true"
        self.wrong(key, Said("must be true or false, not %(value)s", value=shown(value)))
        return None

    def texts(
        self, key: str, *, limit: int, integers: bool = False, check: Check | None = None
    ) -> tuple[str, ...] | None:
        """A list of texts; None if the key is not there."""
        value = self.node.get(key)
        if value is None:
            return None
        if not isinstance(value, Seq):
            self.wrong(key, Said("must be a list, not %(value)s", value=shown(value)))
            return None
        found = []
        for n, item in enumerate(value):
            result = item.strip() if isinstance(item, str) else ""
            message = _text_fault(item, result, limit, integers=integers) or (
                check(result) if check else None
            )
            if message:
                self.sound = False
                path = f"{join(self.path, key)}[{n}]"
                self.faults.append(Fault(value.line_of(n), path, message, self.label))
            else:
                found.append(result)
        return tuple(dict.fromkeys(found))

    def entries(self, key: str, label: str) -> Iterator["Entry"]:
        """The mappings of a list; what is no list or no mapping is a fault."""
        value = self.node.get(key)
        if value is None:
            return
        if not isinstance(value, Seq):
            self.wrong(key, Said("must be a list, not %(value)s", value=shown(value)))
            return
        for n, item in enumerate(value):
            path = f"{join(self.path, key)}[{n}]"
            if isinstance(item, Map):
                yield Entry(item, path, label, self.faults)
            else:
                self.sound = False
                said = Said("%(label)s must be a mapping, not %(value)s", label=label, value=shown(item))
                self.faults.append(Fault(value.line_of(n), path, said))

    def instant(self, key: str, *, end: bool = False) -> datetime | None:
        """An RFC 3339 instant, or a day of Beijing time: its beginning, or its last moment for an `end`."""
        text = self.text(key, limit=40)
        if not text:
            return None
        try:
            if _DAY.fullmatch(text):
                day = date.fromisoformat(text) + timedelta(days=1 if end else 0)
                return datetime.combine(day, time(), BEIJING).astimezone(UTC)
            result = datetime.fromisoformat(text)
            if result.tzinfo is not None:
                return result.astimezone(UTC)
        except (ValueError, OverflowError):
            pass
        self.wrong(
            key, Said("%(value)s is no day (2026-01-31) nor an instant with its offset", value=repr(text))
        )
        return None


def of_field(key: str, said: Said) -> Said:
    """A sentence about a field, which `said` goes on with."""
    return Said("%(field)s %(fault)s", field=key, fault=said)


def none_of(value: object, known: Iterable[object]) -> Said:
    return Said("%(value)s is none of %(known)s", value=value, known=tuple(known))


def outside(value: object, low: object, high: object) -> Said:
    return Said("%(value)s lies outside %(low)s to %(high)s", value=value, low=low, high=high)


def not_a_code(text: str) -> Said | None:
    """Why the text is no code; None if it is one."""
    if CODE.fullmatch(text):
        return None
    return Said(
        "%(value)s may hold only letters, digits, '-', '_' and '.', and begins with a letter or a digit",
        value=repr(text),
    )


def not_a_username(text: str) -> Said | None:
    if USERNAME.fullmatch(text):
        return None
    return Said(
        "%(value)s may hold only letters, digits, '-', '_', '.' and '@', and begins with a letter or a digit",
        value=repr(text),
    )


def _text_fault(value: Value, text: str, limit: int, *, integers: bool) -> Said | None:
    if not isinstance(value, str):
        return Said("must be text, not %(value)s", value=shown(value))
    means_other = isinstance(value, Plain) and (_NUMBER.fullmatch(text) or _BOOLEAN.fullmatch(text))
    if means_other and not (integers and _INTEGER.fullmatch(text)):
        return Said("must be text: put quotes round %(value)s", value=text)
    if not text:
        return Said("is empty")
    if len(text) > limit:
        return Said("is longer than %(most)s characters", most=limit)
    if any(unicodedata.category(sign) in ("Cc", "Cs") for sign in text):
        return Said("holds a control character")
    return None
