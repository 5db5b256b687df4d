"""Papers as an office sends them: a head, paragraphs, tables and charts, as plain values that are stored. Pure.

A document is written to canonical JSON and read back from it; the same document gives the same bytes, and the files
(`official_docx`, `official_pdf`) are made of those bytes, years later as on the first day; below the number they say
which paper it takes the place of and which took its own.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from models.errors import Invalid

MOST_BLOCKS = 400
MOST_ROWS = 2000
MOST_COLUMNS = 24
LONGEST_TEXT = 20_000


class ChartKind(StrEnum):
    BARS = "bars"
    LINES = "lines"


@dataclass(frozen=True, slots=True)
class Heading:
    text: str


@dataclass(frozen=True, slots=True)
class Text:
    """A paragraph; `indented` as Chinese papers set them."""

    text: str
    indented: bool = True


@dataclass(frozen=True, slots=True)
class Grid:
    """A table. Cells are texts as they are shown; `figures` are the columns that are set to the right."""

    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    caption: str | None = None
    figures: Sequence[int] = ()


@dataclass(frozen=True, slots=True)
class Series:
    name: str
    values: Sequence[float | None]
    """None where nothing is known: a gap, never a zero."""


@dataclass(frozen=True, slots=True)
class Chart:
    kind: ChartKind
    caption: str
    labels: Sequence[str]
    series: Sequence[Series]
    unit: str = ""


Block = Heading | Text | Grid | Chart
_KINDS: Mapping[str, type[Block]] = {"heading": Heading, "text": Text, "table": Grid, "chart": Chart}
_NAMES = {kind: name for name, kind in _KINDS.items()}


@dataclass(frozen=True, slots=True)
class Document:
    """A paper. `sender`, `to` and `closing` stand where an office puts them; any may be empty."""

    title: str
    blocks: Sequence[Block]
    to: str = ""
    sender: str = ""
    closing: Sequence[str] = field(default_factory=tuple)
    """Lines at the right below the text: who issues it, and the day."""
    language: str = "zh-CN"


def beside(language: str, *, supersedes: str | None, superseded_by: str | None) -> tuple[str, ...]:
    """What is told below a paper's number of the paper before and after it."""
    chinese = language.startswith("zh")
    found = []
    if supersedes is not None:
        found.append(f"（替代{supersedes}）" if chinese else f"(supersedes {supersedes})")
    if superseded_by is not None:
        found.append(f"（已由{superseded_by}替代）" if chinese else f"(superseded by {superseded_by})")
    return tuple(found)


def to_json(document: Document) -> bytes:
    """The canonical form: keys in order, no blanks, UTF-8."""
    plain = {
        "title": document.title,
        "to": document.to,
        "sender": document.sender,
        "closing": list(document.closing),
        "language": document.language,
        "blocks": [{"is": _NAMES[type(block)], **_plain(block)} for block in document.blocks],
    }
    return json.dumps(
        plain, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False
    ).encode()


def from_json(snapshot: bytes) -> Document:
    """The document; raises Invalid naming what is none."""
    try:
        plain = json.loads(snapshot)
        return Document(
            title=_text(plain["title"], "title", 300),
            to=_text(plain.get("to", ""), "to", 300),
            sender=_text(plain.get("sender", ""), "sender", 300),
            closing=tuple(
                _text(line, f"closing[{n}]", 300) for n, line in enumerate(plain.get("closing", [])[:10])
            ),
            language=_text(plain.get("language", "zh-CN"), "language", 20),
            blocks=_blocks(plain["blocks"]),
        )
    except (KeyError, TypeError, AttributeError, UnicodeDecodeError, json.JSONDecodeError):
        raise Invalid("this is no paper", field="snapshot") from None


def _blocks(plain: Sequence[Mapping[str, Any]]) -> tuple[Block, ...]:
    if len(plain) > MOST_BLOCKS:
        raise Invalid(f"a paper has at most {MOST_BLOCKS} parts", field="blocks")
    return tuple(_block(block, f"blocks[{n}]") for n, block in enumerate(plain))


def _block(plain: Mapping[str, Any], place: str) -> Block:
    match plain["is"]:
        case "heading":
            return Heading(_text(plain["text"], f"{place}.text", 300))
        case "text":
            return Text(
                _text(plain["text"], f"{place}.text", LONGEST_TEXT), bool(plain.get("indented", True))
            )
        case "table":
            return _table(plain, place)
        case "chart":
            labels = tuple(_text(label, f"{place}.labels", 100) for label in plain["labels"])
            series = tuple(
                Series(
                    _text(one["name"], f"{place}.series", 100),
                    tuple(_number(v, place) for v in one["values"]),
                )
                for one in plain["series"]
            )
            if any(len(one.values) != len(labels) for one in series) or len(labels) > MOST_ROWS:
                raise Invalid("every series wants a value for each label", field=f"{place}.series")
            return Chart(
                ChartKind(plain["kind"]),
                _text(plain["caption"], f"{place}.caption", 300),
                labels,
                series,
                _text(plain.get("unit", ""), f"{place}.unit", 40),
            )
    raise Invalid("a part is a heading, a text, a table or a chart", field=f"{place}.is")


def _table(plain: Mapping[str, Any], place: str) -> Grid:
    columns = tuple(_text(name, f"{place}.columns", 200) for name in plain["columns"])
    rows = tuple(
        tuple(_text(cell, f"{place}.rows[{n}]", 2000) for cell in row) for n, row in enumerate(plain["rows"])
    )
    if not 0 < len(columns) <= MOST_COLUMNS or len(rows) > MOST_ROWS:
        raise Invalid(
            f"a table has at most {MOST_COLUMNS} columns and {MOST_ROWS} rows", field=f"{place}.columns"
        )
    if any(len(row) != len(columns) for row in rows):
        raise Invalid("every row has a cell for each column", field=f"{place}.rows")
    caption = plain.get("caption")
    return Grid(
        columns,
        rows,
        None if caption is None else _text(caption, f"{place}.caption", 300),
        tuple(int(n) for n in plain.get("figures", ())),
    )


def _plain(block: Block) -> dict[str, Any]:
    match block:
        case Heading(text):
            return {"text": text}
        case Text(text, indented):
            return {"text": text, "indented": indented}
        case Grid():
            return {
                "columns": list(block.columns),
                "rows": [list(row) for row in block.rows],
                "caption": block.caption,
                "figures": list(block.figures),
            }
        case Chart():
            return {
                "kind": block.kind.value,
                "caption": block.caption,
                "labels": list(block.labels),
                "series": [
                    {"name": one.name, "values": [None if v is None else float(v) for v in one.values]}
                    for one in block.series
                ],
                "unit": block.unit,
            }


def _text(value: object, place: str, longest: int) -> str:
    if not isinstance(value, str) or len(value) > longest:
        raise Invalid(f"wants a text of at most {longest} characters", field=place)
    if any(ord(char) < 32 and char not in "\n\t" for char in value):
        raise Invalid("a text has no control characters", field=place)
    return value


def _number(value: object, place: str) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Invalid("wants numbers", field=f"{place}.values")
    return float(value)
