"""States, events, metrics, log events and the webhook example are as the code has them."""

import re
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

import pytest

from alerts.rulebook import ALLOWED as RULE_ACTS
from alerts.silence import LONGEST
from app.auth.permissions import ROLES
from app.auth.request_rights import DECIDERS, FILERS
from app.backtest.jobs import LEASE
from app.backtest.jobs import LONGEST as LONGEST_SPAN
from app.ingest.hj212.message import decode
from app.metrics import Metrics
from dispatch.joint import DONE, MOST, OPENED_IN
from dispatch.lifecycle import ALLOWED
from dispatch.moving import MOST as MOST_ORDERS
from dispatch.reports.lifecycle import ALLOWED as REPORT_ACTS
from dispatch.reports.lifecycle import NEAR, NEAR_M
from dispatch.requests.lifecycle import ALLOWED as REQUEST_ACTS
from dispatch.requests.lifecycle import GROUND
from dispatch.requests.suspension import LONGEST as LONGEST_SUSPENSION
from dispatch.tasks.lifecycle import ALLOWED as TASK_ACTS
from dispatch.tasks.lifecycle import LONGEST as LONGEST_TASK
from models.enums import (
    AlertKind,
    AlertState,
    BacktestState,
    CandidateKind,
    CandidateState,
    CaseState,
    CauseCode,
    ChecklistAnswer,
    CheckMeasure,
    ClockKind,
    ClockState,
    DirectFail,
    DutyGap,
    EventKind,
    ExcuseGround,
    ExcuseState,
    ExposureState,
    ExposureStep,
    FalseAlarm,
    FindingKind,
    HoldReason,
    JointMode,
    JointRole,
    LinkKind,
    MonthState,
    NoticeClass,
    OrderAct,
    OrderState,
    OutageKind,
    OutboxState,
    PaperState,
    PointItem,
    PointRecord,
    PointState,
    PolicyState,
    ProblemAct,
    ProblemCategory,
    ProblemOrigin,
    ProblemState,
    QuarantineReason,
    ReportAct,
    ReportClaim,
    ReportState,
    RequestAct,
    RequestKind,
    RequestState,
    ResponseLevel,
    ReturnReason,
    RiskKind,
    RuleSetState,
    SignKind,
    SilenceKind,
    SpotCheckState,
    SpotDrawState,
    SubjectAct,
    TaskAct,
    TaskState,
    TransferPolicy,
    TransferReason,
    TurnWhy,
    UnitPart,
    VerdictState,
    WatchdogCode,
)
from notify.gateway import signature, webhook_key
from sla.deadlines import STARTS, STOPS
from sla.policy import HANDLER_LADDER, REVIEW_LADDER, WARN_BEFORE, WARN_FRACTIONS, Rung
from sla.policy_body import MAX_STEPS
from sla.policybook import ALLOWED as POLICY_ACTS
from sla.trials import LONGEST as LONGEST_TRIAL
from sla.trials import MOST as MOST_CLOCKS
from supervision.problems.lifecycle import ALLOWED as PROBLEM_ACTS
from supervision.targets.standing import Outlook
from tests.docs.markdown import ROOT, blocks, rows, section, text_of
from tests.hj212 import ANY_TIME, dialect, vectors, wrapped

STATES = text_of("docs/states.md")
OPERATIONS = text_of("docs/operations.md")
HJ212 = text_of("docs/hj212.md")


def _first_cells(text: str) -> list[str]:
    return [name for cells in rows(text) for name in re.findall(r"`([^`]+)`", cells[0])]


@pytest.mark.parametrize(
    ("title", "kinds"),
    [
        ("Orders 工单", [OrderState, OrderAct]),
        ("Review 审核", [ChecklistAnswer, ReturnReason]),
        ("Sensor verdict 复测结论", [VerdictState, ReportClaim]),
        ("Spot checks 抽查", [SpotDrawState, SpotCheckState]),
        ("Candidates 疑似整改不到位", [CandidateKind, CandidateState, LinkKind]),
        ("Tasks 下派任务", [TaskState, TaskAct]),
        ("Reports upward 上报", [ReportState, ReportAct, ProblemOrigin, ProblemCategory]),
        ("Joint orders 联合处置", [JointRole]),
        ("Clocks 时钟", [ClockKind, ClockState, SubjectAct]),
        ("SLA policies 时限规则", [PolicyState]),
        ("Excuses 免责", [ExcuseGround, ExcuseState]),
        ("Outages 平台故障", [OutageKind]),
        ("Duties and turns 值班", [TurnWhy, DutyGap, UnitPart]),
        ("Requests 请示", [RequestKind, RequestState, RequestAct, TransferReason, JointMode]),
        ("Holders 承办", [HoldReason, TransferPolicy]),
        ("Alerts 报警", [AlertState, AlertKind]),
        ("False alarms 误报", [FalseAlarm]),
        ("Causes 成因", [CauseCode]),
        ("Rule sets 规则集", [RuleSetState, ResponseLevel]),
        ("Back-tests 回测", [BacktestState]),
        ("Silences 静默", [SilenceKind]),
        ("Integrity cases 干扰监测疑点", [CaseState, SignKind]),
        ("Papers of the office 公文", [PaperState]),
        ("Typical cases 典型案件", [ExposureState, ExposureStep]),
        ("Assessment 月度考核", [PointState, PointItem, PointRecord, DirectFail, MonthState]),
        ("Problems 问题清单", [ProblemState, ProblemAct, FindingKind, CheckMeasure]),
        ("Months of the air 月度结果", [MonthState, Outlook]),
        ("Outbox 待发", [OutboxState, NoticeClass]),
        ("Quarantine reasons 隔离", [QuarantineReason]),
        ("Watchdog 自查", [WatchdogCode]),
        ("Shifts at the desk 交接班", [RiskKind]),
        ("Events of the feed 事件", [EventKind]),
    ],
)
def test_every_value_has_its_row(title: str, kinds: list[type[StrEnum]]) -> None:
    listed = set(_first_cells(section(STATES, title)))
    for kind in kinds:
        assert {value.value for value in kind} <= listed


def test_events_are_listed_once_and_nothing_else() -> None:
    listed = _first_cells(section(STATES, "Events of the feed 事件"))
    assert sorted(listed) == sorted(kind.value for kind in EventKind)


def test_the_diagram_of_orders_is_the_transition_table() -> None:
    diagram = blocks(section(STATES, "Orders 工单"), "mermaid")[0]
    drawn = set(re.findall(r"(\w+) --> (\w+): (\w+)", diagram))
    wanted = {
        (before.value, after.value, act.value)
        for before, acts in ALLOWED.items()
        for act, after in acts.items()
    }
    assert drawn == wanted


def test_the_diagrams_of_tasks_and_reports_are_their_tables() -> None:
    tables: dict[str, Any] = {
        "Tasks 下派任务": TASK_ACTS,
        "Reports upward 上报": REPORT_ACTS,
        "Problems 问题清单": PROBLEM_ACTS,
    }
    for title, table in tables.items():
        diagram = blocks(section(STATES, title), "mermaid")[0]
        assert set(re.findall(r"(\w+) --> (\w+): (\w+)", diagram)) == {
            (before.value, after.value, act.value)
            for before, acts in table.items()
            for act, after in acts.items()
        }


def test_the_figures_of_levels_are_said() -> None:
    tasks, reports = section(STATES, "Tasks 下派任务"), section(STATES, "Reports upward 上报")
    assert f"due within {LONGEST_TASK.days} days" in tasks
    assert f"within {NEAR_M:.0f} m and {NEAR.total_seconds() / 3600:.0f} h" in reports
    joint = section(STATES, "Joint orders 联合处置")
    assert f"At most {MOST} grids" in joint
    for line, states in (("while the order is", OPENED_IN), ("when every child is `reported`", DONE)):
        said = next(part for part in re.split(r"[.;]", joint) if line in part)
        assert {state.value for state in states} <= _quoted(said)


def test_the_diagram_of_rule_sets_is_the_transition_table() -> None:
    diagram = blocks(section(STATES, "Rule sets 规则集"), "mermaid")[0]
    drawn = set(re.findall(r"(\w+) --> (\w+): (\w+)", diagram))
    assert drawn == {
        (before.value, after.value, act) for before, acts in RULE_ACTS.items() for act, after in acts.items()
    }


def test_the_diagram_of_policies_is_the_transition_table() -> None:
    diagram = blocks(section(STATES, "SLA policies 时限规则"), "mermaid")[0]
    drawn = set(re.findall(r"(\w+) --> (\w+): (\w+)", diagram))
    assert drawn == {
        (before.value, after.value, act)
        for before, acts in POLICY_ACTS.items()
        for act, after in acts.items()
    }


def test_the_diagram_of_requests_is_their_table() -> None:
    diagram = blocks(section(STATES, "Requests 请示"), "mermaid")[0]
    drawn = set(re.findall(r"(\w+) --> (\w+): (\w+)", diagram))
    assert drawn == {
        (before.value, after.value, act.value)
        for before, acts in REQUEST_ACTS.items()
        for act, after in acts.items()
    }


def test_the_bounds_of_policies_are_said() -> None:
    policies = section(STATES, "SLA policies 时限规则") + section(STATES, "What-if 试算")
    policies += section(STATES, "Moving open orders 移入新规则") + section(STATES, "The plan")
    for bound in (f"{MOST_CLOCKS:,} clocks at most", f"At most {MOST_ORDERS:,} orders", f"{MAX_STEPS} steps"):
        assert bound in policies, bound
    assert f"at most {LONGEST_TRIAL.days} days" in policies


@pytest.mark.parametrize("kind", RequestKind)
def test_the_table_of_requests_says_who_files_who_decides_and_while_what(kind: RequestKind) -> None:
    text = section(STATES, "Requests 请示")
    (found,) = [c for c in rows(text) if len(c) == 6 and c[0] == f"`{kind.value}`"]
    _, _, filers, deciders, ground, _ = found
    assert {role for role in FILERS[kind] if role.value.replace("_", " ") in filers} == set(FILERS[kind])
    assert {role for role in DECIDERS[kind] if role.value.replace("_", " ") in deciders} == set(
        DECIDERS[kind]
    )
    states = {state.value for state in GROUND[kind]}
    said = _quoted(ground)
    assert states == ({s.value for s in OrderState} - said if "every state but" in ground else said)
    assert f"{LONGEST_SUSPENSION.days} days away at most" in text


def test_how_long_a_silence_may_last_is_said() -> None:
    lasts = {
        cells[0].strip("`"): cells[3] for cells in rows(section(STATES, "Silences 静默")) if len(cells) == 4
    }
    for kind, longest in LONGEST.items():
        assert lasts[kind.value] == f"{longest.days} days"
    back_tests = section(STATES, "Back-tests 回测")
    assert f"at most {LONGEST_SPAN.days} days" in back_tests
    assert f"{LEASE.total_seconds():.0f} s at a time" in back_tests


def _acts() -> dict[str, list[str]]:
    found = {}
    for cells in rows(section(STATES, "Orders 工单")):
        name = re.match(r"`(\w+)`", cells[0])
        if len(cells) == 6 and name:
            found[name[1]] = cells
    return found


def _quoted(cell: str) -> set[str]:
    return set(re.findall(r"`(\w+)`", cell))


@pytest.mark.parametrize("act", OrderAct)
def test_the_table_of_acts_says_who_from_where_to_where_and_which_clocks(act: OrderAct) -> None:
    _, who, before, after, stops, starts = _acts()[act.value]
    assert all(role.value.replace("_", " ") in who for role in ROLES[act])
    assert _quoted(starts) == {kind.value for kind in STARTS.get(act, ())}
    if act is OrderAct.VOID:
        return  # in words: every state, every clock
    assert _quoted(stops) == {kind.value for kind, acts in STOPS.items() if act in acts}
    if act is not OrderAct.DISPATCH:
        assert _quoted(before) == {state.value for state, acts in ALLOWED.items() if act in acts}
        assert _quoted(after) == {acts[act].value for acts in ALLOWED.values() if act in acts}


def test_the_plan_is_the_policy() -> None:
    plan = section(STATES, "The plan")
    for fraction in WARN_FRACTIONS:
        assert f"{fraction:.0%}".replace("%", " %") in plan
    assert f"{WARN_BEFORE.total_seconds() / 60:.0f} min before the deadline" in plan
    listed = [
        (int(level), role, when, who)
        for step, when, who in (cells for cells in rows(plan) if len(cells) == 3)
        for level, role in re.findall(r"escalate, level (\d), `(\w+)`", step)
    ]
    assert [row[:3] for row in listed if row[3] == "all but `review`"] == _in_words(HANDLER_LADDER)
    assert [row[:3] for row in listed if row[3] == "`review`"] == _in_words(REVIEW_LADDER)


def _in_words(ladder: tuple[Rung, ...]) -> list[tuple[int, str, str]]:
    return [
        (
            rung.level,
            rung.role.value,
            f"{rung.fraction:.0%}".replace("%", " %") + " of the limit after the deadline"
            if rung.fraction
            else "at the deadline",
        )
        for rung in ladder
    ]


def test_every_metric_is_listed_and_nothing_else() -> None:
    listed = {name.partition("{")[0] for name in _first_cells(section(OPERATIONS, "Metrics"))}
    actual = {
        f"{family.name}_total" if family.type == "counter" else family.name
        for family in Metrics().registry.collect()
    }
    assert listed == actual


def test_every_log_event_that_is_listed_is_logged_somewhere() -> None:
    code = "\n".join(
        path.read_text(encoding="utf-8")
        for package in ("app", "alerts", "dispatch", "notify", "sla")
        for path in (ROOT / package).rglob("*.py")
    )
    listed = _first_cells(section(OPERATIONS, "Log events"))
    assert listed
    for event in listed:
        assert f'"{event}"' in code, event


def test_the_webhook_example_takes_what_the_gateway_signs() -> None:
    names: dict[str, Any] = {}
    (example,) = blocks(OPERATIONS, "python")
    exec(compile(example, "docs/operations.md", "exec"), names)  # noqa: S102 (our own example, to be run)
    verify = names["verify"]
    body = b'{"type":"sla.breached"}'
    sent = int(datetime.now(UTC).timestamp())
    for secret in ("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "a secret that is only text"):

        def headers(at: int, secret: str = secret) -> dict[str, str]:
            return {
                "webhook-id": "evt_1_webhook",
                "webhook-timestamp": str(at),
                "webhook-signature": signature(webhook_key(secret), "evt_1_webhook", at, body),
            }

        assert verify(secret, headers(sent), body)
        assert not verify(secret, headers(sent), body + b" ")
        assert not verify("another secret", headers(sent), body)
        assert not verify(secret, headers(sent - 3600), body)


def test_the_frame_of_the_example_is_taken_without_a_profile() -> None:
    names: dict[str, Any] = {}
    (example,) = blocks(HJ212, "python")
    exec(compile(example, "docs/hj212.md", "exec"), names)  # noqa: S102 (our own example, to be run)
    (segment,) = blocks(HJ212, "text")
    for known in (segment.strip(), *(data.decode("ascii") for _, data in vectors() if data)):
        assert names["frame"](known).encode("ascii") == wrapped(known)
    taken = decode("S", names["frame"](segment.strip()).encode("ascii"), dialect(), ANY_TIME)
    assert not taken.rejected
    (reading,) = taken.readings
    assert reading.values[:2] == (35.2, 60.1)
