"""Stations of minutes: a reading far above the station's last two hours and its neighbours' is looked into.

A gate a pollutant, renewed every step, keeps the usual reading cheap; only what passes it is judged, in the
order of arrival, so that the same stream gives the same events however it is cut.
"""

import math
from collections.abc import Sequence

import numpy as np

from alerts.network.group import COLUMNS, RING, Group
from alerts.network.happening import FindingKind
from alerts.network.hours import PARTICLES, Hours
from alerts.network.incidents import Finding, Incidents
from alerts.network.ledger import Ledger
from alerts.network.medians import Floats, Truths, median
from alerts.network.rules import NetworkRules
from alerts.network.signature import differences, quiet, stepped
from alerts.network.site import Site
from alerts.network.track import HUMIDITY, WIDTH, Candidate, Track
from models.enums import POLLUTANTS, Severity

K = FindingKind
UNTRUSTED = (
    K.FLAT_LINE, K.NOISE, K.CLOCK_SHIFT, K.MOVED, K.SPIKE_BURST, K.IMPLAUSIBLE, K.ATTENUATED, K.HUMIDITY
)  # fmt: skip
STEPS_AN_HOUR = 12
DAY_STEPS = 288.0
SETTLE_S = 90.0
"""After its end a step waits so long for stations that report on their own seconds."""


class FineGroup:
    """Judges the stations of minutes."""

    def __init__(self, rules: NetworkRules, sites: Sequence[Site], ledger: Ledger) -> None:
        rule = rules.fine
        self.rule = rule
        self.group = Group(rules, sites, ledger, step_s=rule.step_s, reach_km=rules.fine_reach_km)
        self.offsets = np.array(rule.offsets)
        self.floors = np.array(rule.floors)
        self.hours = Hours(self.group, self.offsets, fine=True)
        self.incidents = Incidents(self.group, rules.join, fine=True)
        n = self.group.size
        self.base: Floats = np.full((n, COLUMNS), np.nan)
        self.log_base: Floats = np.full((n, COLUMNS), np.nan)
        self.sigma: Floats = np.full((n, COLUMNS), 0.2)
        self.seen: Floats = np.zeros((n, COLUMNS))
        self.tail: Floats = np.full((n, COLUMNS), 0.3)
        self.habit: Floats = np.zeros((24, n, COLUMNS), dtype=np.float32)
        self.habit_seen: Floats = np.zeros((24, n, COLUMNS), dtype=np.float32)

    # Time

    def advance(self, now: float) -> bool:
        """Closes the steps that have ended; true when an hour has ended with one."""
        step = int((now - SETTLE_S) // self.rule.step_s)
        group = self.group
        if group.step is None:
            group.step = step
            return False
        hour = False
        if step - group.step > RING:
            group.ring[:] = np.nan
            group.step = step - 1
        while group.step < step:
            for track in group.tracks:
                if track.step <= group.step:
                    group.settle(track)
            group.step += 1
            hour |= self._tick(group.step)
        return hour

    def _tick(self, step: int) -> bool:
        rule, group = self.rule, self.group
        group.turn(step)
        past = group.background(1 + rule.guard_steps, rule.base_steps)
        enough = (~np.isnan(past)).sum(axis=0) >= rule.base_steps // 3
        self.base = np.where(enough, median(past), self.base)
        self.log_base = np.log(np.maximum(self.base, 0) + self.offsets)
        self._learn(step)
        at = step * rule.step_s
        hour = at % 3600 == 0
        if hour:
            index = [(step - 1 - m) % RING for m in range(STEPS_AN_HOUR)]
            self.hours.close(at, median(group.ring[index]))
        gates = np.maximum(np.exp(self.log_base + rule.log_ratio) - self.offsets, self.base + self.floors)
        rows = np.where(np.isnan(gates), np.inf, gates).tolist()
        for track in group.tracks:
            track.gates = rows[track.place]
        self.incidents.review(at, lambda track, columns: self.excess(track, columns, at))
        return hour

    def _learn(self, step: int) -> None:
        """How large residuals usually are, per station, pollutant and hour of the day.

        Medians and quantiles followed in small steps proportionate to themselves: one great residual moves them
        no further than a small one, so an episode is never learned as normal.
        """
        rule, group = self.rule, self.group
        now, before = group.ring[(step - 1) % RING], group.ring[(step - 2) % RING]
        level = np.where(
            np.isnan(now), before, np.where(np.isnan(before), now, np.sqrt(np.maximum(now * before, 0)))
        )
        rise = np.log(np.maximum(level, 0) + self.offsets) - self.log_base
        shared = group.neighbours.median(rise)
        shared = np.where(np.isnan(shared), 0, shared)
        residual = np.abs(rise - shared)
        sound = np.array([not group.ledger.has(site.id, K.NOISE, K.FLAT_LINE) for site in group.sites])
        known = ~np.isnan(residual) & sound[:, None]
        pace = np.maximum(1 / (self.seen + 5), 1 / DAY_STEPS) * np.where(residual > 4 * self.sigma, 0.3, 1)
        followed = self.sigma * np.exp(1.5 * pace * np.sign(residual - self.sigma / 1.4826))
        self.sigma = np.where(known, np.clip(followed, rule.sigma_floors, 0.8), self.sigma)
        self.seen = np.where(known, self.seen + 1, self.seen)
        local = np.minimum(rise, rise - shared)
        drift = np.where(local > self.tail, rule.tail_share, rule.tail_share - 1) * 2 / DAY_STEPS
        self.tail = np.where(known, np.clip(self.tail + drift, 0.1, 1.0), self.tail)
        hour = _hour_of_day((step - 1) * rule.step_s)
        seen = self.habit_seen[hour]
        weight = np.maximum(1 / (seen + 1), 1 / 84.0)
        clipped = np.clip(local, -0.8, 0.8)
        self.habit[hour] = np.where(
            known, self.habit[hour] + weight * (clipped - self.habit[hour]), self.habit[hour]
        )
        self.habit_seen[hour] = np.where(known, seen + 1, seen)

    # Readings

    def short(self, track: Track, at: float) -> list[float]:
        """Median of the station's last five minutes or three readings; NaN where fewer than two are known."""
        span = max(300.0, 3 * track.cadence_s) + 10
        rows = np.array(track.recent[-16 * WIDTH :]).reshape(-1, WIDTH)
        rows = rows[rows[:, 0] > at - span]
        out: list[float] = []
        for j in range(COLUMNS):
            x = sorted(v for v in rows[:, 1 + j].tolist() if v == v)
            n = len(x)
            if n < 2:
                out.append(math.nan)
            elif n == 2:
                out.append(x[0])
            else:
                out.append(x[n // 2] if n % 2 else (x[n // 2 - 1] + x[n // 2]) / 2)
        return out

    def shared_rise(self, track: Track, at: float) -> Floats:
        """Log rise that the neighbours have in common now; 0 where none can tell."""
        places = [
            j
            for j in self.group.neighbours.of[track.place]
            if at - self.group.tracks[j].newest < max(2.5 * track.cadence_s, self.rule.shared_s)
        ]
        if not places:
            return np.zeros(COLUMNS)
        levels = np.array([self.short(self.group.tracks[j], self.group.tracks[j].newest) for j in places])
        middle = median(np.log(np.maximum(levels, 0) + self.offsets) - self.log_base[places])
        return np.where(np.isnan(middle), 0, middle)

    def expected(self, track: Track, shared: Floats) -> Floats:
        """Level without an event: the base, lifted by what the neighbours share."""
        lifted: Floats = (self.base[track.place] + self.offsets) * np.exp(
            np.maximum(shared, 0)
        ) - self.offsets
        return lifted

    def excess(self, track: Track, columns: tuple[int, ...], at: float) -> float:
        short = np.array(self.short(track, at)) if at - track.newest < 3600 else np.full(COLUMNS, np.nan)
        over = (short - self.expected(track, self.shared_rise(track, at))) / self.floors
        return max((float(over[j]) for j in columns if over[j] == over[j]), default=0.0)

    def look(self, track: Track, at: float, values: Sequence[float]) -> None:
        """Judges the newest reading of a station if it passed a gate, or if one lately did."""
        if track.candidate is None:
            gates = track.gates
            for j in range(COLUMNS):
                if values[j] >= gates[j]:
                    break
            else:
                return
        if at < track.hushed_until or self.incidents.of(track.place) is not None:
            return
        if track.candidate is None:
            track.candidate = Candidate(at)
        self._judge(track, at)

    def _thresholds(self, track: Track, at: float, expected: Floats) -> Floats:
        rule, place = self.rule, track.place
        hour = _hour_of_day(at)
        habit = np.maximum(self.habit[hour, place], 0) * (self.habit_seen[hour, place] > 20)
        need = np.maximum(
            np.maximum(rule.log_ratio, rule.z * self.sigma[place]), rule.tail * self.tail[place]
        )
        limits: Floats = np.maximum(self.floors, (expected + self.offsets) * (np.exp(need + habit) - 1))
        return limits

    def _below_day(self, track: Track, short: Floats) -> Truths:
        """Where the level is not above the station's own last day, beyond what the neighbours are above theirs."""
        day = self.hours.day
        own = np.log(np.maximum(short, 0) + self.offsets) - day[track.place]
        places = self.group.neighbours.of[track.place]
        levels = np.array([self.short(self.group.tracks[j], self.group.tracks[j].newest) for j in places])
        others = (
            median(np.log(np.maximum(levels, 0) + self.offsets) - day[places])
            if places
            else np.zeros(COLUMNS)
        )
        apart = np.minimum(own, own - np.where(np.isnan(others), 0, others))
        below: Truths = apart < self.rule.log_long
        return below

    def _judge(self, track: Track, at: float) -> None:
        short = np.array(self.short(track, at))
        shared = self.shared_rise(track, at)
        expected = self.expected(track, shared)
        limits = self._thresholds(track, at, expected)
        open_columns = ~np.isnan(limits) & ~self._below_day(track, short)
        rows = track.rows()
        columns, hot = self._columns(track, rows, at, expected, limits, open_columns)
        if not columns:
            if not hot:
                track.candidate = None
            return
        if not self._is_air(track, rows, at, columns, expected, limits):
            return
        if self.group.ledger.has(track.id, *UNTRUSTED):
            return
        track.candidate = None
        excess = short - expected
        lead = max(columns, key=lambda j: float(np.nan_to_num(excess[j] / limits[j])))
        strength = float(excess[lead] / limits[lead])
        many = len(self.group.neighbours.of[track.place]) >= 3
        self.incidents.found(
            track,
            at,
            Finding(
                K.ABOVE_NEIGHBOURS if many else K.SUDDEN_RISE,
                tuple(columns),
                Severity.CRITICAL
                if strength >= 8
                else Severity.SERIOUS
                if strength >= 3
                else Severity.NOTICE,
                self._began(rows, at, lead, expected, limits),
                {
                    "level": _named(short),
                    "base": _named(self.base[track.place]),
                    "expected": _named(expected),
                    "excess": _named(excess),
                    "threshold": _named(limits),
                    "shared_rise_log": _named(shared),
                    "sigma_log": _named(self.sigma[track.place]),
                    "neighbours": len(self.group.neighbours.of[track.place]),
                },
            ),
        )

    def _columns(
        self, track: Track, rows: Floats, at: float, expected: Floats, limits: Floats, usable: Truths
    ) -> tuple[list[int], bool]:
        """Pollutants that enough of the last readings carry, and whether the newest carries any."""
        rule = self.rule
        last = rows[-rule.window :]
        last = last[at - last[:, 0] < (rule.window + 2) * track.cadence_s]
        columns: list[int] = []
        any_hot = False
        for j in np.flatnonzero(usable).tolist():
            over = last[:, 1 + j] - expected[j]
            over = over[over == over]
            if not len(over):
                continue
            hot = over >= rule.hot_share * limits[j]
            any_hot |= bool(hot[-1])
            middle = np.sort(over)[len(over) // 2]
            lasting = hot.sum() >= rule.hot and middle >= limits[j]
            if lasting or (len(over) >= 3 and over[-3:].min() >= rule.strong * limits[j]):
                columns.append(j)
        return columns, any_hot

    def _began(self, rows: Floats, at: float, lead: int, expected: Floats, limits: Floats) -> float:
        over = rows[:, 1 + lead] - expected[lead] >= 0.3 * limits[lead]
        began = at
        for k in range(len(rows) - 1, -1, -1):
            if not over[k]:
                break
            began = float(rows[k, 0])
        return began

    def _is_air(
        self, track: Track, rows: Floats, at: float, columns: list[int], expected: Floats, limits: Floats
    ) -> bool:
        """False while it may still be the instrument, and for good when it turned out to be."""
        rule, ledger = self.group.rules.signature, self.group.ledger
        assert track.candidate is not None  # noqa: S101 (only asked about candidates)
        newest = (rows[-1, 1:-1] - expected) / limits
        lead = max(columns, key=lambda j: float(newest[j]) if newest[j] == newest[j] else -9.0)
        rows = rows[(rows[:, 0] > at - 7200) & ~np.isnan(rows[:, 1 + lead])]
        over = rows[:, 1 + lead] - expected[lead]
        excess = float(np.sort(over[-5:])[2]) if len(over) >= 5 else float(over[-1])
        onset = len(over) - 1
        while onset > 0 and over[onset - 1] >= 0.4 * excess:
            onset -= 1
        before, after = over[max(0, onset - 14) : onset], over[onset:]
        if self.incidents.near(track.place, at):
            return True
        if stepped(before, after, excess, rule):
            if len(after) < rule.settle:
                return False
            if quiet(before, after, excess, rule):
                if len(after) >= rule.sure:
                    ledger.fault(K.OFFSET, track.id, PARTICLES, at, why={"excess": round(excess, 1)})
                    track.candidate = None
                    track.hushed_until = at + 3600
                return False
        if lead < 2 and self._noisy(track, rows, lead, over, after, limits):
            return False
        return not (lead < 2 and self._swells(track, rows, at, over, before, excess))

    def _noisy(
        self, track: Track, rows: Floats, lead: int, over: Floats, after: Floats, limits: Floats
    ) -> bool:
        """What swings from reading to reading has to hold for longer."""
        rule = self.group.rules.signature
        now = differences(np.log(np.maximum(rows[-12:, 1 + lead], 0) + self.offsets[lead]))
        if not (now > rule.noise_log and now > rule.noise_ratio * self.hours.rough[track.place, lead]):
            return False
        return len(after) < 8 or int((over[-8:] >= self.rule.hot_share * limits[lead]).sum()) < 7

    def _swells(
        self, track: Track, rows: Floats, at: float, over: Floats, before: Floats, excess: float
    ) -> bool:
        """A unit in damp air swells for hours while its neighbours don't."""
        rule, ledger = self.group.rules.signature, self.group.ledger
        assert track.candidate is not None  # noqa: S101
        damp = rows[-5:, HUMIDITY]
        damp = damp[damp == damp]
        earlier = np.sort(over[(rows[:, 0] >= at - 2700) & (rows[:, 0] <= at - 1500)])
        if not len(damp) or damp.mean() < rule.damp_percent or not len(earlier) or len(before) < 3:
            return False
        then = float(earlier[len(earlier) // 2])
        if then < 0.3 * excess or excess <= 1.1 * then:
            return False
        age = at - track.candidate.began_at
        if age >= rule.swell_s:
            return False
        if age > 3000:
            ledger.fault(K.HUMIDITY, track.id, PARTICLES, at, why={"humidity": round(float(damp.mean()), 1)})
        return True


def _hour_of_day(at: float) -> int:
    """Beijing time: the habits of a place follow its clocks."""
    return int(at // 3600 + 8) % 24


def _named(values: Floats) -> dict[str, float]:
    return {name: round(float(x), 2) for name, x in zip(POLLUTANTS, values, strict=True) if x == x}
