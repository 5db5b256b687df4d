"""The rule set as data: what is a finding, how grave, and when it is over. Versioned; a version never
changes.

Levels are µg/m³ (CO mg/m³), durations seconds of event time. `parse_rules` is strict: an unknown or missing
name, a wrong type or an order of tiers that cannot be is `Invalid`, and the message names the place.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from alerts.network.rules import NetworkRules
from alerts.network.rules_file import network_body, network_rules
from alerts.place import Place
from alerts.quality import DEFAULT_QUALITY, QualityRules, parse_quality
from models.enums import AlertKind, Severity

WINDOW_S = 4 * 3600.0
"""How far back any rule may look at cadences of minutes."""
WINDOW_CADENCES = 8
"""How far back at coarse cadences, if that is longer: eight hours of hourly data."""


@dataclass(frozen=True, slots=True)
class Tiers:
    """Lower bounds of the three severities, inclusive."""

    notice: float
    serious: float
    critical: float

    def severity(self, level: float) -> Severity | None:
        if level < self.notice:
            return None
        if level < self.serious:
            return Severity.NOTICE
        return Severity.SERIOUS if level < self.critical else Severity.CRITICAL

    def bound(self, severity: Severity) -> float:
        return (self.notice, self.serious, self.critical)[severity.rank]

    def above(self, severity: Severity) -> float:
        """The bound of the next graver severity; unreachable above the gravest."""
        if severity is Severity.NOTICE:
            return self.serious
        return self.critical if severity is Severity.SERIOUS else float("inf")


@dataclass(frozen=True, slots=True)
class ExceedanceRule:
    """The mean over `window_s` up to the reading reaches a tier."""

    window_s: float
    coverage: float
    """Share of the window that the readings must stand for."""
    min_samples: int
    confirm: int
    """How many single readings in the window must reach the threshold themselves."""
    max_cadence_s: float | None
    """Stations that report more seldom are left to the hour rule."""
    thresholds: Mapping[str, Tiers]
    clear_ratio: float
    clear_for_s: float


@dataclass(frozen=True, slots=True)
class RiseLimits:
    level: float
    """Below this nothing is a rise, whatever the ratio."""
    steps: Tiers
    """Over the baseline, by severity."""


@dataclass(frozen=True, slots=True)
class RiseRule:
    """The recent level against the median of the station's own time just before."""

    ratio: float
    short_s: float
    min_samples: int
    confirm: int
    baseline_s: float
    max_cadence_s: float
    """Above this cadence the single value is compared with `coarse_baseline_s`."""
    coarse_baseline_s: float
    coverage: float
    max_gap_cadences: float
    limits: Mapping[str, RiseLimits]
    clear_share: float
    """Over when the level is back under baseline + this share of the step."""
    clear_for_s: float
    max_open_s: float


@dataclass(frozen=True, slots=True)
class OfflineRule:
    severity: Severity
    cadences: float
    """Silence shorter than this many reporting periods is never offline."""


@dataclass(frozen=True, slots=True)
class RuleSet:
    version: int
    exceedance_hour: ExceedanceRule
    exceedance_short: ExceedanceRule
    sudden_rise: RiseRule
    offline: OfflineRule
    network: NetworkRules
    quality: QualityRules
    stale_after_s: float
    """A pollutant without a sound value for so long carries no open alert any further."""

    def exceedances(self) -> tuple[tuple[AlertKind, ExceedanceRule], ...]:
        return (
            (AlertKind.EXCEEDANCE_HOUR, self.exceedance_hour),
            (AlertKind.EXCEEDANCE_SHORT, self.exceedance_short),
        )


def _tiers(notice: float, serious: float, critical: float) -> dict[str, float]:
    return {"notice": notice, "serious": serious, "critical": critical}


DEFAULT_RULES: dict[str, Any] = {
    "exceedance_hour": {
        "window_s": 3600,
        "coverage": 0.75,  # GB 3095 table 4: an hourly mean stands on at least 45 min of sampling
        "min_samples": 1,  # hourly stations have just one
        "confirm": 1,  # the hour is long enough to carry a spike by itself
        "max_cadence_s": None,
        "thresholds": {
            # IAQI 150/200/300 of the 24 h columns of HJ 633-2026, which it applies to hourly PM: below IAQI
            # 150 whole winter nights would be one order after another.
            "pm25": _tiers(115, 150, 250),
            "pm10": _tiers(250, 350, 420),
            # IAQI 100/150/200 of the 1 h columns of HJ 633; the first is the hour limit of GB 3095.
            "so2": _tiers(500, 650, 800),
            "no2": _tiers(200, 700, 1200),
            "co": _tiers(10, 35, 60),
            "o3": _tiers(200, 300, 400),
        },
        # Our own value: a fifth below is wider than the noise of a mean, so it does not open and close in
        # turn.
        "clear": {"ratio": 0.8, "for_s": 600},
    },
    "exceedance_short": {
        "window_s": 600,  # ten readings at minute cadence: long enough to outlive a passing lorry
        "coverage": 0.0,  # min_samples says it
        "min_samples": 3,  # one spike is sensor noise, two may be a lorry
        "confirm": 3,  # and one huge spike must not pull a mean of ten over the threshold
        "max_cadence_s": 300,  # beyond, three readings are a quarter of an hour and more
        "thresholds": {
            # The next breakpoints up (IAQI 200/300/400), since ten minutes swing more than an hour.
            "pm25": _tiers(150, 250, 350),
            "pm10": _tiers(350, 420, 500),
            # The hour values and a quarter, for the same reason; no published short-time value exists.
            "so2": _tiers(625, 815, 1000),
            "no2": _tiers(250, 875, 1500),
            "co": _tiers(12.5, 43.75, 75),
            "o3": _tiers(250, 375, 500),
        },
        "clear": {"ratio": 0.8, "for_s": 600},
    },
    "sudden_rise": {
        "ratio": 2.0,  # a doubling; no published rule has a number, this is our own
        "short_s": 600,
        "min_samples": 3,
        "confirm": 3,
        "baseline_s": 3600,  # the hour before shares weather and time of day with now
        "max_cadence_s": 300,
        "coarse_baseline_s": 10800,  # hourly: three values are the fewest with a median that ignores one
        "coverage": 0.5,  # a median bears the loss of half of the hour, not of more
        # Two lost readings in a row are daily radio trouble, more is another situation.
        "max_gap_cadences": 3.0,
        "limits": {
            # Level: grade 2 daily limit of GB 3095-2026 (PM, CO), IAQI 50 of the hour columns (SO2, NO2, O3):
            # below it the air is good and nobody is sent out. Step: about half of that, above what sensors
            # wander in an hour; serious and critical are 3 and 6 steps.
            "pm25": {"level": 60, "steps": _tiers(35, 105, 210)},
            "pm10": {"level": 120, "steps": _tiers(60, 180, 360)},
            "so2": {"level": 150, "steps": _tiers(75, 225, 450)},
            "no2": {"level": 100, "steps": _tiers(50, 150, 300)},
            "co": {"level": 4, "steps": _tiers(2, 6, 12)},
            "o3": {"level": 160, "steps": _tiers(80, 240, 480)},
        },
        # Half of the step is gone; and after three hours the new level is the station's own background.
        "clear": {"share": 0.5, "for_s": 600, "max_open_s": 10800},
    },
    "offline": {"severity": "notice", "cadences": 3},
    # What comes after three hours of silence is another event; hourly data may lose one value and go on.
    "stale_after_s": 10800,
    # How stations are judged against each other; every figure and its reason in alerts/network/rules.py.
    "network": network_body(NetworkRules()),
    # What a single value is worth; reasons in alerts/quality/defaults.py.
    "quality": DEFAULT_QUALITY,
}


def parse_rules(body: Mapping[str, Any], *, version: int = 1) -> RuleSet:
    """The rule set that `body` describes; `Invalid` names the first fault by its place."""
    top = Place(body, "rules")
    rules = RuleSet(
        version=version,
        exceedance_hour=_exceedance(top.group("exceedance_hour")),
        exceedance_short=_exceedance(top.group("exceedance_short")),
        sudden_rise=_rise(top.group("sudden_rise")),
        offline=_offline(top.group("offline")),
        network=network_rules(top),
        quality=parse_quality(top.rest("quality", DEFAULT_QUALITY), version),
        stale_after_s=top.number("stale_after_s", 600, WINDOW_S),
    )
    top.done()
    return rules


def _tiers_at(place: Place) -> Tiers:
    tiers = Tiers(*(place.number(severity.value, 1e-6, 1e5) for severity in Severity))
    place.done()
    if not tiers.notice < tiers.serious < tiers.critical:
        place.fail("notice, serious and critical must rise")
    return tiers


def _exceedance(place: Place) -> ExceedanceRule:
    levels = place.group("thresholds")
    thresholds = {name: _tiers_at(levels.group(name)) for name in levels.pollutants()}
    clear = place.group("clear")
    rule = ExceedanceRule(
        window_s=place.number("window_s", 60, 7200),
        coverage=place.number("coverage", 0, 1),
        min_samples=place.whole("min_samples", 1, 1000),
        confirm=place.whole("confirm", 1, 1000),
        max_cadence_s=place.optional("max_cadence_s", 1, 3600),
        thresholds=thresholds,
        clear_ratio=clear.number("ratio", 0.1, 1),
        clear_for_s=clear.number("for_s", 0, 3600),
    )
    clear.done()
    place.done()
    return rule


def _rise(place: Place) -> RiseRule:
    by_pollutant = place.group("limits")
    limits = {name: _rise_limits(by_pollutant.group(name)) for name in by_pollutant.pollutants()}
    clear = place.group("clear")
    rule = RiseRule(
        ratio=place.number("ratio", 1, 100),
        short_s=place.number("short_s", 60, 1800),
        min_samples=place.whole("min_samples", 1, 1000),
        confirm=place.whole("confirm", 1, 1000),
        baseline_s=place.number("baseline_s", 600, 7200),
        max_cadence_s=place.number("max_cadence_s", 1, 600),
        coarse_baseline_s=place.number("coarse_baseline_s", 3600, 4 * 3600 - 600),
        coverage=place.number("coverage", 0.1, 1),
        max_gap_cadences=place.number("max_gap_cadences", 1, 20),
        limits=limits,
        clear_share=clear.number("share", 0, 1),
        clear_for_s=clear.number("for_s", 0, 3600),
        max_open_s=clear.number("max_open_s", 600, 86400),
    )
    clear.done()
    place.done()
    return rule


def _rise_limits(place: Place) -> RiseLimits:
    limits = RiseLimits(level=place.number("level", 1e-6, 1e5), steps=_tiers_at(place.group("steps")))
    place.done()
    return limits


def _offline(place: Place) -> OfflineRule:
    rule = OfflineRule(severity=place.severity("severity"), cadences=place.number("cadences", 1, 100))
    place.done()
    return rule
