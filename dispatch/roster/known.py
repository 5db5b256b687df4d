"""What is known of posts and turns, as plain values."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from models.enums import DutyGap, Role, TurnWhy
from models.facts import Recipient
from models.ids import GridId

Kind = Literal["rotation", "override", "absence"]


@dataclass(frozen=True, slots=True)
class Post:
    """A post as it is held for a change."""

    id: int
    grid_id: GridId
    role: Role
    planned_to: datetime
    settled_to: datetime


@dataclass(frozen=True, slots=True)
class GapAhead:
    """A gap that begins within the day, and that nobody was told of yet."""

    grid_id: GridId
    grid_code: str
    above: GridId
    """The prefecture, or the grid itself where it is that."""
    role: Role
    gap: DutyGap
    since: datetime
    until: datetime
    missing: tuple[str, str] | None
    """User name and name."""


@dataclass(frozen=True, slots=True)
class KnownTurn:
    """A turn as it was planned, with the people's names."""

    why: TurnWhy
    gap: DutyGap | None
    person: Recipient | None
    instead_of: Recipient | None
    since: datetime
    until: datetime
