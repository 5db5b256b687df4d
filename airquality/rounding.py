"""Exact numbers and their rounding by GB/T 8170: to the nearest, a tie to the even digit.

No binary float gets in: 2.2 as a float is a little above 2.2, and an index that is always rounded up would
make 56 of the exact 55.
"""

from decimal import Decimal
from fractions import Fraction

Exact = Decimal | Fraction | int


def fraction(value: Exact) -> Fraction:
    """The same number as a fraction; TypeError for a float, ValueError for what is no finite number."""
    if isinstance(value, Fraction):
        return value
    if not isinstance(value, Decimal | int):
        raise TypeError(f"{value!r} is not exact; see airquality.rounding.decimal_of")
    if isinstance(value, Decimal) and not value.is_finite():
        raise ValueError(f"{value} is no concentration")
    return Fraction(value)


def decimal_of(measured: float) -> Decimal:
    """What an instrument wrote before a decoder made a float of it: the shortest decimal that reads the same."""
    return Decimal(repr(float(measured)))


def round_half_even(value: Exact, places: int = 0) -> Decimal:
    """`value` to `places` decimals by GB/T 8170, with exactly that many written."""
    scaled = round(fraction(value) * 10**places)  # of a Fraction: exact, and a tie goes to the even one
    return Decimal(scaled).scaleb(-places)


def rounded(pollutant: str, concentration: Exact) -> Decimal:
    """A concentration as HJ 633-2026 4.2.2 wants it: whole µg/m³, CO mg/m³ to one decimal."""
    return round_half_even(concentration, 1 if pollutant == "co" else 0)
