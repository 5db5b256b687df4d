"""Grids to choose from stand below the grids they belong to."""

from app.console.filters import nested
from app.registry.directory import GridInfo
from models.ids import GridId


def grid(number: int, parent: int | None, level: int) -> GridInfo:
    above = None if parent is None else GridId(parent)
    return GridInfo(GridId(number), f"g{number}", f"{number}", level, "administrative", above)


def test_each_grid_comes_after_its_own_with_its_depth() -> None:
    grids = [grid(2, 1, 2), grid(3, 1, 2), grid(4, 2, 3), grid(5, 3, 3), grid(6, 2, 3), grid(7, 6, 4)]
    found = [(int(one.id), depth) for one, depth in nested(grids)]
    assert found == [(2, 0), (4, 1), (6, 1), (7, 2), (3, 0), (5, 1)]


def test_a_grid_whose_parent_is_not_listed_is_not_lost() -> None:
    assert [(int(one.id), depth) for one, depth in nested([grid(9, 4, 4)])] == [(9, 0)]
    assert nested([]) == []
