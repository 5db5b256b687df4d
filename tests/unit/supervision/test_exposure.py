"""A case is told when nothing can undo it any more, and names nobody."""

from datetime import date, timedelta

import pytest

from models.errors import Invalid
from supervision.exposure.finality import Decision, Hindrance, Remedy, hindrances
from supervision.exposure.masking import Leak, core_of, fits, leaks, length

DECIDED, SERVED = date(2026, 1, 10), date(2026, 1, 15)


def told_from(decision: Decision) -> date:
    """The first day on which nothing hinders."""
    day = DECIDED
    while hindrances(decision, day):
        day += timedelta(days=1)
        assert day.year < 2030
    return day


def test_a_decision_nobody_contests_is_final_when_both_periods_have_run_out() -> None:
    decision = Decision(DECIDED, SERVED)
    both = (Hindrance.REVIEW_OPEN, Hindrance.SUIT_OPEN)
    assert hindrances(decision, date(2026, 3, 16)) == both
    assert hindrances(decision, date(2026, 3, 17)) == (Hindrance.SUIT_OPEN,)
    assert told_from(decision) == date(2026, 7, 16)
    # The sixth month after the 31st ends with its last day.
    assert told_from(Decision(DECIDED, date(2025, 8, 31))) == date(2026, 3, 1)


def test_what_was_contested_waits_for_its_end() -> None:
    filed = Remedy(date(2026, 2, 1))
    assert hindrances(Decision(DECIDED, SERVED, review=filed), date(2029, 1, 1)) == (
        Hindrance.REVIEW_PENDING,
    )
    upheld = Remedy(date(2026, 2, 1), date(2026, 4, 1))
    assert told_from(Decision(DECIDED, SERVED, review=upheld)) == date(2026, 4, 17)
    suit = Remedy(date(2026, 4, 10))
    assert hindrances(Decision(DECIDED, SERVED, upheld, suit), date(2029, 1, 1)) == (Hindrance.SUIT_PENDING,)
    judged = Remedy(date(2026, 4, 10), date(2026, 9, 1))
    assert told_from(Decision(DECIDED, SERVED, upheld, judged)) <= date(2026, 9, 1)
    lost = Remedy(date(2026, 4, 10), date(2026, 9, 1), upheld=False)
    assert hindrances(Decision(DECIDED, SERVED, upheld, lost), date(2029, 1, 1)) == (Hindrance.REVOKED,)


def test_without_a_decision_or_its_service_there_is_no_case() -> None:
    assert hindrances(Decision(None, None), DECIDED) == (Hindrance.NOT_DECIDED,)
    assert hindrances(Decision(DECIDED, None), DECIDED) == (Hindrance.NOT_SERVED,)


@pytest.mark.parametrize(
    ("decision", "field"),
    [
        (Decision(date(2027, 1, 1), None), "decided"),
        (Decision(DECIDED, date(2026, 1, 9)), "served"),
        (Decision(None, SERVED), "served"),
        (Decision(DECIDED, None, review=Remedy(SERVED)), "review_filed"),
        (Decision(DECIDED, SERVED, review=Remedy(date(2026, 1, 14))), "review_filed"),
        (Decision(DECIDED, SERVED, suit=Remedy(SERVED, date(2026, 1, 14))), "suit_concluded"),
    ],
)
def test_dates_in_the_wrong_order_are_named(decision: Decision, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        decision.check(date(2026, 12, 1))
    assert refused.value.extra["field"] == field
    Decision(DECIDED, SERVED, Remedy(SERVED, SERVED)).check(SERVED)


def test_the_length_is_of_characters_without_blanks() -> None:
    assert length(" 一 二\n三，\u3000") == 4
    for count, good in ((999, False), (1000, True), (1500, True), (1501, False)):
        assert fits("字 " * count) is good


COMPANY = "昌吉市宏达建材有限公司"


@pytest.mark.parametrize(
    ("text", "leak"),
    [
        (f"经查，{COMPANY}未批先建。", Leak.NAME),
        ("经查，昌吉市 宏达·建材（有限公司）未批先建。", Leak.NAME),
        ("经查，宏达建材公司未批先建。", Leak.CORE),
        ("法定代表人王 小 明。", Leak.NAME),
        ("身份证 652301198001011234。", Leak.IDENTITY),
        ("身份证６５２３０１１９８００１０１１２３ｘ。", Leak.IDENTITY),
        ("代码91652301MA7777777K。", Leak.CREDIT_CODE),
        ("电话13999999999。", Leak.TELEPHONE),
        ("电话0994-2345678。", Leak.TELEPHONE),
        ("车牌新B12345。", Leak.PLATE),
    ],
)
def test_whatever_names_a_party_is_found(text: str, leak: Leak) -> None:
    assert [finding.leak for finding in leaks(text, [COMPANY, "王小明"])] == [leak]


def test_a_masked_text_passes() -> None:
    text = (
        "2026年1月10日，昌吉州生态环境局执法人员对某建材有限公司检查，发现王某未按规定运行设施，罚款20万元。"
    )
    assert leaks(text, [COMPANY, "王小明", ""]) == []


def test_the_core_of_a_name() -> None:
    assert core_of(COMPANY) == "宏达建材"
    assert core_of("新疆昌吉回族自治州天山水泥股份有限公司") == "天山水泥"
    assert core_of("王小明") == ""
    assert core_of("昌吉市公司") != ""
