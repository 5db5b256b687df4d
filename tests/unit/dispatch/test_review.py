"""What a review has to say, who may, how a sample is drawn, and when a place has come back: pure."""

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.review.policy import Item, RecurrenceRules, ReviewPolicy, parse_policy, policy_body
from dispatch.review.recurrence import Closed, Place, kind_of, recurred
from dispatch.review.rules import (
    Answer,
    checked,
    contradicts,
    demand_override,
    distinct_reasons,
    may_review,
)
from dispatch.review.sample import Member, commitment, draw, population_hash, shared_out, wanted
from models.enums import CandidateKind, ChecklistAnswer, ReportClaim, ReturnReason, VerdictState
from models.errors import HandlerMayNotReview, Invalid

ITEMS = (Item("seen", "是否到场", "Seen?", "body §3(三)"), Item("cause", "原因", "Cause?", "body §3(三)"))
POLICY = ReviewPolicy(3, ITEMS, {"扬尘": ITEMS[:1], "工地扬尘": ITEMS[1:]})
YES, NO, NA = ChecklistAnswer.YES, ChecklistAnswer.NO, ChecklistAnswer.NOT_APPLICABLE
NOW = datetime(2026, 11, 27, 6, 0, tzinfo=UTC)


# ---------------------------------------------------------------- rules


def test_whoever_had_a_hand_in_it_may_not_review() -> None:
    may_review(handled=False, reported=False)
    for handled, reported in ((True, False), (False, True)):
        with pytest.raises(HandlerMayNotReview, match="can never review"):
            may_review(handled=handled, reported=reported)


def test_accepting_answers_every_item() -> None:
    kept = checked(
        ITEMS, [Answer("cause", NA), Answer("seen", NO, "夜间未到")], accepting=True, required=True
    )
    assert kept is not None
    assert [(one["item"], one["answer"], one["reason"]) for one in kept] == [
        ("seen", "no", "夜间未到"),
        ("cause", "not_applicable", None),
    ]
    assert kept[0]["source"] == "body §3(三)", "it is kept as it read"
    assert checked(ITEMS, None, accepting=True, required=False) is None


@pytest.mark.parametrize(
    ("answers", "accepting", "message"),
    [
        (None, True, "wants the checklist"),
        ([], True, "open: seen, cause"),
        ([Answer("seen", YES)], True, "open: cause"),
        ([Answer("seen", YES), Answer("cause", NO)], True, "`no` wants a reason"),
        ([Answer("seen", NO)], False, "`no` wants a reason"),
        ([Answer("seen", YES), Answer("seen", NA)], False, "twice"),
        ([Answer("nothing", YES)], False, "no item nothing"),
    ],
)
def test_what_a_checklist_may_not_leave_out(
    answers: list[Answer] | None, accepting: bool, message: str
) -> None:
    with pytest.raises(Invalid, match=message):
        checked(ITEMS, answers, accepting=accepting, required=True)


def test_a_return_answers_what_matters() -> None:
    kept = checked(ITEMS, [Answer("cause", NO, "未查明")], accepting=False, required=False)
    assert kept is not None
    assert [one["item"] for one in kept] == ["cause"]


@pytest.mark.parametrize("verdict", [None, *VerdictState])
def test_only_against_the_station_a_reason_is_demanded(verdict: VerdictState | None) -> None:
    demand_override(verdict, "现场复核仪器偏高")
    if verdict is VerdictState.NOT_RECOVERED:
        with pytest.raises(Invalid, match="override_reason"):
            demand_override(verdict, None)
    else:
        demand_override(verdict, None)


def test_what_contradicts_a_report() -> None:
    found = {(v, c) for v in VerdictState for c in (None, *ReportClaim) if contradicts(v, c)}
    high = VerdictState.NOT_RECOVERED
    assert found == {
        (high, ReportClaim.RECOVERED),
        (high, ReportClaim.IMPROVED),
        (high, ReportClaim.NO_SOURCE),
    }


def test_reasons_are_kept_once_in_one_order() -> None:
    given = [ReturnReason.OTHER, ReturnReason.EVIDENCE_MISSING, ReturnReason.OTHER]
    assert distinct_reasons(given) == ["evidence_missing", "other"]


# ---------------------------------------------------------------- policy


def test_a_policy_reads_back() -> None:
    assert parse_policy(3, policy_body(POLICY)) == POLICY


def test_the_longest_word_decides_which_list() -> None:
    assert POLICY.items(None) == ITEMS
    assert POLICY.items("燃煤") == ITEMS
    assert POLICY.items("道路扬尘") == ITEMS[:1]
    assert POLICY.items("工地扬尘未覆盖") == ITEMS[1:]


def changed(path: str, value: Any) -> dict[str, Any]:
    body = policy_body(POLICY)
    group, _, name = path.rpartition(".")
    (body[group] if group else body)[name] = value
    return body


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("checklist", []),
        ("checklist", [{"key": "a", "zh": "", "en": "", "source": ""}] * 2),
        ("checklist", [{"key": "a"}]),
        ("checklist", 7),
        ("by_cause", {"": [{"key": "a", "zh": "", "en": "", "source": ""}]}),
        ("by_cause", {"扬尘": []}),
        ("watch.enough_minutes", 0),
        ("watch.enough_minutes", 1441),
        ("watch.enough_minutes", float("nan")),
        ("watch.longest_hours", 1),
        ("watch.held", 0),
        ("watch.held", True),
        ("watch.held_hourly", 0),
        ("watch.share", 1),
        ("watch.regional_share", 0),
        ("watch.unknown", 1),
        ("recurrence.days", 0),
        ("recurrence.radius_m", 5001),
        ("recurrence.radius_m", "500"),
        ("spot_check.due_days", 0),
        ("spot_check.due_days", 1.5),
        ("spot_check", {}),
    ],
)
def test_senseless_policies_are_refused(path: str, value: Any) -> None:
    with pytest.raises(Invalid, match="review policy 4"):
        parse_policy(4, changed(path, value))


# ---------------------------------------------------------------- the draw

populations = st.dictionaries(st.integers(1, 10_000), st.integers(1, 12), max_size=150).map(
    lambda found: [Member(order, grid) for order, grid in found.items()]
)


@given(populations, st.integers(1, 60), st.text(min_size=1, max_size=20), st.randoms(use_true_random=False))
def test_the_same_inputs_give_the_same_sample_in_whatever_order(
    population: list[Member], size: int, seed: str, rng: random.Random
) -> None:
    shuffled = list(population)
    rng.shuffle(shuffled)
    drawn = draw(seed, population, size=size)
    assert draw(seed, shuffled, size=size) == drawn
    assert population_hash(shuffled) == population_hash(population)
    grid_of = {member.order_id: member.grid_id for member in population}
    assert {grid_of[order] for order in drawn} == set(grid_of.values()), "each grid is looked at"
    assert len(drawn) == max(min(size, len(population)), len(set(grid_of.values())))
    assert len(set(drawn)) == len(drawn)


def test_every_order_has_the_same_chance() -> None:
    population = [Member(order, 1) for order in range(1, 21)]
    drawn = [order for seed in range(2000) for order in draw(f"seed {seed}", population, size=5)]
    for order in range(1, 21):
        assert 0.2 < drawn.count(order) / 2000 < 0.3, order


def test_how_many_are_wanted() -> None:
    assert wanted(30, size=None, share=0.1) == 3
    assert wanted(31, size=None, share=0.1) == 4
    assert wanted(3, size=10, share=None) == 3
    assert wanted(0, size=None, share=1.0) == 0
    assert draw("s", [], share=0.5) == []


def test_a_seed_cannot_be_changed_afterwards() -> None:
    assert commitment("a") == commitment("a") != commitment("b")
    members = [Member(2, 1), Member(10, 1)]
    assert (
        population_hash(members)
        == population_hash(members[::-1])
        != population_hash([Member(21, 1), Member(0, 1)])
    )


def test_checks_are_given_out_in_turn_and_never_to_whoever_was_involved() -> None:
    given = shared_out([1, 2, 3, 4], [7, 8], {1: frozenset({7}), 4: frozenset({7, 8})})
    assert given == {1: 8, 2: 7, 3: 7}
    assert shared_out([1], [], {}) == {}


# ---------------------------------------------------------------- recurrence


def closed(order_id: int = 1, *, days_ago: float = 1.0, **over: Any) -> Closed:
    values: dict[str, Any] = {
        "same_station": False, "same_source": False, "distance_m": 10_000.0, "verdict": None, "claims": None,
    } | over  # fmt: skip
    return Closed(order_id, NOW - timedelta(days=days_ago), **values)


RULES = RecurrenceRules()


def test_what_counts_as_the_same_place() -> None:
    assert recurred([closed()], RULES, NOW) is None
    for over, place in (
        ({"same_station": True, "distance_m": 0.0}, Place.STATION),
        ({"same_source": True}, Place.SOURCE),
        ({"distance_m": 500.0}, Place.NEAR),
    ):
        hit = recurred([closed(**over)], RULES, NOW)
        assert hit is not None
        assert hit[1] is place
    assert recurred([closed(distance_m=500.1)], RULES, NOW) is None


def test_only_for_so_many_days() -> None:
    assert recurred([closed(same_station=True, days_ago=7.0)], RULES, NOW) is not None
    assert recurred([closed(same_station=True, days_ago=7.0001)], RULES, NOW) is None
    assert recurred([closed(same_station=True, days_ago=7.0001)], replace(RULES, days=8.0), NOW) is not None


def test_the_nearest_place_wins_then_the_newest() -> None:
    near = closed(1, distance_m=10.0, days_ago=0.1)
    old, new = closed(2, same_station=True, days_ago=3), closed(3, same_station=True, days_ago=2)
    hit = recurred([near, old, new], RULES, NOW)
    assert hit is not None
    assert hit[0].order_id == 3


@pytest.mark.parametrize("verdict", [None, *VerdictState])
@pytest.mark.parametrize("claims", [None, *ReportClaim])
def test_sham_is_what_the_station_contradicted(
    verdict: VerdictState | None, claims: ReportClaim | None
) -> None:
    sham = (verdict, claims) == (VerdictState.NOT_RECOVERED, ReportClaim.RECOVERED)
    kind = kind_of(closed(verdict=verdict, claims=claims))
    assert kind is (CandidateKind.SHAM if sham else CandidateKind.INCOMPLETE)
