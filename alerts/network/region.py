"""The region's air as a whole: what two stations in three share is nobody's emission."""

import math

import numpy as np

from alerts.network.happening import FindingKind
from alerts.network.hours import Hours
from alerts.network.medians import Floats, median
from alerts.network.rules import RegionRule
from models.enums import POLLUTANTS, AlertScope, Severity

ADAPT = 0.5 / 24
"""How fast the network's own threshold follows: half a unit a day of one-sided news."""


class Region:
    """Opens one episode at a time, and remembers how restless the network usually is."""

    def __init__(self, rule: RegionRule) -> None:
        self.rule = rule
        self.usual = rule.begin
        """Rise that the network shares in one hour of forty."""
        self.low = 0
        self.key: int | None = None
        self.rise = 0.0
        """The shared rise of the last hour."""

    def judge(self, hours: Hours, at: float) -> None:
        rule, group = self.rule, hours.group
        if hours.count < 8:
            return
        levels = np.exp(hours.past(hours.level, 0, rule.hours + 1)[:, :, :2]) - hours.offsets[:2]
        log = np.log(np.maximum(levels, 0) + np.array(rule.offsets))
        rise = log[0] - median(log[1:])
        shared, column = max((_shared(rise[:, j], rule), j) for j in range(2))
        if shared == -math.inf:
            return
        self.rise = shared
        limit = max(rule.lowest, min(rule.highest, self.usual))
        if self.key is None:
            if shared >= limit:
                seen = np.flatnonzero(rise[:, column] > 0.5 * limit)
                event = group.ledger.begin(
                    FindingKind.EPISODE,
                    AlertScope.REGIONAL,
                    Severity.NOTICE,
                    tuple(group.sites[int(place)].id for place in seen),
                    (POLLUTANTS[column],),
                    started_at=at - 3600.0,
                    at=at,
                    order=False,
                    why={
                        "shared_rise_log": round(shared, 3),
                        "limit_log": round(limit, 3),
                        "stations": len(seen),
                        "of": int((~np.isnan(rise[:, column])).sum()),
                        "hours": rule.hours,
                    },
                )
                self.key, self.low = event.key, 0
        else:
            self.low = self.low + 1 if shared < rule.end_share * limit else 0
            if self.low >= rule.end_hours:
                group.ledger.end(self.key, at)
                self.key = None
        self.usual += ADAPT * (rule.share if shared > self.usual else rule.share - 1)


def _shared(rise: Floats, rule: RegionRule) -> float:
    known = np.sort(rise[rise == rise])
    if len(known) < rule.least:
        return -math.inf
    return float(known[math.floor(rule.rank * (len(known) - 1) + 0.5)])
