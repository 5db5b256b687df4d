"""A pollutant's recent sound values at one station, in order of event time.

There are no running sums: a level is summed exactly (`math.fsum`) when a rule asks, so nothing drifts, and
the same readings give the same bits whether they came one by one or were loaded after a restart. What makes
the usual reading cheap is the gate in `alerts.watch`, which asks no rule while none can be met.
"""

from array import array
from bisect import bisect_left, bisect_right
from math import fsum
from operator import sub

from alerts.ruleset import WINDOW_CADENCES, WINDOW_S

CADENCE_SAMPLES = 9
"""Readings that tell the present cadence: eight steps, so that three lost readings in a row don't change it.
"""
SLACK_S = 60.0
"""Hourly readings come some seconds early or late."""


def window_length(cadence_s: float) -> float:
    """Seconds of history a station's windows need, by its declared cadence."""
    return max(WINDOW_S, WINDOW_CADENCES * cadence_s)


class Series:
    """Times (seconds since the epoch, strictly rising) beside values; read them, but change them only through
    here.

    Packed arrays: 16 bytes a reading, and a sum over an hour runs through one piece of memory.
    """

    __slots__ = ("times", "values")

    def __init__(self) -> None:
        self.times: array[float] = array("d")
        self.values: array[float] = array("d")

    def put(self, at: float, value: float) -> bool:
        """Inserts in its place; false, and nothing changed, when that instant is there already."""
        times = self.times
        if not times or at > times[-1]:
            times.append(at)
            self.values.append(value)
            return True
        place = bisect_left(times, at)
        if times[place] == at:
            return False
        times.insert(place, at)
        self.values.insert(place, value)
        return True

    def replace(self, at: float, value: float | None) -> None:
        """Makes `value` what is known of that instant; None takes the instant out."""
        place = bisect_left(self.times, at)
        if place < len(self.times) and self.times[place] == at:
            if value is None:
                del self.times[place], self.values[place]
            else:
                self.values[place] = value
        elif value is not None:
            self.put(at, value)

    def trim(self, horizon: float) -> None:
        """Forgets everything up to and including `horizon`."""
        cut = bisect_right(self.times, horizon)
        if cut:
            del self.times[:cut], self.values[:cut]

    def after(self, at: float) -> int:
        """Index of the first reading later than `at`."""
        return bisect_right(self.times, at)

    def mean(self, start: int, end: int) -> float:
        """Exactly rounded mean of [start, end), which must not be empty."""
        return fsum(self.values[start:end]) / (end - start)

    def median(self, start: int, end: int) -> float:
        """Median of [start, end), which must not be empty."""
        ordered = sorted(self.values[start:end])
        half = len(ordered) // 2
        return ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2

    def widest_gap(self, start: int, end: int) -> float:
        """Longest step between neighbours in [start, end); 0 with fewer than two."""
        times = self.times
        return max((times[n] - times[n - 1] for n in range(start + 1, end)), default=0.0)

    def cadence(self, declared_s: float) -> float:
        """Seconds between readings as they come now (lower median of the last steps), or as declared when too
        few.

        The registry's figure is only a default for many stations, and a station's set-up may change.
        """
        recent = self.times[-CADENCE_SAMPLES:]
        if recent and recent[0] <= recent[-1] - WINDOW_S:
            del recent[: bisect_right(recent, recent[-1] - WINDOW_S)]
        if len(recent) < 3:
            return declared_s
        steps: list[float] = sorted(map(sub, recent[1:], recent))
        return steps[(len(steps) - 1) // 2]
