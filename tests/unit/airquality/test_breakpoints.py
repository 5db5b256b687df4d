import csv
from datetime import date
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import pytest

from airquality.breakpoints import HJ633_2012, HJ633_2026, INDEX, INDEX_RULES, IndexRules, rules_at
from airquality.period import Period

NAMES = {"SO2": "so2", "NO2": "no2", "CO": "co", "O3": "o3", "PM10": "pm10", "PM2.5": "pm25"}


def test_which_rules_hold_on_which_day() -> None:
    assert rules_at(date(2016, 1, 1)) is rules_at(date(2026, 2, 28)) is HJ633_2012
    assert rules_at(date(2026, 3, 1)) is rules_at(date(2040, 1, 1)) is HJ633_2026
    with pytest.raises(LookupError, match="2015-12-31"):
        rules_at(date(2015, 12, 31))


def test_the_versions_differ_at_two_bounds_only() -> None:
    differing = {
        (pollutant, period, index, int(old), int(new))
        for (pollutant, period), scale in HJ633_2012.scales.items()
        for index, old, new in zip(
            INDEX, scale.bounds, HJ633_2026.scale(pollutant, period).bounds, strict=False
        )
        if old != new
    }
    assert differing == {
        (pollutant, period, 100, old, new)
        for pollutant, old, new in (("pm25", 75, 60), ("pm10", 150, 120))
        for period in (Period.DAY, Period.HOUR)
    }
    assert HJ633_2012.scales.keys() == HJ633_2026.scales.keys()


@pytest.mark.parametrize("rules", INDEX_RULES, ids=lambda rules: rules.code)
def test_every_scale_rises_from_nothing(rules: IndexRules) -> None:
    for scale in rules.scales.values():
        assert scale.bounds[0] == 0
        assert all(low < high for low, high in pairwise(scale.bounds))
        assert scale.open_ended or scale.above in (None, INDEX[len(scale.bounds) - 1])


def test_a_bound_by_its_index() -> None:
    assert HJ633_2026.bound("pm25", Period.HOUR, 150) == 115
    assert HJ633_2012.bound("pm25", Period.DAY, 100) == 75
    for pollutant, period, index in (
        ("so2", Period.HOUR, 300),
        ("pm25", Period.YEAR, 100),
        ("tsp", Period.DAY, 100),
        ("pm25", Period.DAY, 101),
    ):
        with pytest.raises(LookupError, match="HJ 633-2026 has no"):
            HJ633_2026.bound(pollutant, period, index)


def test_the_tables_equal_those_read_from_the_standards(shared: Path) -> None:
    above = {
        "500": 500,
        "no IAQI from 1 h above 800: use 24 h": None,
        "no IAQI from 8 h above 800: use 1 h": None,
        "IAQI 200 above 800": 200,
        "IAQI 300 above 800": 300,
    }
    with (shared / "data/standards/iaqi_breakpoints.csv").open(encoding="utf-8") as handle:
        read = {
            (row["standard"], NAMES[row["pollutant"]], Period(period)): (
                tuple(Decimal(row[f"iaqi_{index}"]) for index in INDEX if row[f"iaqi_{index}"]),
                above[row["above"]],
            )
            for row in csv.DictReader(handle)
            for period in row["averaging"].split(" and ")
        }
    ours = {
        (rules.code, *column): (scale.bounds, scale.above)
        for rules in INDEX_RULES
        for column, scale in rules.scales.items()
        # Not in the text of 2012, see the comment at the table.
        if not (rules is HJ633_2012 and column in (("pm25", Period.HOUR), ("pm10", Period.HOUR)))
    }
    assert ours == read
