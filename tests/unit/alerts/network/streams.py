"""A made-up network with seeded weather, what can befall it, and the story that the detector tells of it.

Times of a scene are hours after the warm-up, in which nothing happens; levels µg/m³ (co mg/m³).
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from alerts.network.happening import (
    Begun,
    Cleared,
    FindingKind,
    Flagged,
    Happening,
    Joined,
    Opened,
    Raised,
    Rescoped,
    Seen,
)
from alerts.network.network import Network
from alerts.network.sample import Sample
from alerts.network.site import Site
from alerts.network.snapshot import load, save
from alerts.ruleset import DEFAULT_RULES, parse_rules
from models.enums import POLLUTANTS, AlertScope

RULES = parse_rules(DEFAULT_RULES)
T0 = 1_735_689_600.0
"""2025-01-01T00:00Z: a whole day, so whole hours and steps as well."""
DAY = 86_400.0
LON, LAT = 87.3, 44.0
LEVELS = np.array([40.0, 70.0, 10.0, 30.0, 0.6, 60.0])
RATIOS = {
    # What one µg/m³ of the leading pollutant brings of each.
    "burning": (1.0, 1.18, 0.02, 0.07, 0.011, 0.0),
    "dust": (0.13, 1.0, 0.0, 0.0, 0.0, 0.0),
    "industrial": (0.2, 0.38, 1.0, 0.48, 0.003, 0.0),
    "traffic": (0.12, 0.21, 0.0, 1.0, 0.0085, -0.38),
}
NEAR = ((0.0, 0.0), (1.5, 0.5), (3.0, 0.3), (2.0, 3.0), (18.0, 2.0), (20.0, 6.0), (17.0, 12.0), (5.0, 15.0))
"""East and north in km: four stations of a town, three of another, one between."""
WIDE = ((0.0, 0.0), (12.0, 4.0), (20.0, -8.0), (6.0, 18.0), (-14.0, 9.0), (-8.0, -12.0))
Array = NDArray[np.float64]


def site(number: int, east: float, north: float, cadence_s: float) -> Site:
    lon = LON + east / (111.195 * math.cos(math.radians(LAT)))
    return Site(number, f"S{number}", "G", lon, LAT + north / 111.195, "micro", cadence_s)


def sites_at(places: Sequence[tuple[float, float]], cadence_s: float) -> list[Site]:
    return [site(n, east, north, cadence_s) for n, (east, north) in enumerate(places)]


# ------------------------------------------------------------------ readings


@dataclass(slots=True)
class Stream:
    """Stations × readings; every change to it is in place and gives the stream back."""

    sites: list[Site]
    zero: float
    """End of the warm-up, epoch seconds."""
    true: Array
    """Instants of measuring."""
    claim: Array
    """What the station says of them."""
    arrive: Array
    values: Array
    humidity: Array
    lon: Array
    lat: Array
    there: NDArray[np.bool_]
    wind: Array
    """Speed in m/s and where it comes from in degrees; NaN where the station does not tell."""
    again: list[Sample] = field(default_factory=list)
    chance: np.random.Generator = field(default_factory=lambda: np.random.default_rng(1))

    def copy(self) -> "Stream":
        arrays = {
            name: getattr(self, name).copy()
            for name in ("true", "claim", "arrive", "values", "humidity", "lon", "lat", "there", "wind")
        }
        return replace(self, **arrays, again=list(self.again), chance=np.random.default_rng(1))

    def at(self, hours: float) -> float:
        return self.zero + 3600 * hours

    def window(self, station: int, begin: float, end: float) -> NDArray[np.intp]:
        """Indices of the readings from `begin` up to and without `end`."""
        true = self.true[station]
        return np.flatnonzero((true >= self.at(begin) - 1e-6) & (true < self.at(end) - 1e-6))

    def samples(self, begin: float | None = None, end: float | None = None) -> list[Sample]:
        """Those that arrive from hour `begin` up to and without hour `end`, in order of arrival."""
        low = -math.inf if begin is None else self.at(begin)
        high = math.inf if end is None else self.at(end)
        wanted = self.there & (self.arrive >= low) & (self.arrive < high)
        found = [self.sample(int(s), int(k)) for s, k in np.argwhere(wanted)]
        found += [x for x in self.again if low <= x.arrived_at < high]
        # Stable: what arrives together stays in the order of the stations.
        return sorted(found, key=lambda x: x.arrived_at)

    def sample(self, station: int, k: int) -> Sample:
        values = tuple(None if x != x else x for x in self.values[station, k].tolist())
        humidity = float(self.humidity[station, k])
        where = self.lon[station, k], self.lat[station, k]
        lon, lat = (None, None) if where[0] != where[0] else (float(where[0]), float(where[1]))
        return Sample(
            self.sites[station].id,
            float(self.claim[station, k]),
            float(self.arrive[station, k]),
            values,
            (15.0, humidity, None, *(None if x != x else x for x in self.wind[station, k].tolist())),
            lon,
            lat,
        )

    # What befalls the air

    def plume(
        self,
        station: int,
        begin: float,
        size: float,
        *,
        family: str = "burning",
        rise: float = 12,
        plateau: float = 40,
        tau: float = 15,
        turbulence: float = 0.12,
        seed: int = 3,
        delay: float = 0.0,
    ) -> "Stream":
        """Adds a source: `size` µg/m³ of its leading pollutant; minutes to rise, stay and fade (e-fold)."""
        chance = np.random.default_rng(seed)
        index = self.window(station, begin + delay / 60, begin + 200)
        t = (self.true[station, index] - self.at(begin)) / 60 - delay
        up = np.clip(t / rise, 0, 1)
        shape = up * up * (3 - 2 * up)
        gone = t > rise + plateau
        shape[gone] = np.exp(-(t[gone] - rise - plateau) / tau)
        shape[shape < 0.05] = 0
        swirl = np.zeros(len(t))
        for k in range(len(t)):
            swirl[k] = 0.4 * (swirl[k - 1] if k else 0) + chance.normal(0, turbulence)
        over = size * shape * np.exp(swirl)
        self.values[station, index] = np.maximum(
            self.values[station, index] + over[:, None] * np.array(RATIOS[family]), 0
        )
        return self

    def spread(
        self, first: int, others: Sequence[tuple[int, float, float]], begin: float, size: float, **how: Any
    ) -> "Stream":
        """A plume at its origin and, minutes later and weaker, downwind: (station, delay, gain)."""
        self.plume(first, begin, size, **how)
        for n, (station, delay, gain) in enumerate(others):
            self.plume(station, begin, size * gain, delay=delay, seed=20 + n, **how)
        return self

    def episode(
        self, begin: float, hours: float, size: float, *, ramp: float = 2.5, family: str = "dust"
    ) -> "Stream":
        """The whole region rises by `size` of the leading pollutant within `ramp` hours, and falls as slowly."""
        chance = np.random.default_rng(11)
        for s in range(len(self.sites)):
            index = self.window(s, begin, begin + hours)
            t = (self.true[s, index] - self.at(begin)) / 3600
            shape = np.clip(np.minimum(t / ramp, (hours - t) / ramp), 0, 1)
            over = size * chance.uniform(0.8, 1.2) * shape * np.exp(chance.normal(0, 0.03, len(t)))
            self.values[s, index] += over[:, None] * np.array(RATIOS[family])
        return self

    def front(
        self,
        begin: float,
        size: float,
        order: Sequence[int],
        *,
        lag: float,
        every: float = 0.0,
        ramp: float = 20.0,
        gain: float = 1.0,
        family: str = "burning",
    ) -> "Stream":
        """What comes over all and stays: first over `order[0]`, `lag` minutes later over the next, and `every` minutes
        later over each of the others; it rises for `ramp` minutes, at the first by `gain` times as much.
        """
        chance = np.random.default_rng(4)
        for n, s in enumerate(order):
            index = self.window(s, begin, begin + 200)
            late = 0.0 if not n else lag + every * (n - 1)
            shape = np.clip(((self.true[s, index] - self.at(begin)) / 60 - late) / ramp, 0, 1)
            over = (1.0 if n else gain) * size * shape * np.exp(chance.normal(0, 0.03, len(index)))
            self.values[s, index] += over[:, None] * np.array(RATIOS[family])
        return self

    def blow(self, speed: float, direction: float, begin: float = -1000, end: float = 1000) -> "Stream":
        """The wind at all stations: m/s, and the degrees it comes from."""
        for s in range(len(self.sites)):
            self.wind[s, self.window(s, begin, end)] = speed, direction
        return self

    # What befalls an instrument

    def _change(
        self, station: int, begin: float, end: float, factor: Array | float, add: Any = 0.0
    ) -> "Stream":
        index = self.window(station, begin, end)
        self.values[station, index, :2] = self.values[station, index, :2] * factor + add
        return self

    def step(self, station: int, begin: float, end: float, pm25: float, pm10: float) -> "Stream":
        return self._change(station, begin, end, 1.0, np.array([pm25, pm10]))

    def drift(self, station: int, begin: float, end: float, pm25: float, pm10: float) -> "Stream":
        share = np.linspace(0, 1, len(self.window(station, begin, end)))[:, None]
        return self._change(station, begin, end, 1.0, share * np.array([pm25, pm10]))

    def noise(self, station: int, begin: float, end: float, spread: float = 0.55) -> "Stream":
        n = len(self.window(station, begin, end))
        return self._change(station, begin, end, np.exp(self.chance.normal(0, spread, (n, 1))))

    def spike(self, station: int, at: float, factor: float = 15.0) -> "Stream":
        index = self.window(station, at, at + 200)[:1]
        self.values[station, index, :2] *= factor
        return self

    def burst(self, station: int, begin: float, end: float, every: int = 5, factor: float = 12.0) -> "Stream":
        index = self.window(station, begin, end)[::every]
        self.values[station, index, :2] *= factor
        return self

    def flat(self, station: int, begin: float, end: float) -> "Stream":
        index = self.window(station, begin, end)
        self.values[station, index] = self.values[station, index[0] - 1]
        return self

    def blocked(self, station: int, begin: float, end: float) -> "Stream":
        n = len(self.window(station, begin, end))
        return self._change(station, begin, end, self.chance.uniform(0.02, 0.06, (n, 2)))

    def filter(self, station: int, begin: float, end: float, factor: float = 0.35) -> "Stream":
        n = len(self.window(station, begin, end))
        return self._change(station, begin, end, factor * self.chance.uniform(0.98, 1.02, (n, 2)))

    def swell(self, station: int, begin: float, end: float, factor: float = 4.0) -> "Stream":
        """Damp air around one unit: slow, smooth, PM10 more than PM2.5."""
        index = self.window(station, begin, end)
        excess = (factor - 1) * np.sin(math.pi * np.linspace(0, 1, len(index))) ** 1.3
        self.humidity[station, index] = 95.0
        return self._change(station, begin, end, 1 + excess[:, None] * np.array([0.75, 1.0]))

    def moved(self, station: int, begin: float, end: float, km: float = 3.0) -> "Stream":
        index = self.window(station, begin, end)
        self.lon[station], self.lat[station] = self.sites[station].lon, self.sites[station].lat
        self.lat[station, index] = self.sites[station].lat + km / 111.195
        return self._change(station, begin, end, 0.8)

    # What befalls a delivery

    def gap(self, station: int, begin: float, end: float) -> "Stream":
        self.there[station, self.window(station, begin, end)] = False
        return self

    def clock(self, station: int, begin: float, end: float, minutes: float) -> "Stream":
        self.claim[station, self.window(station, begin, end)] += 60 * minutes
        return self

    def backfill(self, station: int, begin: float, end: float, delivered: float) -> "Stream":
        """Held back and delivered together, oldest first."""
        index = self.window(station, begin, end)
        self.arrive[station, index] = self.at(delivered) + 0.01 * np.arange(len(index))
        return self

    def doubled(self, station: int, begin: float, end: float, delay_s: float) -> "Stream":
        """The same readings once more, `delay_s` later."""
        for k in self.window(station, begin, end):
            if self.there[station, k]:
                sample = self.sample(station, int(k))
                self.again.append(replace(sample, arrived_at=sample.arrived_at + delay_s))
        return self


def _slow(chance: np.random.Generator, n: int, spread: float, memory: float) -> Array:
    """A wandering series of the given spread that forgets after `memory` of its steps."""
    keep = math.exp(-1 / memory)
    x, series = 0.0, []
    for push in chance.normal(0, spread * math.sqrt(1 - keep * keep), n).tolist():
        x = keep * x + push
        series.append(x)
    return np.array(series)


def background(
    sites: Sequence[Site], *, warm: float, hours: float, gases: bool = False, seed: int = 7, zero: float = T0
) -> Stream:
    """Nothing but weather: a daily cycle and slow changes that all share, a gain and a little noise of their own."""
    cadence = sites[0].cadence_s
    n = int((warm + hours) * 3600 / cadence)
    weather = _slow(np.random.default_rng(seed), n, 0.12, 6 * 3600 / cadence)
    shape = (len(sites), n)
    stream = Stream(
        list(sites),
        zero,
        np.zeros(shape), np.zeros(shape), np.zeros(shape), np.zeros((*shape, 6)),
        np.full(shape, 55.0), np.full(shape, np.nan), np.full(shape, np.nan), np.ones(shape, dtype=bool),
        np.full((*shape, 2), np.nan),
    )  # fmt: skip
    for s, one in enumerate(sites):
        # By the station's own number: who else is there changes nothing.
        chance = np.random.default_rng([seed, one.id])
        phase = 0.0 if cadence >= 3600 else float(chance.integers(1, int(min(cadence, 280))))
        true = zero - warm * 3600 + phase + cadence * np.arange(n)
        cycle = 0.2 * np.sin(2 * math.pi * (true / DAY + 0.1))
        shared = (cycle + weather)[:, None] * np.array([1, 1, 0.6, 0.6, 0.6, -0.5])
        gain = chance.normal(0, 0.15, 6)
        gain[0] = gain[1] + 0.2 * gain[0]
        gas = _slow(chance, n, 0.08, 4) if gases else np.zeros(n)
        own = np.stack([_slow(chance, n, 0.05, 1800 / cadence)] * 2 + [gas] * 4, axis=1)
        white = chance.normal(0, 0.04, (n, 6))
        white[:, 1] = white[:, 0] + chance.normal(0, 0.02, n)
        stream.true[s] = true
        stream.values[s] = np.round(LEVELS * np.exp(gain + shared + own + white), 2)
    stream.claim[:] = stream.true
    stream.arrive[:] = stream.true + 2.0
    if not gases:
        stream.values[:, :, 2:] = np.nan
    return stream


# ------------------------------------------------------------------ what is told


@dataclass
class Story:
    """Every happening in order; proves on the way that the events are well formed."""

    happenings: list[Happening] = field(default_factory=list)
    events: dict[int, Opened] = field(default_factory=dict)
    members: dict[int, list[int]] = field(default_factory=dict)
    cleared: dict[int, float] = field(default_factory=dict)
    severity: dict[int, int] = field(default_factory=dict)
    rescoped: dict[int, Rescoped] = field(default_factory=dict)
    flags: list[Flagged] = field(default_factory=list)
    strict: bool = True
    """Whether instants are looked at as well: clocks that lie by years can be anywhere."""

    def take(self, told: Iterable[Happening]) -> "Story":
        for h in told:
            self.happenings.append(h)
            if isinstance(h, Begun):
                assert not self.events, "a network begins once"
            elif isinstance(h, Flagged):
                assert h.level in (2, 3, 4, 9)
                self.flags.append(h)
            elif isinstance(h, Opened):
                self._open(h)
            else:
                assert h.key in self.events, f"{h} of an event that was never opened"
                assert h.key not in self.cleared, f"{h} after the end"
                self._go_on(h)
        return self

    def _open(self, h: Opened) -> None:
        assert h.key > max(self.events, default=0), "keys rise"
        assert not self.strict or h.detected_at >= h.started_at
        assert h.origin == h.stations[0]
        assert h.pollutants or h.kind is FindingKind.NETWORK_SILENCE
        assert all(name in POLLUTANTS for name in h.pollutants)
        assert not h.order or h.scope is AlertScope.LOCAL
        if h.scope is AlertScope.INSTRUMENT:
            assert (h.origin, h.kind) not in {
                (x.origin, x.kind) for x in self.open() if x.scope is AlertScope.INSTRUMENT
            }
        if h.scope is AlertScope.REGIONAL:
            regional = [x for x in self.open() if x.scope is AlertScope.REGIONAL]
            assert h.pollutants not in [x.pollutants for x in regional], "one notice of each mode"
        self.events[h.key] = h
        self.members[h.key] = list(h.stations)
        self.severity[h.key] = h.severity.rank

    def _go_on(self, h: Joined | Raised | Rescoped | Seen | Cleared) -> None:
        if isinstance(h, Joined):
            assert h.station not in self.members[h.key]
            self.members[h.key].append(h.station)
        elif isinstance(h, Raised):
            assert h.severity.rank > self.severity[h.key], "severity only rises"
            self.severity[h.key] = h.severity.rank
        elif isinstance(h, Cleared):
            assert not self.strict or h.at >= self.events[h.key].started_at
            self.cleared[h.key] = h.at
        elif isinstance(h, Rescoped):
            assert h.key not in self.rescoped, "an event is told regional once"
            assert (h.scope, h.order) == (AlertScope.REGIONAL, False)
            assert self.events[h.key].scope is AlertScope.LOCAL
            assert self.events[h.why["episode"]].scope is AlertScope.REGIONAL
            self.rescoped[h.key] = h

    def open(self) -> list[Opened]:
        return [x for key, x in self.events.items() if key not in self.cleared]

    def orders(self) -> list[Opened]:
        return [x for x in self.events.values() if x.order]

    def of(self, *kinds: FindingKind) -> list[Opened]:
        return [x for x in self.events.values() if x.kind in kinds]

    def faults(self) -> set[tuple[int, FindingKind]]:
        """(station, kind) of every instrument event."""
        return {(x.origin, x.kind) for x in self.events.values() if x.scope is AlertScope.INSTRUMENT}

    def plain(self, shift_s: float = 0.0) -> list[tuple[Any, ...]]:
        """Without keys and evidence, moved in time: what two tellings of the same have in common."""
        return [
            (x.kind, x.scope, x.severity, x.origin, x.stations, x.pollutants, x.order,
             round(x.started_at + shift_s, 3), round(x.detected_at + shift_s, 3),
             round(self.cleared.get(x.key, math.inf) + shift_s, 3), tuple(self.members[x.key]))
            for x in self.events.values()
        ]  # fmt: skip


def follow(network: Network, samples: Iterable[Sample], story: Story | None = None) -> Story:
    story = Story() if story is None else story
    for sample in samples:
        if told := network.take(sample):
            story.take(told)
    return story


def from_cold(stream: Stream, rules: Any = RULES) -> Story:
    """The whole stream into a network that knows nothing yet."""
    network = Network(rules, stream.sites)
    story = follow(network, stream.samples())
    return story.take(network.finish())


# ------------------------------------------------------------------ scenes


@dataclass(frozen=True)
class Kind:
    """A network that is warmed up once and used by many scenes."""

    places: tuple[tuple[float, float], ...] = NEAR
    cadence_s: float = 150.0
    warm: float = 36.0
    hours: float = 14.0
    gases: bool = False


FINE = Kind()
MINUTE = Kind(places=NEAR[:5], cadence_s=60.0)
DAYS = Kind(places=NEAR[:6], cadence_s=300.0, warm=60.0, hours=110.0)
HOURLY = Kind(places=WIDE, cadence_s=3600.0, warm=120.0, hours=96.0, gases=True)


@cache
def _warmed(kind: Kind) -> tuple[Stream, bytes]:
    sites = sites_at(kind.places, kind.cadence_s)
    stream = background(sites, warm=kind.warm, hours=kind.hours, gases=kind.gases)
    network = Network(RULES, sites)
    story = follow(network, stream.samples(end=0))
    assert not story.orders(), "the background itself is quiet"
    assert not story.open()
    return stream, save(network)


def scene(kind: Kind = FINE) -> Stream:
    """A stream of which the warm-up has passed; do with it what shall happen."""
    return _warmed(kind)[0].copy()


def warmed(kind: Kind = FINE) -> Network:
    """The network after the warm-up."""
    stream, state = _warmed(kind)
    return load(state, RULES, stream.sites)


def told(stream: Stream, kind: Kind = FINE, *, until: float | None = None) -> Story:
    """What the warmed network tells of the scene, up to hour `until`."""
    network = warmed(kind)
    story = follow(network, stream.samples(begin=0, end=until))
    return story.take(network.finish())
