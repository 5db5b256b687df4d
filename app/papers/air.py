"""The ranking of a month of the air as a list to take away, out of the document that the API answers with. Pure."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from app.console.air_words import NOT_RANKED, SOURCE, STATE
from app.console.names import named
from app.console.shown import beijing
from app.console.texts import N_, Texts
from app.papers.paper import Cell, Column, Figure, Kind, Paper, Table, file_name
from models.enums import POLLUTANTS

TITLE = N_("Ranking by improvement rate")


def ranking_paper(words: Texts, month: Mapping[str, Any], *, now: datetime) -> Paper:
    """`month` as `app.views.air.month_document` gives it: places, then the figures of the three series."""
    say = words.say
    state = STATE[month["state"]]
    lines = [
        f"{month['month']} · {say('Version %(version)s', version=month['version'])} · {say(state)}",
        say("Made at %(at)s, Beijing time", at=beijing(now, year=True)),
    ]
    notes = [
        say(
            "A positive rate means cleaner air. Equal rates share a place; equal worst are all last; who has no index"
            " or no base is not ranked. Published indices lead, but for months with void days."
        ),
        f"SHA-256: {month['sha256']}",
    ]
    return Paper(
        say(TITLE), lines, [_places(words, month["units"]), _figures(words, month["units"])], notes, now, words.tag,
        stem=file_name("air", month["month"], f"v{month['version']}"),
        name=file_name(say(TITLE), month["month"], f"v{month['version']}"),
    )  # fmt: skip


def _places(words: Texts, units: Sequence[Mapping[str, Any]]) -> Table:
    say = words.say
    columns = [
        Column(say("Rank"), Kind.COUNT, 6), Column(say("County or park"), width=22),
        Column(say("Index"), Kind.INDEX, 9),
        Column(say("Same month last year"), Kind.INDEX, 12), Column(say("Improvement rate"), Kind.SHARE, 10),
        Column(say("As measured"), Kind.INDEX, 10), Column(say("Without dust"), Kind.INDEX, 10),
        Column(say("Published"), Kind.INDEX, 10),
        Column(say("Good days"), width=10), Column(say("Remark"), width=34),
    ]  # fmt: skip
    rows: list[Sequence[Cell]] = [
        (
            unit["place"], unit["name"], _figure(unit["compared"]["now"]), _figure(unit["compared"]["base"]),
            _rate(unit), _figure(unit["raw"]["index"]), _figure(unit["deducted"]["index"]),
            _figure(unit["published"]["value"] if unit["published"] else None),
            f"{unit['good_days']['good']}/{unit['good_days']['judged']}", _remark(words, unit),
        )
        for unit in units
    ]  # fmt: skip
    return Table(say(TITLE), columns, rows)


def _figure(text: str | None) -> Figure | None:
    return None if text is None else Figure(float(text))


def _rate(unit: Mapping[str, Any]) -> Figure | None:
    return None if unit["improvement"] is None else Figure(float(unit["improvement"]) / 100)


def _remark(words: Texts, unit: Mapping[str, Any]) -> str:
    said = []
    if unit["not_ranked"]:
        why = NOT_RANKED[unit["not_ranked"]]
        said.append(words.say(why))
    if unit["last"]:
        said.append(words.say("last"))
    if unit["voided"]:
        said.append(words.say("with void days"))
    source = unit["compared"]["now_source"]
    if source:
        said.append(words.say(SOURCE[source]))
    return words.say("; ").join(said)


def _figures(words: Texts, units: Sequence[Mapping[str, Any]]) -> Table:
    say = words.say
    columns = [Column(say("County or park"), width=22), Column(say("Series"), width=12)]
    columns += [
        Column(named(words, "pollutant", name), Kind.TENTHS if name == "co" else Kind.COUNT, 9)
        for name in POLLUTANTS
    ]
    columns += [Column(say("Index"), Kind.INDEX, 9), Column(say("Primary pollutant"), width=14)]
    series = (
        ("raw", say("As measured")),
        ("deducted", say("Without dust")),
        ("ranked", say("in the ranking")),
    )
    rows: list[Sequence[Cell]] = []
    for unit in units:
        for key, name in series:
            levels = unit[key]["figures"] or {}
            primary = ", ".join(named(words, "pollutant", one) for one in unit[key]["primary"])
            figures = [_figure(levels.get(one)) for one in POLLUTANTS]
            rows.append((unit["name"], name, *figures, _figure(unit[key]["index"]), primary))
    return Table(say("Figures and sub-indices"), columns, rows)
