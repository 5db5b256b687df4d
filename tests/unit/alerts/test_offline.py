from datetime import datetime, timedelta

import pytest

from alerts.rules import offline
from alerts.rules.finding import Finding
from models.enums import AlertKind, Severity
from tests.fakes import START
from tests.unit.alerts.streams import RULES

HOUR = timedelta(hours=1)


def judge(
    silent: timedelta | None, *, cadence_s: int = 60, said: datetime | None = None, after: timedelta = HOUR
) -> Finding | None:
    return offline.detect(
        RULES,
        cadence_s=cadence_s,
        last_received_at=None if silent is None else START - silent,
        said_offline_at=said,
        now=START,
        offline_after=after,
    )


def test_never_heard_is_not_in_service_yet() -> None:
    assert judge(None) is None
    said = judge(None, said=START)
    assert said is not None
    assert said.why["last_received_at"] is None


def test_silence_is_offline_only_past_the_limit() -> None:
    assert judge(HOUR) is None
    found = judge(HOUR + timedelta(microseconds=1))
    assert found is not None
    assert (found.kind, found.pollutant, found.severity) == (AlertKind.OFFLINE, None, Severity.NOTICE)
    assert (found.started_at, found.detected_at) == (START - HOUR - timedelta(microseconds=1), START)
    assert found.why["limit_s"] == 3600


@pytest.mark.parametrize(("hours", "found"), [(3.0, False), (3.01, True)])
def test_slow_stations_get_three_of_their_own_periods(hours: float, found: bool) -> None:
    assert (judge(timedelta(hours=hours), cadence_s=3600) is not None) == found


def test_what_it_says_itself_counts_at_once_until_it_is_heard_again() -> None:
    silent = timedelta(minutes=1)
    assert judge(silent, said=START) is not None
    assert judge(silent, said=START - timedelta(minutes=2)) is None


def test_over_once_heard_after_it_was_raised() -> None:
    assert not offline.is_over(None, START)
    assert not offline.is_over(START, START)
    assert not offline.is_over(START, None)
    assert offline.is_over(START + timedelta(seconds=1), START)
