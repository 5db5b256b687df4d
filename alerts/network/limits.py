"""Levels that are too high by themselves, by tiers of severity: of minutes, of the hour, and for hours on end.

Whose they are is decided with the neighbours: what they share is the region's. Where nobody can tell (too few
neighbours, or no history yet) the level speaks for the station alone.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from alerts.network.group import COLUMNS, RING, Group
from alerts.network.happening import FindingKind
from alerts.network.hours import COMPARED, Hours
from alerts.network.incidents import Finding, Incidents
from alerts.network.medians import Floats, median
from alerts.network.track import WIDTH, Track
from alerts.ruleset import ExceedanceRule, RuleSet
from models.enums import POLLUTANTS, Severity

K = FindingKind
HOUR = 3600.0
EARLIER = 16
"""Hours before the last few that tell how far above its neighbours a place was by then."""


@dataclass(frozen=True, slots=True)
class Level:
    """A pollutant over one of its limits."""

    kind: FindingKind
    column: int
    severity: Severity
    level: float
    bound: float
    """Of its severity."""
    clear: float
    """Under this it is over."""
    began_at: float


class Limits:
    """The limits of one group's stations."""

    def __init__(self, group: Group, hours: Hours, incidents: Incidents, *, fine: bool) -> None:
        self.group = group
        self.hours = hours
        self.incidents = incidents
        self.fine = fine
        self.offsets = np.array(group.rules.fine.offsets)
        known = {id(rules): _gates(rules, fine=fine) for rules in group.rules_at}
        self.gates = [known[id(rules)] for rules in group.rules_at]

    def look(self, track: Track, at: float, values: Sequence[float], *, held: bool) -> None:
        """Judges the newest reading. `held`: it may be the instrument, so only the gravest level counts."""
        gates = self.gates[track.place]
        for j in range(COLUMNS):
            if values[j] >= gates[j]:
                break
        else:
            return
        levels = [x for x in (self._worst(track, at, j) for j in range(COLUMNS)) if x is not None]
        if not levels:
            return
        worst = max(levels, key=lambda x: (x.severity.rank, x.level))
        incident = self.incidents.of(track.place)
        if incident is not None:
            self.group.ledger.graver(incident.key, worst.severity, worst.level, at)
            incident.clear.update({x.column: x.clear for x in levels})
            return
        if self.group.ledger.has(track.id, K.OFFSET, K.DRIFT):
            return  # its level is what is in doubt; a rise would still show
        if held and not (self.fine and worst.severity is Severity.CRITICAL):
            return
        apart = self._apart(track, at)
        mine = [x for x in levels if math.isnan(apart[x.column]) or self._own(track, x, apart)]
        if not mine:
            return
        lead = max(mine, key=lambda x: (x.severity.rank, x.level))
        found = self.incidents.found(
            track,
            at,
            Finding(
                lead.kind,
                tuple(sorted({x.column for x in mine})),
                lead.column,
                lead.severity,
                lead.began_at,
                {
                    "level": {POLLUTANTS[x.column]: round(x.level, 2) for x in mine},
                    "threshold": {POLLUTANTS[x.column]: x.bound for x in mine},
                    "clear": {POLLUTANTS[x.column]: round(x.clear, 2) for x in mine},
                    "base": self._usual(track, [x.column for x in mine]),
                    "neighbours": len(self._live(track, at)),
                    "near": self.group.near(track.place),
                },
            ),
        )
        if found is not None:
            found.clear.update({x.column: x.clear for x in mine})

    def _usual(self, track: Track, columns: Sequence[int]) -> dict[str, float]:
        """Levels of the station's own last day, where it is known."""
        usual = np.exp(self.hours.day[track.place]) - self.offsets
        return {POLLUTANTS[j]: round(float(usual[j]), 2) for j in columns if usual[j] == usual[j]}

    def _own(self, track: Track, level: Level, apart: Floats) -> bool:
        """Where neighbours can tell, a level by itself counts only when it lasts and theirs is far lower: a hot
        spot, also where it always is one. What is sudden is found by its rise.

        Particles without any gas are an instrument's drift or damp air as likely as anything, unless they are
        coarse dust. A NaN humidity is not damp.
        """
        rules = self.group.rules_at[track.place].network
        rule, damp = rules.limit, rules.signature.damp_percent
        if not apart[level.column] >= rule.log_apart:
            return False
        if self.hours.count < rule.warm_hours:
            return True  # what was usual nobody knows yet; that the others have far less is seen
        if level.kind is not K.SUSTAINED_HIGH:
            return False
        hours = self.hours.past(self.hours.apart, 0, rule.of)[:, track.place]
        # For hours, as the level: what one hour shows of a gas is chance too often.
        unusual = median(hours) - self.hours.reference[track.place]
        earlier = median(
            self.hours.past(self.hours.apart, rule.lately, rule.lately + EARLIER)[:, track.place]
        )
        column = COMPARED.index(level.column) if level.column in COMPARED else None
        if column is not None:
            since = median(hours)[column] - earlier[column]
            before = earlier[column] - self.hours.reference[track.place, column]
            if not since >= rule.log_lately or before > rule.log_creep:
                return False  # it has crept up, or was always so: a drift, or no news
        own = self.hours.past(self.hours.level, 0, rule.of)[:, track.place, level.column]
        then = self.hours.past(self.hours.level, rule.lately, rule.lately + EARLIER)[
            :, track.place, level.column
        ]
        if median(own) - median(then) < rule.log_grown:
            return False  # it is the others that have become clean: what passes over leaves some places last
        with_gas = bool((unusual[2:] > 0.5 * rule.log_apart).any())
        if with_gas or level.column > 1:
            return True
        coarse = apart[1] - apart[0]
        if np.isnan(apart[2:]).all():  # nobody but the particle counter can witness
            return bool(abs(coarse) >= rule.gain_log and not track.recent[-1] >= damp)
        return bool(coarse >= rule.gain_log)

    def _live(self, track: Track, at: float) -> list[int]:
        span = max(2.5 * track.cadence_s, 900.0)
        return [j for j in self.group.neighbours.of[track.place] if at - self.group.tracks[j].newest <= span]

    def can_tell(self, track: Track, at: float) -> bool:
        """Whether the neighbours are enough, and known for long enough, to say what is the station's own."""
        rule = self.group.rules_at[track.place].network.limit
        return self.hours.count >= rule.warm_hours and len(self._live(track, at)) >= rule.neighbours

    def _apart(self, track: Track, at: float) -> Floats:
        """Log difference to the neighbours now; NaN where they cannot tell."""
        live = self._live(track, at)
        if len(live) < self.group.rules_at[track.place].network.limit.neighbours:
            return np.full(COLUMNS, np.nan)
        levels = np.array([self.group.tracks[j].recent[-WIDTH + 1 : -1] for j in live])
        own = np.array(track.recent[-WIDTH + 1 : -1])
        middle: Floats = np.log(np.maximum(own, 0) + self.offsets) - median(
            np.log(np.maximum(levels, 0) + self.offsets)
        )
        return middle

    def _worst(self, track: Track, at: float, column: int) -> Level | None:
        found = [x for x in (self._short(track, at, column), self._hour(track, at, column)) if x is not None]
        return max(found, key=lambda x: x.severity.rank, default=None)

    def _short(self, track: Track, at: float, column: int) -> Level | None:
        rule = self.group.rules_at[track.place].exceedance_short
        tiers = rule.thresholds.get(POLLUTANTS[column])
        if not self.fine or tiers is None or track.cadence_s > (rule.max_cadence_s or math.inf):
            return None
        rows = track.rows()
        # Five-minute stations have their third reading just at the end of ten minutes.
        span = max(rule.window_s, 1.1 * (rule.min_samples - 1) * track.cadence_s)
        rows = rows[(rows[:, 0] > at - span) & ~np.isnan(rows[:, 1 + column])]
        values = rows[:, 1 + column]
        if len(values) < rule.min_samples:
            return None
        mean = float(values.mean())
        for severity in (Severity.CRITICAL, Severity.SERIOUS, Severity.NOTICE):
            bound = tiers.bound(severity)
            if mean >= bound and int((values >= bound).sum()) >= rule.confirm:
                began = float(rows[values >= tiers.notice][0, 0])
                return Level(
                    K.EXCEEDANCE_SHORT, column, severity, mean, bound, rule.clear_ratio * tiers.notice, began
                )
        return None

    def _hour(self, track: Track, at: float, column: int) -> Level | None:
        rule = self.group.rules_at[track.place].exceedance_hour
        tiers = rule.thresholds.get(POLLUTANTS[column])
        if tiers is None:
            return None
        mean = self.hour_mean(track, at, column, rule)
        severity = None if math.isnan(mean) else tiers.severity(mean)
        if severity is None:
            return None
        kind = K.EXCEEDANCE_HOUR
        if self._lasting(track, column, tiers.notice):
            kind = K.SUSTAINED_HIGH
        bound = tiers.bound(severity)
        return Level(kind, column, severity, mean, bound, rule.clear_ratio * tiers.notice, at - HOUR)

    def hour_mean(self, track: Track, at: float, column: int, rule: ExceedanceRule) -> float:
        """Mean over the hour up to `at`; NaN while too little of it is known."""
        group = self.group
        if not self.fine:
            return float(track.recent[1 - WIDTH + column])
        steps = round(HOUR / group.step_s)
        last = int(at // group.step_s)
        index = [(last - m) % RING for m in range(1, steps)]
        known = group.ring[index, track.place, column]
        known = known[known == known]
        if track.count[column]:
            known = np.append(known, track.sums[column] / track.count[column])
        if len(known) < rule.coverage * steps:
            return math.nan
        return float(known.mean())

    def _lasting(self, track: Track, column: int, notice: float) -> bool:
        """Whether enough of the last whole hours, none of which overlaps another, were over as well."""
        rule = self.group.rules_at[track.place].network.limit
        past = np.exp(self.hours.past(self.hours.level, 0, rule.of)[:, track.place, column])
        return int((past - self.offsets[column] >= notice).sum()) >= rule.hours


def _gates(rules: RuleSet, *, fine: bool) -> tuple[float, ...]:
    """Levels by column under which no limit is reached."""
    limits = (rules.exceedance_short, rules.exceedance_hour) if fine else (rules.exceedance_hour,)
    return tuple(
        min(rule.thresholds[name].notice if name in rule.thresholds else math.inf for rule in limits)
        for name in POLLUTANTS
    )
