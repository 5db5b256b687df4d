"""A level that lasts is the place's own when it has begun lately; what crept up, or was always so, is no news."""

import numpy as np
import pytest

from alerts.network.coarse import CoarseGroup
from alerts.network.happening import FindingKind
from alerts.network.hours import LEVELS
from alerts.network.limits import Level
from alerts.network.network import Network
from alerts.network.track import Track
from alerts.ruleset import DEFAULT_RULES, RuleSet, parse_rules
from models.enums import Severity
from models.merge_patch import merge
from tests.unit.alerts.network.streams import (
    HOURLY,
    RULES,
    T0,
    WIDE,
    Stream,
    from_cold,
    scene,
    sites_at,
    told,
)

K = FindingKind
NAN = float("nan")
PM25, PM10, SO2, NO2 = range(4)


class Place:
    """A station of hours, how far it was above its neighbours hour by hour (log), and what it usually is."""

    def __init__(self, rules: RuleSet = RULES) -> None:
        network = Network(rules, sites_at(WIDE, 3600.0))
        self.part: CoarseGroup = network.coarse
        self.track: Track = self.part.group.tracks[0]
        self.track.keep(T0, [180.0] * 6, 55.0)
        self.part.hours.reference[:] = 0.0

    def hours(self, *apart: float, count: int | None = None, steady: bool = False) -> "Place":
        """Of all pollutants, oldest first; before them 60 hours as usual. `steady`: it is the others that change."""
        rows = [*[0.0] * (60 - len(apart)), *apart]
        rows = rows if count is None else rows[-count:]
        self.part.hours.count = len(rows)
        for n, value in enumerate(rows):
            self.part.hours.apart[n, 0] = value
            self.part.hours.level[n % LEVELS, 0] = 4.0 + (0.0 if steady else value)
        return self

    def particles_only(self) -> "Place":
        self.part.hours.apart[:, 0, 2:] = 0.0
        return self

    def own(
        self,
        kind: K = K.SUSTAINED_HIGH,
        column: int = PM25,
        apart: tuple[float, ...] = (1.2, 1.2, 0.1, 0.1, 0.1, 0.1),
    ) -> bool:
        level = Level(kind, column, Severity.NOTICE, 180.0, 115.0, 92.0, T0)
        return self.part.limits._own(self.track, level, np.array(apart))


def test_what_began_within_the_last_hours_is_the_place_s_own() -> None:
    assert Place().hours(1.2, 1.2, 1.2, 1.2).own()
    assert Place().hours(*[1.2] * 9).own(), "eight hours are lately; the ninth is one of sixteen before"


def test_what_was_so_all_day_is_no_news() -> None:
    assert not Place().hours(*[1.2] * 24).own()


def test_what_the_others_lose_is_none_of_its_own() -> None:
    """Haze that leaves one place last: it is above the others, and does what it did before."""
    assert Place().hours(1.2, 1.2, 1.2, 1.2).own()
    assert not Place().hours(1.2, 1.2, 1.2, 1.2, steady=True).own()


def test_what_crept_up_is_none() -> None:
    """Not yet half as much again above what was, or on its way before the last hours."""
    assert not Place().hours(*np.linspace(0, 1.2, 24)).own()
    assert not Place().hours(*[0.25] * 16, *[0.25] * 4, *[1.2] * 4).own(), "it was on its way"
    assert Place().hours(*[0.15] * 16, *[0.15] * 4, *[1.2] * 4).own()
    assert not Place().hours(*[0.9] * 16, *[0.9] * 4, *[1.2] * 4).own()
    assert not Place().hours(*[0.35] * 4).own(), "too little has changed"


def test_only_what_lasts_counts_where_neighbours_can_tell() -> None:
    place = Place().hours(1.2, 1.2, 1.2, 1.2)
    assert not place.own(K.EXCEEDANCE_HOUR)
    assert not place.own(K.EXCEEDANCE_SHORT)
    assert not place.own(apart=(0.6, 0.6, 0, 0, 0, 0)), "the others have more than half of it"
    assert not place.own(apart=(NAN,) * 6)


@pytest.mark.parametrize("count", [1, 5, 11])
@pytest.mark.parametrize("kind", [K.EXCEEDANCE_SHORT, K.EXCEEDANCE_HOUR, K.SUSTAINED_HIGH])
def test_in_the_first_hours_levels_are_compared(count: int, kind: K) -> None:
    """What is usual nobody knows yet; that the others have far less is seen."""
    place = Place().hours(*[1.2] * 11, count=count)
    assert place.own(kind)
    assert not place.own(kind, apart=(0.6, 0.6, 0, 0, 0, 0))


def test_particles_need_a_witness() -> None:
    """Without a gas, coarse dust is one; where nobody measures gases, what is no gain, in dry air."""
    here = Place().hours(1.2, 1.2, 1.2, 1.2).particles_only()
    assert not here.own()
    assert here.own(column=PM10, apart=(0.8, 1.3, 0, 0, 0, 0))
    assert not here.own(column=PM10, apart=(1.0, 1.3, 0, 0, 0, 0))
    assert Place().hours(1.2, 1.2, 1.2, 1.2).own(), "the gases are up as well"
    lone = (NAN,) * 4
    assert here.own(apart=(1.3, 0.8, *lone))
    assert not here.own(apart=(1.2, 1.2, *lone))
    here.track.keep(T0 + 3600, [180.0] * 6, 90.0)
    assert not here.own(apart=(1.3, 0.8, *lone)), "damp"


@pytest.mark.parametrize("lately", [4, 13, 24, 40, 80])
@pytest.mark.parametrize("warm_hours", [2, 12])
def test_whatever_lately_is_it_can_be_judged(lately: int, warm_hours: int) -> None:
    """Before there are so many hours, nobody knows what was earlier: then it is none."""
    limit = {"lately": lately, "warm_hours": warm_hours}
    rules = parse_rules(merge(DEFAULT_RULES, {"network": {"limit": limit}}))
    for count in range(1, 60):
        got = Place(rules).hours(1.2, 1.2, 1.2, 1.2, count=count).own()
        assert got is (count < warm_hours or count > lately), count


def high(stream: Stream, hours: int, creep: int) -> Stream:
    """Station 0 rises to four times its level within `creep` hours, its nitrogen dioxide with it, and stays there."""
    index = stream.window(0, 20, 20 + hours)
    ramp = np.clip((stream.true[0, index] - stream.at(20)) / (3600 * creep), 0, 1)
    stream.values[0, index] += ramp[:, None] * 160 * np.array([1.0, 1.18, 0.02, 0.35, 0.011, 0.0])
    return stream


def test_by_readings_a_source_of_hours_is_and_a_drift_of_days_is_not() -> None:
    source = told(high(scene(HOURLY), 30, 6), HOURLY)
    assert {x.origin for x in source.orders()} == {0}
    drift = told(high(scene(HOURLY), 70, 60), HOURLY)
    assert not drift.of(K.SUSTAINED_HIGH)


def test_a_network_that_has_just_begun_sees_a_hot_spot() -> None:
    """Far over the limit and far over the neighbours, in the first hours of all."""
    stream = scene(HOURLY)
    stream.there[:, : stream.window(0, 20, 21)[0]] = False
    stream.values[0, stream.window(0, 20, 40), :2] = (420.0, 620.0)
    (order, *_) = from_cold(stream).orders()
    assert order.origin == 0
    assert order.detected_at <= stream.at(22)
