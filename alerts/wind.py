"""The wind over an event: from where, how steadily, and whether it says anything at all.

The mean direction is that of the resultant vector, so stronger wind counts more. The spread is the estimator of
Yamartino (1984) for the standard deviation of directions: within 2 % over the whole range, from one pass over
sines and cosines. Below 0.5 m/s vanes stand or turn at will, so such directions are not used.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from alerts.geodesy import compass

CALM_MS = 0.5
STRONGEST_MS = 100.0  # no wind on this ground; an instrument that says more says nothing
VARIABLE_DEG = 60.0  # own value: a sector twice as wide as this to either side is the whole compass, nearly


class WindWord(StrEnum):
    STEADY = "steady"
    VARIABLE = "variable"
    CALM = "calm"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class WindSample:
    """One measurement during the event, at the station or a neighbour."""

    speed_ms: float
    direction_deg: float | None
    """Where the wind comes from, degrees clockwise from north."""
    weight: float = 1.0
    """How much it says about the station: less for a neighbour further away."""


@dataclass(frozen=True, slots=True)
class Wind:
    word: WindWord
    speed_ms: float | None
    """Mean of the speeds, not the length of the mean vector."""
    mean_deg: float | None
    """Where the resultant comes from, also when the wind is too variable to go by it."""
    spread_deg: float | None
    samples: int
    """How many were usable."""

    @property
    def from_deg(self) -> float | None:
        """The direction to go by; None unless the wind was steady enough to name one."""
        return self.mean_deg if self.word is WindWord.STEADY else None


def summarise(samples: Iterable[WindSample]) -> Wind:
    """The wind of all samples together, in whatever order they come."""
    usable = [sample for sample in samples if _is_usable(sample)]
    if not usable:
        return Wind(WindWord.UNKNOWN, None, None, None, 0)
    heaviest = max(sample.weight for sample in usable)
    weighed = [(sample, sample.weight / heaviest) for sample in usable]
    total = math.fsum(weight for _, weight in weighed)
    speed = math.fsum(weight * sample.speed_ms for sample, weight in weighed) / total
    moving = [(sample, weight) for sample, weight in weighed if sample.speed_ms >= CALM_MS]
    if speed < CALM_MS or 2 * math.fsum(weight for _, weight in moving) < total:
        return Wind(WindWord.CALM, speed, None, None, len(usable))
    turns = [
        (math.radians(compass(sample.direction_deg)), weight, sample.speed_ms)
        for sample, weight in moving
        if sample.direction_deg is not None and math.isfinite(sample.direction_deg)
    ]
    # A weight may be so small beside the heaviest that it vanished.
    if not math.fsum(weight for _, weight, _ in turns):
        return Wind(WindWord.UNKNOWN, speed, None, None, len(usable))
    mean = _resultant_deg(turns)
    spread = _yamartino_deg(turns)
    steady = mean is not None and spread < VARIABLE_DEG
    return Wind(WindWord.STEADY if steady else WindWord.VARIABLE, speed, mean, spread, len(usable))


def _is_usable(sample: WindSample) -> bool:
    return 0.0 <= sample.speed_ms <= STRONGEST_MS and 0.0 < sample.weight < math.inf


Turns = Sequence[tuple[float, float, float]]
"""Direction in radians, weight, speed."""


def _resultant_deg(turns: Turns) -> float | None:
    east = math.fsum(weight * speed * math.sin(angle) for angle, weight, speed in turns)
    north = math.fsum(weight * speed * math.cos(angle) for angle, weight, speed in turns)
    # Winds that cancel out leave only rounding, whose direction means nothing.
    if math.hypot(east, north) < 1e-9 * math.fsum(weight * speed for _, weight, speed in turns):
        return None
    return compass(math.degrees(math.atan2(east, north)))


def _yamartino_deg(turns: Turns) -> float:
    total = math.fsum(weight for _, weight, _ in turns)
    sine = math.fsum(weight * math.sin(angle) for angle, weight, _ in turns) / total
    cosine = math.fsum(weight * math.cos(angle) for angle, weight, _ in turns) / total
    epsilon = math.sqrt(min(1.0, max(0.0, 1.0 - (sine * sine + cosine * cosine))))
    return math.degrees(math.asin(epsilon) * (1.0 + (2.0 / math.sqrt(3.0) - 1.0) * epsilon**3))
