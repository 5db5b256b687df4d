"""Who may confirm a note, when a shift counts as forgotten, and what a note's digest is over: pure."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from models.errors import Forbidden, ForbiddenTransition, MayNotDecide
from models.ids import GridId, NoteId, PersonId, ShiftId

LONGEST_REMARKS = 2000
LONGEST_REMARK = 500
"""Of whoever confirms."""
FORGOTTEN = timedelta(hours=24)
"""Nobody sits so long: whoever did not sign out by then is not counted as being there."""


@dataclass(frozen=True, slots=True)
class NoteState:
    """What decides whether a note may be confirmed."""

    id: NoteId
    grid_id: GridId
    written_by: PersonId
    confirmed: bool


@dataclass(frozen=True, slots=True)
class ShiftState:
    """An open shift, as it decides whether somebody else may end it."""

    id: ShiftId
    person: PersonId
    opened_at: datetime


def forgotten(opened_at: datetime, now: datetime) -> bool:
    """Whether somebody seems to have left without signing out."""
    return now - opened_at >= FORGOTTEN


def check_confirmation(note: NoteState, person: PersonId, *, sits: bool) -> None:
    """Raises unless this person may confirm the note now: once, by somebody else, who sits at the desk."""
    if note.written_by == person:
        raise MayNotDecide("a note is confirmed by whoever takes over, never by who wrote it")
    if note.confirmed:
        raise ForbiddenTransition(f"note {note.id} is confirmed already")
    if not sits:
        raise Forbidden("sign in at the desk first: a note is confirmed by whoever takes over")


def check_ending(shift: ShiftState, person: PersonId, *, sits: bool, now: datetime) -> None:
    """Raises unless this person may end the shift of somebody who forgot to sign out."""
    if shift.person == person:
        raise ForbiddenTransition("one's own shift ends with signing out")
    if not forgotten(shift.opened_at, now):
        raise ForbiddenTransition(f"shift {shift.id} is open for less than {FORGOTTEN.days * 24} h")
    if not sits:
        raise Forbidden("sign in at the desk first: whoever sits there ends what was forgotten")


def digest_of(risks: str, remarks: str | None) -> bytes:
    """SHA-256 over the text of the risks, a NUL, and the remarks."""
    return hashlib.sha256(risks.encode() + b"\0" + (remarks or "").encode()).digest()


def counts_of(risks: Mapping[str, Any]) -> dict[str, int]:
    """How many there are of each kind of open risk, without those of which there are none."""
    return {part["kind"]: part["count"] for part in risks["kinds"] if part["count"]}
