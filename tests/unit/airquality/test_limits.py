import csv
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import pytest

from airquality import minimums
from airquality.limits import (
    GB3095_2012,
    GB3095_2026_FINAL,
    GB3095_2026_TRANSITION,
    LIMIT_TABLES,
    limit,
    limits_at,
)
from airquality.period import Period
from tests.unit.airquality.test_breakpoints import NAMES

PERIODS = {"year": Period.YEAR, "24h": Period.DAY, "1h": Period.HOUR, "daily max 8h": Period.EIGHT_HOURS}


def test_which_limits_hold_on_which_day() -> None:
    assert limits_at(date(2016, 1, 1)) is limits_at(date(2026, 2, 28)) is GB3095_2012
    assert limits_at(date(2026, 3, 1)) is limits_at(date(2030, 12, 31)) is GB3095_2026_TRANSITION
    assert limits_at(date(2031, 1, 1)) is limits_at(date(2050, 1, 1)) is GB3095_2026_FINAL
    with pytest.raises(LookupError, match="2015-12-31"):
        limits_at(date(2015, 12, 31))


def test_the_tables_follow_each_other_without_a_gap() -> None:
    for table, following in pairwise(LIMIT_TABLES):
        assert table.validity.last is not None
        assert following.validity.first - table.validity.last == timedelta(days=1)
    assert LIMIT_TABLES[-1].validity.last is None


@pytest.mark.parametrize(
    ("pollutant", "period", "by_table"),
    [
        ("pm25", Period.DAY, ((35, 75), (35, 60), (25, 50))),
        ("pm25", Period.YEAR, ((15, 35), (15, 30), (10, 25))),
        ("pm10", Period.DAY, ((50, 150), (50, 120), (50, 100))),
        ("pm10", Period.YEAR, ((40, 70), (40, 60), (20, 50))),
        ("so2", Period.YEAR, ((20, 60), (20, 60), (20, 20))),
        ("so2", Period.HOUR, ((150, 500), (150, 500), (150, 150))),
        ("no2", Period.DAY, ((80, 80), (80, 80), (50, 50))),
        ("o3", Period.EIGHT_HOURS, ((100, 160), (100, 160), (100, 160))),
        ("co", Period.HOUR, ((10, 10), (10, 10), (10, 10))),
    ],
)
def test_a_limit_by_grade_and_date(
    pollutant: str, period: Period, by_table: tuple[tuple[int, int], ...]
) -> None:
    for day, (first, second) in zip(
        (date(2025, 11, 23), date(2026, 11, 23), date(2031, 11, 23)), by_table, strict=True
    ):
        assert limit(pollutant, period, 1, on=day) == first
        assert limit(pollutant, period, 2, on=day) == limit(pollutant, period, on=day) == second


def test_what_the_standard_does_not_limit_has_no_limit() -> None:
    day = date(2026, 11, 23)
    for pollutant, period in (("pm25", Period.HOUR), ("o3", Period.YEAR), ("voc", Period.DAY)):
        with pytest.raises(LookupError, match=f"no limit of grade 2 for {pollutant}"):
            limit(pollutant, period, 2, on=day)
    with pytest.raises(LookupError, match="grade 3"):
        limit("pm25", Period.DAY, 3, on=day)  # type: ignore[arg-type]  # there is none


def test_the_tables_equal_those_read_from_the_standard(shared: Path) -> None:
    phases = {"2026-03-01..2030-12-31 (transition)": "transition", "from 2031-01-01": "final"}
    with (shared / "data/standards/gb3095_2026_limits.csv").open(encoding="utf-8") as handle:
        read = {
            (phases[row["phase"]], NAMES[row["pollutant"]], PERIODS[row["averaging"]]): (
                Decimal(row["class1"]),
                Decimal(row["class2"]),
            )
            for row in csv.DictReader(handle)
        }
    ours = {
        (table.phase, *column): pair
        for table in (GB3095_2026_TRANSITION, GB3095_2026_FINAL)
        for column, pair in table.limits.items()
    }
    assert ours == read


def test_the_least_that_counts_equals_what_was_read_from_the_standard(shared: Path) -> None:
    with (shared / "data/standards/gb3095_2026_validity.csv").open(encoding="utf-8") as handle:
        read = {row["averaging"]: row["minimum"] for row in csv.DictReader(handle)}
    m = minimums
    assert read == {
        "year": f"{m.YEAR_DAYS} daily means a year; {m.MONTH_DAYS} daily means a month ({m.FEBRUARY_DAYS} in February)",
        "day": f"{m.DAY_HOURS} hourly means or 20 h of sampling a day",
        "8h": f"{m.EIGHT_HOURS_HOURS} hourly means in every 8 h",
        "1h": f"{m.HOUR_MINUTES} minutes of sampling an hour",
    }
