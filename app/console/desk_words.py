"""What is open at a desk, in the reader's words: pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.console.admin_names import SILENCE_KIND
from app.console.muting import ALARM_NAMES
from app.console.names import named
from app.console.shown import beijing
from app.console.texts import N_, Texts
from models.enums import OutageKind, RiskKind

RISK: dict[str, str] = {
    RiskKind.BREACHED: N_("Overdue and not answered"),
    RiskKind.DUE_SOON: N_("Due within an hour"),
    RiskKind.TO_REVIEW: N_("Reported, waiting for review"),
    RiskKind.REQUESTS: N_("Requests waiting for a decision"),
    RiskKind.UNROUTED: N_("Alerts nobody answers for"),
    RiskKind.SUSPENDED: N_("Suspended orders"),
    RiskKind.EPISODES: N_("Regional episodes"),
    RiskKind.OFFLINE: N_("Stations offline"),
    RiskKind.WAYS: N_("Ways out that fail"),
    RiskKind.FINDINGS: N_("Found by the watchdog"),
    RiskKind.OUTAGES: N_("Outages of the last 12 hours"),
    RiskKind.SILENCES: N_("Silences and maintenance in force"),
    RiskKind.MUTES: N_("Muted alarms"),
}
_SINCE: dict[str, str] = {
    RiskKind.TO_REVIEW: N_("reported %(at)s"),
    RiskKind.REQUESTS: N_("asked %(at)s"),
    RiskKind.OFFLINE: N_("last heard %(at)s"),
}
_UNTIL: dict[str, str] = {
    RiskKind.BREACHED: N_("was due %(at)s"),
    RiskKind.DUE_SOON: N_("due %(at)s"),
    RiskKind.TO_REVIEW: N_("review due %(at)s"),
    RiskKind.REQUESTS: N_("decision due %(at)s"),
    RiskKind.SUSPENDED: N_("comes back %(at)s"),
}
_FROM, _TO = N_("since %(at)s"), N_("until %(at)s")
_OUTAGE: dict[str, str] = {
    OutageKind.DATABASE: N_("Database"),
    OutageKind.ENGINE: N_("Engine of the deadlines"),
    OutageKind.BROKER: N_("Message broker"),
    OutageKind.INTAKE: N_("Intake of readings"),
}
_GROUPS: dict[str, str] = {
    RiskKind.BREACHED: "clock",
    RiskKind.DUE_SOON: "clock",
    RiskKind.REQUESTS: "request",
    RiskKind.UNROUTED: "alert",
    RiskKind.EPISODES: "alert",
    RiskKind.OFFLINE: "health",
    RiskKind.FINDINGS: "watchdog",
}
_OWN: dict[str, Mapping[Any, str]] = {
    RiskKind.SILENCES: SILENCE_KIND,
    RiskKind.OUTAGES: _OUTAGE,
    RiskKind.MUTES: ALARM_NAMES,
}
_MAY_BE_LATE = frozenset({RiskKind.DUE_SOON, RiskKind.TO_REVIEW, RiskKind.REQUESTS, RiskKind.SUSPENDED})
"""Of these some may be told under a worse heading; notes of earlier releases do not say how many."""
LATE = frozenset({RiskKind.BREACHED.value, RiskKind.DUE_SOON.value})
"""Of these a page that is looked at shows how much time is left."""


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that is open."""

    order_id: int | None
    number: str | None
    what: str
    station: str | None
    about: str | None
    grid_name: str | None
    when: tuple[str, ...]
    due_at: str | None
    """Where a countdown is to be shown."""
    said: str | None
    who: str | None


@dataclass(frozen=True, slots=True)
class Part:
    """Everything of one kind."""

    kind: str
    name: str
    count: int
    """All there are of it, wherever they are told."""
    elsewhere: int
    """Of these, told under a worse heading."""
    lines: tuple[Line, ...]

    @property
    def more(self) -> int:
        """How many are counted and not told."""
        return self.count - self.elsewhere - len(self.lines)


@dataclass(frozen=True, slots=True)
class Told:
    """All that is open at an instant, and the names of the kinds of which there is none."""

    at: str
    parts: tuple[Part, ...]
    none: tuple[str, ...]

    @property
    def count(self) -> int:
        """Each thing once."""
        return sum(part.count - part.elsewhere for part in self.parts)


def risks_in_words(words: Texts, risks: Mapping[str, Any]) -> Told:
    """The risks of a desk or of a note; a kind that this release does not know is named by its code."""
    parts: list[Part] = []
    none: list[str] = []
    for found in risks["kinds"]:
        kind = found["kind"]
        name = words.say(RISK.get(kind, kind))
        also = found.get("also", 0)
        if not found["count"] + also:
            if "also" in found or kind not in _MAY_BE_LATE:
                none.append(name)
            continue
        lines = tuple(_line(words, kind, item) for item in found["items"])
        parts.append(Part(kind, name, found["count"] + also, also, lines))
    return Told(risks["at"], tuple(parts), tuple(none))


def _line(words: Texts, kind: str, item: Mapping[str, Any]) -> Line:
    when = []
    if item["since"] is not None:
        when.append(words.say(_SINCE.get(kind, _FROM), at=beijing(item["since"])))
    if item["until"] is not None:
        when.append(words.say(_UNTIL.get(kind, _TO), at=beijing(item["until"])))
    if item["quantity"] is not None:
        when.append(words.say("%(count)s at least", count=item["quantity"]))
    # Why nobody was found is a code, of no use on paper.
    said = None if kind == RiskKind.UNROUTED else item["said"]
    return Line(
        item["order_id"],
        item["number"],
        _what(words, kind, item["what"]),
        item["station"],
        item["about"],
        item["grid_name"],
        tuple(when),
        item["until"] if kind in LATE else None,
        said,
        item["who"],
    )


def _what(words: Texts, kind: str, what: str | None) -> str:
    if what is None:
        return ""
    if kind == RiskKind.WAYS:
        channel, _, target = what.partition(":")
        return " ".join([named(words, "channel", channel), *([target] if target else [])])
    if (own := _OWN.get(kind)) is not None:
        return words.say(own.get(what, what))
    return named(words, _GROUPS[kind], what) if kind in _GROUPS else what
