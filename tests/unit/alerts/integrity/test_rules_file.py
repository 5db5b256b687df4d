"""The figures of integrity as data: what is written reads back, and a slip is named by its place."""

import copy
from typing import Any

import pytest

from alerts.integrity.rules import IntegrityRules
from alerts.integrity.rules_file import integrity_body, integrity_rules
from alerts.place import Place
from alerts.ruleset import DEFAULT_RULES, parse_rules
from models.errors import Invalid
from models.merge_patch import merge

SHIPPED = integrity_body(IntegrityRules())


def read(patch: dict[str, Any]) -> IntegrityRules:
    return integrity_rules(Place({"integrity": merge(copy.deepcopy(SHIPPED), patch)}, "rules"))


def test_the_shipped_rules_read_back_equal() -> None:
    assert read({}) == IntegrityRules()
    assert parse_rules(DEFAULT_RULES).integrity == IntegrityRules()


def test_a_rule_set_without_them_has_the_shipped() -> None:
    body = {name: value for name, value in DEFAULT_RULES.items() if name != "integrity"}
    assert parse_rules(body).integrity == IntegrityRules()


def test_what_is_named_is_changed_and_nothing_else() -> None:
    assert read({"cut": {"least": 7}}).cut.least == 7
    assert read({"cut": {"least": 7}}).moved == IntegrityRules().moved


@pytest.mark.parametrize(
    ("patch", "place"),
    [
        ({"cut": {"days": 40}}, "rules.integrity.cut.days"),
        ({"cut": {"widest_hours": 13}}, "rules.integrity.cut.widest_hours"),
        ({"cut": {"chance": 0.5}}, "rules.integrity.cut.chance"),
        ({"changed": {"before_days": 31}}, "rules.integrity.changed.before_days"),
        ({"changed": {"least_before": 15}}, "rules.integrity.changed.least_before"),
        ({"changed": {"least_after": 7}}, "rules.integrity.changed.least_after"),
        ({"changed": {"hours": 25}}, "rules.integrity.changed.hours"),
        ({"changed": {"past_half": 1.5}}, "rules.integrity.changed.past_half"),
        ({"muffled": {"hours": 61}}, "rules.integrity.muffled.hours"),
        ({"muffled": {"before_hours": 157}}, "rules.integrity.muffled.before_hours"),
        ({"muffled": {"log_level": 0.5}}, "rules.integrity.muffled.log_level"),
        ({"moved": {"elsewhere": 1}}, "rules.integrity.moved.elsewhere"),
        ({"stolen": {}}, "rules.integrity.stolen"),
    ],
)
def test_a_slip_is_named_by_its_place(patch: dict[str, Any], place: str) -> None:
    with pytest.raises(Invalid, match=place.replace(".", r"\.")):
        read(patch)
