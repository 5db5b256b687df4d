"""A county's list of who answers: the same people give the same bytes, and two lists are compared line by line."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from models.enums import Role
from supervision.duties.facts import County

LISTED = (Role.CHIEF, Role.SUB_CHIEF, Role.SUPERVISOR)
CHIEFS = frozenset({Role.CHIEF.value, Role.SUB_CHIEF.value})
Line = Mapping[str, Any]


def lines(county: County) -> list[dict[str, Any]]:
    """Who answers for the county and every grid below it: names and posts, and nothing by which to reach them."""
    place = {grid.code: number for number, grid in enumerate(county.grids)}
    grid_names = {grid.code: grid.name for grid in county.grids}
    roles = [role.value for role in LISTED]
    found = [service for service in county.services if service.role in roles and service.grid in place]
    found.sort(key=lambda one: (place[one.grid], roles.index(one.role), one.post or "~", one.person))
    return [
        {
            "grid": one.grid,
            "grid_name": grid_names[one.grid],
            "role": one.role,
            "name": one.name,
            "post": one.post,
            "full_time": one.full_time,
            "covers": sorted(one.covers),
        }
        for one in found
    ]


def digest(body: Sequence[Line]) -> bytes:
    """SHA-256 of the list as canonical JSON."""
    text = json.dumps(list(body), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).digest()


def differing(before: Iterable[Line], after: Iterable[Line]) -> tuple[list[Line], list[Line]]:
    """Lines that are gone, and lines that are new. What was not recorded before and is now makes none new."""
    rest = list(before)
    new = []
    for line in after:
        same = next((one for one in rest if _same(one, line)), None)
        if same is None:
            new.append(line)
        else:
            rest.remove(same)
    return rest, new


def _same(before: Line, after: Line) -> bool:
    if any(before[key] != after[key] for key in ("grid", "role", "name", "covers")):
        return False
    return all(before[key] in (None, after[key]) for key in ("post", "full_time"))
