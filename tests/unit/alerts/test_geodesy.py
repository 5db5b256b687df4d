import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.geodesy import angle_between, bearing_deg, compass, distance_m, is_place

LON = st.floats(-180, 180)
LAT = st.floats(-90, 90)
ANGLE = st.floats(-1e6, 1e6)


@pytest.mark.parametrize(
    ("start", "end", "metres", "bearing"),
    [
        ((87.0, 44.0), (87.0, 45.0), 111_195, 0),
        ((87.0, 44.0), (87.0, 43.0), 111_195, 180),
        ((0.0, 0.0), (1.0, 0.0), 111_195, 90),
        ((0.0, 0.0), (-1.0, 0.0), 111_195, 270),
        ((179.5, 0.0), (-179.5, 0.0), 111_195, 90),
        # Beijing to Shanghai, a pair that many tables give as about 1,067 km at 153 degrees.
        ((116.4074, 39.9042), (121.4737, 31.2304), 1_067_000, 153),
    ],
)
def test_known_pairs(
    start: tuple[float, float], end: tuple[float, float], metres: float, bearing: float
) -> None:
    assert distance_m(*start, *end) == pytest.approx(metres, rel=2e-3)
    assert bearing_deg(*start, *end) == pytest.approx(bearing, abs=1)


def test_the_same_place() -> None:
    assert distance_m(87.3, 44.0, 87.3, 44.0) == 0
    assert bearing_deg(87.3, 44.0, 87.3, 44.0) == 0


@given(LON, LAT, LON, LAT)
def test_a_distance_is_the_same_both_ways_and_within_half_the_globe(
    lon: float, lat: float, to_lon: float, to_lat: float
) -> None:
    away = distance_m(lon, lat, to_lon, to_lat)
    assert 0 <= away <= 20_015_200
    assert away == pytest.approx(distance_m(to_lon, to_lat, lon, lat), rel=1e-9, abs=1e-6)
    assert 0 <= bearing_deg(lon, lat, to_lon, to_lat) < 360


@given(ANGLE, ANGLE)
def test_angles(one: float, other: float) -> None:
    assert 0 <= compass(one) < 360
    assert 0 <= angle_between(one, other) <= 180
    assert angle_between(one, other) == pytest.approx(angle_between(other, one), abs=1e-6)


def test_an_angle_goes_the_short_way_round() -> None:
    assert angle_between(350, 10) == angle_between(10, 350) == 20
    assert compass(-1e-20) == 0
    assert angle_between(0, 180) == 180


@pytest.mark.parametrize(
    "place", [(180.1, 0.0), (0.0, 90.1), (float("nan"), 0.0), (0.0, float("inf")), (1e308, -1e308)]
)
def test_what_is_no_place(place: tuple[float, float]) -> None:
    assert not is_place(*place)
    assert is_place(87.3, 44.0)
