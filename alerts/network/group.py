"""Stations that are judged alike (by minutes or by hours), as rows of the same arrays."""

import math
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from alerts.network.ledger import Ledger
from alerts.network.medians import Floats, Neighbours
from alerts.network.site import KM_A_DEGREE, Site, distance_km, nearest
from alerts.network.track import Track
from alerts.network.twins import twins
from alerts.ruleset import RuleSet
from models.enums import POLLUTANTS

RING = 40
"""Steps kept: over three hours of minutes stations, a day and a half of hourly ones."""
COLUMNS = len(POLLUTANTS)
NOBODY: Mapping[int, RuleSet] = {}


class Group:
    """The stations' steps, neighbours and tracks. A step's level is the mean of its usable readings."""

    def __init__(
        self,
        rule_set: RuleSet,
        sites: Sequence[Site],
        ledger: Ledger,
        *,
        step_s: float,
        reach_km: float,
        own: Mapping[int, RuleSet] = NOBODY,
    ) -> None:
        rules = rule_set.network
        self.rules = rules
        """What holds for all; what a station may have for itself is in `rules_at`."""
        self.sites = list(sites)
        self.ledger = ledger
        self.step_s = step_s
        n = len(self.sites)
        self.size = n
        self.rules_at = [own.get(site.id, rule_set) for site in self.sites]
        """By place; stations without rules of their own share one object."""
        self.tracks = [
            Track(site.id, place, site.cadence_s, self.rules_at[place].quality)
            for place, site in enumerate(self.sites)
        ]
        self.neighbours = Neighbours(nearest(self.sites, reach_km, rules.neighbours))
        self.twins = twins(self.sites, self.neighbours, self.tracks)
        self.ring: Floats = np.full((RING, n, COLUMNS), np.nan, dtype=np.float32)
        self.masked = np.zeros((RING, n), dtype=bool)
        """Steps in which the station saw an event: they are no background."""
        self.step: int | None = None
        """The newest step that has begun."""

    def column(self, figure: Callable[[RuleSet], float | Sequence[float]]) -> Floats:
        """A figure of every station's rules, stations × 1 or × its parts; takes no memory where all have the same."""
        if not self.rules_at:
            return np.empty((0, 1))
        first = self.rules_at[0]
        if all(rules is first for rules in self.rules_at):
            row = np.atleast_1d(np.array(figure(first), dtype=float))
            return np.broadcast_to(row, (self.size, len(row)))
        return np.array([np.atleast_1d(figure(rules)) for rules in self.rules_at], dtype=float)

    def distance_km(self, a: int, b: int) -> float:
        return distance_km(self.sites[a], self.sites[b])

    def offset_km(self, a: int, b: int) -> tuple[float, float]:
        """East and north of the way from `a` to `b`, on a plane: exact enough within a day's plume."""
        here, there = self.sites[a], self.sites[b]
        north = (there.lat - here.lat) * KM_A_DEGREE
        return (there.lon - here.lon) * KM_A_DEGREE * math.cos(math.radians(here.lat)), north

    def near(self, place: int) -> list[int]:
        """Ids of the stations that the one at `place` is compared with, nearest first."""
        return [self.sites[j].id for j in self.neighbours.of[place]]

    def put(self, track: Track, at: float, values: Sequence[float]) -> None:
        """Adds usable values (NaN: none) to the step they belong to, whatever came before."""
        step = int(at // self.step_s)
        if step == track.step:
            sums, count = track.sums, track.count
            for j in range(COLUMNS):
                x = values[j]
                if x == x:
                    sums[j] += x
                    count[j] += 1
            return
        if step > track.step:
            self.settle(track)
            track.step = step
            track.sums = [x if x == x else 0.0 for x in values]
            track.count = [1 if x == x else 0 for x in values]
        elif self.step is not None and step > self.step - RING + 4:
            row = self.ring[step % RING, track.place]
            row[:] = np.where(np.isnan(row), values, row)

    def settle(self, track: Track) -> None:
        """Writes the step that is being filled into the ring; calling it again changes nothing."""
        if track.step < 0 or (self.step is not None and track.step <= self.step - RING + 4):
            return
        self.ring[track.step % RING, track.place] = [
            total / n if n else np.nan for total, n in zip(track.sums, track.count, strict=True)
        ]

    def revoke(self, track: Track, at: float, value: float, pollutant: int) -> None:
        """Takes a value back out of its step."""
        step = int(at // self.step_s)
        if step == track.step and track.count[pollutant]:
            track.sums[pollutant] -= value
            track.count[pollutant] -= 1
        elif step < track.step:
            # The step's other readings are not known any more; without it the median of many steps stands.
            self.ring[step % RING, track.place, pollutant] = np.nan

    @property
    def present(self) -> int:
        """The step that has begun last; 0 before time has begun, when every step is empty anyway."""
        return self.step or 0

    def turn(self, step: int) -> None:
        """Makes room for the steps ahead."""
        ahead = (step + 2) % RING
        self.ring[ahead] = np.nan
        self.masked[ahead] = False

    def background(self, back: int, count: int, places: slice = slice(None)) -> Floats:
        """The `count` steps up to `back` before the present one, without those of events: steps × stations ×
        pollutants."""
        index = [(self.present - back - m) % RING for m in range(count)]
        return np.where(self.masked[index, places][:, :, None], np.nan, self.ring[index, places])

    def mask(self, place: int) -> None:
        """The present step and the one before belong to an event at the station."""
        self.masked[[self.present % RING, (self.present - 1) % RING], place] = True
