"""The register of acts as a workbook. Pure."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from app.console.names import named
from app.console.shown import beijing, instant_of
from app.console.texts import N_, Texts
from app.papers.paper import Cell, Column, Kind, Paper, Table, file_name

MOST = 10_000
TITLE = N_("Register of notices, interviews and accountability")


def row_of(words: Texts, act: dict[str, Any]) -> tuple[Cell, ...]:
    """An act as the register lists it."""
    why = "ladder" if act["ladder"] else "act_ground"
    return (
        act["number"],
        act["grid_name"],
        kind_in_words(words, act),
        named(words, "act_by", act["by"]),
        named(words, why, act["ladder"] or act["ground"]),
        act["facts"],
        named(words, "act_state", act["state"]),
        act["decided_by"],
        instant_of(act["decided_at"]) if act["decided_at"] else None,
        None if act["paper"] is None else act["paper"]["number"],
        act["follow_up_due"],
        None if act["report"] is None else named(words, "act_report", act["report"]["state"]),
        None if act["report"] is None else act["report"]["due"],
        _remark(words, act),
    )


def _remark(words: Texts, act: dict[str, Any]) -> str | None:
    late = act["overdue"] or (act["report"] is not None and act["report"]["overdue"])
    remarks = [
        words.say(text)
        for text, holds in (
            (N_("Overdue"), late),
            (N_("its basis has changed"), act["overtaken"]),
            (N_("its basis has a new version"), act["renewed"]),
        )
        if holds
    ]
    return words.say(", ").join(remarks) or None


def kind_in_words(words: Texts, act: Mapping[str, Any]) -> str:
    """What it is, and whether it is held in public."""
    return words.say("Public interview") if act["in_public"] else named(words, "act_kind", act["kind"])


def register_paper(
    words: Texts, rows: Sequence[Sequence[Cell]], *, grid: str | None, more: bool, now: datetime
) -> Paper:
    """The register, the newest first."""
    say = words.say
    columns = [
        Column(say("Act number"), width=16),
        Column(say("County or park"), width=14),
        Column(say("Kind"), width=12),
        Column(say("Done by"), width=18),
        Column(say("Ground of the act"), width=22),
        Column(say("Facts of the act"), width=60),
        Column(say("State"), width=10),
        Column(say("Decided by"), width=10),
        Column(say("Decided at"), Kind.INSTANT),
        Column(say("Document"), width=18),
        Column(say("Follow-up due"), width=12),
        Column(say("Report of correction"), width=14),
        Column(say("Report of correction due"), width=12),
        Column(say("Remark"), width=20),
    ]
    title = say(TITLE)
    lines = [
        say("Grid: %(grid)s", grid=grid or say("All grids that you see")),
        say("Made at %(at)s, Beijing time", at=beijing(now, year=True)),
    ]
    notes = [say("Cut after %(most)s rows.", most=MOST)] if more else []
    return Paper(
        title, lines, [Table(title, columns, rows)], notes, now, words.tag,
        stem="acts", name=file_name(title, grid or ""),
    )  # fmt: skip
