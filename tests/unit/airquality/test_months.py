"""The statistics of a month: what counts, and the same as numpy makes of real days."""

import csv
import gzip
from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from airquality.months import days_wanted, month_of
from models.enums import POLLUTANTS

COLUMN = {"pm25": "pm2_5", "pm10": "pm10", "so2": "so2", "no2": "no2", "co": "co", "o3": "o3"}


def plain(first: date, days: int, **over: Decimal) -> dict[date, dict[str, Decimal]]:
    level = dict.fromkeys(POLLUTANTS, Decimal(10)) | over
    return {first + timedelta(days=n): dict(level) for n in range(days)}


@pytest.mark.parametrize(
    ("year", "month", "enough"), [(2025, 1, 27), (2025, 4, 27), (2025, 2, 25), (2024, 2, 25)]
)
def test_a_month_counts_from_its_least_number_of_days(year: int, month: int, enough: int) -> None:
    assert days_wanted(year, month) == enough
    first = date(year, month, 1)
    assert month_of(plain(first, enough), year=year, month=month).whole
    short = month_of(plain(first, enough - 1), year=year, month=month)
    assert short.missing == POLLUTANTS
    assert short.provisional["pm25"] == 10
    assert short.days["o3"] == enough - 1


def test_one_pollutant_may_be_missing_by_itself() -> None:
    days = plain(date(2025, 1, 1), 31)
    for day in list(days)[:5]:
        del days[day]["so2"]
    found = month_of(days, year=2025, month=1)
    assert found.missing == ("so2",)
    assert found.days == dict.fromkeys(POLLUTANTS, 31) | {"so2": 26}


def test_carbon_monoxide_and_ozone_are_percentiles_and_the_others_means() -> None:
    days = {date(2026, 3, n): dict.fromkeys(POLLUTANTS, Decimal(n)) for n in range(1, 28)}
    found = month_of(days, year=2026, month=3).figures
    assert found == dict.fromkeys(POLLUTANTS, Fraction(14)) | {
        "co": Fraction("25.7"), "o3": Fraction("24.4")
    }  # fmt: skip


def test_a_month_without_a_day_has_no_figure() -> None:
    found = month_of({}, year=2026, month=1)
    assert found.missing == POLLUTANTS
    assert found.provisional == {}


def test_a_foreign_day_and_a_foreign_pollutant_are_refused() -> None:
    with pytest.raises(ValueError, match="2026-02-01 is not in 2026-01"):
        month_of(plain(date(2026, 2, 1), 1), year=2026, month=1)
    with pytest.raises(LookupError, match="pm1 is no pollutant"):
        month_of({date(2026, 1, 1): {"pm1": Decimal(1)}}, year=2026, month=1)


def real_days(path: Path) -> Iterator[tuple[tuple[str, int, int], date, dict[str, Decimal]]]:
    with gzip.open(path, "rt", encoding="utf-8") as handle:
        for row in csv.DictReader(handle):
            day = date.fromisoformat(row["date"])
            levels = {name: Decimal(row[column]) for name, column in COLUMN.items() if row[column]}
            yield (row["city"], day.year, day.month), day, levels


def test_the_months_of_real_cities_are_those_numpy_finds(shared: Path) -> None:
    months: dict[tuple[str, int, int], dict[date, dict[str, Decimal]]] = defaultdict(dict)
    for place, day, measured in real_days(shared / "data/city_daily/city_daily.csv.gz"):
        months[place][day] = measured
    # Every twentieth month of a place, and all of Changji's.
    chosen = [place for n, place in enumerate(sorted(months)) if n % 20 == 0 or place[0] == "昌吉州"]
    assert len(chosen) > 300
    for place in chosen:
        found = month_of(months[place], year=place[1], month=place[2])
        for name in POLLUTANTS:
            levels = np.array([float(day[name]) for day in months[place].values() if name in day])
            assert found.days[name] == levels.size
            if levels.size == 0:
                assert name not in found.provisional
                continue
            share = {"co": 95, "o3": 90}.get(name)
            wanted = levels.mean() if share is None else np.percentile(levels, share)
            assert float(found.provisional[name]) == pytest.approx(wanted, rel=1e-12), (place, name)
            counts = levels.size >= (25 if place[2] == 2 else 27)
            assert (found.figures[name] is not None) == counts
