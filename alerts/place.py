"""Reads a rule set's body with its place at hand, so that a fault is named by where it is."""

from collections.abc import Mapping
from typing import Any, NoReturn

from models.enums import POLLUTANTS
from models.said import Said, misplaced


class Place:
    """A group of the body with its path; every name has to be taken exactly once."""

    def __init__(self, value: object, path: str) -> None:
        self.path = path
        if not isinstance(value, Mapping):
            self.fail(Said("wants a group of names"))
        self._left: dict[str, Any] = dict(value)

    def fail(self, what: Said, name: str | None = None) -> NoReturn:
        raise misplaced(f"{self.path}{'' if name is None else '.' + name}", what)

    def _take(self, name: str) -> Any:
        if name not in self._left:
            self.fail(Said("is missing"), name)
        return self._left.pop(name)

    def group(self, name: str) -> "Place":
        return Place(self._take(name), f"{self.path}.{name}")

    def has(self, name: str) -> bool:
        return name in self._left

    def maybe_group(self, name: str) -> "Place | None":
        return self.group(name) if name in self._left else None

    def rest(self, name: str, otherwise: Any) -> Any:
        """Whatever stands under the name, for a reader of its own."""
        return self._left.pop(name, otherwise)

    def number(self, name: str, low: float, high: float) -> float:
        value = self._take(name)
        if isinstance(value, bool) or not isinstance(value, int | float):
            self.fail(Said("wants a number"), name)
        if not low <= value <= high:
            said = Said(
                "%(value)s is not between %(low)s and %(high)s",
                value=f"{value:g}",
                low=f"{low:g}",
                high=f"{high:g}",
            )
            self.fail(said, name)
        return float(value)

    def whole(self, name: str, low: int, high: int) -> int:
        value = self.number(name, low, high)
        if value != int(value):
            self.fail(Said("wants a whole number"), name)
        return int(value)

    def optional(self, name: str, low: float, high: float) -> float | None:
        if self._left.get(name, 0) is None:
            del self._left[name]
            return None
        return self.number(name, low, high)

    def pollutants(self) -> list[str]:
        for name in self._left:
            if name not in POLLUTANTS:
                self.fail(Said("is no pollutant"), name)
        return list(self._left)

    def done(self) -> None:
        for name in self._left:
            self.fail(Said("is no name of a rule"), name)
