"""The course of an added event over time: rise, plateau, exponential end, turbulence.

Minutes count from the start of the event. All profiles are 1 on the plateau and 0 outside their window.
The shapes were read off the open scenes by comparing them with their sources.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evaluation.background import Series

STEP_MIN = 0.5
END_SHARE = 3.0  # an event is over when its decay has come down to exp(-3) of the plateau


@dataclass(frozen=True)
class Envelope:
    """Minutes of rise and plateau, and the decay's time constant in minutes."""

    rise: float
    plateau: float
    tau: float

    @property
    def minutes(self) -> float:
        """The length of the window."""
        return self.rise + self.plateau + END_SHARE * self.tau

    def stretched(self, factor: float) -> Envelope:
        """The same event further downwind: rise and decay drawn out, the plateau kept."""
        return Envelope(self.rise * factor, self.plateau, self.tau * factor)

    def at(self, minutes: Series) -> Series:
        """The profile at these minutes."""
        x = np.clip(minutes / max(self.rise, 0.1), 0, 1)
        rising = x * x * (3 - 2 * x)
        falling = np.exp(-np.maximum(minutes - self.rise - self.plateau, 0) / self.tau)
        inside = (minutes >= 0) & (minutes <= self.minutes)
        return np.where(inside, rising * falling, 0.0)


def local_envelope(draw: np.random.Generator, shortest: float, longest: float) -> Envelope:
    """A local event's envelope: the whole window between the two lengths, evenly in the square root."""
    total = draw.uniform(math.sqrt(shortest), math.sqrt(longest)) ** 2
    decay = total * draw.uniform(0.27, 0.7)
    rise = min((total - decay) * draw.uniform(0.06, 0.6), longest / 6)
    return Envelope(rise, total - decay - rise, decay / END_SHARE)


def turbulence(draw: np.random.Generator, minutes: float, spread: float, memory: float) -> Series:
    """Lognormal factors of mean one every STEP_MIN; `spread` is the deviation of the logarithm."""
    count = int(minutes / STEP_MIN) + 3
    keep = math.exp(-STEP_MIN / memory)
    shocks = draw.normal(size=count) * math.sqrt(1 - keep * keep)
    state = draw.normal()
    log = np.empty(count)
    for i, shock in enumerate(shocks):
        state = keep * state + shock
        log[i] = state
    return np.asarray(np.exp(spread * log - spread * spread / 2), dtype=np.float64)


def sampled(envelope: Envelope, factors: Series, start: float, times: Series, mean_s: float) -> Series:
    """The profile at these instants, or its mean over the `mean_s` seconds before each of them."""
    grid: Series = np.arange(len(factors), dtype=np.float64) * STEP_MIN
    course = envelope.at(grid) * factors
    minutes = (times - start) / 60
    if mean_s == 0:
        inside = (minutes >= 0) & (minutes <= envelope.minutes)
        return np.where(inside, np.interp(minutes, grid, course), 0.0)
    total = np.concatenate([[0.0], np.cumsum((course[1:] + course[:-1]) / 2 * STEP_MIN)])
    upto = np.interp(minutes, grid, total)
    before = np.interp(minutes - mean_s / 60, grid, total)
    return np.asarray((upto - before) / (mean_s / 60), dtype=np.float64)


def top_tenth(values: Series) -> float:
    """Mean of the highest tenth of the values present; NaN without any."""
    present: NDArray[np.float64] = np.sort(values[~np.isnan(values)])
    if len(present) == 0:
        return math.nan
    return float(present[-max(1, len(present) // 10) :].mean())
