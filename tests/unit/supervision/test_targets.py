"""A month against its target: what is left, and when it can no more be met."""

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from supervision.targets.standing import MonthStanding, Outlook, break_down, stand

FIRST = date(2026, 11, 1)


def november(levels: list[int], *, target: str = "50", pollutant: str = "pm25") -> MonthStanding:
    """Thirty days, of which the first have these levels."""
    days = {FIRST + timedelta(days=n): level for n, level in enumerate(levels)}
    return stand(
        pollutant,
        days,
        target=Decimal(target),
        year=2026,
        month=11,
        today=FIRST + timedelta(days=len(levels)),
    )


def test_what_the_remaining_days_may_average() -> None:
    found = november([60] * 10)
    assert found.to_date == 60
    assert (found.measured, found.remaining) == (10, 20)
    assert found.may_average == (50 * 30 - 600) / Fraction(20) == 45
    assert (found.outlook, found.days_over, found.may_exceed) == (Outlook.AT_RISK, 10, None)
    assert november([40] * 10).outlook is Outlook.ON_TRACK


def test_it_is_told_on_the_day_it_is_out_of_reach() -> None:
    # 30 days at 50.5 would be 50 as printed: 1515 may be used up, no more.
    assert november([150] * 10).outlook is Outlook.AT_RISK
    assert november([150] * 10 + [15]).outlook is Outlook.AT_RISK
    gone = november([150] * 10 + [16])
    assert gone.outlook is Outlook.OUT_OF_REACH
    assert gone.may_average is not None
    assert gone.may_average < 0


def test_a_month_that_is_over_is_met_or_missed_as_it_is_printed() -> None:
    assert november([50] * 29 + [65]).outlook is Outlook.MET
    assert november([50] * 29 + [66]).outlook is Outlook.MISSED
    assert november([50] * 30).may_average is None
    assert november([50] * 30).remaining == 0


def test_a_percentile_leaves_some_days_free() -> None:
    # Of 30 days the 90th percentile lies at rank 27.1: between the 27th and the 28th.
    found = november([170, 170], target="160", pollutant="o3")
    assert (found.may_exceed, found.days_over, found.may_average) == (0, 2, None)
    assert november([170] * 3 + [0] * 27, target="160", pollutant="o3").outlook is Outlook.MET
    assert november([900] * 3 + [0] * 27, target="160", pollutant="o3").outlook is Outlook.MET
    assert november([900] * 4, target="160", pollutant="o3").outlook is Outlook.OUT_OF_REACH


def test_days_without_a_mean_neither_help_nor_harm() -> None:
    days = {FIRST: 60, FIRST + timedelta(days=2): 60}
    found = stand("pm25", days, target=Decimal(50), year=2026, month=11, today=date(2026, 11, 11))
    assert (found.measured, found.remaining) == (2, 20)
    assert found.may_average == Fraction(50 * 22 - 120, 20)
    assert stand("pm25", {}, target=Decimal(50), year=2026, month=11, today=FIRST).outlook is Outlook.UNKNOWN
    ahead = stand("pm25", {}, target=Decimal(50), year=2026, month=11, today=date(2026, 10, 1))
    assert ahead.remaining == 30


def test_what_is_no_month_or_no_target_is_refused() -> None:
    for day in (date(2026, 10, 31), date(2026, 12, 1), FIRST):
        with pytest.raises(ValueError, match="before 2026-11-01"):
            stand("pm25", {day: 1}, target=Decimal(50), year=2026, month=11, today=FIRST)
    with pytest.raises(ValueError, match="no target"):
        november([1], target="0")


@given(st.lists(st.integers(0, 400), min_size=1, max_size=29), st.integers(20, 120))
def test_days_at_what_may_be_averaged_keep_to_the_target(levels: list[int], target: int) -> None:
    found = november(levels, target=str(target))
    assert found.may_average is not None
    whole = (sum(levels) + found.may_average * found.remaining) / 30
    assert whole == target
    if found.outlook is Outlook.OUT_OF_REACH:
        assert found.may_average < 0


DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]


def test_a_year_is_broken_into_months_of_its_shape() -> None:
    winter = [Decimal(n) for n in (120, 90, 60, 40, 30, 25, 25, 28, 35, 50, 80, 110)]
    months = break_down(Decimal(35), profile=winter, days=DAYS)
    year = sum(level * days for level, days in zip(months, DAYS, strict=True)) / 365
    assert Decimal("34.9") < year <= 35
    assert months[0] > months[5]
    assert break_down(Decimal(35), profile=[Decimal(1)] * 12, days=DAYS) == [Decimal(35)] * 12
    for profile, days in ((winter[:11], DAYS), (winter, DAYS[:11]), ([Decimal(0)] * 12, DAYS)):
        with pytest.raises(ValueError, match="twelve"):
            break_down(Decimal(35), profile=profile, days=days)
