"""What stands on a paper, whatever it is written as: texts in the reader's language, figures as figures. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from app.console.figures import index, signed
from app.console.shown import beijing, span

MARK = "*"
"""Behind a figure that is out of few."""
NOTHING = "—"


class Kind(StrEnum):
    """What a column holds."""

    TEXT = "text"
    INSTANT = "instant"
    COUNT = "count"
    SHARE = "share"
    """Of 1; shown in percent."""
    SPAN = "span"
    """In seconds."""
    INDEX = "index"
    """A composite index, or the like: at least two decimals."""
    TENTHS = "tenths"


@dataclass(frozen=True, slots=True)
class Figure:
    """Any figure that is no count of rows; `few` where it is out of so few that it says little."""

    value: float
    few: bool = False


Cell = str | int | datetime | Figure | None


@dataclass(frozen=True, slots=True)
class Column:
    title: str
    kind: Kind = Kind.TEXT
    width: int = 10
    """In characters of Latin; on pages only its share of the whole counts."""


@dataclass(frozen=True, slots=True)
class Table:
    title: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Cell]]


@dataclass(frozen=True, slots=True)
class Paper:
    title: str
    lines: Sequence[str]
    """Under the title: grid, period, what was chosen, and when the paper was made."""
    tables: Sequence[Table]
    notes: Sequence[str]
    made_at: datetime
    language: str
    """As a tag, such as zh-CN."""
    stem: str
    """Name of the file without its ending, in ASCII."""
    name: str
    """The same in the reader's language."""


def in_words(kind: Kind, cell: Cell) -> str:
    """A cell as it reads on a page: instants in Beijing time, shares in percent, spans as hours, minutes, seconds."""
    if cell is None or cell == "":
        return NOTHING
    if isinstance(cell, datetime):
        return beijing(cell, year=True)
    if isinstance(cell, Figure):
        return _figure(kind, cell.value) + (MARK if cell.few else "")
    return str(cell)


def _figure(kind: Kind, value: float) -> str:
    match kind:
        case Kind.SHARE:
            return signed(f"{value:.1%}")
        case Kind.INDEX:
            return index(repr(value))
        case Kind.TENTHS:
            return signed(f"{value:.1f}")
        case Kind.COUNT:
            return signed(f"{value:.0f}")
    return span(round(value))


def file_name(title: str, *parts: str | date) -> str:
    """Out of the title and what tells papers of the same title apart; without what file systems forbid."""
    text = "_".join([title, *(str(part) for part in parts if part)])
    return "".join(
        "-" if char in '\\/:*?"<>|' or ord(char) < 32 or ord(char) == 127 else char for char in text
    )
