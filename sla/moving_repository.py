"""All SQL of moving open orders under another policy."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec
from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from models.bulk import fetch
from models.ids import OrderId
from models.sla import SlaApplication
from sla import changes, repository
from sla.changes import Change
from sla.deadlines import Running, plan_document
from sla.moving import Held
from sla.policy_overlay import PLAIN, Traits
from sla.traits_repository import traits_of

_SAVE = """
UPDATE sla_clock c
   SET due_at = n.due_at, plan = n.plan::jsonb, step = n.step, next_at = n.next_at, stops = n.stops::jsonb,
       policy_version = $1
  FROM unnest($2::bigint[], $3::timestamptz[], $4::text[], $5::int[], $6::timestamptz[], $7::text[])
       AS n(id, due_at, plan, step, next_at, stops)
 WHERE c.id = n.id
"""
_decode = msgspec.json.Decoder(dict[str, Any]).decode


async def held(session: AsyncSession, clocks: Sequence[Running]) -> list[Held]:
    """What the terms of these clocks depend on; for those of earlier releases, as it is now."""
    rows = await fetch(
        session,
        "SELECT id, started_at, policy_version, traits::text FROM sla_clock WHERE id = ANY($1::bigint[])",
        [clock.id for clock in clocks],
    )
    known = {row[0]: row for row in rows}
    bare = [(c.order_id, c.grid_id) for c in clocks if known[c.id][3] is None]
    today = await traits_of(session, bare)
    found = []
    for clock in clocks:
        _, started_at, version, traits = known[clock.id]
        read = Traits.read(_decode(traits)) if traits else today.get((clock.order_id, clock.grid_id), PLAIN)
        found.append(Held(clock, started_at.astimezone(UTC), version, read))
    return found


async def clocks_of(session: AsyncSession, order_ids: Sequence[OrderId], *, lock: bool) -> list[Running]:
    """The unstopped clocks of some orders; locked when they are to be moved."""
    return await repository.of_orders(session, order_ids, lock=lock)


async def save(session: AsyncSession, clocks: Sequence[Running], version: int) -> None:
    """Writes moved clocks; what they were due at first stays."""
    if clocks:
        await fetch(
            session, _SAVE, version, [c.id for c in clocks], [c.due_at for c in clocks],
            [msgspec.json.encode(plan_document(c.plan)).decode() for c in clocks], [c.step for c in clocks],
            [c.next_at for c in clocks], [repository.names(c.stops) for c in clocks],
        )  # fmt: skip
        changes.note(session, *(repository.changed(c, Change.MOVED) for c in clocks))


async def add_application(session: AsyncSession, **values: Any) -> int:
    done = await session.execute(insert(SlaApplication).values(**values).returning(SlaApplication.id))
    return int(done.scalar_one())


async def application(session: AsyncSession, id_: int) -> SlaApplication | None:
    return (
        await session.execute(
            select(SlaApplication).where(SlaApplication.id == id_).with_for_update(key_share=True)
        )
    ).scalar_one_or_none()


async def carried_out(session: AsyncSession, dry_run_id: int) -> datetime | None:
    """When a dry run was carried out, if it was."""
    found: datetime | None = await session.scalar(
        select(SlaApplication.created_at).where(SlaApplication.dry_run_id == dry_run_id)
    )
    return found
