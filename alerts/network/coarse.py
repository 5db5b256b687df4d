"""Stations of hours: the change of one hour, in the direction of a source's profile.

One value an hour leaves no time for repetition, so the pollutants have to witness for each other: the change of
all six, less what the neighbours share, is projected on the profile of each kind of source in units of the
network's own noise (matched filter; Turin 1960), and a source has to explain it much better than what an instrument
does by itself (generalised likelihood ratio).
"""

import math
from collections.abc import Mapping, Sequence

import numpy as np

from alerts.network.group import COLUMNS, NOBODY, RING, Group
from alerts.network.happening import FindingKind
from alerts.network.hours import PARTICLES, Hours
from alerts.network.incidents import Finding, Incidents
from alerts.network.ledger import Ledger
from alerts.network.limits import Limits
from alerts.network.medians import Floats, median
from alerts.network.signature import (
    FAMILIES,
    LEAD,
    OZONE,
    PROFILES,
    matched,
    pretended,
)
from alerts.network.site import Site
from alerts.network.suspicion import MOST, Suspicion
from alerts.network.track import Track
from alerts.network.unrest import Unrest
from alerts.ruleset import RuleSet
from models.enums import POLLUTANTS, Severity

K = FindingKind
STEP_S = 3600.0
DEAF = (K.FLAT_LINE, K.NOISE, K.SPIKE_BURST, K.IMPLAUSIBLE, K.ATTENUATED, K.HUMIDITY)
"""Faults that make their pollutants worthless; the station's others still count."""
SERIOUS, CRITICAL = 2.0, 6.0
"""Times `first` that the statistic is worth."""
BUSY = (K.FLAT_LINE, K.NOISE, K.SPIKE_BURST, K.ATTENUATED)


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
        self.unrest = Unrest(self.group, self.rule.restless_labels)
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
        held = group.masked[(step - 1) % RING][:, None]
        latest = past[0]
        for earlier in past[1:]:
            latest = np.where(np.isnan(latest), earlier, latest)
        self.base = np.where(held, self.base, latest)
        self.unrest.turn()
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
        # Company has come to nobody but the station itself and those who have it for a neighbour.
        for place in sorted({track.place, *self.group.neighbours.for_whom[track.place]}):
            other = tracks[place]
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

    def _residual(self, track: Track, base: Floats, watched: Suspicion | None) -> tuple[Floats, Floats]:
        """Log change from `base` beyond what the neighbours share since then, and what they share."""
        tracks, place, ledger = self.group.tracks, track.place, self.group.ledger
        near = [j for j in self.group.neighbours.of[place] if self._of_label(tracks[j])]
        free = [j for j in near if self.incidents.of(j) is None and not ledger.has(tracks[j].id, *BUSY)]
        asked = free if len(free) >= 2 else near
        shared = np.zeros(COLUMNS)
        if asked:
            then = {} if watched is None else watched.around
            bases = np.array([then.get(j, self.base[j]) for j in asked])
            changes = np.log(np.maximum(self.latest[asked], 0) + self.offsets) - bases
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
        alone = watched is not None and watched.labels > 1 and not self.limits.can_tell(track, at)
        self.limits.look(track, at, values, held=watched is not None and not alone)

    def _project(self, track: Track, at: float) -> None:
        place, ledger = track.place, self.group.ledger
        rule = self.group.rules_at[place].network.coarse
        watched = self.watched.get(place)
        base = self.base[place] if watched is None else watched.base
        residual, shared = self._residual(track, base, watched)
        known = ~np.isnan(residual)
        for name in ledger.bad_pollutants(track.id, *DEAF):
            known[POLLUTANTS.index(name)] = False
        residual = np.where(known, residual, 0.0)
        level = np.where(known, self.latest[place], 0.0)
        before = np.exp(base) - self.offsets
        lifted = np.where(known, np.maximum(shared, 0), 0.0)
        noise = self.unrest.covariance(place, lifted, rule)
        there = known.astype(float)
        usual_level = np.exp(self.hours.day[place]) - self.near_offsets
        expected = (before + self.offsets) * np.exp(np.nan_to_num(np.maximum(shared, 0))) - self.offsets
        expected = np.where(known, expected, 0.0)
        statistic = matched(PROFILES, residual, expected, noise, self.offsets, there)
        false = matched(pretended(before, usual_level), residual, expected, noise, self.offsets, there)
        wandered = math.sqrt(1 + rule.wander * (0 if watched is None else watched.labels))
        usual_size = self.unrest.size(place)
        score = statistic / usual_size / wandered
        member = self.incidents.of(place) is not None
        distrusted = ledger.has(track.id, K.CLOCK_SHIFT, K.MOVED)
        if not member and not distrusted:
            self.unrest.learn(place, residual, statistic, known, watched=watched is not None)
        if member or not self.unrest.warm:
            self.watched.pop(place, None)
            return
        excess = level - ((before + self.offsets) * np.exp(np.maximum(shared, 0)) - self.offsets)
        own_day = np.log(np.maximum(level, 0) + self.near_offsets) - self.hours.day[place]
        likely = [
            f
            for f, lead in enumerate(LEAD)
            if known[lead]
            and excess[lead] >= max(rule.floors[lead], rule.least_share * expected[lead])
            and not own_day[lead] < 0.1
        ]
        family = max(likely, key=lambda f: float(score[f]), default=None)
        if family is None or score[family] < rule.begin:
            self.watched.pop(place, None)
            return
        if watched is None:
            around = {j: self.base[j].copy() for j in self.group.neighbours.of[place]}
            watched = self.watched[place] = Suspicion(base.copy(), at, around)
        watched.statistics.append(score)
        watched.pretences.append(float(false.max()) / float(usual_size.max()) / wandered)
        self.group.masked[int(at // STEP_S) % RING, place] = True
        if LEAD[family] < 2 and watched.pretends(rule.first):
            self.group.ledger.fault(
                K.OFFSET, track.id, PARTICLES, at, why={"excess": round(float(excess[0]), 1)}
            )
        doubt = rule.troubled if track.id in ledger.troubled else 1.0
        if distrusted or not watched.firm(rule, family, likely, doubt=doubt):
            if watched.labels > MOST:
                del self.watched[place]
            return
        size = residual / self.unrest.sigma()
        witness = self._witness(track, watched, family)
        if witness is None:
            return
        if watched.labels == 1 and score[family] < SERIOUS * rule.first and self._stirs(place, LEAD[family]):
            return  # it may be the edge of what comes over all of them: the next hour decides
        del self.watched[place]
        self.began[place] = watched.base
        seen = {j for j in range(OZONE) if size[j] > 1.3 and excess[j] > 0}
        columns = tuple(sorted(seen | {LEAD[family]}))
        strength = float(score[family]) / rule.first
        severity = (
            Severity.CRITICAL
            if strength >= CRITICAL
            else Severity.SERIOUS
            if strength >= SERIOUS
            else Severity.NOTICE
        )
        self.incidents.found(
            track,
            at,
            Finding(
                K.ABOVE_NEIGHBOURS if len(self.group.neighbours.of[place]) >= 3 else K.SUDDEN_RISE,
                columns,
                LEAD[family],
                severity,
                watched.began_at,
                {
                    "family": FAMILIES[family].value,
                    "scores": {f.value: round(float(x), 2) for f, x in zip(FAMILIES, score, strict=True)},
                    "witness": witness,
                    "labels": watched.labels,
                    "level": _named(level, known),
                    "base": _named(before, known),
                    "excess": _named(excess, known),
                    "shared_rise_log": _named(shared, known),
                    "neighbours": len(self.group.neighbours.of[place]),
                    "near": self.group.near(track.place),
                },
            ),
        )

    def _stirs(self, place: int, lead: int) -> bool:
        """Whether the neighbours are up in this hour as well, though less."""
        rule, tracks = self.group.rules_at[place].network.fine, self.group.tracks
        near = [j for j in self.group.neighbours.of[place] if self._of_label(tracks[j])]
        before = np.maximum(np.exp(self.base[near, lead]) - self.offsets[lead], 0)
        now = np.maximum(self.latest[near, lead], 0)
        rises = np.log(now + self.near_offsets[lead]) - np.log(before + self.near_offsets[lead])
        known = rises[rises == rises]
        return len(known) >= 3 and bool((known >= rule.log_stir).mean() >= rule.stir_share)

    def _witness(self, track: Track, watched: Suspicion, family: int) -> str | None:
        """What speaks for the air: the `profile`, or that it is `lasting`. None while, or because, it may be the
        instrument.
        """
        if LEAD[family] < 2 and self.group.ledger.has(track.id, K.OFFSET, K.DRIFT):
            return None
        rule, odds = self.group.rules_at[track.place].network.coarse, watched.odds(family)
        if odds >= rule.odds:
            return "profile"
        if watched.labels > MOST:
            del self.watched[track.place]
            return None
        return "lasting" if watched.labels >= 2 and odds >= rule.odds_lasting else None


def _named(values: Floats, known: Floats) -> dict[str, float]:
    return {
        name: round(float(x), 2)
        for name, x, there in zip(POLLUTANTS, values, known, strict=True)
        if there and x == x
    }
