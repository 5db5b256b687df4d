"""What a station says after a disposal report: recovered, not recovered, regional, or nothing. Pure.

Over plain series with quality flags, in event time (seconds since the epoch); levels are µg/m³ (co mg/m³). The
answer depends on what was measured, never on the order in which it arrived, and a flagged value never counts.
"""

import math
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from models.enums import VerdictState

LEAST_NEIGHBOURS = 2
"""A single one may be wrong by itself."""
LEAST_SHARE = 0.25
"""An excess under this share of the neighbours' level is none: instruments agree no better (EPA/600/R-20/280)."""
SHARED_S = 900.0
"""A neighbour's reading older than this, or than one cadence, says nothing about now."""
SILENT_S = 3600.0
"""So long without a value that counts, and the station is said to be silent; of hours three cadences."""
COARSE_S = 1800.0
"""From this cadence on a reading is a mean, and one that began before the report says of before."""


@dataclass(frozen=True, slots=True)
class Point:
    """One reading of one station; `flagged` when quality control did not plainly pass it."""

    at: float
    value: float | None
    flagged: bool = False

    @property
    def counts(self) -> bool:
        return self.value is not None and not self.flagged and math.isfinite(self.value)


Series = Sequence[Point]


@dataclass(frozen=True, slots=True)
class ClosureRules:
    enough_s: float = 7200.0
    """Of readings that count."""
    longest_s: float = 86400.0
    held: int = 3
    """Readings in a row that say the same."""
    share: float = 0.3
    """Of the peak excess over the neighbours: below it the excess is gone."""
    regional_share: float = 0.5
    """By so much of that peak the neighbours have risen when the rise is theirs."""


@dataclass(frozen=True, slots=True)
class Watch:
    """What is watched: from when, against what. `clear`, `base` and `excess` are the alert's own, where it has them."""

    reported_at: float
    event_from: float
    cadence_s: float
    clear: float | None = None
    """The level under which the alert's own rule calls it over."""
    base: float | None = None
    """What the station had before."""
    excess: float | None = None
    """Over what was to be expected, when the alert opened."""

    @property
    def counts_from(self) -> float:
        return self.reported_at + (self.cadence_s if self.cadence_s >= COARSE_S else 0.0)


@dataclass(frozen=True, slots=True)
class Verdict:
    state: VerdictState
    relapsed: bool
    """It came back after it had recovered within the watch."""
    recovered_at: float | None
    """The first reading of the run by which it first recovered."""
    counted: int
    wanted: int
    """Readings after which the watch is over, unless the last of them disagree."""
    flagged: int
    """Readings since the report that do not count."""
    level: float | None
    """Of the last reading that counts."""
    neighbours: float | None
    """Their median then."""
    peak_excess: float | None
    limit: float | None
    """The excess under which it is gone."""
    over: bool
    """Whether the watch has seen enough, or its time is up; late readings may still change the answer."""


@dataclass(frozen=True, slots=True)
class _Measure:
    """What readings after the report are held against."""

    clear: float | None
    usual: float | None
    """The neighbours' level during the event; the station's own before it, where there are none."""
    peak: float | None
    limit: float | None
    risen: float | None
    """The neighbours' level from which on the rise is theirs."""

    def of(self, level: float, neighbours: float | None) -> VerdictState | None:
        """What one reading says; None when it can say nothing."""
        if self.clear is not None and level <= self.clear:
            return VerdictState.RECOVERED
        if self.limit is None or (neighbours is None and self.usual is None):
            return None if self.clear is None else VerdictState.NOT_RECOVERED
        if neighbours is not None and self._theirs(neighbours):
            # High levels differ by a share of themselves, whoever measures them.
            as_high = level - neighbours <= max(self.limit, LEAST_SHARE * neighbours)
            return VerdictState.REGIONAL if as_high else VerdictState.NOT_RECOVERED
        against = self.usual if neighbours is None else neighbours
        gone = level - (against or 0.0) <= self.limit
        return VerdictState.RECOVERED if gone else VerdictState.NOT_RECOVERED

    def _theirs(self, neighbours: float) -> bool:
        """Whether the neighbours are high themselves."""
        over = self.clear is not None and neighbours > self.clear
        return over or (self.risen is not None and neighbours >= self.risen)


def judge(
    watch: Watch, station: Series, neighbours: Sequence[Series], *, rules: ClosureRules, now: float
) -> Verdict:
    """The verdict on what has been measured by `now`, whatever order it came in."""
    own = _counting(station)
    around = [_Around.of(series) for series in neighbours]
    measure = _measure(watch, own, around, rules)
    until = watch.reported_at + rules.longest_s
    wanted = max(rules.held, math.ceil(rules.enough_s / watch.cadence_s))
    said: list[tuple[float, VerdictState]] = []
    last: tuple[float | None, float | None] = (None, None)
    for at, level in own:
        if not watch.counts_from < at <= until:
            continue
        if _enough(said, wanted, rules.held):
            break
        beside = _median_at(around, at, watch.cadence_s)
        how = measure.of(level, beside)
        if how is not None:
            said.append((at, how))
            last = (level, beside)
    over = _enough(said, wanted, rules.held) or now >= until
    state, relapsed, recovered_at = _standing(said, rules.held, over=over)
    heard = said[-1][0] if said else watch.reported_at
    if len(said) < rules.held and (over or now - heard >= max(SILENT_S, 3 * watch.cadence_s)):
        state = VerdictState.NO_DATA
    unheard = sum(1 for p in station if watch.counts_from < p.at <= until and not p.counts)
    return Verdict(
        state, relapsed, recovered_at, len(said), wanted, unheard, *last, measure.peak, measure.limit, over
    )


def _enough(said: Sequence[tuple[float, VerdictState]], wanted: int, held: int) -> bool:
    """Whether so much has been said that the watch is over; while it changes, as much again is waited for."""
    last = {how for _, how in said[-held:]}
    return len(said) >= (wanted if len(last) == 1 else 2 * wanted)


def _standing(
    said: Sequence[tuple[float, VerdictState]], held: int, *, over: bool
) -> tuple[VerdictState, bool, float | None]:
    """What the readings come to: the last thing that was said `held` times in a row."""
    standing: VerdictState | None = None
    recovered_at: float | None = None
    relapsed = False
    before: VerdictState | None = None
    since, length = 0.0, 0
    for at, how in said:
        since, length = (since, length + 1) if how is before else (at, 1)
        before = how
        if length < held:
            continue
        standing = how
        if how is VerdictState.RECOVERED and recovered_at is None:
            recovered_at = since
        relapsed = relapsed or (how is VerdictState.NOT_RECOVERED and recovered_at is not None)
    if standing in (VerdictState.RECOVERED, VerdictState.REGIONAL):
        return standing, relapsed, recovered_at
    # Nobody is said to have failed before the air had its time; what came back has had it.
    return (VerdictState.NOT_RECOVERED if over or relapsed else VerdictState.PENDING), relapsed, recovered_at


def _counting(series: Series) -> list[tuple[float, float]]:
    """Instants and values that count, in the order of time, each instant once."""
    known = {p.at: p.value for p in series if p.counts}
    return sorted((at, value) for at, value in known.items() if value is not None)


@dataclass(frozen=True, slots=True)
class _Around:
    """A neighbour's values that count."""

    at: list[float]
    value: list[float]

    @staticmethod
    def of(series: Series) -> "_Around":
        counting = _counting(series)
        return _Around([at for at, _ in counting], [value for _, value in counting])

    def latest(self, at: float, reach: float) -> float | None:
        index = bisect_right(self.at, at) - 1
        return self.value[index] if index >= 0 and self.at[index] > at - reach else None


def _median_at(around: Sequence[_Around], at: float, cadence_s: float) -> float | None:
    reach = max(SHARED_S, cadence_s)
    values = [value for one in around if (value := one.latest(at, reach)) is not None]
    return median(values) if len(values) >= LEAST_NEIGHBOURS else None


def _measure(
    watch: Watch, own: Sequence[tuple[float, float]], around: Sequence[_Around], rules: ClosureRules
) -> _Measure:
    """From the event itself: how far it was above its neighbours at its height, and what these had."""
    levels: list[float] = []
    besides: list[float] = []
    excesses: list[float] = []
    for at, level in own:
        if watch.event_from <= at <= watch.reported_at:
            levels.append(level)
            beside = _median_at(around, at, watch.cadence_s)
            if beside is not None:
                besides.append(beside)
                excesses.append(level - beside)
    usual = median(besides) if besides else watch.base
    peaks = [_height(excesses)] if excesses else []
    if not excesses and levels and watch.base is not None:
        peaks.append(_height(levels) - watch.base)
    if watch.excess is not None:
        peaks.append(watch.excess)
    if not peaks:
        return _Measure(watch.clear, usual, None, None, None)
    peak = max(peaks)
    least = LEAST_SHARE * usual if usual is not None else 0.0
    size = max(peak, least)
    if size <= 0:
        return _Measure(watch.clear, usual, peak, None, None)
    risen = usual + rules.regional_share * size if besides and usual is not None else None
    return _Measure(watch.clear, usual, peak, rules.share * size, risen)


def _height(values: Sequence[float]) -> float:
    """The highest level that three readings in a row have, in their middle: one spike is no height."""
    if len(values) < 3:
        return max(values)
    return max(median(values[n : n + 3]) for n in range(len(values) - 2))


def chart(
    watch: Watch, station: Series, neighbours: Sequence[Series], *, most: int = 200
) -> list[tuple[float, float | None, float | None]]:
    """Instant, the station's level and the neighbours' median, at most `most` of them; the newest is among them.

    A value that does not count is a gap.
    """
    levels = dict(_counting(station))
    instants = {p.at for p in station}
    if not any(at > watch.reported_at for at in instants):
        # It is silent: the neighbours go on.
        longest = max(neighbours, key=len, default=())
        instants |= {p.at for p in longest if p.at > watch.reported_at}
    around = [_Around.of(series) for series in neighbours]
    ordered = sorted(instants)
    step = -(-len(ordered) // most) or 1
    kept = ordered[::-1][::step][::-1]
    return [(at, levels.get(at), _median_at(around, at, watch.cadence_s)) for at in kept]
