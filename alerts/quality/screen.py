"""One station under quality control: takes its readings one by one in order of arrival, tells each value's worth.

Pure: no I/O, no clock. Nearly every reading passes, so `take` first asks whether this one lies inside bands in
which no test can fire; only what leaves them is judged test by test. `gated=False` judges every reading and
must come to the same results.
"""

import math
from typing import Any

from alerts.quality import humidity, memory
from alerts.quality.judge import NEVER, PARTICLES, Judge
from alerts.quality.memory import Dumped
from alerts.quality.outcome import Screened, Values
from alerts.quality.rules import QualityRules
from models.enums import MET, POLLUTANTS

CLOSED = (math.inf, -math.inf)
HUMIDITY = MET.index("humidity")


class Screen(Judge):
    """A judge with a short way: the memory is moved alike on both."""

    __slots__ = ("_bands", "_dampest", "_driest", "_due", "_gated")

    def __init__(self, rules: QualityRules, cadence_s: float, *, gated: bool = True) -> None:
        """Raises ValueError unless the cadence is a positive number of seconds."""
        super().__init__(rules, cadence_s)
        self._gated = gated
        # The short way starts shut: the first reading is judged.
        self._due = NEVER
        self._bands = CLOSED * len(POLLUTANTS)
        self._driest = NEVER
        self._dampest = NEVER

    @classmethod
    def restore(
        cls, rules: QualityRules, cadence_s: float, dumped: Dumped, *, gated: bool = True
    ) -> "Screen":
        """A screen that goes on exactly where the dumped one was. Raises ValueError for what is no dump."""
        screen = cls(rules, cadence_s, gated=gated)
        memory.restore(screen, dumped)
        return screen

    def dump(self) -> Dumped:
        """The memory as plain numbers and bytes; equal memories give equal dumps."""
        return memory.dump(self)

    @property
    def rules(self) -> QualityRules:
        return self.terms.rules

    @property
    def cadence_s(self) -> float:
        return self.terms.cadence_s

    def take(
        self,
        arrived_at: float,
        observed_at: float,
        values: Values,
        met: Values,
        lon: float | None,
        lat: float | None,
    ) -> Screened:
        """What the six values of a reading are worth, and what it tells of earlier ones. Never raises.

        `met` in the order of `MET`. The place is not judged here: a station that moved is no matter of single
        values.
        """
        try:
            v0: Any  # a None where a number is due raises TypeError, and is then judged the long way
            v1: Any
            v2: Any
            v3: Any
            v4: Any
            v5: Any
            v0, v1, v2, v3, v4, v5 = values
            p0, p1, p2, p3, p4, p5 = last = self.last
            a0, b0, a1, b1, a2, b2, a3, b3, a4, b4, a5, b5 = self._bands
            terms = self.terms
            newest = self.newest
            humid = met[HUMIDITY]
            if (
                observed_at < self._due
                and newest < observed_at <= newest + terms.contiguous_s
                and terms.earliest <= arrived_at - observed_at <= terms.latest_s
                and (v0 is p0 or a0 <= v0 <= b0)
                and (v1 is p1 or a1 <= v1 <= b1)
                and (v2 is p2 or a2 <= v2 <= b2)
                and (v3 is p3 or a3 <= v3 <= b3)
                and (v4 is p4 or a4 <= v4 <= b4)
                and (v5 is p5 or a5 <= v5 <= b5)
                and (v0 is None or v1 is None or v0 <= terms.cross_ratio * v1 + terms.cross_margin)
                and (humid is None or self._driest <= humid < self._dampest)
            ):
                if humid is not None and humid != self.humid:
                    self.humid = humid
                    self.humid_since = observed_at
                changed = self.changed
                if v0 != p0:
                    changed[0] = observed_at
                if v1 != p1:
                    changed[1] = observed_at
                if v2 != p2:
                    changed[2] = observed_at
                if v3 != p3:
                    changed[3] = observed_at
                if v4 != p4:
                    changed[4] = observed_at
                if v5 != p5:
                    changed[5] = observed_at
                self.before = last
                self.last = values
                self.newest = observed_at
                return Screened(values)
        except TypeError:
            pass  # a value that used to come is missing
        return self.judge(arrived_at, observed_at, values, met[HUMIDITY])

    def settle(self, observed_at: float, restless: bool) -> None:
        """Sets the bands in which the readings to come need no judging, and until when they hold."""
        self._due = NEVER
        if restless or self.references is not None or self.lag is not None or not self._gated:
            return
        terms = self.terms
        suspect_s = terms.flat.suspect_s
        due = min(self.spans[1], observed_at + suspect_s)
        bands: list[float] = []
        caps = self._caps(observed_at)
        for position, value in enumerate(self.last):
            if value is None:
                bands += CLOSED
                continue
            if value > terms.exempt[position]:
                due = min(due, self.changed[position] + suspect_s)
            span = self.spans[2][position]
            low, high = terms.band(position, value)
            high = min(high, span.suspect_high, caps[position])
            if value > high:
                return  # damp and grown, with a sensor that is not credible at the moment
            bands += (max(low, span.suspect_low), high)
        self._bands = tuple(bands)
        damp = self.damp_since is not None
        self._driest = terms.threshold if damp else NEVER
        self._dampest = math.inf if damp else terms.threshold
        self._due = due

    def _caps(self, observed_at: float) -> list[float]:
        """Above these a value in damp air would be suspect, as long as the humidity sensor is credible."""
        caps = [math.inf] * len(POLLUTANTS)
        rule = self.terms.rules.humidity
        if self.damp_since is not None and observed_at - self.damp_since < rule.damp_s:
            for position in PARTICLES:
                dry = self.dry[position]
                if dry is not None:
                    caps[position] = humidity.bound(dry, self.terms.floors[position], rule)
        return caps
