"""All SQL of rule sets and response levels."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, insert, literal, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from models.alert import RuleSetRow
from models.enums import ResponseLevel, RuleSetState
from models.rules import ResponseLevelRow

_LOCK = 0x6765_7368_73  # any number; versions are numbered and activated one after the other


@dataclass(frozen=True, slots=True)
class RuleSetInfo:
    """A rule set as held for an act."""

    version: int
    state: RuleSetState
    revision: int
    body: dict[str, Any]
    note: str


async def lock(session: AsyncSession) -> None:
    """Holds the rule book until the transaction ends."""
    await session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})


async def find(session: AsyncSession, version: int) -> RuleSetInfo | None:
    row = (
        await session.execute(
            select(
                RuleSetRow.version, RuleSetRow.state, RuleSetRow.revision, RuleSetRow.body, RuleSetRow.note
            )
            .where(RuleSetRow.version == version)
            .with_for_update()
        )
    ).one_or_none()
    return None if row is None else RuleSetInfo(row[0], RuleSetState(row[1]), row[2], row[3], row[4])


async def active_version(session: AsyncSession) -> int | None:
    return await session.scalar(
        select(RuleSetRow.version).where(RuleSetRow.state == RuleSetState.ACTIVE.value)
    )


async def active(session: AsyncSession) -> tuple[int, dict[str, Any]] | None:
    row = (
        await session.execute(
            select(RuleSetRow.version, RuleSetRow.body).where(RuleSetRow.state == RuleSetState.ACTIVE.value)
        )
    ).one_or_none()
    return None if row is None else (row.version, row.body)


async def next_version(session: AsyncSession) -> int:
    newest = await session.scalar(select(func.max(RuleSetRow.version)))
    return 1 + (newest or 0)


async def add(session: AsyncSession, **values: Any) -> None:
    await session.execute(insert(RuleSetRow).values(state=RuleSetState.DRAFT.value, **values))


async def change(session: AsyncSession, version: int, **values: Any) -> None:
    await session.execute(
        update(RuleSetRow)
        .where(RuleSetRow.version == version)
        .values(**values)
        .execution_options(synchronize_session=False)
    )


async def promote(session: AsyncSession, version: int, revision: int, now: datetime) -> bool:
    """A draft becomes back-tested, unless it was edited since the back-test began."""
    done = await session.execute(
        update(RuleSetRow)
        .where(
            RuleSetRow.version == version,
            RuleSetRow.revision == revision,
            RuleSetRow.state == RuleSetState.DRAFT.value,
        )
        .values(state=RuleSetState.BACK_TESTED.value, back_tested_at=now)
        .returning(RuleSetRow.version)
        .execution_options(synchronize_session=False)
    )
    return done.first() is not None


async def level(session: AsyncSession) -> ResponseLevel:
    """The response in force; none where nothing was ever said."""
    found = await session.scalar(select(ResponseLevelRow.level).where(ResponseLevelRow.valid_to.is_(None)))
    return ResponseLevel.NONE if found is None else ResponseLevel(found)


async def levels(
    session: AsyncSession, since: datetime, until: datetime
) -> Sequence[tuple[ResponseLevel, datetime, datetime | None]]:
    """The responses that were in force at some instant of [since, until), oldest first."""
    rows = await session.execute(
        select(ResponseLevelRow.level, ResponseLevelRow.valid_from, ResponseLevelRow.valid_to)
        .where(
            ResponseLevelRow.valid_from < until,
            ResponseLevelRow.valid_to.is_(None) | (ResponseLevelRow.valid_to > since),
        )
        .order_by(ResponseLevelRow.valid_from, ResponseLevelRow.id)
    )
    return [(ResponseLevel(row[0]), row[1], row[2]) for row in rows]


async def switch_level(
    session: AsyncSession, new: ResponseLevel, *, reason: str, author_id: int, now: datetime
) -> int:
    """Closes the level in force at `now` and opens the new one; gives its id."""
    await session.execute(
        update(ResponseLevelRow)
        .where(ResponseLevelRow.valid_to.is_(None))
        .values(valid_to=func.greatest(ResponseLevelRow.valid_from, now))
        .execution_options(synchronize_session=False)
    )
    done = await session.execute(
        insert(ResponseLevelRow)
        .values(level=new.value, valid_from=now, reason=reason, author_id=author_id)
        .returning(ResponseLevelRow.id)
    )
    return int(done.scalar_one())


async def add_first(session: AsyncSession, body: dict[str, Any], *, now: datetime) -> None:
    """Inserts version 1 as active if there is no rule set at all; two processes at once leave one."""
    columns = ("version", "state", "body", "author", "created_at", "activated_at")
    values = (1, RuleSetState.ACTIVE.value, body, "default", now, now)
    row = select(
        *(
            literal(value, RuleSetRow.__table__.c[name].type)
            for name, value in zip(columns, values, strict=True)
        )
    ).where(~select(RuleSetRow.version).exists())
    await session.execute(upsert(RuleSetRow).from_select(list(columns), row).on_conflict_do_nothing())
