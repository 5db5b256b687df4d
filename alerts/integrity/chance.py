"""How probable so much regularity is by accident. Exact or from above, never from below."""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass


def at_least(n: int, k: int, p: float) -> float:
    """Probability of `k` or more successes in `n` independent trials of probability `p`; exact but for rounding."""
    if k <= 0:
        return 1.0
    if k > n:
        return 0.0
    return min(1.0, math.fsum(math.comb(n, j) * p**j * (1 - p) ** (n - j) for j in range(k, n + 1)))


@dataclass(frozen=True, slots=True)
class Habit:
    """`count` of `of` lie in the `width` hours from `first` on, round a clock; and how probable that is at most."""

    first: int
    width: int
    count: int
    of: int
    chance: float


def habit(hours: Sequence[int], around: int, widest: int) -> Habit | None:
    """The least probable gathering of hours on a clock of `around` hours; None for no hours.

    The bound is Boole's: each of the n might be the first of a window that k − 1 of the others fall into, and each
    width up to `widest` was tried. So it holds whatever else is true of the hours but that they are independent and
    uniform (the scan statistic of J. Naus, J. Am. Stat. Assoc. 60 (1965), from above).
    """
    n = len(hours)
    seen = Counter(hour % around for hour in hours)
    best: Habit | None = None
    for width in range(1, widest + 1):
        for first in sorted(seen):
            count = sum(seen[(first + step) % around] for step in range(width))
            chance = min(1.0, widest * n * at_least(n - 1, count - 1, min(1.0, width / around)))
            if best is None or chance < best.chance:
                best = Habit(first, width, count, n, chance)
    return best
