"""What every station is judged by on one day: as plain data that can be told and compared, and parsed.

{"version": 7,
 "body": {…},                                  what holds everywhere: the base with seasons and response
 "layers": ["season heating"],                 that were laid over it
 "patches": {"grid 652301": {…}},              of the overrides that some station has
 "own": [[["grid 652301"], [12, 13]]]}         which stations have which of them, in the order of laying
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from alerts.overlay import OVERRIDES, Body, base, laid, overriding, scheduled
from alerts.ruleset import RuleSet, parse_rules
from models.enums import ResponseLevel

Stand = tuple[int, str, Sequence[str]]
"""Id and code of a station, and its grids from the prefecture down."""


def ruling(
    body: Body, stations: Iterable[Stand], *, version: int, on: date, response_level: ResponseLevel
) -> dict[str, Any]:
    """The whole of it; equal rules give equal data, whatever order the stations come in."""
    over = scheduled(body, on=on, response_level=response_level)
    patches: dict[str, Body] = {}
    own: dict[tuple[str, ...], list[int]] = {}
    for id_, code, path in stations if body.get(OVERRIDES) else ():
        if found := dict(overriding(body, grid_path=path, station=code)):
            patches |= found
            own.setdefault(tuple(found), []).append(id_)
    return {
        "version": version,
        "body": laid(base(body), over),
        "layers": [name for name, _ in over],
        "patches": patches,
        "own": [[list(names), sorted(ids)] for names, ids in sorted(own.items())],
    }


def parsed(ruling: Mapping[str, Any], *, silent_s: float | None = None) -> tuple[RuleSet, dict[int, RuleSet]]:
    """The rules of all stations, and by id of those that have others; who shares the layers shares the object.

    `silent_s` stands for that of the body, but not for an override's. Raises Invalid.
    """
    version, layers, whole = ruling["version"], ruling.get("layers", ()), ruling["body"]
    rules = _silent(parse_rules(whole, version=version, layers=layers), silent_s)
    own: dict[int, RuleSet] = {}
    for names, stations in ruling.get("own", ()):
        over = [(name, ruling["patches"][name]) for name in names]
        body = laid(whole, over)
        theirs = parse_rules(body, version=version, layers=(*layers, *names))
        if body.get("quality") == whole.get("quality"):
            # Terms of quality control are kept by the object: they stay shared.
            theirs = replace(theirs, quality=rules.quality)
        if silence_in(laid({}, over)) is None:
            theirs = _silent(theirs, silent_s)
        own.update(dict.fromkeys(stations, theirs))
    return rules, own


def silence_in(patch: Body) -> float | None:
    """How long a station may be silent, where the patch says so."""
    found: float | None = patch.get("network", {}).get("fault", {}).get("silent_s")
    return found


def _silent(rules: RuleSet, silent_s: float | None) -> RuleSet:
    if silent_s is None:
        return rules
    fault = replace(rules.network.fault, silent_s=silent_s)
    return replace(rules, network=replace(rules.network, fault=fault))
