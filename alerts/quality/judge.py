"""The judging of one station's readings, test by test, with the memory that takes.

Pure: no I/O, no clock. All instants are seconds since the epoch. `alerts.quality.screen` spares most readings
the way through here.
"""

import math

from alerts.quality import cross_parameter, flat_line, humidity, rate, spike, warm_up
from alerts.quality.clock import Lag
from alerts.quality.gross_range import Span, month_of
from alerts.quality.missing import is_expected
from alerts.quality.outcome import Check, Level, Screened, Timing, Values
from alerts.quality.rules import QualityRules
from alerts.quality.tuned import Tuned, tuned
from alerts.quality.verdict import Verdict, mask_of
from models.enums import POLLUTANTS

NEVER = float("-inf")
NOTHING: Values = (None,) * len(POLLUTANTS)
PARTICLES = (0, 1)
"""Positions of PM2.5 and PM10 among POLLUTANTS."""


class Judge:
    """The memory of one station: its last two readings, how long each value has stayed, and its clock.

    Only a reading newer than all before it moves that memory. A late one is judged by what it says itself
    (range, cross parameter, clock), so that a doubled instant changes nothing.
    """

    __slots__ = (
        "before",
        "changed",
        "damp_since",
        "dry",
        "heard",
        "humid",
        "humid_since",
        "lag",
        "last",
        "newest",
        "references",
        "resumed_at",
        "spans",
        "starting",
        "terms",
    )

    def __init__(self, rules: QualityRules, cadence_s: float) -> None:
        self.terms: Tuned = tuned(rules, cadence_s)
        self.newest = NEVER
        self.last: Values = NOTHING
        """The newest reading without what is off the range or was found a spike; `before` the one before."""
        self.before: Values = NOTHING
        self.references: Values | None = None
        """Where the newest value may yet turn out a spike: the highest value before it."""
        self.changed = [NEVER] * len(POLLUTANTS)
        """Since when the newest value has been the same."""
        self.heard = [NEVER] * len(POLLUTANTS)
        """When a value was delivered last, up to the reading before the newest."""
        self.humid: float | None = None
        self.humid_since = NEVER
        self.damp_since: float | None = None
        self.dry: Values = (None, None)
        self.resumed_at = NEVER
        self.starting = True
        self.lag: Lag | None = None
        self.spans: tuple[float, float, tuple[Span, ...]] = (math.inf, NEVER, ())
        """Of the month at hand, and from when to when that is."""

    def judge(self, arrived_at: float, observed_at: float, values: Values, humid: float | None) -> Screened:
        terms = self.terms
        numbers = tuple(None if value is None or value != value else value for value in values)
        verdict = Verdict(terms.rules, numbers)
        delay = arrived_at - observed_at
        if not terms.earliest <= delay < math.inf:
            verdict.all(Level.FAIL, Check.CLOCK)
            return verdict.result(observed_at, Timing.AHEAD)
        timing = Timing.FRESH
        if delay > terms.latest_s:
            timing = self._lagging(arrived_at, observed_at, verdict)
        spans = self._spans_at(observed_at)
        if observed_at <= self.newest:
            self._by_itself(verdict, spans)
            return verdict.result(observed_at, Timing.LATE if timing is Timing.FRESH else timing)
        back = False
        if timing is Timing.FRESH and self.lag is not None:
            back = self.lag.settled is not None
            self.lag = None
        contiguous = self._step(observed_at, back)
        if self.references is not None:
            self._spikes(numbers, verdict)
        sound = self._by_itself(verdict, spans)
        self._in_sequence(observed_at, numbers, sound, contiguous, verdict)
        self._damp(observed_at, humid, sound, contiguous, verdict)
        self._warming(observed_at, verdict)
        self._remember(observed_at, sound, contiguous)
        self.settle(observed_at, restless=verdict.flagged)
        return verdict.result(observed_at, timing)

    def reconsider(self, observed_at: float, values: Values) -> Screened:
        """What other values for an instant that is known already are worth by themselves. Moves nothing."""
        numbers = tuple(None if value is None or value != value else value for value in values)
        verdict = Verdict(self.terms.rules, numbers)
        self._by_itself(verdict, self.terms.rules.gross_range.by_month[month_of(observed_at)[0] - 1])
        return verdict.result(observed_at, Timing.LATE)

    def _lagging(self, arrived_at: float, observed_at: float, verdict: Verdict) -> Timing:
        if self.lag is None:
            self.lag = Lag()
            self.settle(observed_at, restless=True)  # the next fresh reading has to end this row
        terms = self.terms
        mask = mask_of(verdict.numbers)
        timing, begun = self.lag.take(arrived_at, observed_at, mask, terms.rules.clock, terms.cadence_s)
        if timing is Timing.SHIFTED:
            verdict.all(Level.SUSPECT, Check.CLOCK)
        for instant, delivered in begun:
            for position in range(len(POLLUTANTS)):
                if delivered >> position & 1:
                    verdict.earlier(instant, position, Level.SUSPECT, Check.CLOCK)
        return timing

    def _spans_at(self, observed_at: float) -> tuple[Span, ...]:
        first, following, spans = self.spans
        if not first <= observed_at < following:
            month, first, following = month_of(observed_at)
            spans = self.terms.rules.gross_range.by_month[month - 1]
            self.spans = (first, following, spans)
        return spans

    def _by_itself(self, verdict: Verdict, spans: tuple[Span, ...]) -> Values:
        """The tests that need no other reading; the values that are numbers within the range."""
        sound = list(verdict.numbers)
        for position, value in enumerate(verdict.numbers):
            if value is None:
                continue
            level = spans[position].level(value)
            if level is not Level.PASS:
                verdict.note(position, level, Check.RANGE)
                if level is Level.FAIL:
                    sound[position] = None
        pm25, pm10 = sound[0], sound[1]
        if pm25 is not None and pm10 is not None:
            level = cross_parameter.level(pm25, pm10, self.terms.rules.cross_parameter)
            if level is not Level.PASS:
                for position in PARTICLES:
                    verdict.note(position, level, Check.CROSS_PARAMETER)
        return tuple(sound)

    def _step(self, observed_at: float, back: bool) -> bool:
        """Whether the reading is close enough to the one before it; a gap ends every comparison."""
        elapsed = observed_at - self.newest
        self._hear()
        if elapsed <= self.terms.contiguous_s:
            return True
        self.last = NOTHING
        self.references = None
        self.changed = [observed_at] * len(POLLUTANTS)
        self.humid_since = observed_at
        # After a shifted clock the instants jump, but the instrument has been running all the time.
        if elapsed >= self.terms.gap_s and not back:
            self.starting = self.newest == NEVER
            self.resumed_at = observed_at - self.terms.cadence_s
            self.humid = self.damp_since = None
            self.dry = (None, None)
        return False

    def _hear(self) -> None:
        for position, value in enumerate(self.last):
            if value is not None:
                self.heard[position] = self.newest

    def _spikes(self, numbers: Values, verdict: Verdict) -> None:
        """Judges the newest value of before, now that the one after it is here."""
        last = list(self.last)
        for position, reference in enumerate(self.references or ()):
            value, following = last[position], numbers[position]
            if reference is None or value is None or following is None:
                continue
            level = spike.level(value, reference, following, self.terms.floors[position], self.terms.ratios)
            if level is not Level.PASS:
                verdict.earlier(self.newest, position, level, Check.SPIKE)
                last[position] = None
        self.last = tuple(last)

    def _in_sequence(
        self, observed_at: float, numbers: Values, sound: Values, contiguous: bool, verdict: Verdict
    ) -> None:
        terms = self.terms
        for position, value in enumerate(sound):
            before = self.last[position]
            if value != before:
                self.changed[position] = observed_at
            if numbers[position] is None:
                if is_expected(self.heard[position], observed_at, terms.rules.missing):
                    verdict.note(position, Level.MISSING, Check.MISSING)
                continue
            if value is None:
                self.heard[position] = observed_at
                continue
            if value > terms.exempt[position]:
                level = flat_line.level(self.changed[position], observed_at, terms.flat)
                if level is not Level.PASS:
                    verdict.note(position, level, Check.FLAT_LINE)
            per_s = terms.per_s[position]
            if contiguous and before is not None and per_s is not None:
                level = rate.level(value - before, observed_at - self.newest, terms.cadence_s, per_s)
                if level is not Level.PASS:
                    verdict.note(position, level, Check.RATE_OF_CHANGE)

    def _damp(
        self, observed_at: float, humid: float | None, sound: Values, contiguous: bool, verdict: Verdict
    ) -> None:
        rule = self.terms.rules.humidity
        if humid is None or humid != humid:
            return
        previous = self.humid
        if humid != previous:
            self.humid = humid
            self.humid_since = observed_at
        if humid < rule.threshold:
            self.damp_since = None
            self.dry = (None, None)
            return
        if self.damp_since is None:
            was_dry = contiguous and previous is not None and previous < rule.threshold
            self.damp_since = observed_at
            self.dry = self.last[:2] if was_dry else (None, None)
        if not humidity.is_credible(self.humid_since, self.damp_since, observed_at, rule):
            return
        for position in PARTICLES:
            value, dry = sound[position], self.dry[position]
            if value is None or dry is None:
                continue
            if value > humidity.bound(dry, self.terms.floors[position], rule):
                verdict.note(position, Level.SUSPECT, Check.HUMIDITY)

    def _warming(self, observed_at: float, verdict: Verdict) -> None:
        if self.newest == NEVER:
            verdict.all(Level.NOT_EVALUATED, Check.WARM_UP)
            return
        rule = self.terms.rules.warm_up
        level = warm_up.level(self.resumed_at, observed_at, first_of_all=self.starting, rule=rule)
        if level is not Level.PASS:
            verdict.all(level, Check.WARM_UP)

    def _remember(self, observed_at: float, sound: Values, contiguous: bool) -> None:
        floors, ratios = self.terms.floors, self.terms.ratios
        references: list[float | None] = [None] * len(POLLUTANTS)
        risen = False
        for position, value in enumerate(sound):
            last, before = self.last[position], self.before[position]
            if contiguous and value is not None and last is not None:
                reference = last if before is None else max(last, before)
                if spike.rose(value, reference, floors[position], ratios):
                    references[position] = reference
                    risen = True
        self.references = tuple(references) if risen else None
        self.before = self.last
        self.last = sound
        self.newest = observed_at

    def settle(self, observed_at: float, restless: bool) -> None:
        """Told at the end of each judgement whether the next reading must be judged whatever it says."""
