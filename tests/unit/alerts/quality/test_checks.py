"""Each test by itself, at its bounds."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.quality import (
    DEFAULT_QUALITY_RULES,
    Level,
    TwinRule,
    agreement,
    cross_parameter,
    flat_line,
    humidity,
    rate,
    spike,
    warm_up,
)
from alerts.quality.cross_parameter import CrossBound, CrossRule
from alerts.quality.flat_line import FlatTerms
from alerts.quality.gross_range import RangeRule, Season, Span, month_of
from alerts.quality.humidity import HumidityRule
from alerts.quality.missing import MissingRule, is_expected
from alerts.quality.spike import SpikeRatios
from alerts.quality.warm_up import WarmUpRule
from models.enums import POLLUTANTS
from tests.unit.alerts.quality.streams import NOVEMBER

SPAN = Span(fail_low=0, fail_high=1000, suspect_low=1, suspect_high=500)


@pytest.mark.parametrize(
    ("value", "level"),
    [
        (0.0, Level.SUSPECT),
        (1.0, Level.PASS),
        (500.0, Level.PASS),
        (math.nextafter(500.0, 501), Level.SUSPECT),
        (1000.0, Level.SUSPECT),
        (math.nextafter(1000.0, 1001), Level.FAIL),
        (-0.001, Level.FAIL),
        (math.inf, Level.FAIL),
        (-math.inf, Level.FAIL),
        (1e308, Level.FAIL),
        (math.nan, Level.FAIL),
    ],
)
def test_range_includes_its_bounds(value: float, level: Level) -> None:
    assert SPAN.level(value) is level


def test_seasons_may_run_over_the_turn_of_the_year_and_replace_only_their_spans() -> None:
    winter = Season(11, 2, {"pm25": Span(0, 1500, 0, 800)})
    dust = Season(3, 5, {"pm10": Span(0, 5000, 0, 2000)})
    rule = RangeRule(dict.fromkeys(POLLUTANTS, SPAN), winter, dust)
    highest = [(row[0].fail_high, row[1].fail_high) for row in rule.by_month]
    assert highest == [(1500, 1000)] * 2 + [(1000, 5000)] * 3 + [(1000, 1000)] * 5 + [(1500, 1000)] * 2
    assert all(row[2] is SPAN for row in rule.by_month)


def test_a_month_is_that_of_beijing() -> None:
    december_first = NOVEMBER + 8 * 86400 - 8 * 3600
    month, first, following = month_of(december_first - 1)
    assert (month, following) == (11, december_first)
    assert month_of(december_first)[0] == 12
    assert month_of(first)[0] == 11
    assert month_of(first - 1)[0] == 10


@pytest.mark.parametrize("at", [-1e300, 1e300, -1e12, 1e12, 253402300799.0, -62135596800.0])
def test_what_no_calendar_holds_is_a_month_of_its_own(at: float) -> None:
    month, first, following = month_of(at)
    assert 1 <= month <= 12
    assert first <= at <= following


RATIOS = SpikeRatios(suspect=3, fail=5)


def test_a_spike_stands_above_both_neighbours() -> None:
    def of(value: float, before: float, after: float) -> Level:
        return spike.level(value, before, after, 2, RATIOS)

    assert of(100, 8, 8) is Level.FAIL
    assert of(48, 8, 8) is Level.SUSPECT  # 50 of 10: five times, not more
    assert of(28, 8, 8) is Level.PASS  # three times, not more
    assert of(100, 8, 90) is Level.PASS  # the beginning of a rise
    assert of(100, 90, 8) is Level.PASS  # its end
    assert of(5, 0.1, 0.1) is Level.SUSPECT
    assert of(4, 0, 0) is Level.PASS  # the floor holds the noise down
    assert of(1, 8, 8) is Level.PASS  # a dip is none


def test_neighbours_of_a_spike_do_not_look_like_one() -> None:
    """The computed example of the standards: 20, 22, 95, 24, 23."""
    series = [20.0, 22.0, 95.0, 24.0, 23.0]
    levels = [
        spike.level(b, a, c, 2, RATIOS) for a, b, c in zip(series, series[1:], series[2:], strict=False)
    ]
    assert levels == [Level.PASS, Level.SUSPECT, Level.PASS]


def test_a_rate_counts_from_the_cadence_up() -> None:
    assert rate.level(60, 60, 60, per_s=1) is Level.PASS
    assert rate.level(61, 60, 60, per_s=1) is Level.SUSPECT
    assert rate.level(-61, 60, 60, per_s=1) is Level.SUSPECT
    assert rate.level(61, 120, 60, per_s=1) is Level.PASS
    assert rate.level(60, 1e-9, 60, per_s=1) is Level.PASS  # two readings of one moment


def test_a_flat_line_is_first_suspect_then_fails() -> None:
    terms = FlatTerms(3600, 10800, (1.0,) * 6)
    levels = [
        flat_line.level(1000.0, 1000.0 + lasted, terms) for lasted in (0, 3599, 3600, 10799, 10800, 1e9)
    ]
    assert levels == [Level.PASS] * 2 + [Level.SUSPECT] * 2 + [Level.FAIL] * 2


def test_cross_parameter_at_its_bounds() -> None:
    rule = CrossRule(suspect=CrossBound(1.05, 5), fail=CrossBound(1.5, 20))
    assert cross_parameter.level(110, 100, rule) is Level.PASS
    assert cross_parameter.level(110.1, 100, rule) is Level.SUSPECT
    assert cross_parameter.level(170, 100, rule) is Level.SUSPECT
    assert cross_parameter.level(170.1, 100, rule) is Level.FAIL
    assert cross_parameter.level(5, 0, rule) is Level.PASS


def test_twins() -> None:
    rule = TwinRule(difference=5, relative=0.7)
    assert agreement(30, 66, rule) is Level.SUSPECT  # the standards' example: 36 apart, 75 %
    assert agreement(66, 30, rule) is Level.SUSPECT
    assert agreement(30, 60, rule) is Level.PASS  # 67 %
    assert agreement(1, 6, rule) is Level.PASS  # far apart in per cent, five micrograms in fact
    assert agreement(1, 6.1, rule) is Level.SUSPECT
    for bad in (None, math.nan, math.inf, -math.inf, -1.0):
        assert agreement(bad, 30, rule) is Level.NOT_EVALUATED
        assert agreement(30, bad, rule) is Level.NOT_EVALUATED


@given(st.floats(), st.floats())
def test_twins_are_symmetric_and_never_raise(one: float, other: float) -> None:
    rule = DEFAULT_QUALITY_RULES.twins
    assert agreement(one, other, rule) is agreement(other, one, rule)


def test_a_humidity_sensor_has_to_move_and_to_be_dry_now_and_then() -> None:
    rule = HumidityRule(threshold=90, growth=2, stuck_s=100, damp_s=1000)
    assert humidity.is_credible(same_since=901, damp_since=1, observed_at=1000, rule=rule)
    assert not humidity.is_credible(same_since=900, damp_since=1, observed_at=1000, rule=rule)
    assert not humidity.is_credible(same_since=999, damp_since=0, observed_at=1000, rule=rule)
    assert humidity.bound(10, 2, rule) == 22


def test_a_pollutant_is_expected_while_it_was_delivered_lately() -> None:
    rule = MissingRule(forget_s=100)
    assert is_expected(0, 100, rule)
    assert not is_expected(0, 101, rule)
    assert not is_expected(-math.inf, 0, rule)


def test_warm_up_ends() -> None:
    rule = WarmUpRule(gap_s=3600, gap_cadences=3, for_s=600)
    assert warm_up.level(0, 599, first_of_all=False, rule=rule) is Level.SUSPECT
    assert warm_up.level(0, 599, first_of_all=True, rule=rule) is Level.NOT_EVALUATED
    assert warm_up.level(0, 600, first_of_all=False, rule=rule) is Level.PASS
    assert (rule.gap(60), rule.gap(3600)) == (3600, 10800)
