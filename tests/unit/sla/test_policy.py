"""Policies as data: what is refused, what is laid over what, repeats, and what earlier releases stored."""

from copy import deepcopy
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.clock import BEIJING
from models.enums import DUE_GIVEN, ClockKind, OrderAct
from models.errors import Invalid
from models.merge_patch import merge
from sla.deadlines import MAY_START, NEEDED_STOPS, STARTS, STOPS, plan_document, read_plan
from sla.policy import Do, Policy, Traits, default_policy, parse_policy, policy_body
from sla.policy_body import MAX_STEPS, check
from tests.unit.sla.test_deadlines import LIMITS, START

BODY = policy_body(default_policy(1, LIMITS))
PATHS = [("652300",), ("652300", "652301"), ("652300", "652302"), ("652300", "652301", "652301100")]
OFFICE = {
    "days": {day: [["09:30", "13:30"], ["15:30", "19:30"]] for day in ("mon", "tue", "wed", "thu", "fri")}
}


def policy(patch: dict[str, Any]) -> Policy:
    body = merge(BODY, patch)
    check(body, paths=PATHS)
    return parse_policy(2, body)


def rung(level: int = 1, **said: Any) -> dict[str, Any]:
    return {"level": level, "role": "chief"} | ({} if "after_s" in said else {"fraction": 0.0}) | said


@pytest.mark.parametrize(
    ("patch", "said"),
    [
        ({"nonsense": 1}, "policy.nonsense"),
        ({"limits_s": {"feedback": None}}, "policy.limits_s: feedback is missing"),
        ({"limits_s": {"feedback": 0}}, "longer than nothing"),
        ({"limits_s": {"feedback": "1h"}}, "'1h' is no number"),
        ({"limits_s": {"feedback": True}}, "no number"),
        ({"limits_s": {"feedback": 1e12}}, "at most"),
        ({"warn_fractions": [1.0]}, "between 0 and 1"),
        ({"warnings": {"feedback": {"before_s": [0]}}}, "some time before the deadline"),
        ({"ladders": {"feedback": [rung(2)]}}, "counts its levels from 1"),
        ({"ladders": {"feedback": [rung(1, fraction=0.5), rung(2, fraction=0.2)]}}, "told earlier"),
        ({"ladders": {"feedback": [rung(1, fraction=0.5), rung(2, after_s=60)]}}, "not in both"),
        ({"ladders": {"feedback": [{"level": 1, "role": "chief"}]}}, "either fraction or after_s"),
        ({"ladders": {"feedback": [rung(1, role="mayor")]}}, "mayor"),
        ({"ladders": {"feedback": [rung(1, fraction=-1)]}}, "at the deadline or after it"),
        ({"ladders": {"feedback": [rung(n) for n in range(1, 12)]}}, "at most 10 levels"),
        ({"ladders": {"feedback": [rung(repeat={"every_s": 1, "times": 3})]}}, "a minute or more apart"),
        ({"ladders": {"feedback": [rung(repeat={"every_s": 60, "times": MAX_STEPS})]}}, "at most 200 steps"),
        ({"ladders": {"feedback": [rung(quiet={"from": "22:00", "to": "22:00"})]}}, "another time of day"),
        ({"ladders": {"feedback": [rung(quiet={"from": "00:00", "to": "24:00"})]}}, "another time of day"),
        ({"ladders": {"feedback": [rung(quiet={"from": "25:00", "to": "22:00"})]}}, "no time of day"),
        ({"calendar_of": {"review": {"calendar": "office"}}}, "no calendar 'office'"),
        (
            {"calendars": {"office": OFFICE}, "calendar_of": {"feedback": {"calendar": "office"}}},
            "run day and night; anything else wants its reason",
        ),
        (
            {"calendars": {"office": OFFICE}, "calendar_of": {"task": {"calendar": "office"}}},
            "its deadline is given",
        ),
        (
            {"calendars": {"office": {"days": {}}}, "calendar_of": {"review": {"calendar": "office"}}},
            "at least an hour of working time",
        ),
        (
            {
                "calendars": {"office": {"days": {"mon": [["13:00", "09:00"]]}}},
                "calendar_of": {"review": {"calendar": "office"}},
            },
            "ends after it begins",
        ),
        ({"starts": {"report": {"at": "acknowledge", "reading": "x"}}}, "one of dispatch, feedback"),
        ({"starts": {"report": {"at": "feedback", "reading": None}}}, "the words it is read from"),
        ({"starts": {"feedback": {"at": "acknowledge", "reading": "x"}}}, "policy.starts.feedback"),
        ({"stops": {"review": {"by": ["accept"], "reading": "x"}}}, "without return it might never stop"),
        ({"stops": {"acknowledge": {"by": ["acknowledge"], "reading": "x"}}}, "without feedback"),
        ({"stops": {"feedback": {"by": ["report"], "reading": "x"}}}, "a list of feedback"),
        ({"overrides": {"severity": {"grave": {}}}}, "policy.overrides.severity.grave"),
        ({"overrides": {"grids": {"999": {}}}}, "policy.overrides.grids.999"),
        ({"overrides": {"grids": {"652301": {"starts": {}}}}}, "policy.overrides.grids.652301.starts"),
        (
            {"overrides": {"grids": {"652301": {"limits_s": {"feedback": -1}}}}},
            "with grid 652301: policy.limits_s.feedback",
        ),
        (
            {
                "overrides": {
                    "severity": {"critical": {"ladders": {"feedback": [rung(1)]}}},
                    "response": {"red": {"warnings": {"feedback": {"fractions": [2]}}}},
                }
            },
            "with response red",
        ),
    ],
)
def test_a_fault_is_told_by_its_place(patch: dict[str, Any], said: str) -> None:
    with pytest.raises(Invalid, match=said.replace("(", r"\(")):
        policy(patch)


def test_the_default_passes_its_own_check() -> None:
    check(BODY, paths=PATHS)
    assert BODY["starts"]["report"]["at"] == "dispatch"
    assert "三(三)" in BODY["starts"]["report"]["reading"]


def test_what_the_first_release_stored_is_read_as_it_meant_it() -> None:
    """Before requests, reports from below, and everything but limits, warnings and ladders."""
    old = deepcopy({name: BODY[name] for name in ("limits_s", "warn_fractions", "warn_before_s", "ladders")})
    for group in ("limits_s", "ladders"):
        for kind in ("decision", "task", "triage", "recheck"):
            old[group].pop(kind, None)
    read = parse_policy(1, old)
    for kind in (ClockKind.ACKNOWLEDGE, ClockKind.FEEDBACK, ClockKind.REPORT, ClockKind.REVIEW):
        assert read.plan(kind, START) == default_policy(1, LIMITS).plan(kind, START)
    assert read.due(ClockKind.DECISION, START) == START + timedelta(minutes=10)
    assert read.starts(OrderAct.DISPATCH) == STARTS[OrderAct.DISPATCH]
    assert read.stops(ClockKind.ACKNOWLEDGE) is None


def test_the_narrower_override_wins() -> None:
    said = policy(
        {
            "overrides": {
                "severity": {"critical": {"limits_s": {"feedback": 3000, "report": 6000}}},
                "grid_kind": {"key": {"limits_s": {"feedback": 2400}}},
                "response": {"red": {"limits_s": {"feedback": 1800}}},
                "grids": {
                    "652300": {"limits_s": {"feedback": 1500}},
                    "652301": {"limits_s": {"feedback": 1200}},
                },
            }
        }
    )
    path = ("652300", "652301", "652301100")

    def limit(kind: ClockKind, *traits: Any) -> float:
        found = said.terms(kind, Traits(*traits)).limit
        assert found is not None
        return found.total_seconds()

    assert limit(ClockKind.FEEDBACK) == 3600
    assert limit(ClockKind.FEEDBACK, "critical") == 3000
    assert limit(ClockKind.FEEDBACK, "critical", "key") == 2400
    assert limit(ClockKind.FEEDBACK, "critical", "key", "red") == 1800
    assert limit(ClockKind.FEEDBACK, "critical", "key", "red", ("652300", "652302")) == 1500
    assert limit(ClockKind.FEEDBACK, "critical", "key", "red", path) == 1200
    assert limit(ClockKind.REPORT, "critical", "key", "red", path) == 6000
    assert limit(ClockKind.REPORT, "notice", "key", "red", path) == 7200


def test_a_policy_may_read_that_the_report_runs_from_the_feedback() -> None:
    said = policy({"starts": {"report": {"at": "feedback", "reading": "方案三(三)"}}})
    assert said.starts(OrderAct.DISPATCH) == (ClockKind.ACKNOWLEDGE, ClockKind.FEEDBACK)
    assert said.starts(OrderAct.FEEDBACK) == (ClockKind.REPORT,)
    assert said.starts(OrderAct.REPORT) == STARTS[OrderAct.REPORT]


def test_the_lists_of_what_a_policy_may_choose_are_within_the_closed_ones() -> None:
    for kind, acts in NEEDED_STOPS.items():
        assert acts <= STOPS[kind]
    for kind, starting in MAY_START.items():
        assert any(kind in STARTS[act] for act in starting if act in STARTS)


def test_a_limit_in_office_hours_warns_and_escalates_in_office_hours() -> None:
    said = policy(
        {
            "limits_s": {"review": 4 * 3600},
            "calendars": {"office": OFFICE},
            "calendar_of": {"review": {"calendar": "office"}},
        }
    )
    friday = datetime(2026, 11, 27, 17, 30, tzinfo=BEIJING).astimezone(UTC)
    plan = said.plan(ClockKind.REVIEW, friday)
    shown = [(f"{step.at.astimezone(BEIJING):%a %H:%M}", step.do.value, step.level) for step in plan]
    assert shown == [
        ("Fri 19:30", "warn", 0),
        ("Mon 10:30", "warn", 0),
        ("Mon 11:20", "warn", 0),
        ("Mon 11:30", "breach", 0),
        ("Mon 11:30", "escalate", 1),
        ("Mon 12:30", "escalate", 2),
    ]


def test_repeats_wait_for_the_end_of_the_quiet_time_and_the_first_telling_does_not() -> None:
    ladder = [
        rung(1, repeat={"every_s": 3600, "times": 3}, quiet={"from": "22:00", "to": "07:00"}),
        rung(
            2,
            fraction=0.5,
            must_reach=True,
            repeat={"every_s": 3600, "times": 1},
            quiet={"from": "22:00", "to": "07:00"},
        ),
    ]
    said = policy({"ladders": {"feedback": ladder}})
    evening = datetime(2026, 11, 27, 21, 30, tzinfo=BEIJING).astimezone(UTC)
    plan = [step for step in said.plan(ClockKind.FEEDBACK, evening) if step.do is Do.ESCALATE]
    shown = [(f"{s.at.astimezone(BEIJING):%H:%M}", s.level, s.repeat, s.must_reach) for s in plan]
    assert shown == [
        ("22:30", 1, 0, False),
        ("23:00", 2, 0, True),
        ("00:00", 2, 1, True),
        ("07:00", 1, 1, False),
        ("08:00", 1, 2, False),
        ("09:00", 1, 3, False),
    ]
    assert read_plan(plan_document(plan)) == tuple(plan)


times = st.integers(0, 24 * 60 - 1).map(lambda n: f"{n // 60:02d}:{n % 60:02d}")


@st.composite
def ladders(draw: st.DrawFn) -> list[dict[str, Any]]:
    fractions = sorted(draw(st.lists(st.floats(0, 3), max_size=4)))
    found = []
    for level, fraction in enumerate(fractions, start=1):
        said = rung(level, fraction=fraction, must_reach=draw(st.booleans()))
        if draw(st.booleans()):
            said["repeat"] = {"every_s": draw(st.integers(60, 90000)), "times": draw(st.integers(1, 20))}
        since, until = draw(times), draw(times)
        if since != until:
            said["quiet"] = {"from": since, "to": until}
        found.append(said)
    return found


@given(ladder=ladders(), started=st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31)))
def test_a_plan_is_bounded_in_order_and_tells_every_level_once(
    ladder: list[dict[str, Any]], started: datetime
) -> None:
    said = policy({"ladders": {"report": ladder}})
    start = started.replace(tzinfo=UTC)
    plan = said.plan(ClockKind.REPORT, start)
    assert [step.at for step in plan] == sorted(step.at for step in plan)
    assert len(plan) <= MAX_STEPS
    assert sum(step.do is Do.BREACH for step in plan) == 1
    told = [(step.level, step.repeat) for step in plan if step.do is Do.ESCALATE]
    assert len(told) == len(set(told))
    assert {level for level, repeat in told if repeat == 0} == {rung["level"] for rung in ladder}
    by_level = {level: [s.at for s in plan if s.do is Do.ESCALATE and s.level == level] for level, _ in told}
    for instants in by_level.values():
        assert all(before < after for before, after in pairwise(instants))


severities, kinds = (
    st.sampled_from(["notice", "serious", "critical"]),
    st.sampled_from(["administrative", "park", "key"]),
)
patches = st.fixed_dictionaries({"limits_s": st.fixed_dictionaries({"feedback": st.integers(60, 7200)})})


@given(
    of_severity=st.dictionaries(severities, patches),
    of_kind=st.dictionaries(kinds, patches),
    of_response=st.dictionaries(st.sampled_from(["none", "yellow", "orange", "red"]), patches),
    of_grids=st.dictionaries(st.sampled_from(["652300", "652301"]), patches),
    traits=st.builds(
        Traits, severities, kinds, st.sampled_from(["none", "yellow", "orange", "red"]),
        st.sampled_from([(), ("652300",), ("652300", "652301")]),
    ),
)  # fmt: skip
def test_the_last_layer_that_applies_says_the_limit(
    of_severity: dict[str, Any],
    of_kind: dict[str, Any],
    of_response: dict[str, Any],
    of_grids: dict[str, Any],
    traits: Traits,
) -> None:
    overrides = {"severity": of_severity, "grid_kind": of_kind, "response": of_response, "grids": of_grids}
    said = policy({"overrides": overrides})
    limit = 3600
    for group, value in (
        (of_severity, traits.severity), (of_kind, traits.grid_kind), (of_response, traits.response),
        *((of_grids, code) for code in traits.grids),
    ):  # fmt: skip
        if value in group:
            limit = group[value]["limits_s"]["feedback"]
    assert said.due(ClockKind.FEEDBACK, START, traits) == START + timedelta(seconds=limit)
    assert Traits.read(traits.document()) == traits


NAMES = st.sampled_from(
    [
        "limits_s", "warn_fractions", "warn_before_s", "warnings", "ladders", "calendars", "calendar_of", "starts",
        "stops", "overrides", "feedback", "report", "review", "task", "level", "role", "fraction", "after_s", "repeat",
        "every_s", "times", "quiet", "from", "to", "days", "mon", "holidays", "make_up", "calendar", "reason", "at",
        "by", "reading", "severity", "critical", "grids", "652301", "office", "fractions", "before_s",
    ]
)  # fmt: skip
anything = st.recursive(
    st.none()
    | st.booleans()
    | st.floats(-1e15, 1e15)
    | st.integers(-5, 10**15)
    | st.text(max_size=5)
    | NAMES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=20,
)


@given(patch=st.dictionaries(NAMES, anything, min_size=1, max_size=3))
def test_whatever_stands_in_a_body_it_is_read_or_refused(patch: dict[str, Any]) -> None:
    body = merge(BODY, patch)
    try:
        check(body, paths=PATHS)
    except Invalid:
        return
    read = parse_policy(2, body)
    for kind in set(ClockKind) - DUE_GIVEN:
        assert read.plan(kind, START)


@pytest.mark.parametrize("kind", sorted(DUE_GIVEN))
def test_a_given_deadline_is_no_policys(kind: ClockKind) -> None:
    with pytest.raises(Invalid, match="is given with what it is about"):
        default_policy(1, LIMITS).due(kind, START)
