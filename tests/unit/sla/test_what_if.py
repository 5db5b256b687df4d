"""What another policy would have made of the past: the same policy makes the same, and others what they say."""

from datetime import datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from models.enums import DUE_GIVEN, ClockKind, ClockState, OrderAct
from models.ids import ClockId, GridId, OrderId
from models.merge_patch import merge
from sla.deadlines import STOPS, Running, advance, after
from sla.policy import Policy, Traits, default_policy, parse_policy, policy_body
from sla.what_if import PastClock, compare, would
from tests.unit.sla.test_deadlines import LIMITS, START

BODY = policy_body(default_policy(1, LIMITS))
OFFICE = {"days": {day: [["09:30", "19:30"]] for day in ("mon", "tue", "wed", "thu", "fri")}}
POLICIES: dict[int, Policy] = {
    1: default_policy(1, LIMITS),
    2: parse_policy(2, merge(BODY, {"starts": {"report": {"at": "feedback", "reading": "三(三)"}}})),
    3: parse_policy(3, merge(BODY, {"stops": {"acknowledge": {"by": ["feedback"], "reading": "x"}}})),
    4: parse_policy(
        4,
        merge(
            BODY,
            {
                "calendars": {"office": OFFICE},
                "calendar_of": {"review": {"calendar": "office"}, "rework": {"calendar": "office"}},
                "overrides": {"severity": {"critical": {"limits_s": {"feedback": 1200}}}},
            },
        ),
    ),
}
NOW = START + timedelta(days=20)


def lived(
    kind: ClockKind,
    version: int,
    traits: Traits,
    acts: dict[OrderAct, datetime],
    end: tuple[str, float] | None,
    moved: float,
) -> PastClock:
    """A clock as the service itself would have kept it, under that policy, until NOW."""
    policy = POLICIES[version]
    started = START
    if kind is ClockKind.REPORT and version == 2:
        started = acts[OrderAct.FEEDBACK]
    due = started + timedelta(hours=3) if kind in DUE_GIVEN else policy.due(kind, started, traits)
    due += timedelta(seconds=moved)
    clock = Running(
        ClockId(1), OrderId(7), "n", GridId(2), "652301", kind, 1, ClockState.RUNNING, due,
        policy.plan(kind, started, due, traits), stops=policy.stops(kind),
    )  # fmt: skip
    stopping: list[tuple[datetime, Any]] = []
    if kind is ClockKind.ACKNOWLEDGE:
        stopping = sorted((at, act) for act, at in acts.items() if act in (clock.stops or STOPS[kind]))
    elif end is not None and end[0] == "stop":
        stopping = [(started + timedelta(seconds=end[1]), min(STOPS[kind]))]
    if end is not None and end[0] == "void":
        stopping = sorted([*stopping, (started + timedelta(seconds=end[1]), OrderAct.VOID)])
    if stopping and stopping[0][0] <= NOW:
        changed, _ = after([clock], stopping[0][1], stopping[0][0])
        (clock,) = changed
    else:
        clock, _ = advance(clock, NOW)
    return PastClock(
        "n", "652301", kind, 1, clock.state, started, due, clock.stopped_at,
        None if clock.stopped_by is None else clock.stopped_by.value, version, traits, acts,
    )  # fmt: skip


@st.composite
def pasts(draw: st.DrawFn) -> PastClock:
    version = draw(st.sampled_from(sorted(POLICIES)))
    kind = draw(st.sampled_from(list(ClockKind)))
    traits = Traits(draw(st.sampled_from(["notice", "critical"])), "administrative")
    acts = {OrderAct.DISPATCH: START}
    acknowledged = draw(st.none() | st.integers(1, 7200))
    given_back = draw(st.integers(1, 9000))
    if acknowledged is not None:
        acts[OrderAct.ACKNOWLEDGE] = START + timedelta(seconds=acknowledged)
    if kind is ClockKind.REPORT or draw(st.booleans()):
        acts[OrderAct.FEEDBACK] = START + timedelta(seconds=(acknowledged or 0) + given_back)
    end = draw(st.none() | st.tuples(st.sampled_from(["stop", "void"]), st.floats(0, 3e5)))
    return lived(kind, version, traits, acts, end, draw(st.sampled_from([0.0, 0.0, 900.0])))


@given(clocks=st.lists(pasts(), max_size=30))
def test_the_policy_that_was_in_force_gives_exactly_what_was_stored(clocks: list[PastClock]) -> None:
    for clock in clocks:
        own = POLICIES[clock.policy_version]
        found = would(clock, own, own, NOW)
        assert (found.state, found.due_at) == (clock.state, clock.due_at)
    for version in {clock.policy_version for clock in clocks}:
        mine = [clock for clock in clocks if clock.policy_version == version]
        result = compare(mine, POLICIES.__getitem__, POLICIES[version], NOW)
        assert result["was"] == result["would"]
        assert (result["newly_breached"], result["no_longer_breached"], result["changed"]) == (0, 0, [])
        assert result["was"]["breached"] == sum(c.state is ClockState.BREACHED for c in mine)


@given(clocks=st.lists(pasts(), max_size=30), other=st.sampled_from(sorted(POLICIES)))
def test_the_counts_add_up(clocks: list[PastClock], other: int) -> None:
    result = compare(clocks, POLICIES.__getitem__, POLICIES[other], NOW)
    assert result["clocks"] == len(clocks)
    for side in ("was", "would"):
        whole = dict.fromkeys(result[side], 0)
        for group in result["groups"]:
            for name, count in group[side].items():
                whole[name] += count
        assert whole == result[side]
    after = result["was"]["breached"] + result["newly_breached"] - result["no_longer_breached"]
    assert result["would"]["breached"] == after


def test_a_stricter_limit_and_a_later_start() -> None:
    strict = parse_policy(9, merge(BODY, {"limits_s": {"feedback": 1800}}))
    acts = {OrderAct.DISPATCH: START, OrderAct.FEEDBACK: START + timedelta(minutes=40)}
    feedback = lived(ClockKind.FEEDBACK, 1, Traits(), acts, ("stop", 2400.0), 0.0)
    report = lived(ClockKind.REPORT, 1, Traits(), acts, ("stop", 9000.0), 0.0)
    result = compare([feedback, report], POLICIES.__getitem__, strict, NOW)
    assert (result["newly_breached"], result["no_longer_breached"]) == (1, 0)
    (changed,) = result["changed"]
    assert (changed["kind"], changed["was"], changed["would"]) == ("feedback", "met", "breached")
    later = compare([feedback, report], POLICIES.__getitem__, POLICIES[2], NOW)
    assert (later["newly_breached"], later["no_longer_breached"]) == (0, 1)


def test_a_report_that_never_would_have_started() -> None:
    silent = lived(ClockKind.REPORT, 1, Traits(), {OrderAct.DISPATCH: START}, None, 0.0)
    assert silent.state is ClockState.BREACHED
    result = compare([silent], POLICIES.__getitem__, POLICIES[2], NOW)
    assert result["would"]["not_started"] == 1
    assert result["no_longer_breached"] == 1
