"""The group hour by hour: what a station's level is against its neighbours' and its own past days.

From it follow the slow faults of instruments (attenuated, offset, drift), the level a station usually has, and
what the region's air does as a whole.
"""

import math

import numpy as np

from alerts.network.group import Group
from alerts.network.happening import FindingKind
from alerts.network.medians import BLOCK, Floats, Truths, median
from alerts.network.track import HUMIDITY
from models.enums import POLLUTANTS

HOUR = 3600.0
LEVELS = 32
DIFFERENCES = 168
RAW = 96
COMPARED = (0, 1, 3, 4)
"""Pollutants whose difference to the neighbours is kept: the particle sizes, and the gases that tell a filter
(which stops particles alone) from cleaner air."""
PARTICLES = tuple(POLLUTANTS[:2])
RAW_OFFSETS = np.array([0.5, 1.0])
"""A blocked inlet shows in the raw level, also where the air is clean."""
UNNOTICED = 8
"""Hours that a slow fault may have lasted before it was told."""
LASTING = 6
"""Known hours out of eight that no plume stays for."""
ENDING = 3
"""Hours whose median tells that it is over."""
K = FindingKind


class _Limits:
    """Of slow faults: a column over the stations each."""

    def __init__(self, group: Group) -> None:
        self.low_log = group.column(lambda rules: rules.network.fault.low_log)
        self.blocked_log = group.column(lambda rules: rules.network.fault.blocked_log)
        self.high_log = group.column(lambda rules: rules.network.fault.high_log)
        self.drift_log = group.column(lambda rules: rules.network.fault.drift_log)


class Hours:
    """Rings of hours, newest first when read through `past`."""

    def __init__(self, group: Group, offsets: Floats, *, fine: bool) -> None:
        n = group.size
        self.group = group
        self.offsets = offsets
        self.fine = fine
        self.count = 0
        self.level: Floats = np.full((LEVELS, n, len(POLLUTANTS)), np.nan, dtype=np.float32)
        # Differences of logarithms lie within a few units: half precision tells a thousandth there.
        self.apart: Floats = np.full((DIFFERENCES, n, len(COMPARED)), np.nan, dtype=np.float16)
        self.raw: Floats = np.full((RAW, n, 2), np.nan, dtype=np.float16)
        self.raw_apart: Floats = np.full((RAW, n, 2), np.nan, dtype=np.float16)
        self.day: Floats = np.full((n, len(POLLUTANTS)), np.nan)
        """Median log level of the last day."""
        self.reference: Floats = np.full((n, len(COMPARED)), np.nan)
        """Usual log difference to the neighbours, of the pollutants in COMPARED."""
        self.fault = _Limits(group)
        self.rough: Floats = np.full((n, 2), np.nan)
        """Usual step between successive log readings."""

    def past(self, ring: Floats, start: int, stop: int) -> Floats:
        """Hours `start` to `stop` back, newest first, no further than the history goes."""
        return ring[self._rows(ring, start, stop)].astype(np.float32)

    def _rows(self, ring: Floats, start: int, stop: int) -> list[int]:
        stop = min(stop, self.count, len(ring))
        return [(self.count - 1 - m) % len(ring) for m in range(start, stop)]

    def _middle(self, ring: Floats, start: int, stop: int) -> Floats:
        """Median of these hours; a few thousand stations at a time, so that nothing large is copied."""
        rows = self._rows(ring, start, stop)
        size = ring.shape[1]
        parts = [median(ring[rows, n : n + BLOCK].astype(np.float32)) for n in range(0, size, BLOCK)]
        return np.concatenate(parts) if parts else np.empty(ring.shape[1:])

    def close(self, at: float, levels: Floats) -> None:
        """Takes the mean levels (stations × pollutants, NaN: none) of the hour that ends at `at`."""
        group = self.group
        log = np.log(np.maximum(levels, 0) + self.offsets)
        raw = np.log(np.maximum(levels[:, :2], 0) + RAW_OFFSETS)
        k = self.count
        self.count += 1
        self.level[k % LEVELS] = log
        self.apart[k % DIFFERENCES] = (log - group.neighbours.median(log))[:, COMPARED]
        self.raw[k % RAW] = raw
        self.raw_apart[k % RAW] = raw - group.neighbours.median(raw)
        if self.count >= 8:
            self.day = self._middle(self.level, 1, 25)
        if self.count >= 24:
            self._judge(at)

    def above(self) -> Floats:
        """Log by which each station's particles are further above its neighbours than usual, in the last hour; NaN
        where nobody can tell.
        """
        newest = self.past(self.apart, 0, 1)
        if not len(newest):
            return np.full((self.group.size, 2), np.nan)
        result: Floats = newest[0, :, :2] - self.reference[:, :2]
        return result

    def stays(self, back: int, least: float) -> Truths:
        """Where (stations × pollutants) the level of the last hour is above that `back` hours ago by `least`, a log,
        and not as much below the highest since. False where nobody can tell.
        """
        past = self.past(self.level, 0, back + 1)
        if len(past) <= back:
            return np.zeros((self.group.size, len(POLLUTANTS)), dtype=bool)
        highest = np.where(np.isnan(past), -np.inf, past).max(axis=0)
        up: Truths = (past[0] - past[-1] >= least) & (highest - past[0] < least)
        return up

    def _judge(self, at: float) -> None:
        rule = self.fault
        silent = np.array([at - t.newest > 3 * max(t.cadence_s, 600) for t in self.group.tracks])
        n = min(self.count, DIFFERENCES)
        begin, end = (12, 84) if n >= 30 else (6, DIFFERENCES)
        self.reference = reference = self._middle(self.apart, begin, end)
        apart = self.past(self.apart, 0, 8)
        self._attenuated(at, rule, silent, apart[:3] - reference)
        if n >= 34:
            self._offset(at, rule, silent, apart[:8] - reference)
        self._damp(at, silent, apart[:2] - reference)
        if n >= 72:
            self._drift(at, rule, silent)
        self._noise(at, silent)

    def _attenuated(self, at: float, rule: _Limits, silent: Truths, recent: Floats) -> None:
        """Particles low against the neighbours and against itself while the gases are not."""
        reference = self._middle(self.raw_apart, 12 if self.count >= 30 else 6, 84)
        low = self.past(self.raw_apart, 0, 3) - reference
        own = self.past(self.raw, 0, 1)[0] - self._middle(self.raw, 3, 75)
        mean = median(low)
        worst = np.where(np.isnan(low), -np.inf, low).max(axis=0)
        gas = _gases(recent)
        limit = rule.low_log
        weak = (
            (mean < limit).all(axis=1)
            & (worst < 0.6 * limit).all(axis=1)
            & (np.abs(mean[:, 0] - mean[:, 1]) < 0.5)
            & (own < 0.5 * limit).all(axis=1)
            & (gas > 0.5 * limit[:, 0])
        )
        blocked = (low[0] < rule.blocked_log).all(axis=1) & (own < 0.8 * rule.blocked_log).all(axis=1)
        if not self.fine:
            blocked &= (low[1] < rule.blocked_log).all(axis=1)
        ended = (mean > 0.6 * limit).any(axis=1)
        # The end of an offset is a fall, from a level that was none.
        ledger, sites = self.group.ledger, self.group.sites
        lifted = np.array([ledger.has(site.id, K.OFFSET, K.DRIFT) for site in sites], dtype=bool)
        self._apply(K.ATTENUATED, at, (weak | blocked) & ~silent & ~lifted, ended & ~silent, mean)

    def _offset(self, at: float, rule: _Limits, silent: Truths, recent: Floats) -> None:
        """Particles high against the neighbours for as long as no plume stays, while the gases are not."""
        gas, recent = _gases(recent), recent[:, :, :2]
        middle = median(recent)
        least = np.where(np.isnan(recent), np.inf, recent).min(axis=0)
        enough = ((~np.isnan(recent)).sum(axis=0) >= LASTING).all(axis=1)
        high = enough & (middle > rule.high_log).all(axis=1) & (least > 0.6 * rule.high_log).all(axis=1)
        high &= gas < 0.5 * rule.high_log[:, 0]
        ended = (median(recent[:3]) < 0.6 * rule.high_log).any(axis=1)
        # Without anybody to be compared with, what has lasted is the station's level.
        ended |= np.isnan(recent).all(axis=(0, 2))
        self._apply(K.OFFSET, at, high & ~silent, ended & ~silent, middle)

    def _damp(self, at: float, silent: Truths, recent: Floats) -> None:
        """Both particle sizes swollen for two hours in damp air, while the gases and the neighbours are not."""
        group, ledger = self.group, self.group.ledger
        limit = self.group.column(lambda rules: rules.network.fault.damp_log)
        high = (recent[:, :, :2] > limit).all(axis=(0, 2)) & (_gases(recent) < 0.5 * limit[:, 0]) & ~silent
        for place in np.flatnonzero(high).tolist():
            track = group.tracks[place]
            rows = track.rows()
            damp = rows[rows[:, 0] > at - 2 * HOUR, HUMIDITY]
            damp = damp[damp == damp]
            least = group.rules_at[place].network.signature.damp_percent
            if not len(damp) or damp.mean() < least or group.masked[:, place].any():
                continue  # what has been seen as an event is none of the instrument's doing
            if not ledger.has(track.id, K.OFFSET, K.DRIFT):
                why = {
                    "humidity": round(float(damp.mean()), 1),
                    **_numbers(log_difference=median(recent)[place]),
                }
                ledger.fault(K.HUMIDITY, track.id, PARTICLES, at, why=why)

    def _drift(self, at: float, rule: _Limits, silent: Truths) -> None:
        """The last day against the week before it: what creeps shows in neither step nor hour."""
        moved = self._middle(self.apart, 0, 18) - self._middle(self.apart, 36, DIFFERENCES)
        gas, shift = _gases(moved[None]), moved[:, :2]
        high = (shift > rule.drift_log).all(axis=1) & (gas < 0.5 * rule.drift_log[:, 0])
        ended = (shift < 0.6 * rule.drift_log).any(axis=1)
        self._apply(K.DRIFT, at, high & ~silent, ended & ~silent, shift)

    def _noise(self, at: float, silent: Truths) -> None:
        ledger = self.group.ledger
        for track in self.group.tracks:
            if silent[track.place]:
                continue
            rows = track.rows()
            rows = rows[rows[:, 0] > at - HOUR] if self.fine else rows[-7:]
            now = np.array([_roughness(rows[:, 1 + j], self.offsets[j]) for j in range(2)])
            usual = self.rough[track.place]
            rule = self.group.rules_at[track.place].network.fault
            least = rule.noise_fine if self.fine else rule.noise_coarse
            if (now > rule.noise_ratio * usual).all() and (now > least).all():
                ledger.fault(K.NOISE, track.id, PARTICLES, at, why=_numbers(now=now, usual=usual))
                continue
            if (now < 1.7 * usual).any():
                ledger.mend(K.NOISE, track.id, at)
            if not ledger.has(track.id, K.NOISE):
                follow = usual * np.exp(0.06 * np.sign(now - usual))
                self.rough[track.place] = np.where(
                    np.isnan(usual), now, np.where(np.isnan(now), usual, follow)
                )

    def _apply(self, kind: FindingKind, at: float, begun: Truths, ended: Truths, size: Floats) -> None:
        ledger = self.group.ledger
        for place in np.flatnonzero(begun | ended):
            station = self.group.sites[int(place)].id
            if begun[place]:
                ledger.fault(kind, station, PARTICLES, at, why=_numbers(log_difference=size[place]))
                continue
            key = ledger.faults.get((station, kind.value))
            # The hours that tell its end have to lie after its beginning.
            if key is not None and at - ledger.open[key].detected_at >= ENDING * HOUR:
                self._forget(int(place), at - ledger.open[key].detected_at)
                ledger.mend(kind, station, at)

    def _forget(self, place: int, lasted_s: float) -> None:
        """What a faulty instrument said is no reference for what it says once it is well again."""
        hours = int(lasted_s // HOUR) + UNNOTICED
        for ring in (self.apart, self.raw, self.raw_apart):
            back = range(1, min(hours, self.count, len(ring)))
            ring[[(self.count - 1 - m) % len(ring) for m in back], place] = np.nan


def _gases(apart: Floats) -> Floats:
    """By how much the gases are over their usual difference to the neighbours; 0 where nobody measures them."""
    middle = median(apart[:, :, 2:])
    known: Floats = np.where(np.isnan(middle), 0, middle).mean(axis=1)
    return known


def _roughness(values: Floats, offset: float) -> float:
    known = values[values == values]
    if len(known) < 6:
        return math.nan
    return float(np.median(np.abs(np.diff(np.log(known + offset)))))


def _numbers(**named: Floats) -> dict[str, list[float | None]]:
    return {
        name: [None if math.isnan(x) else round(float(x), 3) for x in values]
        for name, values in named.items()
    }
