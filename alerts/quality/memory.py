"""A station's memory as plain numbers and back, bit by bit the same."""

import math
import struct
from typing import TYPE_CHECKING

from alerts.quality.clock import Lag
from alerts.quality.outcome import Values

if TYPE_CHECKING:
    from alerts.quality.screen import Screen

FORMAT = 1
SIX = 6
BEGUN = 3
"""A row of late readings holds at most so many before it is settled (`ClockRule.count` is at most 4)."""
LAYOUT = struct.Struct(f"<{1 + 5 * SIX + 3 + 2 + 2 + 4 + 2 * BEGUN}d")

Dumped = tuple[int, bytes]


def dump(screen: "Screen") -> Dumped:
    """(format, doubles as bytes); None is NaN."""
    numbers: list[float] = [screen.newest]
    heard = [
        screen.newest if value is not None else at
        for value, at in zip(screen.last, screen.heard, strict=True)
    ]
    for row in (screen.last, screen.before, screen.references or (None,) * SIX, screen.changed, heard):
        numbers += _filled(tuple(row))
    numbers += _filled((screen.humid, screen.humid_since, screen.damp_since, *screen.dry))
    numbers += (screen.resumed_at, float(screen.starting))
    lag = screen.lag
    if lag is None:
        numbers += [math.nan] * (4 + 2 * BEGUN)
    else:
        numbers += _filled((lag.delay, lag.arrived_at, lag.observed_at, lag.settled))
        for i in range(BEGUN):
            numbers += lag.instants[i] if i < len(lag.instants) else (math.nan, math.nan)
    return FORMAT, LAYOUT.pack(*numbers)


def restore(screen: "Screen", dumped: Dumped) -> None:
    """Fills a new screen. Raises ValueError for what `dump` of this release does not make."""
    version, packed = dumped
    if version != FORMAT or len(packed) != LAYOUT.size:
        raise ValueError(f"format {version} with {len(packed)} bytes is no memory of this release")
    numbers = iter(LAYOUT.unpack(packed))

    def some(count: int) -> Values:
        return tuple(None if number != number else number for number in (next(numbers) for _ in range(count)))

    screen.newest = next(numbers)
    screen.last, screen.before = some(SIX), some(SIX)
    references = some(SIX)
    screen.references = None if references == (None,) * SIX else references
    screen.changed = [next(numbers) for _ in range(SIX)]
    screen.heard = [next(numbers) for _ in range(SIX)]
    (screen.humid,) = some(1)
    screen.humid_since = next(numbers)
    (screen.damp_since,) = some(1)
    screen.dry = some(2)
    screen.resumed_at = next(numbers)
    screen.starting = bool(next(numbers))
    delay, arrived_at, observed_at = next(numbers), next(numbers), next(numbers)
    (settled,) = some(1)
    begun = [(next(numbers), next(numbers)) for _ in range(BEGUN)]
    if delay == delay:
        screen.lag = Lag()
        screen.lag.delay, screen.lag.arrived_at, screen.lag.observed_at = delay, arrived_at, observed_at
        screen.lag.settled = settled
        screen.lag.instants = [(at, int(mask)) for at, mask in begun if at == at]


def _filled(row: Values) -> list[float]:
    return [math.nan if number is None else float(number) for number in row]
