"""The pure rules of public reports: ways through the states, routing, nearness, the three times, sealing, amounts."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.enums import PublicReportAct, PublicReportState, RewardState
from models.errors import ForbiddenTransition, Invalid, SecondPersonNeeded
from supervision.public_reports.identity import (
    Keyring,
    Reporter,
    Sealed,
    Unreadable,
    mark_of,
    new_key,
    parse_keys,
)
from supervision.public_reports.lifecycle import acts, after
from supervision.public_reports.policy import (
    DEFAULT,
    PublicReportPolicy,
    amount_of,
    demand_amount,
    parse_policy,
    policy_body,
)
from supervision.public_reports.repeated import Told, repeated
from supervision.public_reports.rewards import demand_step
from supervision.public_reports.routing import OpenReport, Spot, nearby, route

NOW = datetime(2026, 3, 10, 4, tzinfo=UTC)
PHONE = "13999990000"


@pytest.mark.parametrize("state", list(PublicReportState))
@pytest.mark.parametrize("act", list(PublicReportAct))
def test_an_act_leads_somewhere_or_is_refused(state: PublicReportState, act: PublicReportAct) -> None:
    if act in acts(state, solved=None):
        assert isinstance(after(state, act, solved=None), PublicReportState)
    else:
        with pytest.raises(ForbiddenTransition):
            after(state, act, solved=None)


def test_what_is_over_stays_and_only_an_unsolved_answer_is_followed_by_another() -> None:
    assert not acts(PublicReportState.REJECTED, solved=None) | acts(PublicReportState.MERGED, solved=None)
    assert PublicReportAct.ANSWER in acts(PublicReportState.ANSWERED, solved=False)
    assert PublicReportAct.ANSWER not in acts(PublicReportState.ANSWERED, solved=True)


NAMES = {1: "昌吉市", 2: "阜康市"}


@pytest.mark.parametrize(
    ("spot", "covering", "chosen", "grid"),
    [
        (Spot(87.3, 44.0), [1], 2, 1),  # the boundary goes before what was chosen
        (Spot(87.3, 44.0), [1, 2], 2, 2),  # on a shared edge the choice decides
        (Spot(87.3, 44.0), [1, 2], None, None),
        (Spot(87.3, 44.0), [], 2, 2),
        (Spot(words="昌吉市北京南路工地"), [], None, 1),
        (Spot(words="昌吉市与阜康市交界"), [], None, None),
        (Spot(words="某处"), [], None, None),
        (Spot(words="某处"), [], 99, None),
    ],
)
def test_the_place_decides_who_answers(
    spot: Spot, covering: list[int], chosen: int | None, grid: int | None
) -> None:
    found = route("dust", spot, covering=covering, chosen=chosen, names=NAMES, policy=DEFAULT)
    assert found == grid


def test_a_category_may_go_to_the_prefecture_wherever_it_is() -> None:
    policy = replace(DEFAULT, to_prefecture=("enterprise",))
    spot = Spot(87.3, 44.0)
    assert route("enterprise", spot, covering=[1], chosen=1, names=NAMES, policy=policy) is None
    assert route("dust", spot, covering=[1], chosen=1, names=NAMES, policy=policy) == 1


def one(id_: int, spot: Spot, **over: Any) -> OpenReport:
    values: dict[str, Any] = {
        "number": f"PR-{id_}", "category": "dust", "state": "received", "grid_id": 1, "received_at": NOW,
    } | over  # fmt: skip
    return OpenReport(id=id_, spot=spot, **values)


def test_open_reports_nearby_are_told_the_nearest_first() -> None:
    reports = [
        one(1, Spot(87.3, 44.004)),  # 445 m
        one(2, Spot(87.3, 44.001)),  # 111 m
        one(3, Spot(87.3, 44.006)),  # too far
        one(4, Spot(87.3, 44.0), category="noise"),
        one(5, Spot(87.3, 44.0), received_at=NOW - timedelta(days=31)),
        one(6, Spot(words="北京南路 18号工地")),
    ]
    here = Spot(87.3, 44.0, "北京南路18号")
    found = nearby("dust", here, reports, grid_id=1, policy=DEFAULT, now=NOW)
    assert [(near.report.id, near.metres) for near in found] == [(2, 111), (1, 445), (6, None)]
    by_words = nearby("dust", Spot(words="北京南路18号"), reports, grid_id=1, policy=DEFAULT, now=NOW)
    assert [near.report.id for near in by_words] == [6]
    assert not nearby("dust", Spot(words="北京南路18号"), reports, grid_id=2, policy=DEFAULT, now=NOW)
    assert not nearby(
        "dust", Spot(words="北"), [one(7, Spot(words="北京"))], grid_id=1, policy=DEFAULT, now=NOW
    )


def told(number: int, reporter: bytes | None, **over: Any) -> Told:
    values: dict[str, Any] = {
        "problem": "P-1",
        "grid_id": 1,
        "received_at": NOW + timedelta(hours=number),
    } | over
    return Told(number=f"PR-{number}", reporter=reporter, **values)


LATER = NOW + timedelta(days=1)


def test_three_people_and_nothing_solved_is_reported_again() -> None:
    (found,) = repeated([told(1, b"a"), told(2, b"b"), told(3, b"c")], until=LATER, times=3)
    assert (found.problem, found.people, found.numbers) == ("P-1", 3, ("PR-1", "PR-2", "PR-3"))
    assert found.reached_at == NOW + timedelta(hours=3)


@pytest.mark.parametrize(
    "reports",
    [
        [told(1, b"a"), told(2, b"b")],
        [told(1, b"a"), told(2, b"a"), told(3, b"a"), told(4, b"b")],  # the same person again
        [told(1, None), told(2, None), told(3, None), told(4, b"a")],  # several people cannot be shown
        [told(1, b"a"), told(2, b"b"), told(3, b"c", problem="P-2")],
        [told(1, b"a"), told(2, b"b"), told(3, b"c", rejected=True)],
        [told(1, b"a"), told(2, b"b"), told(3, b"c", solved_at=NOW + timedelta(hours=5))],
        [told(1, b"a"), told(2, b"b"), told(30, b"c")],  # came after the day that is looked at
    ],
)
def test_less_is_not(reports: list[Told]) -> None:
    assert repeated(reports, until=LATER, times=3) == []


def test_what_was_solved_later_had_been_unsolved() -> None:
    reports = [told(n, bytes([n]), solved_at=LATER + timedelta(days=1)) for n in (1, 2, 3)]
    assert len(repeated(reports, until=LATER, times=3)) == 1
    assert repeated(reports, until=LATER + timedelta(days=2), times=3) == []


@given(st.permutations([told(n, bytes([n % 4])) for n in range(1, 9)]))
def test_the_order_in_which_reports_are_read_changes_nothing(reports: list[Told]) -> None:
    whole = [told(n, bytes([n % 4])) for n in range(1, 9)]
    assert repeated(reports, until=LATER, times=3) == repeated(whole, until=LATER, times=3)


def test_who_reported_opens_with_the_key_it_names_and_with_no_other() -> None:
    old, new = new_key("2026"), new_key("2027")
    who = Reporter("张三", PHONE, None, "203.0.113.7")
    sealed = parse_keys(old).seal(who, "PR-2026-000001")
    assert PHONE.encode() not in sealed.content
    rotated = parse_keys(f"{new},{old}")
    assert (rotated.sealing, rotated.open(sealed, "PR-2026-000001")) == ("2027", who)
    with pytest.raises(Unreadable):
        parse_keys(new).open(sealed, "PR-2026-000001")
    with pytest.raises(Unreadable):  # moved to another report
        rotated.open(sealed, "PR-2026-000002")
    with pytest.raises(Unreadable):  # renamed to another key
        rotated.open(Sealed("2027", sealed.content), "PR-2026-000001")
    with pytest.raises(Unreadable):
        rotated.open(Sealed("2026", sealed.content[:-1] + bytes([sealed.content[-1] ^ 1])), "PR-2026-000001")
    assert parse_keys(old).seal(who, "PR-2026-000001").content != sealed.content
    assert PHONE not in repr(who)
    assert "张三" not in repr(who)


@pytest.mark.parametrize(
    "text", ["", "2026", "2026:", "2026:!!", "2026:AAAA", "a b:" + "A" * 43 + "=", ":" + "A" * 43 + "="]
)
def test_faulty_keys_are_refused_without_being_shown(text: str) -> None:
    with pytest.raises(ValueError) as refused:
        parse_keys(text)
    assert "A" * 43 not in str(refused.value)


def test_no_key_stands_twice_and_a_keyring_shows_none() -> None:
    key = new_key("2026")
    with pytest.raises(ValueError, match="twice"):
        parse_keys(f"{key},{key}")
    assert key.partition(":")[2] not in repr(parse_keys(key))
    assert isinstance(parse_keys(key), Keyring)


def test_people_are_told_apart_without_being_named() -> None:
    mark = mark_of(Reporter(phone="139 9999-0000"), "secret")
    assert mark == mark_of(Reporter(phone="+86 13999990000", name="李四", address="::1"), "secret")
    assert mark != mark_of(Reporter(phone="13999990001"), "secret")
    assert mark != mark_of(Reporter(phone=PHONE), "another secret")
    assert mark_of(Reporter(address="203.0.113.7"), "s") != mark_of(Reporter(address="203.0.113.8"), "s")
    assert mark_of(Reporter(), "s") is None
    assert mark_of(Reporter(), "s", beside="device 1") is not None


def test_the_policy_comes_back_as_it_was_stored() -> None:
    policy = PublicReportPolicy(3, reward_most=Decimal("20000.00"), to_prefecture=("noise",))
    assert parse_policy(3, policy_body(policy)) == replace(policy, reward_least=Decimal("50.00"))


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"answer_days": True}, "answer_days"),
        ({"answer_days": 1.5}, "answer_days"),
        ({"reward_least": "20000"}, "reward_least"),
        ({"reward_most": "1e9"}, "reward_most"),
        ({"to_prefecture": ["bogus"]}, "to_prefecture"),
        ({"bogus": 1}, "bogus"),
    ],
)
def test_a_senseless_policy_is_refused_by_its_field(change: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        parse_policy(1, policy_body(DEFAULT) | change)
    assert refused.value.extra["field"] == field


@pytest.mark.parametrize(
    "said", ["0", "-1", "1.001", "NaN", "Infinity", "", "一百", "1" * 30, 1.5, True, None]
)
def test_what_is_no_amount_is_refused(said: object) -> None:
    with pytest.raises(Invalid):
        amount_of(said)


def test_a_reward_keeps_to_the_limits_the_ends_included() -> None:
    for amount in ("50", "10000"):
        demand_amount(DEFAULT, amount_of(amount))
    for amount in ("49.99", "10000.01"):
        with pytest.raises(Invalid):
            demand_amount(DEFAULT, amount_of(amount))


def test_no_hand_does_two_steps_that_follow_one_another() -> None:
    demand_step("approve", RewardState.PROPOSED, by=2, proposed_by=1, decided_by=None)
    demand_step("pay", RewardState.APPROVED, by=1, proposed_by=1, decided_by=2)
    with pytest.raises(SecondPersonNeeded):
        demand_step("approve", RewardState.PROPOSED, by=1, proposed_by=1, decided_by=None)
    with pytest.raises(SecondPersonNeeded):
        demand_step("pay", RewardState.APPROVED, by=2, proposed_by=1, decided_by=2)
    for act in ("approve", "decline", "pay"):
        for state in (RewardState.DECLINED, RewardState.PAID):
            with pytest.raises(ForbiddenTransition):
                demand_step(act, state, by=3, proposed_by=1, decided_by=2)
