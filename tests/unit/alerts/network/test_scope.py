"""The edge of what comes over all: a mild order waits for it, and what went out all the same is told regional."""

import numpy as np
import pytest

from alerts.network.fine import FineGroup
from alerts.network.happening import FindingKind, Happening, Rescoped
from alerts.network.incidents import EDGE_S, Finding
from alerts.network.network import Network
from alerts.network.rules import FineRule
from alerts.network.snapshot import load, save
from alerts.ruleset import DEFAULT_RULES, RuleSet, parse_rules
from models.enums import AlertScope, Severity
from models.merge_patch import merge
from tests.unit.alerts.network.streams import (
    RULES,
    T0,
    WIDE,
    Story,
    Stream,
    follow,
    scene,
    sites_at,
    told,
    warmed,
)

K = FindingKind
FINE = FineRule()
CADENCE_S = 150.0
HASTY = parse_rules(merge(DEFAULT_RULES, {"network": {"fine": {"log_stir": 2.0, "stir_share": 1.0}}}))
"""Nobody stirs by a factor of seven, so nothing waits."""
STIRRED = (1, 2, 3, 6)
"""Half of the neighbours."""


def by(rules: RuleSet, stream: Stream, until: float = 8) -> Story:
    network = load(save(warmed()), rules, stream.sites)
    story = follow(network, stream.samples(begin=0, end=until))
    return story.take(network.finish())


def stir(stream: Stream, factor: float, begin: float = 1.75) -> Stream:
    """Some neighbours are up a little, and stay so."""
    for station in STIRRED:
        stream.values[station, stream.window(station, begin, 200), :2] *= factor
    return stream


# ------------------------------------------------------------------ a mild order waits


@pytest.mark.parametrize("size", [80, 100])
def test_a_mild_excess_waits_while_the_neighbours_stir_and_no_longer(size: float) -> None:
    stream = stir(scene(), 1.35).plume(0, 2, size, plateau=90)
    (at_once,) = by(HASTY, stream).orders()
    (waited,) = told(stream, until=6).orders()
    assert at_once.severity is waited.severity is Severity.NOTICE
    assert waited.origin == 0
    # It is judged anew with each reading, so within two of them.
    late = waited.detected_at - at_once.detected_at
    assert FINE.wait_s <= late <= FINE.wait_s + 2 * CADENCE_S
    assert waited.started_at == pytest.approx(at_once.started_at, abs=2 * CADENCE_S)


@pytest.mark.parametrize("factor", [1.0, 1.05])
def test_beside_calm_neighbours_nothing_waits(factor: float) -> None:
    stream = stir(scene(), factor).plume(0, 2, 90, plateau=90)
    assert told(stream, until=6).plain() == by(HASTY, stream, 6).plain()


@pytest.mark.parametrize("size", [200, 400])
def test_a_serious_excess_does_not_wait(size: float) -> None:
    stream = stir(scene(), 1.35).plume(0, 2, size, plateau=90)
    (order,) = told(stream, until=6).orders()
    assert order.severity.rank >= Severity.SERIOUS.rank
    assert order.detected_at <= stream.at(2) + 15 * 60


def test_what_gets_serious_meanwhile_waits_no_longer() -> None:
    stream = stir(scene(), 1.35).plume(0, 2, 90, plateau=90)
    (mild,) = told(stream.copy(), until=6).orders()
    (order,) = told(stream.plume(0, 2.3, 300, rise=5, plateau=90, seed=5), until=6).orders()
    assert order.severity.rank >= Severity.SERIOUS.rank
    assert order.detected_at < mild.detected_at


def test_what_is_gone_before_the_wait_is_over_gives_no_order() -> None:
    stream = stir(scene(), 1.35).plume(0, 2, 90, rise=6, plateau=8, tau=3)
    assert by(HASTY, stream, 6).orders()
    assert not told(stream, until=6).orders()


def test_stations_that_are_silent_do_not_stir() -> None:
    """Up when they were last heard, more than a quarter of an hour ago."""
    stream = stir(scene(), 1.5, 1.6)
    for station in STIRRED:
        stream.gap(station, 1.8, 4)
    stream.plume(0, 2.05, 90, plateau=90)
    assert told(stream, until=2.8).plain() == by(HASTY, stream, 2.8).plain()
    assert told(stream, until=2.8).orders()


@pytest.mark.parametrize(
    ("first", "size", "every", "ramp", "gain"),
    [(0, 70, 4, 20, 1.0), (4, 70, 2, 20, 1.5), (0, 70, 2, 40, 2.0)],
)
def test_the_edge_of_an_episode_is_no_order(
    first: int, size: float, every: float, ramp: float, gain: float
) -> None:
    order = [first, *(n for n in range(8) if n != first)]
    stream = scene().front(2, size, order, lag=every, every=every, ramp=ramp, gain=gain)
    assert len(by(HASTY, stream).orders()) == 1, "without the wait it was one"
    story = told(stream, until=8)
    assert not story.orders()
    assert len(story.of(K.EPISODE)) == 1


# ------------------------------------------------------------------ what turns out to be the edge is told so


@pytest.mark.parametrize(("size", "ramp", "lag"), [(100, 20, 30), (150, 40, 45), (60, 20, 60)])
def test_an_order_that_was_the_edge_is_told_regional_once(size: float, ramp: float, lag: float) -> None:
    stream = scene().front(2, size, range(8), lag=lag, ramp=ramp)
    story = told(stream, until=12)
    (order,) = story.orders()
    (episode,) = story.of(K.EPISODE)
    assert order.scope is AlertScope.LOCAL
    (again,) = [h for h in story.happenings if isinstance(h, Rescoped)]
    assert again == Rescoped(order.key, AlertScope.REGIONAL, False, again.at, {"episode": episode.key})
    assert again.at >= max(order.detected_at, episode.detected_at)
    assert again.at % 3600 == 0, "by the hour"


def test_a_source_inside_an_episode_stays_local() -> None:
    story = told(scene().episode(2, 9, 200).plume(0, 6, 250))
    assert len(story.orders()) == len(story.of(K.EPISODE)) == 1
    # It is clean again while the episode goes on, and the event is still open then.
    assert not story.rescoped


@pytest.mark.parametrize("begin", [3.2, 4.0, 5.0])
def test_nor_does_one_become_regional_because_it_is_over(begin: float) -> None:
    stream = scene().episode(2, 9, 200, ramp=1.0).plume(0, begin, 250)
    story = told(stream)
    assert [x.origin for x in story.orders()] == [0]
    assert not story.rescoped


def test_a_source_at_the_edge_that_stays_far_above_stays_local() -> None:
    stream = scene().front(2, 100, range(8), lag=30).plume(0, 2, 400, plateau=400)
    story = told(stream, until=8)
    assert story.of(K.EPISODE)
    assert [x.origin for x in story.orders()] == [0]
    assert not story.rescoped


class Edge:
    """One event of stations 0 and 1, and what is known of an episode."""

    def __init__(
        self, cadence_s: float = CADENCE_S, columns: tuple[int, ...] = (0, 1), lead: int = 1
    ) -> None:
        network = Network(RULES, sites_at(((0.0, 0.0), (0.5, 0.0), *WIDE[1:]), cadence_s))
        self.part = network.fine if cadence_s < 3600 else network.coarse
        assert isinstance(self.part, FineGroup) == (cadence_s < 3600)
        self.ledger, self.incidents = network.ledger, self.part.incidents
        for station in (0, 1):
            incident = self.incidents.found(
                self.part.group.tracks[station],
                T0,
                Finding(K.ABOVE_NEIGHBOURS, columns, lead, Severity.NOTICE, T0, {}),
            )
            assert incident is not None
        (self.incident,) = self.incidents.open
        self.ledger.take()
        self.hours = self.part.hours
        self.hours_were(3.0, 3.0, 3.3, 3.5)

    def hours_were(self, *logs: float) -> "Edge":
        """Log levels of the last hours, of all; the event began in the last but one."""
        self.hours.count = len(logs)
        for n, log in enumerate(logs):
            self.hours.level[n] = log
        return self

    def told(
        self, *above: float, episode: int | None = 99, since: float = T0, column: int = 1
    ) -> list[Happening]:
        """`above` of the first stations; the others are as usual, and so is the other particle size."""
        table = np.zeros((self.part.group.size, 2))
        table[: len(above), column] = above
        table[:, 1 - column] = 5.0
        self.incidents.reconsider(T0 + 3600, episode, since, table, self.hours.stays)
        return self.ledger.take()


@pytest.mark.parametrize("cadence_s", [CADENCE_S, 3600.0])
def test_it_is_told_once_with_the_episode_it_belongs_to(cadence_s: float) -> None:
    edge = Edge(cadence_s)
    told_once = Rescoped(edge.incident.key, AlertScope.REGIONAL, False, T0 + 3600, {"episode": 99})
    assert edge.told(0.2, -0.3) == [told_once]
    assert edge.told(0.2, -0.3) == []


def test_every_station_that_saw_it_has_to_be_explained() -> None:
    edge = Edge()
    assert not edge.told(0.2, 0.3)
    assert not edge.told(0.3, 0.2)
    assert not edge.told(0.2, float("nan")), "nobody can tell"
    # Also one that is no member any more.
    del edge.incident.members[1]
    assert not edge.told(0.2, 0.3)
    assert edge.told(0.2, 0.2)


def test_only_what_began_about_when_the_episode_did() -> None:
    assert not Edge().told(0.0, since=T0 + EDGE_S + 1)
    assert Edge().told(0.0, since=T0 + EDGE_S)
    assert Edge().told(0.0, since=T0 - 50 * 3600)
    assert not Edge().told(0.0, episode=None)


def test_the_size_that_led_is_asked_and_a_gas_has_no_episode() -> None:
    assert Edge(lead=0).told(0.1, column=0)
    assert not Edge(lead=0).told(0.1, column=1)
    assert not Edge(3600.0, columns=(2,), lead=2).told(0.0)


@pytest.mark.parametrize(
    ("logs", "edge"),
    [
        ((3.0, 3.0, 3.3, 3.5), True),
        ((3.0, 3.0, 3.6, 3.5), True),
        ((3.0, 3.0, 4.5, 3.1), False),  # as low as before
        ((3.0, 3.0, 4.5, 3.5), False),  # the others are up as well, but it was far higher
        ((3.4, 3.4, 3.4, 3.5), False),  # nothing has come over it
        ((float("nan"), float("nan"), 3.3, 3.5), False),
        ((3.0, 3.0, 3.3, float("nan")), False),
        ((3.3, 3.5), False),
    ],
)
def test_what_is_clean_again_was_a_source_of_its_own(logs: tuple[float, ...], edge: bool) -> None:
    assert bool(Edge().hours_were(*logs).told(0.0)) is edge


def test_an_event_of_stations_that_are_gone_is_nobodys_edge() -> None:
    edge = Edge()
    edge.incident.members.clear()
    edge.incident.seen.clear()
    assert not edge.told(0.0)


def test_it_is_kept_that_it_was_told() -> None:
    stream = scene().front(2, 100, range(8), lag=30)
    network = warmed()
    story = follow(network, stream.samples(begin=0, end=4.2))
    (again,) = story.rescoped.values()
    assert [x.regional for x in network.fine.incidents.open if x.key == again.key] == [True]
    network = load(save(network), RULES, stream.sites)
    # The story proves that no event is told twice.
    assert set(follow(network, stream.samples(begin=4.2, end=9), story).rescoped) == {again.key}
