"""What goes out together and what waits: nothing is dropped, and nobody is flooded."""

from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from models.enums import NoticeClass
from notify.bundling import MINUTE, Waiting, plan
from notify.decide import BUNDLE, QUIET, THROTTLE, UNANSWERED
from tests.fakes import START

seconds = st.integers(-7200, 7200)


@st.composite
def waiting(draw: st.DrawFn) -> list[Waiting]:
    count = draw(st.integers(0, 30))
    return [
        Waiting(
            id=number,
            about=draw(st.sampled_from(NoticeClass)),
            urgent=draw(st.booleans()),
            due_at=START + timedelta(seconds=draw(seconds)),
            held=draw(st.sampled_from([None, BUNDLE, QUIET, THROTTLE, UNANSWERED])),
            clock_id=draw(st.one_of(st.none(), st.integers(1, 4))),
            moot=draw(st.booleans()),
        )
        for number in range(1, count + 1)
    ]


instants = st.lists(seconds.map(lambda s: START + timedelta(seconds=s / 60)), max_size=12)


@given(waiting(), instants, st.integers(1, 20), st.integers(1, 8))
def test_every_notice_is_sent_put_off_or_overtaken_and_never_two_of_these(
    found: list[Waiting], tried: list[datetime], most: int, per_minute: int
) -> None:
    decided = plan(found, tried, START, most=most, per_minute=per_minute)
    said = [*decided.send, *decided.put_off, *decided.superseded]
    assert len(said) == len(set(said))
    by_id = {w.id: w for w in found}
    assert set(said) <= set(by_id)
    for w in found:
        if w.id not in said:
            # It keeps waiting as it did: not due yet, or one too many for this message.
            assert w.due_at > START or len(decided.send) + len(decided.superseded) >= most
    for id_ in decided.superseded:
        w = by_id[id_]
        # Only what is moot, or a warning of which the same message says more, goes unsaid.
        later = [by_id[s] for s in decided.send if by_id[s].clock_id == w.clock_id and s > id_]
        assert w.moot or (w.about is NoticeClass.WARNING and w.clock_id is not None and later)
    assert len(decided.send) <= most


@given(waiting(), instants, st.integers(1, 20), st.integers(1, 8))
def test_no_more_than_so_many_a_minute_and_what_is_put_off_has_its_turn(
    found: list[Waiting], tried: list[datetime], most: int, per_minute: int
) -> None:
    decided = plan(found, tried, START, most=most, per_minute=per_minute)
    lately = [at for at in tried if at > START - MINUTE]
    if decided.send:
        assert len(lately) < per_minute
    if decided.put_off:
        assert decided.until is not None
        assert decided.until > START
        later = plan(
            [w for w in found if w.id in decided.put_off], [at for at in tried if at <= START], decided.until,
            most=99, per_minute=per_minute,
        )  # fmt: skip
        if all(at <= START for at in tried):
            assert later.send
            assert {*later.send, *later.superseded} == set(decided.put_off)


@given(waiting(), st.integers(1, 20))
def test_what_is_urgent_and_due_is_never_left_for_what_is_not(found: list[Waiting], most: int) -> None:
    decided = plan(found, [], START, most=most, per_minute=1)
    left = [
        w
        for w in found
        if w.urgent and w.due_at <= START and w.id not in (*decided.send, *decided.superseded)
    ]
    if left:
        by_id = {w.id: w for w in found}
        assert all(by_id[id_].urgent for id_ in decided.send)


def test_a_changed_fact_is_said_beside_the_one_before() -> None:
    breach = Waiting(1, NoticeClass.BREACH, True, START, clock_id=7)
    escalation = Waiting(2, NoticeClass.ESCALATION, True, START, clock_id=7)
    assert plan([breach, escalation], [], START, most=4, per_minute=6).send == (1, 2)


def test_a_warning_gives_way_to_the_breach_in_the_same_message_alone() -> None:
    warning = Waiting(1, NoticeClass.WARNING, False, START, clock_id=7)
    breach = Waiting(2, NoticeClass.BREACH, True, START + timedelta(minutes=5), UNANSWERED, 7)
    assert plan([warning, breach], [], START, most=4, per_minute=6).send == (1,)
    together = plan([warning, breach], [], breach.due_at, most=4, per_minute=6)
    assert (together.send, together.superseded) == ((2,), (1,))


def test_company_is_waited_for_once() -> None:
    first = Waiting(1, NoticeClass.REPORTED, False, START, BUNDLE)
    second = Waiting(2, NoticeClass.REPORTED, False, START + timedelta(seconds=59), BUNDLE)
    quiet = Waiting(3, NoticeClass.REPORTED, False, START + timedelta(hours=5), QUIET)
    assert plan([first, second, quiet], [], START, most=4, per_minute=6).send == (1, 2)
