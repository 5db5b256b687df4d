"""A paper of an office as a Word file: A4 upright, 仿宋 where the reader's machine has it, tables with their head."""

from collections.abc import Sequence
from datetime import datetime
from io import BytesIO
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import docx
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import qn
from docx.shared import Mm, Pt

from app.papers import charts
from app.papers.official import Chart, Document, Grid, Heading, Text
from models.clock import BEIJING

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_BODY, _HEAD = "仿宋", "黑体"


def write(document: Document, *, number: str | None, at: datetime, beside: Sequence[str] = ()) -> bytes:
    """The whole file; `number` None says that it is a draft. `at` is when it was drafted or issued.

    `beside` are lines below the number: which paper it takes the place of, and which took its own.
    """
    file = docx.Document()
    section = file.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.left_margin = section.right_margin = Mm(27)
    section.top_margin, section.bottom_margin = Mm(32), Mm(28)
    style: Any = file.styles["Normal"]
    style.font.name, style.font.size = "Times New Roman", Pt(12)
    style.element.rPr.rFonts.set(qn("w:eastAsia"), _BODY)
    told = file.core_properties
    told.title, told.author, told.last_modified_by = document.title, "格哨 Geshao", "格哨 Geshao"
    told.created = told.modified = at.replace(tzinfo=None)
    told.language, told.comments = document.language, ""
    if document.sender:
        _line(file, document.sender, size=16, face=_HEAD, align=WD_ALIGN_PARAGRAPH.CENTER)
    _line(
        file,
        number or ("草稿" if document.language.startswith("zh") else "Draft"),
        align=WD_ALIGN_PARAGRAPH.CENTER,
    )
    for line in beside:
        _line(file, line, size=10.5, align=WD_ALIGN_PARAGRAPH.CENTER)
    _line(file, document.title, size=18, face=_HEAD, align=WD_ALIGN_PARAGRAPH.CENTER, style="Title")
    if document.to:
        _line(file, document.to)
    for block in document.blocks:
        match block:
            case Heading(text):
                _line(file, text, size=14, face=_HEAD, style="Heading 1")
            case Text(text, indented):
                for part in text.split("\n"):
                    paragraph = _line(file, part)
                    if indented:
                        paragraph.paragraph_format.first_line_indent = Pt(24)
            case Grid():
                _table(file, block)
            case Chart():
                paragraph = file.add_paragraph()
                paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
                picture = paragraph.add_run().add_picture(BytesIO(charts.draw(block)), width=Mm(150))
                picture._inline.docPr.set("descr", block.caption)
                _line(file, block.caption, size=10.5, align=WD_ALIGN_PARAGRAPH.CENTER)
    if document.closing and document.blocks and isinstance(document.blocks[-1], Text):
        # No page of a signature alone: the last paragraph goes with it.
        file.paragraphs[-1].paragraph_format.keep_with_next = True
    for place, line in enumerate(document.closing, 1):
        paragraph = _line(file, line, align=WD_ALIGN_PARAGRAPH.RIGHT)
        paragraph.paragraph_format.keep_with_next = place < len(document.closing)
    kept = BytesIO()
    file.save(kept)
    return _stamped(kept, at)


def _stamped(kept: BytesIO, at: datetime) -> bytes:
    """The same archive with the paper's own time in it, so that a paper gives the same bytes each time."""
    stamp = at.astimezone(BEIJING).timetuple()[:6]
    again = BytesIO()
    with ZipFile(kept) as old, ZipFile(again, "w", ZIP_DEFLATED) as new:
        for one in old.infolist():
            told = ZipInfo(one.filename, date_time=stamp)
            told.compress_type = ZIP_DEFLATED
            new.writestr(told, old.read(one))
    return again.getvalue()


def _line(
    file: Any, text: str, *, size: float = 12, face: str = _BODY, align: Any = None, style: str | None = None
) -> Any:
    paragraph = file.add_paragraph(style=style)
    run = paragraph.add_run(text)
    run.font.size, run.font.name = Pt(size), "Times New Roman"
    run.font.color.rgb = docx.shared.RGBColor(0, 0, 0)
    run._element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), face)
    paragraph.paragraph_format.space_after = Pt(6)
    paragraph.paragraph_format.line_spacing = 1.4
    if align is not None:
        paragraph.alignment = align
    return paragraph


def _table(file: Any, block: Grid) -> None:
    if block.caption:
        _line(
            file, block.caption, size=10.5, align=WD_ALIGN_PARAGRAPH.CENTER
        ).paragraph_format.keep_with_next = True
    table = file.add_table(rows=1, cols=len(block.columns), style="Table Grid")
    table.alignment = WD_TABLE_ALIGNMENT.CENTER
    head = table.rows[0]
    head._tr.get_or_add_trPr().append(head._tr.makeelement(qn("w:tblHeader"), {}))
    for cell, name in zip(head.cells, block.columns, strict=True):
        _cell(cell, name, bold=True, right=False)
    for row in block.rows:
        for number, (cell, text) in enumerate(zip(table.add_row().cells, row, strict=True)):
            _cell(cell, text, bold=False, right=number in block.figures)
    file.add_paragraph().paragraph_format.space_after = Pt(0)


def _cell(cell: Any, text: str, *, bold: bool, right: bool) -> None:
    paragraph = cell.paragraphs[0]
    run = paragraph.add_run(text)
    run.font.size, run.bold, run.font.name = Pt(9), bold, "Times New Roman"
    run._element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), _BODY)
    if right:
        paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
