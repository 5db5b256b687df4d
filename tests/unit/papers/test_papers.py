"""What stands on a paper, read back from the workbook and from the pages that were written."""

from datetime import UTC, date, datetime, timedelta
from io import BytesIO

import openpyxl
import pytest
from pypdf import PdfReader

from app.console.texts import texts
from app.papers import pdf, xlsx
from app.papers.font import font
from app.papers.make import disposition
from app.papers.orders import LONGEST, MOST, order_paper, period_of, row_of
from app.papers.paper import Cell, Column, Figure, Kind, Paper, Table, file_name, in_words
from models.errors import Invalid

NOW = datetime(2026, 11, 23, 0, 0, 5, tzinfo=UTC)
PLACES = ["玛纳斯县", "吉木萨尔县", "准东经济技术开发区", "呼图壁县", "奇台县", "木垒哈萨克自治县", "阜康市"]
RARE = "𬬭𬭊喆堃玥䶮"
HOSTILE = ["=1+1", '=HYPERLINK("http://x","y")', "+1", "-1", "@SUM(A1)", "\t=1", "<b>&\"'", "a\x07b"]


def paper(rows: list[list[Cell]], columns: list[Column] | None = None) -> Paper:
    table = Table("工单清单", columns or [Column("网格", width=20), Column("时间", Kind.INSTANT)], rows)
    return Paper("工单清单", ["网格:昌吉州"], [table], ["备注"], NOW, "zh-CN", "orders", "工单清单")


def pages(content: bytes) -> list[str]:
    return [page.extract_text() for page in PdfReader(BytesIO(content)).pages]


def flat(text: str) -> str:
    return text.replace("\n", "").replace(" ", "")


# ---------------------------------------------------------------- pages


def test_the_font_is_inside_the_pages_and_their_text_is_found_again() -> None:
    written = pdf.write(paper([[place, NOW] for place in PLACES]))
    reader = PdfReader(BytesIO(written))
    fonts = [font.get_object() for font in reader.pages[0]["/Resources"]["/Font"].values()]  # type: ignore[index,union-attr]
    used = [f for f in fonts if f["/BaseFont"] != "/Helvetica"]
    assert used
    for one in used:
        assert "NotoSansSC" in one["/BaseFont"]
        assert len(one["/FontDescriptor"]["/FontFile2"].get_data()) > 1000
        assert "/ToUnicode" in one
    text = flat(pages(written)[0])
    for place in PLACES:
        assert place in text
    assert "2026-11-2308:00:05" in text
    assert len(written) < 100_000
    assert reader.metadata is not None
    assert reader.metadata.title == "工单清单"
    assert reader.metadata.creation_date == NOW
    assert reader.root_object["/Lang"] == "zh-CN"


def test_rare_characters_of_names_are_shown_and_found_again() -> None:
    assert RARE in flat(pages(pdf.write(paper([[RARE, None]])))[0])


def test_every_standard_character_can_be_shown() -> None:
    known = font().widths
    assert all(ord(char) in known for char in "".join(PLACES) + RARE + "µ³℃·—…〓《》“”,。:;()")
    assert sum(0x4E00 <= code <= 0x9FFF for code in known) > 7800


def test_what_the_font_lacks_is_shown_with_its_code_point() -> None:
    assert font().printable("SO₂ PM₂.₅") == "SO2 PM2.5"
    shown = font().printable("甲\U0001f600乙\u200b丙\nى")
    assert shown == "甲〓U+1F600乙〓U+200B丙 〓U+0649"
    assert "〓U+1F600" in flat(pages(pdf.write(paper([["甲\U0001f600", None]])))[0])


def test_every_row_is_on_a_page_under_the_head_and_pages_are_numbered() -> None:
    found = pages(pdf.write(paper([[f"行{n:04d}。", NOW] for n in range(300)])))
    text = "".join(found)
    assert [n for n in range(300) if f"行{n:04d}。" not in text] == []
    for number, page in enumerate(found, start=1):
        assert "网格" in page
        assert f"{number} / {len(found)}" in page
    assert "备注" in found[-1]
    assert all("备注" not in page for page in found[:-1])


def test_a_cell_is_broken_within_its_column_and_cut_where_it_has_no_end() -> None:
    columns = [Column("甲", width=10), Column("乙", width=90)]
    (page,) = pages(pdf.write(paper([["很长的名字" * 20, "x"], ["word " * 300, "y"]], columns)))
    assert "很长的名字很长" in flat(page)
    assert "…" in page


def test_the_same_paper_is_the_same_file() -> None:
    assert pdf.write(paper([["甲", NOW]])) == pdf.write(paper([["甲", NOW]]))


# ---------------------------------------------------------------- workbook


def test_texts_are_texts_and_figures_are_figures() -> None:
    columns = [
        Column("文", width=20), Column("时", Kind.INSTANT), Column("数", Kind.COUNT), Column("率", Kind.SHARE),
        Column("时长", Kind.SPAN),
    ]  # fmt: skip
    rows: list[list[Cell]] = [[text, NOW, 7, Figure(0.5), Figure(5400.0, few=True)] for text in HOSTILE]
    sheet = openpyxl.load_workbook(BytesIO(xlsx.write(paper(rows, columns)))).worksheets[0]
    assert sheet["A1"].value == "工单清单"
    found = list(sheet.iter_rows(min_row=5, max_row=4 + len(HOSTILE)))
    for text, (first, at, count, rate, took) in zip(HOSTILE, found, strict=True):
        assert first.data_type in ("s", "inlineStr")
        assert str(first.value).replace("_x0007_", "\x07") == text
        assert first.quotePrefix == text.startswith(("=", "+", "-", "@", "\t"))
        # Beijing's clock: a workbook knows no zones.
        assert (at.is_date, at.value) == (True, datetime(2026, 11, 23, 8, 0, 5))
        assert (count.value, count.data_type) == (7, "n")
        assert (rate.value, rate.number_format) == (0.5, "0.0%")
        assert (took.value, took.number_format) == (timedelta(minutes=90), '[h]:mm:ss"*"')
    assert sheet.freeze_panes == "B5"
    assert sheet.auto_filter.ref == f"A4:E{4 + len(HOSTILE)}"


def test_a_workbook_of_nothing_can_be_opened() -> None:
    sheet = openpyxl.load_workbook(BytesIO(xlsx.write(paper([])))).worksheets[0]
    assert sheet["A4"].value == "网格"


# ---------------------------------------------------------------- content


def order(**over: object) -> dict[str, object]:
    clock = {"kind": "feedback", "breached_at": "2026-11-22T02:00:00+00:00"}
    return {
        "number": "2026-652324-000001", "grid_name": "玛纳斯县", "station_name": None, "state": "closed",
        "severity": "serious", "reason": "巡查", "dispatched_at": "2026-11-22T01:00:00+00:00", "acknowledged_at": None,
        "feedback_at": None, "reported_at": None, "closed_at": None, "false_alarm": "duplicate", "drill": True,
        "clocks": [clock, clock, {"kind": "task", "breached_at": "2026-11-22T02:00:00+00:00"}],
    } | over  # fmt: skip


def test_an_order_is_told_in_the_readers_language() -> None:
    said = row_of(texts("zh"), order())
    assert said[:6] == ("2026-652324-000001", "玛纳斯县", None, "已办结", "严重", "巡查")
    assert said[6] == datetime(2026, 11, 22, 1, tzinfo=UTC)
    # Once, however many rounds; a task is its township's.
    assert said[11] == "现场反馈"
    assert "演练" in str(said[12])
    assert row_of(texts("en"), order())[11:] == (
        "On-site feedback",
        "Drill, False alarm Another order is about the same",
    )


def test_a_list_that_was_cut_says_so() -> None:
    period = period_of(date(2026, 11, 1), date(2026, 11, 23), NOW)
    rows = [row_of(texts("zh"), order())]
    made = order_paper(texts("zh"), rows, grid=None, period=period, states=(), more=True, now=NOW)
    assert f"未列全：仅列最新 {MOST} 件工单，其余请缩短时段另行导出。" in made.lines
    assert "制表时间：2026-11-23 08:00:05（北京时间）" in made.lines
    whole = order_paper(texts("zh"), rows, grid="玛纳斯县", period=period, states=(), more=False, now=NOW)
    assert not [line for line in whole.lines if "未列全" in line]
    assert whole.name == "工单清单_玛纳斯县_2026-11-01_2026-11-23"


def test_a_period_is_of_beijings_days() -> None:
    late = datetime(2026, 10, 31, 16, 30, tzinfo=UTC)
    assert (period_of(None, None, late).first, period_of(None, None, late).last) == (date(2026, 11, 1),) * 2
    period = period_of(date(2026, 11, 1), date(2026, 11, 30), NOW)
    assert period.since == datetime(2026, 10, 31, 16, tzinfo=UTC)
    assert period.until == datetime(2026, 11, 30, 16, tzinfo=UTC)
    assert period_of(date(2026, 1, 1), date(2027, 1, 1), NOW).last == date(2027, 1, 1)


@pytest.mark.parametrize(
    ("first", "last"),
    [
        (date(2026, 11, 2), date(2026, 11, 1)),
        (date(2026, 1, 1), date(2026, 1, 1) + timedelta(days=LONGEST)),
        (date(1, 1, 1), date(1, 1, 2)),
        (date(9999, 12, 31), date(9999, 12, 31)),
    ],
)
def test_what_is_no_period_is_refused(first: date, last: date) -> None:
    with pytest.raises(Invalid):
        period_of(first, last, NOW)


def test_names_of_files_are_safe_in_headers_and_folders() -> None:
    assert file_name("清单", '昌/吉\\:*?"<>|\r\nX', "") == "清单_昌-吉----------X"
    made = paper([])
    said = disposition(made.stem, made.name, "pdf")
    assert said.isascii()
    assert said.startswith("attachment; filename=\"orders.pdf\"; filename*=UTF-8''%E5%B7%A5")


def test_cells_read_as_people_write_them() -> None:
    assert in_words(Kind.SHARE, Figure(0.9333, few=True)) == "93.3%*"
    assert in_words(Kind.SPAN, Figure(3661.4)) == "01:01:01"
    assert in_words(Kind.TEXT, None) == "—"
