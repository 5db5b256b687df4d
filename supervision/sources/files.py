"""Files of sources: registered, changed, closed, opened again; each change is kept as a version (annex 1 art. 20)."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from airquality.period import BEIJING
from models.enums import DocumentKind, SourceKind, SourceState, SweepFound
from models.errors import ForbiddenTransition, Invalid, NotFound, VersionConflict
from models.registry import Source
from models.said import Said
from models.source import SourceDocument
from supervision.sources import source_repository as repository
from supervision.sources.file import SourceFile, body_of, check, differing
from supervision.sources.sweep import quarter_of

LONGEST_WHY = 500


@dataclass(frozen=True, slots=True)
class SourceChanged:
    """What became of a source; `fields` names what differs, never what it says."""

    source_id: int
    code: str
    grid_id: int
    grid: str
    version: int
    state: SourceState
    fields: tuple[str, ...]
    new: bool = False
    sweep_found: SweepFound | None = None
    """What the sweep under way has taken down of it, by this very change."""


@dataclass(frozen=True, slots=True)
class DocumentChanged:
    source_id: int
    code: str
    grid_id: int
    grid: str
    document_id: int
    kind: DocumentKind
    number: str
    withdrawn: bool


async def register(
    session: AsyncSession, file: SourceFile, *, why: str | None, by: int, now: datetime
) -> SourceChanged:
    """A new source, patrolled from tomorrow on; of the sweep under way it is a new one. Raises Invalid."""
    said, reason = check(file), reason_of(why, demanded=False)
    grid_id = await _grid(session, said.grid)
    columns = _columns(said, grid_id) | {"code": said.code, "state": SourceState.ACTIVE.value, "version": 1}
    source = await repository.add(session, columns)
    if source is None:
        raise Invalid(Said("%(value)s is a source already", value=said.code), field="code")
    await remember(session, source, said.grid, why=reason, by=by, now=now)
    found = await _swept(session, source, SweepFound.NEW, note=reason, by=by, now=now)
    return SourceChanged(
        source.id, source.code, grid_id, said.grid, 1, SourceState.ACTIVE, (), new=True, sweep_found=found
    )


async def change(
    session: AsyncSession, file: SourceFile, *, seen: int | None, why: str | None, by: int, now: datetime
) -> SourceChanged | None:
    """The file as it is to stand from now on; None where it stands so. `seen` is the version it was read at.

    Raises NotFound, VersionConflict where somebody else changed it since, Invalid naming the field.
    """
    said, reason = check(file), reason_of(why, demanded=False)
    source, grid = await _hold(session, said.code)
    if seen is not None and seen != source.version:
        raise VersionConflict("the file has changed since it was read")
    state = SourceState(source.state)
    fields = differing(body_of(file_of(source, grid), state), body_of(said, state))
    if not fields:
        return None
    grid_id = source.grid_id if said.grid == grid else await _grid(session, said.grid)
    for name, value in _columns(said, grid_id).items():
        setattr(source, name, value)
    source.version += 1
    await session.flush()
    await remember(session, source, said.grid, why=reason, by=by, now=now)
    return SourceChanged(source.id, source.code, grid_id, said.grid, source.version, state, tuple(fields))


async def close(session: AsyncSession, code: str, *, why: str, by: int, now: datetime) -> SourceChanged:
    """A source that is shut down: not patrolled and not swept any more; its file stays."""
    return await _turn(session, code, SourceState.CLOSED, why=why, by=by, now=now)


async def reopen(session: AsyncSession, code: str, *, why: str, by: int, now: datetime) -> SourceChanged:
    """A source that works again, patrolled from tomorrow on."""
    return await _turn(session, code, SourceState.ACTIVE, why=why, by=by, now=now)


async def _turn(
    session: AsyncSession, code: str, state: SourceState, *, why: str, by: int, now: datetime
) -> SourceChanged:
    reason = reason_of(why)
    source, grid = await _hold(session, code)
    if source.state == state.value:
        raise ForbiddenTransition(f"{code} is {state.value} already")
    source.state = state.value
    source.version += 1
    await session.flush()
    await remember(session, source, grid, why=reason, by=by, now=now)
    what = SweepFound.GONE if state is SourceState.CLOSED else SweepFound.SEEN
    found = await _swept(session, source, what, note=reason, by=by, now=now)
    return SourceChanged(
        source.id, code, source.grid_id, grid, source.version, state, ("state",), sweep_found=found
    )


async def remember(
    session: AsyncSession, source: Source, grid: str, *, why: str | None, by: int, now: datetime
) -> None:
    """Keeps what a source's file says now as its version, and since when it is to be patrolled."""
    state = SourceState(source.state)
    body = body_of(file_of(source, grid), state)
    await repository.keep_versions(session, [(source, body)], why=why, by=by, now=now)
    today = now.astimezone(BEIJING).date()
    if state is SourceState.CLOSED:
        await repository.end_spell(session, source.id, today)
    else:
        await repository.begin_spells(session, [source.id], today)


async def remember_loaded(
    session: AsyncSession, rows: Sequence[tuple[Source, str]], *, now: datetime
) -> None:
    """As `remember`, for the rows with their grids' codes that a registry file has written."""
    bodies = [(source, body_of(file_of(source, grid), SourceState(source.state))) for source, grid in rows]
    await repository.keep_versions(session, bodies, now=now)
    await repository.begin_spells(session, [source.id for source, _ in rows], now.astimezone(BEIJING).date())


async def add_document(
    session: AsyncSession,
    code: str,
    *,
    kind: DocumentKind,
    number: str,
    dated: date,
    valid_until: date | None,
    evidence_id: uuid.UUID | None,
    by: int,
    now: datetime,
) -> DocumentChanged:
    """A document in the source's file; the upload has to be the person's own and in no other place."""
    source, grid = await _hold(session, code)
    said = number.strip()
    if not 0 < len(said) <= 100 or any(ord(char) < 32 for char in said):
        raise Invalid("a number or title is 1 to 100 characters", field="number")
    if not 1990 <= dated.year <= 2200 or dated > now.astimezone(BEIJING).date():
        raise Invalid("a document is dated between 1990 and today", field="dated")
    if valid_until is not None and not dated <= valid_until <= date(2200, 12, 31):
        raise Invalid("it is valid until some day after its own date", field="valid_until")
    if evidence_id is not None and not await repository.evidence_free(session, evidence_id, by):
        raise Invalid("the upload is unknown, somebody else's, or used already", field="evidence")
    row = SourceDocument(
        source_id=source.id, kind=kind.value, number=said, dated=dated, valid_until=valid_until,
        evidence_id=evidence_id, added_by=by, added_at=now,
    )  # fmt: skip
    session.add(row)
    await session.flush()
    return DocumentChanged(source.id, code, source.grid_id, grid, row.id, kind, said, withdrawn=False)


async def withdraw_document(
    session: AsyncSession, code: str, document_id: int, *, why: str, by: int, now: datetime
) -> DocumentChanged:
    """Takes a document out of the file for a reason; the row and the upload stay."""
    reason = reason_of(why)
    source, grid = await _hold(session, code)
    row = await repository.hold_document(session, source.id, document_id)
    if row is None:
        raise NotFound(f"no document {document_id} of {code}")
    if row.withdrawn_at is not None:
        raise ForbiddenTransition("the document is withdrawn already")
    row.withdrawn_at, row.withdrawn_by, row.withdrawn_why = now, by, reason
    await session.flush()
    return DocumentChanged(
        source.id, code, source.grid_id, grid, row.id, DocumentKind(row.kind), row.number, withdrawn=True
    )


def file_of(source: Source, grid: str) -> SourceFile:
    """The file as its row has it."""
    return SourceFile(
        code=source.code, name=source.name, grid=grid, lon=source.lon, lat=source.lat, category=source.category,
        pollutants=tuple(source.pollutants or ()), kind=SourceKind(source.kind or SourceKind.OTHER),
        legal_name=source.legal_name, credit_code=source.credit_code, contact=source.contact, phone=source.phone,
        permit=source.permit, permit_until=source.permit_until,
        emissions={kind: Decimal(amount) for kind, amount in (source.emissions or {}).items()},
    )  # fmt: skip


def reason_of(why: str | None, *, demanded: bool = True) -> str | None:
    """The reason, stripped; raises Invalid without one where it is demanded, and for one that is too long."""
    said = (why or "").strip() or None
    if said is None and demanded:
        raise Invalid("say why", field="why")
    if said is not None and len(said) > LONGEST_WHY:
        raise Invalid(f"a reason has at most {LONGEST_WHY} characters", field="why")
    return said


async def find(session: AsyncSession, code: str) -> tuple[SourceFile, int, int]:
    """The file of a source as it stands, with its grid's id and its version; held. Raises NotFound."""
    source, grid = await _hold(session, code)
    return file_of(source, grid), source.grid_id, source.version


async def existing(session: AsyncSession, codes: Sequence[str]) -> set[str]:
    """Those of these codes that a source has."""
    return await repository.taken(session, codes)


async def _hold(session: AsyncSession, code: str) -> tuple[Source, str]:
    found = await repository.hold(session, code)
    if found is None:
        raise NotFound(f"no source {code}")
    return found


async def _grid(session: AsyncSession, code: str) -> int:
    known: Any = (await repository.grids_of(session, [code])).get(code)
    if known is None or known[1] < 2:
        raise Invalid(Said("a source lies in a grid of level 2 to 4"), field="grid")
    return int(known[0])


def _columns(said: SourceFile, grid_id: int) -> dict[str, Any]:
    """What the file says, as columns of its row."""
    return {
        "name": said.name, "grid_id": grid_id, "lon": said.lon, "lat": said.lat, "category": said.category,
        "pollutants": list(said.pollutants), "kind": said.kind.value, "legal_name": said.legal_name,
        "credit_code": said.credit_code, "contact": said.contact, "phone": said.phone, "permit": said.permit,
        "permit_until": said.permit_until,
        "emissions": {kind: str(amount) for kind, amount in (said.emissions or {}).items()},
    }  # fmt: skip


async def _swept(
    session: AsyncSession, source: Source, found: SweepFound, *, note: str | None, by: int, now: datetime
) -> SweepFound | None:
    """Takes it down in the sweep that is under way there; None where none is."""
    unit = await repository.unit_of(session, source.grid_id)
    if unit is None:
        return None
    sweep = await repository.sweep_of(session, unit[0], quarter_of(now.astimezone(BEIJING).date()))
    if sweep is None or sweep.finished_at is not None:
        return None
    await repository.enter(session, sweep.id, [source.id], found.value, note=note, by=by, now=now)
    return found
