"""An SLA policy as a table, and what a form's minutes change."""

import pytest

from app.console import policy_tables as tables
from models.errors import Invalid


def test_a_form_as_it_was_shown_changes_nothing() -> None:
    body = {"limits_s": {kind.value: 50_000 for kind in tables.LIMITED}}
    shown = {tables.FIELD + kind: value for kind, value in tables.minutes(body)}
    assert shown["m.feedback"] == "833.333"
    assert tables.patch_of(shown, body) == {}
    assert tables.patch_of(shown | {"m.feedback": "40"}, body) == {"limits_s": {"feedback": 2400}}
    assert tables.patch_of({"m.feedback": "0.5"}, body) == {"limits_s": {"feedback": 30}}
    with pytest.raises(Invalid, match=r"policy\.limits_s\.feedback"):
        tables.patch_of({"m.feedback": "soon"}, body)
