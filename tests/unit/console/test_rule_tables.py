"""Rule sets as tables: what is marked, where figures come from, what a form's numbers change."""

import copy
from typing import Any

import pytest

from alerts.ruleset import DEFAULT_RULES
from app.console import rule_tables as tables
from app.console.documents import LONGEST, document_of, shown
from app.console.texts import texts
from models.errors import Invalid
from models.merge_patch import merge

PLACE = "exceedance_hour.thresholds.pm25.notice"


def changed() -> dict[str, Any]:
    body = copy.deepcopy(DEFAULT_RULES)
    body["exceedance_hour"]["thresholds"]["pm25"]["notice"] = 120
    return body


def test_what_differs_is_marked_and_is_nobody_elses_figure_any_more() -> None:
    rows = tables.thresholds(changed(), "exceedance_hour", DEFAULT_RULES)
    assert [row.pollutant for row in rows] == ["pm25", "pm10", "so2", "no2", "co", "o3"]
    assert [(f.value, f.was, f.changed) for f in rows[0].tiers] == [
        (120, 115, True), (150, None, False), (250, None, False),
    ]  # fmt: skip
    assert rows[0].source == tables.OWN
    assert "24 h" in rows[1].source
    assert [row.unit for row in rows].count("mg/m³") == 1


def test_a_forms_numbers_make_a_patch_of_what_they_change() -> None:
    as_shown = {tables.FIELD + path: str(tables.at(DEFAULT_RULES, path)) for path in tables.common()}
    assert len(as_shown) == 44
    assert tables.patch_of(as_shown, DEFAULT_RULES) == {}
    patch = tables.patch_of(as_shown | {tables.FIELD + PLACE: "120"}, DEFAULT_RULES)
    assert patch == {"exceedance_hour": {"thresholds": {"pm25": {"notice": 120}}}}
    assert merge(DEFAULT_RULES, patch) == changed()
    assert tables.patch_of({"n.nonsense": "1"}, DEFAULT_RULES) == {}


@pytest.mark.parametrize("said", ["", "x", "nan", "inf", "1e300", "1,5", "<b>"])
def test_what_is_no_number_is_told_by_its_place(said: str) -> None:
    with pytest.raises(Invalid, match=PLACE):
        tables.patch_of({tables.FIELD + PLACE: said}, DEFAULT_RULES)


def test_everything_is_shown_once() -> None:
    places = [place for place, _ in tables.rest(DEFAULT_RULES)]
    assert len(places) == len(set(places)) > 50
    assert not [place for place in places if place.startswith("exceedance")]


def test_two_sides_of_a_back_test() -> None:
    rows = tables.by(
        {"draft": {"by_grid": [{"grid": "a", "orders": 2}]}, "baseline": {"by_grid": [{"grid": "b", "orders": 3}]}},
        "by_grid", "grid",
    )  # fmt: skip
    assert [(row.name, row.draft, row.baseline, row.more) for row in rows] == [
        ("a", 2, 0, 2),
        ("b", 0, 3, -3),
    ]


def test_a_document_is_laid_out_and_read_again() -> None:
    assert document_of(shown(DEFAULT_RULES), texts("en")) == DEFAULT_RULES


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "line 1, column 1"),
        ('{"a": 1,\n "b": }', "line 2, column 7"),
        ("[1]", "object"),
        ('{"a": 1, "a": 2}', "twice in one place: a"),
        ('{"a": NaN}', "number that is none"),
        ("[" * 100_000, "nested too deeply"),
        ('{"a": ' + "9" * 5000 + "}", "number that is none"),
        ("x" * (LONGEST + 1), "too long"),
    ],
)
def test_a_fault_in_a_document_is_told_by_its_place(text: str, said: str) -> None:
    with pytest.raises(Invalid) as fault:
        document_of(text, texts("en"))
    assert said in str(fault.value.extra["shown"])
