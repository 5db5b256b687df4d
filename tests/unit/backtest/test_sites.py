"""Registry and first readings → the stations as the detectors see them."""

from pathlib import Path

import pytest

from app.backtest.readings import Row
from app.backtest.sites import measured, places, read_registry, sites
from app.registry import default_registry_text
from models.errors import Invalid

REGISTRY = """
grids:
  - {code: "652301", name: 昌吉市, level: 2, parent: "652300",
     boundary: {type: Polygon, coordinates: [[[87, 43], [88, 43], [88, 45], [87, 45], [87, 43]]]}}
  - {code: T1, name: 乡, level: 3, parent: "652301"}
  - {code: K1, name: 村, level: 4, parent: T1}
stations:
  - {code: A, name: 甲, grid: K1, lon: 87.3, lat: 44.0, kind: micro, cadence_s: 300}
  - {code: B, name: 乙, lon: 87.4, lat: 44.1, kind: micro}
  - {code: C, name: 丙, grid: "652300", lon: 80, lat: 40, kind: reference}
"""


def rows(station: int, *instants: float) -> list[Row]:
    return [Row(n, station, at, (), (), None, None) for n, at in enumerate(instants)]


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "registry.yaml"
    path.write_text(text, "utf-8")
    return path


def test_stations_belong_to_the_level_2_grid_that_answers(tmp_path: Path) -> None:
    registry = read_registry(written(tmp_path, REGISTRY))
    where = places(registry)
    found = sites(registry, where, {1: 150.0, 7: 90.0})
    assert [(site.id, site.code, site.grid, site.cadence_s) for site in found] == [
        (0, "A", "652301", 300.0),
        (1, "B", "652301", 150.0),
        (2, "C", "652300", 120.0),
    ]
    assert where.path("K1") == ("652300", "652301", "T1", "K1")
    assert where.paths(registry) == {
        "A": ("652300", "652301", "T1", "K1"),
        "B": ("652300", "652301"),
        "C": ("652300",),
    }
    assert where.answering("nowhere") == "nowhere"


def test_without_any_measure_the_cadence_is_the_registrys_default(tmp_path: Path) -> None:
    registry = read_registry(written(tmp_path, REGISTRY))
    assert [site.cadence_s for site in sites(registry, places(registry), {})] == [300, 60, 60]


def test_a_region_is_the_parent_that_its_grids_share(tmp_path: Path) -> None:
    where = places(read_registry(written(tmp_path, default_registry_text())))
    assert where.common(["652301", "652302"]) == "652300"
    assert where.common(["652301", "652300"]) == "652300"
    assert where.common(["652301", "nowhere"]) == ""
    assert where.common([]) == ""


def test_the_cadence_is_the_median_step_of_the_first_readings() -> None:
    said = rows(0, 0, 150, 150, 300, 450, 9000, 9150, 9300) + rows(1, 0, 60) + rows(2, 7, 3607, 7207, 0)
    assert measured(said, 3) == {0: 150.0, 2: 3600.0}


def test_no_more_is_read_than_needed() -> None:
    def endless() -> object:
        yield from rows(0, *(60.0 * n for n in range(25)))
        raise AssertionError("read on")

    assert measured(endless(), 1) == {0: 60.0}  # type: ignore[arg-type]  # a generator of rows that must not end


BAD = {
    "stations: [{code: A, name: 甲, lon: 1, lat: 2, kind: micro}]": (
        ":1: stations[0]: station A: without a grid at (1, 2), and no level-2 grid has a boundary to place it by"
    ),
    "grids: [{code: 652301, name: 昌吉市, level: 2, parent: 652300}]": ": the registry has no stations",
    "grids: 7\nroads: []": ":1: grids: grids must be a list, not '7' (and 1 more)",
    "grids: [": ":2: not YAML: ",
    "": ":1: the file is empty: grids, people, stations, sources",
}


@pytest.mark.parametrize(("text", "says"), BAD.items())
def test_a_registry_that_is_none_is_one_line(tmp_path: Path, text: str, says: str) -> None:
    path = written(tmp_path, text)
    with pytest.raises(Invalid) as fault:
        read_registry(path)
    assert fault.value.detail.startswith(f"{path}{says}")
    assert "\n" not in fault.value.detail
