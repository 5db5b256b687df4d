"""A wind rose as shapes of a drawing: pure, over the counts of `alerts.rose`."""

import math
from dataclasses import dataclass

from alerts.rose import SECTORS, Rose
from app.console.texts import N_

RADIUS = 100.0
"""Of the sector that the wind came from most; the middle is at 0, 0 and north is up."""
_GAP_DEG = 2.0
CARDINALS = (N_("N"), N_("NE"), N_("E"), N_("SE"), N_("S"), N_("SW"), N_("W"), N_("NW"))
CLASS_NAMES = ("0.5–2 m/s", "2–4 m/s", "4–6 m/s", "≥ 6 m/s")


@dataclass(frozen=True, slots=True)
class Wedge:
    """One class of speed in one sector."""

    path: str
    speed_class: int


def wedges(found: Rose) -> list[Wedge]:
    """The shapes from the middle outwards; areas lie as radii do: the length of a sector is its share."""
    longest = found.longest
    drawn = []
    for sector, shares in enumerate(found.shares):
        inner = 0.0
        for speed_class, share in enumerate(shares):
            if share:
                outer = inner + share / longest * RADIUS
                drawn.append(Wedge(_path(sector * 360.0 / SECTORS, inner, outer), speed_class))
                inner = outer
    return drawn


def cardinal(degrees: float) -> str:
    """The name (a msgid) of the nearest of the eight winds."""
    return CARDINALS[math.floor(degrees % 360.0 / 45.0 + 0.5) % 8]


def _path(middle: float, inner: float, outer: float) -> str:
    half = 180.0 / SECTORS - _GAP_DEG / 2
    points = [
        _point(middle - half, inner), _point(middle - half, outer),
        _point(middle + half, outer), _point(middle + half, inner),
    ]  # fmt: skip
    (a, b), (c, d), (e, f), (g, h) = points
    return f"M{a} {b}L{c} {d}A{outer:.1f} {outer:.1f} 0 0 1 {e} {f}L{g} {h}A{inner:.1f} {inner:.1f} 0 0 0 {a} {b}Z"


def _point(degrees: float, radius: float) -> tuple[float, float]:
    angle = math.radians(degrees)
    # Without the zero a tiny negative number would be written -0.0.
    return round(radius * math.sin(angle), 1) + 0.0, round(-radius * math.cos(angle), 1) + 0.0
