"""What the station says after a report, in a sentence: pure, over the verdict as the API gives it."""

from collections.abc import Mapping
from typing import Any

from app.console.names import named
from app.console.texts import N_, Texts
from app.console.why import number
from models.enums import VerdictState

_SAID = {
    VerdictState.PENDING: N_("The station is still being watched; the review need not wait for it."),
    VerdictState.RECOVERED: N_(
        "The station has recovered: %(pollutant)s %(level)s, neighbours %(neighbours)s."
    ),
    VerdictState.NOT_RECOVERED: N_(
        "The station has not recovered: %(pollutant)s %(level)s, neighbours %(neighbours)s."
    ),
    VerdictState.REGIONAL: N_(
        "The region is as high: %(pollutant)s %(level)s, neighbours %(neighbours)s; that says nothing of the work done."
    ),
    VerdictState.NO_DATA: N_("The station says nothing: it is silent, or its values were flagged."),
}


def verdict_in_words(words: Texts, verdict: Mapping[str, Any]) -> str:
    """One to three short sentences."""
    pollutant = verdict["pollutant"]
    unit = "mg/m³" if pollutant == "co" else "µg/m³"
    figures = verdict["figures"] or {}

    def level(name: str) -> str:
        value = figures.get(name)
        return f"{number(value)} {unit}" if isinstance(value, int | float) else "—"

    said = [
        words.say(
            _SAID[VerdictState(verdict["state"])],
            pollutant=named(words, "pollutant", pollutant),
            level=level("level"),
            neighbours=level("neighbours"),
        )
    ]
    if verdict["relapsed"]:
        said.append(words.say("It had recovered in between, and came back."))
    if verdict["mismatch"]:
        said.append(words.say("This contradicts the report."))
    return " ".join(said)
