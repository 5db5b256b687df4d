"""The region's air as a whole: what four stations in five share is nobody's emission.

Fine and coarse particles are followed apart: stagnant air gathers fine ones, a dust storm brings coarse ones (PM10
less PM2.5), and each of the two hides in the usual swings of the other.
"""

import math
from dataclasses import dataclass

import numpy as np

from alerts.network.happening import FindingKind
from alerts.network.hours import Hours
from alerts.network.medians import Floats, median
from alerts.network.rules import RegionRule
from models.enums import AlertScope, Severity

POLLUTANT = ("pm25", "pm10")
"""What an episode of each mode is told under."""


@dataclass(slots=True)
class Mode:
    """One size of particles."""

    usual: float
    """Shared rise that an episode has to reach; it follows how often there is one."""
    low: int = 0
    key: int | None = None
    opened_at: float = -math.inf


class Region:
    """One notice an episode, whatever it is made of; and how restless the network usually is."""

    def __init__(self, rule: RegionRule) -> None:
        self.rule = rule
        self.modes = [Mode(rule.begin) for _ in POLLUTANT]

    def judge(self, hours: Hours, at: float) -> None:
        rule = self.rule
        if hours.count < 8:
            return
        levels = np.exp(hours.past(hours.level, 0, rule.hours + 1)[:, :, :2]) - hours.offsets[:2]
        fine, coarse = levels[:, :, 0], levels[:, :, 1] - levels[:, :, 0]
        for k, level in enumerate((fine, coarse)):
            log = np.log(np.maximum(level, 0) + rule.offsets[k])
            rise = log[0] - median(log[1:])
            shared = _shared(rise, rule)
            if shared > -math.inf:
                self._follow(hours, k, rise, shared, at)

    def episode(self) -> tuple[int | None, float]:
        """Key of the episode that began last, if one is open, and since when."""
        key, since = None, -math.inf
        for mode in self.modes:
            if mode.key is not None and mode.opened_at > since:
                key, since = mode.key, mode.opened_at
        return key, since

    def _follow(self, hours: Hours, k: int, rise: Floats, shared: float, at: float) -> None:
        rule, mode, ledger = self.rule, self.modes[k], hours.group.ledger
        limit = mode.usual
        if mode.key is None:
            over = shared >= limit
            if over:
                self._open(hours, k, rise, shared, limit, at)
            # Not the hours of an episode are counted but episodes: it is never learned as normal.
            moved = mode.usual + rule.pace * (rule.share if over else rule.share - 1)
            mode.usual = max(rule.lowest, min(rule.highest, moved))
        else:
            mode.low = mode.low + 1 if shared < rule.end_share * limit else 0
            if mode.low >= rule.end_hours:
                key, mode.key = mode.key, None
                if all(other.key != key for other in self.modes):
                    ledger.end(key, at)

    def _open(self, hours: Hours, k: int, rise: Floats, shared: float, limit: float, at: float) -> None:
        rule, mode, group = self.rule, self.modes[k], hours.group
        mode.low, mode.opened_at = 0, at
        seen = tuple(group.sites[int(place)].id for place in np.flatnonzero(rise > 0.5 * limit))
        for other in self.modes:
            # A storm stirs up fine dust as well, and haze grows: the same episode, so no second notice.
            if other.key is not None and at - other.opened_at <= rule.together_s:
                mode.key = other.key
                for station in seen:
                    group.ledger.join(other.key, station, (POLLUTANT[k],), at)
                return
        event = group.ledger.begin(
            FindingKind.EPISODE,
            AlertScope.REGIONAL,
            Severity.NOTICE,
            seen,
            (POLLUTANT[k],),
            started_at=at - 3600.0,
            at=at,
            order=False,
            why={
                "mode": ("fine", "coarse")[k],
                "shared_rise_log": round(shared, 3),
                "limit_log": round(limit, 3),
                "stations": len(seen),
                "of": int((~np.isnan(rise)).sum()),
                "hours": rule.hours,
            },
        )
        mode.key = event.key


def _shared(rise: Floats, rule: RegionRule) -> float:
    known = np.sort(rise[rise == rise])
    if len(known) < rule.least:
        return -math.inf
    return float(known[math.floor(rule.rank * (len(known) - 1) + 0.5)])
