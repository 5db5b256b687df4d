"""How figures of the air read: indices with their zeros, levels as they are published, a minus that is one. Pure."""

from collections.abc import Sequence
from decimal import Decimal

from airquality.rounding import rounded

MINUS = "\u2212"
NOTHING = "—"


def signed(text: str | None) -> str:
    """A figure that may be below zero."""
    if text is None:
        return NOTHING
    return MINUS + text[1:] if text.startswith("-") else text


def index(text: str | None) -> str:
    """A composite index, or what two of them differ by: two decimals, and a third only where it was published so."""
    return NOTHING if text is None else signed(_with(text, 2))


def level(pollutant: str, text: str | None) -> str:
    """A concentration rounded as it is published: whole µg/m³, CO to 0.1 mg/m³."""
    return NOTHING if text is None else str(rounded(pollutant, Decimal(text)))


def alike(texts: Sequence[str], at_least: int = 0) -> list[str]:
    """Figures that stand together, all with as many decimals as the one that has most."""
    places = max([at_least, *map(_places, texts)])
    return [signed(_with(text, places)) for text in texts]


def tenths(text: str | None) -> str:
    """A target, or a mean: at least one decimal."""
    return NOTHING if text is None else signed(_with(text, 1))


def _with(text: str, places: int) -> str:
    value = Decimal(text)
    return f"{value:.{max(places, _places(text))}f}"


def _places(text: str) -> int:
    exponent = Decimal(text).as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0
