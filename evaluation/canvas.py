"""A scene while it is being made: the recorded values, what was added, and who is busy when."""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass, field

import numpy as np

from evaluation.background import CHINA, POLLUTANTS, Series, Station
from evaluation.ground import Site, plane_km

PARTICLES = ("pm25", "pm10")


def stamp(instant: float) -> str:
    """The instant in +08:00 with whole seconds, as the scorer reads it."""
    return dt.datetime.fromtimestamp(int(instant), CHINA).isoformat()


@dataclass
class Window:
    """When one station is affected by one event."""

    position: int
    start: float
    end: float


@dataclass
class Event:
    """One labelled event before it gets its number."""

    category: str
    kind: str
    origin: int | None
    windows: list[Window]
    pollutants: list[str]
    magnitude: float
    difficulty: str
    peak: dict[str, float] | None = None
    during_regional: bool = False

    @property
    def start(self) -> float:
        """The first instant of any station."""
        return min(w.start for w in self.windows)

    @property
    def end(self) -> float:
        """The last instant of any station."""
        return max(w.end for w in self.windows)


@dataclass
class Canvas:
    """The stations of a scene, their changed values and the events so far."""

    kind: str
    start: float
    end: float
    cadence_s: int
    stations: list[Station]
    sites: list[Site]
    draw: np.random.Generator
    events: list[Event] = field(default_factory=list)
    values: list[dict[str, Series]] = field(default_factory=list)
    claimed: list[Series] = field(default_factory=list)
    places: list[Series] = field(default_factory=list)
    absent: list[Series] = field(default_factory=list)

    def __post_init__(self) -> None:
        for station, site in zip(self.stations, self.sites, strict=True):
            self.values.append({name: station.columns[name].copy() for name in POLLUTANTS})
            self.claimed.append(station.times.copy())
            self.places.append(np.tile([site.lon, site.lat], (len(station.times), 1)))
            self.absent.append(np.zeros(len(station.times)))

    @property
    def mean_s(self) -> float:
        """Seconds a reading averages over: an hour's mean, or nothing for an instant's value."""
        return float(self.cadence_s) if self.kind == "hourly" else 0.0

    @property
    def margin(self) -> float:
        """Seconds kept free between two labelled windows of a station."""
        return 3.5 * 3600 if self.kind == "hourly" else 4 * 3600.0

    def free(self, windows: list[Window], inside_regional: bool = False) -> bool:
        """Whether these stations have no other event near (a regional one may be allowed)."""
        for event in self.events:
            if inside_regional and event.category == "regional":
                continue
            for other in event.windows:
                for mine in windows:
                    near = mine.start - self.margin < other.end and other.start < mine.end + self.margin
                    if mine.position == other.position and near:
                        return False
        return True

    def reports(self, position: int, start: float, end: float, main: str, share: float = 0.75) -> bool:
        """Whether the station sends enough values of this pollutant in the window and the hours before."""
        station = self.stations[position]
        for a, b in ((start, end), (start - 6 * 3600, start)):
            rows = station.between(a, b)
            got = int(np.count_nonzero(~np.isnan(station.columns[main][rows])))
            if got < max(1, share * (b - a) / self.cadence_s - 1):
                return False
        return True

    def background(self, position: int, start: float, name: str, hours: float = 12) -> float:
        """Median of the current values in the hours before; NaN without any."""
        rows = self.stations[position].between(start - hours * 3600, start - 1)
        values = self.values[position][name][rows]
        values = values[~np.isnan(values)]
        return float(np.median(values)) if len(values) else math.nan

    def distance(self, here: int, there: int) -> tuple[float, float]:
        """East and north from one station to another, km."""
        a, b = self.sites[here], self.sites[there]
        return plane_km((a.lon, a.lat), (b.lon, b.lat))

    def wind(self, position: int, at: float) -> tuple[float, float]:
        """Speed (m/s) and direction the wind comes from (degrees) at a station; NaN when unknown."""
        station = self.stations[position]
        rows = station.between(at - 3 * 3600, at + self.cadence_s)
        speed, direction = station.columns["wind_speed"][rows], station.columns["wind_direction"][rows]
        known = ~(np.isnan(speed) | np.isnan(direction))
        if not known.any():
            return math.nan, math.nan
        return float(speed[known][-1]), float(direction[known][-1])

    def moment(self, length: float) -> float:
        """A drawn start such that the event fits: a day of quiet first; on the half minute."""
        first = self.start + 1.15 * 86400
        return math.floor(self.draw.uniform(first, self.end - length - 1800) / 30) * 30.0
