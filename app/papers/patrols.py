"""The coverage of patrols as a paper: a row for each grid and day, the whole of each grid first. Pure."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from app.console.shown import beijing
from app.console.texts import N_, Texts
from app.papers.paper import Cell, Column, Figure, Kind, Paper, Table, file_name

_COLUMNS = (
    (N_("Grid"), Kind.TEXT, 24),
    (N_("Day"), Kind.TEXT, 14),
    (N_("Due places"), Kind.COUNT, 10),
    (N_("Visited"), Kind.COUNT, 10),
    (N_("Gaps"), Kind.COUNT, 10),
    (N_("Doubtful"), Kind.COUNT, 10),
    (N_("Share"), Kind.SHARE, 10),
)


def coverage_paper(words: Texts, found: Mapping[str, Any], *, grid: str, now: datetime) -> Paper:
    """What `app.views.patrols.coverage` found, every day on which anything was due."""
    rows: list[Sequence[Cell]] = []
    for one in found["grids"]:
        rows.append(_row(one["grid_name"], words.say("Whole"), one))
        rows += [_row(one["grid_name"], day["day"], day) for day in one["days"] if day["due"]]
    span = words.say("Coverage %(first)s to %(last)s", first=found["first"], last=found["last"])
    title = words.say("Patrols")
    columns = [Column(words.say(name), kind, width) for name, kind, width in _COLUMNS]
    return Paper(
        title=title,
        lines=[part for part in (grid, span, beijing(now, year=True)) if part],
        tables=[Table(title, columns, rows)],
        notes=[],
        made_at=now,
        language=words.tag,
        stem=f"patrols_{found['first']}_{found['last']}",
        name=file_name(title, grid, found["first"], found["last"]),
    )


def _row(grid: str, day: str, one: Mapping[str, Any]) -> Sequence[Cell]:
    share = None if one["share"] is None else Figure(one["share"])
    return (grid, day, one["due"], one["covered"], one["due"] - one["covered"], one["doubtful"], share)
