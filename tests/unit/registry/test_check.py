"""Notices tell what deserves a look and stay silent otherwise."""

from app.registry import default_registry_text
from app.registry.check import notices, state_of, unmanned
from tests.fakes import START as NOW
from tests.unit.registry.texts import COUNTY, EASTERN, duty, grids, registry, station


def found(text: str) -> list[str]:
    return notices(state_of(registry(text), now=NOW))


def staffed(*grids_: str) -> str:
    duties = [f"{{grid: {code}, role: {role}}}" for code in grids_ for role in ("supervisor", "chief")]
    return f"people:\n  - {{username: li, name: 李, duties: [{', '.join(duties)}]}}\n"


def test_the_shipped_registry_gives_none() -> None:
    assert found(default_registry_text()) == []


def test_a_level_2_grid_without_staff_is_noticed() -> None:
    assert [line.split(":")[0] for line in found(grids(COUNTY))] == [
        "grid 652301 昌吉市 has no supervisor in force",
        "grid 652301 昌吉市 has no chief in force",
    ]


def test_duties_out_of_force_do_not_count() -> None:
    ended = duty(
        "grid: 652301, role: supervisor, to: 2026-01-01}, {grid: 652301, role: chief, from: 2027-01-01"
    )
    assert len(found(grids(COUNTY) + ended)) == 2


def test_townships_are_noticed_only_where_somebody_serves() -> None:
    town = "{code: T1, name: 示范镇, level: 3, parent: 652301}"
    assert found(grids(COUNTY, town) + staffed("652301")) == []
    lines = found(grids(COUNTY, town) + staffed("652301", "T1"))
    assert lines == [
        "grid T1 示范镇 has supervisors in force: 1; the policy wants at least 3 (annex 1 art. 13)"
    ]


def test_overlapping_boundaries_are_noticed() -> None:
    wide = EASTERN.replace("[88, 44]", "[87.99, 44]").replace("[88, 45]", "[87.99, 45]")
    assert found(grids(COUNTY, EASTERN) + staffed("652301", "652302")) == []
    lines = found(grids(COUNTY, wide) + staffed("652301", "652302"))
    assert len(lines) == 1
    assert lines[0].startswith("the boundaries of grids 652301 and 652302 overlap by 88")


def test_a_station_near_a_boundary_is_noticed() -> None:
    text = grids(COUNTY) + staffed("652301") + station(lon="87.001")
    assert found(text) == ["station S1 lies 79 m from the boundary of grid 652301"]


def test_a_station_outside_its_own_grid_is_noticed() -> None:
    text = grids(COUNTY) + staffed("652301") + station(lon="90")
    assert found(text) == ["station S1 belongs to grid 652301 but lies outside its boundary"]


def test_places_below_with_nobody_on_duty_are_counted_by_county() -> None:
    below = (
        "{code: T1, name: 一镇, level: 3, parent: 652301}", "{code: T2, name: 二镇, level: 3, parent: 652301}",
        "{code: T3, name: 三镇, level: 3, parent: 652302}", "{code: V1, name: 一村, level: 4, parent: T1}",
    )  # fmt: skip
    text = grids(COUNTY, EASTERN, *below) + staffed("652301", "652302", "T1", "T3")
    found_ = unmanned(state_of(registry(text), now=NOW))
    assert [(one.county, one.level, one.count, one.total) for one in found_] == [
        ("652301", 3, 1, 2),
        ("652301", 4, 1, 1),
    ]
    assert [grid.name for one in found_ for grid in one.grids] == ["二镇", "一村"]
