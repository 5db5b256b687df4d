"""How often the wind came from where, and how strongly: the counts behind a wind rose. Pure.

Sixteen sectors of 22.5 degrees, the first centred on north; below 0.5 m/s it is calm and has no direction, as in
`alerts.wind`.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass

from alerts.geodesy import compass
from alerts.wind import CALM_MS, STRONGEST_MS

SECTORS = 16
CLASSES_MS = (CALM_MS, 2.0, 4.0, 6.0)
"""Where each class of speed begins; the last has no end."""


@dataclass(frozen=True, slots=True)
class Rose:
    """`shares[sector][speed class]` and `calm` together are 1, unless there was no sample at all."""

    shares: tuple[tuple[float, ...], ...]
    calm: float
    samples: int

    @property
    def longest(self) -> float:
        """The share of the sector that the wind came from most."""
        return max((math.fsum(sector) for sector in self.shares), default=0.0)


def rose(samples: Iterable[tuple[float, float | None]]) -> Rose:
    """Counts pairs of speed (m/s) and direction (degrees it comes from); what cannot be is passed over."""
    counts = [[0] * len(CLASSES_MS) for _ in range(SECTORS)]
    calm = 0
    for speed, direction in samples:
        if not 0.0 <= speed <= STRONGEST_MS:
            continue
        if speed < CALM_MS:
            calm += 1
        elif direction is not None and math.isfinite(direction):
            sector = math.floor(compass(direction) / 360.0 * SECTORS + 0.5) % SECTORS
            counts[sector][sum(speed >= begin for begin in CLASSES_MS) - 1] += 1
    total = calm + sum(map(sum, counts))
    if not total:
        return Rose(tuple((0.0,) * len(CLASSES_MS) for _ in range(SECTORS)), 0.0, 0)
    return Rose(tuple(tuple(n / total for n in sector) for sector in counts), calm / total, total)
