"""Places of a rule set or an SLA policy by the words of their forms. Pure."""

from app.console.air_names import ALERT, POLLUTANT, SEVERITY
from app.console.order_names import CLOCK
from app.console.rule_tables import NUMBER_NAMES, RULES
from app.console.texts import N_, Texts

_CLOCKS = {kind.value: name for kind, name in CLOCK.items()}
_TIERS = {tier.value: name for tier, name in SEVERITY.items()}
_ALERTS = {kind.value: name for kind, name in ALERT.items()}
_OF_CLOCKS = {
    "limits_s": N_("Limit"),
    "warnings": N_("Warnings"),
    "ladders": N_("Escalation ladder"),
    "calendar_of": N_("Calendar"),
    "starts": N_("Start"),
    "stops": N_("Stop"),
}


def place_in_words(words: Texts, place: str) -> str:
    """What a form calls the place; the document's own path for a place that no form shows."""
    names = _names(place.removeprefix("rules.").removeprefix("policy."))
    return place if names is None else " · ".join(words.say(name) for name in names)


def _names(place: str) -> tuple[str, ...] | None:
    clock = place.removeprefix("policy, ").removesuffix(": a rung")
    if clock in _CLOCKS and clock != place:
        ladder = (_OF_CLOCKS["ladders"],) if place.endswith(": a rung") else ()
        return (*ladder, _CLOCKS[clock])
    parts = place.split(".")
    match parts:
        case [rule] if rule in RULES:
            return (_ALERTS[rule],)
        case [rule, "thresholds"] if rule in RULES:
            return (_ALERTS[rule], N_("Thresholds"))
        case [rule, "thresholds", pollutant] if rule in RULES and pollutant in POLLUTANT:
            return (_ALERTS[rule], POLLUTANT[pollutant])
        case [rule, "thresholds", pollutant, tier] if (
            rule in RULES and pollutant in POLLUTANT and tier in _TIERS
        ):
            return (_ALERTS[rule], POLLUTANT[pollutant], _TIERS[tier])
        case [rule, *number] if rule in RULES and ".".join(number) in NUMBER_NAMES:
            return (_ALERTS[rule], NUMBER_NAMES[".".join(number)])
        case [group] if group in _OF_CLOCKS:
            return (_OF_CLOCKS[group],)
        case [group, clock] if group in _OF_CLOCKS and clock in _CLOCKS:
            return (_OF_CLOCKS[group], _CLOCKS[clock])
        case _:
            return None
