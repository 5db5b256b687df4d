"""What became of a case of interference."""

from dataclasses import dataclass
from datetime import datetime

from models.enums import CaseState, SignKind
from models.facts.readings import StationInfo
from models.ids import CaseId, GridId, PersonId


@dataclass(frozen=True, slots=True)
class CaseSigned:
    """A sign of interference with a station was found; it opened a case or joined the open one."""

    case_id: CaseId
    opened: bool
    sign: SignKind
    station: StationInfo
    grid_id: GridId
    """The prefecture: nobody below hears of it."""
    grid_code: str
    began_at: datetime
    until: datetime
    at: datetime
    rule_version: int
    digest: str
    """SHA-256 of the evidence, in hex."""


@dataclass(frozen=True, slots=True)
class CaseSeconded:
    """A second person has confirmed a confirmed case: its days are void."""

    case_id: CaseId
    station: str
    grid_id: GridId
    grid_code: str
    signs: tuple[SignKind, ...]
    at: datetime
    actor: PersonId
    actor_name: str


@dataclass(frozen=True, slots=True)
class CaseDecided:
    """A person of the prefecture has decided a case."""

    case_id: CaseId
    station: str
    grid_id: GridId
    grid_code: str
    state: CaseState
    reason: str
    signs: tuple[SignKind, ...]
    at: datetime
    actor: PersonId
    actor_name: str
