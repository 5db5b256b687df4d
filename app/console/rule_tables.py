"""A rule set as tables: thresholds with units and where they come from, and what the numbers of a form change. Pure."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from alerts.ruleset import DEFAULT_RULES
from app.console.texts import N_
from models.enums import POLLUTANTS, Severity
from models.said import Said, misplaced

Body = Mapping[str, Any]
RULES = ("exceedance_hour", "exceedance_short")
NUMBERS = ("window_s", "min_samples", "confirm", "clear.ratio")
NUMBER_NAMES = {
    "window_s": N_("Mean over (seconds)"),
    "min_samples": N_("Readings at least"),
    "confirm": N_("Readings over the threshold at least"),
    "clear.ratio": N_("Over again below this share of the threshold"),
}
PARTICLES = ("pm25", "pm10")
SOURCES = {
    ("exceedance_hour", True): N_("IAQI 150, 200, 300 of HJ 633-2026, 24 h columns"),
    ("exceedance_hour", False): N_("IAQI 100, 150, 200 of HJ 633-2026, 1 h columns"),
    ("exceedance_short", True): N_("The next breakpoints up: IAQI 200, 300, 400"),
    ("exceedance_short", False): N_("Those of the hour and a quarter; own value"),
}
OWN = N_("Own value of this version")
FIELD = "n."


@dataclass(frozen=True, slots=True)
class Figure:
    """A number of a rule set, and what it is in the one it is compared with, where that differs."""

    path: str
    value: Any
    was: Any = None

    @property
    def changed(self) -> bool:
        return self.was is not None


@dataclass(frozen=True, slots=True)
class Thresholds:
    """The three tiers of one pollutant under one rule."""

    pollutant: str
    unit: str
    tiers: tuple[Figure, ...]
    source: str


def at(body: Body, path: str) -> Any:
    """What stands at a plain path; None where nothing does."""
    found: Any = body
    for name in path.split("."):
        found = found.get(name) if isinstance(found, Mapping) else None
    return found


def figure(body: Body, path: str, before: Body) -> Figure:
    value, was = at(body, path), at(before, path)
    return Figure(path, value, None if was == value else was)


def thresholds(body: Body, rule: str, before: Body) -> list[Thresholds]:
    """Of every pollutant in the usual order."""
    rows = []
    for pollutant in POLLUTANTS:
        place = f"{rule}.thresholds.{pollutant}"
        tiers = tuple(figure(body, f"{place}.{tier.value}", before) for tier in Severity)
        shipped = at(body, place) == at(DEFAULT_RULES, place)
        source = SOURCES[(rule, pollutant in PARTICLES)] if shipped else OWN
        rows.append(Thresholds(pollutant, "mg/m³" if pollutant == "co" else "µg/m³", tiers, source))
    return rows


def numbers(body: Body, rule: str, before: Body) -> list[tuple[str, Figure]]:
    """The other numbers of a rule, each with its name."""
    return [(NUMBER_NAMES[name], figure(body, f"{rule}.{name}", before)) for name in NUMBERS]


def common() -> Iterator[str]:
    """The paths of the numbers that a form may change one by one."""
    for rule in RULES:
        yield from (f"{rule}.{name}" for name in NUMBERS)
        yield from (
            f"{rule}.thresholds.{pollutant}.{tier.value}" for pollutant in POLLUTANTS for tier in Severity
        )


def rest(body: Body) -> list[tuple[str, Any]]:
    """Every other number and name, by its path, in their order."""
    return list(_flat({name: value for name, value in body.items() if name not in RULES}))


def _flat(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping) and value:
        for name, inner in value.items():
            yield from _flat(inner, f"{path}.{name}" if path else str(name))
    else:
        yield path, value


def patch_of(fields: Mapping[str, str], body: Body) -> dict[str, Any]:
    """The merge patch that makes `body` say what a form's numbers say; raises Invalid, naming the place."""
    patch: dict[str, Any] = {}
    for path in common():
        said = fields.get(FIELD + path)
        if said is None:
            continue
        value = number_of(said, path)
        if value != at(body, path):
            *above, last = path.split(".")
            holder = patch
            for name in above:
                holder = holder.setdefault(name, {})
            holder[last] = value
    return patch


def number_of(said: str, place: str) -> float:
    """Whole numbers stay whole; raises Invalid, naming the place."""
    try:
        value = float(said)
    except ValueError:
        value = math.nan
    if not math.isfinite(value) or not abs(value) <= 1e9:
        raise misplaced(place, Said("%(value)s is no number", value=repr(said[:40])))
    return int(value) if value.is_integer() else value


COMPARED = (
    ("orders", N_("Orders")),
    ("orders_per_day", N_("Orders a day")),
    ("alerts", N_("Alerts")),
    ("precision.with_outcome", N_("Orders whose outcome is known")),
    ("precision.confirmed", N_("of these confirmed")),
    ("precision.false_alarms", N_("of these false alarms")),
    ("precision.confirmed_missed", N_("Confirmed orders of the past that it would not give")),
)


@dataclass(frozen=True, slots=True)
class Beside:
    """One figure of a back-test under two rule sets."""

    name: str
    draft: float
    baseline: float

    @property
    def more(self) -> float:
        return round(self.draft - self.baseline, 2)


def compared(result: Body) -> list[Beside]:
    """What the draft would have done beside the other, in whole."""
    return [
        Beside(name, _rounded(at(result["draft"], path)), _rounded(at(result["baseline"], path)))
        for path, name in COMPARED
    ]


def by(result: Body, group: str, key: str) -> list[Beside]:
    """Orders by day, grid or rule under both; what the draft orders most stands first, days in their order."""
    found: dict[str, list[float]] = {}
    for side, name in enumerate(("draft", "baseline")):
        for row in result[name][group]:
            found.setdefault(str(row[key]), [0, 0])[side] = row["orders"]
    rows = [Beside(name, *counts) for name, counts in found.items()]
    return sorted(rows, key=lambda row: row.name) if key == "day" else sorted(rows, key=_most)


def _most(row: Beside) -> tuple[float, float, str]:
    return (-row.draft, -row.baseline, row.name)


def _rounded(value: Any) -> float:
    return round(float(value), 2) if isinstance(value, float) and not value.is_integer() else int(value or 0)
