"""One station's readings for the tests of quality control, and what became of their values."""

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from alerts.quality import (
    DEFAULT_QUALITY,
    DEFAULT_QUALITY_RULES,
    Check,
    Flag,
    Level,
    QualityRules,
    Screen,
    Screened,
)
from models.enums import POLLUTANTS
from tests.fakes import START

NOVEMBER = START.timestamp()
ORDINARY = (30.0, 60.0, 30.0, 40.0, 3.0, 60.0)
"""Above every exemption of the flat line test."""

Values = tuple[float | None, ...]


@dataclass(frozen=True)
class Arrival:
    """A reading as `Screen.take` is given it."""

    arrived_at: float
    observed_at: float
    values: Values
    humidity: float | None = None

    def into(self, screen: Screen) -> Screened:
        met = (None, self.humidity, None, None, None)
        return screen.take(self.arrived_at, self.observed_at, self.values, met, None, None)


def body(**groups: Any) -> dict[str, Any]:
    """The default body with whole groups replaced."""
    return {**DEFAULT_QUALITY, **groups}


def one(pollutant: str, value: float | None) -> Values:
    """Ordinary values but for one."""
    return tuple(
        value if name == pollutant else usual for name, usual in zip(POLLUTANTS, ORDINARY, strict=True)
    )


def wiggled(n: int, values: Sequence[float | None] = ORDINARY) -> Values:
    """The values a little different from one reading to the next, as instruments show them."""
    return tuple(None if value is None else round(value * (1 + 0.01 * (n % 7)), 3) for value in values)


class Station:
    """A screen fed at its cadence, with every verdict kept."""

    def __init__(
        self, cadence_s: float = 60, rules: QualityRules = DEFAULT_QUALITY_RULES, *, start: float = NOVEMBER
    ) -> None:
        self.screen = Screen(rules, cadence_s)
        self.cadence_s = cadence_s
        self.at = start
        self.flags: list[Flag] = []
        self.last = Screened(())

    def take(
        self, values: Values, *, after: float | None = None, humidity: float | None = None, lag: float = 2
    ) -> Screened:
        """The next reading, one cadence (or `after` seconds) later."""
        self.at += self.cadence_s if after is None else after
        return self.give(Arrival(self.at + lag, self.at, values, humidity))

    def give(self, arrival: Arrival) -> Screened:
        self.last = arrival.into(self.screen)
        self.flags += self.last.flags
        return self.last

    def warm(self, count: int = 30, values: Sequence[float | None] = ORDINARY, **given: Any) -> "Station":
        """Ordinary readings until nothing is left of the start; forgets their flags."""
        for n in range(count):
            self.take(wiggled(n, values), **given)
        self.flags.clear()
        return self

    def found(self, check: Check) -> list[tuple[float, str, Level]]:
        return [(flag.observed_at, flag.pollutant, flag.level) for flag in self.flags if flag.test is check]


def final(results: Sequence[Screened]) -> dict[tuple[float, str], Level]:
    """The worst level of each value that did not plainly pass."""
    worst: dict[tuple[float, str], Level] = {}
    for result in results:
        for flag in result.flags:
            key = (flag.observed_at, flag.pollutant)
            worst[key] = max(worst.get(key, Level.PASS), flag.level)
    return worst


odd = st.sampled_from(
    (float("nan"), float("inf"), float("-inf"), -1.0, -0.0, 0.0, 1e-9, 999.9, 5000.0, 1e308, -1e308)
)
usual = st.sampled_from((1.0, 2.0, 3.0, 30.0, 31.0, 33.0, 60.0, 61.0, 100.0, 350.0))
value = st.one_of(st.none(), usual, usual, usual, odd)
humidity = st.one_of(st.none(), st.sampled_from((40.0, 80.0, 89.9, 90.0, 95.0, 99.9)), odd)
cadence = st.sampled_from((60.0, 150.0, 3600.0))
step = st.sampled_from((1.0,) * 12 + (0.0, 0.01, 0.9, 2.0, 2.6, 30.0, 500.0, 9000.0, -1.0, -3.0))
lag = st.sampled_from((2.0,) * 12 + (-500.0, -700.0, 1000.0, 10800.0, 10810.0))


@st.composite
def streams(draw: st.DrawFn, *, longest: int = 60) -> tuple[float, list[Arrival]]:
    """A cadence and readings at it: runs of ordinary ones with all that goes wrong between them."""
    spacing = draw(cadence)
    at = NOVEMBER
    found: list[Arrival] = []
    for _ in range(draw(st.integers(0, 12))):
        values = tuple(draw(st.tuples(*[value] * 6)))
        repeats = draw(st.sampled_from((1, 1, 1, 2, 5, 40)))
        wiggle = draw(st.booleans())
        damp = draw(humidity)
        delay = draw(lag)
        for n in range(repeats):
            at += spacing * (draw(step) if n == 0 else 1.0)
            if len(found) < longest * 3:
                found.append(Arrival(at + delay, at, wiggled(n, values) if wiggle else values, damp))
    for _ in range(draw(st.integers(0, 2))):
        instant = draw(odd)
        found.insert(draw(st.integers(0, len(found))), Arrival(draw(odd), instant, ORDINARY))
    return spacing, found


class Walk:
    """A long stream that wanders around the thresholds: quiet, noisy, rising, stuck, damp, with gaps."""

    def __init__(self, seed: int, spacing: float) -> None:
        self.draw = random.Random(seed)
        self.spacing = spacing
        self.at = NOVEMBER + 8 * 86400 - 8 * 3600 - self.draw.choice((0.0, 20.0, 500.0)) * spacing
        self.values: list[float | None] = list(ORDINARY)
        self.noise = 0.01
        self.damp: float | None = 80.0
        self.wet = 0.0
        self.delay = 2.0

    def turn(self) -> None:
        """Another kind of weather, of instrument or of transport."""
        draw = self.draw
        self.noise = draw.choice((0.0, 0.003, 0.05, 0.15, 0.3, 0.8))
        self.damp = draw.choice((None, 80.0, 89.0, 95.0, 95.0, 99.9))
        self.wet = draw.choice((0.0, 0.1, 3.0))
        self.delay = draw.choice((2.0, 2.0, 2.0, 2.0, 950.0, 10800.0))
        if draw.random() < 0.3:
            level = draw.choice((None, 1.0, 9.0, 11.0, 60.0, 300.0, 580.0, 990.0, 2990.0, 6000.0))
            self.values[draw.randrange(6)] = level
        if draw.random() < 0.3:
            factor = draw.choice((1.5, 1.9, 2.1, 2.9, 3.2, 6.0, 0.4))
            self.values = [None if value is None else value * factor for value in self.values]
        if draw.random() < 0.5:
            self.values = list(ORDINARY)
        if draw.random() < 0.3:
            self.at += self.spacing * draw.choice((-5.0, 0.5, 1.4, 2.0, 30.0, 70.0))

    def readings(self, count: int) -> list[Arrival]:
        """The next `count` of them, in order of arrival."""
        found = []
        for _ in range(count):
            draw = self.draw
            if draw.random() < 0.02:
                self.turn()
            self.at += self.spacing * draw.choice((1.0, 1.0, 1.0, 0.9, 1.1))
            values = [self._shown(value) for value in self.values]
            if draw.random() < 0.01:
                values[draw.randrange(6)] = draw.choice((None, float("nan"), -1.0, 150.0, 400.0))
            humid = None if self.damp is None else round(self.damp + draw.uniform(-self.wet, self.wet), 1)
            found.append(Arrival(self.at + self.delay, self.at, tuple(values), humid))
        return found

    def _shown(self, value: float | None) -> float | None:
        return None if value is None else round(value * math.exp(self.noise * self.draw.uniform(-1, 1)), 1)


@st.composite
def walks(draw: st.DrawFn) -> tuple[float, list[Arrival]]:
    """A cadence and a long wandering stream at it."""
    spacing = draw(cadence)
    return spacing, Walk(draw(st.integers(0, 2**32)), spacing).readings(400)
