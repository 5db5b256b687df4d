"""The share of a unit in the prefecture's problems, by month and run of months (body §4(一), annex 2 art. 7(三))."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction

from airquality.rounding import round_half_even
from models.enums import ActBy, ActKind
from supervision.ladders.rungs import Proposal, Rung
from supervision.readings import Readings

ARTICLE = "annex 2 art. 7(三)"
_NOTICE = Rung(ActKind.NOTICE, ActBy.OFFICE, ARTICLE)
_INTERVIEW = Rung(ActKind.INTERVIEW, ActBy.OFFICE, ARTICLE)
_ACCOUNTABILITY = Rung(ActKind.ACCOUNTABILITY, ActBy.OFFICE, ARTICLE)

Counts = Mapping[str, int]
"""The problems of a month by unit, each counted once, units without any included."""


def share_of(unit: str, counts: Counts) -> Fraction:
    """Percent of the prefecture's problems; 0 in a month without any. ValueError for a negative count."""
    if any(count < 0 for count in counts.values()):
        raise ValueError("a count is not negative")
    total = sum(counts.values())
    return Fraction(100 * counts.get(unit, 0), total) if total else Fraction(0)


def shown(unit: str, counts: Counts) -> str:
    """The share as it is printed: percent with two decimals, GB/T 8170."""
    return str(round_half_even(share_of(unit, counts), 2))


def propose(unit: str, months: Sequence[Counts | None], readings: Readings) -> Proposal | None:
    """The highest rung the newest month brings, months from old to new; None where it brings none.

    A month nobody closed (None) ends a run: what is not known is not counted against anybody. Shares are exact, and
    以上 includes the number.
    """
    if not months or months[-1] is None:
        return None
    shares = [None if counts is None else share_of(unit, counts) for counts in months]
    noticed = _run(shares, readings.share_noticed)
    grave = _run(shares, readings.share_grave)
    if noticed >= 3 or grave >= 2:
        rung = _ACCOUNTABILITY
    elif noticed == 2 or grave == 1:
        rung = _INTERVIEW
    elif noticed == 1:
        rung = _NOTICE
    else:
        return None
    newest = months[-1]
    total = sum(newest.values())
    counts = (
        ("problems", str(newest.get(unit, 0))),
        ("of", str(total)),
        ("share", shown(unit, newest)),
        ("months_noticed", str(noticed)),
        ("months_grave", str(grave)),
    )
    return Proposal(unit, rung, counts, _cautions(newest, readings))


def _run(shares: Sequence[Fraction | None], bound: Decimal) -> int:
    """How many of the newest months in a row reach the bound."""
    length = 0
    for share in reversed(shares):
        if share is None or share < Fraction(bound):
            break
        length += 1
    return length


def _cautions(newest: Counts, readings: Readings) -> tuple[str, ...]:
    found = []
    if sum(newest.values()) < readings.few_problems:
        found.append("few_problems")
    if newest and Fraction(100, len(newest)) >= Fraction(readings.share_noticed):
        # With ten units an even share is exactly 10 %: everybody reaches it.
        found.append("even_share_reaches")
    return tuple(found)
