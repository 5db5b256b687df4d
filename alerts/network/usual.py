"""What is usual for a station of minutes: its last two hours, its residuals, its habits by the hour of the day."""

import numpy as np

from alerts.network.group import COLUMNS, RING, Group
from alerts.network.happening import FindingKind
from alerts.network.medians import BLOCK, Floats, median
from alerts.network.rules import FineRule

K = FindingKind
DAY_STEPS = 288.0


class Usual:
    """Arrays over stations and pollutants, renewed with every step.

    Medians and quantiles are followed in small steps proportionate to themselves: one great residual moves them
    no further than a small one, so an episode is never learned as normal.
    """

    def __init__(self, group: Group, rule: FineRule) -> None:
        n = group.size
        self.group = group
        self.rule = rule
        self.offsets = np.array(rule.offsets)
        self.rules = [rules.network.fine for rules in group.rules_at]
        self.floors = group.column(lambda rules: rules.network.fine.floors)
        self.log_ratio = group.column(lambda rules: rules.network.fine.log_ratio)
        self.sigma_floors = group.column(lambda rules: rules.network.fine.sigma_floors)
        self.tail_share = group.column(lambda rules: rules.network.fine.tail_share)
        self.base: Floats = np.full((n, COLUMNS), np.nan)
        self.log_base: Floats = np.full((n, COLUMNS), np.nan)
        self.sigma: Floats = np.full((n, COLUMNS), 0.2)
        self.seen: Floats = np.zeros((n, COLUMNS))
        self.tail: Floats = np.full((n, COLUMNS), 0.3)
        self.habit: Floats = np.zeros((24, n, COLUMNS), dtype=np.float32)
        self.habit_seen: Floats = np.zeros((24, n, COLUMNS), dtype=np.float16)
        """Steps it was followed for, as far as anybody asks: half precision counts to two thousand."""

    def turn(self, step: int) -> None:
        """Renews everything at the beginning of `step`."""
        rule = self.rule
        # An event keeps the base of before; who was silent for longer than a base lasts has none.
        horizon = (step - rule.base_steps) * rule.step_s
        silent = np.array([track.newest < horizon for track in self.group.tracks], dtype=bool)
        for begin in range(0, self.group.size, BLOCK):
            some = slice(begin, begin + BLOCK)
            past = self.group.background(1 + rule.guard_steps, rule.base_steps, some)
            enough = (~np.isnan(past)).sum(axis=0) >= rule.base_steps // 3
            kept = np.where(silent[some, None], np.nan, self.base[some])
            self.base[some] = np.where(enough, median(past), kept)
        self.log_base = np.log(np.maximum(self.base, 0) + self.offsets)
        self._learn(step)

    def adopt(self, place: int, levels: Floats) -> list[float]:
        """Takes these as the base of a station where none is known yet; gives the station's gates."""
        self.base[place] = np.where(np.isnan(self.base[place]), levels, self.base[place])
        self.log_base[place] = np.log(np.maximum(self.base[place], 0) + self.offsets)
        return self._gates(slice(place, place + 1))[0]

    def gates(self) -> list[list[float]]:
        """Per station and pollutant the level below which nothing has to be judged."""
        return self._gates(slice(None))

    def _gates(self, places: slice) -> list[list[float]]:
        rise = np.exp(self.log_base[places] + self.log_ratio[places]) - self.offsets
        gates = np.maximum(rise, self.base[places] + self.floors[places])
        rows: list[list[float]] = np.where(np.isnan(gates), np.inf, gates).tolist()
        return rows

    def expected(self, place: int, shared: Floats) -> Floats:
        """Level without an event: the base, lifted by what the neighbours share."""
        lifted: Floats = (self.base[place] + self.offsets) * np.exp(np.maximum(shared, 0)) - self.offsets
        return lifted

    def thresholds(self, place: int, at: float, expected: Floats) -> Floats:
        """Excess over `expected` that a finding needs."""
        rule, hour = self.rules[place], hour_of_day(at)
        habit = np.maximum(self.habit[hour, place], 0) * (self.habit_seen[hour, place] > 20)
        need = np.maximum(
            np.maximum(rule.log_ratio, rule.z * self.sigma[place]), rule.tail * self.tail[place]
        )
        limits: Floats = np.maximum(rule.floors, (expected + self.offsets) * (np.exp(need + habit) - 1))
        return limits

    def _learn(self, step: int) -> None:
        """How large residuals usually are, per station, pollutant and hour of the day."""
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
        known = ~np.isnan(residual) & (sound & ~group.masked[(step - 1) % RING])[:, None]
        pace = np.maximum(1 / (self.seen + 5), 1 / DAY_STEPS) * np.where(residual > 4 * self.sigma, 0.3, 1)
        followed = self.sigma * np.exp(1.5 * pace * np.sign(residual - self.sigma / 1.4826))
        self.sigma = np.where(known, np.clip(followed, self.sigma_floors, 0.8), self.sigma)
        self.seen = np.where(known, self.seen + 1, self.seen)
        local = np.minimum(rise, rise - shared)
        drift = np.where(local > self.tail, self.tail_share, self.tail_share - 1) * 2 / DAY_STEPS
        self.tail = np.where(known, np.clip(self.tail + drift, 0.1, 1.0), self.tail)
        hour = hour_of_day((step - 1) * rule.step_s)
        seen = self.habit_seen[hour].astype(np.float32)
        weight = np.maximum(1 / (seen + 1), 1 / 84.0)
        clipped = np.clip(local, -0.8, 0.8)
        self.habit[hour] = np.where(
            known, self.habit[hour] + weight * (clipped - self.habit[hour]), self.habit[hour]
        )
        self.habit_seen[hour] = np.where(known, seen + 1, seen)


def hour_of_day(at: float) -> int:
    """Beijing time: the habits of a place follow its clocks."""
    return int(at // 3600 + 8) % 24
