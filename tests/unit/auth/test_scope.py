"""Which duties show which grids."""

from collections.abc import Sequence
from typing import cast

import pytest

from app.auth.callers import scope_of
from app.auth.scope import Scope
from app.registry.directory import Directory, GridInfo
from models.enums import Role
from models.ids import GridId

TREE = {1: frozenset({1, 2, 3, 4}), 2: frozenset({2, 4}), 3: frozenset({3}), 4: frozenset({4})}


class Tree:
    """Prefecture 1 with counties 2 and 3, township 4 in county 2."""

    def subtree(self, grid_id: int) -> frozenset[int]:
        return TREE.get(grid_id, frozenset())

    def grid(self, grid_id: int) -> GridInfo | None:
        if grid_id not in TREE:
            return None
        return GridInfo(GridId(grid_id), str(grid_id), "", 1 if grid_id == 1 else 2, "", None)


@pytest.mark.parametrize(
    ("duties", "seen"),
    [
        ([], frozenset()),
        ([(Role.ADMINISTRATOR, 3)], None),
        ([(Role.DUTY_OFFICER, 1)], None),
        ([(Role.CHIEF, 1)], None),
        ([(Role.VIEWER, 1)], None),
        ([(Role.CHIEF, 2)], frozenset({2, 4})),
        ([(Role.SUPERVISOR, 2)], frozenset({2, 4})),
        ([(Role.SUPERVISOR, 2), (Role.VIEWER, 3)], frozenset({2, 3, 4})),
        ([(Role.PATROLLER, 4)], frozenset({4})),
        ([(Role.SUPERVISOR, 1)], frozenset({1, 2, 3, 4})),
        ([(Role.SUPERVISOR, 99)], frozenset()),
        ([(Role.CHIEF, 99)], frozenset()),
    ],
)
def test_scope_of_duties(duties: Sequence[tuple[Role, int]], seen: frozenset[int] | None) -> None:
    assert scope_of(tuple(duties), cast("Directory", Tree())) == Scope(seen)


def test_only_the_whole_prefecture_sees_what_belongs_to_no_grid() -> None:
    assert Scope(None).sees(None)
    assert not Scope(frozenset({1})).sees(None)
