"""What a rule hands over when it finds something: the kind, the span it was seen in, and what was seen."""

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from models.enums import SignKind


@dataclass(frozen=True, slots=True)
class Sign:
    """Instants are seconds since the epoch; `values` and `series` are plain numbers, ready for JSON.

    `series` has one list `at` and lists of the same length beside it, None where nothing is known.
    """

    kind: SignKind
    began_at: float
    until: float
    values: dict[str, Any] = field(default_factory=dict)
    series: dict[str, list[Any]] = field(default_factory=dict)
    days: dict[str, list[Any]] = field(default_factory=dict)
    """Like `series`, one entry a day."""


def number(x: float, digits: int = 3) -> float | None:
    """Rounded, None for what is not known."""
    return None if not math.isfinite(x) else round(float(x), digits)


def numbers(xs: Iterable[float], digits: int = 3) -> list[float | None]:
    return [number(float(x), digits) for x in xs]
