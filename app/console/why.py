"""Why an alert was raised, in a sentence: pure, over the evidence the detector kept."""

from collections.abc import Mapping
from typing import Any

from app.console.shown import beijing
from app.console.texts import Texts
from models.enums import AlertKind


def why_in_words(words: Texts, kind: str, pollutant: str | None, why: Mapping[str, Any]) -> str:
    """One or two sentences; empty where the evidence is of a shape this release does not know."""
    unit = "mg/m³" if pollutant == "co" else "µg/m³"
    try:
        if kind in (AlertKind.EXCEEDANCE_HOUR, AlertKind.EXCEEDANCE_SHORT):
            return words.say(
                "Over the last %(minutes)s min, %(samples)s readings have a mean of %(level)s %(unit)s;"
                " the limit is %(threshold)s %(unit)s.",
                minutes=number(why["window_s"] / 60),
                samples=why["samples"],
                level=number(why["level"]),
                threshold=number(why["threshold"]),
                unit=unit,
            )
        if kind == AlertKind.SUDDEN_RISE:
            return words.say(
                "The level rose to %(level)s %(unit)s, %(step)s above the station's own recent level of"
                " %(baseline)s (%(samples)s readings); an alert is raised from %(threshold)s on.",
                level=number(why["level"]),
                step=number(why["step"]),
                baseline=number(why["baseline"]),
                samples=why["baseline_samples"],
                threshold=number(why["threshold"]),
                unit=unit,
            )
        if kind == AlertKind.OFFLINE:
            return words.say(
                "Nothing was heard from the station for %(minutes)s min (%(limit)s min are allowed);"
                " its last reading came at %(last)s.",
                minutes=number(why["silent_s"] / 60),
                limit=number(why["limit_s"] / 60),
                last=beijing(why["last_received_at"]),
            )
    except (KeyError, TypeError, ValueError):
        # Evidence of another rule version: the figures are still shown as they are.
        return ""
    return ""


def number(value: float) -> str:
    """With one decimal, unless it is a whole number."""
    return f"{value:.1f}".removesuffix(".0")
