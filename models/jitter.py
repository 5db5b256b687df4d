"""Chance that spreads what many do at once; it guards nothing, so it need not be unforeseeable."""

import random


def chance() -> float:
    """Anywhere in [0, 1)."""
    return random.random()  # noqa: S311 (spreads load, guards nothing)


def spread(seconds: float) -> float:
    """Half of a wait to all of it: those who lost one server together do not come back together."""
    return seconds * (1 + chance()) / 2
