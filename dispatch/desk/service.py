"""Signing in and out of the desk, and confirming what was left; in the caller's transaction."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.actor import Actor
from dispatch.desk import desk_repository as repository
from dispatch.desk.desk_repository import ShiftRow
from dispatch.desk.rules import ShiftState, check_confirmation, check_ending, counts_of, digest_of
from models.enums import EventKind
from models.errors import ForbiddenTransition, NotFound, Overlap
from models.facts import Told
from models.ids import GridId, NoteId, ShiftId

__all__ = ["Place", "ShiftRow", "confirm", "end_forgotten", "hold", "sign_in", "sign_out"]


@dataclass(frozen=True, slots=True)
class Place:
    """The grid whose desk it is."""

    id: GridId
    code: str


async def sign_in(session: AsyncSession, desk: Place, actor: Actor, *, now: datetime) -> tuple[ShiftId, Told]:
    """A new shift of this person; raises Overlap when they sit there already."""
    shift_id = await repository.open_shift(session, desk.id, actor.id, now)
    if shift_id is None:
        raise Overlap("you are signed in at this desk already")
    return shift_id, _told(EventKind.DESK_OPENED, desk, actor, now, {"shift": shift_id})


async def hold(session: AsyncSession, desk: Place, actor: Actor) -> ShiftRow:
    """The open shift of this person, which nobody else can end meanwhile; raises where there is none."""
    shift = await repository.hold_shift(session, desk.id, actor.id, to_close=True)
    if shift is None:
        raise ForbiddenTransition("you are not signed in at this desk")
    return shift


async def sign_out(
    session: AsyncSession,
    desk: Place,
    shift: ShiftRow,
    actor: Actor,
    *,
    risks: Mapping[str, Any],
    remarks: str | None,
    now: datetime,
) -> tuple[NoteId, Told]:
    """Ends a held shift and leaves its note, with the open risks as they were told to the caller."""
    # Clocks of two processes may differ: nothing ends before it began.
    now = max(now, shift.opened_at)
    text = msgspec.json.encode(risks).decode()
    digest = digest_of(text, remarks)
    await repository.close_shift(session, shift.id, actor.id, now)
    note_id = await repository.add_note(session, shift, risks=text, remarks=remarks, digest=digest, now=now)
    detail = {
        "shift": shift.id, "since": shift.opened_at.isoformat(), "note": note_id, "open": counts_of(risks),
        "sha256": digest.hex(),
    }  # fmt: skip
    return note_id, _told(EventKind.DESK_CLOSED, desk, actor, now, detail)


async def end_forgotten(
    session: AsyncSession, desk: Place, shift_id: int, actor: Actor, *, now: datetime
) -> Told:
    """Ends the shift of somebody who left without signing out; they left no note, and none is made up."""
    held = await repository.hold_shifts(session, desk.id, shift_id, actor.id)
    shift = next((one for one in held if one.id == shift_id), None)
    if shift is None:
        raise ForbiddenTransition(f"shift {shift_id} is over")
    sits = any(one.person_id == actor.id for one in held)
    check_ending(ShiftState(shift.id, shift.person_id, shift.opened_at), actor.id, sits=sits, now=now)
    await repository.close_shift(session, shift.id, actor.id, now)
    detail = {"shift": shift.id, "since": shift.opened_at.isoformat(), "note": None}
    return _told(EventKind.DESK_CLOSED, desk, actor, now, detail)


async def confirm(
    session: AsyncSession, desk: Place, note_id: int, actor: Actor, *, remark: str | None, now: datetime
) -> Told:
    """Confirms a note once and for good; raises unless this person sits at its desk and did not write it."""
    seated = await repository.hold_shift(session, desk.id, actor.id, to_close=False)
    found = await repository.hold_note(session, note_id)
    if found is None or found[0].grid_id != desk.id:
        raise NotFound(f"no note {note_id}")
    note, written_at = found
    check_confirmation(note, actor.id, sits=seated is not None)
    now = max(now, written_at)
    await repository.confirm(session, note.id, actor.id, remark, now)
    return _told(EventKind.DESK_CONFIRMED, desk, actor, now, {"note": note.id})


def _told(kind: EventKind, desk: Place, actor: Actor, now: datetime, detail: dict[str, Any]) -> Told:
    return Told(kind, desk.id, desk.code, now, actor.id, actor.name, detail)
