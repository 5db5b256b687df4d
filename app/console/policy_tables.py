"""An SLA policy as a table: limit, warnings and ladder of every kind of clock; what a form changes. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from app.console.durations import duration_in_words, seconds_of
from app.console.rule_tables import at
from app.console.texts import Texts
from models.enums import DUE_GIVEN, ClockKind
from sla.policy_body import LATER_LIMITS_S, read_terms
from sla.policy_overlay import laid

Body = Mapping[str, Any]
LIMITED = tuple(kind for kind in ClockKind if kind not in DUE_GIVEN)
FIELD = "m."
OVERLAID = ("calendars", "calendar_of", "starts", "stops", "overrides")
"""What the table leaves out or says in brief."""


@dataclass(frozen=True, slots=True)
class Told:
    """One level of a ladder."""

    level: int
    role: str
    percent: int
    """Of the limit, after the deadline."""
    after_s: int
    every_s: int | None
    times: int
    must_reach: bool


@dataclass(frozen=True, slots=True)
class Row:
    """What a policy says of one kind of clock, and what the one in force says, where that differs."""

    kind: str
    limit_s: int | None
    was_s: int | None
    percents: tuple[int, ...]
    before_s: tuple[int, ...]
    ladder: tuple[Told, ...]
    calendar: str | None
    changed: bool
    """Anything but the limit."""


def rows(body: Body, before: Body) -> list[Row]:
    """Of every kind of clock, where nothing overrides it."""
    return [_row(body, before, kind) for kind in ClockKind]


def _row(body: Body, before: Body, kind: ClockKind) -> Row:
    terms, others = read_terms(laid(body, ()), kind), read_terms(laid(before, ()), kind)
    limit, was = _seconds(terms.limit), _seconds(others.limit)
    ladder = tuple(
        Told(
            rung.level, rung.role.value, round(rung.fraction * 100), int(rung.after.total_seconds()),
            None if rung.repeat is None else int(rung.repeat.every.total_seconds()),
            0 if rung.repeat is None else rung.repeat.times, rung.must_reach,
        )
        for rung in terms.ladder
    )  # fmt: skip
    calendar = at(body, f"calendar_of.{kind.value}.calendar")
    same = (terms.warn_fractions, terms.warn_before, terms.ladder, terms.calendar) == (
        others.warn_fractions, others.warn_before, others.ladder, others.calendar,
    )  # fmt: skip
    return Row(
        kind.value, limit, None if was == limit else was, tuple(round(f * 100) for f in terms.warn_fractions),
        tuple(int(one.total_seconds()) for one in terms.warn_before), ladder, calendar, not same,
    )  # fmt: skip


def _seconds(limit: timedelta | None) -> int | None:
    return None if limit is None else int(limit.total_seconds())


def limits(body: Body, words: Texts) -> list[tuple[str, str]]:
    """The limit of each kind of clock that has one, as a form shows it."""
    return [(kind.value, duration_in_words(words, _limit(body, kind))) for kind in LIMITED]


def _limit(body: Body, kind: ClockKind) -> float:
    return float(at(body, f"limits_s.{kind.value}") or LATER_LIMITS_S.get(kind, 0.0))


def patch_of(fields: Mapping[str, str], body: Body) -> dict[str, Any]:
    """The merge patch that makes the limits what a form says; raises Invalid, naming the place."""
    limits = {}
    for kind in LIMITED:
        said = fields.get(FIELD + kind.value)
        if said is None:
            continue
        seconds = float(seconds_of(said, f"policy.limits_s.{kind.value}"))
        # What the form showed is no change: it says a limit to the thousandth.
        if seconds != round(_limit(body, kind), 3):
            limits[kind.value] = int(seconds) if seconds.is_integer() else seconds
    return {"limits_s": limits} if limits else {}


def rest(body: Body) -> dict[str, Any]:
    """What the table leaves out."""
    return {name: body[name] for name in OVERLAID if body.get(name)}
