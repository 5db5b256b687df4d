"""Turns: one answer at every instant, exact at the handover, and the past as it was."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.roster.plan import Absence, Answer, Duty, Override, Rotation, Sources, Turn, answer_at, plan
from dispatch.roster.revision import applied, revise
from models.clock import BEIJING
from models.enums import DutyGap, TurnWhy
from models.ids import PersonId

A, B, C, D = (PersonId(n) for n in (1, 2, 3, 4))
DAY = date(2026, 11, 23)
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
TICK = timedelta(microseconds=1)


def beijing(hour: float, day: int = 23) -> datetime:
    return (datetime(2026, 11, day, tzinfo=BEIJING) + timedelta(hours=hour)).astimezone(UTC)


def serves(*people: PersonId) -> tuple[Duty, ...]:
    return tuple(Duty(p, True, LONG_AGO + n * HOUR, None) for n, p in enumerate(people))


DAILY = Rotation(1, (A, B), timedelta(hours=12), time(8), DAY, beijing(8), None)
BASE = Sources(rotations=(DAILY,), duties=serves(A, B, C))


def who(sources: Sources, at: datetime) -> PersonId | DutyGap | None:
    said = answer_at(sources, at)
    return said.gap or said.person


def test_the_handover_is_exact_and_in_beijing_time() -> None:
    assert who(BASE, beijing(20) - TICK) == A
    assert who(BASE, beijing(20)) == B
    assert who(BASE, beijing(8, 24)) == A
    assert datetime(2026, 11, 23, 12, tzinfo=UTC) == beijing(20)
    turns = plan(BASE, beijing(8), beijing(8, 25))
    assert [(t.since, t.answer.person) for t in turns] == [
        (beijing(8), A), (beijing(20), B), (beijing(8, 24), A), (beijing(20, 24), B),
    ]  # fmt: skip


def test_beijing_has_no_summer_time() -> None:
    """Half a year on, across the dates at which others turn their clocks, the handover is still at eight."""
    weekly = Rotation(1, (A, B, C), timedelta(days=7), time(8), DAY, beijing(8), None)
    turns = plan(Sources((weekly,), duties=serves(A, B, C)), beijing(8), beijing(8) + timedelta(days=364))
    assert {t.since.astimezone(BEIJING).time() for t in turns} == {time(8)}
    assert [t.answer.person for t in turns[:4]] == [A, B, C, A]


def test_who_goes_on_after_a_handover_has_a_turn_of_its_own() -> None:
    alone = Rotation(1, (A,), timedelta(days=1), time(8), DAY, beijing(8), None)
    assert len(plan(Sources((alone,), duties=serves(A)), beijing(8), beijing(8, 26))) == 3


def test_an_override_covers_exactly_its_window() -> None:
    sources = Sources((DAILY,), (Override(1, C, beijing(10), beijing(11)),), duties=serves(A, B, C))
    turns = plan(sources, beijing(8), beijing(20))
    assert [(t.since, t.until, t.answer.person, t.answer.why) for t in turns] == [
        (beijing(8), beijing(10), A, TurnWhy.SHIFT),
        (beijing(10), beijing(11), C, TurnWhy.OVERRIDE),
        (beijing(11), beijing(20), A, TurnWhy.SHIFT),
    ]


def test_an_absence_has_its_stand_in_or_a_named_gap() -> None:
    away = Absence(A, C, beijing(0), beijing(0, 24))
    said = answer_at(Sources((DAILY,), (), (away,), serves(A, B, C)), beijing(9))
    assert said == Answer(TurnWhy.STAND_IN, C, instead_of=A)
    alone = Absence(A, None, beijing(0), beijing(0, 24))
    said = answer_at(Sources((DAILY,), (), (alone,), serves(A, B)), beijing(9))
    assert said == Answer(TurnWhy.GAP, gap=DutyGap.ABSENT_WITHOUT_STAND_IN, instead_of=A)
    both = (away, Absence(C, B, beijing(0), beijing(0, 24)))
    assert who(Sources((DAILY,), (), both, serves(A, B, C)), beijing(9)) == DutyGap.ABSENT_WITHOUT_STAND_IN


def test_a_duty_that_ended_is_a_gap_unless_somebody_stands_in() -> None:
    duties = (Duty(A, True, LONG_AGO, beijing(12)), *serves(B, C))
    sources = Sources((DAILY,), duties=duties)
    assert who(sources, beijing(12) - TICK) == A
    assert answer_at(sources, beijing(12)) == Answer(TurnWhy.GAP, gap=DutyGap.DUTY_ENDED, instead_of=A)
    stood_in = Sources((DAILY,), (), (Absence(A, C, beijing(8), beijing(20)),), duties)
    assert who(stood_in, beijing(12)) == C


def test_a_stand_in_without_duty_is_a_gap() -> None:
    away = Absence(A, D, beijing(8), beijing(20))
    assert who(Sources((DAILY,), (), (away,), serves(A, B)), beijing(9)) == DutyGap.DUTY_ENDED


def test_without_a_rotation_the_longest_serving_answers() -> None:
    sources = Sources(duties=serves(B, A))
    assert answer_at(sources, beijing(9)) == Answer(TurnWhy.STANDING, B)
    away = (Absence(B, None, beijing(8), beijing(20)),)
    assert who(Sources(absences=away, duties=serves(B, A)), beijing(9)) == A
    assert who(Sources(absences=away, duties=serves(B)), beijing(9)) == DutyGap.ABSENT_WITHOUT_STAND_IN
    assert who(Sources(), beijing(9)) == DutyGap.NOBODY_ON_DUTY
    above = Duty(C, False, LONG_AGO, None)
    assert who(Sources(duties=(above,)), beijing(9)) == DutyGap.NOBODY_ON_DUTY


def test_a_rotation_that_ended_falls_back() -> None:
    over = Rotation(1, (B,), timedelta(hours=12), time(8), DAY, beijing(8), beijing(10))
    sources = Sources((over,), duties=serves(A, B))
    assert [who(sources, at) for at in (beijing(10) - TICK, beijing(10))] == [B, A]


hours = st.integers(0, 200).map(lambda h: beijing(h))
spans = st.tuples(hours, st.integers(1, 60)).map(lambda s: (s[0], s[0] + s[1] * HOUR))
people = st.sampled_from((A, B, C, D))


@st.composite
def all_sources(draw: st.DrawFn) -> Sources:
    rotations = []
    for number, (since, until) in enumerate(sorted(draw(st.lists(spans, max_size=2)))):
        if rotations and since < (rotations[-1].valid_to or since):
            continue
        members = tuple(draw(st.lists(people, min_size=1, max_size=4)))
        shift = timedelta(hours=draw(st.integers(1, 48)))
        handover = time(draw(st.integers(0, 23)), draw(st.integers(0, 59)))
        rotations.append(Rotation(number, members, shift, handover, DAY, since, until))
    overrides: list[Override] = []
    for number, (since, until) in enumerate(sorted(draw(st.lists(spans, max_size=3)))):
        if not overrides or since >= overrides[-1].until:
            overrides.append(Override(number, draw(people), since, until))
    absences = []
    for person in (A, B):
        if draw(st.booleans()):
            stand_in = draw(st.sampled_from((None, C, D)))
            absences.append(Absence(person, stand_in, *draw(spans)))
    duties = [
        Duty(p, draw(st.booleans()), since, draw(st.sampled_from((None, until))))
        for p in (A, B, C)
        for since, until in draw(st.lists(spans, max_size=2))
    ]
    return Sources(tuple(rotations), tuple(overrides), tuple(absences), tuple(duties))


def chain(turns: list[Turn] | tuple[Turn, ...], since: datetime, until: datetime) -> None:
    assert turns[0].since == since
    assert turns[-1].until == until
    assert all(a.until == b.since for a, b in pairwise(turns))
    assert all(t.since < t.until for t in turns)


@given(all_sources(), spans)
def test_no_overlap_no_hole_and_the_answer_of_every_instant(
    sources: Sources, span: tuple[datetime, datetime]
) -> None:
    turns = plan(sources, *span)
    chain(turns, *span)
    assert turns == plan(sources, *span)
    for turn in turns:
        for at in (turn.since, turn.until - TICK):
            assert answer_at(sources, at) == turn.answer
        assert (turn.answer.person is None) == (turn.answer.gap is not None)


@given(all_sources(), hours, st.integers(1, 40), st.integers(1, 40))
def test_a_plan_in_pieces_is_the_plan(sources: Sources, since: datetime, first: int, more: int) -> None:
    middle = since + first * HOUR
    end = middle + more * HOUR
    there = list(plan(sources, since, middle))
    revision = revise(there, plan(sources, middle, end), middle)
    pieces = applied(there, revision, middle)
    chain(pieces, since, end)
    for turn in pieces:
        assert answer_at(sources, turn.since) == turn.answer
    whole = list(plan(sources, since, end))
    again = revise(whole, plan(sources, middle, end), middle)
    assert again.empty


@given(all_sources(), all_sources(), hours, st.integers(1, 100), st.integers(0, 100))
def test_the_past_never_changes(
    before: Sources, after: Sources, since: datetime, length: int, share: int
) -> None:
    until = since + length * HOUR
    at = since + (until - since) * share / 100
    there = list(plan(before, since, until))
    fresh = plan(after, at, until + HOUR)
    changed = applied(there, revise(there, fresh, at), at)
    chain(changed, since, until + HOUR)
    for turn in there:
        for instant in (turn.since, min(turn.until, at) - TICK):
            if turn.since <= instant < at:
                (then,) = [t for t in changed if t.since <= instant < t.until]
                assert then.answer == turn.answer
    for turn in fresh:
        (then,) = [t for t in changed if t.since <= turn.since < t.until]
        assert then.answer == turn.answer


@given(all_sources())
def test_overrides_hold_in_their_window_and_nowhere_else(sources: Sources) -> None:
    for override in sources.overrides:
        for at in (override.since, override.until - TICK):
            said = answer_at(sources, at)
            named = said.person if said.why is TurnWhy.OVERRIDE else said.instead_of
            stand_ins = [a.stand_in for a in sources.absences if a.person == override.person]
            assert named == override.person or named in stand_ins
    turns = plan(sources, beijing(0), beijing(300))
    for turn in turns:
        inside = any(o.since <= turn.since and turn.until <= o.until for o in sources.overrides)
        assert turn.answer.why is not TurnWhy.OVERRIDE or inside


@pytest.mark.parametrize("minutes", [0, 7, 30])
def test_handovers_fall_on_the_minute_that_was_said(minutes: int) -> None:
    odd = Rotation(1, (A, B), timedelta(hours=8), time(7, minutes), DAY, beijing(0), None)
    turns = plan(Sources((odd,), duties=serves(A, B)), beijing(0), beijing(0, 25))
    assert [t.since.astimezone(BEIJING).minute for t in turns[1:]] == [minutes] * (len(turns) - 1)
