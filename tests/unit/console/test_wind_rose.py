"""The wind rose: what is counted, and the shapes it is drawn with."""

import math
import re

from hypothesis import given
from hypothesis import strategies as st

from alerts.geodesy import bearing_deg, destination, distance_m
from alerts.rose import SECTORS, rose
from app.console.wind_rose import RADIUS, cardinal, wedges


def test_winds_are_counted_by_where_they_come_from_and_how_strong_they_are() -> None:
    found = rose([(1.0, 0.0), (3.0, 359.0), (3.0, 90.0), (7.0, 180.0), (0.2, 270.0), (5.0, None)])
    assert found.samples == 5
    assert found.calm == 0.2
    assert found.shares[0] == (0.2, 0.2, 0.0, 0.0)
    assert found.shares[4] == (0.0, 0.2, 0.0, 0.0)
    assert found.shares[8] == (0.0, 0.0, 0.0, 0.2)
    assert found.longest == 0.4


def test_no_wind_is_no_rose() -> None:
    for samples in ([], [(-1.0, 3.0)], [(500.0, 3.0)], [(math.nan, 3.0)], [(3.0, math.inf)]):
        found = rose(samples)
        assert (found.samples, found.calm, found.longest) == (0, 0.0, 0.0)
        assert wedges(found) == []


@given(st.lists(st.tuples(st.floats(0, 40), st.floats(0, 720)), min_size=1, max_size=60))
def test_shares_are_whole_and_nothing_is_drawn_beyond_the_rim(samples: list[tuple[float, float]]) -> None:
    found = rose(samples)
    assert math.isclose(found.calm + sum(map(sum, found.shares)), 1.0)
    drawn = wedges(found)
    assert len(drawn) == sum(share > 0 for sector in found.shares for share in sector)
    for wedge in drawn:
        numbers = [float(text) for text in re.findall(r"-?\d+(?:\.\d+)?", wedge.path)]
        assert max(map(abs, numbers)) <= RADIUS + 0.1


def test_the_sector_that_blew_most_reaches_the_rim_towards_its_own_side() -> None:
    (west,) = wedges(rose([(3.0, 270.0)]))
    numbers = [float(text) for text in re.findall(r"-?\d+(?:\.\d+)?", west.path)]
    assert min(numbers) < -0.97 * RADIUS
    assert west.speed_class == 1
    assert SECTORS == 16


def test_directions_have_the_names_of_eight_winds() -> None:
    assert [cardinal(at) for at in (0, 22, 23, 90, 180, 359.9, 337, 315)] == [
        "N", "N", "NE", "E", "S", "N", "NW", "NW",
    ]  # fmt: skip


@given(st.floats(-179, 179), st.floats(-80, 80), st.floats(0, 359.9), st.floats(1, 50_000))
def test_a_place_so_far_away_in_a_direction_is_found_again(
    lon: float, lat: float, bearing: float, metres: float
) -> None:
    to_lon, to_lat = destination(lon, lat, bearing, metres)
    assert math.isclose(distance_m(lon, lat, to_lon, to_lat), metres, rel_tol=1e-5, abs_tol=0.01)
    apart = abs(bearing_deg(lon, lat, to_lon, to_lat) - bearing)
    assert min(apart, 360 - apart) < 0.1
