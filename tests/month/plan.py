"""What a prefecture's people will do in a month, drawn beforehand, and what has to come of it by hand calculation.

Nothing here knows the service: limits and ladder are written out again as docs/states.md states them.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

MINUTE = timedelta(minutes=1)
LIMITS = {
    "acknowledge": timedelta(minutes=10),
    "feedback": timedelta(hours=1),
    "report": timedelta(hours=2),
    "review": timedelta(days=1),
    "rework": timedelta(hours=2),
}
HANDLERS = ((1, "supervisor", 0.0), (2, "chief", 0.25), (3, "duty_officer", 0.5))
REVIEWERS = ((1, "duty_officer", 0.0), (2, "chief", 0.25))


@dataclass(frozen=True)
class Deed:
    """An act on an order at an instant; `by` is the role."""

    at: datetime
    act: str
    by: str


@dataclass
class Planned:
    """One order: where and when it is dispatched, and everything anybody will do to it, in order."""

    grid: str
    dispatched_at: datetime
    deeds: list[Deed] = field(default_factory=list)


@dataclass(frozen=True)
class Clock:
    kind: str
    round: int
    started_at: datetime
    stopped_at: datetime | None
    void: bool = False

    @property
    def due_at(self) -> datetime:
        return self.started_at + LIMITS[self.kind]

    def state(self, end: datetime) -> str:
        if (self.stopped_at or end) > self.due_at:
            return "breached"
        if self.stopped_at is None:
            return "running"
        return "void" if self.void else "met"

    def rungs(self, end: datetime) -> list[tuple[int, str, datetime]]:
        """The levels that were told, each at its planned instant."""
        ladder = REVIEWERS if self.kind == "review" else HANDLERS
        told = [(level, role, self.due_at + LIMITS[self.kind] * share) for level, role, share in ladder]
        return [rung for rung in told if rung[2] < (self.stopped_at or end)]


def draw_month(start: datetime, grids: list[str], *, orders: int, seed: int) -> list[Planned]:
    """`orders` orders over thirty days, each with people who answer well, late or never."""
    dice = random.Random(seed)
    month = []
    for _ in range(orders):
        at = start + timedelta(seconds=dice.randrange(30 * 86400), milliseconds=dice.randrange(1000))
        planned = Planned(dice.choice(grids), at)
        planned.deeds = list(_deeds(planned, dice))
        month.append(planned)
    return sorted(month, key=lambda order: order.dispatched_at)


def _deeds(order: Planned, dice: random.Random) -> Iterator[Deed]:
    at = order.dispatched_at
    if dice.random() < 0.03:
        yield Deed(at + dice.uniform(1, 9.9) * MINUTE, "void", "duty")
        return
    feedback = _after(dice, in_time=(12, 59.9), late=(60.1, 170), never=0.08)
    acknowledge = _after(dice, in_time=(0.5, 9.9), late=(10.1, 40), never=0.15)
    if acknowledge is not None and (feedback is None or acknowledge < feedback):
        yield Deed(at + acknowledge, "acknowledge", "supervisor")
    if feedback is None:
        return
    yield Deed(at + feedback, "feedback", "supervisor")
    report = _after(dice, in_time=(1, 55), late=(130, 400), never=0.06)
    if report is None:
        return
    reported = at + feedback + report
    yield Deed(reported, "report", "supervisor")
    for _ in range(3):
        review = _after(dice, in_time=(5, 1400), late=(1441, 2500), never=0.02)
        if review is None:
            return
        if dice.random() < 0.85:
            yield Deed(reported + review, "accept", "duty")
            return
        yield Deed(reported + review, "return", "duty")
        rework = _after(dice, in_time=(10, 119), late=(121, 500), never=0.1)
        if rework is None:
            return
        reported += review + rework
        yield Deed(reported, "report", "supervisor")


def _after(
    dice: random.Random, *, in_time: tuple[float, float], late: tuple[float, float], never: float
) -> timedelta | None:
    chance = dice.random()
    if chance < never:
        return None
    return dice.uniform(*(late if chance < never + 0.2 else in_time)) * MINUTE


def clocks_of(order: Planned) -> list[Clock]:
    """The clocks of the order and when each was stopped, worked out from the deeds alone."""
    deeds = order.deeds
    void = next((deed.at for deed in deeds if deed.act == "void"), None)

    def first(*acts: str, after: datetime) -> datetime | None:
        return next((deed.at for deed in deeds if deed.act in acts and deed.at > after), None)

    def clock(kind: str, round_: int, started_at: datetime, *acts: str) -> Clock:
        stopped = first(*acts, after=started_at)
        return Clock(kind, round_, started_at, stopped or void, void=stopped is None and void is not None)

    at = order.dispatched_at
    found = [
        clock("acknowledge", 1, at, "acknowledge", "feedback"),
        clock("feedback", 1, at, "feedback"),
        clock("report", 1, at, "report"),
    ]
    round_ = 1
    for deed in deeds:
        if deed.act == "report":
            found.append(clock("review", round_, deed.at, "accept", "return"))
        elif deed.act == "return":
            round_ += 1
            found.append(clock("rework", round_, deed.at, "report"))
    return found


def final_state(order: Planned) -> str:
    """As the table of acts in docs/states.md has it."""
    state = "dispatched"
    for deed in order.deeds:
        state = {
            "acknowledge": "acknowledged",
            "feedback": "on_site",
            "report": "reported",
            "accept": "closed",
            "return": "returned",
            "void": "void",
        }[deed.act]
    return state
