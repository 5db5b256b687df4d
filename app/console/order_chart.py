"""The words of an order's chart."""

from app.console.texts import N_

MARKS: dict[str, str] = {
    "raised": N_("alert"),
    "dispatched": N_("dispatched"),
    "feedback": N_("on site"),
    "reported": N_("reported"),
    "closed": N_("closed"),
}
CHART_WORDS: dict[str, str] = {
    "station": N_("Station"),
    "neighbours": N_("Neighbours, median"),
    "event": N_("event"),
    "highest": N_("highest 5 min mean"),
    "none": N_("There are no readings of that time any more."),
}
