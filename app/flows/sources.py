"""Files of sources, sweeps and key lists: who may change them, and what is told of it."""

import uuid
from collections.abc import Mapping
from dataclasses import fields, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from app.auth.permissions import permit_role
from app.auth.scope import Caller
from app.pipeline import Pipeline
from app.registry.directory import Directory
from models.enums import DocumentKind, EventKind, Role
from models.errors import DomainError, Forbidden, Invalid, NotFound
from models.facts import Told
from models.ids import GridId, PersonId
from models.said import Said
from supervision.sources import files
from supervision.sources.book import Book, BookFault
from supervision.sources.file import SourceFile
from supervision.sources.files import DocumentChanged, SourceChanged

KEEPERS = (Role.SUPERVISOR, Role.CHIEF, Role.ADMINISTRATOR)
"""Who keeps files of sources, in their own grid and below it."""
MOST_FAULTS = 50


async def register(
    pipeline: Pipeline, session: AsyncSession, file: SourceFile, *, why: str | None, caller: Caller, now: datetime
) -> SourceChanged:  # fmt: skip
    """A new source in the caller's grid."""
    _permit(pipeline, caller, _grid(pipeline, caller, file.grid))
    changed = await files.register(session, file, why=why, by=caller.id, now=now)
    await pipeline.told(session, [_told(changed, caller, now)], now=now)
    return changed


async def change(
    pipeline: Pipeline,
    session: AsyncSession,
    code: str,
    said: Mapping[str, Any],
    *,
    seen: int | None,
    why: str | None,
    caller: Caller,
    now: datetime,
) -> None:
    """The fields that are said, the others as they stand; nothing is told where nothing differs."""
    before = await find(session, code, caller, pipeline.directory)
    after = replace(before, **said)
    if after.grid != before.grid:
        _permit(pipeline, caller, _grid(pipeline, caller, after.grid))
    changed = await files.change(session, after, seen=seen, why=why, by=caller.id, now=now)
    if changed is not None:
        await pipeline.told(session, [_told(changed, caller, now)], now=now)


async def turn(
    pipeline: Pipeline,
    session: AsyncSession,
    code: str,
    *,
    closing: bool,
    why: str,
    caller: Caller,
    now: datetime,
) -> None:
    """A source is closed, or opened again."""
    await find(session, code, caller, pipeline.directory)
    act = files.close if closing else files.reopen
    changed = await act(session, code, why=why, by=caller.id, now=now)
    await pipeline.told(session, [_told(changed, caller, now, why=why.strip())], now=now)


async def add_document(
    pipeline: Pipeline,
    session: AsyncSession,
    code: str,
    *,
    kind: DocumentKind,
    number: str,
    dated: date,
    valid_until: date | None,
    evidence: uuid.UUID | None,
    caller: Caller,
    now: datetime,
) -> int:
    """A document in a source's file; gives its id."""
    await find(session, code, caller, pipeline.directory)
    made = await files.add_document(
        session, code, kind=kind, number=number, dated=dated, valid_until=valid_until, evidence_id=evidence,
        by=caller.id, now=now,
    )  # fmt: skip
    await pipeline.told(session, [_documented(made, caller, now)], now=now)
    return made.document_id


async def withdraw_document(
    pipeline: Pipeline,
    session: AsyncSession,
    code: str,
    document_id: int,
    *,
    why: str,
    caller: Caller,
    now: datetime,
) -> None:
    await find(session, code, caller, pipeline.directory)
    gone = await files.withdraw_document(session, code, document_id, why=why, by=caller.id, now=now)
    await pipeline.told(session, [_documented(gone, caller, now, why=why.strip())], now=now)


async def bring_in(
    pipeline: Pipeline, session: AsyncSession, book: Book, *, caller: Caller, now: datetime
) -> dict[str, int]:
    """A whole workbook or nothing of it; raises Invalid with `faults`, each with its row, where anything is wrong."""
    faults = list(book.faults)
    told: list[Told] = []
    counts = {"added": 0, "changed": 0, "unchanged": 0}
    there = await files.existing(session, [str(row.values.get("code")) for row in book.rows])
    for row in [] if faults else book.rows:
        try:
            changed = await _bring_in(pipeline, session, row.values, there, caller, now)
        except (Invalid, NotFound, Forbidden) as wrong:
            kept = Said("lies in a grid whose files you do not keep")
            said = kept if isinstance(wrong, Forbidden) else wrong.detail
            faults.append(BookFault(row.number, _field(wrong), said))
            continue
        counts["unchanged" if changed is None else "added" if changed.new else "changed"] += 1
        if changed is not None:
            told.append(_told(changed, caller, now, imported=True))
    if faults:
        shown = [
            {"row": one.number, "field": one.field, "fault": one.fault}
            for one in sorted(faults, key=lambda one: one.number)[:MOST_FAULTS]
        ]
        first = shown[0]
        said = Said("row %(row)s: %(fault)s", row=first["row"], fault=first["fault"])
        raise Invalid(
            said, field=first["field"], row=first["row"], faults=shown, more=max(0, len(faults) - MOST_FAULTS)
        )
    await pipeline.told(session, told, now=now)
    return counts


async def _bring_in(
    pipeline: Pipeline,
    session: AsyncSession,
    values: Mapping[str, Any],
    there: set[str],
    caller: Caller,
    now: datetime,
) -> SourceChanged | None:
    code = str(values["code"])
    if code in there:
        before = await find(session, code, caller, pipeline.directory)
        said = {
            name: value for name, value in values.items() if name not in ("lon", "lat") or value is not None
        }
        after = replace(before, **said)
        if after.grid != before.grid:
            _permit(pipeline, caller, _grid(pipeline, caller, after.grid))
        return await files.change(session, after, seen=None, why=None, by=caller.id, now=now)
    for name in ("name", "grid", "lon", "lat", "category"):
        if values.get(name) in (None, ""):
            raise Invalid(Said("is empty"), field=name)
    file = SourceFile(**values)
    _permit(pipeline, caller, _grid(pipeline, caller, file.grid))
    return await files.register(session, file, why=None, by=caller.id, now=now)


def keeps(caller: Caller, grid_id: int, directory: Directory, roles: tuple[Role, ...] = KEEPERS) -> bool:
    """Whether the caller may change files of sources of this grid."""
    try:
        permit_role(caller, roles, grid_id, directory, act="keeping files of sources")
    except Forbidden:
        return False
    return True


async def find(
    session: AsyncSession,
    code: str,
    caller: Caller,
    directory: Directory,
    roles: tuple[Role, ...] = KEEPERS,
) -> SourceFile:
    """The file, held; raises NotFound outside the caller's scope, Forbidden where it is not theirs to change."""
    file, grid_id, _ = await files.find(session, code)
    if not caller.scope.sees(grid_id):
        raise NotFound(f"no source {code}")
    permit_role(caller, roles, grid_id, directory, act="keeping files of sources")
    return file


def _permit(pipeline: Pipeline, caller: Caller, grid_id: int) -> None:
    permit_role(caller, KEEPERS, grid_id, pipeline.directory, act="keeping files of sources")


def _grid(pipeline: Pipeline, caller: Caller, code: str) -> int:
    grid = pipeline.directory.grid_by_code(code)
    if grid is None or not caller.scope.sees(grid.id):
        raise Invalid(Said("%(value)s is no grid that you see", value=code[:32]), field="grid")
    return grid.id


def unit_kept(pipeline: Pipeline, caller: Caller, code: str) -> int:
    """The id of a level-2 grid of which the caller keeps the files."""
    grid = pipeline.directory.grid_by_code(code)
    if grid is None or not caller.scope.sees(grid.id):
        raise NotFound(f"no grid {code}")
    if grid.level != 2:
        raise Invalid("this is done of a county or park", field="grid")
    _permit(pipeline, caller, grid.id)
    return grid.id


def _field(wrong: DomainError) -> str:
    return str(wrong.extra.get("field") or "code")


def _told(changed: SourceChanged, caller: Caller, now: datetime, **more: Any) -> Told:
    said: dict[str, Any] = {
        "source": changed.code, "version": changed.version, "state": changed.state.value,
        "fields": list(changed.fields),
    }  # fmt: skip
    if changed.new:
        said["new"] = True
    if changed.sweep_found is not None:
        said["sweep"] = changed.sweep_found.value
    return told_of(EventKind.SOURCE_CHANGED, changed.grid_id, changed.grid, caller, now, said | more)


def _documented(made: DocumentChanged, caller: Caller, now: datetime, **more: Any) -> Told:
    said = {
        "source": made.code, "document": made.document_id, "kind": made.kind.value, "number": made.number,
        "withdrawn": made.withdrawn,
    }  # fmt: skip
    return told_of(EventKind.SOURCE_DOCUMENTED, made.grid_id, made.grid, caller, now, said | more)


def told_of(
    kind: EventKind, grid_id: int, grid: str, caller: Caller, now: datetime, said: dict[str, Any]
) -> Told:
    return Told(kind, GridId(grid_id), grid, now, PersonId(caller.id), caller.name, said)


FIELDS = tuple(one.name for one in fields(SourceFile))
