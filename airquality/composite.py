"""The composite index of six pollutants for ranking 环境空气质量综合指数, by rules that are data.

Policy data, since no text of 2026 is known: which limits divide, with which weights, and where figures are rounded.
The published bulletins of `data/composite_index` and of design/standards.md 2.3 come out of `RANKING_2018` alone.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from types import MappingProxyType

from airquality.limits import GB3095_2012, GB3095_2026_TRANSITION, LimitTable
from airquality.period import Period
from airquality.rounding import Exact, fraction, round_half_even, rounded
from models.enums import POLLUTANTS

BY_YEAR = ("so2", "no2", "pm10", "pm25")
"""Divided by the limit of the yearly mean; CO by that of the day, ozone by that of 8 h."""


@dataclass(frozen=True, slots=True, eq=False)
class CompositeRules:
    """How six figures of a stretch of time become one."""

    code: str
    divisors: Mapping[str, Decimal]
    """µg/m³, CO mg/m³."""
    weights: Mapping[str, Decimal]
    places: int
    """Decimals of each sub-index, rounded before they are added."""


@dataclass(frozen=True, slots=True)
class Composite:
    """An index with what it is made of."""

    rules: str
    figures: Mapping[str, Decimal]
    """As they went in, rounded as they are published."""
    parts: Mapping[str, Decimal]
    value: Decimal
    primary: tuple[str, ...]
    """Those with the largest part; all of them where several are equal."""


def _rules(code: str, limits: LimitTable) -> CompositeRules:
    divisors = {name: limits.limit(name, Period.YEAR, 2) for name in BY_YEAR}
    divisors |= {"co": limits.limit("co", Period.DAY, 2), "o3": limits.limit("o3", Period.EIGHT_HOURS, 2)}
    ordered = {name: divisors[name] for name in POLLUTANTS}
    return CompositeRules(
        code, MappingProxyType(ordered), MappingProxyType(dict.fromkeys(POLLUTANTS, Decimal(1))), 2
    )


RANKING_2018 = _rules("环办监测〔2018〕19号", GB3095_2012)
"""Divides by the limits of GB 3095-2012, and goes on doing so until a new ranking rule says otherwise."""
RANKING_2026_TRANSITION = _rules("GB 3095-2026 transition", GB3095_2026_TRANSITION)
"""The same sum over the limits of transition; for a comparison, until the Region publishes by it."""
COMPOSITE_RULES: tuple[CompositeRules, ...] = (RANKING_2018, RANKING_2026_TRANSITION)


def composite_rules(code: str) -> CompositeRules:
    """The rules of this code; LookupError for none."""
    for rules in COMPOSITE_RULES:
        if rules.code == code:
            return rules
    raise LookupError(f"no composite index is called {code}")


def composite(rules: CompositeRules, figures: Mapping[str, Exact]) -> Composite:
    """The index of the six figures: means of SO2, NO2, PM10 and PM2.5, CO's 95th and ozone's 90th percentile.

    Figures are rounded as they are published (whole µg/m³, CO 0.1 mg/m³), each part by GB/T 8170, and then added:
    what a reader adds up from the bulletin is what it prints. LookupError with one missing or unknown, ValueError for
    a negative one, TypeError for a float.
    """
    if set(figures) != set(POLLUTANTS):
        raise LookupError(f"wants the six pollutants, not {', '.join(sorted(figures))}")
    if any(fraction(level) < 0 for level in figures.values()):
        raise ValueError("a negative concentration is none")
    published = {name: rounded(name, figures[name]) for name in POLLUTANTS}
    parts = {
        name: round_half_even(
            Fraction(published[name]) / Fraction(rules.divisors[name]) * Fraction(rules.weights[name]),
            rules.places,
        )
        for name in POLLUTANTS
    }
    largest = max(parts.values())
    return Composite(
        rules=rules.code,
        figures=MappingProxyType(published),
        parts=MappingProxyType(parts),
        value=sum(parts.values(), Decimal(0)),
        primary=tuple(name for name in POLLUTANTS if parts[name] == largest > 0),
    )
