"""Who answers: the supervisor, else the chief, else nobody, and only in force and only at level 2."""

from datetime import UTC, datetime, timedelta

from dispatch.registry import DutyRow, answering
from dispatch.routing import NoRoute, Route, route
from models.enums import Role
from models.facts import Recipient
from models.ids import GridId, PersonId
from notify.outbox import LONGEST_DELAY, delay

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
COUNTY = GridId(2)
HOUR = timedelta(hours=1)


def duty(
    number: int,
    role: Role,
    grid: GridId = COUNTY,
    since: datetime = NOW - HOUR,
    until: datetime | None = None,
) -> DutyRow:
    return DutyRow(
        grid, role, since, until, Recipient(PersonId(number), f"p{number}", f"某{number}", role.value)
    )


def test_supervisors_before_chiefs() -> None:
    rows = [duty(1, Role.CHIEF), duty(2, Role.SUPERVISOR), duty(3, Role.SUPERVISOR)]
    assert [r.id for r in answering(rows, COUNTY, NOW)] == [2, 3]


def test_the_chief_answers_where_there_is_no_supervisor() -> None:
    rows = [duty(1, Role.CHIEF), duty(2, Role.SUPERVISOR, until=NOW), duty(3, Role.PATROLLER)]
    assert [r.id for r in answering(rows, COUNTY, NOW)] == [1]


def test_a_duty_ends_just_before_its_end() -> None:
    row = duty(1, Role.SUPERVISOR, until=NOW)
    assert not answering([row], COUNTY, NOW)
    assert answering([row], COUNTY, NOW - timedelta(microseconds=1))


def test_nobody_is_a_named_reason_never_an_empty_order() -> None:
    assert route(COUNTY, 2, [duty(1, Role.SUPERVISOR, GridId(3))], NOW) == NoRoute("nobody_on_duty")
    assert route(COUNTY, 1, [duty(1, Role.SUPERVISOR)], NOW) == NoRoute("station_outside_every_level_2_grid")
    assert isinstance(route(COUNTY, 2, [duty(1, Role.SUPERVISOR)], NOW), Route)


def test_delays_double_up_to_the_longest_and_jitter_takes_off_at_most_half() -> None:
    assert [delay(n, 0.0).total_seconds() for n in (1, 2, 3)] == [2, 4, 8]
    assert delay(40, 0.0) == LONGEST_DELAY
    assert delay(40, 0.999) >= LONGEST_DELAY / 2
