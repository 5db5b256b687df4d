"""What the stored evidence of an alert says of who may have caused it: pure.

The evidence is that of `why.upwind.sources`: likeliest first, each with a score between 0 and 1.
"""

from collections.abc import Sequence
from typing import Any

LIKELY = 0.25
"""Own value. A source a kilometre upwind whose kind fits scores 0.4 and more, one off the wind or of another
kind a tenth; an officer and a department are sent out, so a guess is left to a person."""


def likely(sources: object) -> list[tuple[str, str]]:
    """Code and category of the sources that the score speaks for, likeliest first."""
    if not isinstance(sources, Sequence) or isinstance(sources, str):
        return []
    return [
        (str(source["code"]), str(source.get("category", "")))
        for source in sources
        if isinstance(source, dict) and "code" in source and _score(source) >= LIKELY
    ]


def category_of(sources: object) -> str | None:
    """The category of the likeliest source; None when no score speaks for one."""
    found = likely(sources)
    return (found[0][1] or None) if found else None


def _score(source: dict[str, Any]) -> float:
    score = source.get("score")
    return float(score) if isinstance(score, int | float) else 0.0
