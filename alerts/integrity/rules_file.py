"""The rules of integrity as data, read as strictly as those of the network; shipped values for what is not named."""

from typing import Any

from alerts.integrity.rules import ChangedRule, CutRule, IntegrityRules, MuffledRule
from alerts.network.rules_file import group_body, group_rules
from alerts.place import Place
from models.said import Said

LOOKED_AT_HOURS = 72
"""After its alert a station is looked at for so long."""
READ_HOURS = 168
"""And what it was like before is read for so long, and a day."""
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
    _muffled(place, read.muffled)
    _cut(place, read.cut)
    _changed(place, read.changed)
    return read


def _muffled(place: Place, rule: MuffledRule) -> None:
    if rule.hours + rule.search_hours > LOOKED_AT_HOURS:
        long = Said("with search_hours more than the %(most)s hours that are looked at", most=LOOKED_AT_HOURS)
        place.fail(long, "muffled.hours")
    if rule.before_hours + rule.search_hours > READ_HOURS:
        early = Said("with search_hours more than the %(most)s hours that are read", most=READ_HOURS)
        place.fail(early, "muffled.before_hours")


def _cut(place: Place, rule: CutRule) -> None:
    if rule.days > KEPT_DAYS:
        place.fail(Said("more than the %(most)s days that are kept", most=KEPT_DAYS), "cut.days")
    if rule.widest_hours > 12:
        place.fail(Said("half the day is no habit"), "cut.widest_hours")


def _changed(place: Place, rule: ChangedRule) -> None:
    if rule.before_days + rule.after_days > KEPT_DAYS:
        long = Said("with after_days more than the %(most)s days that are kept", most=KEPT_DAYS)
        place.fail(long, "changed.before_days")
    if rule.least_before > rule.before_days:
        place.fail(Said("is more than before_days"), "changed.least_before")
    if rule.least_after > rule.after_days:
        place.fail(Said("is more than after_days"), "changed.least_after")
    if rule.hours > 24:
        place.fail(Said("a day has 24"), "changed.hours")
