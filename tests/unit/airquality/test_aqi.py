import csv
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airquality.aqi import Aqi, daily_aqi, hourly_aqi
from airquality.breakpoints import HJ633_2012, HJ633_2026, INDEX_RULES, IndexRules
from airquality.levels import LEVELS, level_of
from airquality.rounding import rounded
from models.enums import POLLUTANTS
from tests.unit.airquality.vectors import WHOLE_DAY

BOTH = pytest.mark.parametrize("rules", INDEX_RULES, ids=lambda rules: rules.code)
AIR = st.fixed_dictionaries(
    {pollutant: st.none() | st.decimals(0, 1500, places=1) for pollutant in POLLUTANTS}
)
CLEAN = dict.fromkeys(POLLUTANTS, Decimal(1))


def by_pollutant(aqi: Aqi) -> dict[str, int]:
    return {part.pollutant: part.value for part in aqi.parts}


def category(aqi: Aqi) -> str | None:
    return None if aqi.level is None else aqi.level.category


def test_the_whole_day_under_both_rules() -> None:
    old, new = daily_aqi(HJ633_2012, WHOLE_DAY), daily_aqi(HJ633_2026, WHOLE_DAY)
    same = {"so2": 7, "no2": 44, "co": 33, "o3": 27}
    assert by_pollutant(old) == same | {"pm10": 90, "pm25": 94}
    assert (old.value, category(old), old.primary, old.missing) == (94, "良", ("pm25",), ())
    assert by_pollutant(new) == same | {"pm10": 104, "pm25": 110}
    assert (new.value, category(new), new.primary) == (110, "轻度污染", ("pm25",))


def test_equal_after_rounding_is_a_tie() -> None:
    aqi = daily_aqi(HJ633_2026, WHOLE_DAY | {"pm25": Decimal(47), "pm10": Decimal(83)})
    assert (aqi.value, aqi.primary) == (74, ("pm25", "pm10"))


@BOTH
def test_no_primary_pollutant_up_to_50(rules: IndexRules) -> None:
    assert hourly_aqi(rules, CLEAN | {"pm25": Decimal(35)}).primary == ()
    assert hourly_aqi(rules, CLEAN | {"pm25": Decimal(36)}).primary == ("pm25",)


def test_exceeding_pollutants_are_a_word_of_2012() -> None:
    air = CLEAN | {"pm25": Decimal(80), "pm10": Decimal(200), "o3": Decimal(200)}
    assert hourly_aqi(HJ633_2012, air).exceeding == ("pm25", "pm10")
    assert hourly_aqi(HJ633_2026, air).exceeding == ()


def test_with_one_missing_only_more_than_100_is_published_since_2026() -> None:
    for level, index, published in ((Decimal(60), 100, None), (Decimal(61), 101, 101)):
        air = CLEAN | {"pm25": level, "no2": None}
        aqi = hourly_aqi(HJ633_2026, air)
        assert (aqi.value, by_pollutant(aqi)["pm25"], aqi.missing) == (published, index, ("no2",))
        assert (aqi.level is None, aqi.primary) == (published is None, ("pm25",) if published else ())
        assert hourly_aqi(HJ633_2026, air, unmonitored={"no2"}).value == index
    assert hourly_aqi(HJ633_2012, CLEAN | {"pm25": Decimal(60), "no2": None}).value == 82


@BOTH
def test_of_nothing_there_is_no_aqi(rules: IndexRules) -> None:
    for compute in (hourly_aqi, daily_aqi):
        aqi = compute(rules, {})
        assert (aqi.value, aqi.level, aqi.parts, aqi.primary, aqi.off_scale) == (None, None, (), (), False)
        assert aqi.missing == POLLUTANTS


def test_so2_over_800_by_the_hour() -> None:
    air = CLEAN | {"so2": Decimal(900)}
    assert hourly_aqi(HJ633_2026, air).value == 200
    assert hourly_aqi(HJ633_2026, air, so2_day=Decimal(1600)).value == 200
    old = hourly_aqi(HJ633_2012, air)
    assert (old.value, old.missing) == (10, ("so2",))
    old = hourly_aqi(HJ633_2012, air, so2_day=Decimal(1600))
    assert (old.value, old.primary, old.missing) == (300, ("so2",), ())
    # The day's mean stands in for an hour over 800 only.
    assert hourly_aqi(HJ633_2012, CLEAN, so2_day=Decimal(1600)).value == 10
    assert "so2" in hourly_aqi(HJ633_2012, CLEAN | {"so2": None}, so2_day=Decimal(1600)).missing


def test_o3_over_800_in_eight_hours() -> None:
    air = CLEAN | {"o3": Decimal(900)}
    assert daily_aqi(HJ633_2026, air, o3_hour=Decimal(1000)).value == 300
    old = daily_aqi(HJ633_2012, air, o3_hour=Decimal(1000))
    assert (old.value, old.primary) == (400, ("o3",))
    assert daily_aqi(HJ633_2012, air).missing == ("o3",)


def test_the_hour_of_ozone_is_an_item_of_the_day_in_2012_only() -> None:
    assert daily_aqi(HJ633_2012, CLEAN, o3_hour=Decimal(300)).value == 150
    assert daily_aqi(HJ633_2026, CLEAN, o3_hour=Decimal(300)).value == daily_aqi(HJ633_2026, CLEAN).value


@BOTH
def test_dust_beyond_the_table_is_500_and_said_so(rules: IndexRules) -> None:
    aqi = hourly_aqi(rules, CLEAN | {"pm10": Decimal(2400)})
    assert (aqi.value, aqi.off_scale, category(aqi)) == (500, True, "严重污染")
    assert not hourly_aqi(rules, CLEAN).off_scale


@BOTH
def test_a_name_that_is_no_pollutant_is_refused(rules: IndexRules) -> None:
    with pytest.raises(LookupError, match="pm2_5 is no pollutant"):
        hourly_aqi(rules, {"pm2_5": Decimal(3)})


@given(st.sampled_from(INDEX_RULES), AIR, st.booleans())
def test_the_aqi_is_the_largest_index(
    rules: IndexRules, air: dict[str, Decimal | None], by_day: bool
) -> None:
    aqi = daily_aqi(rules, air) if by_day else hourly_aqi(rules, air)
    highest = max((part.value for part in aqi.parts), default=None)
    if aqi.value is None:
        assert highest is None or (highest <= 100 and aqi.missing and rules is HJ633_2026)
        assert aqi.primary == ()
        return
    assert aqi.value == highest
    assert bool(aqi.primary) == (aqi.value > 50)
    assert set(aqi.primary) in (
        set(),
        {part.pollutant for part in aqi.parts if part.value == aqi.value},
    )


@given(AIR, st.sampled_from(POLLUTANTS), st.integers(0, 3000))
def test_more_of_one_pollutant_never_lowers_it(
    air: dict[str, Decimal | None], pollutant: str, more: int
) -> None:
    before = hourly_aqi(HJ633_2026, air)
    level = air[pollutant]
    if level is None or before.value is None:
        return
    after = hourly_aqi(HJ633_2026, air | {pollutant: level + more})
    assert after.value is not None
    assert after.value >= before.value


def test_the_levels_meet_without_a_gap() -> None:
    assert [level_of(n).number for n in (0, 50, 51, 100, 101, 150, 151, 200, 201, 300, 301, 500)] == [
        number for number in range(1, 7) for _ in range(2)
    ]
    assert LEVELS[4].rgb == (153, 0, 76)
    with pytest.raises(ValueError, match="no AQI"):
        level_of(-1)


COLUMNS = {"pm2_5": "pm25", "pm10": "pm10", "so2": "so2", "no2": "no2", "co": "co", "o3_1h": "o3"}
PRIMARY = {
    "细颗粒物(PM2.5)": "pm25",
    "颗粒物(PM10)": "pm10",
    "二氧化硫": "so2",
    "二氧化氮": "no2",
    "一氧化碳": "co",
    "臭氧1小时": "o3",
}


def published(file: Path) -> Iterator[tuple[dict[str, str], Aqi]]:
    with file.open(encoding="utf-8") as handle:
        for row in csv.DictReader(handle):
            air = {name: Decimal(row[column]) if row[column] else None for column, name in COLUMNS.items()}
            yield row, hourly_aqi(HJ633_2012, air)


def named(row: dict[str, str]) -> set[str]:
    return {PRIMARY[name] for name in row["primary_pollutants"].split(";") if name}


def test_every_published_station_hour_comes_out_the_same(shared: Path) -> None:
    rows = list(published(shared / "data/aqi_vectors/vectors.csv"))
    assert len(rows) == 3220
    wrong = [
        (row, aqi)
        for row, aqi in rows
        if (str(aqi.value), category(aqi), set(aqi.primary)) != (row["aqi"], row["level"], named(row))
    ]
    assert wrong == []


def test_the_published_rows_that_contradict_themselves_do_not(shared: Path) -> None:
    rows = list(published(shared / "data/aqi_vectors/rejected.csv"))
    # PM10 is named as primary in an hour without PM10.
    assert [(row["pm10"], aqi.value, aqi.primary, aqi.missing) for row, aqi in rows] == [
        ("", 500, ("pm25",), ("pm10",))
    ] * 2


def test_the_real_hours_under_2026_differ_only_in_particles(shared: Path) -> None:
    """No published oracle exists for 2026; what the change of two bounds implies must hold on every row."""
    for row, as_published in published(shared / "data/aqi_vectors/vectors.csv"):
        # Some hours of CO have three decimals, which 2026 rounds first.
        air = {part.pollutant: rounded(part.pollutant, part.concentration) for part in as_published.parts}
        old, new = (hourly_aqi(rules, air, unmonitored=as_published.missing) for rules in INDEX_RULES)
        assert new.value is not None, row
        assert old.value is not None, row
        assert new.value >= old.value, row
        changed = {p for p, index in by_pollutant(new).items() if by_pollutant(old)[p] != index}
        assert changed <= {"pm25", "pm10"}, row
