"""Drawings of the air as shapes for SVG: bars about a zero line, a line of days, a series beside another. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from app.console.figures import signed

WIDTH = 640
_BAR = 30
_LETTER, _LEAST_NAME, _MOST_NAME = 13, 100, 240
"""A Chinese letter at the size of the drawing; a name longer than the most is cut, the table has it whole."""
_FIGURE = 64
HEIGHT = 220
_LEFT, _RIGHT, _TOP, _BOTTOM = 40, 12, 12, 26


@dataclass(frozen=True, slots=True)
class Bar:
    """A unit's bar: from `x` on, `width` wide; `text` stands at `text_x`."""

    name: str
    y: float
    x: float
    width: float
    good: bool
    text: str
    text_x: float
    anchor: str


@dataclass(frozen=True, slots=True)
class Bars:
    bars: Sequence[Bar]
    zero: float
    height: float
    name_x: float


def improvement_bars(units: Sequence[Mapping[str, Any]]) -> Bars | None:
    """The improvement rates in the order of the ranking; None where nobody is ranked."""
    rated = [unit for unit in units if unit["improvement"] is not None]
    if not rated:
        return None
    rates = [float(unit["improvement"]) for unit in rated]
    low, high = min(0.0, *rates), max(0.0, *rates)
    names = min(max(_LEAST_NAME, max(len(unit["name"]) for unit in rated) * _LETTER + 12), _MOST_NAME)
    room = WIDTH - names - 2 * _FIGURE
    scale = room / ((high - low) or 1.0)
    zero = names + _FIGURE - low * scale
    bars = []
    for number, (unit, rate) in enumerate(zip(rated, rates, strict=True)):
        x = zero + min(rate, 0.0) * scale
        width = max(abs(rate) * scale, 1.0)
        text_x = zero + rate * scale + (6 if rate >= 0 else -6)
        bars.append(
            Bar(
                unit["name"], number * _BAR + 8, round(x, 1), round(width, 1), rate >= 0,
                f"{signed(unit['improvement'])}%", round(text_x, 1), "start" if rate >= 0 else "end",
            )
        )  # fmt: skip
    return Bars(bars, round(zero, 1), len(bars) * _BAR + 8, names - 8)


@dataclass(frozen=True, slots=True)
class Dot:
    x: float
    y: float
    level: int
    """Of the AQI, 1 to 6."""
    title: str


@dataclass(frozen=True, slots=True)
class Line:
    """A line of days with a mark each; `rules` are horizontal, with their values, `ticks` days with their names."""

    path: str
    dots: Sequence[Dot]
    rules: Sequence[tuple[float, int]]
    ticks: Sequence[tuple[float, str]]
    width: int = WIDTH
    height: int = HEIGHT


def aqi_line(points: Sequence[tuple[date, int, int]], first: date, last: date) -> Line | None:
    """The AQI (value, level) of days within [first, last]; a day without one breaks the line. None of nothing."""
    if not points:
        return None
    top = max(150, *(value for _, value, _ in points))
    span = max((last - first).days, 1)

    def place(day: date, value: int) -> tuple[float, float]:
        x = _LEFT + (day - first).days / span * (WIDTH - _LEFT - _RIGHT)
        y = _TOP + (1 - value / top) * (HEIGHT - _TOP - _BOTTOM)
        return round(x, 1), round(y, 1)

    path, before = "", None
    dots = []
    for day, value, level in points:
        x, y = place(day, value)
        path += f"{'L' if before is not None and (day - before).days == 1 else 'M'}{x} {y}"
        before = day
        dots.append(Dot(x, y, level, f"{day:%m-%d} {value}"))
    rules = [
        (place(first, value)[1], value) for value in (0, 50, 100, 150, 200, 300, 400, 500) if value <= top
    ]
    step = 5 if span > 10 else 1
    days = [first.fromordinal(first.toordinal() + n) for n in range(0, span + 1, step)]
    return Line(path, dots, rules, [(place(day, 0)[0], f"{day.day}") for day in days])


@dataclass(frozen=True, slots=True)
class Lines:
    """A series beside another, on one scale from zero; `top` is the highest value."""

    own: str
    others: str
    top: float
    width: int = WIDTH
    height: int = HEIGHT


def two_lines(own: Sequence[float | None], others: Sequence[float | None]) -> Lines | None:
    """Two series of equally spaced values; a gap breaks the line. None where there is nothing to draw."""
    known = [value for value in (*own, *others) if value is not None]
    if not known or max(known) <= 0:
        return None
    top = max(known)

    def path(values: Sequence[float | None]) -> str:
        drawn, before = "", False
        for number, value in enumerate(values):
            if value is None:
                before = False
                continue
            x = _LEFT + number / max(len(values) - 1, 1) * (WIDTH - _LEFT - _RIGHT)
            y = _TOP + (1 - max(value, 0.0) / top) * (HEIGHT - _TOP - _BOTTOM)
            # A value alone between gaps is a dot.
            drawn += f"{'L' if before else 'M'}{x:.1f} {y:.1f}" + ("" if before else "h.1")
            before = True
        return drawn

    return Lines(path(own), path(others), top)
