"""All SQL of policy versions. Bodies are parsed once each: one that is in force never changes."""

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

import msgspec
from sqlalchemy import func, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from models.bulk import fetch
from models.enums import PolicyState
from models.errors import NotFound
from models.kept import Kept
from models.sla import SlaPolicyRow
from sla.policy import Policy, parse_policy

_kept: Kept[Policy] = Kept()
_FOR_GOOD = (PolicyState.ACTIVE.value, PolicyState.RETIRED.value)
_LOCK = 0x6765_7368_70  # any number; versions are numbered and activated one after the other


@dataclass(frozen=True, slots=True)
class PolicyInfo:
    """A version as held for an act."""

    version: int
    state: PolicyState
    revision: int
    body: dict[str, Any]
    note: str


@lru_cache(maxsize=128)
def _parsed(version: int, body: str) -> Policy:
    # By its text too: one process may know several databases, and a draft is edited.
    return parse_policy(version, msgspec.json.decode(body))


async def lock(session: AsyncSession) -> None:
    """Holds the versions until the transaction ends."""
    await session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})


async def active(session: AsyncSession) -> tuple[Policy, bool] | None:
    """The policy in force in this transaction, and whether settings made it."""
    rows = await fetch(
        session, "SELECT version, body::text, from_settings FROM sla_policy WHERE state = 'active'"
    )
    return (_parsed(rows[0][0], rows[0][1]), rows[0][2]) if rows else None


async def policy_of(session: AsyncSession, version: int) -> Policy:
    """One version; raises NotFound."""
    if (known := _kept.get(session, version)) is not None:
        return known
    rows = await fetch(session, "SELECT body::text, state FROM sla_policy WHERE version = $1", version)
    if not rows:
        raise NotFound(f"no SLA policy {version}")
    policy = _parsed(version, rows[0][0])
    # A draft is edited yet, and one is tried in the transaction that may be rolled back.
    return _kept.put(session, version, policy) if rows[0][1] in _FOR_GOOD else policy


async def find(session: AsyncSession, version: int) -> PolicyInfo | None:
    row = (
        await session.execute(
            select(
                SlaPolicyRow.version,
                SlaPolicyRow.state,
                SlaPolicyRow.revision,
                SlaPolicyRow.body,
                SlaPolicyRow.note,
            )
            .where(SlaPolicyRow.version == version)
            # Not against keys: orders under the active one are dispatched meanwhile.
            .with_for_update(key_share=True)
        )
    ).one_or_none()
    return None if row is None else PolicyInfo(row[0], PolicyState(row[1]), row[2], row[3], row[4])


async def next_version(session: AsyncSession) -> int:
    return 1 + (await session.scalar(select(func.max(SlaPolicyRow.version))) or 0)


async def add(session: AsyncSession, **values: Any) -> None:
    await session.execute(insert(SlaPolicyRow).values(**values))


async def change(session: AsyncSession, version: int, **values: Any) -> None:
    await session.execute(
        update(SlaPolicyRow)
        .where(SlaPolicyRow.version == version)
        .values(**values)
        .execution_options(synchronize_session=False)
    )


async def put_in_force(session: AsyncSession, version: int, *, now: datetime) -> int | None:
    """Retires the active one, which it gives, and makes this one active."""
    previous = await session.scalar(
        select(SlaPolicyRow.version).where(SlaPolicyRow.state == PolicyState.ACTIVE.value)
    )
    if previous is not None:
        await change(session, previous, state=PolicyState.RETIRED.value, retired_at=now)
    await change(session, version, state=PolicyState.ACTIVE.value, activated_at=now)
    return previous
