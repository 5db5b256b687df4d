"""Why an alert was raised, in a sentence: pure, over the evidence the detector kept."""

from collections.abc import Mapping
from typing import Any

from app.console.texts import Texts
from models.enums import AlertKind


def why_in_words(words: Texts, kind: str, pollutant: str | None, why: Mapping[str, Any]) -> str:
    """One or two sentences; empty where the evidence is of a shape this release does not know."""
    unit = "mg/m³" if pollutant == "co" else "µg/m³"
    try:
        if kind == AlertKind.OFFLINE:
            if why["said_offline"]:
                return words.say("The station said itself that it goes offline.")
            return words.say(
                "Nothing was heard from the station for %(minutes)s min.",
                minutes=number(why["silent_s"] / 60),
            )
        if pollutant is None:
            return ""
        level = number(why["level"][pollutant])
        if "clear" in why and "threshold" in why:
            return words.say(
                "The level of %(level)s %(unit)s is over the limit of %(threshold)s; the alert ends under %(clear)s"
                " %(unit)s.",
                level=level,
                threshold=number(why["threshold"][pollutant]),
                clear=number(why["clear"][pollutant]),
                unit=unit,
            )
        if "clear" in why:
            return words.say(
                "The level of %(level)s %(unit)s is over the limit; the alert ends under %(clear)s %(unit)s.",
                level=level,
                clear=number(why["clear"][pollutant]),
                unit=unit,
            )
        if "excess" in why:
            return words.say(
                "The level of %(level)s %(unit)s is %(excess)s above what the station's own last hours (%(base)s)"
                " and its %(neighbours)s neighbours let expect.",
                level=level,
                excess=number(why["excess"][pollutant]),
                base=number(why["base"][pollutant]),
                neighbours=why["neighbours"],
                unit=unit,
            )
    except (KeyError, TypeError, ValueError):
        # Evidence of another rule version: the figures are still shown as they are.
        return ""
    return ""


def number(value: float) -> str:
    """With one decimal, unless it is a whole number."""
    return f"{value:.1f}".removesuffix(".0")
