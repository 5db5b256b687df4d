"""Papers of an office: the same values, the same bytes; what is none is refused by name."""

import re
from dataclasses import replace
from datetime import UTC, datetime
from io import BytesIO

import docx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pypdf import PdfReader

from app.papers import official_docx, official_pdf
from app.papers.official import (
    Chart,
    ChartKind,
    Document,
    Grid,
    Heading,
    Series,
    Text,
    beside,
    from_json,
    to_json,
)
from models.errors import Invalid

AT = datetime(2026, 11, 5, 2, 0, tzinfo=UTC)
PAPER = Document(
    title="2026年10月环境空气质量通报",
    to="各县市（园区）：",
    sender="昌吉州大气污染联防联控领导小组办公室",
    closing=("州大气办", "2026年11月5日"),
    blocks=(
        Heading("一、排名"),
        Text("全州 <b>PM₂.₅</b> 月均浓度 35 µg/m³。\n改善率见下表。"),
        Grid(("县市", "指数"), (("昌吉市", "4.12"), ("阜康市", "5.01")), "表1", (1,)),
        Chart(ChartKind.BARS, "图1 综合指数", ("昌吉市", "阜康市"), (Series("本月", (4.12, None)),)),
        Chart(
            ChartKind.LINES,
            "图2 逐日",
            ("1", "2"),
            (Series("甲", (1.0, 2.0)), Series("乙", (2.0, 1.0))),
            "µg/m³",
        ),
    ),
)
WORDS = st.text(alphabet=st.characters(min_codepoint=32, exclude_categories=("Cs",)), max_size=30)
BLOCKS = st.one_of(
    st.builds(Heading, WORDS),
    st.builds(Text, WORDS, st.booleans()),
    st.integers(1, 4).flatmap(
        lambda n: st.builds(
            Grid,
            st.tuples(*[WORDS] * n),
            st.lists(st.tuples(*[WORDS] * n), max_size=3).map(tuple),
            st.none() | WORDS,
        )
    ),
)


def test_pages_are_the_same_bytes_each_time_and_carry_every_word() -> None:
    first = official_pdf.write(PAPER, number="通报〔2026〕3号", at=AT)
    assert first == official_pdf.write(from_json(to_json(PAPER)), number="通报〔2026〕3号", at=AT)
    read = PdfReader(BytesIO(first))
    # Markup in a text is text.
    words = re.sub(r"\s", "", "".join(page.extract_text() for page in read.pages))
    for word in ("通报〔2026〕3号", "<b>PM2.5</b>", "改善率见下表。", "阜康市", "图1综合指数", "州大气办"):
        assert word in words
    assert sum(len(page.images) for page in read.pages) == 2
    assert read.metadata is not None
    assert read.metadata.title == PAPER.title


def test_a_word_file_says_that_it_is_a_draft_until_it_has_a_number() -> None:
    file = docx.Document(BytesIO(official_docx.write(PAPER, number=None, at=AT)))
    texts = [paragraph.text for paragraph in file.paragraphs]
    assert "草稿" in texts
    assert "各县市（园区）：" in texts
    assert "全州 <b>PM₂.₅</b> 月均浓度 35 µg/m³。" in texts
    assert [[cell.text for cell in row.cells] for row in file.tables[0].rows] == [
        ["县市", "指数"],
        ["昌吉市", "4.12"],
        ["阜康市", "5.01"],
    ]
    assert len(file.inline_shapes) == 2
    assert file.core_properties.created == AT


@given(st.builds(Document, WORDS, st.lists(BLOCKS, max_size=5).map(tuple), WORDS, WORDS))
def test_a_document_is_read_back_as_it_was_written(document: Document) -> None:
    assert from_json(to_json(document)) == document


@pytest.mark.parametrize(
    ("snapshot", "field"),
    [
        (b"[", "snapshot"),
        (b'{"title":"a"}', "snapshot"),
        (b'{"title":1,"blocks":[]}', "title"),
        (b'{"title":"a","blocks":[{"is":"song"}]}', "blocks[0].is"),
        (b'{"title":"a","blocks":[{"is":"text","text":"a\\u0000b"}]}', "blocks[0].text"),
        (b'{"title":"a","blocks":[{"is":"table","columns":["x"],"rows":[["1","2"]]}]}', "blocks[0].rows"),
        (
            b'{"title":"a","blocks":[{"is":"chart","kind":"bars","caption":"","labels":["x"],"series":'
            b'[{"name":"","values":[]}]}]}',
            "blocks[0].series",
        ),
    ],
)
def test_what_is_no_paper_is_refused_by_name(snapshot: bytes, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        from_json(snapshot)
    assert refused.value.extra["field"] == field


def test_a_figure_or_name_is_never_broken_between_two_lines() -> None:
    text = "本月PM2.5平均浓度35µg/m³，同比改善4.1%，O3日最大8小时90百分位142µg/m³，综合指数3.99；" * 6
    for indented in (True, False):
        file = official_pdf.write(Document("通报", (Text(text, indented), Heading(text))), number=None, at=AT)
        found = "\n".join(page.extract_text() for page in PdfReader(BytesIO(file)).pages).splitlines()
        assert sum(line.count("PM2.5") for line in found) == 12
        assert sum(line.count("142µg/m³") for line in found) == 12
        assert sum(line.count("3.99") for line in found) == 12


def test_the_paper_before_and_after_is_named_below_the_number() -> None:
    said = beside("zh-CN", supersedes="通报〔2026〕2号", superseded_by="通报〔2026〕4号")
    assert said == ("（替代通报〔2026〕2号）", "（已由通报〔2026〕4号替代）")
    assert beside("en", supersedes=None, superseded_by=None) == ()
    pages = PdfReader(BytesIO(official_pdf.write(PAPER, number="通报〔2026〕3号", at=AT, beside=said))).pages
    word = docx.Document(BytesIO(official_docx.write(PAPER, number="通报〔2026〕3号", at=AT, beside=said)))
    for line in said:
        assert line in pages[0].extract_text()
        assert line in [paragraph.text for paragraph in word.paragraphs]


@pytest.mark.parametrize("lines", range(20, 60))
def test_no_page_holds_a_signature_alone(lines: int) -> None:
    texts = [Text(f"第{n}段。") for n in range(lines)]
    document = replace(PAPER, blocks=[*texts[:-1], Heading("四、下一步"), texts[-1]])
    pages = PdfReader(BytesIO(official_pdf.write(document, number=None, at=AT))).pages
    assert "四、下一步" in re.sub(r"\s", "", pages[-1].extract_text())
    assert f"第{lines - 1}段" in re.sub(r"\s", "", pages[-1].extract_text())
