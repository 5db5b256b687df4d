"""A paper of an office as pages: A4 upright, pages numbered, the font inside the file, the same bytes each time."""

from collections.abc import Sequence
from datetime import datetime
from io import BytesIO
from typing import Any
from xml.sax.saxutils import escape

from reportlab.lib import colors
from reportlab.lib.enums import TA_CENTER, TA_RIGHT
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import (
    BaseDocTemplate,
    Frame,
    Image,
    KeepTogether,
    PageTemplate,
    Paragraph,
    Spacer,
    Table,
)

from app.papers import charts, pdf
from app.papers.columns import least, least_of_head, lines, shared
from app.papers.font import NAME, Font, font
from app.papers.official import Chart, Document, Grid, Heading, Text

MEDIA_TYPE = "application/pdf"
_MARGIN = 25 * mm
_WIDTH = A4[0] - 2 * _MARGIN
_BODY = ParagraphStyle("body", fontName=NAME, fontSize=11, leading=19, wordWrap="CJK", spaceAfter=4)
_INDENTED = ParagraphStyle("indented", parent=_BODY, firstLineIndent=22)
_HEADING = ParagraphStyle("heading", parent=_BODY, fontSize=12.5, spaceBefore=6, keepWithNext=1)
_CENTRE = ParagraphStyle("centre", parent=_BODY, alignment=TA_CENTER)
_SENDER = ParagraphStyle("sender", parent=_CENTRE, fontSize=15, leading=24)
_TITLE = ParagraphStyle("title", parent=_CENTRE, fontSize=17, leading=26, spaceAfter=10)
_SMALL = ParagraphStyle("small", parent=_CENTRE, fontSize=9.5, leading=14, keepWithNext=1)
_UNDER = ParagraphStyle("under", parent=_CENTRE, fontSize=9.5, leading=14)
_RIGHT = ParagraphStyle("right", parent=_BODY, alignment=TA_RIGHT)
_CELL = ParagraphStyle("cell", parent=_BODY, fontSize=8.5, leading=12, spaceAfter=0)
_FIGURE = ParagraphStyle("figure", parent=_CELL, alignment=TA_RIGHT)
_PAD = 3
_EASE = 0.5
"""Points beside a text, so that rounding breaks no line."""
_SIZES = (8.5, 7.5, 6.5, 5.5)
"""Of the letters of a table: the largest with which every word has its room."""


def write(document: Document, *, number: str | None, at: datetime, beside: Sequence[str] = ()) -> bytes:
    """The whole file; `number` None says that it is a draft. `at` is when it was drafted or issued.

    `beside` are lines below the number: which paper it takes the place of, and which took its own.
    """
    with pdf.WRITING:
        return _write(document, number, at, beside, font())


def _write(document: Document, number: str | None, at: datetime, beside: Sequence[str], face: Font) -> bytes:
    def set_(text: str, style: ParagraphStyle) -> Paragraph:
        size, shown = style.fontSize, face.printable(text)
        broken = lines(shown, (_WIDTH - _EASE) / size, face.width, indent=style.firstLineIndent / size)
        return Paragraph("<br/>".join(map(escape, broken)), style)

    draft = "草稿" if document.language.startswith("zh") else "Draft"
    story: list[Any] = []
    if document.sender:
        story.append(set_(document.sender, _SENDER))
    story += [set_(number or draft, _CENTRE), *(set_(line, _UNDER) for line in beside)]
    story.append(set_(document.title, _TITLE))
    if document.to:
        story.append(set_(document.to, _BODY))
    for block in document.blocks:
        match block:
            case Heading(text):
                story.append(set_(text, _HEADING))
            case Text(text, indented):
                story += [set_(part, _INDENTED if indented else _BODY) for part in text.split("\n")]
            case Grid():
                if block.caption:
                    story.append(set_(block.caption, _SMALL))
                story += [_table(block, face), Spacer(1, 8)]
            case Chart():
                picture = Image(
                    BytesIO(charts.draw(block)),
                    width=_WIDTH,
                    height=_WIDTH * charts.HEIGHT_IN / charts.WIDTH_IN,
                )
                story.append(KeepTogether([Spacer(1, 6), picture, set_(block.caption, _UNDER)]))
    if document.closing:
        # No page of a signature alone: the last paragraph goes with it, and the heading over that with both.
        last = [story.pop()] if story and isinstance(story[-1], Paragraph) else []
        if last and story and isinstance(story[-1], Paragraph) and story[-1].style is _HEADING:
            last.insert(0, story.pop())
        signed = [Spacer(1, 14), *(set_(line, _RIGHT) for line in document.closing)]
        story.append(KeepTogether([*last, *signed]))
    file = BytesIO()
    _Pages(file, document, face.printable(f"{document.title} · {number or draft}"), at).build(story)
    return file.getvalue()


def _table(block: Grid, face: Font) -> Table:
    cells = [[face.printable(cell) for cell in row] for row in (block.columns, *block.rows)]
    columns = list(zip(*cells, strict=True))
    few = [max(least_of_head(head, face.width), least(body, face.width)) for head, *body in columns]
    beside = 2 * _PAD + _EASE
    size = next((one for one in _SIZES if sum(few) * one + len(few) * beside <= _WIDTH), _SIZES[-1])
    widths = shared(
        [width * size + beside for width in few],
        [
            max(width, *map(face.width, body)) * size + beside
            for width, (_, *body) in zip(few, columns, strict=True)
        ],
        [max(map(face.width, column)) * size + beside for column in columns],
        _WIDTH,
    )

    def set_(text: str, n: int, head: bool) -> Paragraph:
        style = _FIGURE if n in block.figures and not head else _CELL
        broken = lines(text, (widths[n] - beside) / size + 1e-6, face.width)
        own = style.clone(style.name, fontSize=size, leading=size * 1.4)
        return Paragraph("<br/>".join(map(escape, broken)), own)

    rows = [[set_(cell, n, number == 0) for n, cell in enumerate(row)] for number, row in enumerate(cells)]
    table = Table(rows, colWidths=widths, repeatRows=1)
    table.setStyle(
        [
            ("GRID", (0, 0), (-1, -1), 0.4, colors.grey),
            ("BACKGROUND", (0, 0), (-1, 0), colors.Color(0.91, 0.91, 0.91)),
            ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
            ("TOPPADDING", (0, 0), (-1, -1), 2),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 3),
            ("LEFTPADDING", (0, 0), (-1, -1), _PAD),
            ("RIGHTPADDING", (0, 0), (-1, -1), _PAD),
        ]
    )
    return table


class _Pages(BaseDocTemplate):
    def __init__(self, file: BytesIO, document: Document, foot: str, at: datetime) -> None:
        super().__init__(
            file,
            pagesize=A4,
            leftMargin=_MARGIN,
            rightMargin=_MARGIN,
            topMargin=_MARGIN,
            bottomMargin=_MARGIN,
            title=document.title,
            author="格哨 Geshao",
            creator="格哨 Geshao",
            lang=document.language,
            invariant=1,
        )
        self._foot, self._at = foot, at
        frame = Frame(_MARGIN, _MARGIN, _WIDTH, A4[1] - 2 * _MARGIN, 0, 0, 0, 0)
        self.addPageTemplates([PageTemplate("page", [frame], onPage=self._page)])

    def _page(self, canvas: Canvas, _: Any) -> None:
        pdf.made(canvas, self._at)
        canvas.setFont(NAME, 8)
        canvas.drawString(_MARGIN, 14 * mm, self._foot)
        canvas.drawRightString(A4[0] - _MARGIN, 14 * mm, str(canvas.getPageNumber()))
