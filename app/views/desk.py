"""Who sits at a desk, and the notes that were left there."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from app.auth.desks import Desk, reads
from app.auth.scope import Caller
from app.registry.directory import Directory
from app.views.paging import decode_cursor, instant, page
from dispatch.desk.rules import FORGOTTEN, counts_of, forgotten
from dispatch.roster import service as roster
from dispatch.roster.acts import POSTS
from models.desk import DeskNote, DeskShift
from models.enums import Role
from models.errors import NotFound
from models.registry import Grid, Person

WAITING = 20
"""Notes to confirm that a desk shows at once, the oldest first."""
_Confirmer, _Closer = aliased(Person), aliased(Person)
_SHIFT = (
    select(DeskShift, Person.name, Person.username, _Closer.name.label("closer"))
    .join(Person, Person.id == DeskShift.person_id)
    .outerjoin(_Closer, _Closer.id == DeskShift.closed_by)
    .execution_options(populate_existing=True)
)
_NOTE = (
    select(
        DeskNote,
        Grid.code.label("grid"),
        Grid.name.label("grid_name"),
        Person.name.label("writer"),
        Person.username.label("writer_username"),
        _Confirmer.name.label("confirmer"),
        DeskShift.opened_at,
    )
    .join(DeskShift, DeskShift.id == DeskNote.shift_id)
    .join(Grid, Grid.id == DeskNote.grid_id)
    .join(Person, Person.id == DeskNote.written_by)
    .outerjoin(_Confirmer, _Confirmer.id == DeskNote.confirmed_by)
    .execution_options(populate_existing=True)
)


@dataclass(frozen=True, slots=True)
class Presence:
    """What the duty board says of the desk."""

    sitting: int
    waiting: int


async def presence(session: AsyncSession, grid_id: int, now: datetime) -> Presence:
    """How many sit at the desk (whoever forgot to sign out does not), and how many notes wait."""
    sitting = select(func.count()).where(
        DeskShift.grid_id == grid_id, DeskShift.closed_at.is_(None), DeskShift.opened_at > now - FORGOTTEN
    )
    waiting = select(func.count()).where(DeskNote.grid_id == grid_id, DeskNote.confirmed_at.is_(None))
    row = (await session.execute(select(sitting.scalar_subquery(), waiting.scalar_subquery()))).one()
    return Presence(row[0], row[1])


async def sitting(session: AsyncSession, grid_id: int, now: datetime) -> list[dict[str, Any]]:
    """Who is signed in at the desk, whoever came first on top."""
    rows = await session.execute(
        _SHIFT.where(DeskShift.grid_id == grid_id, DeskShift.closed_at.is_(None)).order_by(
            DeskShift.opened_at, DeskShift.id
        )
    )
    return [_shift(row, now) for row in rows]


async def on_turn(session: AsyncSession, desk: Desk, now: datetime) -> dict[str, Any] | None:
    """Who should sit there by the roster, until when; None where no roster says so."""
    if Role.DUTY_OFFICER not in POSTS.get(desk.grid.level, ()):
        return None
    turn = await roster.responsible(session, desk.grid.id, Role.DUTY_OFFICER, now, now=now)
    if turn.until is None:
        return None
    person = turn.person
    return {
        "person": None if person is None else {"username": person.username, "name": person.name},
        "gap": None if turn.gap is None else turn.gap.value,
        "until": instant(turn.until),
    }


async def shift_document(session: AsyncSession, shift_id: int, now: datetime) -> dict[str, Any]:
    """One shift that is there."""
    return _shift((await session.execute(_SHIFT.where(DeskShift.id == shift_id))).one(), now)


async def shift_grid(session: AsyncSession, shift_id: int, caller: Caller, directory: Directory) -> str:
    """The code of the grid at whose desk it is; raises NotFound where the caller may not read that desk."""
    statement = select(DeskShift.grid_id).where(DeskShift.id == shift_id)
    grid_id = (await session.execute(statement)).scalar_one_or_none()
    grid = None if grid_id is None else directory.grid(grid_id)
    if grid is None or not reads(caller, directory, grid.id):
        raise NotFound(f"no shift {shift_id}")
    return grid.code


def _shift(row: Row[*tuple[Any, ...]], now: datetime) -> dict[str, Any]:
    shift: DeskShift = row.DeskShift
    return {
        "id": shift.id,
        "person": {"username": row.username, "name": row.name},
        "opened_at": instant(shift.opened_at),
        "closed_at": instant(shift.closed_at),
        "closed_by": row.closer,
        "forgotten": shift.closed_at is None and forgotten(shift.opened_at, now),
    }


async def waiting(session: AsyncSession, grid_id: int, most: int = WAITING) -> list[dict[str, Any]]:
    """The notes nobody has confirmed, with their risks, the oldest first."""
    return await _notes(
        session,
        _NOTE.where(DeskNote.grid_id == grid_id, DeskNote.confirmed_at.is_(None))
        .order_by(DeskNote.id)
        .limit(most),
    )


async def last_note(session: AsyncSession, grid_id: int) -> dict[str, Any] | None:
    """The newest note of the desk, with its risks."""
    found = await _notes(
        session, _NOTE.where(DeskNote.grid_id == grid_id).order_by(DeskNote.id.desc()).limit(1)
    )
    return found[0] if found else None


async def list_notes(
    session: AsyncSession,
    grid_id: int,
    *,
    confirmed: bool | None = None,
    cursor: str | None = None,
    limit: int = 100,
) -> dict[str, Any]:
    """A page of the notes of a desk, newest first; of each how many risks of which kind, not the risks themselves."""
    where: list[ColumnElement[bool]] = [DeskNote.grid_id == grid_id]
    if confirmed is not None:
        at = DeskNote.confirmed_at
        where.append(at.is_not(None) if confirmed else at.is_(None))
    if (last := decode_cursor(cursor)) is not None:
        where.append(DeskNote.id < last)
    found = await _notes(session, _NOTE.where(*where).order_by(DeskNote.id.desc()).limit(limit + 1))
    return page([{name: note[name] for name in note if name != "risks"} for note in found], limit)


async def note_document(
    session: AsyncSession, note_id: int, caller: Caller, directory: Directory
) -> dict[str, Any]:
    """One note with its risks; raises NotFound where the caller may not read its desk as well."""
    row = (await session.execute(_NOTE.where(DeskNote.id == note_id))).one_or_none()
    if row is None or not reads(caller, directory, row.DeskNote.grid_id):
        raise NotFound(f"no note {note_id}")
    return _note(row)


async def _notes(session: AsyncSession, statement: Select[*tuple[Any, ...]]) -> list[dict[str, Any]]:
    return [_note(row) for row in await session.execute(statement)]


def _note(row: Row[*tuple[Any, ...]]) -> dict[str, Any]:
    note: DeskNote = row.DeskNote
    risks: Mapping[str, Any] = note.risks
    return {
        "id": note.id,
        "grid": row.grid,
        "grid_name": row.grid_name,
        "shift": note.shift_id,
        "written_by": {"username": row.writer_username, "name": row.writer},
        "opened_at": instant(row.opened_at),
        "written_at": instant(note.written_at),
        "remarks": note.remarks,
        "counts": counts_of(risks),
        "sha256": note.digest.hex(),
        "confirmed_at": instant(note.confirmed_at),
        "confirmed_by": row.confirmer,
        "confirm_remark": note.confirm_remark,
        "risks": risks,
    }
