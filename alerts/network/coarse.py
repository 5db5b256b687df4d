"""Stations of hours: the change of one hour, in the direction of a source's profile.

One value an hour leaves no time for repetition, so the pollutants have to witness for each other: the change of
all six, less what the neighbours share, is projected on the profile of each kind of source in units of the
network's own noise (matched filter; Turin 1960). Whoever rests on particles alone has to show a proportion that
an instrument's gain would not have, or to last.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from alerts.network.group import COLUMNS, NOBODY, RING, Group
from alerts.network.happening import FindingKind
from alerts.network.hours import PARTICLES, Hours
from alerts.network.incidents import Finding, Incidents
from alerts.network.ledger import Ledger
from alerts.network.limits import Limits
from alerts.network.medians import Floats, median
from alerts.network.rules import CoarseRule
from alerts.network.signature import FAMILIES, INSTRUMENT, LEAD, OZONE, PROFILES, gain_like, matched
from alerts.network.site import Site
from alerts.network.track import HUMIDITY, Track
from alerts.ruleset import RuleSet
from models.enums import POLLUTANTS, Severity

K = FindingKind
STEP_S = 3600.0
DEAF = (K.FLAT_LINE, K.NOISE, K.SPIKE_BURST, K.IMPLAUSIBLE, K.ATTENUATED, K.HUMIDITY)
"""Faults that make their pollutants worthless; the station's others still count."""
BUSY = (K.FLAT_LINE, K.NOISE, K.SPIKE_BURST, K.ATTENUATED)
NOISE_BEGIN = 0.01
WARM_S = 12
"""Hours a station before anybody is judged: the noise has to be known."""


@dataclass(slots=True)
class Suspicion:
    """A change under watch, against the level before it."""

    base: Floats
    began_at: float
    statistics: list[Floats] = field(default_factory=list)


class CoarseGroup:
    """Judges the stations of hours, each label once, when enough of its neighbours have reported it."""

    def __init__(
        self, rule_set: RuleSet, sites: Sequence[Site], ledger: Ledger, own: Mapping[int, RuleSet] = NOBODY
    ) -> None:
        rules = rule_set.network
        self.rule = rules.coarse
        self.group = Group(rule_set, sites, ledger, step_s=STEP_S, reach_km=rules.coarse_reach_km, own=own)
        self.near_offsets = np.array(rules.fine.offsets)
        self.offsets = np.array(self.rule.offsets)
        self.hours = Hours(self.group, self.near_offsets, fine=False)
        self.incidents = Incidents(self.group, rules.join, fine=False)
        self.limits = Limits(self.group, self.hours, self.incidents, fine=False)
        n = self.group.size
        self.label = -math.inf
        self.began_label: float | None = None
        """When the first reading of the label came."""
        self.judged: set[int] = set()
        self.latest: Floats = np.full((n, COLUMNS), np.nan)
        self.base: Floats = np.full((n, COLUMNS), np.nan)
        """Log level before the label."""
        self.began: dict[int, Floats] = {}
        """Base of the incidents' members."""
        self.noise: Floats = np.diag([NOISE_BEGIN] * COLUMNS)
        self.heard = 0
        self.usual: Floats = np.ones((n, len(FAMILIES)))
        self.usual_seen: Floats = np.zeros(n)
        self.watched: dict[int, Suspicion] = {}

    # Time

    def advance(self, now: float) -> bool:
        """Goes on to the label of `now`; true when an hour has ended."""
        step, group = int(now // STEP_S), self.group
        if group.step is None:
            group.step = step
            return False
        if step == group.step:
            return False
        if step - group.step > RING:
            group.ring[:] = np.nan
            group.step = step - 1
        while group.step < step:
            for track in group.tracks:
                if track.step <= group.step:
                    group.settle(track)
            group.step += 1
            self._turn(group.step)
        return True

    def _turn(self, step: int) -> None:
        group, at = self.group, step * STEP_S
        self.finish()
        group.turn(step)
        self.hours.close(at, group.ring[(step - 1) % RING])
        self.incidents.review(at, self.excess)
        self.began = {place: base for place, base in self.began.items() if self.incidents.of(place)}
        past = np.log(np.maximum(group.background(1, self.rule.base_labels), 0) + self.offsets)
        enough = (~np.isnan(past)).sum(axis=0) >= min(2, self.rule.base_labels)
        held = group.masked[(step - 1) % RING][:, None]
        self.base = np.where(enough, median(past), np.where(held, self.base, np.nan))
        self.label = at
        self.began_label = None
        self.judged = set()

    def excess(self, track: Track, columns: tuple[int, ...]) -> tuple[float, list[float]]:
        """Over the level before the event, in units of what is worth a walk, and the levels."""
        began = self.began.get(track.place, self.base[track.place])
        over = self.latest[track.place] - (np.exp(began) - self.offsets)
        floors = self.group.rules_at[track.place].network.fine.floors
        most = max((float(over[j]) / floors[j] for j in columns if over[j] == over[j]), default=0.0)
        return most, self.latest[track.place].tolist()

    # Readings

    def look(self, track: Track, at: float, values: Sequence[float]) -> None:
        """Notes a reading of the present label, and judges whoever has enough company now."""
        self.latest[track.place] = values
        if at // STEP_S != self.label // STEP_S:
            return
        if self.began_label is None:
            self.began_label = track.arrived_at
        tracks = self.group.tracks
        for other in tracks:
            if other.place in self.judged or not self._of_label(other):
                continue
            near = self.group.neighbours.of[other.place]
            live = sum(at - tracks[j].newest <= 2.1 * other.cadence_s for j in near)
            here = sum(self._of_label(tracks[j]) for j in near)
            if here >= min(1, live) and here >= self.rule.quorum * live:
                self.judged.add(other.place)
                self._judge(other, other.newest)

    def _of_label(self, track: Track) -> bool:
        """Whether the station's newest reading is of the present label; some report at half past."""
        return track.newest // STEP_S == self.label // STEP_S

    def wait(self, now: float) -> None:
        """Judges who is left of the label once it has waited long enough."""
        if self.began_label is not None and now - self.began_label >= self.rule.wait_s:
            self.finish()

    def finish(self) -> None:
        """Judges those of the label for whom the company never came."""
        for track in self.group.tracks:
            if self._of_label(track) and track.place not in self.judged:
                self.judged.add(track.place)
                self._judge(track, track.newest)

    def _residual(self, track: Track, at: float, base: Floats) -> tuple[Floats, Floats]:
        """Log change beyond what the neighbours share, and what they share."""
        tracks, place, ledger = self.group.tracks, track.place, self.group.ledger
        near = [j for j in self.group.neighbours.of[place] if self._of_label(tracks[j])]
        free = [j for j in near if self.incidents.of(j) is None and not ledger.has(tracks[j].id, *BUSY)]
        asked = free if len(free) >= 2 else near
        shared = np.zeros(COLUMNS)
        if asked:
            changes = np.log(np.maximum(self.latest[asked], 0) + self.offsets) - self.base[asked]
            shared = np.nan_to_num(median(changes))
        own = np.log(np.maximum(self.latest[place], 0) + self.offsets) - base
        residual = np.minimum(own, own - shared)
        residual[OZONE] = own[OZONE] - shared[OZONE]
        return residual, shared

    def _judge(self, track: Track, at: float) -> None:
        self._project(track, at)
        if self.group.ledger.has(track.id, K.CLOCK_SHIFT, K.MOVED):
            return
        bad = self.group.ledger.bad_pollutants(track.id, *DEAF)
        values = [
            math.nan if n in bad else float(x)
            for n, x in zip(POLLUTANTS, self.latest[track.place], strict=True)
        ]
        watched = self.watched.get(track.place)
        # One value may be a spike; with the second, where no neighbour can tell, the level speaks for itself.
        alone = watched is not None and len(watched.statistics) > 1 and not self.limits.can_tell(track, at)
        self.limits.look(track, at, values, held=watched is not None and not alone)

    def _project(self, track: Track, at: float) -> None:
        place, ledger = track.place, self.group.ledger
        rule = self.group.rules_at[place].network.coarse
        watched = self.watched.get(place)
        base = self.base[place] if watched is None else watched.base
        residual, shared = self._residual(track, at, base)
        known = ~np.isnan(residual)
        for name in ledger.bad_pollutants(track.id, *DEAF):
            known[POLLUTANTS.index(name)] = False
        residual = np.where(known, residual, 0.0)
        level = np.where(known, self.latest[place], 0.0)
        statistic = matched(residual, level, self.noise, self.offsets, known.astype(float))
        score = statistic / np.maximum(self.usual[place], 0.8)
        member = self.incidents.of(place) is not None
        distrusted = ledger.has(track.id, K.CLOCK_SHIFT, K.MOVED)
        if not member and not distrusted:
            self._learn(place, residual, statistic)
        if member or self.heard < self.group.size * WARM_S:
            self.watched.pop(place, None)
            return
        before = np.exp(base) - self.offsets
        excess = level - ((before + self.offsets) * np.exp(np.maximum(shared, 0)) - self.offsets)
        own_day = np.log(np.maximum(level, 0) + self.near_offsets) - self.hours.day[place]
        likely = [
            f
            for f, lead in enumerate(LEAD)
            if known[lead] and excess[lead] >= rule.floors[lead] and not own_day[lead] < 0.1
        ]
        family = max(likely, key=lambda f: float(score[f]), default=None)
        if family is None or score[family] < rule.begin:
            self.watched.pop(place, None)
            return
        if watched is None:
            watched = self.watched[place] = Suspicion(base.copy(), at)
        watched.statistics.append(score)
        self.group.masked[int(at // STEP_S) % RING, place] = True
        if distrusted or not self._firm(rule, watched, family, likely):
            if len(watched.statistics) > 5:
                del self.watched[place]
            return
        size = residual / np.sqrt(np.diag(self.noise))
        if not self._is_air(track, at, watched, family, level, before, excess, size, known):
            return
        del self.watched[place]
        self.began[place] = watched.base
        columns = tuple(j for j in range(OZONE) if size[j] > 1.3 and excess[j] > 0) or (LEAD[family],)
        strength = float(score[family]) / rule.first
        severity = (
            Severity.CRITICAL if strength >= 6 else Severity.SERIOUS if strength >= 2 else Severity.NOTICE
        )
        self.incidents.found(
            track,
            at,
            Finding(
                K.ABOVE_NEIGHBOURS if len(self.group.neighbours.of[place]) >= 3 else K.SUDDEN_RISE,
                columns,
                severity,
                watched.began_at,
                {
                    "family": FAMILIES[family].value,
                    "scores": {f.value: round(float(x), 2) for f, x in zip(FAMILIES, score, strict=True)},
                    "labels": len(watched.statistics),
                    "level": _named(level, known),
                    "base": _named(before, known),
                    "excess": _named(excess, known),
                    "shared_rise_log": _named(shared, known),
                    "neighbours": len(self.group.neighbours.of[place]),
                    "near": self.group.near(track.place),
                },
            ),
        )

    def _learn(self, place: int, residual: Floats, statistic: Floats) -> None:
        """Follows the network's noise; a residual counts for three sigma at most, whatever it was."""
        sigma = np.sqrt(np.diag(self.noise))
        clipped = np.clip(residual / sigma, -3, 3) * sigma
        month = self.group.size * 24 * 4.0
        weight = 1 / (self.heard + 20) if self.heard < month else 1 / month
        # 1.15: what clipping at three sigma takes from the variance of heavy tails.
        self.noise = (1 - weight) * self.noise + weight * 1.15 * np.outer(clipped, clipped)
        self.heard += 1
        pace = max(1 / (self.usual_seen[place] + 4), 1 / 96.0)
        middle = self.usual[place] / 1.4826
        followed = middle * np.exp(1.5 * pace * np.sign(np.abs(statistic) - middle))
        self.usual[place] = np.clip(followed, 0.3, 3) * 1.4826
        self.usual_seen[place] += 1

    def _firm(self, rule: CoarseRule, watched: Suspicion, family: int, likely: list[int]) -> bool:
        """One hour far beyond the usual, or two in a row that are so together."""
        hours = watched.statistics
        if hours[-1][family] >= rule.first:
            return True
        if len(hours) < 2:
            return False
        last = hours[-3:]
        together = np.sum(last, axis=0) / math.sqrt(len(last))
        return bool(
            max(together[f] for f in likely) >= rule.first and min(s.max() for s in hours[-2:]) >= rule.later
        )

    def _confirmed(
        self,
        rule: CoarseRule,
        family: int,
        level: Floats,
        before: Floats,
        excess: Floats,
        size: Floats,
        known: Floats,
    ) -> bool:
        """Whether an independent instrument shows what such a source would add to it."""
        lead = LEAD[family]
        for j in range(OZONE):
            share = PROFILES[family, j] / PROFILES[family, lead]
            if INSTRUMENT[j] == INSTRUMENT[lead] or not known[j] or not share:
                continue
            if size[j] > 1.2 and excess[j] >= rule.confirm * share * excess[lead]:
                return True
        eats_ozone = PROFILES[family, OZONE] < 0 and known[OZONE]
        return bool(eats_ozone and size[OZONE] < -1.5 and level[OZONE] < 0.8 * before[OZONE])

    def _is_air(
        self,
        track: Track,
        at: float,
        watched: Suspicion,
        family: int,
        level: Floats,
        before: Floats,
        excess: Floats,
        size: Floats,
        known: Floats,
    ) -> bool:
        """False while, or because, it may be the instrument."""
        if LEAD[family] < 2 and self.group.ledger.has(track.id, K.OFFSET, K.DRIFT):
            return False
        rules = self.group.rules_at[track.place].network
        if self._confirmed(rules.coarse, family, level, before, excess, size, known):
            return True
        rule, hours = rules.signature, len(watched.statistics)
        fine_excess, coarse_excess = float(excess[0]), float(excess[1])
        ambient = float((before[0] + 1) / (before[1] + 2))
        if LEAD[family] < 2 and known[0] and known[1]:
            day = self.hours.day[track.place]
            usual = math.exp(day[0] - day[1])
            damp = track.rows()[-1, HUMIDITY]
            tolerance = rule.gain_log + (rule.gain_damp_log if damp >= rule.damp_percent - 5 else 0)
            if gain_like(fine_excess, coarse_excess, ambient, tolerance) or gain_like(
                fine_excess, coarse_excess, ambient if math.isnan(usual) else usual, rule.gain_log
            ):
                if hours >= 3:
                    self.group.ledger.fault(
                        K.OFFSET, track.id, PARTICLES, at, why={"excess": round(fine_excess, 1)}
                    )
                if hours > 5:
                    del self.watched[track.place]
                return False
            coarse_dust = fine_excess < 0.35 * coarse_excess and ambient > 0.5
            if coarse_dust and family == 1:
                return True
        return hours >= 2


def _named(values: Floats, known: Floats) -> dict[str, float]:
    return {
        name: round(float(x), 2)
        for name, x, there in zip(POLLUTANTS, values, known, strict=True)
        if there and x == x
    }
