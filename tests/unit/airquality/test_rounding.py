from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airquality.rounding import decimal_of, fraction, round_half_even, rounded

EXACT = st.fractions(-10_000, 10_000, max_denominator=10_000)


@pytest.mark.parametrize(
    ("value", "places", "expected"),
    [
        ("0.5", 0, "0"),
        ("1.5", 0, "2"),
        ("2.5", 0, "2"),
        ("2.5000001", 0, "3"),
        ("-2.5", 0, "-2"),
        ("0.875", 2, "0.88"),
        ("0.325", 2, "0.32"),
        ("1.7775", 1, "1.8"),
        ("0.25", 1, "0.2"),
        ("54", 1, "54.0"),
        ("1E+3", 0, "1000"),
    ],
)
def test_a_tie_goes_to_the_even_digit(value: str, places: int, expected: str) -> None:
    assert str(round_half_even(Decimal(value), places)) == expected


def test_means_that_no_decimal_can_hold_are_rounded_once() -> None:
    # The day of 17 valid windows in the note: 116.75, and a third that only a fraction holds.
    assert round_half_even(Fraction(467, 4)) == 117
    assert round_half_even(Fraction(1, 3), 3) == Decimal("0.333")


def test_particles_and_gases_are_whole_and_co_has_one_decimal() -> None:
    assert {name: rounded(name, Decimal("2.45")) for name in ("pm25", "so2", "o3")} == dict.fromkeys(
        ("pm25", "so2", "o3"), Decimal(2)
    )
    assert str(rounded("co", Decimal("2.45"))) == "2.4"


@given(EXACT, st.integers(0, 4))
def test_never_further_than_half_a_step_and_never_again(value: Fraction, places: int) -> None:
    once = round_half_even(value, places)
    assert abs(Fraction(once) - value) <= Fraction(1, 2 * 10**places)
    assert round_half_even(once, places) == once


@given(EXACT, EXACT)
def test_rounding_keeps_the_order(one: Fraction, other: Fraction) -> None:
    low, high = sorted((one, other))
    assert round_half_even(low) <= round_half_even(high)


@given(st.integers(0, 40_000))
def test_what_an_instrument_wrote_comes_back(tenths: int) -> None:
    written = Decimal(tenths).scaleb(-1)
    assert decimal_of(float(written)) == written


def test_a_float_never_gets_in() -> None:
    with pytest.raises(TypeError, match="not exact"):
        fraction(2.2)  # type: ignore[arg-type]  # the very mistake that is to be refused


@pytest.mark.parametrize("value", ["NaN", "Infinity", "-Infinity", "sNaN"])
def test_what_is_no_number_is_refused(value: str) -> None:
    with pytest.raises(ValueError, match="no concentration"):
        fraction(Decimal(value))
