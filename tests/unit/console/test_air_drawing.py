"""Drawings of the air: bars about zero, broken lines, a series beside another."""

from datetime import date

from app.console.air_drawing import (
    WIDTH,
    aqi_line,
    improvement_bars,
    two_lines,
)


def unit(name: str, rate: str | None) -> dict[str, object]:
    return {"name": name, "improvement": rate}


def test_bars_stand_on_both_sides_of_zero_within_the_drawing() -> None:
    drawn = improvement_bars([unit("甲", "12.0"), unit("乙", "0.0"), unit("丙", "-4.0"), unit("丁", None)])
    assert drawn is not None
    better, even, worse = drawn.bars
    assert better.x == drawn.zero
    assert round(worse.x + worse.width, 1) == drawn.zero
    assert even.width == 1
    assert all(bar.x >= 0 and bar.x + bar.width <= WIDTH for bar in drawn.bars)
    assert improvement_bars([unit("丁", None)]) is None
    long = improvement_bars([unit("昌吉国家高新技术产业开发区", "4.7"), unit("阜康市", "4.8")])
    assert long is not None
    # The name ends at `name_x` and begins within the drawing.
    assert long.name_x >= 13 * len("昌吉国家高新技术产业开发区")


def test_a_day_without_an_index_breaks_the_line() -> None:
    first, last = date(2026, 10, 1), date(2026, 10, 31)
    line = aqi_line([(date(2026, 10, n), 50 + n, 2) for n in (1, 2, 4)], first, last)
    assert line is not None
    assert (line.path.count("M"), line.path.count("L")) == (2, 1)
    assert [value for _, value in line.rules] == [0, 50, 100, 150]
    assert aqi_line([], first, last) is None


def test_two_series_share_a_scale_and_gaps_stay_gaps() -> None:
    lines = two_lines([10.0, None, 20.0], [40.0, 40.0, 40.0])
    assert lines is not None
    assert lines.top == 40
    assert lines.own.count("M") == 2
    assert lines.others.count("M") == 1
    assert two_lines([None, 0.0], []) is None
