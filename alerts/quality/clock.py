"""Clock: what the instant a station claims is worth, seen beside the instant of arrival.

A constant delay at normal spacing is a clock that is wrong; readings held back and delivered together arrive
closer than they were taken and are merely late. An instant further ahead than the contract allows fails.
Source: the contract (future > 10 min); the rest is our own, no published test compares the two clocks.
"""

from dataclasses import dataclass

from alerts.quality.outcome import Timing


@dataclass(frozen=True, slots=True)
class ClockRule:
    late_s: float
    """A delay beyond this …"""
    late_cadences: float
    """… and beyond so many reporting periods is no fresh reading any more."""
    ahead_s: float
    """An instant further in the future than this is none."""
    steady_s: float
    """Delays are the same when they differ by no more than this …"""
    steady_cadences: float
    """… and so many reporting periods."""
    spacing_cadences: float
    """Arrivals closer than this are one delivery."""
    count: int
    """So many readings in a row with the same delay are a shifted clock."""

    def latest(self, cadence_s: float) -> float:
        return max(self.late_s, self.late_cadences * cadence_s)


class Lag:
    """A row of late readings of one station, and the delay of its clock once that is settled."""

    __slots__ = ("arrived_at", "delay", "instants", "observed_at", "settled")

    def __init__(self) -> None:
        self.delay = 0.0
        self.arrived_at = 0.0
        self.observed_at = 0.0
        self.instants: list[tuple[float, int]] = []
        """Of the row so far: the instants with a mask of what was delivered; fewer than `count`."""
        self.settled: float | None = None

    def take(
        self, arrived_at: float, observed_at: float, mask: int, rule: ClockRule, cadence_s: float
    ) -> tuple[Timing, tuple[tuple[float, int], ...]]:
        """Late, or shifted once the row is long enough, and then also the readings that began the row.

        A doubled instant changes nothing; a late reading that does not fit a settled delay is merely late.
        """
        delay = arrived_at - observed_at
        tolerance = rule.steady_s + rule.steady_cadences * cadence_s
        if self.settled is not None and abs(delay - self.settled) <= tolerance:
            return Timing.SHIFTED, ()
        if self.instants and observed_at == self.observed_at:
            return Timing.LATE, ()
        follows = (
            len(self.instants) > 0
            and observed_at > self.observed_at
            and abs(delay - self.delay) <= tolerance
            and arrived_at - self.arrived_at >= rule.spacing_cadences * cadence_s
        )
        if not follows:
            self.delay = delay
            self.instants.clear()
        self.arrived_at = arrived_at
        self.observed_at = observed_at
        if len(self.instants) + 1 < rule.count:
            self.instants.append((observed_at, mask))
            return Timing.LATE, ()
        self.settled = self.delay
        begun = tuple(self.instants)
        self.instants.clear()
        return Timing.SHIFTED, begun
