"""The rules of integrity as data, read as strictly as those of the network; shipped values for what is not named."""

from typing import Any

from alerts.integrity.rules import ChangedRule, CutRule, IntegrityRules
from alerts.network.rules_file import group_body, group_rules
from alerts.place import Place

KEPT_DAYS = 36
"""Days gathered of a station that are kept; what a rule looks back at has to lie within."""


def integrity_body(rules: IntegrityRules) -> dict[str, Any]:
    """The rules as a body that `integrity_rules` reads back to equal ones."""
    return group_body(rules)


def integrity_rules(top: Place) -> IntegrityRules:
    """The rules that the group `integrity` of a rule set describes; a rule set without one has the shipped."""
    place = top.maybe_group("integrity")
    if place is None:
        return IntegrityRules()
    read: IntegrityRules = group_rules(place, IntegrityRules())
    _cut(place, read.cut)
    _changed(place, read.changed)
    return read


def _cut(place: Place, rule: CutRule) -> None:
    if rule.days > KEPT_DAYS:
        place.fail(f"more than the {KEPT_DAYS} days that are kept", "cut.days")
    if rule.widest_hours > 12:
        place.fail("half the day is no habit", "cut.widest_hours")


def _changed(place: Place, rule: ChangedRule) -> None:
    if rule.before_days + rule.after_days > KEPT_DAYS:
        place.fail(f"with after_days more than the {KEPT_DAYS} days that are kept", "changed.before_days")
    if rule.least_before > rule.before_days:
        place.fail("is more than before_days", "changed.least_before")
    if rule.least_after > rule.after_days:
        place.fail("is more than after_days", "changed.least_after")
    if rule.hours > 24:
        place.fail("a day has 24", "changed.hours")
