"""Stations of minutes: a reading far above the station's last two hours and its neighbours' is looked into.

A gate a pollutant, renewed every step, keeps the usual reading cheap; only what passes it is judged, in the
order of arrival, so that the same stream gives the same events however it is cut.
"""

import math
from collections.abc import Mapping, Sequence

import numpy as np

from alerts.network.doubt import Doubt
from alerts.network.group import COLUMNS, NOBODY, RING, Group
from alerts.network.happening import FindingKind
from alerts.network.hours import Hours
from alerts.network.incidents import Finding, Incidents
from alerts.network.ledger import Ledger
from alerts.network.limits import Limits
from alerts.network.medians import Floats, Truths, median
from alerts.network.site import Site
from alerts.network.track import NEVER, WIDTH, Candidate, Track
from alerts.network.usual import Usual
from alerts.ruleset import RuleSet
from models.enums import POLLUTANTS, Severity

K = FindingKind
UNTRUSTED = (
    K.FLAT_LINE, K.NOISE, K.CLOCK_SHIFT, K.MOVED, K.SPIKE_BURST, K.IMPLAUSIBLE, K.ATTENUATED, K.HUMIDITY
)  # fmt: skip
COLD_READINGS = 8
COLD_S = 1800.0
"""Readings over half an hour at least, before they say what is usual."""
SERIOUS, CRITICAL = 3.0, 8.0
"""Thresholds that the excess is worth."""
SETTLE_S = 90.0
"""After its end a step waits so long for stations that report on their own seconds."""


class FineGroup:
    """Judges the stations of minutes."""

    def __init__(
        self, rule_set: RuleSet, sites: Sequence[Site], ledger: Ledger, own: Mapping[int, RuleSet] = NOBODY
    ) -> None:
        rules = rule_set.network
        rule = rules.fine
        self.rule = rule
        self.group = Group(rule_set, sites, ledger, step_s=rule.step_s, reach_km=rules.fine_reach_km, own=own)
        self.usual = Usual(self.group, rule)
        self.rules = self.usual.rules
        self.offsets = self.usual.offsets
        self.hours = Hours(self.group, self.offsets, fine=True)
        self.incidents = Incidents(self.group, rules.join, fine=True)
        self.limits = Limits(self.group, self.hours, self.incidents, fine=True)
        self.doubt = Doubt(self.group, self.hours)

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
            hour |= self._turn(group.step)
        return hour

    def _turn(self, step: int) -> bool:
        group, at = self.group, step * self.rule.step_s
        group.turn(step)
        self.usual.turn(step)
        hour = at % 3600 == 0
        if hour:
            index = [(step - 1 - m) % RING for m in range(round(3600 / self.rule.step_s))]
            self.hours.close(at, median(group.ring[index]))
        rows = self.usual.gates()
        for track in group.tracks:
            track.gates = rows[track.place]
        self.incidents.review(at, lambda track, columns: self.excess(track, columns, at))
        return hour

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
            if at - self.group.tracks[j].newest < max(2.5 * track.cadence_s, self.rules[track.place].shared_s)
        ]
        if not places:
            return np.zeros(COLUMNS)
        levels = np.array([self.short(self.group.tracks[j], self.group.tracks[j].newest) for j in places])
        middle = median(np.log(np.maximum(levels, 0) + self.offsets) - self.usual.log_base[places])
        return np.where(np.isnan(middle), 0, middle)

    def excess(self, track: Track, columns: tuple[int, ...], at: float) -> tuple[float, list[float]]:
        """Over what is usual, in units of what is worth a walk, and the levels."""
        short = np.array(self.short(track, at)) if at - track.newest < 3600 else np.full(COLUMNS, np.nan)
        over = (short - self.usual.expected(track.place, self.shared_rise(track, at))) / self.usual.floors[
            track.place
        ]
        most = max((float(over[j]) for j in columns if over[j] == over[j]), default=0.0)
        return most, short.tolist()

    def look(self, track: Track, at: float, values: Sequence[float]) -> None:
        """Judges the newest reading of a station if it passed a gate, or if one lately did."""
        self._look_up(track, at, values)
        if not self.group.ledger.has(track.id, *UNTRUSTED):
            self.limits.look(track, at, values, held=track.candidate is not None and track.candidate.held)

    def overlook(self, track: Track, at: float, values: Sequence[float]) -> None:
        """Late readings raise nothing; but what they saw is no background for those to come."""
        gates = track.gates
        if any(values[j] >= gates[j] for j in range(COLUMNS)):
            self.group.masked[int(at // self.rule.step_s) % RING, track.place] = True

    def _look_up(self, track: Track, at: float, values: Sequence[float]) -> None:
        if track.candidate is None:
            gates = track.gates
            for j in range(COLUMNS):
                if values[j] >= gates[j]:
                    break
                if (
                    gates[j] == math.inf
                    and values[j] >= self.rules[track.place].floors[j]
                    and self._remember(track, at, j)
                ):
                    break
            else:
                return
        if at < track.hushed_until or self.incidents.of(track.place) is not None:
            return
        if track.candidate is None:
            track.candidate = Candidate(at)
        self._judge(track, at)

    def _remember(self, track: Track, at: float, column: int) -> bool:
        """For a station that the steps say nothing of yet (it is new, or has sent its past in one delivery): a base
        from the readings at hand, asked for once a step. True when the newest reading passes the gate that follows.
        """
        step = int(at // self.rule.step_s)
        if step == track.asked or at - track.recent[0] < COLD_S or len(track.recent) < COLD_READINGS * WIDTH:
            return False
        rows = track.rows()
        guard, whole = self.rule.guard_steps, self.rule.guard_steps + self.rule.base_steps
        step_s = self.rule.step_s
        past = rows[(rows[:, 0] <= at - guard * step_s) & (rows[:, 0] > at - whole * step_s)]
        known = ~np.isnan(past[:, 1 + column])
        if known.sum() < COLD_READINGS or at - float(past[known][0, 0]) < COLD_S:
            track.asked = step
            return False
        track.gates = self.usual.adopt(track.place, median(past[:, 1:-1]))
        return bool(rows[-1, 1 + column] >= track.gates[column])

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
        below: Truths = apart < self.rules[track.place].log_long
        return below

    def _judge(self, track: Track, at: float) -> None:
        short = np.array(self.short(track, at))
        shared = self.shared_rise(track, at)
        expected = self.usual.expected(track.place, shared)
        limits = self.usual.thresholds(track.place, at, expected)
        open_columns = ~np.isnan(limits) & ~self._below_day(track, short)
        rows = track.rows()
        columns, hot = self._columns(track, rows, at, expected, limits, open_columns)
        if not columns:
            if not hot:
                track.candidate = None
            return
        if self.group.ledger.has(track.id, *UNTRUSTED):
            return
        newest = (rows[-1, 1:-1] - expected) / limits
        lead = max(columns, key=lambda j: float(newest[j]) if newest[j] == newest[j] else -9.0)
        # An instrument is doubted where others can vouch for the air; one that stands alone is believed.
        doubted = self.limits.can_tell(track, at) and not self.incidents.near(track.place, at)
        if doubted and not self.doubt.is_air(
            track, rows, at, lead, float(expected[lead]), float(limits[lead])
        ):
            if track.candidate is not None:
                track.candidate.held = True
            return
        excess = short - expected
        lead = max(columns, key=lambda j: float(np.nan_to_num(excess[j] / limits[j])))
        strength = float(excess[lead] / limits[lead])
        if strength < SERIOUS and self._waits(track, at, lead):
            return
        track.candidate = None
        many = len(self.group.neighbours.of[track.place]) >= 3
        self.incidents.found(
            track,
            at,
            Finding(
                K.ABOVE_NEIGHBOURS if many else K.SUDDEN_RISE,
                tuple(columns),
                lead,
                Severity.CRITICAL
                if strength >= CRITICAL
                else Severity.SERIOUS
                if strength >= SERIOUS
                else Severity.NOTICE,
                self._began(rows, at, lead, expected, limits),
                {
                    "level": _named(short),
                    "base": _named(self.usual.base[track.place]),
                    "expected": _named(expected),
                    "excess": _named(excess),
                    "threshold": _named(limits),
                    "shared_rise_log": _named(shared),
                    "sigma_log": _named(self.usual.sigma[track.place]),
                    "neighbours": len(self.group.neighbours.of[track.place]),
                    "near": self.group.near(track.place),
                },
            ),
        )

    def _waits(self, track: Track, at: float, lead: int) -> bool:
        """Whether the neighbours stir as well, so that it may be the edge of what comes over all of them: then a
        while decides, unless the excess is serious.
        """
        rule, candidate = self.rules[track.place], track.candidate
        if candidate is None:
            return False
        if candidate.waits_since == NEVER:
            places = self.group.neighbours.of[track.place]
            fresh = [j for j in places if at - self.group.tracks[j].newest < rule.shared_s]
            levels = np.array(
                [self.short(self.group.tracks[j], self.group.tracks[j].newest)[lead] for j in fresh]
            )
            rises = np.log(np.maximum(levels, 0) + self.offsets[lead]) - self.usual.log_base[fresh, lead]
            known = rises[rises == rises]
            if len(known) < 3 or (known >= rule.log_stir).mean() < rule.stir_share:
                return False
            candidate.waits_since = at
        return at - candidate.waits_since < rule.wait_s

    def _columns(
        self, track: Track, rows: Floats, at: float, expected: Floats, limits: Floats, usable: Truths
    ) -> tuple[list[int], bool]:
        """Pollutants that enough of the last readings carry, and whether the newest carries any."""
        rule = self.rules[track.place]
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


def _named(values: Floats) -> dict[str, float]:
    return {name: round(float(x), 2) for name, x in zip(POLLUTANTS, values, strict=True) if x == x}
