"""Rules of requests, without a database."""

from datetime import UTC, datetime, timedelta

import pytest

from dispatch.registry import DutyRow
from dispatch.requests import joint, recused, suspension, transfer
from dispatch.requests.lifecycle import (
    ALLOWED,
    GROUND,
    OF_HOLDER,
    check_decider,
    check_ground,
    following,
    groundless,
)
from models.enums import (
    ClockKind,
    JointMode,
    OrderState,
    RequestAct,
    RequestKind,
    RequestState,
    Role,
    TransferPolicy,
)
from models.errors import (
    ForbiddenTransition,
    Invalid,
    LimitReached,
    MayNotDecide,
    RequestClosed,
    TransferLocked,
)
from models.facts import Recipient
from models.ids import GridId, PersonId

NOW = datetime(2026, 11, 23, tzinfo=UTC)


def test_nothing_leads_out_of_a_final_state() -> None:
    assert set(ALLOWED) == set(RequestState)
    for state in RequestState:
        for act in RequestAct:
            if state is RequestState.PENDING:
                assert following(state, act) is not RequestState.PENDING
            else:
                with pytest.raises(RequestClosed):
                    following(state, act)


def test_no_kind_has_ground_in_a_final_state_and_a_suspension_only_after_the_site_was_seen() -> None:
    assert set(GROUND) == set(RequestKind)
    for kind in RequestKind:
        for state in OrderState:
            if state in GROUND[kind]:
                assert not state.final
                check_ground(kind, state)
            else:
                with pytest.raises(ForbiddenTransition):
                    check_ground(kind, state)
    assert GROUND[RequestKind.SUSPENSION] == {OrderState.ON_SITE, OrderState.RETURNED}


def gone(kind: RequestKind, **over: object) -> bool:
    values: dict[str, object] = {
        "order": OrderState.ON_SITE,
        "same_holder": True,
        "suspended": False,
        "clock_due_at": NOW,
        "until": NOW + timedelta(days=1),
        "now": NOW,
    }
    return groundless(kind, **(values | over))  # type: ignore[arg-type]  # as the test names them


@pytest.mark.parametrize("kind", list(RequestKind))
def test_what_makes_a_request_lapse(kind: RequestKind) -> None:
    assert not gone(kind)
    assert gone(kind, order=OrderState.CLOSED)
    assert gone(kind, order=OrderState.VOID)
    assert gone(kind, same_holder=False) is (kind in OF_HOLDER)
    assert gone(kind, order=OrderState.REPORTED) is (kind not in (RequestKind.RECUSAL, RequestKind.VOID))
    assert gone(kind, clock_due_at=None) is (kind is RequestKind.EXTENSION)
    assert gone(kind, now=NOW + timedelta(microseconds=1)) is (kind is RequestKind.EXTENSION)
    assert gone(kind, suspended=True) is (kind is RequestKind.SUSPENSION)
    assert gone(kind, until=NOW) is (kind is RequestKind.SUSPENSION)


def test_who_decides() -> None:
    check_decider(filed=False, handled=False)
    for filed, handled in ((True, False), (False, True)):
        with pytest.raises(MayNotDecide):
            check_decider(filed=filed, handled=handled)


def test_two_transfers_then_the_prefecture_then_nobody() -> None:
    for done in (0, 1):
        transfer.check(transfers=done, locked=False)
        with pytest.raises(LimitReached):
            transfer.check_assign(transfers=done, locked=False)
    with pytest.raises(LimitReached):
        transfer.check(transfers=2, locked=False)
    transfer.check_assign(transfers=2, locked=False)
    for check in (transfer.check, transfer.check_assign):
        with pytest.raises(TransferLocked):
            check(transfers=3, locked=True)


def test_a_wrong_dispatch_begins_anew_unless_somebody_says_otherwise() -> None:
    assert transfer.policy_for(None, misdispatched=True) is TransferPolicy.RESTART_FOR_RECEIVER
    assert transfer.policy_for(None, misdispatched=False) is TransferPolicy.CONTINUE
    for chosen in TransferPolicy:
        for wrong in (True, False):
            assert transfer.policy_for(chosen, misdispatched=wrong) is chosen
    assert transfer.receiver(GridId(2), None) == 2
    assert transfer.receiver(GridId(2), GridId(3)) == 3


@pytest.mark.parametrize("kind", list(ClockKind))
def test_nothing_is_suspended_while_the_first_hour_runs(kind: ClockKind) -> None:
    if kind in (ClockKind.ACKNOWLEDGE, ClockKind.FEEDBACK):
        with pytest.raises(RequestClosed):
            suspension.check(suspended=False, unstopped=[ClockKind.REPORT, kind])
    else:
        suspension.check(suspended=False, unstopped=[kind])
    with pytest.raises(RequestClosed):
        suspension.check(suspended=True, unstopped=[])


def test_how_long_a_suspension_lasts() -> None:
    suspension.check_filed(NOW + timedelta(days=180), now=NOW)
    for until in (NOW, NOW + timedelta(days=180, microseconds=1)):
        with pytest.raises(Invalid):
            suspension.check_filed(until, now=NOW)


LEVELS = {"P": 1, "A": 2, "B": 2, "T": 3}


@pytest.mark.parametrize(
    ("mode", "lead", "others", "fine"),
    [
        (JointMode.CROSS_COUNTY, "A", ("B",), True),
        (JointMode.CROSS_COUNTY, "A", ("T",), False),
        (JointMode.JOINT, "A", ("T",), True),
        (JointMode.JOINT, "A", ("A",), False),
        (JointMode.JOINT, "A", ("P",), False),
        (JointMode.JOINT, "A", ("X",), False),
    ],
)
def test_who_may_be_named_for_joint_handling(
    mode: JointMode, lead: str, others: tuple[str, ...], fine: bool
) -> None:
    if fine:
        joint.check(mode, lead, others, LEVELS)
    else:
        with pytest.raises(Invalid):
            joint.check(mode, lead, others, LEVELS)


def test_an_alternate_has_the_same_duty_in_the_same_unit_and_is_free() -> None:
    def duty(person: int, role: Role, grid: int) -> DutyRow:
        who = Recipient(PersonId(person), f"p{person}", f"P{person}", role.value)
        return DutyRow(GridId(grid), role, NOW, None, who)

    duties = [duty(n, Role.SUPERVISOR, 2) for n in (1, 2)]
    duties += [duty(3, Role.CHIEF, 2), duty(4, Role.SUPERVISOR, 3)]

    def found(username: str) -> PersonId:
        return recused.alternate(
            username, duties, unit=GridId(2), role=Role.SUPERVISOR, barred=frozenset({PersonId(1)})
        ).id

    assert found("p2") == 2
    for other in ("p1", "p3", "p4", "p5"):
        with pytest.raises(Invalid):
            found(other)
    recused.check_takes_over("p2", None)
    recused.check_takes_over(None, GridId(3))
    for alternate, grid in ((None, None), ("p2", GridId(3))):
        with pytest.raises(Invalid):
            recused.check_takes_over(alternate, grid)
