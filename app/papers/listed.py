"""The lists of supervision as workbooks: what stands on the page, row for row, with all its columns. Pure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.console.names import named
from app.console.shown import beijing, instant_of
from app.console.texts import N_, Texts
from app.papers.paper import Cell, Column, Kind, Paper, Table, file_name

MOST = 10_000
"""Rows of a workbook; it says so where it is cut."""
Row = Mapping[str, Any]
Part = Callable[[Texts, Row], Cell]


@dataclass(frozen=True, slots=True)
class Shown:
    """A column of a list: its head, what stands in it, and how wide it is in characters of Latin."""

    title: str
    part: Part
    kind: Kind = Kind.TEXT
    width: int = 12


@dataclass(frozen=True, slots=True)
class Listing:
    """A list as it is handed out; `stem` is its name in ASCII and in the journal."""

    title: str
    stem: str
    columns: tuple[Shown, ...]

    def row_of(self, words: Texts, row: Row) -> tuple[Cell, ...]:
        """What stands in each column of a row."""
        return tuple(one.part(words, row) for one in self.columns)


def listed_paper(
    words: Texts,
    listing: Listing,
    rows: Sequence[Sequence[Cell]],
    *,
    grid: str | None,
    chosen: Sequence[str],
    more: bool,
    now: datetime,
) -> Paper:
    """The rows under their heads; `chosen` are the filters in words."""
    say = words.say
    title = say(listing.title)
    lines = [
        say("Grid: %(grid)s", grid=grid or say("All grids that you see")),
        *chosen,
        say("Made at %(at)s, Beijing time", at=beijing(now, year=True)),
    ]
    notes = [say("Cut after %(most)s rows.", most=MOST)] if more else []
    columns = [Column(say(one.title), one.kind, one.width) for one in listing.columns]
    return Paper(
        title, lines, [Table(title, columns, rows)], notes, now, words.tag,
        stem=listing.stem, name=file_name(title, grid or "", *chosen),
    )  # fmt: skip


def plain(key: str) -> Part:
    """What the row says, as it is."""
    return lambda _, row: row[key]


def name(kind: str, key: str) -> Part:
    """The word of the catalogue for what the row says."""
    return lambda words, row: None if row[key] is None else named(words, kind, row[key])


def instant(key: str) -> Part:
    """An instant that the row says."""
    return lambda _, row: instant_of(row[key]) if row[key] else None


def grid_or_prefecture(words: Texts, row: Row) -> Cell:
    """The grid where it lies; what lies with none lies with the prefecture."""
    return str(row["grid_name"]) if row["grid_name"] else words.say("the prefecture")


def place(_: Texts, row: Row) -> Cell:
    """Its words, or else its position."""
    if row["place"]:
        return str(row["place"])
    return None if row["lon"] is None else f"{row['lon']}, {row['lat']}"


def mark(key: str, word: str) -> Part:
    """A word where the row says so."""
    return lambda words, row: words.say(word) if row[key] else None


def whether(key: str, yes: str, no: str) -> Part:
    """One of two words, or nothing where nobody has said yet."""
    return lambda words, row: None if row[key] is None else words.say(yes if row[key] else no)


GRID = N_("Grid")
STATE = N_("State")
"""Heads of more than one list."""
