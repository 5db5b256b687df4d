"""Medians over columns that may be missing: exact, and many times cheaper than `numpy.nanmedian`."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating[Any]]
Truths = NDArray[np.bool_]
BLOCK = 4096
"""Stations that are looked at together: what is copied on the way stays small, however large the network."""


def median(table: Floats) -> Floats:
    """Median over axis 0, NaN left out; NaN where nothing is left, also of an empty table."""
    if not len(table):
        return np.full(table.shape[1:], np.nan)
    ordered = np.sort(table, axis=0)  # NaN sorts last
    known = (ordered == ordered).sum(axis=0)
    low = np.maximum((known - 1) // 2, 0)
    high = np.minimum(known // 2, len(ordered) - 1)
    a = np.take_along_axis(ordered, low[None], axis=0)[0]
    b = np.take_along_axis(ordered, high[None], axis=0)[0]
    return np.where(known > 0, 0.5 * (a + b), np.nan)


class Neighbours:
    """The nearest stations of each station, and medians over them."""

    def __init__(self, nearest: Sequence[Sequence[int]]) -> None:
        n, widest = len(nearest), max(map(len, nearest), default=0)
        self.of = [list(row) for row in nearest]
        self.for_whom: list[list[int]] = [[] for _ in range(n)]
        """By place, in order: those who have it for a neighbour."""
        for place, row in enumerate(self.of):
            for other in row:
                self.for_whom[other].append(place)
        # n stands for "nobody": a row of NaN is put there before a median is taken.
        self.table = np.array([[*row, *[n] * (widest - len(row))] for row in nearest], dtype=int).reshape(
            n, widest
        )

    def median(self, values: Floats) -> Floats:
        """For each station the median of its neighbours' rows of `values` (stations × columns)."""
        if not self.table.shape[1]:
            return np.full_like(values, np.nan)
        padded = np.concatenate([values, np.full((1, *values.shape[1:]), np.nan)])
        parts = [
            median(np.moveaxis(padded[self.table[n : n + BLOCK]], 1, 0)) for n in range(0, len(values), BLOCK)
        ]
        return np.concatenate(parts) if parts else padded[:0]

    def mean(self, values: Floats) -> Floats:
        """For each station the mean of its own and its neighbours' rows (stations × columns), NaN left out."""
        padded = np.concatenate([values, np.full((1, *values.shape[1:]), np.nan)])
        around = np.concatenate([values[:, None], padded[self.table]], axis=1)
        known = ~np.isnan(around)
        count = known.sum(axis=1)
        total = np.where(known, around, 0.0).sum(axis=1)
        return np.where(count > 0, total / np.maximum(count, 1), np.nan)
