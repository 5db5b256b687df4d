"""A month's response statistics as a paper, out of the figures that the API answers with. Pure."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from app.console.names import named
from app.console.shown import beijing
from app.console.texts import N_, Texts
from app.papers.paper import Cell, Column, Figure, Kind, Paper, Table, file_name
from models.clock import BEIJING
from models.enums import CauseCode, FalseAlarm

TITLE = N_("Monthly response statistics")
_STEP = {"acknowledge": N_("Ack."), "feedback": N_("Feedback"), "report": N_("Report")}
"""Short: they stand over six columns each."""
_COUNTED = ("met", "breached", "running", "void")


def response_paper(words: Texts, stats: dict[str, Any], *, grid: str | None, now: datetime) -> Paper:
    """`stats` as `app.views.response_stats` gives them; the first row of each table is the whole."""
    say = words.say
    figures: list[dict[str, Any]] = [stats["total"], *stats["grids"]]
    title = say(TITLE)
    lines = [
        say("Grid: %(grid)s", grid=grid or say("All grids that you see")),
        say("Month of dispatch: %(month)s", month=stats["month"]),
        *to_date(words, stats["month"], now),
        say("Made at %(at)s, Beijing time", at=beijing(now, year=True)),
    ]
    notes = [
        say("Drills are counted nowhere. On time: met out of met and passed."),
        say("A clock counts for the grid it ran for, everything else for the grid of the order."),
        say("* Out of fewer than %(few)s: says little.", few=stats["few_under"]),
    ]
    tables = [_answered(words, figures), _found(words, figures), _causes(words, figures)]
    return Paper(
        title, lines, tables, notes, now, words.tag,
        stem=file_name("response", stats["month"]), name=file_name(title, grid or "", stats["month"]),
    )  # fmt: skip


def to_date(words: Texts, month: str, now: datetime) -> list[str]:
    """A month that is not over is said to be none, with the day it reaches to."""
    today = now.astimezone(BEIJING).date()
    if month != f"{today:%Y-%m}":
        return []
    return [words.say("Month to date, through %(day)s", day=today.isoformat())]


def _whose(words: Texts, one: dict[str, Any]) -> str:
    return str(one["name"] or one["grid"] or words.say("Total"))


def _share(one: dict[str, Any]) -> Figure | None:
    return None if one["rate"] is None else Figure(one["rate"], one["few"])


def _median(one: dict[str, Any]) -> Figure | None:
    return None if one["seconds"] is None else Figure(one["seconds"], one["few"])


def _answered(words: Texts, figures: Sequence[dict[str, Any]]) -> Table:
    say = words.say
    columns = [Column(say("Grid"), width=16), Column(say("Orders"), Kind.COUNT, 8)]
    rate, median = say("On-time rate"), say("Median")
    for clock in figures[0]["clocks"]:
        step = _STEP[clock["kind"]]
        name = say(step)
        columns += [
            *(Column(f"{name} {named(words, 'clock_state', state)}", Kind.COUNT, 9) for state in _COUNTED),
            Column(f"{name} {rate}", Kind.SHARE, 10),
            Column(f"{name} {median}", Kind.SPAN, 11),
        ]
    rows = []
    for one in figures:
        row: list[Cell] = [_whose(words, one), one["orders"]]
        for clock in one["clocks"]:
            row += [*(clock[state] for state in _COUNTED), _share(clock), _median(clock["median"])]
        rows.append(row)
    return Table(say("Steps answered"), columns, rows)


def _found(words: Texts, figures: Sequence[dict[str, Any]]) -> Table:
    say = words.say
    columns = [
        Column(say("Grid"), width=16),
        Column(say("Median time to close"), Kind.SPAN, 12),
        Column(say("Reviewed"), Kind.COUNT),
        Column(say("Sent back"), Kind.COUNT),
        Column(say("Rework rate"), Kind.SHARE),
        Column(say("Confirmed problems"), Kind.COUNT),
        Column(say("False alarms"), Kind.COUNT),
        Column(say("Confirmed rate"), Kind.SHARE),
        *(Column(named(words, "false_alarm", alarm.value), Kind.COUNT, 11) for alarm in FalseAlarm),
    ]
    rows: list[list[Cell]] = [
        [
            _whose(words, one), _median(one["to_close"]), one["rework"]["reviewed"], one["rework"]["reworked"],
            _share(one["rework"]), one["confirmed"]["confirmed"], one["confirmed"]["false_alarms"],
            _share(one["confirmed"]), *(one["confirmed"]["reasons"][alarm.value] for alarm in FalseAlarm),
        ]
        for one in figures
    ]  # fmt: skip
    return Table(say("Closing, rework, false alarms"), columns, rows)


def _causes(words: Texts, figures: Sequence[dict[str, Any]]) -> Table:
    codes = [*(code.value for code in CauseCode), "unstated"]
    columns = [
        Column(words.say("Grid"), width=16),
        *(
            Column(
                words.say("not stated") if code == "unstated" else named(words, "cause", code), Kind.COUNT, 11
            )
            for code in codes
        ),
    ]
    rows: list[list[Cell]] = [
        [_whose(words, one), *(one["causes"][code] for code in codes)] for one in figures
    ]
    return Table(words.say("Causes found on site"), columns, rows)
