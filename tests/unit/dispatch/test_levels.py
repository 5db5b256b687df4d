"""Tasks and reports from below: their tables, and what a task's place and deadline have to be."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from dispatch.registry import addressed
from dispatch.reports import lifecycle as reports
from dispatch.tasks import lifecycle as tasks
from dispatch.tasks.lifecycle import Place, check_due, check_order, check_place, latest_due
from models.enums import OrderState, ProblemCategory, ReportAct, ReportState, Role, TaskAct, TaskState
from models.errors import ForbiddenTransition, Invalid
from models.ids import GridId

NOW = datetime(2026, 11, 23, tzinfo=UTC)
PREFECTURE, COUNTY, TOWNSHIP, VILLAGE = (Place(GridId(n), f"g{n}", n) for n in (1, 2, 3, 4))


@pytest.mark.parametrize("state", list(TaskState))
@pytest.mark.parametrize("act", list(TaskAct))
def test_a_tasks_table_refuses_what_it_does_not_have_and_names_what_it_has(
    state: TaskState, act: TaskAct
) -> None:
    if act in tasks.ALLOWED[state]:
        assert tasks.following(state, act) is tasks.ALLOWED[state][act]
        return
    with pytest.raises(ForbiddenTransition) as refused:
        tasks.following(state, act)
    for possible in tasks.ALLOWED[state]:
        assert possible.value in refused.value.detail


@pytest.mark.parametrize("state", list(ReportState))
@pytest.mark.parametrize("act", list(ReportAct))
def test_a_reports_table_refuses_what_it_does_not_have_and_names_what_it_has(
    state: ReportState, act: ReportAct
) -> None:
    if act in reports.ALLOWED[state]:
        assert reports.following(state, act) is reports.ALLOWED[state][act]
        return
    with pytest.raises(ForbiddenTransition) as refused:
        reports.following(state, act)
    for possible in reports.ALLOWED[state]:
        assert possible.value in refused.value.detail


class ReportMachine(RuleBasedStateMachine):
    """Any sequence of acts: a report goes up and never down, and is decided once."""

    def __init__(self) -> None:
        super().__init__()
        self.state = ReportState.COLLECTED
        self.way = [self.state]

    @rule(act=st.sampled_from(list(ReportAct)))
    def attempt(self, act: ReportAct) -> None:
        before = self.state
        try:
            self.state = reports.following(before, act)
        except ForbiddenTransition:
            return
        assert not before.final
        self.way.append(self.state)

    @invariant()
    def it_goes_up(self) -> None:
        up = [ReportState.COLLECTED, ReportState.FILED, ReportState.REFERRED]
        went = [state for state in self.way if not state.final]
        assert went == up[: len(went)]
        assert len(self.way) - len(went) <= 1


TestReportMachine = ReportMachine.TestCase


@given(st.lists(st.integers(-300, 300), max_size=3), st.integers(-300, 300))
def test_a_task_taken_lies_after_now_and_inside_every_deadline_that_is_ahead(
    dues: list[int], due: int
) -> None:
    instants = [NOW + timedelta(minutes=m) for m in dues]
    due_at = NOW + timedelta(minutes=due)
    ahead = [at for at in instants if at > NOW]
    fits = bool(ahead) and due_at > NOW and all(due_at <= at for at in ahead)
    if fits:
        check_due(due_at, now=NOW, latest=latest_due(instants, NOW))
        return
    with pytest.raises(Invalid) as refused:
        check_due(due_at, now=NOW, latest=latest_due(instants, NOW))
    assert refused.value.extra["field"] == "due_at"


@pytest.mark.parametrize(
    ("line", "giver", "fits"),
    [
        ([TOWNSHIP, COUNTY, PREFECTURE], 2, True),
        ([VILLAGE, TOWNSHIP, COUNTY, PREFECTURE], 2, True),
        ([VILLAGE, TOWNSHIP, COUNTY, PREFECTURE], 3, True),
        ([VILLAGE, TOWNSHIP, COUNTY, PREFECTURE], 4, False),
        ([TOWNSHIP, COUNTY, PREFECTURE], 7, False),
        ([COUNTY, PREFECTURE], 1, False),
        ([PREFECTURE], 1, False),
    ],
)
def test_a_task_goes_to_level_3_or_4_below_its_giver(line: list[Place], giver: int, fits: bool) -> None:
    if fits:
        assert check_place(line, GridId(giver)) is line[0]
        return
    with pytest.raises(Invalid):
        check_place(line, GridId(giver))


@pytest.mark.parametrize("state", list(OrderState))
def test_only_of_an_order_that_is_worked_on(state: OrderState) -> None:
    if state in tasks.HANDED_DOWN_IN:
        check_order(state)
        return
    with pytest.raises(ForbiddenTransition):
        check_order(state)


@pytest.mark.parametrize(
    ("level", "answers", "state"),
    [
        (4, True, ReportState.COLLECTED),
        (4, False, ReportState.FILED),
        (3, True, ReportState.FILED),
        (3, False, ReportState.FILED),
    ],
)
def test_where_a_report_waits_first(level: int, answers: bool, state: ReportState) -> None:
    assert reports.first_state(level, answers) is state


@pytest.mark.parametrize("level", [1, 2])
def test_levels_1_and_2_report_to_nobody_this_way(level: int) -> None:
    with pytest.raises(Invalid):
        reports.first_state(level, True)


def test_every_category_has_its_name() -> None:
    assert set(reports.CATEGORY_NAMES) == set(ProblemCategory)


@pytest.mark.parametrize(
    ("role", "level", "meant"),
    [
        (Role.SUPERVISOR, 2, (Role.SUPERVISOR, False)),
        (Role.CHIEF, 2, (Role.CHIEF, False)),
        (Role.DUTY_OFFICER, 2, (Role.DUTY_OFFICER, True)),
        (Role.SUPERVISOR, 3, (Role.SUPERVISOR, False)),
        (Role.DUTY_OFFICER, 3, (Role.SUPERVISOR, True)),
        (Role.DUTY_OFFICER, 4, (Role.SUPERVISOR, True)),
        (Role.SUPERVISOR, 1, (Role.DUTY_OFFICER, False)),
        (Role.CHIEF, 1, (Role.CHIEF, False)),
    ],
)
def test_whom_a_rung_means_at_each_level(role: Role, level: int, meant: tuple[Role, bool]) -> None:
    assert addressed(role, level) == meant
