"""What an order's page draws of the place: the wind rose, and the map of station, neighbours and likely sources."""

from collections.abc import Mapping
from typing import Any

from app.console.texts import N_, Texts
from app.console.wind_rose import CLASS_NAMES, cardinal, wedges

PLACE_WORDS = {
    "station": N_("Station"),
    "near": N_("Neighbour"),
    "in": N_("Zoom in"),
    "out": N_("Zoom out"),
}


def drawn_place(place: Mapping[str, Any] | None, words: Texts) -> dict[str, Any]:
    """The values of its template; nothing where there is no place to show."""
    if place is None:
        return {}
    return {
        "wedges": wedges(place["rose"]),
        "speed_classes": CLASS_NAMES,
        "cardinal": cardinal,
        "drawn": {name: place[name] for name in ("station", "near", "sources", "wind")},
        "place_words": {name: words.say(text) for name, text in PLACE_WORDS.items()},
    }
