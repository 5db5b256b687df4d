"""Where the stations stand, and which of them may be compared with which."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from alerts.geodesy import distance_m

FINE_S = 600.0
"""Stations that report more seldom are judged by the hour: ten minutes hold too few of their values."""
NEIGHBOURS = 8
"""Enough for a median that bears three bad ones; more would only reach further out."""


@dataclass(frozen=True, slots=True)
class Site:
    """A station as the network sees it. Degrees WGS 84; `cadence_s` seconds between two readings."""

    id: int
    code: str
    grid: str
    """Code of the level-2 grid that answers for the place."""
    lon: float
    lat: float
    kind: str
    cadence_s: float

    @property
    def fine(self) -> bool:
        return self.cadence_s <= FINE_S


def distances_km(sites: Sequence[Site]) -> NDArray[np.float64]:
    """Symmetric matrix of great-circle distances, 0 on the diagonal."""
    n = len(sites)
    table = np.zeros((n, n))
    for i, a in enumerate(sites):
        for j in range(i):
            table[i, j] = table[j, i] = distance_m(a.lon, a.lat, sites[j].lon, sites[j].lat) / 1000
    return table
