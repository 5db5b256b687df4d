"""Who may change what of the registry."""

import pytest

from app.auth.scope import EVERYTHING, Caller
from app.registry.rights import may_change_grid, may_change_person, may_give
from models.enums import Role

PREFECTURE, COUNTY, TOWN, OTHER, UNKNOWN = 1, 2, 3, 4, 99


class Tree:
    prefecture: int | None = PREFECTURE

    def subtree(self, grid_id: int) -> frozenset[int]:
        below = {PREFECTURE: {1, 2, 3, 4}, COUNTY: {2, 3}, TOWN: {3}, OTHER: {4}}
        return frozenset(below.get(grid_id, ()))


def who(*duties: tuple[Role, int]) -> Caller:
    return Caller(1, "a", "A", duties, EVERYTHING)


ADMIN, COUNTY_ADMIN = who((Role.ADMINISTRATOR, PREFECTURE)), who((Role.ADMINISTRATOR, COUNTY))
OFFICER = who((Role.DUTY_OFFICER, PREFECTURE), (Role.CHIEF, PREFECTURE))


@pytest.mark.parametrize(
    ("caller", "allowed"), [(ADMIN, {1, 2, 3, 4}), (COUNTY_ADMIN, {2, 3}), (OFFICER, set()), (who(), set())]
)
def test_a_grid_is_changed_by_those_who_administer_it(caller: Caller, allowed: set[int]) -> None:
    grids = (PREFECTURE, COUNTY, TOWN, OTHER, UNKNOWN)
    assert {grid for grid in grids if may_change_grid(caller, grid, Tree())} == allowed
    assert not may_change_grid(caller, None, Tree())


def test_roles_that_reach_far_are_given_by_the_prefecture() -> None:
    for role in Role:
        assert may_give(ADMIN, role, COUNTY, Tree())
        assert may_give(COUNTY_ADMIN, role, TOWN, Tree()) == (
            role not in (Role.ADMINISTRATOR, Role.DUTY_OFFICER, Role.IDENTITY_KEEPER)
        )
        assert not may_give(COUNTY_ADMIN, role, OTHER, Tree())
        assert not may_give(OFFICER, role, COUNTY, Tree())


def test_a_person_is_changed_by_whoever_administers_all_their_duties() -> None:
    own, both = [("supervisor", COUNTY)], [("supervisor", COUNTY), ("viewer", OTHER)]
    assert may_change_person(COUNTY_ADMIN, own, Tree())
    assert not may_change_person(COUNTY_ADMIN, both, Tree())
    assert not may_change_person(COUNTY_ADMIN, [], Tree())
    assert not may_change_person(COUNTY_ADMIN, [("duty_officer", COUNTY)], Tree())
    assert may_change_person(ADMIN, [], Tree())
    assert not may_change_person(OFFICER, own, Tree())
