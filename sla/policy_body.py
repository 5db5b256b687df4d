"""Reads the body of a policy: its terms by kind of clock, and which acts start and stop them. Pure.

    limits_s        seconds by kind of clock
    warn_fractions  of the limit, and warn_before_s before the deadline: for every kind
    warnings        by kind, in place of these: {"fractions": […], "before_s": […]}
    ladders         by kind: [{"level", "role", "fraction" or "after_s", "repeat": {"every_s", "times"},
                    "quiet": {"from", "to"}, "must_reach"}, …]
    calendars       by name: {"days": {"mon": [["09:30", "19:30"]], …}, "holidays": […], "make_up": {date: day}}
    calendar_of     by kind: {"calendar": name, "reason": …}; day and night without one
    starts, stops   by kind: {"at": act, "reading": …}, {"by": [act, …], "reading": …}
    overrides       sla/policy_overlay.py

What was stored by earlier releases has only the first four and is read as they meant it.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, timedelta
from itertools import pairwise, product
from typing import Any

from models.enums import DUE_GIVEN, ClockKind, OrderAct, Role
from models.errors import Invalid
from sla.calendar import DAYS, Calendar, Quiet, Window
from sla.deadlines import MAY_START, NEEDED_STOPS, STARTS, STOPS, Act
from sla.policy_overlay import GROUPS, OVERRIDES, Layer, laid
from sla.policy_steps import Repeat, Rung, Terms

# For policies stored before these kinds of clock were there.
LATER_LIMITS_S = {ClockKind.DECISION: 600.0, ClockKind.TRIAGE: 7200.0}
COUNTED_ALWAYS = frozenset({ClockKind.ACKNOWLEDGE, ClockKind.FEEDBACK, ClockKind.REPORT})
"""Body §3(三) knows no office hours: another calendar for these wants its reason."""
LONGEST = timedelta(days=3660)
LONGEST_WORKING = timedelta(days=60)
MAX_LEVELS = 10
MAX_STEPS = 200
"""Of one plan: every one of them is kept on the row of each clock."""
MAX_OVERRIDES = 100
PATCHED = ("limits_s", "warn_fractions", "warn_before_s", "warnings", "ladders", "calendar_of")
WHOLE = ("calendars", "starts", "stops", OVERRIDES)
"""What an override cannot say: the same clocks run for every order, whatever rises meanwhile."""
_TIME = re.compile(r"([01]\d|2[0-4]):([0-5]\d)")
Body = Mapping[str, Any]


def check(body: Body, *, paths: Iterable[Sequence[str]]) -> None:
    """Raises Invalid naming the first fault: in the base, in an override, or in what they make together.

    `paths` has for every known grid the codes from the prefecture down to it.
    """
    known = list(paths)
    _names(body, "policy", (*PATCHED, *WHOLE))
    for name in ("limits_s", "warn_fractions", "warn_before_s", "ladders"):
        if name not in body:
            raise Invalid(f"policy.{name}: is missing")
    for name, calendar in _group(body, "calendars").items():
        with _told(f"policy.calendars.{name}"):
            _read_calendar(calendar, f"policy.calendars.{name}")
    _all_terms(body, ())
    starts(body)
    stops(body)
    overrides = _group(body, OVERRIDES)
    _names(overrides, f"policy.{OVERRIDES}", (*GROUPS, "grids"))
    codes = {path[-1] for path in known if path}
    allowed: dict[str, Iterable[str]] = {**GROUPS, "grids": codes}
    for name, values in allowed.items():
        patches = _group(overrides, name, f"policy.{OVERRIDES}")
        _names(patches, f"policy.{OVERRIDES}.{name}", values)
        for key, patch in patches.items():
            _names(
                _mapping(patch, f"policy.{OVERRIDES}.{name}.{key}"),
                f"policy.{OVERRIDES}.{name}.{key}",
                PATCHED,
            )
    of_grids = overrides.get("grids") or {}
    if len(of_grids) > MAX_OVERRIDES:
        raise Invalid(f"policy.{OVERRIDES}.grids: at most {MAX_OVERRIDES}")
    for found in _combinations(overrides, known):
        try:
            _all_terms(body, found)
        except Invalid as fault:
            raise Invalid(f"with {', '.join(name for name, _ in found)}: {fault.detail}") from None


def _combinations(overrides: Body, paths: Iterable[Sequence[str]]) -> Iterable[list[Layer]]:
    """Every set of patches that can come together, but for none."""
    choices: list[list[list[Layer]]] = []
    for name in GROUPS:
        patches = overrides.get(name) or {}
        choices.append([[], *([(f"{name} {key}", patch)] for key, patch in patches.items())])
    of_grids = overrides.get("grids") or {}
    places = sorted({tuple(code for code in path if code in of_grids) for path in paths} | {()})
    choices.append([[(f"grid {code}", of_grids[code]) for code in place] for place in places])
    for chosen in product(*choices):
        if found := [layer for part in chosen for layer in part]:
            yield found


def _all_terms(body: Body, found: Sequence[Layer]) -> None:
    merged = laid(body, found)
    for name in ("limits_s", "warnings", "ladders", "calendar_of"):
        _names(_group(merged, name), f"policy.{name}", (kind.value for kind in ClockKind))
    for kind in ClockKind:
        read_terms(merged, kind)


def read_terms(merged: Body, kind: ClockKind) -> Terms:
    """The terms of one kind of clock out of a body whose overrides have been laid over it; raises Invalid."""
    where = f"policy, {kind.value}"
    with _told(where):
        calendar = _calendar(merged, kind)
        fractions, before = _warnings(merged, kind)
        ladder = tuple(_rung(rung, where) for rung in _group(merged, "ladders").get(kind.value) or ())
        terms = Terms(_limit(merged, kind, calendar), fractions, before, ladder, calendar)
    _sound(terms, where)
    return terms


@contextmanager
def _told(where: str) -> Iterator[None]:
    """What cannot be read is told with its place."""
    try:
        yield
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise Invalid(f"{where}: {error!r}") from None


def _limit(merged: Body, kind: ClockKind, calendar: Calendar | None) -> timedelta | None:
    if kind in DUE_GIVEN:
        return None
    said = merged["limits_s"].get(kind.value, LATER_LIMITS_S.get(kind))
    if said is None:
        raise Invalid(f"policy.limits_s: {kind.value} is missing")
    limit = timedelta(seconds=_number(said))
    if limit <= timedelta(0):
        raise Invalid(f"policy.limits_s.{kind.value}: every limit must be longer than nothing")
    longest = LONGEST if calendar is None else LONGEST_WORKING
    if limit > longest:
        raise Invalid(f"policy.limits_s.{kind.value}: at most {longest.days} days")
    return limit


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"{value!r} is no number")
    return float(value)


def _warnings(merged: Body, kind: ClockKind) -> tuple[tuple[float, ...], tuple[timedelta, ...]]:
    own = _group(merged, "warnings").get(kind.value)
    if own is None:
        said, seconds = merged["warn_fractions"], [merged["warn_before_s"]]
    else:
        _names(own, f"policy.warnings.{kind.value}", ("fractions", "before_s"))
        said, seconds = own.get("fractions", ()), own.get("before_s", ())
    return (
        tuple(_number(fraction) for fraction in said),
        tuple(timedelta(seconds=_number(before)) for before in seconds),
    )


def _rung(said: Body, where: str) -> Rung:
    _names(
        said, f"{where}: a rung", ("level", "role", "fraction", "after_s", "repeat", "quiet", "must_reach")
    )
    if ("fraction" in said) == ("after_s" in said):
        raise Invalid(f"{where}: a rung wants either fraction or after_s")
    repeat, quiet = said.get("repeat"), said.get("quiet")
    return Rung(
        int(said["level"]),
        Role(said["role"]),
        _number(said.get("fraction", 0.0)),
        timedelta(seconds=_number(said.get("after_s", 0))),
        None
        if repeat is None
        else Repeat(timedelta(seconds=_number(repeat["every_s"])), int(repeat["times"])),
        None if quiet is None else Quiet(_time(quiet["from"]), _time(quiet["to"])),
        bool(said.get("must_reach", False)),
    )


def _sound(terms: Terms, where: str) -> None:
    if any(not 0 < fraction < 1 for fraction in terms.warn_fractions):
        raise Invalid(f"{where}: warning fractions lie between 0 and 1")
    if any(not timedelta(0) < before <= LONGEST for before in terms.warn_before):
        raise Invalid(f"{where}: a warning comes some time before the deadline")
    rungs = terms.ladder
    if [rung.level for rung in rungs] != list(range(1, len(rungs) + 1)):
        raise Invalid(f"{where}: the ladder counts its levels from 1")
    if len(rungs) > MAX_LEVELS:
        raise Invalid(f"{where}: at most {MAX_LEVELS} levels")
    if any(
        rung.fraction < 0 or not timedelta(0) <= rung.after <= LONGEST or rung.fraction > 100
        for rung in rungs
    ):
        raise Invalid(f"{where}: a level is told at the deadline or after it")
    if any(rung.fraction for rung in rungs) and any(rung.after for rung in rungs):
        raise Invalid(f"{where}: a ladder counts in fractions of the limit or in seconds, not in both")
    if any(low.fraction > high.fraction or low.after > high.after for low, high in pairwise(rungs)):
        raise Invalid(f"{where}: a higher level is told earlier than a lower one")
    for rung in rungs:
        if rung.repeat is not None and (
            not timedelta(minutes=1) <= rung.repeat.every <= LONGEST or rung.repeat.times < 1
        ):
            raise Invalid(f"{where}: a level is repeated at least once, a minute or more apart")
        if rung.quiet is not None and (rung.quiet.until - rung.quiet.since) % timedelta(days=1) == timedelta(
            0
        ):
            raise Invalid(f"{where}: a quiet time ends at another time of day than it begins")
    told = sum(1 + (0 if rung.repeat is None else rung.repeat.times) for rung in rungs)
    if told + len(terms.warn_fractions) + len(terms.warn_before) >= MAX_STEPS:
        raise Invalid(f"{where}: a plan has at most {MAX_STEPS} steps, repeats among them")


def _calendar(merged: Body, kind: ClockKind) -> Calendar | None:
    said = _group(merged, "calendar_of").get(kind.value)
    if said is None:
        return None
    where = f"policy.calendar_of.{kind.value}"
    _names(said, where, ("calendar", "reason"))
    if kind in DUE_GIVEN:
        raise Invalid(f"{where}: its deadline is given, and no calendar's")
    if kind in COUNTED_ALWAYS and not str(said.get("reason") or "").strip():
        raise Invalid(f"{where}: these hours run day and night; anything else wants its reason")
    named = _group(merged, "calendars").get(said["calendar"])
    if named is None:
        raise Invalid(f"{where}: no calendar {said['calendar']!r}")
    return _read_calendar(named, f"policy.calendars.{said['calendar']}")


def _read_calendar(said: Body, where: str) -> Calendar:
    _names(said, where, ("days", "holidays", "make_up"))
    days = _group(said, "days", where)
    _names(days, f"{where}.days", DAYS)
    week = tuple(_windows(days.get(day) or (), f"{where}.days.{day}") for day in DAYS)
    if sum((until - since for day in week for since, until in day), timedelta(0)) < timedelta(hours=1):
        raise Invalid(f"{where}: a week has at least an hour of working time")
    made_up = {
        date.fromisoformat(day): DAYS.index(like) for day, like in _group(said, "make_up", where).items()
    }
    return Calendar(week, frozenset(date.fromisoformat(day) for day in said.get("holidays") or ()), made_up)


def _windows(said: Iterable[Sequence[str]], where: str) -> tuple[Window, ...]:
    found = tuple((_time(since), _time(until)) for since, until in said)
    if any(since >= until for since, until in found):
        raise Invalid(f"{where}: a window ends after it begins, on the same day")
    if any(before[1] > after[0] for before, after in pairwise(found)):
        raise Invalid(f"{where}: windows stand in order and apart from one another")
    return found


def _time(text: Any) -> timedelta:
    found = _TIME.fullmatch(text) if isinstance(text, str) else None
    if found is None or (at := timedelta(hours=int(found[1]), minutes=int(found[2]))) > timedelta(days=1):
        raise ValueError(f"{text!r} is no time of day such as 09:30")
    return at


def starts(body: Body) -> dict[OrderAct, tuple[ClockKind, ...]]:
    """Which clocks each act starts: the code's own list, with what this policy reads otherwise; raises Invalid."""
    said = _group(body, "starts")
    _names(said, "policy.starts", (kind.value for kind in MAY_START))
    found = {act: list(kinds) for act, kinds in STARTS.items()}
    for name, choice in said.items():
        kind, where = ClockKind(name), f"policy.starts.{name}"
        _names(_mapping(choice, where), where, ("at", "reading"))
        allowed = MAY_START[kind]
        act = next((act for act in allowed if act.value == choice.get("at")), None)
        if act is None:
            raise Invalid(f"{where}.at: one of {', '.join(sorted(a.value for a in allowed))}")
        _reading(choice, where)
        if kind not in found.get(act, ()):
            for kinds in found.values():
                if kind in kinds:
                    kinds.remove(kind)
            found.setdefault(act, []).append(kind)
    return {act: tuple(kinds) for act, kinds in found.items() if kinds}


def stops(body: Body) -> dict[ClockKind, frozenset[Act]]:
    """Where this policy counts fewer acts as an answer than the code knows: which; raises Invalid."""
    found: dict[ClockKind, frozenset[Act]] = {}
    said = _group(body, "stops")
    _names(said, "policy.stops", (kind.value for kind in ClockKind))
    for name, choice in said.items():
        kind, where = ClockKind(name), f"policy.stops.{name}"
        _names(_mapping(choice, where), where, ("by", "reading"))
        by = choice.get("by")
        known = {act.value: act for act in STOPS[kind]}
        if not isinstance(by, list) or not all(isinstance(one, str) and one in known for one in by):
            raise Invalid(f"{where}.by: a list of {', '.join(sorted(known))}")
        acts = frozenset(known[one] for one in by)
        if needed := NEEDED_STOPS[kind] - acts:
            missing = ", ".join(sorted(act.value for act in needed))
            raise Invalid(f"{where}.by: without {missing} it might never stop")
        _reading(choice, where)
        if acts != STOPS[kind]:
            found[kind] = acts
    return found


def _reading(choice: Body, where: str) -> None:
    reading = choice.get("reading")
    if not isinstance(reading, str) or not reading.strip():
        raise Invalid(f"{where}.reading: the words it is read from, with their article")


def _mapping(value: Any, where: str) -> Body:
    if not isinstance(value, Mapping):
        raise Invalid(f"{where}: wants a group of names")
    return value


def _group(body: Body, name: str, where: str = "policy") -> Body:
    value = body.get(name)
    return {} if value is None else _mapping(value, f"{where}.{name}")


def _names(said: Any, where: str, allowed: Iterable[str]) -> None:
    known = list(allowed)
    unknown = [name for name in _mapping(said, where) if name not in known]
    if unknown:
        raise Invalid(f"{where}.{unknown[0]}: there is no such name here")
