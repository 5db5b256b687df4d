"""An SLA policy as a table, and what a form changes."""

import pytest

from app.console import policy_tables as tables
from app.console.texts import texts
from models.errors import Invalid


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_form_as_it_was_shown_changes_nothing(language: str) -> None:
    body = {"limits_s": {kind.value: 50_000 for kind in tables.LIMITED} | {"acknowledge": 20, "report": 0.5}}
    shown = {tables.FIELD + kind: value for kind, value in tables.limits(body, texts(language))}
    said = {"zh": ("13 小时 53 分钟 20 秒", "20 秒"), "en": ("13 h 53 min 20 s", "20 s")}[language]
    assert (shown["m.feedback"], shown["m.acknowledge"]) == said
    assert tables.patch_of(shown, body) == {}
    assert tables.patch_of(shown | {"m.feedback": "40"}, body) == {"limits_s": {"feedback": 2400}}
    assert tables.patch_of({"m.feedback": "0.5"}, body) == {"limits_s": {"feedback": 30}}
    with pytest.raises(Invalid, match=r"policy\.limits_s\.feedback"):
        tables.patch_of({"m.feedback": "soon"}, body)
