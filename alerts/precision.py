"""How often an order was for something: a share with its uncertainty, pure."""

from dataclasses import dataclass
from math import sqrt

Z95 = 1.959963984540054  # the 97.5 % point of the normal distribution


@dataclass(frozen=True, slots=True)
class Share:
    """`value` with the bounds of its Wilson interval (95 %)."""

    value: float
    low: float
    high: float


def precision(confirmed: int, false_alarms: int) -> Share | None:
    """The share of confirmed ones among those with an outcome; None without any.

    Wilson (1927): unlike the plain interval it holds for few cases and never leaves 0 to 1.
    """
    n = confirmed + false_alarms
    if n == 0:
        return None
    p, z2 = confirmed / n, Z95 * Z95
    centre = (p + z2 / (2 * n)) / (1 + z2 / n)
    half = Z95 / (1 + z2 / n) * sqrt(p * (1 - p) / n + z2 / (4 * n * n))
    # At 0 and at n one bound is exact; rounding must not put it a hair inside.
    low = 0.0 if confirmed == 0 else max(0.0, centre - half)
    high = 1.0 if false_alarms == 0 else min(1.0, centre + half)
    return Share(p, low, high)
