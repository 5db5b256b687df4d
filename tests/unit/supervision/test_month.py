"""A unit's month in its three series, worked by hand."""

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest

from airquality.rounding import Exact
from models.enums import POLLUTANTS
from supervision.air.month import GoodDays, StationMonth, UnitMonth, checked_against, unit_month
from supervision.readings import Readings

FIRST = date(2026, 3, 1)
CLEAN: dict[str, Exact] = {"pm25": 35, "pm10": 70, "so2": 6, "no2": 20, "co": Decimal("0.4"), "o3": 80}
READ = Readings()


def station(code: str, days: int = 31, *, void: set[int] = frozenset(), **over: Exact) -> StationMonth:  # type: ignore[assignment]
    levels = CLEAN | over
    return StationMonth(
        code,
        {FIRST + timedelta(days=n): dict(levels) for n in range(days)},
        frozenset(FIRST + timedelta(days=n) for n in void),
    )


def march(*stations: StationMonth, excluded: dict[date, set[str]] | None = None) -> UnitMonth:
    return unit_month(stations, year=2026, month=3, excluded=excluded or {}, readings=READ)


def test_stations_are_averaged_before_the_index_is_made() -> None:
    found = march(station("A", pm25=20), station("B", pm25=51))
    assert found.raw.month.figures["pm25"] == Fraction(71, 2)
    # 35.5 is printed as 36: 1.03, and not the mean of two indices.
    assert found.raw.index is not None
    assert found.raw.index.parts["pm25"] == Decimal("1.03")
    assert found.raw == found.deducted == found.ranked
    assert found.voided == {}


def test_a_day_wants_three_quarters_of_the_stations() -> None:
    four = [station("A"), station("B"), station("C"), station("D", days=10)]
    assert len(march(*four).raw.days) == 31
    half = [station("A"), station("B"), station("C", days=10), station("D", days=10)]
    found = march(*half)
    assert len(found.raw.days) == 10
    assert found.raw.index is None
    assert found.raw.month.missing == POLLUTANTS


def test_dust_is_taken_out_of_particles_and_stays_in_the_raw_series() -> None:
    dusty = station("A")
    days = {day: dict(levels) for day, levels in dusty.days.items()}
    for n in (3, 4, 5, 6, 7, 8):
        days[FIRST + timedelta(days=n)] |= {"pm10": 900, "pm25": 200}
    out = {FIRST + timedelta(days=n): {"pm10", "pm25"} for n in (3, 4, 5, 6, 7, 8)}
    found = march(StationMonth("A", days), excluded=out)
    assert found.raw.month.figures["pm10"] == Fraction(25 * 70 + 6 * 900, 31)
    assert found.deducted.month.figures["pm10"] == 70
    # 25 days are left, and the month counts: the other six were measured.
    assert found.deducted.month.days["pm10"] == 25
    assert found.deducted.index is not None
    assert found.deducted.month.days["o3"] == 31
    # For people dust days are bad days.
    assert found.good_days == GoodDays(25, 31)
    assert found.good_days.rate == Fraction(2500, 31)


def test_a_void_day_is_ranked_with_the_highest_of_its_station_and_both_stay() -> None:
    levels = {FIRST + timedelta(days=n): CLEAN | {"pm25": 10 + n} for n in range(31)}
    a = StationMonth("A", levels, frozenset({FIRST}))
    found = march(a, station("B", pm25=0))
    assert found.raw.days[FIRST]["pm25"] == 5
    assert found.ranked.days[FIRST]["pm25"] == 20
    assert found.deducted.days[FIRST]["pm25"] == 5
    (voided,) = found.voided["A"]
    assert (voided.kept["pm25"], voided.substituted["pm25"]) == (10, 40)
    assert found.ranked.month.figures["pm25"] == found.raw.month.figures["pm25"] + Fraction(15, 31)  # type: ignore[operator]


def test_both_rules_judge_the_days_of_their_own_time() -> None:
    # PM2.5 of 70 is good by the rules of 2012 (AQI 94) and not by those of 2026 (110).
    for first, good in ((date(2025, 3, 1), 31), (FIRST, 0)):
        days = {first + timedelta(days=n): CLEAN | {"pm25": 70} for n in range(31)}
        found = unit_month([StationMonth("A", days)], year=first.year, month=3, excluded={}, readings=READ)
        assert found.good_days == GoodDays(good, 31)


def test_a_month_without_a_station_or_a_day_has_no_index() -> None:
    for found in (march(), march(station("A", days=0))):
        assert found.raw.index is None
        assert found.good_days.rate is None
    assert checked_against(None, Decimal(3)) is None
    own = march(station("A")).ranked.index
    assert own is not None
    assert checked_against(own, own.value + Decimal("0.02")) == Decimal("0.02")


def test_what_contradicts_itself_is_refused() -> None:
    with pytest.raises(ValueError, match="named once"):
        march(station("A"), station("A"))
    with pytest.raises(ValueError, match="2026-04-01 is not in"):
        march(station("A"), excluded={date(2026, 4, 1): {"pm10"}})
    with pytest.raises(LookupError, match="dust is no pollutant"):
        march(station("A"), excluded={FIRST: {"dust"}})
