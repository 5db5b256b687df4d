"""What is laid over the base of a policy for a clock with certain traits, in fixed order. Pure.

Base, then severity, kind of grid, heavy-pollution response, and the grids from the prefecture down to the order's
own; each is a JSON merge patch (RFC 7396), so the narrower one wins.

    "overrides": {"severity": {"critical": {…}}, "grid_kind": {"key": {…}}, "response": {"red": {…}},
                  "grids": {"652301": {…}}}
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from models.enums import ResponseLevel, Severity
from models.merge_patch import merge

OVERRIDES = "overrides"
GRID_KINDS = ("administrative", "park", "key")
GROUPS: dict[str, tuple[str, ...]] = {
    "severity": tuple(s.value for s in Severity),
    "grid_kind": GRID_KINDS,
    "response": tuple(r.value for r in ResponseLevel),
}
"""Named groups and what may stand in them, in their order; `grids` comes after them."""
Layer = tuple[str, Mapping[str, Any]]
"""What it is called, such as `severity critical`, and its patch."""


@dataclass(frozen=True, slots=True)
class Traits:
    """What of an order its terms depend on, as it was when the clock started; None where there is no order."""

    severity: str | None = None
    grid_kind: str | None = None
    response: str = ResponseLevel.NONE.value
    grids: tuple[str, ...] = ()
    """Codes from the prefecture down to the clock's own grid."""

    def document(self) -> dict[str, Any]:
        """As stamped on the clock."""
        return {
            "severity": self.severity,
            "grid_kind": self.grid_kind,
            "response": self.response,
            "grids": list(self.grids),
        }

    @classmethod
    def read(cls, document: Mapping[str, Any]) -> "Traits":
        return cls(
            document.get("severity"),
            document.get("grid_kind"),
            document.get("response", ResponseLevel.NONE.value),
            tuple(document.get("grids", ())),
        )


PLAIN = Traits()


def layers(body: Mapping[str, Any], traits: Traits) -> list[Layer]:
    """What is laid over the base, in that order; equal names mean equal terms within one body."""
    overrides = body.get(OVERRIDES) or {}
    said: dict[str, str | None] = {
        "severity": traits.severity,
        "grid_kind": traits.grid_kind,
        "response": traits.response,
    }
    found = [
        (f"{group} {said[group]}", patches[said[group]])
        for group in GROUPS
        if said[group] in (patches := overrides.get(group) or {})
    ]
    of_grids = overrides.get("grids") or {}
    return found + [(f"grid {code}", of_grids[code]) for code in traits.grids if code in of_grids]


def laid(body: Mapping[str, Any], found: Sequence[Layer]) -> dict[str, Any]:
    """The base with the patches over it, in their order."""
    merged: Any = {name: value for name, value in body.items() if name != OVERRIDES}
    for _, patch in found:
        merged = merge(merged, patch)
    result: dict[str, Any] = merged
    return result
