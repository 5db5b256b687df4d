"""Work at a station: flagged, and nothing follows from it."""

from dataclasses import replace

import numpy as np

from alerts.network.happening import Flagged, Opened
from alerts.network.network import Network
from alerts.network.sample import Sample
from tests.unit.alerts.network.streams import Stream, follow, scene, told, warmed

ALL = [0, 1, 2, 3, 4, 5]
S = 2


def under_work(stream: Stream, begin: float, end: float, columns: list[int] = ALL) -> Network:
    network = warmed()
    network.maintenance.say([[S, columns, stream.at(begin), stream.at(end)], [99, ALL, 0.0, 1.0]])
    return network


def test_smoke_at_a_station_under_work_is_nothing() -> None:
    """The same smoke is an order where nobody works."""
    stream = scene().plume(S, 2, 120)
    assert told(stream, until=6).orders()
    network = under_work(stream, 1.5, 5)
    story = follow(network, stream.samples(begin=0, end=6))
    assert not story.events
    flags = [x for x in story.happenings if isinstance(x, Flagged) and x.test == "maintenance"]
    assert {(x.station, x.level) for x in flags} == {(S, 3)}
    assert all(stream.at(1.5) <= x.observed_at < stream.at(5) for x in flags)
    assert len(flags) == 2 * len(stream.window(S, 1.5, 5)), "each value of both pollutants"
    (track,) = [t for t in network.fine.group.tracks if t.id == S]
    rows = track.rows()
    worked = (rows[:, 0] >= stream.at(1.5)) & (rows[:, 0] < stream.at(5))
    assert np.isnan(rows[worked, 1:3]).all()
    assert not np.isnan(rows[~worked, 1:3]).any()


def test_an_instrument_under_work_has_no_faults() -> None:
    stream = scene().burst(S, 2, 4)
    assert told(stream, until=6).faults()
    assert not follow(under_work(stream, 1.5, 5), stream.samples(begin=0, end=6)).events


def test_a_station_carried_about_for_its_work_has_not_moved() -> None:
    network = under_work(scene(), 0, 1)
    at = scene().at(0.5)
    away = Sample(S, at, at + 1, (30.0, 50.0, None, None, None, None), lon=88.0, lat=45.0)
    told = [
        network.take(replace(away, observed_at=at + 60 * n, arrived_at=at + 60 * n + 1)) for n in range(3)
    ]
    assert not [x for happened in told for x in happened if isinstance(x, Opened)]


def test_work_on_one_sensor_leaves_the_others() -> None:
    stream = scene().plume(S, 2, 120)
    (order,) = follow(under_work(stream, 1.5, 5, [1]), stream.samples(begin=0, end=6)).orders()
    assert order.pollutants == ("pm25",)


def test_it_is_over_at_its_end_and_when_it_is_not_said_any_more() -> None:
    network = under_work(scene(), 0, 1)
    at = [scene().at(hour) for hour in (-0.001, 0, 0.999, 1)]
    assert [sorted(network.maintenance.columns(S, x)) for x in at] == [[], ALL, ALL, []]
    network.maintenance.say([])
    assert network.maintenance.columns(S, at[1]) == frozenset()
