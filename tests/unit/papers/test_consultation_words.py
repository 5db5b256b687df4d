"""The papers of the consultation: what they say where little is known, and that equal units stand together."""

from dataclasses import replace
from datetime import UTC, date, datetime
from fractions import Fraction

import pytest

from app.consultation import documents, words
from app.consultation.facts import Facts, UnitFacts, Work
from app.papers.official import Document, Grid, Text, from_json, to_json
from models.enums import ClockKind
from supervision.consultation.direction import suggest
from supervision.consultation.standing import Stretch
from supervision.problems.standing import Figures

NOTHING = Stretch({}, 0, 0)


def facts(count: int = 2) -> Facts:
    units = [
        UnitFacts(
            n, str(n), f"县{n}", {}, None, NOTHING, NOTHING, NOTHING, Work(), Figures(n), suggest((), {})
        )
        for n in range(1, count + 1)
    ]
    now = datetime(2026, 11, 5, 0, 3, tzinfo=UTC)
    names = {unit.grid_id: unit.name for unit in units}
    return Facts("州大气办", date(2026, 10, 29), date(2026, 11, 4), now, units, [], [], [], [], names)


def said(document: Document) -> str:
    return "\n".join(block.text for block in document.blocks if isinstance(block, Text))


@pytest.mark.parametrize("write", [documents.brief, documents.dispatch, documents.special_report])
def test_a_paper_of_nothing_says_so_and_comes_back_from_its_bytes(write: object) -> None:
    document: Document = write(facts(), date(2026, 11, 5))  # type: ignore[operator]
    assert from_json(to_json(document)) == from_json(to_json(from_json(to_json(document))))
    assert "县1、县2：空气质量优，保持日常巡查和管控措施。" in said(document)
    assert "未销号问题0个" in said(document)
    tables = [block for block in document.blocks if isinstance(block, Grid)]
    assert all(len(row) == len(table.columns) for table in tables for row in table.rows)


def test_a_notice_is_of_one_unit() -> None:
    document = documents.notice(facts().only(2), date(2026, 11, 5))
    assert document.title == "关于县22026年10月29日至11月4日大气污染防治工作情况的通报"
    assert (document.to, "县1" in to_json(document).decode()) == ("县2二级网格长：", False)


def test_changes_say_their_direction() -> None:
    assert words.percent(None) == "—"
    assert words.percent(Fraction(1, 100)) == "持平"
    assert (words.percent(Fraction(157, 10)), words.percent(Fraction(-1))) == ("+15.7%", "-1.0%")
    one = replace(facts().units[0], now=Stretch({"pm25": Fraction(99, 2)}, 3, 4))
    assert (words.level(one.now, "pm25"), words.good(one.now)) == ("50", "3/4")


def test_only_the_brief_of_the_next_morning_says_yesterday() -> None:
    today = date(2026, 11, 5)
    assert "昨日无首要污染物" in said(documents.brief(facts(), today))
    for document in (
        documents.dispatch(facts(), today),
        documents.special_report(facts(), today),
        documents.notice(facts().only(1), today),
    ):
        assert "2026年11月4日无首要污染物" in said(document)
        assert "昨日" not in to_json(document).decode()


def test_every_deadline_that_can_be_missed_has_its_word() -> None:
    assert set(words._CLOCK) == {kind.value for kind in ClockKind}
