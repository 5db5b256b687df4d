"""What an order is about, in words: how high by now, and against what that is much."""

from typing import Any

import pytest

from app.console.reasons import brief_in_words, cause_in_words, measured, reason_in_words
from app.console.texts import texts

EN = texts("en")
LIMITS: dict[str, Any] = {
    "level": {"pm25": 168.0}, "threshold": {"pm25": 150}, "clear": {"pm25": 120}, "base": {"pm25": 35},
}  # fmt: skip


@pytest.mark.parametrize(
    ("pollutant", "why", "said"),
    [
        ("co", {"level": 12.0}, "S: Hourly exceedance, CO reaching 12 mg/m³"),
        ("pm10", {"level": None}, "S: Hourly exceedance, PM₁₀"),
        ("pm10", {"level": "much"}, "S: Hourly exceedance, PM₁₀"),
        ("pm10", {"level": {"pm25": 3}, "peak": 90.0}, "S: Hourly exceedance, PM₁₀"),
        (None, {"level": None}, "S: Hourly exceedance"),
    ],
)
def test_what_is_not_known_is_left_out(pollutant: str | None, why: dict[str, Any], said: str) -> None:
    assert reason_in_words(EN, "S", "exceedance_hour", pollutant, measured(pollutant, **why)) == said


def test_the_highest_level_so_far_against_the_limit() -> None:
    found = measured("pm25", peak=405.0, **LIMITS)
    said = cause_in_words(EN, "exceedance_hour", "pm25", found)
    assert said == "Hourly exceedance, PM₂.₅ reaching 405 µg/m³, 2.7 times the limit of 150"
    assert brief_in_words(EN, "exceedance_hour", "pm25", found) == "PM₂.₅ 405, 2.7 × limit"
    # A peak below the opening level is one of an older release, or of another pollutant.
    assert measured("pm25", peak=10.0, **LIMITS).level == 168.0


def test_what_is_about_no_limit_is_held_against_the_usual_level() -> None:
    found = measured("pm25", level={"pm25": 70.0}, threshold={"pm25": 20.0}, base={"pm25": 35.0})
    assert (found.limit, found.times) == (None, 2.0)
    assert cause_in_words(EN, "sudden_rise", "pm25", found).endswith("70 µg/m³, 2 times the usual level")


@pytest.mark.parametrize("base", [None, 0, -3.0, 69.0, "x"])
def test_times_that_say_nothing_are_not_said(base: object) -> None:
    found = measured("pm25", level={"pm25": 70.0}, base={"pm25": base})
    assert found.times is None
    assert brief_in_words(EN, "sudden_rise", "pm25", found) == "PM₂.₅ 70"
    assert cause_in_words(EN, "sudden_rise", "pm25", found) == "Sudden rise, PM₂.₅ reaching 70 µg/m³"
