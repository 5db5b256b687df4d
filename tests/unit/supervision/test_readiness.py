"""No path to a published case around a period, a name, a length or a signature."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.enums import ExposureState, ExposureStep
from models.errors import ForbiddenTransition, Invalid, SecondPersonNeeded, Unfinished
from supervision.exposure import chain
from supervision.exposure.batches import quarter_before, quarter_name, quarter_of
from supervision.exposure.chain import PROOFS, REVIEWS, SIGNATURES, Dossier, Signed
from supervision.exposure.finality import Decision, Hindrance, Remedy, hindrances
from supervision.exposure.masking import Leak, Named, leaks
from supervision.exposure.readiness import Standing, Text, Unready, reasons
from supervision.exposure.wording import line, nameless, passage

SERVED, DAY = date(2026, 1, 15), date(2026, 11, 23)
FINAL = Decision(date(2026, 1, 10), SERVED)
STEPS = (ExposureStep.SUBMITTED, *SIGNATURES, *REVIEWS, *PROOFS)
ALL = tuple(Signed(step, number, f"某{number}", DAY) for number, step in enumerate(STEPS))
GOOD = Text("某建材公司超标排放案", "经查，该公司未按规定运行污染防治设施。" * 60)
PARTIES = (Named("昌吉市宏达建材有限公司"), Named("王小明"))


def standing(**over: object) -> Standing:
    values: dict[str, object] = {
        "state": ExposureState.APPROVED, "decision": FINAL, "text": GOOD, "parties": PARTIES,
        "numbers": ("昌州环罚〔2026〕12号",), "signed": ALL,
    }  # fmt: skip
    return Standing(**(values | over))  # type: ignore[arg-type]


def codes(case: Standing, day: date = DAY) -> list[str]:
    return [one.code.value for one in reasons(case, day)]


def test_what_is_final_masked_and_signed_may_be_published() -> None:
    assert codes(standing()) == []


def test_every_reason_is_told_at_once() -> None:
    case = standing(
        decision=Decision(FINAL.decided, DAY),
        text=Text("宏达建材案", "昌州环罚（2026）12号 " * 10),
        signed=ALL[:2],
    )
    found = {one.code.value: one.detail for one in reasons(case, DAY)}
    assert found == {
        "review_open": "2027-01-22", "suit_open": "2027-05-23", "too_short": "130", "named": "11",
        "unsigned": "leader,publicity", "unread": "review_1,review_2,review_3,proof_1,proof_2,proof_3",
    }  # fmt: skip
    assert codes(standing(text=None, state=ExposureState.WITHDRAWN)) == ["withdrawn", "no_text"]
    assert codes(standing(parties=())) == ["no_parties"]
    assert codes(standing(text=Text("题", "字" * 1501))) == ["too_long"]
    assert codes(standing(), DAY - timedelta(days=1)) == ["signed_later"]
    assert codes(standing(state=ExposureState.PUBLISHED)) == ["published"]


@given(st.sets(st.sampled_from(STEPS[1:])))
def test_without_any_one_signature_nothing_is_published(missing: set[ExposureStep]) -> None:
    signed = tuple(one for one in ALL if one.step not in missing)
    assert bool(codes(standing(signed=signed))) is bool(missing)


@given(st.dates(date(2026, 1, 1), date(2027, 12, 31)))
def test_on_no_day_before_the_periods_have_run_out(day: date) -> None:
    assert (hindrances(FINAL, day) == ()) is (day > date(2026, 7, 15))


def test_what_ended_later_was_pending_on_that_day() -> None:
    sued = Decision(FINAL.decided, SERVED, suit=Remedy(date(2026, 2, 1), date(2026, 9, 1)))
    assert hindrances(sued, date(2026, 8, 31)) == (Hindrance.SUIT_PENDING,)
    assert hindrances(sued, date(2026, 9, 1)) == ()


def test_a_judgment_has_ten_days_and_no_review() -> None:
    judgment = Decision(FINAL.decided, SERVED, criminal=True)
    assert hindrances(judgment, date(2026, 1, 25)) == (Hindrance.SUIT_OPEN,)
    assert hindrances(judgment, date(2026, 1, 26)) == ()
    with pytest.raises(Invalid):
        Decision(FINAL.decided, SERVED, review=Remedy(SERVED), criminal=True).check(DAY)


# ------------------------------------------------------------ the chain


def test_three_different_people_sign_one_after_the_other() -> None:
    state, signed = ExposureState.BUREAU, [Signed(ExposureStep.SUBMITTED, 1, "甲", DAY)]
    for step, person in zip(SIGNATURES, (2, 3, 4), strict=True):
        if step is ExposureStep.PUBLICITY:
            with pytest.raises(Unfinished, match="review_1"):
                chain.sign(state, step, signed, author=1, person=4)
            signed += [Signed(one, 9, f"编{one}", DAY) for one in (*REVIEWS, *PROOFS)]
        for known in [1, *(one.person for one in signed if one.step in SIGNATURES)]:
            with pytest.raises(SecondPersonNeeded):
                chain.sign(state, step, signed, author=1, person=known)
        for other in SIGNATURES:
            if other is not step:
                with pytest.raises(ForbiddenTransition):
                    chain.sign(state, other, signed, author=1, person=person)
        state = chain.sign(state, step, signed, author=1, person=person)
        signed.append(Signed(step, person, "乙", DAY))
    assert state is ExposureState.APPROVED


def test_three_reviews_and_three_proofreadings_by_three_people_each() -> None:
    signed: list[Signed] = []
    for row in (REVIEWS, PROOFS):
        with pytest.raises(ForbiddenTransition):
            chain.mark(ExposureState.LEADER, row[1], signed, author="甲", name="乙")
        for step, name in zip(row, ("乙", "丙", "丁"), strict=True):
            for refused in ("甲", *(one.name for one in signed if one.step in row)):
                with pytest.raises(SecondPersonNeeded):
                    chain.mark(ExposureState.LEADER, step, signed, author="甲", name=refused)
            chain.mark(ExposureState.LEADER, step, signed, author="甲", name=name)
            signed.append(Signed(step, 1, name, DAY))
    assert chain.missing_marks(signed) == ()
    for state in (ExposureState.PREPARING, ExposureState.APPROVED, ExposureState.PUBLISHED):
        with pytest.raises(ForbiddenTransition):
            chain.mark(state, ExposureStep.REVIEW_1, [], author="甲", name="乙")


@pytest.mark.parametrize("field", ["standard", "panel", "facts", "evidence", "law", "procedure"])
def test_a_dossier_that_falls_short_is_not_signed(field: str) -> None:
    values: dict[str, str | bool] = {"standard": "2024年版", "panel": "3月1日论证，同意"}
    values |= dict.fromkeys(("facts", "evidence", "law", "procedure"), True)
    Dossier(**values).check()  # type: ignore[arg-type]
    values[field] = " " if isinstance(values[field], str) else False
    with pytest.raises(Invalid) as refused:
        Dossier(**values).check()  # type: ignore[arg-type]
    assert refused.value.extra["field"] == field


# ------------------------------------------------------------ masking


def test_a_finding_says_where_it_is() -> None:
    text = "第一行\n经查，昌 吉市宏达建材有限公司\n电话 139 9999 9999。"
    assert [(one.leak, one.line, one.column) for one in leaks(text, PARTIES)] == [
        (Leak.NAME, 2, 4),
        (Leak.TELEPHONE, 3, 4),
    ]


def test_each_place_is_found_and_the_core_is_not_found_inside_the_name() -> None:
    text = "昌吉市宏达建材有限公司，宏达建材，王小明，王·小明"
    assert [one.leak for one in leaks(text, PARTIES)] == [Leak.NAME, Leak.CORE, Leak.NAME, Leak.NAME]


def test_a_common_word_counts_only_as_the_whole_name() -> None:
    heating = Named("昌吉市供热有限公司", common=True)
    assert leaks("冬季供热期间", [heating]) == []
    assert [one.leak for one in leaks("昌吉市供热有限公司", [heating])] == [Leak.NAME]
    assert [one.leak for one in leaks("冬季供热期间", [Named("昌吉市供热有限公司")])] == [Leak.CORE]


def test_the_number_of_the_decision_leads_to_the_name() -> None:
    assert [one.leak for one in leaks("昌州环罚(2026) 12 号", [], ["昌州环罚〔2026〕12号"])] == [Leak.NUMBER]


@given(st.text(max_size=40), st.text(max_size=40), st.sampled_from([" ", "\n", "\u200b", "·", "　", ""]))
def test_a_name_is_found_wherever_it_stands(before: str, after: str, between: str) -> None:
    text = before + between.join("王小明") + after
    assert any(one.leak is Leak.NAME for one in leaks(text, PARTIES))


def test_texts_that_people_type_are_bounded_and_nameless() -> None:
    for bad in ("", " ", "a\nb", "x" * 11, "\x00"):
        with pytest.raises(Invalid):
            line(bad, "title", 10)
    assert passage(" 一\r\n二 ", "reason", 10) == "一\n二"
    with pytest.raises(Invalid) as refused:
        nameless("王小明不服", "reason", PARTIES)
    assert "王小明" not in refused.value.detail


def test_quarters() -> None:
    assert quarter_name(quarter_of("2026-Q3")) == "2026-Q3"
    assert quarter_of("2026-Q4") == date(2026, 10, 1)
    for day, first in ((date(2026, 1, 1), date(2025, 10, 1)), (date(2026, 12, 31), date(2026, 7, 1))):
        assert quarter_before(day) == first
    for bad in ("2026-3", "2026-Q5", "26-Q1", "1999-Q1", "２０２６-Q1", ""):
        with pytest.raises(Invalid):
            quarter_of(bad)


def test_unready_has_no_word_twice() -> None:
    assert not {one.value for one in Unready} & {one.value for one in Hindrance}
