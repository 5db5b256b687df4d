"""The rules of quality control as data; `parse_quality` is strict. A version never changes.

An unknown or missing name, a wrong type or bounds in an order that cannot be is `Invalid`, and the message
names the place. The body is JSON, see `alerts.quality.defaults`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from alerts.place import Place
from alerts.quality.clock import ClockRule
from alerts.quality.cross_parameter import CrossBound, CrossRule
from alerts.quality.flat_line import FlatRule, FlatTerms
from alerts.quality.gross_range import RangeRule, Season, Span
from alerts.quality.humidity import HumidityRule
from alerts.quality.missing import MissingRule
from alerts.quality.outcome import Check, Level
from alerts.quality.rate import RateRule
from alerts.quality.spike import SpikeRatios, SpikeRule
from alerts.quality.twins import TwinRule
from alerts.quality.warm_up import WarmUpRule
from models.enums import POLLUTANTS
from models.said import Said

HIGHEST_VALUE = 1e6
WITHHELD: tuple[Check, ...] = tuple(
    check for check in Check if check not in (Check.MISSING, Check.RANGE, Check.TWINS, Check.MAINTENANCE)
)
"""The tests whose rules say from which level on a value is withheld; a value off the range always is."""


@dataclass(frozen=True, slots=True, eq=False)
class QualityRules:
    """A rule set is itself, not its numbers: no two are equal."""

    version: int
    coarse_above_s: float
    """Cadences up to this are fine: values stand for themselves; above, they are means."""
    contiguous_cadences: float
    """Samples further apart than this are not compared with each other."""
    floors: tuple[float, ...]
    """Per pollutant, near the detection limit: what ratios are taken on top of."""
    missing: MissingRule
    gross_range: RangeRule
    spike: SpikeRule
    rate: RateRule
    flat_line: FlatRule
    cross_parameter: CrossRule
    twins: TwinRule
    humidity: HumidityRule
    warm_up: WarmUpRule
    clock: ClockRule
    withhold: Mapping[Check, Level]
    """From which level of a test a value feeds neither baselines nor findings."""

    def is_fine(self, cadence_s: float) -> bool:
        return cadence_s <= self.coarse_above_s


def parse_quality(body: Mapping[str, Any], version: int) -> QualityRules:
    """The rules of a body of JSON. Raises Invalid, with the place, for anything that is not exactly right."""
    top = Place(body, "quality")
    rules = QualityRules(
        version=version,
        coarse_above_s=top.number("coarse_above_s", 60, 3599),
        contiguous_cadences=top.number("contiguous_cadences", 1, 10),
        floors=_six(top.group("floors"), 1e-3, 100),
        missing=_missing(top.group("missing")),
        gross_range=_range(top.group("range")),
        spike=_spike(top.group("spike")),
        rate=_rate(top.group("rate_of_change")),
        flat_line=_flat(top.group("flat_line")),
        cross_parameter=_cross(top.group("cross_parameter")),
        twins=_twins(top.group("twins")),
        humidity=_humidity(top.group("humidity")),
        warm_up=_warm_up(top.group("warm_up")),
        clock=_clock(top.group("clock")),
        withhold=_withhold(top.group("withhold")),
    )
    top.done()
    return rules


def _six(place: Place, low: float, high: float) -> tuple[float, ...]:
    found = tuple(place.number(pollutant, low, high) for pollutant in POLLUTANTS)
    place.done()
    return found


def _missing(place: Place) -> MissingRule:
    rule = MissingRule(forget_s=place.number("forget_s", 3600, 366 * 86400))
    place.done()
    return rule


def _range(place: Place) -> RangeRule:
    spans = place.group("spans")
    base = {pollutant: _span(spans.group(pollutant)) for pollutant in POLLUTANTS}
    spans.done()
    rule = RangeRule(base, _season(place.group("winter")), _season(place.group("dust")))
    for month in range(1, 13):
        both = set(rule.winter.spans) & set(rule.dust.spans)
        if both and rule.winter.has(month) and rule.dust.has(month):
            said = Said(
                "month %(month)s is of both seasons, and %(pollutant)s has a span in both",
                month=month,
                pollutant=min(both),
            )
            place.fail(said, "dust")
    place.done()
    return rule


def _season(place: Place) -> Season:
    spans = place.group("spans")
    season = Season(
        first_month=place.whole("first_month", 1, 12),
        last_month=place.whole("last_month", 1, 12),
        spans={pollutant: _span(spans.group(pollutant)) for pollutant in spans.pollutants()},
    )
    place.done()
    return season


def _span(place: Place) -> Span:
    span = Span(
        fail_low=place.number("fail_low", -1000, HIGHEST_VALUE),
        fail_high=place.number("fail_high", 0, HIGHEST_VALUE),
        suspect_low=place.number("suspect_low", -1000, HIGHEST_VALUE),
        suspect_high=place.number("suspect_high", 0, HIGHEST_VALUE),
    )
    place.done()
    if not span.fail_low <= span.suspect_low < span.suspect_high <= span.fail_high:
        place.fail(Said("fail_low, suspect_low, suspect_high and fail_high must rise"))
    return span


def _spike(place: Place) -> SpikeRule:
    rule = SpikeRule(fine=_ratios(place.group("fine")), coarse=_ratios(place.group("coarse")))
    place.done()
    return rule


def _ratios(place: Place) -> SpikeRatios:
    ratios = SpikeRatios(suspect=place.number("suspect", 1.1, 1000), fail=place.number("fail", 1.1, 1000))
    place.done()
    if ratios.suspect > ratios.fail:
        place.fail(Said("suspect must not be above fail"))
    return ratios


def _rate(place: Place) -> RateRule:
    rule = RateRule(
        fine_per_s=_some(place.group("fine_per_s"), 1e-6, 1e5),
        coarse_per_s=_some(place.group("coarse_per_s"), 1e-6, 1e5),
    )
    place.done()
    return rule


def _some(place: Place, low: float, high: float) -> tuple[float | None, ...]:
    found = tuple(place.optional(pollutant, low, high) for pollutant in POLLUTANTS)
    place.done()
    return found


def _flat(place: Place) -> FlatRule:
    rule = FlatRule(fine=_flat_terms(place.group("fine")), coarse=_flat_terms(place.group("coarse")))
    place.done()
    return rule


def _flat_terms(place: Place) -> FlatTerms:
    terms = FlatTerms(
        suspect_s=place.number("suspect_s", 60, 7 * 86400),
        fail_s=place.number("fail_s", 60, 7 * 86400),
        exempt_below=_six(place.group("exempt_below"), 0, HIGHEST_VALUE),
    )
    place.done()
    if terms.suspect_s > terms.fail_s:
        place.fail(Said("suspect_s must not be above fail_s"))
    return terms


def _cross(place: Place) -> CrossRule:
    rule = CrossRule(suspect=_bound(place.group("suspect")), fail=_bound(place.group("fail")))
    place.done()
    if rule.suspect.ratio > rule.fail.ratio or rule.suspect.margin > rule.fail.margin:
        place.fail(Said("suspect must not be above fail"))
    return rule


def _bound(place: Place) -> CrossBound:
    bound = CrossBound(ratio=place.number("ratio", 1, 10), margin=place.number("margin", 0, 1000))
    place.done()
    return bound


def _twins(place: Place) -> TwinRule:
    rule = TwinRule(difference=place.number("difference", 0, 1000), relative=place.number("relative", 0, 2))
    place.done()
    return rule


def _humidity(place: Place) -> HumidityRule:
    rule = HumidityRule(
        threshold=place.number("threshold", 50, 100),
        growth=place.number("growth", 1, 100),
        stuck_s=place.number("stuck_s", 600, 7 * 86400),
        damp_s=place.number("damp_s", 3600, 30 * 86400),
    )
    place.done()
    return rule


def _warm_up(place: Place) -> WarmUpRule:
    rule = WarmUpRule(
        gap_s=place.number("gap_s", 60, 30 * 86400),
        gap_cadences=place.number("gap_cadences", 1, 1000),
        for_s=place.number("for_s", 0, 86400),
    )
    place.done()
    return rule


def _clock(place: Place) -> ClockRule:
    rule = ClockRule(
        late_s=place.number("late_s", 60, 86400),
        late_cadences=place.number("late_cadences", 0, 100),
        ahead_s=place.number("ahead_s", 0, 86400),
        steady_s=place.number("steady_s", 0, 3600),
        steady_cadences=place.number("steady_cadences", 0, 2),
        spacing_cadences=place.number("spacing_cadences", 0, 1),
        count=place.whole("count", 2, 4),
    )
    place.done()
    return rule


def _withhold(place: Place) -> dict[Check, Level]:
    found = {check: Level(place.whole(check.value, Level.SUSPECT, Level.FAIL)) for check in WITHHELD}
    place.done()
    fixed = {
        Check.RANGE: Level.FAIL,
        Check.MISSING: Level.MISSING,
        Check.TWINS: Level.FAIL,
        Check.MAINTENANCE: Level.SUSPECT,
    }
    return {**found, **fixed}
