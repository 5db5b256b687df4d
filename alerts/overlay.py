"""What of a rule set holds on a date, at a response level, for a station: patches over its base, in fixed order.

Base, then the seasons in force (by name), the response level, the grids from the prefecture down to the
station's own, the station itself; each is a JSON merge patch (RFC 7396), so the narrower one wins. Dates are
those of Beijing time; a season includes its first and its last day and may reach over the turn of the year.

    "schedules": {"seasons": {"heating": {"from": "10-15", "to": "04-15", "patch": {…}}},
                  "response": {"yellow": {…}, "orange": {…}, "red": {…}}},
    "overrides": {"grids": {"652301": {…}}, "stations": {"WZ-652301-001": {…}}}

What the stations share (`alerts.network.rules.WHOLE_NETWORK`) can be no override's.
"""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from alerts.network.rules import WHOLE_NETWORK
from alerts.ruleset import parse_rules
from models.enums import ResponseLevel
from models.errors import Invalid
from models.merge_patch import merge
from models.said import Said, misplaced

Body = Mapping[str, Any]
SCHEDULES, OVERRIDES = "schedules", "overrides"
OVERLAYS = (SCHEDULES, OVERRIDES)
MAX_SEASONS = 12
MAX_OVERRIDES = 500
"""Of grids and of stations each: checking a rule set parses every one of them, at every level and season."""
_LEAP = date(2024, 1, 1)  # any leap year: it has every day a season can begin or end on
_DAY = re.compile(r"(\d\d)-(\d\d)")
_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
Layer = tuple[str, Body]
"""What it is called, such as `season heating`, and its patch."""


def base(body: Body) -> dict[str, Any]:
    """The rules alone, as they are where nothing overrides them."""
    return {name: value for name, value in body.items() if name not in OVERLAYS}


def layers(
    body: Body, *, on: date, response_level: ResponseLevel, grid_path: Sequence[str], station: str | None
) -> list[Layer]:
    """What is laid over the base, in that order; equal names mean equal rules within one body."""
    return [
        *scheduled(body, on=on, response_level=response_level),
        *overriding(body, grid_path=grid_path, station=station),
    ]


def scheduled(body: Body, *, on: date, response_level: ResponseLevel) -> list[Layer]:
    """The layers that hold for every station: seasons and response."""
    seasons = _group(body, SCHEDULES, "seasons")
    found = [
        (f"season {name}", season["patch"])
        for name, season in sorted(seasons.items())
        if _in_season(season, on)
    ]
    response = _group(body, SCHEDULES, "response")
    if response_level.value in response:
        found.append((f"response {response_level.value}", response[response_level.value]))
    return found


def overriding(body: Body, *, grid_path: Sequence[str], station: str | None) -> list[Layer]:
    """The layers that come on top of those for one station: grids and the station itself."""
    grids, stations = _group(body, OVERRIDES, "grids"), _group(body, OVERRIDES, "stations")
    found = [(f"grid {code}", grids[code]) for code in grid_path if code in grids]
    if station is not None and station in stations:
        found.append((f"station {station}", stations[station]))
    return found


def effective(
    body: Body, *, on: date, response_level: ResponseLevel, grid_path: Sequence[str], station: str | None
) -> dict[str, Any]:
    """The rules for a station, ready for `parse_rules`; `grid_path` from the prefecture down to its own grid."""
    found = layers(body, on=on, response_level=response_level, grid_path=grid_path, station=station)
    return laid(base(body), found)


def laid(rules: Body, found: Iterable[Layer]) -> dict[str, Any]:
    """The rules with the patches over them, in their order."""
    merged: Any = dict(rules)
    for _, patch in found:
        merged = merge(merged, patch)
    result: dict[str, Any] = merged
    return result


def check(body: Body, *, paths: Mapping[str, Sequence[str]], grids: Collection[str]) -> None:
    """Raises Invalid naming the first fault: in the base, in a schedule, in an override or in what they make.

    `paths` has the grid path of every known station, `grids` the code of every known grid.
    """
    parse_rules(base(body))
    schedules, overrides = _shape(body, SCHEDULES), _shape(body, OVERRIDES)
    _names(schedules, f"rules.{SCHEDULES}", ("seasons", "response"))
    _names(overrides, f"rules.{OVERRIDES}", ("grids", "stations"))
    seasons = _seasons(schedules)
    response = _patches(schedules, f"rules.{SCHEDULES}", "response")
    levels = [level.value for level in ResponseLevel if level is not ResponseLevel.NONE]
    _known(response, f"rules.{SCHEDULES}.response", levels, Said("is no level of a response"))
    of_grids = _patches(overrides, f"rules.{OVERRIDES}", "grids")
    _known(of_grids, f"rules.{OVERRIDES}.grids", grids, Said("is no grid of the registry"))
    of_stations = _patches(overrides, f"rules.{OVERRIDES}", "stations")
    _known(of_stations, f"rules.{OVERRIDES}.stations", paths, Said("is no station of the registry"))
    for name, patches in (("grids", of_grids), ("stations", of_stations)):
        for key, patch in patches.items():
            _local(patch, f"rules.{OVERRIDES}.{name}.{key}")
    _combinations(body, seasons, response, _places(of_grids, of_stations, paths))


def _combinations(
    body: Body, seasons: Body, response: Body, places: Iterable[tuple[tuple[str, ...], str | None]]
) -> None:
    """Every rule set that can come out of it parses."""
    rules = base(body)
    wanted = [ResponseLevel.NONE, *(ResponseLevel(name) for name in sorted(response))]
    days = _days(seasons)
    seen: set[tuple[str, ...]] = set()
    for path, station in places:
        for level in wanted:
            for day in days:
                found = layers(body, on=day, response_level=level, grid_path=path, station=station)
                names = tuple(name for name, _ in found)
                if names in seen:
                    continue
                seen.add(names)
                try:
                    parse_rules(laid(rules, found))
                except Invalid as fault:
                    raise Invalid(
                        Said("with %(layers)s: %(fault)s", layers=names, fault=fault.detail)
                    ) from None


def _places(
    grids: Body, stations: Body, paths: Mapping[str, Sequence[str]]
) -> list[tuple[tuple[str, ...], str | None]]:
    """One of every kind of place there is: which overriding grids it lies in, and whether it has its own."""
    found: set[tuple[tuple[str, ...], str]] = {((), ""), *(((code,), "") for code in grids)}
    for station, path in paths.items():
        above = tuple(code for code in path if code in grids)
        found.add((above, station if station in stations else ""))
    return [(path, station or None) for path, station in sorted(found)]


def _days(seasons: Body) -> list[date]:
    """One day of every stretch of the year in which the same seasons are in force."""
    stretches: dict[tuple[str, ...], date] = {}
    for n in range(366):
        day = _LEAP + timedelta(days=n)
        stretches.setdefault(tuple(name for name, season in seasons.items() if _in_season(season, day)), day)
    # The plainest first: a fault is then told with no more around it than it takes.
    return [stretches[names] for names in sorted(stretches, key=len)]


def _in_season(season: Body, on: date) -> bool:
    first, last, today = _month_day(season["from"]), _month_day(season["to"]), (on.month, on.day)
    return first <= today <= last if first <= last else today >= first or today <= last


def _month_day(text: object) -> tuple[int, int]:
    found = _DAY.fullmatch(text) if isinstance(text, str) else None
    if found is None:
        raise ValueError("wants MM-DD")
    month, day = int(found[1]), int(found[2])
    date(_LEAP.year, month, day)
    return month, day


def _group(body: Body, overlay: str, name: str) -> Body:
    group: Body = body.get(overlay, {}).get(name, {})
    return group


# ------------------------------------------------------------------ shapes


def _shape(holder: Body, name: str, place: str = "rules") -> Body:
    found = holder.get(name, {})
    if not isinstance(found, Mapping):
        raise misplaced(f"{place}.{name}", Said("wants a group of names"))
    return found


def _names(group: Body, place: str, allowed: Collection[str]) -> None:
    for name in group:
        if name not in allowed:
            raise misplaced(f"{place}.{name}", Said("is none of %(known)s", known=tuple(allowed)))


def _known(group: Body, place: str, known: Collection[str], what: Said) -> None:
    if len(group) > MAX_OVERRIDES:
        raise misplaced(place, Said("more than %(most)s", most=MAX_OVERRIDES))
    for name in group:
        if name not in known:
            raise misplaced(f"{place}.{name}", what)


def _patches(holder: Body, place: str, name: str) -> Body:
    found = _shape(holder, name, place)
    for key, patch in found.items():
        _patch(patch, f"{place}.{name}.{key}")
    return found


def _patch(patch: object, place: str) -> None:
    if not isinstance(patch, Mapping):
        raise misplaced(place, Said("wants a group of names"))
    for name in OVERLAYS:
        if name in patch:
            raise misplaced(f"{place}.{name}", Said("cannot be overridden"))


def _local(patch: Body, place: str) -> None:
    """Fails for what one grid or station cannot have for itself, also when it is only taken away."""
    for path in WHOLE_NETWORK:
        found: Any = patch
        for n, name in enumerate(whole := ("network", *path), 1):
            if not isinstance(found, Mapping) or name not in found:
                break
            found = found[name]
            if found is None or n == len(whole):
                said = Said(
                    "holds for the whole network; only the base, a season or a response level can set it"
                )
                raise misplaced(f"{place}.{'.'.join(whole[:n])}", said)


def _seasons(schedules: Body) -> Body:
    place = f"rules.{SCHEDULES}.seasons"
    found = _shape(schedules, "seasons", f"rules.{SCHEDULES}")
    if len(found) > MAX_SEASONS:
        raise misplaced(place, Said("more than %(most)s", most=MAX_SEASONS))
    for name, season in found.items():
        here = f"{place}.{name}"
        if _NAME.fullmatch(name) is None:
            raise misplaced(here, Said("a season's name is lower-case letters, digits and _"))
        if not isinstance(season, Mapping):
            raise misplaced(here, Said("wants from, to and patch"))
        _names(season, here, ("from", "to", "patch"))
        for end in ("from", "to"):
            try:
                _month_day(season.get(end))
            except ValueError:
                raise misplaced(f"{here}.{end}", Said("wants a day of the year as MM-DD")) from None
        _patch(season.get("patch"), f"{here}.patch")
    return found
