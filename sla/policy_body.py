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
from models.said import Said, misplaced
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
            raise misplaced(f"policy.{name}", Said("is missing"))
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
        raise misplaced(f"policy.{OVERRIDES}.grids", Said("at most %(most)s", most=MAX_OVERRIDES))
    for found in _combinations(overrides, known):
        try:
            _all_terms(body, found)
        except Invalid as fault:
            names = tuple(name for name, _ in found)
            raise Invalid(Said("with %(layers)s: %(fault)s", layers=names, fault=fault.detail)) from None


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
    except KeyError as error:
        raise misplaced(where, Said("%(value)s is missing", value=repr(error.args[0]))) from None
    except (TypeError, ValueError, AttributeError, OverflowError) as error:
        known = error.args[0] if error.args and isinstance(error.args[0], Said) else None
        raise misplaced(where, known or Said("cannot be read: %(why)s", why=str(error))) from None


def _limit(merged: Body, kind: ClockKind, calendar: Calendar | None) -> timedelta | None:
    if kind in DUE_GIVEN:
        return None
    said = merged["limits_s"].get(kind.value, LATER_LIMITS_S.get(kind))
    if said is None:
        raise misplaced("policy.limits_s", Said("%(value)s is missing", value=kind.value))
    limit = timedelta(seconds=_number(said))
    if limit <= timedelta(0):
        raise misplaced(f"policy.limits_s.{kind.value}", Said("every limit must be longer than nothing"))
    longest = LONGEST if calendar is None else LONGEST_WORKING
    if limit > longest:
        raise misplaced(f"policy.limits_s.{kind.value}", Said("at most %(most)s days", most=longest.days))
    return limit


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(Said("%(value)s is no number", value=repr(value)))
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
        raise misplaced(where, Said("a rung wants either fraction or after_s"))
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
        raise misplaced(where, Said("warning fractions lie between 0 and 1"))
    if any(not timedelta(0) < before <= LONGEST for before in terms.warn_before):
        raise misplaced(where, Said("a warning comes some time before the deadline"))
    rungs = terms.ladder
    if [rung.level for rung in rungs] != list(range(1, len(rungs) + 1)):
        raise misplaced(where, Said("the ladder counts its levels from 1"))
    if len(rungs) > MAX_LEVELS:
        raise misplaced(where, Said("at most %(most)s levels", most=MAX_LEVELS))
    if any(
        rung.fraction < 0 or not timedelta(0) <= rung.after <= LONGEST or rung.fraction > 100
        for rung in rungs
    ):
        raise misplaced(where, Said("a level is told at the deadline or after it"))
    if any(rung.fraction for rung in rungs) and any(rung.after for rung in rungs):
        raise misplaced(where, Said("a ladder counts in fractions of the limit or in seconds, not in both"))
    if any(low.fraction > high.fraction or low.after > high.after for low, high in pairwise(rungs)):
        raise misplaced(where, Said("a higher level is told earlier than a lower one"))
    for rung in rungs:
        if rung.repeat is not None and (
            not timedelta(minutes=1) <= rung.repeat.every <= LONGEST or rung.repeat.times < 1
        ):
            raise misplaced(where, Said("a level is repeated at least once, a minute or more apart"))
        if rung.quiet is not None and (rung.quiet.until - rung.quiet.since) % timedelta(days=1) == timedelta(
            0
        ):
            raise misplaced(where, Said("a quiet time ends at another time of day than it begins"))
    told = sum(1 + (0 if rung.repeat is None else rung.repeat.times) for rung in rungs)
    if told + len(terms.warn_fractions) + len(terms.warn_before) >= MAX_STEPS:
        raise misplaced(where, Said("a plan has at most %(most)s steps, repeats among them", most=MAX_STEPS))


def _calendar(merged: Body, kind: ClockKind) -> Calendar | None:
    said = _group(merged, "calendar_of").get(kind.value)
    if said is None:
        return None
    where = f"policy.calendar_of.{kind.value}"
    _names(said, where, ("calendar", "reason"))
    if kind in DUE_GIVEN:
        raise misplaced(where, Said("its deadline is given, and no calendar's"))
    if kind in COUNTED_ALWAYS and not str(said.get("reason") or "").strip():
        raise misplaced(where, Said("these hours run day and night; anything else wants its reason"))
    named = _group(merged, "calendars").get(said["calendar"])
    if named is None:
        raise misplaced(where, Said("no calendar %(value)s", value=repr(said["calendar"])))
    return _read_calendar(named, f"policy.calendars.{said['calendar']}")


def _read_calendar(said: Body, where: str) -> Calendar:
    _names(said, where, ("days", "holidays", "make_up"))
    days = _group(said, "days", where)
    _names(days, f"{where}.days", DAYS)
    week = tuple(_windows(days.get(day) or (), f"{where}.days.{day}") for day in DAYS)
    if sum((until - since for day in week for since, until in day), timedelta(0)) < timedelta(hours=1):
        raise misplaced(where, Said("a week has at least an hour of working time"))
    made_up = {
        date.fromisoformat(day): DAYS.index(like) for day, like in _group(said, "make_up", where).items()
    }
    return Calendar(week, frozenset(date.fromisoformat(day) for day in said.get("holidays") or ()), made_up)


def _windows(said: Iterable[Sequence[str]], where: str) -> tuple[Window, ...]:
    found = tuple((_time(since), _time(until)) for since, until in said)
    if any(since >= until for since, until in found):
        raise misplaced(where, Said("a window ends after it begins, on the same day"))
    if any(before[1] > after[0] for before, after in pairwise(found)):
        raise misplaced(where, Said("windows stand in order and apart from one another"))
    return found


def _time(text: Any) -> timedelta:
    found = _TIME.fullmatch(text) if isinstance(text, str) else None
    if found is None or (at := timedelta(hours=int(found[1]), minutes=int(found[2]))) > timedelta(days=1):
        raise ValueError(Said("%(value)s is no time of day such as 09:30", value=repr(text)))
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
            acts = tuple(sorted(a.value for a in allowed))
            raise misplaced(f"{where}.at", Said("one of %(known)s", known=acts))
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
            raise misplaced(f"{where}.by", Said("a list of %(known)s", known=tuple(sorted(known))))
        acts = frozenset(known[one] for one in by)
        if needed := NEEDED_STOPS[kind] - acts:
            missing = tuple(sorted(act.value for act in needed))
            raise misplaced(f"{where}.by", Said("without %(known)s it might never stop", known=missing))
        _reading(choice, where)
        if acts != STOPS[kind]:
            found[kind] = acts
    return found


def _reading(choice: Body, where: str) -> None:
    reading = choice.get("reading")
    if not isinstance(reading, str) or not reading.strip():
        raise misplaced(f"{where}.reading", Said("the words it is read from, with their article"))


def _mapping(value: Any, where: str) -> Body:
    if not isinstance(value, Mapping):
        raise misplaced(where, Said("wants a group of names"))
    return value


def _group(body: Body, name: str, where: str = "policy") -> Body:
    value = body.get(name)
    return {} if value is None else _mapping(value, f"{where}.{name}")


def _names(said: Any, where: str, allowed: Iterable[str]) -> None:
    known = list(allowed)
    unknown = [name for name in _mapping(said, where) if name not in known]
    if unknown:
        raise misplaced(f"{where}.{unknown[0]}", Said("there is no such name here"))
