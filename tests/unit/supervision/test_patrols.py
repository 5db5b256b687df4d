"""Rules of patrols: what counts as a visit, what a day has covered, which reports from below came too late."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.enums import VisitFlaw
from supervision.patrols.cover import APART, Place, Tally, Visit, by_group, cover, flaw_of, tally
from supervision.patrols.late_reports import Wait, late_reports

MORNING = datetime(2026, 11, 23, 1, tzinfo=UTC)
PLACES = [Place("s1", "热力站", 41), Place("s2", "堆场", 41, per_day=2), Place("p3", "河道", 42)]


@pytest.mark.parametrize(
    ("distance", "accuracy", "flaw"),
    [
        (300.0, None, None),
        (300.1, None, VisitFlaw.FAR),
        (400.0, 100.0, None),
        (401.0, 900.0, VisitFlaw.FAR),
        (0.0, 1000.0, None),
        (0.0, 1000.5, VisitFlaw.VAGUE),
        (None, 5.0, VisitFlaw.UNPLACED),
    ],
)
def test_a_check_in_counts_near_its_place(
    distance: float | None, accuracy: float | None, flaw: VisitFlaw | None
) -> None:
    assert flaw_of(distance, accuracy, 300) is flaw


def test_a_day_is_covered_place_by_place() -> None:
    visits = [
        Visit("s1", MORNING),
        Visit("s2", MORNING),
        Visit("s2", MORNING + APART - timedelta(seconds=1)),
        Visit("p3", MORNING, VisitFlaw.FAR),
        Visit("s9", MORNING),
    ]
    days = cover(PLACES, visits)
    assert [(day.place.key, day.patrols, day.covered, day.flaws) for day in days] == [
        ("s1", 1, True, ()),
        ("s2", 1, False, ()),
        ("p3", 0, False, (VisitFlaw.FAR,)),
    ]
    assert tally(days) == Tally(due=3, covered=1, doubtful=1)
    assert by_group(days, lambda place: place.grid) == {41: Tally(2, 1), 42: Tally(1, 0, 1)}
    again = cover(PLACES, [*visits, Visit("s2", MORNING + APART)])
    assert again[1].covered


@given(st.lists(st.integers(0, 600), max_size=20))
def test_more_visits_never_cover_less_and_none_count_twice(minutes: list[int]) -> None:
    visits = [Visit("s1", MORNING + timedelta(minutes=at)) for at in minutes]
    counts = [cover(PLACES[:1], visits[:n])[0].patrols for n in range(len(visits) + 1)]
    (last,) = counts[-1:]
    assert bool(last) == bool(minutes)
    assert last <= 1 + 600 // 30
    assert cover(PLACES[:1], visits * 2)[0].patrols == last


def wait(number: str, due: datetime, answered: datetime | None, unit: str = "652301") -> Wait:
    return Wait(int(number[-1]), number, unit, due, answered)


def test_reports_not_handed_on_in_time_by_unit_and_month() -> None:
    # 16:30 UTC on the last of November is the first of December in Beijing.
    november, december = datetime(2026, 11, 30, 15, tzinfo=UTC), datetime(2026, 11, 30, 16, 30, tzinfo=UTC)
    second = timedelta(seconds=1)
    now = december + timedelta(days=1)
    found = late_reports(
        [
            wait("R-1", november, november),
            wait("R-2", november, november + second),
            wait("R-3", december, None),
            wait("R-4", now, None),
            wait("R-5", now + second, None, unit="652302"),
            wait("R-2", november + timedelta(minutes=1), None),
        ],
        now=now,
    )
    assert [(one.number, one.unit, one.month, one.late_s) for one in found] == [
        ("R-2", "652301", date(2026, 11, 1), 1),
        ("R-3", "652301", date(2026, 12, 1), 86400),
    ]
