"""The rule set as data: what is a finding, how grave, and when it is over. Versioned; a version never
changes.

Levels are µg/m³ (CO mg/m³), durations seconds of event time. `parse_rules` is strict: an unknown or missing
name, a wrong type or an order of tiers that cannot be is `Invalid`, and the message names the place.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from alerts.integrity.rules import IntegrityRules
from alerts.integrity.rules_file import integrity_body, integrity_rules
from alerts.network.rules import NetworkRules
from alerts.network.rules_file import network_body, network_rules
from alerts.place import Place
from alerts.quality import DEFAULT_QUALITY, QualityRules, parse_quality
from models.enums import Severity
from models.said import Said


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


@dataclass(frozen=True, slots=True)
class RuleSet:
    version: int
    exceedance_hour: ExceedanceRule
    exceedance_short: ExceedanceRule
    network: NetworkRules
    quality: QualityRules
    integrity: IntegrityRules
    layers: tuple[str, ...] = ()
    """What was laid over the base, in that order, such as `season heating`."""


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
        "clear": {"ratio": 0.8},
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
        "clear": {"ratio": 0.8},
    },
    # How stations are judged against each other; every figure and its reason in alerts/network/rules.py.
    "network": network_body(NetworkRules()),
    # What is a sign of interference; every figure and its reason in alerts/integrity/rules.py.
    "integrity": integrity_body(IntegrityRules()),
    # What a single value is worth; reasons in alerts/quality/defaults.py.
    "quality": DEFAULT_QUALITY,
}


def parse_rules(body: Mapping[str, Any], *, version: int = 1, layers: Sequence[str] = ()) -> RuleSet:
    """The rule set that `body` describes; `Invalid` names the first fault by its place."""
    top = Place(body, "rules")
    rules = RuleSet(
        version=version,
        exceedance_hour=_exceedance(top.group("exceedance_hour")),
        exceedance_short=_exceedance(top.group("exceedance_short")),
        network=network_rules(top),
        quality=parse_quality(top.rest("quality", DEFAULT_QUALITY), version),
        integrity=integrity_rules(top),
        layers=tuple(layers),
    )
    top.done()
    return rules


def _tiers_at(place: Place) -> Tiers:
    tiers = Tiers(*(place.number(severity.value, 1e-6, 1e5) for severity in Severity))
    place.done()
    if not tiers.notice < tiers.serious < tiers.critical:
        place.fail(Said("notice, serious and critical must rise"))
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
    )
    clear.done()
    place.done()
    return rule
