"""Working time: windows by day of the week, holidays and days made up, and quiet times."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.clock import BEIJING
from models.errors import Invalid
from sla.calendar import Calendar, Quiet, Window

H = timedelta(hours=1)
OFFICE: tuple[Window, ...] = ((9 * H + H / 2, 13 * H + H / 2), (15 * H + H / 2, 19 * H + H / 2))
WEEK = (OFFICE,) * 5 + ((), ())


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BEIJING).astimezone(UTC)


def test_a_limit_goes_over_noon_night_and_weekend() -> None:
    calendar = Calendar(WEEK)
    assert calendar.add(local("2026-11-26 12:30"), 2 * H) == local("2026-11-26 16:30")
    assert calendar.add(local("2026-11-27 18:30"), 2 * H) == local("2026-11-30 10:30")
    assert calendar.add(local("2026-11-28 11:00"), H) == local("2026-11-30 10:30")


def test_a_limit_that_ends_with_the_day_ends_with_the_day() -> None:
    assert Calendar(WEEK).add(local("2026-11-26 15:30"), 4 * H) == local("2026-11-26 19:30")


def test_a_holiday_has_no_windows_and_a_day_made_up_has_those_of_its_day() -> None:
    calendar = Calendar(WEEK, frozenset({date(2026, 10, 1), date(2026, 10, 2)}), {date(2026, 10, 10): 4})
    assert calendar.add(local("2026-09-30 19:00"), H) == local("2026-10-05 10:00")
    assert calendar.between(local("2026-10-10 00:00"), local("2026-10-11 00:00")) == 8 * H
    assert calendar.between(local("2026-10-01 00:00"), local("2026-10-03 00:00")) == 0 * H


def test_a_calendar_without_time_is_told() -> None:
    with pytest.raises(Invalid, match="too little working time"):
        Calendar(((),) * 7).add(local("2026-11-26 12:30"), H)


def test_a_quiet_time_over_midnight() -> None:
    quiet = Quiet(22 * H, 7 * H)
    assert quiet.over(local("2026-11-26 21:59")) == local("2026-11-26 21:59")
    assert quiet.over(local("2026-11-26 22:00")) == local("2026-11-27 07:00")
    assert quiet.over(local("2026-11-27 06:59")) == local("2026-11-27 07:00")
    assert quiet.over(local("2026-11-27 07:00")) == local("2026-11-27 07:00")


def test_a_quiet_time_within_a_day() -> None:
    quiet = Quiet(12 * H, 14 * H)
    assert quiet.over(local("2026-11-26 13:00")) == local("2026-11-26 14:00")
    assert quiet.over(local("2026-11-26 11:59")) == local("2026-11-26 11:59")


minutes = st.integers(0, 24 * 60).map(lambda n: timedelta(minutes=n))


@st.composite
def windows(draw: st.DrawFn) -> tuple[Window, ...]:
    edges = sorted(draw(st.sets(minutes, max_size=6)))
    return tuple(zip(edges[::2], edges[1::2], strict=False))


days = st.dates(date(2026, 9, 1), date(2026, 12, 1))
calendars = st.builds(
    Calendar,
    st.tuples(*[windows()] * 6, st.just(OFFICE)),
    st.frozensets(days, max_size=5),
    st.dictionaries(days, st.integers(0, 6), max_size=5),
)
instants = st.datetimes(datetime(2026, 9, 1), datetime(2026, 12, 1)).map(lambda at: at.replace(tzinfo=UTC))
lengths = st.integers(1, 60 * 3600 * 1000).map(lambda ms: timedelta(milliseconds=ms))


@given(calendar=calendars, start=instants, length=lengths)
def test_what_is_added_lies_between(calendar: Calendar, start: datetime, length: timedelta) -> None:
    due = calendar.add(start, length)
    assert due > start
    assert calendar.between(start, due) == length
    # And not a moment later than it must.
    assert calendar.between(start, due - timedelta(microseconds=1)) < length


@given(calendar=calendars, start=instants, first=lengths, second=lengths)
def test_a_limit_may_be_run_in_two_parts(
    calendar: Calendar, start: datetime, first: timedelta, second: timedelta
) -> None:
    assert calendar.add(calendar.add(start, first), second) == calendar.add(start, first + second)


@given(calendar=calendars, a=instants, b=instants, length=lengths)
def test_who_starts_earlier_is_never_due_later(
    calendar: Calendar, a: datetime, b: datetime, length: timedelta
) -> None:
    first, last = sorted((a, b))
    assert calendar.add(first, length) <= calendar.add(last, length)


@given(start=instants, length=lengths)
def test_windows_of_whole_days_are_no_calendar_at_all(start: datetime, length: timedelta) -> None:
    always = Calendar((((0 * H, 24 * H),),) * 7)
    assert always.add(start, length) == start + length


@given(since=minutes, until=minutes, at=instants)
def test_after_a_quiet_time_it_is_never_quiet(since: timedelta, until: timedelta, at: datetime) -> None:
    quiet = Quiet(since, until)
    if (until - since) % timedelta(days=1) == timedelta(0):
        return  # which no policy may say
    after = quiet.over(at)
    assert at <= after < at + timedelta(days=1)
    assert quiet.over(after) == after
