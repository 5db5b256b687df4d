"""Made-up air over a station and its neighbours by the hour, and what can be done to the station."""

import numpy as np
from numpy.typing import NDArray

from alerts.integrity.hours import DAY, HOUR, Hours

BEGIN = 1_735_660_800.0
"""2025-01-01T00:00 Beijing time."""
LEVELS = np.array([40.0, 70.0, 10.0, 30.0, 0.6, 60.0])


def air(days: int, *, members: int = 7, cadence_s: float = 60.0, seed: int = 1, gases: bool = False) -> Hours:
    """Weather that all share, a gain and a little noise of each one's own; minute stations unless said otherwise."""
    chance = np.random.default_rng(seed)
    n = days * 24
    hour = np.arange(n)
    shared = 0.25 * np.sin(2 * np.pi * hour / 24) + _slow(chance, n, 0.35, 30)
    gain = chance.normal(0, 0.15, (members, 6))
    own = chance.normal(0, 0.06, (n, members, 6))
    level = LEVELS * np.exp(shared[:, None, None] + gain + own)
    if not gases:
        level[:, :, 2:] = np.nan
    fine = cadence_s < HOUR
    stir = 0.05 * level[:, :, :2] * np.exp(chance.normal(0, 0.1, (n, members, 2)))
    if not fine:
        stir = np.full((n, members, 2), np.nan)
        stir[1:] = np.abs(np.diff(level[:, :, :2], axis=0))
    return Hours(BEGIN, level, stir, np.full((n, members), max(1.0, HOUR / cadence_s)))


def _slow(chance: np.random.Generator, n: int, spread: float, memory: float) -> NDArray[np.float64]:
    keep = np.exp(-1 / memory)
    series, x = np.zeros(n), 0.0
    for k, push in enumerate(chance.normal(0, spread * np.sqrt(1 - keep * keep), n)):
        x = keep * x + push
        series[k] = x
    return series


def scaled(hours: Hours, begin: int, end: int, factor: float, members: slice | int = 0) -> Hours:
    """Particles times a factor, and what stirs in them."""
    level, stir = hours.level.copy(), hours.stir.copy()
    level[begin:end, members, :2] *= factor
    stir[begin:end, members] *= factor
    return Hours(hours.begins_at, level, stir, hours.count)


def shifted(hours: Hours, begin: int, end: int, pm25: float, pm10: float) -> Hours:
    """Another zero: the level moves, the stir stays."""
    level = hours.level.copy()
    level[begin:end, 0, :2] = np.maximum(level[begin:end, 0, :2] + np.array([pm25, pm10]), 0)
    return Hours(hours.begins_at, level, hours.stir, hours.count)


def faded(hours: Hours, begin: int, end: int, factor: float) -> Hours:
    """Slowly, as dust settles in a fan; and so it stays."""
    level, stir = hours.level.copy(), hours.stir.copy()
    share = np.exp(np.log(factor) * np.clip((np.arange(hours.length) - begin) / (end - begin), 0, 1))
    level[:, 0, :2] *= share[:, None]
    stir[:, 0] *= share[:, None]
    return Hours(hours.begins_at, level, stir, hours.count)


def silent(hours: Hours, first: int, last: int, members: slice | int = 0) -> Hours:
    """Nothing comes."""
    level, stir, count = hours.level.copy(), hours.stir.copy(), hours.count.copy()
    level[first:last, members] = np.nan
    stir[first:last, members] = np.nan
    count[first:last, members] = np.nan
    return Hours(hours.begins_at, level, stir, count)


def at(day: int, hour: int) -> int:
    """Index of an hour of Beijing time."""
    return day * 24 + hour


__all__ = ["BEGIN", "DAY", "HOUR", "air", "at", "faded", "scaled", "shifted", "silent"]
