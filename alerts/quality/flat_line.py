"""Flat line: the very same value for hours is a stuck instrument, except near the detection limit.

The run counts from its first instant and ends at a gap. Source: QARTOD `flat_line_test` (suspect and fail
duration; tolerance 0 here, as stuck instruments repeat the digits); Wu et al. 2018 and Liu et al. 2016 use
identical consecutive hours (`design/standards.md` 4.3).
"""

from dataclasses import dataclass

from alerts.quality.outcome import Level


@dataclass(frozen=True, slots=True)
class FlatTerms:
    suspect_s: float
    fail_s: float
    exempt_below: tuple[float, ...]
    """At or below this a value may stay: the display's last digit is coarse beside the level."""


@dataclass(frozen=True, slots=True)
class FlatRule:
    fine: FlatTerms
    coarse: FlatTerms


def level(since: float, observed_at: float, terms: FlatTerms) -> Level:
    """The verdict on a value unchanged since an instant."""
    lasted = observed_at - since
    if lasted >= terms.fail_s:
        return Level.FAIL
    return Level.SUSPECT if lasted >= terms.suspect_s else Level.PASS
