"""Readings of the text are data: what they may be, and that they come back as they went."""

import pytest

from models.errors import Invalid
from supervision.readings import Readings


def test_the_defaults_come_back_from_their_document() -> None:
    assert Readings.parse(Readings().document()) == Readings()
    assert Readings.parse({}) == Readings()


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"veto": "block"}, "veto"),
        ({"veto_zeroes": "all"}, "veto_zeroes"),
        ({"veto_zeroes": 3}, "veto_zeroes"),
        ({"pass_from": "eighty"}, "pass_from"),
        ({"pass_from": "NaN"}, "pass_from"),
        ({"pass_from": True}, "pass_from"),
        ({"pass_from": 0.1}, "pass_from"),
        ({"pass_from": "1e9"}, "pass_from"),
        ({"pass_from": 85}, "excellent_from"),
        ({"share_noticed": 20}, "share_grave"),
        ({"points_share": 0}, "points_share"),
        ({"months_failed": 0}, "months_failed"),
        ({"months_failed": "3"}, "months_failed"),
        ({"few_problems": -1}, "few_problems"),
        ({"composite_rules": ""}, "composite_rules"),
    ],
)
def test_what_is_no_reading_is_refused_by_name(body: dict[str, object], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        Readings.parse(body)
    assert refused.value.extra["field"] == field
