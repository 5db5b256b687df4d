"""What the record says beside a line of the review's checklist: pure."""

from collections.abc import Mapping
from math import ceil
from typing import Any

from app.console.durations import duration_in_words
from app.console.shown import instant_of
from app.console.texts import N_, Texts
from models.enums import ClockKind

_IN_TIME = N_("By the record: limit %(limit)s, in time.")
_LATE = N_("By the record: limit %(limit)s, late by %(late)s.")
_NONE = N_("By the record: limit %(limit)s, no feedback.")
NO_STATION = N_("The order has no station: there is no re-test to look at.")
_RETESTS = "verdict_looked_at"


def beside_lines(words: Texts, order: Mapping[str, Any]) -> dict[str, str]:
    """By the key of an item of the first policy, what the order's record says to it; without those it is silent on."""
    said = {}
    fed_back = [clock for clock in order["clocks"] if clock["kind"] == ClockKind.FEEDBACK]
    if fed_back:
        # A receiver has clocks of its own, given later than the order's.
        said["seen_in_time"] = _answered(words, fed_back[-1], order["feedback_at"])
    if order["station"] is None:
        said[_RETESTS] = words.say(NO_STATION)
    return said


def idle_lines(order: Mapping[str, Any]) -> frozenset[str]:
    """The keys of the items that cannot apply to this order."""
    return frozenset({_RETESTS}) if order["station"] is None else frozenset()


def _answered(words: Texts, clock: Mapping[str, Any], answered_at: str | None) -> str:
    due = instant_of(clock["due_at"])
    limit = duration_in_words(words, ceil((due - instant_of(clock["started_at"])).total_seconds()))
    if answered_at is None:
        return words.say(_NONE, limit=limit)
    late = ceil((instant_of(answered_at) - due).total_seconds())
    if late <= 0:
        return words.say(_IN_TIME, limit=limit)
    return words.say(_LATE, limit=limit, late=duration_in_words(words, late))
