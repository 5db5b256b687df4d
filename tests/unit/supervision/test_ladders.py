"""Rungs by the text, worked by hand: shares, last places, failed months, checks."""

from decimal import Decimal

import pytest

from models.enums import ActBy, ActKind
from supervision.ladders import failed, last_place, shares
from supervision.ladders.rungs import Proposal
from supervision.readings import Readings

READ = Readings()


def month(mine: int, others: int) -> dict[str, int]:
    """A month in which `A` has so many problems and nine other units share the rest."""
    rest = {f"B{n}": others // 9 for n in range(9)}
    rest["B0"] += others - sum(rest.values())
    return {"A": mine} | rest


def measure(found: Proposal | None) -> tuple[str, str] | None:
    return None if found is None else (found.rung.measure.value, found.rung.signer.value)


@pytest.mark.parametrize(
    ("months", "expected"),
    [
        ([(9, 91)], None),
        ([(10, 90)], "notice"),
        ([(19, 81)], "notice"),
        ([(20, 80)], "interview"),
        ([(10, 90), (10, 90)], "interview"),
        ([(10, 90), (9, 91), (10, 90)], "notice"),
        ([(10, 90), (10, 90), (10, 90)], "accountability"),
        ([(20, 80), (20, 80)], "accountability"),
        ([(20, 80), (10, 90)], "interview"),
        ([(20, 80), (10, 90), (20, 80)], "accountability"),
        ([(10, 90), (10, 90), (9, 91)], None),
        ([(10, 90), None, (10, 90)], "notice"),
        ([(10, 90), None], None),
        ([(0, 0)], None),
        ([], None),
    ],
)
def test_shares(months: list[tuple[int, int] | None], expected: str | None) -> None:
    found = shares.propose("A", [one and month(*one) for one in months], READ)
    assert (found and found.rung.measure.value) == expected


def test_a_share_says_what_it_rests_on_and_how_little_that_may_be() -> None:
    found = shares.propose("A", [month(3, 7)], READ)
    assert found is not None
    assert found.rung.article == "annex 2 art. 7(三)"
    assert dict(found.counts) == {
        "problems": "3", "of": "10", "share": "30.00", "months_noticed": "1", "months_grave": "1",
    }  # fmt: skip
    assert found.cautions == ("few_problems", "even_share_reaches")
    many = shares.propose("A", [month(30, 70) | {"C": 0}], READ)
    assert many is not None
    assert many.cautions == ()
    with pytest.raises(ValueError, match="negative"):
        shares.share_of("A", {"A": -1})


@pytest.mark.parametrize(
    ("last", "expected"),
    [
        ([True], ("notice", "office")),
        ([True, True], ("interview", "deputy_leader")),
        ([True, True, True], ("interview", "main_leader")),
        ([True, True, True, True], ("accountability", "office")),
        ([True, False, True], ("notice", "office")),
        ([True, None, True], ("notice", "office")),
        ([True, True, False], None),
        ([None], None),
        ([], None),
    ],
)
def test_last_places_in_a_row(last: list[bool | None], expected: tuple[str, str] | None) -> None:
    found = last_place.propose("A", last, READ)
    assert measure(found) == expected
    if found is not None:
        assert found.rung.in_public == (found.rung.measure is ActKind.INTERVIEW)
        assert found.rung.article == "body §4(二)"


def test_last_places_of_a_year_need_the_missed_target_too() -> None:
    thrice = [True, False, True, None, True]
    found = last_place.propose_for_year("A", thrice, target_met=False, readings=READ)
    assert measure(found) == ("accountability", "office")
    assert found is not None
    assert found.rung.article == "annex 3 art. 4"
    for last, met in ((thrice, True), (thrice, None), ([True, True], False)):
        assert last_place.propose_for_year("A", last, target_met=met, readings=READ) is None


def test_failed_months() -> None:
    assert failed.propose("A", [True, True], READ) == []
    assert failed.propose("A", [True, True, None, True], READ) == []
    for months in ([True] * 3, [False] + [True] * 5):
        found = failed.propose("A", months, READ)
        assert [one.rung.measure for one in found] == [ActKind.INSPECTION, ActKind.ACCOUNTABILITY]
        assert {one.rung.signer for one in found} == {ActBy.OFFICE}
    assert failed.propose_for_year("A", failed=False) is None
    assert measure(failed.propose_for_year("A", failed=True)) == ("accountability", "office")


def test_the_three_checks() -> None:
    found = [measure(failed.propose_uncorrected("A", checks=n)) for n in range(5)]
    assert found == [
        None,
        ("notice", "office"),
        ("interview", "deputy_leader"),
        ("interview", "main_leader"),
        ("interview", "main_leader"),
    ]
    with pytest.raises(ValueError, match="from 0"):
        failed.propose_uncorrected("A", checks=-1)


def test_other_readings_give_other_rungs() -> None:
    stricter = Readings.parse({"share_noticed": "5", "last_beyond": 2, "months_failed": 2})
    assert measure(shares.propose("A", [month(5, 95)], stricter)) == ("notice", "office")
    assert measure(last_place.propose("A", [True] * 3, stricter)) == ("accountability", "office")
    assert len(failed.propose("A", [True, True], stricter)) == 2
    assert stricter.share_noticed == Decimal(5)
