"""Who sees the same plume: the wind decides, with the time the way takes; where none blows, nearness."""

from collections.abc import Sequence

import pytest

from alerts.network.coarse import CoarseGroup
from alerts.network.fine import FineGroup
from alerts.network.happening import Cleared, FindingKind, Happening, Joined, Opened
from alerts.network.incidents import Finding, Incident
from alerts.network.network import Network
from alerts.network.track import Track
from models.enums import Severity
from tests.unit.alerts.network.streams import HOURLY, RULES, T0, background, from_cold, scene, sites_at, told

K = FindingKind
FINE_S, HOUR_S = 150.0, 3600.0
WEST, EAST = 270.0, 90.0
"""Where the wind comes from."""
PM25, PM10, SO2, NO2 = range(4)
Place = tuple[float, float]


class Scene:
    """A group of stations whose findings are put in by hand; the first one is at the origin of the map."""

    def __init__(self, *places: Place, cadence_s: float = FINE_S) -> None:
        network = Network(RULES, sites_at(((0.0, 0.0), *places), cadence_s))
        self.ledger = network.ledger
        self.part: FineGroup | CoarseGroup = network.fine if cadence_s == FINE_S else network.coarse
        self.incidents = self.part.incidents

    def wind(self, speed: float, direction: float, at: float = T0, only: Sequence[int] = ()) -> "Scene":
        for track in self.part.group.tracks:
            if not only or track.place in only:
                track.feel(at, speed, direction)
        return self

    def find(
        self, station: int, after_s: float = 0.0, columns: tuple[int, ...] = (PM25, PM10), lead: int = PM25
    ) -> Incident | None:
        at = T0 + after_s
        track = self.part.group.tracks[station]
        return self.incidents.found(
            track, at, Finding(K.ABOVE_NEIGHBOURS, columns, lead, Severity.NOTICE, at, {})
        )

    def step(self, after_s: float, up: Sequence[int] = ()) -> None:
        """A step ends; `up` are the stations that are still high."""

        def measure(track: Track, columns: tuple[int, ...]) -> tuple[float, Sequence[float]]:
            level = 5.0 if track.place in up else 0.0
            return level, [10 * level] * 6

        self.incidents.review(T0 + after_s, measure)

    def told(self) -> list[Happening]:
        return [h for h in self.ledger.take() if isinstance(h, Opened | Joined | Cleared)]

    def orders(self) -> list[int]:
        return [h.origin for h in self.told() if isinstance(h, Opened) and h.order]


def joins(places: Sequence[Place], speed: float, after_s: float, cadence_s: float = FINE_S) -> bool:
    """Whether the last of the places joins what the first saw, under a west wind."""
    one = Scene(*places, cadence_s=cadence_s).wind(speed, WEST)
    one.find(0)
    one.wind(speed, WEST, T0 + after_s)
    one.find(len(places), after_s)
    orders = one.orders()
    assert orders in ([0], [0, len(places)])
    return orders == [0]


@pytest.mark.parametrize(("after_s", "same"), [(1100, False), (1300, True), (3000, True), (7000, True)])
def test_downwind_joins_from_when_the_wind_may_have_brought_it(after_s: float, same: bool) -> None:
    """Six kilometres at 2 m/s are 3000 s, of which a plume may save 1800."""
    assert joins([(6.0, 0.0)], 2.0, after_s) is same


@pytest.mark.parametrize(
    ("after_s", "same"), [(3.5 * HOUR_S, False), (3.6 * HOUR_S, True), (4 * HOUR_S, True)]
)
def test_by_the_hour_the_wind_has_to_bring_it_as_well(after_s: float, same: bool) -> None:
    """Forty kilometres at 2 m/s are 20000 s; the hour is known no better than two hours of slack."""
    assert joins([(40.0, 0.0)], 2.0, after_s, HOUR_S) is same


@pytest.mark.parametrize(("cadence_s", "km", "after_s"), [(FINE_S, 6.0, 3000.0), (HOUR_S, 20.0, 7200.0)])
@pytest.mark.parametrize("side", [1, -1])
def test_crosswind_at_the_same_time_is_another_event(
    cadence_s: float, km: float, after_s: float, side: int
) -> None:
    assert joins([(km, 0.0)], 2.0, after_s, cadence_s)
    assert not joins([(0.0, side * km)], 2.0, after_s, cadence_s)


def test_upwind_joins_only_when_it_was_late_to_be_noticed() -> None:
    assert joins([(-6.0, 0.0)], 2.0, 1700)
    assert not joins([(-6.0, 0.0)], 2.0, 1900)


@pytest.mark.parametrize(("cadence_s", "same_km"), [(FINE_S, 1.0), (HOUR_S, 3.0)])
def test_the_same_address_joins_whatever_the_wind(cadence_s: float, same_km: float) -> None:
    for after_s in (0.0, 7000.0):
        assert joins([(0.0, 0.97 * same_km)], 9.0, after_s, cadence_s)
    assert not joins([(0.0, 1.1 * same_km)], 9.0, 7000, cadence_s)


@pytest.mark.parametrize(("cadence_s", "calm_km"), [(FINE_S, 5.0), (HOUR_S, 15.0)])
@pytest.mark.parametrize("speed", [0.0, 0.4])
def test_in_calm_air_a_cloud_lies_about_its_source(cadence_s: float, calm_km: float, speed: float) -> None:
    for side in (1, -1):
        assert joins([(0.0, 0.95 * side * calm_km)], speed, 600, cadence_s)
        assert not joins([(0.0, 1.05 * side * calm_km)], speed, 600, cadence_s)


def test_a_weak_wind_wanders_further() -> None:
    """Two kilometres along, three across: within twice the length, not within six tenths of it."""
    assert joins([(2.0, 3.0)], 0.7, 6000)
    assert not joins([(2.0, 3.0)], 3.0, 6000)


def test_who_is_out_of_reach_never_joins() -> None:
    assert joins([(9.9, 0.0)], 2.0, 5000)
    assert not joins([(10.2, 0.0)], 2.0, 5000)
    assert joins([(49.0, 0.0)], 3.0, 4 * HOUR_S, HOUR_S)
    assert not joins([(51.0, 0.0)], 3.0, 4 * HOUR_S, HOUR_S)


def test_where_nobody_tells_the_wind_nearness_has_to_do() -> None:
    one = Scene((0.0, 4.0), (0.0, 6.0))
    for station in (0, 1, 2):
        one.find(station, 60.0 * station)
    # The second is within calm_km; the third lies two kilometres from the second, which has seen it too.
    assert one.orders() == [0]
    alone = Scene((0.0, 6.0))
    alone.find(0)
    alone.find(1, 60)
    assert alone.orders() == [0, 1]


def test_a_wind_of_hours_ago_is_another_one() -> None:
    one = Scene((0.0, 4.0)).wind(5.0, WEST, T0 - 7300)
    one.find(0)
    one.find(1, 60)
    assert one.orders() == [0]
    fresh = Scene((0.0, 4.0)).wind(5.0, WEST, T0 - 7100)
    fresh.find(0)
    fresh.find(1, 60)
    assert fresh.orders() == [0, 1]


def test_one_that_tells_the_wind_tells_it_for_its_neighbours() -> None:
    one = Scene((0.0, 4.0), (-20.0, -20.0)).wind(5.0, WEST, only=(2,))
    one.find(0)
    one.find(1, 60)
    assert one.orders() == [0, 1]


def test_the_wind_is_followed_over_half_an_hour() -> None:
    """One gust turns nothing; a wind that has turned for an hour has turned."""
    one = Scene((6.0, 0.0)).wind(2.0, WEST)
    track = one.part.group.tracks[0]
    track.feel(T0 + 150, 2.0, EAST)
    assert track.wind_east == pytest.approx(2.0, abs=0.4)
    for n in range(2, 50):
        track.feel(T0 + 150 * n, 2.0, EAST)
    assert track.wind_east == pytest.approx(-2.0, abs=0.1)
    assert track.wind_north == pytest.approx(0.0, abs=1e-9)


# ------------------------------------------------------------------ the event stays open for what is under way


def test_what_arrives_when_the_origin_is_clean_again_still_joins() -> None:
    one = Scene((6.0, 0.0)).wind(2.0, WEST)
    incident = one.find(0)
    assert incident is not None
    one.step(300, up=[0])
    for n in range(2, 6):
        one.step(300.0 * n)
    assert not incident.members
    assert one.incidents.open == [incident], "it lingers"
    assert one.find(1, 2400) is incident
    assert [(type(h), getattr(h, "station", None)) for h in one.told()] == [(Opened, None), (Joined, 1)]


@pytest.mark.parametrize(("cadence_s", "linger_s", "patience"), [(FINE_S, 2700.0, 3), (HOUR_S, 3600.0, 1)])
def test_after_that_it_is_over_and_the_next_is_an_order(
    cadence_s: float, linger_s: float, patience: int
) -> None:
    one = Scene((0.0, 6.0 if cadence_s == FINE_S else 20.0), cadence_s=cadence_s).wind(0.0, WEST)
    one.find(0)
    step_s = one.part.group.step_s
    ended, n = None, 0
    while ended is None:
        n += 1
        one.step(n * step_s)
        ended = next((h for h in one.told() if isinstance(h, Cleared)), None)
    # It left at the step of its patience; the last step that it was a member is the one before.
    assert ended.at == T0 + (patience - 1) * step_s + linger_s
    assert not one.incidents.open
    one.find(1, n * step_s + 60)
    assert one.orders() == [1]


def test_a_place_that_comes_back_while_it_lingers_is_the_same_event() -> None:
    one = Scene((6.0, 0.0))
    incident = one.find(0)
    for n in range(1, 5):
        one.step(300.0 * n)
    assert incident is not None
    assert not incident.members
    assert one.find(0, 1500) is incident
    assert list(incident.members) == [0]
    assert [type(h) for h in one.told()] == [Opened]


# ------------------------------------------------------------------ what is seen has to be alike


def test_by_the_hour_another_lead_is_another_event() -> None:
    one = Scene((2.0, 0.0), cadence_s=HOUR_S)
    one.find(0, columns=(PM25, PM10, NO2), lead=NO2)
    one.find(1, columns=(PM25, PM10), lead=PM10)
    assert one.orders() == [0, 1]
    alike = Scene((2.0, 0.0), cadence_s=HOUR_S)
    alike.find(0, columns=(PM25, PM10, NO2), lead=NO2)
    alike.find(1, columns=(PM25, NO2), lead=PM25)
    assert alike.orders() == [0]


def test_by_minutes_the_other_particle_size_may_lead() -> None:
    one = Scene((2.0, 0.0))
    one.find(0, columns=(PM25, PM10), lead=PM25)
    one.find(1, columns=(PM10,), lead=PM10)
    assert one.orders() == [0]
    other = Scene((2.0, 0.0))
    other.find(0, columns=(PM10,), lead=PM10)
    other.find(1, columns=(SO2,), lead=SO2)
    assert other.orders() == [0, 1]


# ------------------------------------------------------------------ the same with readings

PLACES = ((0.0, 0.0), (6.0, 0.5), (0.5, 6.0), (-9.0, -3.0), (-4.0, -12.0), (12.0, -9.0), (14.0, 8.0))


@pytest.mark.parametrize(("direction", "orders"), [(WEST, [0]), (180.0 + EAST / 2, [0, 1]), (0.0, [0, 1])])
def test_the_wind_that_stations_report_decides(direction: float, orders: list[int]) -> None:
    """Station 1 lies six kilometres east of station 0, and sees smoke forty minutes later."""
    stream = background(sites_at(PLACES, 150.0), warm=14, hours=5).blow(2.5, direction)
    story = from_cold(stream.plume(0, 1, 100, plateau=60).plume(1, 1, 90, delay=40, plateau=60, seed=9))
    assert [x.origin for x in story.orders()] == orders


@pytest.mark.parametrize(
    ("speed", "direction"), [(-1.0, 0.0), (76.0, 0.0), (3.0, 361.0), (3.0, -1.0), (float("inf"), 0.0)]
)
def test_a_wind_that_cannot_be_is_not_heard(speed: float, direction: float) -> None:
    stream = background(sites_at(PLACES[:2], 150.0), warm=0.2, hours=0).blow(speed, direction)
    network = Network(RULES, stream.sites)
    for sample in stream.samples():
        network.take(sample)
    assert all(track.wind_at < 0 for track in network.fine.group.tracks)


def test_dust_and_exhaust_by_the_hour_stay_two() -> None:
    """The same hour, along the wind, but nothing in common."""
    slow = {"rise": 60.0, "plateau": 180.0, "tau": 60.0}
    stream = scene(HOURLY).blow(4.0, WEST)
    stream.plume(0, 20, 400, family="dust", **slow).plume(1, 21, 250, family="traffic", seed=5, **slow)
    assert [x.origin for x in told(stream, HOURLY, until=40).orders()] == [0, 1]
    alike = scene(HOURLY).blow(4.0, WEST)
    alike.plume(0, 20, 400, family="dust", **slow).plume(1, 21, 400, family="dust", seed=5, **slow)
    assert [x.origin for x in told(alike, HOURLY, until=40).orders()] == [0]
