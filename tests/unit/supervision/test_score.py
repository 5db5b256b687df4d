"""The score sheet: every item, cap, veto, overflow, bonus, exposure and direct fail of annex 2."""

import random
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.enums import DirectFail, PointState
from supervision.assessment.items import WORTH, Exposure, Grade, Item
from supervision.assessment.score import Bonus, Charge, Failing, Publicity, Records, Score, grade_of, score
from supervision.readings import Readings

READ = Readings()
STATES = st.sampled_from(PointState)
NAMES = st.sampled_from([f"p{n}" for n in range(12)])


def charges(item: Item, count: int) -> list[Charge]:
    return [Charge(f"r{item.value}-{n}", item, f"p{n}") for n in range(count)]


def figures(*values: Decimal) -> list[int]:
    assert all(value == int(value) for value in values)
    return [int(value) for value in values]


def of(**records: object) -> Score:
    return score(Records(**records), READ)  # type: ignore[arg-type]


def test_a_month_without_a_record_is_a_hundred() -> None:
    clean = of()
    assert figures(clean.total, clean.building, clean.operation) == [100, 30, 70]
    assert clean.grade is Grade.EXCELLENT
    assert sum(worth.points for worth in WORTH.values()) == 100


@pytest.mark.parametrize(
    ("item", "count", "total"),
    [
        (Item.UNDISCOVERED, 1, 99),
        (Item.UNDISCOVERED, 40, 60),
        (Item.UNDISCOVERED, 41, 60),
        (Item.NOT_HANDED_ON, 1, 95),
        (Item.NOT_HANDED_ON, 3, 90),
        (Item.NOT_CORRECTED, 2, 90),
        (Item.INSPECTORATE, 1, 90),
        (Item.INSPECTORATE, 2, 80),
        (Item.INSPECTORATE, 11, 0),
        (Item.ORGANISATION, 1, 70),
        (Item.SUB_CHIEFS, 2, 70),
        (Item.PUBLICITY, 1, 70),
    ],
)
def test_what_each_item_takes(item: Item, count: int, total: int) -> None:
    assert of(charges=charges(item, count)).total == total


def test_item_7_takes_from_the_total_what_it_does_not_have() -> None:
    found = of(charges=charges(Item.INSPECTORATE, 3))
    assert figures(found.overflow, found.operation, found.total) == [20, 60, 70]


def test_the_veto_zeroes_the_block_or_the_item_as_it_is_read() -> None:
    vetoed = Records(charges=charges(Item.PUBLICITY, 1))
    block, item = score(vetoed, READ), score(vetoed, replace(READ, veto_zeroes="item"))
    assert figures(block.building, item.building) == [0, 20]
    assert [line.vetoed for line in block.lines[:3]] == [True, True, True]
    assert [line.vetoed for line in item.lines[:3]] == [False, False, True]
    # The record stands at the item it belongs to.
    assert [line.records for line in block.lines[:3]] == [(), (), ("r3-0",)]


def test_one_problem_counts_once_in_an_item_and_withdrawn_ones_not_at_all() -> None:
    twice = [Charge("b", Item.UNDISCOVERED, "p"), Charge("a", Item.UNDISCOVERED, "p")]
    assert of(charges=twice).lines[3].records == ("a",)
    assert of(charges=[*twice, Charge("c", Item.NOT_CORRECTED, "p")]).total == 94
    gone = [replace(charge, state=PointState.WITHDRAWN) for charge in twice]
    assert of(charges=gone).total == 100
    for state in (PointState.PROPOSED, PointState.OBJECTED, PointState.UPHELD):
        assert of(charges=[replace(twice[0], state=state)]).total == 99


def test_exposure_takes_the_gravest_of_a_problem_from_operation_down_to_nothing() -> None:
    both = [Publicity("a", Exposure.PREFECTURE, "p"), Publicity("b", Exposure.REGION, "p")]
    found = of(exposures=both)
    assert figures(found.exposed, found.total) == [30, 70]
    assert found.exposures == ("b",)
    three = [Publicity(name, Exposure.REGION, name) for name in "abc"]
    assert figures(of(exposures=three).exposed, of(exposures=three).total) == [70, 30]
    from_total = score(Records(exposures=three), replace(READ, exposure_taken_from="total"))
    assert figures(from_total.exposed, from_total.total) == [90, 10]


def test_national_exposure_fails_whatever_the_score_is() -> None:
    found = of(exposures=[Publicity("n", Exposure.NATIONAL, "p"), Publicity("r", Exposure.REGION, "p")])
    assert figures(found.total, found.exposed) == [100, 0]
    assert found.grade is Grade.UNQUALIFIED
    assert (found.fails, found.failings) == ((DirectFail.NATIONAL_EXPOSURE,), ("n",))
    gone = [Publicity("n", Exposure.NATIONAL, "p", PointState.WITHDRAWN)]
    assert of(exposures=gone).grade is Grade.EXCELLENT


@pytest.mark.parametrize("kind", DirectFail)
def test_every_direct_fail_fails(kind: DirectFail) -> None:
    assert of(failings=[Failing("f", kind)]).grade is Grade.UNQUALIFIED
    assert of(failings=[Failing("f", kind, PointState.WITHDRAWN)]).grade is Grade.EXCELLENT


def test_the_bonus_waits_for_approval_and_ends_at_ten() -> None:
    some = [Bonus(f"b{n}", f"p{n}", approved=n < 7) for n in range(9)]
    found = of(bonuses=some)
    assert figures(found.bonus, found.total) == [10, 110]
    assert len(found.bonuses) == 7
    assert of(bonuses=some[:1]).total == 102
    assert of(bonuses=[Bonus("x", "p0", approved=True), some[0]]).bonus == 2
    # It comes last: what is below nothing is nothing before it is added.
    low = of(charges=charges(Item.INSPECTORATE, 15), bonuses=some[:1])
    assert low.total == 2


@pytest.mark.parametrize(
    ("total", "grade"),
    [
        ("110", "excellent"), ("90", "excellent"), ("89.9", "good"), ("80", "good"), ("79.5", "qualified"),
        ("60", "qualified"),
        ("59.9", "unqualified"), ("0", "unqualified"),
    ],
)  # fmt: skip
def test_the_bands(total: str, grade: str) -> None:
    assert grade_of(Decimal(total), READ) == grade


@given(
    st.lists(st.builds(Charge, NAMES, st.sampled_from(Item), NAMES, STATES), max_size=60),
    st.lists(st.builds(Publicity, NAMES, st.sampled_from(Exposure), NAMES, STATES), max_size=6),
    st.lists(st.builds(Bonus, NAMES, NAMES, st.booleans()), max_size=12),
    st.randoms(use_true_random=False),
    st.sampled_from([READ, replace(READ, veto_zeroes="item", exposure_taken_from="total")]),
)
def test_a_score_keeps_its_bounds_and_the_order_of_records_says_nothing(
    charged: list[Charge],
    exposed: list[Publicity],
    bonuses: list[Bonus],
    chance: random.Random,
    read: Readings,
) -> None:
    sheet = score(Records(charged, exposed, bonuses), read)
    assert 0 <= sheet.total <= 110
    assert 0 <= sheet.building <= 30
    assert 0 <= sheet.operation <= 70
    assert 0 <= sheet.bonus <= 10
    for line in sheet.lines:
        assert 0 <= line.points <= WORTH[line.item].points
    for records in (charged, exposed, bonuses):
        chance.shuffle(records)
    assert score(Records(charged, exposed, bonuses), read) == sheet
    # A further charge never raises the score.
    more = [*charged, Charge("new", Item.UNDISCOVERED, "new")]
    assert score(Records(more, exposed, bonuses), read).total <= sheet.total
