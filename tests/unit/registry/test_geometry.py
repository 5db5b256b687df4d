"""Places and boundaries, with the real county polygons where they are at hand."""

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from app.geometry import METRES_PER_DEGREE, Area, flaws
from app.registry import default_registry_text
from app.registry.entries import KnownGrid
from app.registry.file import parse
from tests.unit.registry.texts import registry


def square(lon: float, lat: float, size: float = 1.0) -> dict[str, Any]:
    corners = [
        [lon, lat],
        [lon + size, lat],
        [lon + size, lat + size],
        [lon, lat + size],
        [lon, lat],
    ]
    return {"type": "Polygon", "coordinates": [corners]}


@pytest.mark.parametrize(
    ("lon", "lat", "inside"),
    [(87.5, 44.5, True), (87.0, 44.5, True), (88.0, 45.0, True), (88.0001, 44.5, False), (86.9, 44.5, False)],
)
def test_a_point_on_the_edge_belongs_to_the_area(lon: float, lat: float, inside: bool) -> None:
    assert Area(square(87, 44)).covers(lon, lat) is inside


def test_a_hole_is_outside() -> None:
    rings = [square(87, 44)["coordinates"][0], square(87.25, 44.25, 0.5)["coordinates"][0]]
    area = Area({"type": "Polygon", "coordinates": rings})
    assert not area.covers(87.5, 44.5)
    assert area.covers(87.1, 44.1)


def test_every_part_of_a_multipolygon_counts() -> None:
    parts = [square(87, 44)["coordinates"], square(90, 44)["coordinates"]]
    area = Area({"type": "MultiPolygon", "coordinates": parts})
    assert area.covers(87.5, 44.5)
    assert area.covers(90.5, 44.5)
    assert not area.covers(89, 44.5)


def test_a_sound_boundary_has_no_flaws_whichever_way_it_turns() -> None:
    boundary = square(87, 44)
    turned = {"type": "Polygon", "coordinates": [boundary["coordinates"][0][::-1]]}
    assert flaws(boundary) == flaws(turned) == []


def test_overlapping_parts_are_a_flaw() -> None:
    parts = [square(87, 44)["coordinates"], square(87.5, 44.5)["coordinates"]]
    assert [flaw.path for flaw in flaws({"type": "MultiPolygon", "coordinates": parts})] == ["coordinates"]


def test_the_distance_to_the_edge_is_in_metres() -> None:
    area = Area(square(87, 44))
    north = area.metres_to_edge(87.5, 45 - 100 / METRES_PER_DEGREE, within=200)
    west = area.metres_to_edge(87.001, 44.5, within=200)
    assert north == pytest.approx(100, abs=0.5)
    # a thousandth of a degree of longitude at 44.5 N: 111,320 m × cos 44.5° / 1000
    assert west == pytest.approx(79.4, abs=0.1)
    assert area.metres_to_edge(87.5, 44.5, within=200) is None
    assert area.metres_to_edge(87.003, 44.5, within=200) is None


def test_neighbours_with_a_common_edge_do_not_overlap() -> None:
    assert Area(square(87, 44)).overlap_m2(Area(square(88, 44))) == 0
    assert Area(square(87, 44)).overlap_m2(Area(square(90, 44))) == 0
    shared = Area(square(87, 44)).overlap_m2(Area(square(87.99, 44)))
    assert shared == pytest.approx(0.01 * METRES_PER_DEGREE**2 * 0.7133, rel=0.01)


# ---------------------------------------------------------------- real polygons


@pytest.fixture(scope="module")
def counties(shared: Path) -> dict[str, dict[str, Any]]:
    text = (shared / "data/geo_changji/changji_counties.geojson").read_text("utf-8")
    return {
        str(feature["properties"]["adcode"]): {"name": feature["properties"]["name"]} | feature["geometry"]
        for feature in json.loads(text)["features"]
    }


@pytest.fixture(scope="module")
def checks(shared: Path) -> list[dict[str, str]]:
    with (shared / "data/geo_changji/station_county_check.csv").open(encoding="utf-8") as handle:
        return list(csv.DictReader(handle))


def real_registry(counties: dict[str, dict[str, Any]], stations: list[dict[str, Any]]) -> str:
    """A registry file, as JSON, of the real counties and stations without grids."""
    grids = [
        {
            "code": code,
            "name": county["name"],
            "level": 2,
            "parent": "652300",
            "boundary": {"type": county["type"], "coordinates": county["coordinates"]},
        }
        for code, county in counties.items()
    ]
    return json.dumps({"grids": grids, "stations": stations})


def as_station(row: dict[str, str], n: int) -> dict[str, Any]:
    lon, lat = float(row["lon"]), float(row["lat"])
    return {"code": f"P{n}", "name": row["station"], "lon": lon, "lat": lat, "kind": "reference"}


def test_the_counties_contain_the_stations_that_were_checked_by_hand(
    counties: dict[str, dict[str, Any]], checks: list[dict[str, str]]
) -> None:
    areas = {county["name"]: Area(county) for county in counties.values()}
    for row in checks:
        found = [name for name, area in areas.items() if area.covers(float(row["lon"]), float(row["lat"]))]
        assert found == ([row["expected_county"]] if row["expected_county"] else []), row["station"]


def test_a_registry_with_real_boundaries_places_the_national_stations(
    counties: dict[str, dict[str, Any]], checks: list[dict[str, str]]
) -> None:
    inside = [row for row in checks if row["expected_county"]]
    stations = [as_station(row, n) for n, row in enumerate(inside)]
    found = registry(real_registry(counties, stations), "real.json").stations
    assert [counties[station.grid]["name"] for station in found] == [row["expected_county"] for row in inside]


def test_a_station_of_a_neighbouring_city_is_a_fault_that_names_it(
    counties: dict[str, dict[str, Any]], checks: list[dict[str, str]]
) -> None:
    outside = [row for row in checks if not row["expected_county"]]
    stations = [as_station(row, n) for n, row in enumerate(outside)]
    parsed = parse(real_registry(counties, stations), "real.json", {"652300": KnownGrid(1)})
    assert [fault.path for fault in parsed.faults] == [f"stations[{n}]" for n in range(len(outside))]
    assert all(f"station P{n}:" in fault.message for n, fault in enumerate(parsed.faults))


def test_the_shipped_stations_of_counties_lie_in_their_counties(counties: dict[str, dict[str, Any]]) -> None:
    stations = registry(default_registry_text(), "changji.yaml").stations
    placed = [station for station in stations if station.grid in counties]
    assert len(placed) == 18
    for station in placed:
        assert Area(counties[station.grid]).covers(station.lon, station.lat), station.code


@pytest.mark.parametrize("scene", ["hourly", "network"])
def test_the_detection_scenes_have_no_fault(shared: Path, scene: str) -> None:
    file = shared / "data/detection/open" / scene / "registry.yaml"
    found = registry(file.read_text("utf-8"), file.name)
    assert {grid.code for grid in found.grids if not grid.borrowed} == {
        "652301",
        "652302",
        "652323",
        "652324",
    }
