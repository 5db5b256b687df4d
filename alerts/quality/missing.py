"""Missing value: a pollutant that the station delivers is absent (QARTOD level 9).

A station is expected to deliver what it has delivered before; a box without a sulphur dioxide cell is not
missing anything. NaN is missing too. Source: QARTOD "missing data"; what to expect is our own rule.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class MissingRule:
    forget_s: float
    """A pollutant absent for so long is no longer expected: its sensor was taken out."""


def is_expected(heard_at: float, observed_at: float, rule: MissingRule) -> bool:
    """Whether a value last delivered at `heard_at` (minus infinity: never) is due at `observed_at`."""
    return observed_at - heard_at <= rule.forget_s
