"""What a prefecture's people will do in a month, drawn beforehand, and what has to come of it by hand calculation.

Nothing here knows the service: limits and ladder are written out again as docs/states.md states them.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

MINUTE = timedelta(minutes=1)
LIMITS = {
    "acknowledge": timedelta(minutes=10),
    "feedback": timedelta(hours=1),
    "report": timedelta(hours=2),
    "review": timedelta(days=1),
    "rework": timedelta(hours=2),
    "decision": timedelta(minutes=10),
}
HANDLERS = ((1, "supervisor", 0.0), (2, "chief", 0.25), (3, "duty_officer", 0.5))
REVIEWERS = ((1, "duty_officer", 0.0), (2, "chief", 0.25))
HANDLING = ("acknowledge", "feedback", "report", "rework")
ABOVE = ("review", "decision")
ANSWERS = {
    "acknowledge": ("acknowledge",),
    "feedback": ("acknowledge", "feedback"),
    "report": ("report", "rework"),
    "accept": ("review",),
    "return": ("review",),
}
"""The clocks that an act stops."""
STATES = {
    "acknowledge": "acknowledged",
    "feedback": "on_site",
    "report": "reported",
    "accept": "closed",
    "return": "returned",
    "void": "void",
}
CAUSES = ("construction_dust", "open_burning", None)


@dataclass(frozen=True)
class Deed:
    """An act on an order at an instant."""

    at: datetime
    act: str


@dataclass(frozen=True)
class Request:
    """Filed by whoever holds the order (of a void: by the desk), and decided by the prefecture."""

    kind: str
    filed_at: datetime
    decided_at: datetime
    granted: bool
    clock: str = ""
    until: datetime | None = None
    to: str = ""
    misdispatched: bool = False


@dataclass
class Planned:
    """One order: where and when it is dispatched, and everything anybody will do to it, in order."""

    grid: str
    dispatched_at: datetime
    deeds: list[Deed] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)
    cause: str | None = None
    """The code that comes with the feedback."""

    def first(self, *acts: str) -> datetime | None:
        return next((deed.at for deed in self.deeds if deed.act in acts), None)

    def granted(self, kind: str) -> list[Request]:
        return [r for r in self.requests if r.granted and r.kind == kind]


@dataclass(frozen=True)
class Clock:
    kind: str
    round: int
    started_at: datetime
    due_at: datetime
    original_due_at: datetime
    grid: str
    """That it is told to at last;"""
    breach_grid: str
    """and that it was told to when its deadline passed."""
    own: bool = False
    """Of a receiver alone, beside the order's."""
    stopped_at: datetime | None = None
    by: str = ""

    def state(self, end: datetime) -> str:
        if (self.stopped_at or end) > self.due_at:
            return "breached"
        if self.stopped_at is None:
            return "running"
        return "void" if self.by == "void" else "met"

    def rungs(self, end: datetime) -> list[tuple[int, str, datetime]]:
        """The levels that were told, each at its planned instant."""
        ladder = REVIEWERS if self.kind in ABOVE else HANDLERS
        limit = self.due_at - self.started_at
        told = [(level, role, self.due_at + limit * share) for level, role, share in ladder]
        return [rung for rung in told if rung[2] < (self.stopped_at or end)]


def draw_month(start: datetime, grids: list[str], *, orders: int, seed: int) -> list[Planned]:
    """`orders` orders over thirty days, each with people who answer well, late or never."""
    dice = random.Random(seed)
    month = []
    for _ in range(orders):
        at = start + timedelta(seconds=dice.randrange(30 * 86400), milliseconds=dice.randrange(1000))
        planned = Planned(dice.choice(grids), at, cause=dice.choice(CAUSES))
        planned.deeds = list(_deeds(planned, dice))
        if planned.first("void") is None:
            _ask_for_time(planned, dice)
            _hand_on(planned, [grid for grid in grids if grid != planned.grid], dice)
            _withdraw_late(planned, dice)
        month.append(planned)
    return sorted(month, key=lambda order: order.dispatched_at)


def _deeds(order: Planned, dice: random.Random) -> Iterator[Deed]:
    at = order.dispatched_at
    if dice.random() < 0.03:
        yield Deed(at + dice.uniform(1, 9.9) * MINUTE, "void")
        return
    feedback = _after(dice, in_time=(12, 59.9), late=(60.1, 170), never=0.08)
    acknowledge = _after(dice, in_time=(0.5, 9.9), late=(10.1, 40), never=0.15)
    if acknowledge is not None and (feedback is None or acknowledge < feedback):
        yield Deed(at + acknowledge, "acknowledge")
    if feedback is None:
        return
    yield Deed(at + feedback, "feedback")
    report = _after(dice, in_time=(1, 55), late=(130, 400), never=0.06)
    if report is None:
        return
    reported = at + feedback + report
    yield Deed(reported, "report")
    for _ in range(3):
        review = _after(dice, in_time=(5, 1400), late=(1441, 2500), never=0.02)
        if review is None:
            return
        if dice.random() < 0.85:
            yield Deed(reported + review, "accept")
            return
        yield Deed(reported + review, "return")
        rework = _after(dice, in_time=(10, 119), late=(121, 500), never=0.1)
        if rework is None:
            return
        reported += review + rework
        yield Deed(reported, "report")


def _after(
    dice: random.Random, *, in_time: tuple[float, float], late: tuple[float, float], never: float
) -> timedelta | None:
    chance = dice.random()
    if chance < never:
        return None
    return dice.uniform(*(late if chance < never + 0.2 else in_time)) * MINUTE


def _ask_for_time(order: Planned, dice: random.Random) -> None:
    """An extension of a clock of the first round, decided while that runs and is in time."""
    if dice.random() >= 0.12:
        return
    kind = dice.choice(("feedback", "report"))
    due = order.dispatched_at + LIMITS[kind]
    open_until = min(due, order.first(kind) or due)
    filed = _between(dice, order.dispatched_at, open_until, most=0.5)
    decided = _between(dice, filed, open_until, most=0.95)
    until = due + dice.uniform(0.1, 1.0) * LIMITS[kind]
    order.requests.append(Request("extension", filed, decided, dice.random() < 0.75, clock=kind, until=until))


def _hand_on(order: Planned, others: list[str], dice: random.Random) -> None:
    """A transfer before the first report, of an order that was wrongly dispatched, or rightly."""
    if dice.random() >= 0.14:
        return
    since = max((r.decided_at for r in order.requests), default=order.dispatched_at)
    until = order.first("report") or order.dispatched_at + 300 * MINUTE
    filed = _between(dice, since, until, most=0.5)
    decided = _between(dice, filed, until, most=0.5)
    order.requests.append(
        Request(
            "transfer", filed, decided, dice.random() < 0.8, to=dice.choice(others),
            misdispatched=dice.random() < 0.5,
        )
    )  # fmt: skip


def _withdraw_late(order: Planned, dice: random.Random) -> None:
    """A void after a breach: the desk asks, a second person grants it; nothing is done to the order after that."""
    late = [c.due_at for c in clocks_of(order) if c.kind != "decision" and c.state(_NEVER) == "breached"]
    if not late or dice.random() >= 0.1:
        return
    filed = min(late) + dice.uniform(1, 40) * MINUTE
    decided = filed + dice.uniform(0.5, 25) * MINUTE
    accepted = order.first("accept")
    if accepted is not None and accepted < decided:
        return
    if any(r.filed_at < decided and r.decided_at > filed for r in order.requests):
        return
    order.deeds = [deed for deed in order.deeds if deed.at < decided] + [Deed(decided, "void")]
    order.requests = [r for r in order.requests if r.decided_at < filed]
    order.requests.append(Request("void", filed, decided, granted=True))


_NEVER = datetime.max.replace(tzinfo=UTC)


def _between(dice: random.Random, since: datetime, until: datetime, *, most: float) -> datetime:
    return since + (until - since) * dice.uniform(0.05, most)


def clocks_of(order: Planned) -> list[Clock]:
    """The clocks of the order, when each was due and stopped, and whose it was: from the plan alone."""
    found: list[Clock] = []

    def start(kind: str, round_: int, at: datetime, grid: str, *, own: bool = False) -> None:
        due = at + LIMITS[kind]
        found.append(Clock(kind, round_, at, due, due, grid, grid, own))

    def stop(kinds: tuple[str, ...], stopped_at: datetime, by: str) -> None:
        for n, clock in enumerate(found):
            if clock.kind in kinds and clock.stopped_at is None:
                found[n] = replace(clock, stopped_at=stopped_at, by=by)

    steps = [(deed.at, 1, deed) for deed in order.deeds]
    steps += [(r.filed_at, 0, r) for r in order.requests] + [(r.decided_at, 0, r) for r in order.requests]
    grid, round_ = order.grid, 1
    for kind in ("acknowledge", "feedback", "report"):
        start(kind, 1, order.dispatched_at, grid)
    for at, _, what in sorted(steps, key=lambda step: step[:2]):
        if isinstance(what, Request):
            if at == what.filed_at:
                start("decision", round_, at, "")
                continue
            stop(("decision",), at, "decide")
            if what.granted and what.kind == "extension":
                for n, clock in enumerate(found):
                    if clock.kind == what.clock and not clock.own:
                        found[n] = replace(clock, due_at=what.until)
            elif what.granted and what.kind == "transfer":
                grid = what.to
                running = {(c.kind, c.round) for c in found if c.stopped_at is None and c.kind in HANDLING}
                for n, clock in enumerate(found):
                    if clock.stopped_at is None and clock.kind != "decision":
                        told = clock.breach_grid if clock.due_at < at else grid
                        found[n] = replace(clock, grid=grid, breach_grid=told)
                if what.misdispatched:
                    for kind, own_round in sorted(running):
                        start(kind, own_round, at, grid, own=True)
        elif what.act == "void":
            stop((*HANDLING, *ABOVE), at, "void")
        else:
            stop(ANSWERS[what.act], at, what.act)
            if what.act == "report":
                start("review", round_, at, grid)
            elif what.act == "return":
                round_ += 1
                start("rework", round_, at, grid)
    return found


def final_state(order: Planned) -> str:
    """As the table of acts in docs/states.md has it."""
    return STATES[order.deeds[-1].act] if order.deeds else "dispatched"


def final_grid(order: Planned) -> str:
    return next((r.to for r in order.granted("transfer")), order.grid)
