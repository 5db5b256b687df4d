"""The composite index: every published bulletin comes out, and what is missing is named."""

import csv
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airquality.composite import (
    COMPOSITE_RULES,
    RANKING_2018,
    RANKING_2026_TRANSITION,
    CompositeRules,
    composite,
    composite_rules,
)
from models.enums import POLLUTANTS

ORDER = ("so2", "no2", "pm10", "pm25", "co", "o3")
CHANGJI = ("7", "35", "67", "36", "1.3", "54")
BULLETINS = [
    (CHANGJI, "3.65", "3.98"),
    (("11", "16", "40", "16", "0.6", "139"), "2.63", "2.80"),
    (("9", "14", "77", "23", "1.1", "96"), "3.14", "3.43"),
    (("6", "12", "51", "19", "0.9", "137"), "2.75", "2.96"),
]
FIGURES = st.fixed_dictionaries({name: st.decimals(0, 800, places=2) for name in POLLUTANTS})


def figures(levels: tuple[str, ...]) -> dict[str, Decimal]:
    return {name: Decimal(level) for name, level in zip(ORDER, levels, strict=True)}


@pytest.mark.parametrize(("levels", "published", "by_2026"), BULLETINS)
def test_the_published_bulletins_come_out(levels: tuple[str, ...], published: str, by_2026: str) -> None:
    found = composite(RANKING_2018, figures(levels))
    assert found.value == sum(found.parts.values()) == Decimal(published)
    assert composite(RANKING_2026_TRANSITION, figures(levels)).value == Decimal(by_2026)


def test_the_parts_of_changji() -> None:
    found = composite(RANKING_2018, figures(CHANGJI))
    parts = ("0.12", "0.88", "0.96", "1.03", "0.32", "0.34")
    assert [str(found.parts[name]) for name in ORDER] == list(parts)
    assert found.primary == ("pm25",)
    assert str(found.value) == "3.65"


def test_equal_parts_are_all_primary_and_clean_air_has_none() -> None:
    air = figures(("0", "40", "70", "0", "0", "0"))
    assert composite(RANKING_2018, air).primary == ("pm10", "no2")
    assert composite(RANKING_2018, figures(("0",) * 6)).primary == ()


def test_figures_are_rounded_as_they_are_published() -> None:
    found = composite(RANKING_2018, figures(("7.4", "34.5", "67.5", "35.5", "1.25", "54.5")))
    assert [str(found.figures[name]) for name in ORDER] == ["7", "34", "68", "36", "1.2", "54"]


def test_what_is_no_set_of_six_is_refused() -> None:
    air = figures(CHANGJI)
    with pytest.raises(LookupError, match="six pollutants"):
        composite(RANKING_2018, {name: level for name, level in air.items() if name != "o3"})
    with pytest.raises(LookupError, match="six pollutants"):
        composite(RANKING_2018, air | {"no": Decimal(1)})
    with pytest.raises(ValueError, match="negative"):
        composite(RANKING_2018, air | {"o3": Decimal(-1)})
    with pytest.raises(TypeError):
        composite(RANKING_2018, air | {"o3": 1.5})  # type: ignore[dict-item]
    assert composite_rules(RANKING_2018.code) is RANKING_2018
    with pytest.raises(LookupError):
        composite_rules("none")


@given(st.sampled_from(COMPOSITE_RULES), FIGURES, st.sampled_from(POLLUTANTS), st.integers(1, 500))
def test_more_of_one_pollutant_never_lowers_it(
    rules: CompositeRules, air: dict[str, Decimal], pollutant: str, more: int
) -> None:
    before, after = composite(rules, air), composite(rules, air | {pollutant: air[pollutant] + more})
    assert after.value >= before.value
    assert set(before.primary) <= set(POLLUTANTS)


def test_every_bulletin_of_the_shared_data_comes_out(shared: Path) -> None:
    with (shared / "data/composite_index/published_composite_index.csv").open(encoding="utf-8") as handle:
        rows = list(csv.DictReader(handle))
    assert len(rows) >= 2
    for row in rows:
        air = {"so2": row["so2"], "no2": row["no2"], "pm10": row["pm10"], "pm25": row["pm2_5"]}
        air |= {"co": row["co_95per_mg"], "o3": row["o3_8h_90per"]}
        found = composite(RANKING_2018, {name: Decimal(level) for name, level in air.items()})
        assert found.value == Decimal(row["published_index"]), row["place"]
