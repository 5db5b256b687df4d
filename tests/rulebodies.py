"""Changes to the default rules that do not depend on what they contain: some number that may be moved a little."""

import copy
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from alerts.ruleset import DEFAULT_RULES, parse_rules
from models.errors import Invalid

Path = tuple[str, ...]


def default() -> dict[str, Any]:
    return copy.deepcopy(DEFAULT_RULES)


def patch_at(path: Path, value: Any) -> dict[str, Any]:
    """The merge patch that sets one place."""
    for name in reversed(path):
        value = {name: value}
    result: dict[str, Any] = value
    return result


def value_at(body: Mapping[str, Any], path: Path) -> Any:
    found: Any = body
    for name in path:
        found = found[name]
    return found


def _numbers(body: Mapping[str, Any], path: Path = ()) -> Iterator[Path]:
    for name in sorted(body):
        value = body[name]
        if isinstance(value, Mapping):
            yield from _numbers(value, (*path, name))
        elif isinstance(value, int | float) and not isinstance(value, bool):
            yield (*path, name)


def _parses_with(path: Path, value: float) -> bool:
    body = default()
    holder = value_at(body, path[:-1])
    holder[path[-1]] = value
    try:
        parse_rules(body)
    except Invalid:
        return False
    return True


@lru_cache(maxsize=1)
def knob() -> Path:
    """The place of a number that may be one to six thousandths more than it is, and never far below nothing."""
    for path in _numbers(DEFAULT_RULES):
        value = float(value_at(DEFAULT_RULES, path))
        moved = [value * (1 + n / 1000) for n in range(1, 7)]
        if value and all(_parses_with(path, one) for one in moved) and not _parses_with(path, -1e9):
            return path
    raise AssertionError("the default rules hold no number that may be moved")


def turned(n: int) -> float:
    """The knob's value, `n` thousandths up."""
    return float(value_at(DEFAULT_RULES, knob())) * (1 + n / 1000)


def patch(n: int) -> dict[str, Any]:
    """A merge patch that turns the knob."""
    return patch_at(knob(), turned(n))


def broken() -> dict[str, Any]:
    """A merge patch whose result does not parse."""
    return patch_at(knob(), -1e9)
