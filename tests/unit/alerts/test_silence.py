"""What a silence covers, and for how long it may."""

from dataclasses import replace
from datetime import timedelta

import pytest

from alerts.silence import LONGEST, Silence, checked_span, suppressing
from models.enums import AlertKind, SilenceKind
from models.errors import Invalid
from tests.fakes import START

HOUR = timedelta(hours=1)
PATH = ("65", "6523", "652301", "652301100")
STATION = Silence(1, SilenceKind.SILENCE, "652301100", "WZ-1", START, START + HOUR)
COUNTY = Silence(2, SilenceKind.SILENCE, "652301", None, START, START + 2 * HOUR)
KIND = AlertKind.EXCEEDANCE_HOUR


def found(
    *silences: Silence, station: str = "WZ-1", pollutant: str | None = "pm10", minutes: float = 1
) -> int | None:
    one = suppressing(silences, station, PATH, pollutant, KIND, START + timedelta(minutes=minutes))
    return None if one is None else one.id


def test_it_begins_with_its_first_instant_and_is_over_at_its_last() -> None:
    assert found(STATION, minutes=-0.001) is None
    assert found(STATION, minutes=0) == 1
    assert found(STATION, minutes=59.999) == 1
    assert found(STATION, minutes=60) is None


def test_a_station_alone_or_a_grid_with_all_below_it() -> None:
    assert found(STATION, station="WZ-2") is None
    assert found(COUNTY, station="WZ-2") == 2
    assert found(replace(COUNTY, grid="65"), station="WZ-2") == 2
    assert found(replace(COUNTY, grid="652302")) is None
    # A station's silence is not one of its grid, though it names it.
    assert found(replace(STATION, grid="652301"), station="WZ-2") is None


def test_pollutants_and_kinds_narrow_it() -> None:
    pm10 = replace(STATION, pollutants=frozenset({"pm10"}))
    assert found(pm10) == 1
    assert found(pm10, pollutant="so2") is None
    assert found(pm10, pollutant=None) is None
    assert found(STATION, pollutant=None) == 1
    assert found(replace(STATION, kinds=frozenset({KIND}))) == 1
    assert found(replace(STATION, kinds=frozenset({AlertKind.OFFLINE}))) is None


def test_of_several_the_one_that_lasts_longest() -> None:
    assert found(STATION, COUNTY) == found(COUNTY, STATION) == 2
    assert found(replace(STATION, id=3), STATION) == 1


@pytest.mark.parametrize("kind", SilenceKind)
def test_it_ends_and_not_too_late(kind: SilenceKind) -> None:
    longest = LONGEST[kind]
    checked_span(kind, START, START + longest, now=START)
    with pytest.raises(Invalid, match=f"at most {longest.days} days"):
        checked_span(kind, START, START + longest + timedelta(seconds=1), now=START)
    with pytest.raises(Invalid, match="after from"):
        checked_span(kind, START, START, now=START)
    with pytest.raises(Invalid, match="until is past"):
        checked_span(kind, START - HOUR, START, now=START)
