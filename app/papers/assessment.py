"""A month of the assessment as a paper, out of the documents that the API answers with. Pure."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from app.console.citing import cited
from app.console.names import named
from app.console.shown import beijing
from app.console.texts import N_, Texts
from app.papers.paper import Cell, Column, Kind, Paper, Table, file_name
from supervision.assessment.items import WORTH

TITLE = N_("Monthly assessment")
_ACTS = (
    ("objected", N_("Objection")),
    ("upheld", N_("Upheld because")),
    ("withdrawn", N_("Withdrawn because")),
)


def assessment_paper(
    words: Texts, month: Mapping[str, Any], units: Sequence[Mapping[str, Any]], *, now: datetime
) -> Paper:
    """`month` and `units` as `app.views.assessment` gives them; the signed score where there is one."""
    say = words.say
    signed = month["signed"]
    title = say(TITLE)
    lines = [
        say("Month: %(month)s", month=month["month"]),
        say("Score as it stands, not signed")
        if signed is None
        else say(
            "Version %(version)s, signed by %(name)s at %(at)s, SHA-256 of the inputs %(sha256)s",
            version=signed["version"], name=signed["signed_by"],
            at=beijing(datetime.fromisoformat(signed["signed_at"]), year=True), sha256=signed["sha256"],
        ),
        say("Made at %(at)s, Beijing time", at=beijing(now, year=True)),
    ]  # fmt: skip
    names = {unit["code"]: unit["name"] for unit in month["units"]}
    scores = month["units"] if signed is None else signed["units"]
    tables = [_scores(words, scores, names), _points(words, units)]
    return Paper(
        title, lines, tables, [], now, words.tag,
        stem=file_name("assessment", month["month"]), name=file_name(title, month["month"]),
    )  # fmt: skip


def _scores(words: Texts, units: Sequence[Mapping[str, Any]], names: Mapping[str, str]) -> Table:
    say = words.say
    items = [one.value for one in WORTH]
    figures = (
        N_("Building 30"), N_("Operation 70"), N_("Taken from the total"), N_("Exposure"), N_("Bonus"),
        N_("Total score"),
    )  # fmt: skip
    columns = [
        Column(say(N_("County or park")), width=18),
        *(Column(named(words, "point_item", item), Kind.COUNT, 12) for item in items),
        *(Column(say(name), Kind.COUNT, 10) for name in figures),
        Column(say(N_("Grade")), width=10),
        Column(say(N_("Direct fails")), width=30),
    ]
    rows = [
        [
            names.get(unit["code"], unit["code"]),
            *(_figure(one["kept"]) for one in unit["items"]),
            *(
                _figure(unit[name])
                for name in ("building", "operation", "overflow", "exposed", "bonus", "total")
            ),
            named(words, "grade", unit["grade"]),
            say(", ").join(named(words, "direct_fail", kind) for kind in unit["fails"]),
        ]
        for unit in units
    ]
    return Table(say(N_("Scores")), columns, rows)


def _points(words: Texts, units: Sequence[Mapping[str, Any]]) -> Table:
    say = words.say
    columns = [
        Column(say(N_("County or park")), width=18),
        Column(say(N_("Item of the assessment")), width=24),
        Column(say(N_("Cited article")), width=22),
        Column(say(N_("Times")), Kind.COUNT, 8),
        Column(say("Reason"), width=40),
        Column(say(N_("Kind of record")), width=14),
        Column(say(N_("Record cited")), width=26),
        Column(say(N_("Evidence cited")), width=26),
        Column(say("State"), width=12),
        Column(say(N_("Counts")), width=8),
        Column(say(N_("Claimed at")), Kind.INSTANT),
        *(Column(say(name), width=26) for _, name in _ACTS),
    ]
    rows: list[Sequence[Cell]] = []
    for unit in units:
        rows += [
            [
                unit["name"],
                named(words, "point_item", one["item"]),
                cited(words, one["article"]),
                one["count"],
                one["text"],
                named(words, "point_record", one["record"]["kind"]),
                one["record"]["ref"],
                one["evidence"],
                named(words, "point_state", one["state"]),
                say(N_("yes")) if one["counted"] else say(N_("no")),
                datetime.fromisoformat(one["proposed_at"]),
                *(None if one[act] is None else one[act]["why"] for act, _ in _ACTS),
            ]
            for one in unit["points"]
        ]
    return Table(say(N_("Points")), columns, rows)


def _figure(text: str) -> Cell:
    """A whole number as a number; a fraction exactly as it is."""
    return int(text) if text.isdigit() else text
