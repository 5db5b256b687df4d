"""Who is written to, by which way, and when: rules, roles, quiet hours, and what nobody can rule away."""

from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.clock import BEIJING
from models.enums import Channel, ClockState, NoticeClass, OrderState, Role
from notify.decide import BUNDLE, QUIET, UNANSWERED, Notice, Target, decide
from notify.moot import Present, is_moot
from notify.rules import BY_ROLE, MUST_REACH, Listener, Quiet, Reach, Rule, chosen, quiet_until
from tests.fakes import START

N = NoticeClass
PHONE, MAIL = Reach("contact:1", Channel.SMS), Reach("contact:2", Channel.EMAIL)
NIGHT = Quiet(time(22), time(7))
WINDOW = timedelta(minutes=1)
rules = st.lists(
    st.builds(
        Rule,
        st.sampled_from(N),
        st.sampled_from([None, *Channel]),
        st.integers(0, 30).map(lambda m: timedelta(minutes=m)),
        st.integers(1, 4),
    ),
    max_size=12,
).map(tuple)
quiets = st.one_of(st.none(), st.builds(Quiet, st.times(), st.times()).filter(lambda q: q.begins != q.ends))
instants = st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC))


def notice(about: N, *, urgent: bool = True, level: int = 1, role: Role | None = Role.SUPERVISOR) -> Notice:
    return Notice(about, urgent, ((1, role),), 10, {}, level)


@given(rules, quiets, st.sampled_from(sorted(MUST_REACH)), st.integers(1, 9), instants)
def test_nobody_can_rule_away_what_must_reach(
    own: tuple[Rule, ...], quiet: Quiet | None, about: N, level: int, now: datetime
) -> None:
    person = Listener(1, (PHONE, MAIL), own, quiet)
    drafts = decide([notice(about, level=level)], {1: person}, [], {}, now, window=WINDOW)
    assert drafts
    # Quiet hours delay none of it: only a rule of one's own that waits for an answer does, and not for long.
    assert all(d.held in (None, UNANSWERED) and d.due_at - now <= timedelta(minutes=30) for d in drafts)


@given(rules, quiets, st.sampled_from(N), st.sampled_from(list(Role)), instants)
def test_what_is_not_urgent_waits_for_company_and_for_the_end_of_quiet_hours(
    own: tuple[Rule, ...], quiet: Quiet | None, about: N, role: Role, now: datetime
) -> None:
    person = Listener(1, (PHONE, MAIL), own, quiet)
    for d in decide([notice(about, urgent=False, role=role)], {1: person}, [], {}, now, window=WINDOW):
        assert d.due_at > now
        assert d.held in (BUNDLE, QUIET, UNANSWERED)
        assert quiet_until(quiet, d.due_at) is None


@given(quiets, instants)
def test_quiet_hours_end_and_then_it_is_not_quiet(quiet: Quiet | None, at: datetime) -> None:
    until = quiet_until(quiet, at)
    if until is not None:
        assert quiet is not None
        assert at < until <= at + timedelta(days=1)
        assert until.astimezone(BEIJING).time() == quiet.ends
        assert quiet_until(quiet, until) is None


@pytest.mark.parametrize(
    ("clock", "until"),
    [
        ("21:59", None),
        ("22:00", "07:00"),
        ("23:30", "07:00"),
        ("03:00", "07:00"),
        ("06:59", "07:00"),
        ("07:00", None),
    ],
)
def test_the_edges_of_quiet_hours_in_beijing(clock: str, until: str | None) -> None:
    at = datetime.combine(datetime(2026, 11, 23), time.fromisoformat(clock), BEIJING).astimezone(UTC)
    found = quiet_until(NIGHT, at)
    assert (None if found is None else found.astimezone(BEIJING).strftime("%H:%M")) == until


def test_without_rules_the_role_decides() -> None:
    person = Listener(1, (PHONE, MAIL))
    for role in Role:
        for about in N:
            told = bool(chosen(person, about, 1, role))
            assert told == (about in BY_ROLE[role] or about in MUST_REACH), (role, about)


def test_own_rules_choose_the_way_the_delay_and_the_rung() -> None:
    own = (
        Rule(N.DISPATCHED, Channel.EMAIL),
        Rule(N.DISPATCHED, Channel.SMS, timedelta(minutes=5)),
        Rule(N.ESCALATION, Channel.SMS, min_level=2),
    )
    person = Listener(1, (PHONE, MAIL), own)
    assert chosen(person, N.DISPATCHED, 1, Role.SUPERVISOR) == [
        (PHONE, timedelta(minutes=5)),
        (MAIL, timedelta(0)),
    ]
    assert chosen(person, N.WARNING, 1, Role.SUPERVISOR) == []
    assert [reach for reach, _ in chosen(person, N.ESCALATION, 2, Role.CHIEF)] == [PHONE]
    # The first rung is below the rule: then it comes by every contact, for it must reach.
    assert [reach for reach, _ in chosen(person, N.ESCALATION, 1, Role.CHIEF)] == [PHONE, MAIL]


def test_a_person_named_twice_gets_one_letter_a_contact() -> None:
    twice = Notice(N.BREACH, True, ((1, Role.SUPERVISOR), (1, Role.CHIEF)), 10, {})
    drafts = decide([twice], {1: Listener(1, (PHONE, MAIL))}, [], {}, START, window=WINDOW)
    assert [d.destination for d in drafts] == ["contact:1", "contact:2"]


def test_robots_hear_of_their_grid_and_below_of_their_classes_and_never_of_their_own_fall() -> None:
    here = Target(1, Channel.WECOM, 10, frozenset({N.BREACH, N.CHANNEL}))
    above = Target(2, Channel.FEISHU, 1, frozenset({N.BREACH, N.CHANNEL}))
    beside = Target(3, Channel.WECOM, 11, frozenset({N.BREACH}))
    hook = Target(4, Channel.WEBHOOK, 10, frozenset())
    told = [here, above, beside, hook]
    lines = {10: frozenset({10, 1})}
    drafts = decide([notice(N.BREACH)], {}, told, lines, START, window=WINDOW)
    assert [d.destination for d in drafts] == ["target:1", "target:2"]
    assert decide([notice(N.DISPATCHED)], {}, told, lines, START, window=WINDOW) == []
    down = Notice(N.CHANNEL, True, (), 10, {}, not_by="wecom:1")
    assert [d.destination for d in decide([down], {}, told, lines, START, window=WINDOW)] == ["target:2"]


@pytest.mark.parametrize(
    ("about", "waited", "present", "moot"),
    [
        (N.DISPATCHED, False, Present(OrderState.DISPATCHED, 10), False),
        (N.DISPATCHED, False, Present(OrderState.DISPATCHED, 11), True),
        (N.DISPATCHED, False, Present(OrderState.ACKNOWLEDGED, 10), True),
        (N.RETURNED, False, Present(OrderState.RETURNED, 10), False),
        (N.RETURNED, False, Present(OrderState.REPORTED, 10), True),
        (N.REPORTED, False, Present(OrderState.CLOSED, 10), True),
        (N.WARNING, False, Present(OrderState.DISPATCHED, 10, ClockState.RUNNING), False),
        (N.WARNING, False, Present(OrderState.DISPATCHED, 10, ClockState.BREACHED), True),
        (N.WARNING, False, Present(OrderState.ON_SITE, 10, ClockState.MET, True), True),
        (N.BREACH, False, Present(OrderState.CLOSED, 10, ClockState.BREACHED, True), False),
        (N.BREACH, True, Present(OrderState.CLOSED, 10, ClockState.BREACHED, True), True),
        (N.BREACH, False, Present(OrderState.VOID, 10, ClockState.BREACHED), True),
        (N.ESCALATION, False, Present(OrderState.DISPATCHED, 10, ClockState.BREACHED), False),
        (N.TASK, False, Present(OrderState.ON_SITE, 10, ClockState.MET, True), True),
        (N.CHANNEL, False, Present(), False),
        (N.UNROUTED, False, Present(), False),
    ],
)
def test_what_says_nothing_any_more(about: N, waited: bool, present: Present, moot: bool) -> None:
    assert is_moot(about, waited, 10, present) is moot


def test_whoever_gets_an_order_by_a_transfer_hears_of_it_in_whichever_state_it_is() -> None:
    for state in (OrderState.ACKNOWLEDGED, OrderState.ON_SITE, OrderState.RETURNED):
        assert not is_moot(N.DISPATCHED, False, 10, Present(state, 10), handed=True)
    assert is_moot(N.DISPATCHED, False, 10, Present(OrderState.ON_SITE, 11), handed=True)
    assert is_moot(N.DISPATCHED, False, 10, Present(OrderState.CLOSED, 10), handed=True)
