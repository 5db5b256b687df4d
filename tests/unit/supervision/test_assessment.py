"""Claims and their life, score sheets from frozen inputs, and the year: the rules alone."""

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.enums import DirectFail, PointItem, PointRecord, PointState
from models.errors import ForbiddenTransition, Invalid, PastDue, SecondPersonNeeded
from supervision.air.close import canonical
from supervision.assessment.claims import (
    GROUNDS,
    Life,
    Proposed,
    Record,
    article_of,
    check,
    may_object,
    may_uphold,
    may_withdraw,
    waits,
)
from supervision.assessment.gathering import Gap, of_gaps
from supervision.assessment.items import Grade
from supervision.assessment.sheet import counted_in, plain, sheet
from supervision.assessment.year import MonthScore, year_of
from supervision.ladders import failed
from supervision.readings import Readings

NOW = datetime(2026, 4, 2, tzinfo=UTC)
LIFE = Life(PointItem.UNDISCOVERED, PointState.PROPOSED, 1, NOW + timedelta(days=3))
CLAIM = Proposed(
    PointItem.UNDISCOVERED, "652301", Record(PointRecord.DOCUMENT, "督查〔2026〕3号"), "裸土未覆盖"
)


def point(id_: int, item: str, *, problem: str | None = None, **over: Any) -> dict[str, Any]:
    record = over.pop("record", {"kind": "document", "ref": f"文件 {id_}"})
    return {
        "id": id_, "item": item, "ground": None, "article": "", "count": 1, "text": "…", "record": record,
        "problem": problem, "evidence": None, "state": "proposed",
    } | over  # fmt: skip


def of(*points: dict[str, Any], **readings: str) -> dict[str, Any]:
    inputs = {
        "month": "2026-03",
        "readings": {"version": 1, "body": readings},
        "units": [{"code": "652301", "points": list(points)}],
    }
    (unit,) = sheet(inputs)["units"]
    return dict(unit)


def test_every_item_cites_its_article() -> None:
    cited = {item: article_of(item) for item in PointItem if item is not PointItem.FAIL}
    assert cited[PointItem.UNDISCOVERED] == "annex 2 art. 5(二)4"
    assert cited[PointItem.REGION_EXPOSURE] == "annex 2 art. 5(四)9"
    assert cited[PointItem.BONUS] == "annex 2 art. 5(三)"
    assert len(set(cited.values())) == 11
    assert {article_of(PointItem.FAIL, ground) for ground in GROUNDS} == {
        "annex 2 art. 6(三)", "annex 2 art. 5(二)7",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("over", "field"),
    [
        ({"item": PointItem.FAIL}, "ground"),
        ({"ground": DirectFail.BAD_INFLUENCE}, "ground"),
        ({"item": PointItem.FAIL, "ground": DirectFail.NATIONAL_EXPOSURE}, "ground"),
        ({"count": 0}, "count"),
        ({"count": 101}, "count"),
        ({"count": 2, "problem": "WT-1"}, "count"),
        ({"count": 2, "item": PointItem.ORGANISATION}, "count"),
        ({"count": 2, "record": Record(PointRecord.ORDER, "1")}, "count"),
        ({"text": "  "}, "text"),
        ({"text": "x" * 2001}, "text"),
        ({"record": Record(PointRecord.DOCUMENT, " ")}, "ref"),
        ({"evidence": "x" * 501}, "evidence"),
    ],
)
def test_what_cannot_be_claimed_is_refused_by_name(over: dict[str, Any], field: str) -> None:
    check(CLAIM)
    check(replace(CLAIM, count=3))
    with pytest.raises(Invalid) as refused:
        check(replace(CLAIM, **over))
    assert refused.value.extra["field"] == field


def test_a_unit_objects_once_and_in_time() -> None:
    may_object(LIFE, now=NOW)
    may_object(LIFE, now=LIFE.object_until - timedelta(microseconds=1))
    with pytest.raises(PastDue):
        may_object(LIFE, now=LIFE.object_until)
    for state in (PointState.OBJECTED, PointState.UPHELD, PointState.WITHDRAWN):
        with pytest.raises(ForbiddenTransition):
            may_object(replace(LIFE, state=state), now=NOW)
    with pytest.raises(ForbiddenTransition):
        may_object(replace(LIFE, item=PointItem.BONUS), now=NOW)


def test_neither_who_claimed_nor_who_objected_decides() -> None:
    objected = replace(LIFE, state=PointState.OBJECTED, objected_by=2)
    bonus = replace(LIFE, item=PointItem.BONUS)
    for decide in (may_uphold, may_withdraw):
        decide(objected, by=3)
        decide(bonus, by=3)
        for by in (1, 2):
            with pytest.raises(SecondPersonNeeded):
                decide(objected, by=by)
        with pytest.raises(SecondPersonNeeded):
            decide(bonus, by=1)
        with pytest.raises(ForbiddenTransition):
            decide(replace(objected, state=PointState.WITHDRAWN), by=3)
    with pytest.raises(ForbiddenTransition, match="nobody objects"):
        may_uphold(LIFE, by=3)
    # What the service claimed anybody of the prefecture decides, and what was upheld may still fall.
    may_withdraw(replace(LIFE, proposed_by=None), by=1)
    may_withdraw(replace(objected, state=PointState.UPHELD), by=3)


def test_a_month_waits_for_decisions_and_for_the_time_to_object() -> None:
    assert waits(LIFE, now=NOW)
    assert not waits(LIFE, now=LIFE.object_until)
    assert waits(replace(LIFE, state=PointState.OBJECTED), now=LIFE.object_until)
    assert not waits(replace(LIFE, state=PointState.UPHELD), now=NOW)
    bonus = replace(LIFE, item=PointItem.BONUS)
    assert waits(bonus, now=LIFE.object_until)
    assert not waits(replace(bonus, state=PointState.WITHDRAWN), now=NOW)


def test_gaps_of_the_registry_are_claims_of_items_1_to_3() -> None:
    (claim,) = of_gaps([Gap(PointItem.SUB_CHIEFS, "652301", "sub_chief:652301100", "无分网格长")])
    assert (claim.item, claim.record) == (
        PointItem.SUB_CHIEFS, Record(PointRecord.REGISTRY, "sub_chief:652301100"),
    )  # fmt: skip
    check(claim)
    with pytest.raises(ValueError, match="items 1 to 3"):
        of_gaps([Gap(PointItem.UNDISCOVERED, "652301", "x", "x")])


def test_a_month_worked_by_hand() -> None:
    found = of(
        # 3 of 40: two problems, one claimed twice, and two of one document; a fourth one withdrawn.
        point(1, "4", problem="WT-1", record={"kind": "problem", "ref": "WT-1"}),
        point(2, "4", problem="WT-1", record={"kind": "order", "ref": "2026-652301-000001"}, state="upheld"),
        point(3, "4", count=2),
        point(4, "4", state="withdrawn"),
        # 10 of 10 and nothing further: three at 5 each.
        point(5, "6"), point(6, "6"), point(7, "6"),
        # 20 of an item of 10: the other 10 from the total.
        point(8, "7"), point(9, "7"),
        # Of one problem the Region's exposure alone, 30.
        point(10, "10", problem="WT-2"), point(11, "9", problem="WT-2", state="objected"),
        # One approved of two.
        point(12, "bonus", state="upheld"), point(13, "bonus"),
    )  # fmt: skip
    # Building keeps its 30, operation 37 and 10 less the 30 of the exposure; less 10 over, and 2 of bonus.
    assert (found["building"], found["operation"], found["overflow"]) == ("30", "17", "10")
    assert (found["exposed"], found["bonus"], found["total"], found["grade"]) == (
        "30", "2", "39", "unqualified",
    )  # fmt: skip
    kept = {one["item"]: (one["kept"], one["counted"], one["points"]) for one in found["items"]}
    assert kept["4"] == ("37", 3, [1, 3])
    assert kept["6"] == ("0", 3, [5, 6, 7])
    assert kept["7"] == ("0", 2, [8, 9])
    assert (found["exposures"], found["bonuses"]) == ([11], [12])
    assert counted_in(found) == {1, 3, 5, 6, 7, 8, 9, 11, 12}


def test_the_veto_zeroes_as_it_is_read_and_a_ground_fails() -> None:
    gap = point(1, "2", record={"kind": "registry", "ref": "sub_chief:652301100"})
    assert (of(gap)["total"], of(gap)["grade"]) == ("70", "qualified")
    assert of(gap, veto_zeroes="item")["total"] == "90"
    fails = of(point(1, "fail", ground="repeated_reports"))
    assert (fails["total"], fails["grade"], fails["fails"], fails["failings"]) == (
        "100", "unqualified", ["repeated_reports"], [1],
    )  # fmt: skip
    national = of(point(1, "8", problem="WT-1"))
    assert (national["failed"], national["fails"]) == (True, ["national_exposure"])


POINTS = st.builds(
    lambda id_, item, state, problem, count, ground: point(
        id_,
        item,
        state=state,
        problem=None if count > 1 else problem,
        count=count if item in "4567" else 1,
        ground=ground if item == "fail" else None,
    ),
    st.integers(1, 40),
    st.sampled_from([item.value for item in PointItem]),
    st.sampled_from([state.value for state in PointState]),
    st.sampled_from([None, "WT-1", "WT-2"]),
    st.integers(1, 60),
    st.sampled_from([ground.value for ground in GROUNDS]),
)


@given(st.lists(POINTS, max_size=30, unique_by=lambda one: one["id"]), st.randoms(use_true_random=False))
def test_scores_keep_their_bounds_and_the_same_points_give_the_same_bytes(
    points: list[dict[str, Any]], chance: random.Random
) -> None:
    first = of(*points)
    assert 0 <= Decimal(first["total"]) <= 110
    assert sum(Decimal(one["worth"]) for one in first["items"]) == 100
    assert counted_in(first) <= {one["id"] for one in points if one["state"] != "withdrawn"}
    chance.shuffle(points)
    assert canonical(of(*points)) == canonical(first)
    # Whatever is withdrawn leaves the sheet as if it had never been claimed.
    stand = [one for one in points if one["state"] != "withdrawn"]
    assert canonical(of(*stand)) == canonical(first)


def test_figures_are_plain() -> None:
    assert [plain(Decimal(text)) for text in ("100", "0", "-0", "1E+2", "79.50")] == [
        "100", "0", "0", "100", "79.5",
    ]  # fmt: skip


def test_the_year_is_the_mean_of_its_months_and_fails_below_the_band() -> None:
    good, bad = MonthScore(Decimal(90), Grade.EXCELLENT), MonthScore(Decimal(40), Grade.UNQUALIFIED)
    whole = year_of("652301", dict.fromkeys(range(1, 13), good) | {3: bad, 4: bad, 5: bad}, Readings())
    assert (whole.mean, whole.grade, whole.failed_months, whole.failed) == (
        Decimal("77.50"), Grade.QUALIFIED, (3, 4, 5), False,
    )  # fmt: skip
    part = year_of("652301", {1: bad, 2: good, 3: good}, Readings())
    assert (part.mean, part.failed, part.failed_by_month[:4]) == (
        Decimal("73.33"), None, (True, False, False, None),
    )  # fmt: skip
    # 719.99 in twelve months: cut, and not rounded into the band.
    near = dict.fromkeys(range(1, 13), MonthScore(Decimal(60), Grade.QUALIFIED))
    near[12] = MonthScore(Decimal("59.99"), Grade.UNQUALIFIED)
    missed = year_of("652301", near, Readings())
    assert (missed.mean, missed.grade, missed.failed) == (Decimal("59.99"), Grade.UNQUALIFIED, True)
    assert failed.propose_for_year("652301", failed=bool(missed.failed)) is not None
    none = year_of("652301", {}, Readings())
    assert (none.mean, none.grade, none.failed) == (None, None, None)
    run = failed.propose("652301", whole.failed_by_month[:5], Readings())
    assert [one.rung.article for one in run] == ["annex 2 art. 7(一)"] * 2
