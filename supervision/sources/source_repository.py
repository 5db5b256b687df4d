"""All SQL of files of sources, sweeps and lists of key sources."""

import uuid
from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from models.bulk import fetch
from models.enums import KeyListState
from models.order import Evidence
from models.registry import Grid, Source
from models.source import KeySourceList, SourceDocument, SourceSpell, SourceSweep, SourceVersion, SweepEntry

_LOCK = 0x6765_7368_7372_63  # any number; the list of a county and year is proposed one at a time
# The level-2 grid that a grid is or belongs to.
_UNIT = """
WITH RECURSIVE up AS (
    SELECT id, code, level, parent_id FROM grid WHERE id = $1
    UNION ALL
    SELECT g.id, g.code, g.level, g.parent_id FROM grid g JOIN up ON g.id = up.parent_id
)
SELECT id, code FROM up WHERE level = 2
"""
_BELOW = """
WITH RECURSIVE below AS (
    SELECT id FROM grid WHERE id = $1
    UNION ALL
    SELECT g.id FROM grid g JOIN below b ON g.parent_id = b.id
)
"""
_ON_FILE = f"""{_BELOW}
SELECT s.id, s.code FROM source s JOIN below b ON b.id = s.grid_id WHERE s.state = 'active' ORDER BY s.code
"""
_KNOWN = f"""{_BELOW}
SELECT s.code, s.name, g.code, s.emissions,
       (SELECT count(*) FROM up_report r WHERE r.source_id = s.id AND r.filed_at > $2 AND r.filed_at <= $3)
  FROM source s JOIN below b ON b.id = s.grid_id JOIN grid g ON g.id = s.grid_id
 WHERE s.state = 'active' ORDER BY s.code
"""
_BEGIN = """
INSERT INTO source_spell (source_id, from_on)
SELECT id, $2::date FROM source WHERE id = ANY($1::int[]) AND state = 'active' ON CONFLICT DO NOTHING
"""
_COUNTED = """
SELECT DISTINCT ON (e.source_id) s.code, e.found
  FROM sweep_entry e JOIN source s ON s.id = e.source_id
 WHERE e.sweep_id = $1 ORDER BY e.source_id, e.id DESC
"""


async def grids_of(session: AsyncSession, codes: Collection[str]) -> dict[str, tuple[int, int]]:
    """Id and level of each of these grids that there is."""
    rows = await session.execute(select(Grid.code, Grid.id, Grid.level).where(Grid.code.in_(sorted(codes))))
    return {row.code: (row.id, row.level) for row in rows}


async def code_of(session: AsyncSession, grid_id: int) -> str:
    return (await session.execute(select(Grid.code).where(Grid.id == grid_id))).scalar_one()


async def unit_of(session: AsyncSession, grid_id: int) -> tuple[int, str] | None:
    """Id and code of the level-2 grid; None for the prefecture."""
    rows = await fetch(session, _UNIT, grid_id)
    return (rows[0][0], rows[0][1]) if rows else None


async def hold(session: AsyncSession, code: str) -> tuple[Source, str] | None:
    """The source, held until the transaction ends, and the code of its grid."""
    statement = (
        select(Source, Grid.code)
        .join(Grid, Grid.id == Source.grid_id)
        .where(Source.code == code)
        .with_for_update(of=Source, key_share=True)
        .execution_options(populate_existing=True)
    )
    row = (await session.execute(statement)).first()
    return None if row is None else (row[0], row[1])


async def keep_versions(
    session: AsyncSession,
    bodies: Sequence[tuple[Source, dict[str, Any]]],
    *,
    why: str | None = None,
    by: int | None = None,
    now: datetime,
) -> None:
    """What the files of these sources say from now on; `by` None is a registry file."""
    session.add_all(
        SourceVersion(
            source_id=source.id, version=source.version, body=body, why=why, changed_by=by, changed_at=now
        )
        for source, body in bodies
    )
    await session.flush()


async def begin_spells(session: AsyncSession, source_ids: Sequence[int], day: date) -> None:
    """Those of them that work and are not patrolled yet are, from the day after."""
    await fetch(session, _BEGIN, list(source_ids), day)


async def end_spell(session: AsyncSession, source_id: int, day: date) -> None:
    await session.execute(
        update(SourceSpell)
        .where(SourceSpell.source_id == source_id, SourceSpell.to_on.is_(None))
        .values(to_on=func.greatest(SourceSpell.from_on, day))
    )


async def evidence_free(session: AsyncSession, evidence_id: uuid.UUID, person_id: int) -> bool:
    """Whether this upload is the person's own and belongs to nothing yet."""
    statement = select(Evidence.id).where(
        Evidence.id == evidence_id,
        Evidence.uploaded_by == person_id,
        Evidence.order_id.is_(None),
        Evidence.report_id.is_(None),
        Evidence.task_id.is_(None),
        ~select(SourceDocument.id).where(SourceDocument.evidence_id == Evidence.id).exists(),
    )
    return (await session.scalar(statement)) is not None


async def hold_document(session: AsyncSession, source_id: int, document_id: int) -> SourceDocument | None:
    statement = (
        select(SourceDocument)
        .where(SourceDocument.id == document_id, SourceDocument.source_id == source_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return (await session.scalars(statement)).first()


async def hold_sweep(session: AsyncSession, sweep_id: int) -> SourceSweep | None:
    statement = select(SourceSweep).where(SourceSweep.id == sweep_id).with_for_update()
    return (await session.scalars(statement, execution_options={"populate_existing": True})).first()


async def sweep_of(session: AsyncSession, grid_id: int, quarter: date) -> SourceSweep | None:
    """The sweep; nobody finishes it before the transaction ends."""
    statement = (
        select(SourceSweep)
        .where(SourceSweep.grid_id == grid_id, SourceSweep.quarter == quarter)
        .with_for_update(read=True)
    )
    return (await session.scalars(statement, execution_options={"populate_existing": True})).first()


async def open_sweep(
    session: AsyncSession, grid_id: int, quarter: date, *, due_on: date, by: int, now: datetime
) -> int | None:
    """The id of a new sweep; None where the quarter has one."""
    statement = (
        insert(SourceSweep)
        .values(grid_id=grid_id, quarter=quarter, due_on=due_on, opened_by=by, opened_at=now)
        .on_conflict_do_nothing(index_elements=["grid_id", "quarter"])
        .returning(SourceSweep.id)
    )
    return await session.scalar(statement)


async def add(session: AsyncSession, values: dict[str, Any]) -> Source | None:
    """A new source, held; None where its code is taken."""
    statement = (
        insert(Source).values(values).on_conflict_do_nothing(index_elements=["code"]).returning(Source)
    )
    return (await session.scalars(statement)).first()


async def on_file(session: AsyncSession, grid_id: int) -> dict[str, int]:
    """Ids of the active sources of a level-2 grid by code."""
    return {code: id_ for id_, code in await fetch(session, _ON_FILE, grid_id)}


async def found_in(session: AsyncSession, sweep_id: int) -> dict[str, str]:
    """By code of the source, what counts of a sweep."""
    return dict([tuple(row) for row in await fetch(session, _COUNTED, sweep_id)])


async def enter(
    session: AsyncSession,
    sweep_id: int,
    source_ids: Sequence[int],
    found: str,
    *,
    note: str | None,
    by: int,
    now: datetime,
) -> None:
    session.add_all(
        SweepEntry(sweep_id=sweep_id, source_id=source_id, found=found, note=note, found_by=by, found_at=now)
        for source_id in source_ids
    )
    await session.flush()


async def lock_lists(session: AsyncSession) -> None:
    await fetch(session, "SELECT pg_advisory_xact_lock($1)", _LOCK)


async def known(session: AsyncSession, grid_id: int, since: datetime, until: datetime) -> Sequence[Any]:
    """Rows (code, name, grid, emissions, reported problems) of the active sources of a level-2 grid."""
    return await fetch(session, _KNOWN, grid_id, since, until)


async def list_in(
    session: AsyncSession, grid_id: int, year: int, state: KeyListState
) -> KeySourceList | None:
    statement = select(KeySourceList).where(
        KeySourceList.grid_id == grid_id, KeySourceList.year == year, KeySourceList.state == state.value
    )
    return (await session.scalars(statement)).first()


async def next_list_version(session: AsyncSession, grid_id: int, year: int) -> int:
    newest = await session.scalar(
        select(func.max(KeySourceList.version)).where(
            KeySourceList.grid_id == grid_id, KeySourceList.year == year
        )
    )
    return (newest or 0) + 1


async def supersede(session: AsyncSession, grid_id: int, year: int) -> None:
    """What was in force gives way to what is signed in this transaction."""
    await session.execute(
        update(KeySourceList)
        .where(
            KeySourceList.grid_id == grid_id,
            KeySourceList.year == year,
            KeySourceList.state == KeyListState.SIGNED.value,
        )
        .values(state=KeyListState.SUPERSEDED.value)
    )


async def taken(session: AsyncSession, codes: Collection[str]) -> set[str]:
    """Those of these codes that a source has, closed or not."""
    return set(await session.scalars(select(Source.code).where(Source.code.in_(sorted(codes)))))
