"""Improvement and ranking: ties, what is missing, and the sign."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from supervision.air.ranking import Entry, Exclusion, Side, improvement, rank

RULES = "2018"
INDEX = st.none() | st.decimals("0.5", "9", places=2)


def entry(unit: str, base: str | None, now: str | None, *, rules: str = RULES) -> Entry:
    return Entry(
        unit,
        None if now is None else Side(Decimal(now), RULES),
        None if base is None else Side(Decimal(base), rules),
    )


def test_the_rate_of_the_bulletins() -> None:
    assert round(float(improvement(Decimal("2.89"), Decimal("2.63"))), 2) == 9.00
    assert round(float(improvement(Decimal("3.47"), Decimal("3.65"))), 2) == -5.19
    for base, now in ((Decimal(0), Decimal(1)), (Decimal(-1), Decimal(1)), (Decimal(1), Decimal(-1))):
        with pytest.raises(ValueError, match="no improvement"):
            improvement(base, now)


def test_the_example_of_the_note() -> None:
    a, b, c = entry("A", "3.47", "3.65"), entry("B", "4.10", "3.90"), entry("C", "3.20", "3.20")
    found = rank([a, b, c])
    assert [(one.unit, str(one.shown), one.place, one.last) for one in found] == [
        ("B", "4.9", 1, False),
        ("C", "0.0", 2, False),
        ("A", "-5.2", 3, True),
    ]


def test_equal_rates_share_a_place_and_equal_worst_are_all_last() -> None:
    found = rank([entry("A", "4", "3"), entry("B", "8", "6"), entry("C", "4", "5"), entry("D", "8", "10")])
    assert [(one.unit, one.place, one.last) for one in found] == [
        ("A", 1, False), ("B", 1, False), ("C", 3, True), ("D", 3, True),
    ]  # fmt: skip
    # Equal when printed is not equal: 1.04 and 1.00 % are two places.
    close = rank([entry("A", "100.00", "98.96"), entry("B", "100", "99")])
    assert [(str(one.shown), one.place) for one in close] == [("1.0", 1), ("1.0", 2)]


def test_whoever_cannot_be_compared_is_named_and_not_ranked() -> None:
    found = rank(
        [entry("A", None, "3"), entry("B", "3", None), entry("C", "3", "3", rules="2026"), entry("D", "4", "3"),
         entry("E", "4", "4")]
    )  # fmt: skip
    assert [(one.unit, one.place, one.exclusion) for one in found] == [
        ("D", 1, None),
        ("E", 2, None),
        ("A", None, Exclusion.NO_BASE),
        ("B", None, Exclusion.NO_INDEX),
        ("C", None, Exclusion.OTHER_RULES),
    ]
    assert [one.unit for one in found if one.last] == ["E"]


def test_nobody_is_last_of_equals_or_alone() -> None:
    assert not any(one.last for one in rank([entry("A", "4", "4"), entry("B", "3", "3")]))
    assert not any(one.last for one in rank([entry("A", "4", "9"), entry("B", None, "3")]))
    assert rank([]) == []
    with pytest.raises(ValueError, match="once"):
        rank([entry("A", "4", "4"), entry("A", "4", "4")])


@given(st.lists(st.tuples(INDEX, INDEX), min_size=1, max_size=10))
def test_a_ranking_is_of_everybody_and_in_order(pairs: list[tuple[Decimal | None, Decimal | None]]) -> None:
    entries = [
        Entry(f"{n}", None if now is None else Side(now, RULES), None if base is None else Side(base, RULES))
        for n, (base, now) in enumerate(pairs)
    ]
    found = rank(entries)
    assert sorted(one.unit for one in found) == sorted(one.unit for one in entries)
    rates: list[Fraction] = [one.rate for one in found if one.rate is not None]
    assert rates == sorted(rates, reverse=True)
    assert rank(list(reversed(entries))) == found
    assert all(
        one.place == 1 + sum(other > one.rate for other in rates) for one in found if one.rate is not None
    )
