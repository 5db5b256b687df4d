"""The map of a ranking: areas and points keep their places, and no name lies over another."""

from itertools import combinations
from math import hypot
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from app.console.air_map import HEIGHT, RADIUS, WIDTH, Spot, drawn_map, shade

SQUARE = [[87.0, 44.0], [87.5, 44.0], [87.5, 44.5], [87.0, 44.5], [87.0, 44.0]]
UNITS = {
    # Where the national stations of a prefecture stand, the last three within one town.
    "阜康市": (87.98, 44.15), "呼图壁县": (86.88, 44.18), "玛纳斯县": (86.21, 44.30), "吉木萨尔县": (89.18, 43.99),
    "奇台县": (89.59, 44.02), "木垒县": (90.28, 43.83), "昌吉市": (87.30, 44.02), "昌吉高新区": (87.27, 44.03),
    "昌吉国家农业科技园区": (87.29, 44.00),
}  # fmt: skip


def box(spot: Spot, name: str) -> tuple[float, float, float, float]:
    width = len(name) * 13
    left = {"start": spot.text_x, "end": spot.text_x - width, "middle": spot.text_x - width / 2}[spot.anchor]
    return left, spot.text_y - 13, left + width, spot.text_y + 3


def apart(one: tuple[float, float, float, float], other: tuple[float, float, float, float]) -> bool:
    return one[2] <= other[0] or other[2] <= one[0] or one[3] <= other[1] or other[3] <= one[1]


def test_areas_lie_as_on_the_map_and_odd_geometries_are_left_out() -> None:
    east = [[[x + 1, y] for x, y in SQUARE]]
    found = drawn_map({
        "b": {"type": "MultiPolygon", "coordinates": [east]}, "a": {"type": "Polygon", "coordinates": [SQUARE]},
        "c": {"type": "Point", "coordinates": [87, 44]},
    }, {}, {})  # fmt: skip
    assert found is not None
    assert [area.code for area in found.areas] == ["a", "b"]
    assert found.areas[0].x < found.areas[1].x
    assert all(0 <= area.x <= WIDTH and 0 <= area.y <= HEIGHT for area in found.areas)
    assert drawn_map({}, {}, {}) is None


def test_who_has_no_boundary_is_a_point_with_a_name_of_its_own_room() -> None:
    names = {name: f"{place} {name}" for place, name in enumerate(UNITS, 1)}
    found = drawn_map({}, UNITS, names)
    assert found is not None
    assert {spot.code for spot in found.spots} == set(UNITS)
    at = {spot.code: spot for spot in found.spots}
    assert at["玛纳斯县"].x < at["昌吉市"].x < at["木垒县"].x
    assert at["玛纳斯县"].y < at["昌吉市"].y < at["木垒县"].y
    for near, far in combinations(found.spots, 2):
        assert hypot(near.x - far.x, near.y - far.y) >= 2 * RADIUS
    boxes = {spot.code: box(spot, names[spot.code]) for spot in found.spots}
    for one, other in combinations(boxes, 2):
        assert apart(boxes[one], boxes[other]), (one, other)
    for left, top, right, bottom in boxes.values():
        assert 0 <= left <= right <= WIDTH
        assert 0 <= top <= bottom <= HEIGHT


def test_a_boundary_stands_before_a_point() -> None:
    ground: dict[str, dict[str, Any]] = {
        "a": {"type": "Polygon", "coordinates": [SQUARE]},
        "odd": {"type": "Point", "coordinates": [87, 44]},
    }
    found = drawn_map(ground, {"a": (87.2, 44.2), "odd": (88.0, 44.2)}, {"a": "1 甲", "odd": "2 乙"})
    assert found is not None
    assert ([one.code for one in found.areas], [one.code for one in found.spots]) == (["a"], ["odd"])
    assert found.areas[0].x < found.spots[0].x


@given(
    st.dictionaries(
        st.text("甲乙丙丁戊", min_size=1, max_size=13),
        st.tuples(st.floats(80, 96), st.floats(35, 49)),
        min_size=1,
        max_size=12,
    )
)
def test_every_point_lies_within_the_map_with_its_name(points: dict[str, tuple[float, float]]) -> None:
    found = drawn_map({}, points, {code: code for code in points})
    assert found is not None
    assert sorted(spot.code for spot in found.spots) == sorted(points)
    for spot in found.spots:
        assert RADIUS <= spot.x <= WIDTH - RADIUS
        assert RADIUS <= spot.y <= HEIGHT - RADIUS
        left, top, right, bottom = box(spot, spot.code)
        assert 0 <= left <= right <= WIDTH
        assert 0 <= top <= bottom <= HEIGHT


def test_shades_go_from_the_best_to_the_worst() -> None:
    assert [shade(place, 10) for place in (1, 5, 10)] == [1, 3, 5]
    assert shade(None, 10) is None
    assert shade(1, 1) == 1
