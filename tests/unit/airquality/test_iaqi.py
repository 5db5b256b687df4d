import math
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airquality.breakpoints import HJ633_2012, HJ633_2026, INDEX, INDEX_RULES, IndexRules
from airquality.iaqi import iaqi
from airquality.period import Column, Period
from tests.unit.airquality.vectors import VECTORS

COLUMNS = tuple(HJ633_2026.scales)
LEVELS = st.decimals(0, 5000, places=2)


def value(rules: IndexRules, pollutant: str, period: Period, level: str) -> int | None:
    found = iaqi(rules, pollutant, period, Decimal(level))
    return None if found is None else found.value


@pytest.mark.parametrize(("pollutant", "period", "level", "old", "new"), VECTORS)
def test_the_vectors_of_the_note(
    pollutant: str, period: Period, level: str, old: int | None, new: int
) -> None:
    assert value(HJ633_2012, pollutant, period, level) == old
    assert value(HJ633_2026, pollutant, period, level) == new


@pytest.mark.parametrize("rules", INDEX_RULES, ids=lambda rules: rules.code)
@pytest.mark.parametrize(
    ("period", "level", "exact", "binary"), [(Period.DAY, "2.2", 55, 56), (Period.HOUR, "65.4", 218, 219)]
)
def test_the_traps_of_binary_floats(
    rules: IndexRules, period: Period, level: str, exact: int, binary: int
) -> None:
    assert value(rules, "co", period, level) == exact
    assert _in_floats(rules, ("co", period), float(level)) == binary


def _in_floats(rules: IndexRules, column: Column, level: float) -> int:
    bounds = [float(bound) for bound in rules.scales[column].bounds]
    n = next(n for n in range(1, len(bounds)) if level <= bounds[n])
    slope = (INDEX[n] - INDEX[n - 1]) / (bounds[n] - bounds[n - 1])
    return math.ceil(slope * (level - bounds[n - 1]) + INDEX[n - 1])


@pytest.mark.parametrize("rules", INDEX_RULES, ids=lambda rules: rules.code)
@pytest.mark.parametrize("column", COLUMNS, ids="-".join)
def test_every_bound_has_its_index(rules: IndexRules, column: Column) -> None:
    for index, bound in zip(INDEX, rules.scales[column].bounds, strict=False):
        found = iaqi(rules, *column, bound)
        assert found is not None
        assert (found.value, found.off_scale) == (index, False)


@pytest.mark.parametrize("rules", INDEX_RULES, ids=lambda rules: rules.code)
def test_above_the_table_500_and_said_so(rules: IndexRules) -> None:
    found = iaqi(rules, "pm10", Period.HOUR, Decimal(2000))
    assert found is not None
    assert (found.value, found.off_scale) == (500, True)


def test_a_value_the_standard_fixes_is_not_off_the_scale() -> None:
    for column, fixed in ((("so2", Period.HOUR), 200), (("o3", Period.EIGHT_HOURS), 300)):
        found = iaqi(HJ633_2026, *column, Decimal(801))
        assert found is not None
        assert (found.value, found.off_scale) == (fixed, False)
        assert iaqi(HJ633_2012, *column, Decimal(801)) is None


def test_only_the_rules_of_2026_round_the_concentration() -> None:
    assert value(HJ633_2026, "pm25", Period.DAY, "35.4") == 50
    assert value(HJ633_2012, "pm25", Period.DAY, "35.4") == 51
    assert value(HJ633_2026, "pm25", Period.DAY, "36.5") == value(HJ633_2026, "pm25", Period.DAY, "36") == 52
    found = iaqi(HJ633_2026, "co", Period.DAY, Decimal("1.25"))
    assert found is not None
    assert str(found.concentration) == "1.2"
    assert value(HJ633_2026, "so2", Period.HOUR, "800.5") == 200
    assert value(HJ633_2012, "so2", Period.HOUR, "800.5") is None


@given(st.sampled_from(INDEX_RULES), st.sampled_from(COLUMNS), LEVELS, LEVELS)
def test_more_of_it_never_has_a_lower_index(
    rules: IndexRules, column: Column, one: Decimal, other: Decimal
) -> None:
    low, high = (iaqi(rules, *column, level) for level in sorted((one, other)))
    if low is None:
        assert high is None
    elif high is not None:
        assert 0 <= low.value <= high.value <= 500


@given(st.sampled_from(INDEX_RULES), st.sampled_from(COLUMNS), LEVELS)
def test_the_index_is_the_line_rounded_up(rules: IndexRules, column: Column, level: Decimal) -> None:
    found = iaqi(rules, *column, level)
    if found is None:
        return
    bounds = [Fraction(bound) for bound in rules.scales[column].bounds]
    exact = Fraction(found.concentration)
    if exact > bounds[-1]:
        assert found.value == rules.scales[column].above
        return
    # From above: the line's inverse at the index below and at the index itself encloses the concentration.
    assert _concentration(bounds, found.value) >= exact
    assert found.value == 0 or _concentration(bounds, found.value - 1) < exact


def _concentration(bounds: list[Fraction], index: int) -> Fraction:
    n = next(n for n in range(1, len(INDEX)) if index <= INDEX[n])
    share = Fraction(index - INDEX[n - 1], INDEX[n] - INDEX[n - 1])
    return bounds[n - 1] + share * (bounds[n] - bounds[n - 1])


@pytest.mark.parametrize("level", [Decimal("-0.1"), Decimal("NaN"), Decimal("Infinity")])
def test_no_index_of_what_is_no_concentration(level: Decimal) -> None:
    with pytest.raises(ValueError, match="no concentration"):
        iaqi(HJ633_2026, "pm25", Period.DAY, level)
