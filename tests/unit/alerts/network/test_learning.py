"""Nothing that is an event is learned as the usual."""

import math

import numpy as np
import pytest

from alerts.network.group import RING
from alerts.network.network import Network
from alerts.network.sample import Sample
from alerts.network.usual import hour_of_day
from tests.unit.alerts.network.streams import FINE, HOURLY, Kind, Stream, follow, scene, warmed


def after(stream: Stream, hour: float, kind: Kind = FINE) -> Network:
    network = warmed(kind)
    follow(network, stream.samples(begin=0, end=hour))
    return network


@pytest.fixture(scope="module")
def quiet() -> Network:
    return after(scene(), 9)


def usual(network: Network, name: str, station: int = 0) -> list[float]:
    found: list[float] = getattr(network.fine.usual, name)[station, :2].tolist()
    return found


def test_a_plume_of_six_hours_is_not_learned(quiet: Network) -> None:
    stream = scene().plume(0, 2, 120, plateau=330, tau=20)
    # While it lasts the base stays what it was before.
    before = np.median(stream.values[0, stream.window(0, 1.3, 2), :2], axis=0)
    assert usual(after(stream, 7.3), "base") == pytest.approx(before.tolist(), rel=0.1)
    plume = after(stream, 9)
    # Scale and tail move in the minutes before it is known: a tenth.
    for name in ("sigma", "tail"):
        for got, wanted in zip(usual(plume, name), usual(quiet, name), strict=True):
            assert got == pytest.approx(wanted, abs=0.05), name
    # The habit of an hour of the day: a twelfth part of an hour's greatest residual at most.
    assert np.abs(plume.fine.usual.habit - quiet.fine.usual.habit)[:, 0, :2].max() < 0.15


def test_it_is_not_learned_at_its_neighbours_either(quiet: Network) -> None:
    plume = after(scene().plume(0, 2, 120, plateau=330, tau=20), 9)
    for name in ("base", "sigma", "tail"):
        for station in range(1, 8):
            assert usual(plume, name, station) == pytest.approx(
                usual(quiet, name, station), rel=0.05, abs=0.02
            )


def test_a_spike_leaves_no_trace(quiet: Network) -> None:
    """The value is taken back: a single step of the ring may be missing, and nothing else differs."""
    spiked = after(scene().spike(0, 2, 20.0), 9)
    for name in ("base", "sigma", "tail"):
        assert usual(spiked, name) == pytest.approx(usual(quiet, name), rel=0.03), name


def test_implausible_values_leave_no_trace(quiet: Network) -> None:
    stream = scene()
    stream.values[0, stream.window(0, 2, 2.5), :2] = 5000.0
    broken = after(stream, 9)
    for name in ("base", "sigma", "tail"):
        assert usual(broken, name) == pytest.approx(usual(quiet, name), rel=0.1, abs=0.02), name


def test_a_late_value_fills_what_is_missing_and_nothing_else() -> None:
    network = warmed()
    follow(network, scene().samples(begin=0, end=2))
    group = network.fine.group
    track, at = group.tracks[0], scene().at(1)
    step = int(at // group.step_s) % RING
    before = group.ring[step, 0].copy()
    group.put(track, at, [500.0, 800.0, 9.0, np.nan, 0.5, 70.0])
    assert group.ring[step, 0, :2].tolist() == before[:2].tolist()
    assert group.ring[step, 0, 2] == 9.0


@pytest.mark.parametrize("value", [5000.0, -40.0, 1e300, math.inf])
def test_a_late_value_that_cannot_be_is_not_learned(value: float) -> None:
    network = warmed()
    stream = scene()
    follow(network, stream.samples(begin=0, end=2))
    for n in range(40):
        at = stream.at(1.5) - 60 * n
        network.take(Sample(0, at, stream.at(2) + n, (value, value, value, None, None, None)))
    known = network.fine.group.ring[:, 0, :3]
    known = known[known == known]
    assert known.max() < 1000
    assert known.min() >= 0


def test_a_shut_inlet_does_not_make_the_end_of_it_a_rise() -> None:
    network = after(scene().blocked(0, 1, 7), 13)
    assert {event.kind for event in network.ledger.open.values()} <= {"attenuated"}


def test_the_noise_of_hours_takes_no_harm_from_a_plume() -> None:
    """One loud event counts three sigma at most; its hours as a member not at all."""
    calm = after(scene(HOURLY), 40, HOURLY)
    loud = after(scene(HOURLY).plume(0, 20, 400, rise=60, plateau=240, tau=60), 40, HOURLY)
    ratio = np.sqrt(np.diag(loud.coarse.unrest.noise) / np.diag(calm.coarse.unrest.noise))
    assert np.all(np.abs(ratio - 1) < 0.1)


def test_hours_of_the_day_are_those_of_beijing() -> None:
    midnight_utc = 1_735_689_600.0
    assert hour_of_day(midnight_utc) == 8
    assert hour_of_day(midnight_utc + 16 * 3600) == 0
    assert hour_of_day(midnight_utc - 1) == 7


def test_who_was_silent_for_hours_has_no_base_until_it_has_a_new_one() -> None:
    """Not from the readings before the silence, which are still remembered one by one."""
    stream = scene().episode(1, 12, 250).gap(0, 1, 6)
    network = warmed()
    follow(network, stream.samples(begin=0, end=6.2))
    assert np.isnan(network.fine.usual.base[0, :2]).all()
    for quarter in range(1, 8):
        begin = 6.2 + 0.25 * (quarter - 1)
        for sample in stream.samples(begin=begin, end=begin + 0.25):
            network.take(sample)
        base = network.fine.usual.base[0, 1]
        assert np.isnan(base) or base > 200
    assert base > 200
