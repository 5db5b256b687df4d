"""A paper as pages: A4 across, the head of a table on every page, pages numbered, the font inside the file."""

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from io import BytesIO

from reportlab.lib.pagesizes import A4, landscape
from reportlab.pdfgen.canvas import Canvas

from app.console.shown import beijing
from app.papers.font import NAME, Font, font
from app.papers.paper import Kind, Paper, Table, in_words
from models.clock import BEIJING

MEDIA_TYPE = "application/pdf"
WIDTH, HEIGHT = landscape(A4)
MARGIN = 28.0
SIZE, LEADING, PAD = 7.0, 9.5, 2.5
TITLE_SIZE, LINE_SIZE = 14.0, 8.5
MOST_LINES = 12
"""Of a cell; what is longer ends with … and is whole in the workbook."""
_FOOT = 16.0
WRITING = threading.Lock()
"""The library keeps a place in the one font file."""
_RIGHT = frozenset({Kind.COUNT, Kind.SHARE, Kind.SPAN, Kind.INDEX, Kind.TENTHS})

Lines = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Head:
    """A table as it is set: where its columns begin, how wide they are, and its head."""

    table: Table
    widths: Sequence[float]
    titles: Sequence[Lines]


@dataclass(slots=True)
class _Part:
    """Rows of one table that stand together on one page."""

    head: _Head
    named: bool
    """Whether the table's own title stands above them."""
    rows: list[Sequence[Lines]]


def made(canvas: Canvas, at: datetime) -> None:
    """The file says that it was made at this instant, whatever the machine's clock says."""
    local = at.astimezone(BEIJING)
    stamp = canvas._doc._timeStamp  # type: ignore[attr-defined]  # there is no public way to say when
    stamp.t, stamp.YMDhms, stamp.dhh, stamp.dmm = local.timestamp(), tuple(local.timetuple())[:6], 8, 0


def write(paper: Paper) -> bytes:
    """The whole file."""
    with WRITING:
        return _Setter(paper, font()).write()


class _Setter:
    def __init__(self, paper: Paper, face: Font) -> None:
        self._paper, self._face = paper, face
        # Most cells of a column say one of a few things.
        self._wrapped = lru_cache(maxsize=50_000)(self._wrap)

    def write(self) -> bytes:
        file = BytesIO()
        canvas = Canvas(
            file, pagesize=(WIDTH, HEIGHT), pageCompression=1, invariant=1, lang=self._paper.language
        )
        self._describe(canvas)
        pages = list(self._pages())
        for number, parts in enumerate(pages, start=1):
            self._draw(canvas, parts, number, len(pages))
            canvas.showPage()
        canvas.save()
        return file.getvalue()

    def _describe(self, canvas: Canvas) -> None:
        canvas.setTitle(self._paper.title)
        canvas.setAuthor("格哨 Geshao")
        canvas.setCreator("格哨 Geshao")
        made(canvas, self._paper.made_at)

    # ------------------------------------------------------------ setting

    def _wrap(self, text: str, room: float) -> Lines:
        """Lines no wider than `room` em, broken at a space where there is one near the end of the line."""
        text = self._face.printable(text)
        if self._face.width(text) <= room:
            return (text,)
        lines: list[str] = []
        line, width = "", 0.0
        for char in text:
            wide = self._face.widths[ord(char)]
            if width + wide > room and line:
                head, space, tail = line.rpartition(" ")
                if char == " " or not space or not head:
                    head, tail = line, ""
                lines.append(head.rstrip())
                line, width = tail, self._face.width(tail)
                if char == " " and not line:
                    continue
            line, width = line + char, width + wide
        lines.append(line)
        if len(lines) > MOST_LINES:
            return (*lines[: MOST_LINES - 1], lines[MOST_LINES - 1][:-1] + "…")
        return tuple(lines)

    def _head(self, table: Table) -> _Head:
        total = sum(column.width for column in table.columns)
        widths = [(WIDTH - 2 * MARGIN) * column.width / total for column in table.columns]
        return _Head(
            table,
            widths,
            [
                self._wrapped(c.title, (w - 2 * PAD) / SIZE)
                for c, w in zip(table.columns, widths, strict=True)
            ],
        )

    def _pages(self) -> Iterator[list[_Part]]:
        """The rows on each page; the notes have room on the last one."""
        parts: list[_Part] = []
        left = HEIGHT - 2 * MARGIN - _FOOT - self._top()
        for table in self._paper.tables:
            head = self._head(table)
            named = len(self._paper.tables) > 1
            need = self._head_height(head, named)
            if left < need + 3 * LEADING and parts:
                yield parts
                parts, left = [], HEIGHT - 2 * MARGIN - _FOOT
            part = _Part(head, named, [])
            parts.append(part)
            left -= need
            for row in table.rows:
                cells = [
                    self._wrapped(in_words(column.kind, cell), (width - 2 * PAD) / SIZE)
                    for column, cell, width in zip(table.columns, row, head.widths, strict=True)
                ]
                tall = _tall(cells)
                if left < tall and (part.rows or len(parts) > 1):
                    yield parts
                    part = _Part(head, False, [])
                    parts = [part]
                    left = HEIGHT - 2 * MARGIN - _FOOT - self._head_height(head, False)
                part.rows.append(cells)
                left -= tall
            left -= LEADING
        if left < (len(self._notes()) + 1) * LEADING and parts:
            yield parts
            parts = []
        yield parts

    def _top(self) -> float:
        return TITLE_SIZE * 1.6 + len(self._lines()) * LINE_SIZE * 1.45 + LEADING

    def _head_height(self, head: _Head, named: bool) -> float:
        return _tall(head.titles) + (LINE_SIZE * 2 if named else 0)

    def _lines(self) -> Sequence[str]:
        return self._set(self._paper.lines, LINE_SIZE)

    def _notes(self) -> Sequence[str]:
        return self._set(self._paper.notes, SIZE)

    def _set(self, texts: Sequence[str], size: float) -> Sequence[str]:
        return [line for text in texts for line in self._wrapped(text, (WIDTH - 2 * MARGIN) / size)]

    # ------------------------------------------------------------ drawing

    def _draw(self, canvas: Canvas, parts: Sequence[_Part], number: int, of: int) -> None:
        y = HEIGHT - MARGIN
        if number == 1:
            y = self._draw_top(canvas, y)
        for part in parts:
            y = self._draw_part(canvas, part, y) - LEADING
        canvas.setFont(NAME, SIZE)
        if number == of:
            for line in self._notes():
                y -= LEADING
                canvas.drawString(MARGIN, y, line)
        made = beijing(self._paper.made_at, year=True)
        left = self._face.printable(f"{self._paper.title} · {made}")
        canvas.drawString(MARGIN, MARGIN, left)
        canvas.drawRightString(WIDTH - MARGIN, MARGIN, f"{number} / {of}")

    def _draw_top(self, canvas: Canvas, y: float) -> float:
        y -= TITLE_SIZE
        canvas.setFont(NAME, TITLE_SIZE)
        canvas.drawString(MARGIN, y, self._face.printable(self._paper.title))
        y -= TITLE_SIZE * 0.6
        canvas.setFont(NAME, LINE_SIZE)
        for line in self._lines():
            y -= LINE_SIZE * 1.45
            canvas.drawString(MARGIN, y, line)
        return y - LEADING

    def _draw_part(self, canvas: Canvas, part: _Part, y: float) -> float:
        head = part.head
        if part.named:
            canvas.setFont(NAME, LINE_SIZE)
            canvas.drawString(MARGIN, y - LINE_SIZE, self._face.printable(head.table.title))
            y -= LINE_SIZE * 2
        tall = _tall(head.titles)
        canvas.setFillGray(0.91)
        canvas.rect(MARGIN, y - tall, WIDTH - 2 * MARGIN, tall, stroke=0, fill=1)
        canvas.setFillGray(0)
        canvas.setStrokeGray(0.6)
        canvas.setLineWidth(0.4)
        canvas.setFont(NAME, SIZE)
        for cells in (head.titles, *part.rows):
            self._draw_row(canvas, head, cells, y)
            y -= _tall(cells)
            canvas.line(MARGIN, y, WIDTH - MARGIN, y)
        return y

    def _draw_row(self, canvas: Canvas, head: _Head, cells: Sequence[Lines], y: float) -> None:
        x = MARGIN
        for column, width, lines in zip(head.table.columns, head.widths, cells, strict=True):
            right = column.kind in _RIGHT
            for number, line in enumerate(lines):
                at = y - PAD - SIZE - number * LEADING
                if right:
                    canvas.drawString(x + width - PAD - self._face.width(line) * SIZE, at, line)
                else:
                    canvas.drawString(x + PAD, at, line)
            x += width


def _tall(cells: Sequence[Lines]) -> float:
    return max((len(lines) for lines in cells), default=1) * LEADING + 2 * PAD
