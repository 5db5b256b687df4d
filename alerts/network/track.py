"""What is remembered of one station between two readings: a few numbers and its last readings."""

import math
from array import array
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from alerts.quality import QualityRules, Screen

KEPT = 48
"""Readings: two hours at 150 s, and more than any judgement of minutes looks back at."""
SLACK = 4
"""Readings beyond, so that the oldest are thrown away a few at a time."""
WIDTH = 8
HUMIDITY = 7
NEVER = float("-inf")
WIND_S = 1800.0
"""A gust says little of where the air goes."""


class Candidate:
    """A station that may see something: since when, and what was found out meanwhile."""

    __slots__ = ("began_at", "held", "waits_since")

    def __init__(self, began_at: float, *, held: bool = False, waits_since: float = NEVER) -> None:
        self.began_at = began_at
        self.held = held
        """Whether it has been taken for what may be the instrument."""
        self.waits_since = waits_since
        """Since when it waits to see whether the neighbours follow."""


class Track:
    """The stream of one station. `place` is its row in the arrays of its group."""

    __slots__ = (
        "ahead",
        "arrived_at",
        "asked",
        "cadence_s",
        "candidate",
        "count",
        "gates",
        "hushed_until",
        "id",
        "moved",
        "newest",
        "place",
        "recent",
        "screen",
        "spikes",
        "step",
        "sums",
        "wind_at",
        "wind_east",
        "wind_north",
    )

    def __init__(self, station: int, place: int, cadence_s: float, quality: QualityRules) -> None:
        self.id = station
        self.place = place
        self.cadence_s = cadence_s
        self.screen = Screen(quality, cadence_s)
        self.newest = NEVER
        self.arrived_at = NEVER
        self.recent = array("d")
        """Packed rows of WIDTH: instant, six values that may be used (NaN: none), humidity."""
        self.asked = -1
        """The last step in which its readings did not make a base yet."""
        self.ahead = 0
        """Readings in a row from the future."""
        self.moved = 0
        self.spikes: list[float] = []
        self.step = -1
        self.sums = [0.0] * 6
        self.count = [0] * 6
        self.gates = [float("inf")] * 6
        self.candidate: Candidate | None = None
        self.hushed_until = NEVER
        self.wind_east = 0.0
        self.wind_north = 0.0
        """Where the air has gone lately, m/s; `wind_at` says when that was last told."""
        self.wind_at = NEVER

    def feel(self, at: float, speed: float, direction: float) -> None:
        """Follows the wind over half an hour; `direction` is where it comes from, in degrees."""
        turn = math.radians(direction)
        share = 1 - math.exp(-max(at - self.wind_at, 0.0) / WIND_S)
        self.wind_east -= share * (self.wind_east + speed * math.sin(turn))
        self.wind_north -= share * (self.wind_north + speed * math.cos(turn))
        self.wind_at = max(at, self.wind_at)

    def keep(self, at: float, values: Sequence[float], humidity: float) -> None:
        recent = self.recent
        recent.append(at)
        recent.extend(values)
        recent.append(humidity)
        if len(recent) >= (KEPT + SLACK) * WIDTH:
            del recent[: SLACK * WIDTH]

    def rows(self) -> NDArray[np.float64]:
        """The kept readings, oldest first: instants in column 0, values in 1 to 6, humidity in 7. A copy."""
        return np.array(self.recent).reshape(-1, WIDTH)

    def revoke(self, back: int, pollutant: int) -> None:
        """Takes a value back, `back` readings before the newest: it turned out to be none."""
        self.recent[len(self.recent) - (back + 1) * WIDTH + 1 + pollutant] = float("nan")
