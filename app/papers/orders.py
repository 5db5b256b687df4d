"""The order list as a paper. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from app.console.names import named
from app.console.shown import beijing, instant_of
from app.console.texts import N_, Texts
from app.papers.paper import Cell, Column, Kind, Paper, Table, file_name
from models.clock import BEIJING
from models.enums import ClockKind, OrderState
from models.errors import Invalid

MOST = 10_000
"""Orders on one paper."""
LONGEST = 366
"""Days of a period, both ends counted."""
TITLE = N_("Order list")
_INSTANTS = (
    ("dispatched_at", N_("Dispatched")),
    ("acknowledged_at", N_("Acknowledged")),
    ("feedback_at", N_("Feedback given")),
    ("reported_at", N_("Reported")),
    ("closed_at", N_("Ended")),
)


@dataclass(frozen=True, slots=True)
class Period:
    """Days of Beijing's calendar, both ends counted."""

    first: date
    last: date

    @property
    def since(self) -> datetime:
        return datetime(self.first.year, self.first.month, self.first.day, tzinfo=BEIJING)

    @property
    def until(self) -> datetime:
        """Midnight after the last day."""
        return datetime(self.last.year, self.last.month, self.last.day, tzinfo=BEIJING) + timedelta(days=1)


def period_of(first: date | None, last: date | None, now: datetime) -> Period:
    """The period asked for; without a word the month up to today. Raises Invalid for one that is none or too long."""
    last = last or max(now.astimezone(BEIJING).date(), first or date.min)
    first = first or last.replace(day=1)
    if not (first.year >= 2000 and last.year < 2100):
        raise Invalid("a period lies between the years 2000 and 2099", field="from")
    if first > last:
        raise Invalid("a period ends after it begins", field="to")
    if (last - first).days >= LONGEST:
        raise Invalid(f"a period is {LONGEST} days at most", field="to")
    return Period(first, last)


def row_of(words: Texts, order: dict[str, Any]) -> tuple[Cell, ...]:
    """An order document, its reason told in these words already."""
    late = [clock for clock in order["clocks"] if clock["breached_at"] and clock["kind"] != ClockKind.TASK]
    remarks = [words.say("Drill")] if order["drill"] else []
    if order["false_alarm"]:
        false_alarm = words.say("False alarm")
        remarks.append(f"{false_alarm} {named(words, 'false_alarm', order['false_alarm'])}")
    comma = words.say(", ")
    return (
        order["number"],
        order["grid_name"],
        order["station_name"],
        named(words, "state", order["state"]),
        named(words, "severity", order["severity"]),
        order["reason"],
        *(instant_of(order[field]) if order[field] else None for field, _ in _INSTANTS),
        comma.join(dict.fromkeys(named(words, "clock", clock["kind"]) for clock in late)),
        comma.join(remarks),
    )


def order_paper(
    words: Texts,
    rows: Sequence[Sequence[Cell]],
    *,
    grid: str | None,
    period: Period,
    states: Sequence[OrderState],
    more: bool,
    now: datetime,
) -> Paper:
    """`rows` out of `row_of`, newest first; `more` where there are others that are not among them."""
    say = words.say
    columns = [
        Column(say("Number"), width=19),
        Column(say("Grid"), width=14),
        Column(say("Station"), width=16),
        Column(say("State"), width=11),
        Column(say("Severity"), width=9),
        Column(say("Reason"), width=28),
        *(Column(say(title), Kind.INSTANT, 13) for _, title in _INSTANTS),
        Column(say("Deadlines passed"), width=18),
        Column(say("Marks"), width=14),
    ]
    chosen = words.say(", ").join(named(words, "state", state.value) for state in states)
    lines = [
        say("Grid: %(grid)s", grid=grid or say("All grids that you see")),
        say("Dispatched from %(first)s to %(last)s", first=period.first, last=period.last),
        say("State: %(state)s", state=chosen or say("all")),
        say("Orders: %(count)s", count=len(rows)),
        say("Made at %(at)s, Beijing time", at=beijing(now, year=True)),
    ]
    notes = [say("All times are Beijing time. Newest first; drills are in it and marked.")]
    if more:
        cut = say(
            "Cut: only the newest %(most)s orders are listed; choose a shorter period for the others.",
            most=MOST,
        )
        lines.append(cut)
        notes.append(cut)
    title = say(TITLE)
    return Paper(
        title, lines, [Table(title, columns, rows)], notes, now, words.tag,
        stem=file_name("orders", period.first, period.last),
        name=file_name(title, grid or "", period.first, period.last),
    )  # fmt: skip
