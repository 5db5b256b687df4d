"""What a consultation rests on, as plain values: read once, said by every paper in its own way. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from fractions import Fraction

from airquality.aqi import Aqi
from models.enums import CheckMeasure
from supervision.consultation.direction import Direction
from supervision.consultation.standing import Stretch
from supervision.consultation.watch import Watched
from supervision.problems.standing import Figures


@dataclass(frozen=True, slots=True)
class Work:
    """What a unit had to do in a stretch of time."""

    alerts: int = 0
    dispatched: int = 0
    closed: int = 0
    breached: int = 0
    """Deadlines missed."""
    open: int = 0
    """Orders that are open at the end."""
    tasks: int = 0
    """Handed down to towns and villages."""
    tasks_done: int = 0


@dataclass(frozen=True, slots=True)
class Listed:
    """A problem as papers name it."""

    number: str
    title: str
    grid_id: int
    state: str
    due_at: datetime | None
    overdue: bool
    checks: int
    measure: CheckMeasure | None
    """What the last weekly check prescribes."""


@dataclass(frozen=True, slots=True)
class UnitFacts:
    """A county or park."""

    grid_id: int
    code: str
    name: str
    day: Mapping[str, Fraction]
    """The levels of the last day; empty where nothing is known."""
    aqi: Aqi | None
    month: Stretch
    """The month up to the last day."""
    now: Stretch
    """The stretch asked for: the day, or a week."""
    before: Stretch
    """The same number of days before it."""
    work: Work
    problems: Figures
    direction: Direction


@dataclass(frozen=True, slots=True)
class Missed:
    """A deadline that was missed."""

    grid_id: int
    number: str
    clock: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Facts:
    """Of the days [first, last]."""

    office: str
    """Who sends the papers."""
    first: date
    last: date
    now: datetime
    units: Sequence[UnitFacts]
    watched: Sequence[Watched]
    missed: Sequence[Missed]
    open_problems: Sequence[Listed]
    """Open ones, what is late first."""
    last_week: Sequence[Listed]
    """Pushed in the week before the first day, with what became of them."""
    names: Mapping[int, str] = field(default_factory=dict)

    def only(self, grid_id: int) -> "Facts":
        """What concerns one unit."""
        name = self.names.get(grid_id, "")
        return Facts(
            self.office, self.first, self.last, self.now,
            [one for one in self.units if one.grid_id == grid_id],
            [one for one in self.watched if one.station.unit == name],
            [one for one in self.missed if one.grid_id == grid_id],
            [one for one in self.open_problems if one.grid_id == grid_id],
            [one for one in self.last_week if one.grid_id == grid_id], self.names,
        )  # fmt: skip
