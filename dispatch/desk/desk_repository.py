"""All SQL of shifts at the desk and their notes."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.desk.rules import NoteState
from models.bulk import fetch
from models.ids import GridId, NoteId, PersonId, ShiftId


@dataclass(frozen=True, slots=True)
class ShiftRow:
    """An open shift, held until the transaction ends."""

    id: ShiftId
    grid_id: GridId
    person_id: PersonId
    opened_at: datetime


async def open_shift(
    session: AsyncSession, grid_id: GridId, person_id: PersonId, now: datetime
) -> ShiftId | None:
    """None when this person sits there already; waits for whoever opens or closes the same shift just now."""
    rows = await fetch(
        session,
        "INSERT INTO desk_shift (grid_id, person_id, opened_at) VALUES ($1, $2, $3)"
        " ON CONFLICT (grid_id, person_id) WHERE closed_at IS NULL DO NOTHING RETURNING id",
        grid_id,
        person_id,
        now,
    )
    return ShiftId(rows[0][0]) if rows else None


async def hold_shift(
    session: AsyncSession, grid_id: GridId, person_id: PersonId, *, to_close: bool
) -> ShiftRow | None:
    """The person's open shift at this desk: to be closed by the holder alone, or only to stay open meanwhile."""
    rows = await fetch(
        session,
        "SELECT id, opened_at FROM desk_shift WHERE grid_id = $1 AND person_id = $2 AND closed_at IS NULL"
        f" FOR {'UPDATE' if to_close else 'SHARE'}",
        grid_id,
        person_id,
    )
    return ShiftRow(ShiftId(rows[0][0]), grid_id, person_id, rows[0][1]) if rows else None


async def hold_shifts(
    session: AsyncSession, grid_id: GridId, shift_id: int, person_id: PersonId
) -> list[ShiftRow]:
    """The open ones among this shift and the person's own at the desk; locked in the order of their ids."""
    rows = await fetch(
        session,
        "SELECT id, person_id, opened_at FROM desk_shift"
        " WHERE grid_id = $1 AND closed_at IS NULL AND (id = $2 OR person_id = $3) ORDER BY id FOR UPDATE",
        grid_id,
        shift_id,
        person_id,
    )
    return [ShiftRow(ShiftId(id_), grid_id, PersonId(person), at) for id_, person, at in rows]


async def close_shift(session: AsyncSession, shift_id: ShiftId, by: PersonId, now: datetime) -> None:
    await fetch(
        session, "UPDATE desk_shift SET closed_at = $3, closed_by = $2 WHERE id = $1", shift_id, by, now
    )


async def add_note(
    session: AsyncSession, shift: ShiftRow, *, risks: str, remarks: str | None, digest: bytes, now: datetime
) -> NoteId:
    rows = await fetch(
        session,
        "INSERT INTO desk_note (grid_id, shift_id, written_by, written_at, risks, remarks, digest)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING id",
        shift.grid_id,
        shift.id,
        shift.person_id,
        now,
        risks,
        remarks,
        digest,
    )
    return NoteId(rows[0][0])


async def hold_note(session: AsyncSession, note_id: int) -> tuple[NoteState, datetime] | None:
    """The note, locked for its confirmation, and when it was written."""
    rows = await fetch(
        session,
        "SELECT id, grid_id, written_by, confirmed_at IS NOT NULL, written_at FROM desk_note WHERE id = $1"
        " FOR UPDATE",
        note_id,
    )
    if not rows:
        return None
    id_, grid_id, written_by, confirmed, written_at = rows[0]
    return NoteState(NoteId(id_), GridId(grid_id), PersonId(written_by), confirmed), written_at


async def confirm(
    session: AsyncSession, note_id: NoteId, person_id: PersonId, remark: str | None, now: datetime
) -> None:
    await fetch(
        session,
        "UPDATE desk_note SET confirmed_by = $2, confirmed_at = $3, confirm_remark = $4 WHERE id = $1",
        note_id,
        person_id,
        now,
        remark,
    )
