"""Air or instrument? What a candidate of minutes has to show before anybody is sent out for it."""

import numpy as np

from alerts.network.group import Group
from alerts.network.happening import FindingKind
from alerts.network.hours import PARTICLES, Hours
from alerts.network.medians import Floats
from alerts.network.rules import SignatureRule
from alerts.network.signature import differences, quiet, stepped
from alerts.network.track import HUMIDITY, Track

K = FindingKind
STEP_SHOWS = 4.0
"""A step has to be so many times the usual difference of two readings, or nothing can be told from it."""


class Doubt:
    """The tests of one group; what they find out against an instrument becomes a fault."""

    def __init__(self, group: Group, hours: Hours) -> None:
        self.group = group
        self.hours = hours

    def is_air(self, track: Track, rows: Floats, at: float, lead: int, expected: float, limit: float) -> bool:
        """False while it may still be the instrument, and for good when it turned out to be.

        `rows` as `Track.rows` gives them; `lead` is the pollutant that is furthest over its `limit`, `expected` its
        level without an event.
        """
        rule, ledger = self.group.rules_at[track.place].network.signature, self.group.ledger
        rows = rows[(rows[:, 0] > at - 7200) & ~np.isnan(rows[:, 1 + lead])]
        over = rows[:, 1 + lead] - expected
        excess = float(np.sort(over[-5:])[2]) if len(over) >= 5 else float(over[-1])
        onset = len(over) - 1
        while onset > 0 and over[onset - 1] >= 0.4 * excess:
            onset -= 1
        before, after = over[max(0, onset - 14) : onset], over[onset:]
        if stepped(before, after, excess, rule):
            if len(after) < rule.settle:
                return False
            if quiet(before, after, excess, rule) or (
                lead < 2 and self._other_is_quiet(rows, lead, onset, rule)
            ):
                if len(after) >= rule.sure:
                    ledger.fault(K.OFFSET, track.id, PARTICLES, at, why={"excess": round(excess, 1)})
                    track.candidate = None
                    track.hushed_until = at + 3600
                return False
        if lead < 2 and self._noisy(track, rows, lead, over, after, limit):
            return False
        return not (lead < 2 and self._swells(track, rows, at, over, before, excess))

    def _other_is_quiet(self, rows: Floats, lead: int, onset: int, rule: SignatureRule) -> bool:
        """Whether the other particle size stepped up and stays as steady as it was: one counter gives both, and what
        the coarse ones, being few, hide in their own scatter shows in the fine ones.
        """
        other = rows[:, 2 - lead]
        if np.isnan(other[max(0, onset - 14) :]).any():
            return False
        before, after = other[max(0, onset - 14) : onset], other[onset:]
        excess = float(np.median(after) - np.median(before))
        if excess < STEP_SHOWS * max(differences(before), 0.1) or not stepped(before, after, excess, rule):
            return False
        return quiet(before, after, excess, rule)

    def _noisy(
        self, track: Track, rows: Floats, lead: int, over: Floats, after: Floats, limit: float
    ) -> bool:
        """What swings from reading to reading has to hold for longer."""
        rules = self.group.rules_at[track.place].network
        rule = rules.signature
        now = differences(np.log(np.maximum(rows[-12:, 1 + lead], 0) + self.hours.offsets[lead]))
        if not (now > rule.noise_log and now > rule.noise_ratio * self.hours.rough[track.place, lead]):
            return False
        return len(after) < 8 or int((over[-8:] >= rules.fine.hot_share * limit).sum()) < 7

    def _swells(
        self, track: Track, rows: Floats, at: float, over: Floats, before: Floats, excess: float
    ) -> bool:
        """A unit in damp air swells for hours while its neighbours don't."""
        rule, ledger = self.group.rules_at[track.place].network.signature, self.group.ledger
        damp = rows[-5:, HUMIDITY]
        damp = damp[damp == damp]
        earlier = np.sort(over[(rows[:, 0] >= at - 2700) & (rows[:, 0] <= at - 1500)])
        if not len(damp) or damp.mean() < rule.damp_percent or not len(earlier) or len(before) < 3:
            return False
        then = float(earlier[len(earlier) // 2])
        if then < 0.3 * excess or excess <= 1.1 * then:
            return False
        age = 0.0 if track.candidate is None else at - track.candidate.began_at
        if age >= rule.swell_s:
            return False
        if age > 3000:
            ledger.fault(K.HUMIDITY, track.id, PARTICLES, at, why={"humidity": round(float(damp.mean()), 1)})
        return True
