"""A person's duties become what the file lists, history stays, and the second time nothing happens."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from app.registry.duties import Held, Period, Plan, Wanted, plan
from tests.fakes import START as NOW

DAY = timedelta(days=1)


def wanted(since: int | None = None, until: int | None = None, grid: int = 1) -> Wanted:
    return Wanted(
        grid,
        "supervisor",
        None if since is None else NOW + since * DAY,
        None if until is None else NOW + until * DAY,
    )


def held(since: int, until: int | None = None, id_: int = 7, grid: int = 1) -> Held:
    return Held(id_, grid, "supervisor", NOW + since * DAY, None if until is None else NOW + until * DAY)


def test_a_new_duty_without_a_day_begins_now() -> None:
    assert plan([wanted()], [], now=NOW).begin == [Period(1, "supervisor", NOW, None)]


def test_a_new_duty_begins_on_its_day_past_or_to_come() -> None:
    assert plan([wanted(-30)], [], now=NOW).begin[0].valid_from == NOW - 30 * DAY
    assert plan([wanted(30)], [], now=NOW).begin[0].valid_from == NOW + 30 * DAY


def test_a_duty_listed_again_stays() -> None:
    assert plan([wanted()], [held(-3)], now=NOW) == Plan(unchanged=1)
    assert plan([wanted(-3)], [held(-3)], now=NOW) == Plan(unchanged=1)


def test_a_duty_no_longer_listed_ends_now() -> None:
    assert plan([], [held(-3)], now=NOW) == Plan(end=[7])


def test_a_duty_no_longer_listed_that_has_not_begun_never_begins() -> None:
    assert plan([], [held(3)], now=NOW) == Plan(drop=[7])
    assert plan([], [held(0)], now=NOW) == Plan(drop=[7])


def test_a_duty_no_longer_listed_is_not_taken_for_the_one_that_follows() -> None:
    present, following = held(-3, 5), held(9, id_=8)
    assert plan([wanted(9)], [present, following], now=NOW) == Plan(end=[7], unchanged=1)
    assert plan([wanted(-3, 5)], [present, following], now=NOW) == Plan(drop=[8], unchanged=1)


def test_what_has_ended_is_left_alone() -> None:
    assert plan([], [held(-9, -3)], now=NOW) == Plan()


def test_a_corrected_period_changes_the_duty() -> None:
    assert plan([wanted(-5, 5)], [held(-3)], now=NOW).change == {7: (NOW - 5 * DAY, NOW + 5 * DAY)}


def test_a_duty_to_come_that_is_listed_without_a_day_begins_now() -> None:
    assert plan([wanted()], [held(3)], now=NOW).change == {7: (NOW, None)}


def test_a_handover_keeps_both_periods() -> None:
    acts = plan([wanted(None, 2), wanted(10)], [held(-3)], now=NOW)
    assert acts.change == {7: (NOW - 3 * DAY, NOW + 2 * DAY)}
    assert [period.valid_from for period in acts.begin] == [NOW + 10 * DAY]


def test_a_duty_taken_up_again_does_not_claim_the_time_between() -> None:
    acts = plan([wanted(-30)], [held(-30, -10)], now=NOW)
    assert [period.valid_from for period in acts.begin] == [NOW - 10 * DAY]


def test_a_period_of_the_past_is_added_where_nothing_is_known() -> None:
    assert plan([wanted(-30, -20)], [], now=NOW).begin == [
        Period(1, "supervisor", NOW - 30 * DAY, NOW - 20 * DAY)
    ]
    assert plan([wanted(-30, -20)], [held(-25, -22)], now=NOW) == Plan(unchanged=1)
    assert plan([wanted(None, -20)], [], now=NOW) == Plan(unchanged=1)


def test_other_grids_are_other_duties() -> None:
    acts = plan([wanted(grid=2)], [held(-3)], now=NOW)
    assert (acts.end, [period.grid_id for period in acts.begin]) == ([7], [2])


def carry_out(acts: Plan, rows: list[Held]) -> list[Held]:
    after = []
    for row in rows:
        if row.id in acts.drop:
            continue
        if row.id in acts.end:
            row = row._replace(valid_to=NOW)
        elif row.id in acts.change:
            since, until = acts.change[row.id]
            row = row._replace(valid_from=since, valid_to=until)
        after.append(row)
    fresh = max((row.id for row in rows), default=0) + 1
    return after + [Held(fresh + n, *period) for n, period in enumerate(acts.begin)]


@st.composite
def periods(draw: st.DrawFn, *, open_start: bool) -> list[tuple[int | None, int | None]]:
    """Periods that do not overlap, as days from now, the last one perhaps open."""
    days = sorted(draw(st.sets(st.integers(-20, 20), max_size=6)))
    pairs: list[tuple[int | None, int | None]] = list(zip(days[::2], days[1::2], strict=False))
    if len(days) % 2:
        pairs.append((days[-1], None))
    if open_start and pairs and draw(st.booleans()):
        pairs[0] = (None, pairs[0][1])
    return pairs


@given(periods(open_start=True), periods(open_start=False))
def test_the_second_time_changes_nothing(
    listed: list[tuple[int | None, int | None]], stored: list[tuple[int | None, int | None]]
) -> None:
    duties = [wanted(*pair) for pair in listed]
    rows = [held(since or 0, until, id_=n) for n, (since, until) in enumerate(stored, start=1)]
    after = carry_out(plan(duties, rows, now=NOW), rows)
    again = plan(duties, after, now=NOW)
    assert (again.begin, again.change, again.end, again.drop) == ([], {}, [], [])
    assert all(row.valid_to is None or row.valid_from < row.valid_to for row in after)
    assert sum(row.valid_to is None for row in after) <= 1
    # in force afterwards: exactly when the file says so
    in_force = any(row.valid_from <= NOW and (row.valid_to is None or row.valid_to > NOW) for row in after)
    assert in_force == any(
        (duty.valid_from is None or duty.valid_from <= NOW) and (duty.valid_to is None or duty.valid_to > NOW)
        for duty in duties
    )
