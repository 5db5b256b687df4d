"""Faults of documents as people read them: whole sentences in their language, places by the words of the form."""

import copy
import re

import pytest

from alerts.overlay import check
from alerts.ruleset import DEFAULT_RULES
from app.console.citing import cited
from app.console.faults import in_words
from app.console.places import place_in_words
from app.console.texts import texts
from app.registry.file import parse
from app.sheets.air import indices_in
from models.errors import Invalid
from models.merge_patch import merge
from models.said import Said
from sla import policy_body
from tests.unit.registry.test_faults import FAULTS

HAN = re.compile(r"[\u4e00-\u9fff]")
CHINESE, ENGLISH = texts("zh"), texts("en")


@pytest.mark.parametrize(
    ("text", "name"), [(text, name) for name, text, _, _ in FAULTS], ids=lambda v: v[:20]
)
def test_every_fault_of_the_loader_is_said_in_chinese(text: str, name: str) -> None:
    parsed = parse(text, "r.yaml", {})
    assert parsed.faults, name
    for fault in parsed.faults:
        said = in_words(CHINESE, fault.sentence)
        assert HAN.search(said), (fault.message, said)
        assert "%" not in said


def test_the_label_and_the_values_are_kept() -> None:
    text = "stations:\n  - {code: S1, name: 站, grid: '652301', lon: 187.5, lat: 44, kind: micro}\n"
    (fault,) = parse(text, "r.yaml", {}).faults
    assert fault.message == "station S1: lon 187.5 lies outside -180 to 180"
    assert (fault.label, fault.sentence) == ("station S1", "lon 187.5 lies outside -180 to 180")
    assert in_words(CHINESE, fault.message) == "站点 S1：“经度”187.5 超出 -180 至 180 的范围"
    assert in_words(ENGLISH, fault.message) == "station S1: longitude 187.5 lies outside -180 to 180"


def test_a_text_without_a_template_is_said_as_it_is() -> None:
    assert in_words(CHINESE, "person li: %(x)s 100%") == "person li: %(x)s 100%"


def test_what_is_told_stays_itself_when_copied() -> None:
    said = Said("%(value)s is none of %(known)s", value="x", known=("a", "b"))
    again = copy.deepcopy(said)
    assert (again, again.template, again.values) == ("x is none of a, b", said.template, said.values)


@pytest.mark.parametrize(
    ("patch", "english", "chinese"),
    [
        (
            {"exceedance_hour": {"thresholds": {"pm25": {"notice": 9999}}}},
            "rules.exceedance_hour.thresholds.pm25: notice, serious and critical must rise",
            "小时超标 · PM₂.₅：提示、严重、特别严重三级阈值须依次升高",
        ),
        (
            {"network": {"fine": {"z": 500}}},
            "rules.network.fine.z: 500 is not between 0.5 and 50",
            "rules.network.fine.z：500 不在 0.5 至 50 之间",
        ),
        (
            {"schedules": {"seasons": {"heating": {"from": "10-15", "to": "04-15", "patch": {"x": 1}}}}},
            "with season heating: rules.x: is no name of a rule",
            "叠加 季节 heating 后：rules.x：规则中没有这个名称",
        ),
    ],
)
def test_a_fault_of_a_rule_set_names_what_the_form_names(
    patch: dict[str, object], english: str, chinese: str
) -> None:
    with pytest.raises(Invalid) as fault:
        check(merge(DEFAULT_RULES, patch), paths={}, grids=())
    assert fault.value.detail == english
    assert in_words(CHINESE, fault.value.detail) == chinese


@pytest.mark.parametrize(
    ("patch", "english", "chinese"),
    [
        (
            {"limits_s": {"feedback": 0}},
            "policy.limits_s.feedback: every limit must be longer than nothing",
            "时限 · 现场反馈：时限须大于零",
        ),
        (
            {"limits_s": {"feedback": "x"}},
            "policy, feedback: 'x' is no number",
            "现场反馈：'x' 不是数字",
        ),
        (
            {"ladders": {"feedback": [{"role": "chief"}]}},
            "policy, feedback: a rung wants either fraction or after_s",
            "现场反馈：每一级须在 fraction 与 after_s 中写一个且只写一个",
        ),
        (
            {"nonsense": {}},
            "policy.nonsense: there is no such name here",
            "policy.nonsense：此处没有这个名称",
        ),
    ],
)
def test_a_fault_of_a_policy_names_what_the_form_names(
    patch: dict[str, object], english: str, chinese: str
) -> None:
    with pytest.raises(Invalid) as fault:
        policy_body.check(merge(BODY, patch), paths=[])
    assert fault.value.detail == english
    assert in_words(CHINESE, fault.value.detail) == chinese


BODY = {
    "limits_s": dict.fromkeys(
        ("acknowledge", "feedback", "report", "review", "rework", "triage", "decision", "recheck"), 3600
    ),
    "warn_fractions": [0.5],
    "warn_before_s": 600,
    "ladders": {},
}


def test_a_place_that_no_form_shows_stays_the_documents_own() -> None:
    assert place_in_words(ENGLISH, "exceedance_short.clear.ratio").startswith("Short exceedance · Over again")
    assert place_in_words(CHINESE, "rules.quality.spike") == "rules.quality.spike"


@pytest.mark.parametrize(
    ("source", "chinese", "english"),
    [
        ("body §3(三)", "正文第三部分（三）", "policy, part 3 (3)"),
        ("body §2", "正文第二部分", "policy, part 2"),
        ("annex 1 art. 14", "附件 1 第十四条", "policy, annex 1 art. 14"),
        ("annex 1 art. 20", "附件 1 第二十条", "policy, annex 1 art. 20"),
        ("own", "自定", "own"),
        ("昌州环委办发〔2023〕6号", "昌州环委办发〔2023〕6号", "昌州环委办发〔2023〕6号"),
    ],
)
def test_places_of_the_policy_are_cited_as_readers_cite_them(source: str, chinese: str, english: str) -> None:
    assert (cited(CHINESE, source), cited(ENGLISH, source)) == (chinese, english)


@pytest.mark.parametrize(
    ("table", "chinese"),
    [
        ("县市,综合指数\n昌吉市,abc\n", "第2行，综合指数：abc 不是数字"),
        ("grid,value\n652301,abc\n", "第2行，综合指数（value）：abc 不是数字"),
        ("县市\n昌吉市\n", "表格缺少列：综合指数（value）"),
    ],
)
def test_a_column_is_called_as_in_the_file_with_what_it_means(table: str, chinese: str) -> None:
    with pytest.raises(Invalid) as refused:
        indices_in(table.encode())
    assert in_words(CHINESE, refused.value.detail) == chinese
    assert "月" not in in_words(ENGLISH, refused.value.detail)
