"""How instants and spans of time read on screen: Beijing time, whole seconds. Pure."""

import json
import math
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from models.clock import BEIJING

_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT[0-9:.]{8,15}([+-]\d\d:\d\d|Z)")
SOON = timedelta(minutes=15)
"""A deadline this near is marked; the same on the board's counter."""


@dataclass(frozen=True, slots=True)
class Countdown:
    """What a running deadline shows at an instant; the page's script goes on from there in the same form."""

    level: Literal["fine", "soon", "overdue"]
    digits: str


def instant_of(value: datetime | str) -> datetime:
    return datetime.fromisoformat(value) if isinstance(value, str) else value


def beijing(value: datetime | str | None, *, year: bool = False) -> str:
    """`11-23 08:00:05`, with the year in front where asked for; nothing for no instant."""
    if value is None:
        return ""
    pattern = "%Y-%m-%d %H:%M:%S" if year else "%m-%d %H:%M:%S"
    return instant_of(value).astimezone(BEIJING).strftime(pattern)


def span(seconds: int) -> str:
    """`00:47:55`; hours go beyond 24, so that a number never wants a unit."""
    minutes, second = divmod(seconds, 60)
    hour, minute = divmod(minutes, 60)
    return f"{hour:02d}:{minute:02d}:{second:02d}"


def countdown(due_at: datetime | str, now: datetime) -> Countdown:
    """Time left, rounded up, or time since, rounded down with a plus sign; at the deadline itself 0 is left."""
    left = instant_of(due_at) - now
    if left < timedelta():
        return Countdown("overdue", "+" + span(math.floor(-left.total_seconds())))
    return Countdown("soon" if left <= SOON else "fine", span(math.ceil(left.total_seconds())))


def next_clock(clocks: list[dict[str, Any]]) -> dict[str, Any] | None:
    """The clock that wants an answer first: unstopped, with the earliest deadline."""
    waiting = [c for c in clocks if c["stopped_at"] is None and c["state"] in ("running", "breached")]
    return min(waiting, key=lambda c: instant_of(c["due_at"]), default=None)


def start_of_day(now: datetime) -> datetime:
    """Midnight in Beijing of the day that `now` falls on."""
    return now.astimezone(BEIJING).replace(hour=0, minute=0, second=0, microsecond=0)


def size(octets: int) -> str:
    return f"{max(1, round(octets / 1024))} KB" if octets < 1024 * 1024 else f"{octets / 1024 / 1024:.1f} MB"


def plain(text: str) -> str:
    """A text of unknown origin so that it can neither hide a character nor turn the ones beside it round."""
    return "".join(char if char == "\n" or char.isprintable() else _named(char) for char in text)


def _named(char: str) -> str:
    return f"\\u{ord(char):04x}" if ord(char) > 0xFF else f"\\x{ord(char):02x}"


def json_text(value: Any) -> str:
    """A value of a document as it stands there."""
    return plain(json.dumps(value, ensure_ascii=False, indent=2 if isinstance(value, dict | list) else None))


def moment(text: str) -> str:
    """An instant out of a document in Beijing time, any other text as `plain` gives it."""
    if _INSTANT.fullmatch(text):
        try:
            return beijing(text, year=True)
        except ValueError:
            pass
    return plain(text)


def last_day(until: str | datetime) -> str:
    """The last day, Beijing time, of what ends at a midnight."""
    at = datetime.fromisoformat(until) if isinstance(until, str) else until
    return (at.astimezone(BEIJING) - timedelta(seconds=1)).strftime("%Y-%m-%d")
