"""All SQL of the summaries of orders."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from models.ids import OrderId
from models.summary import OrderSummary


@dataclass(frozen=True, slots=True)
class Kept:
    """The newest version of an order's summary, held."""

    id: int
    version: int
    revision: int
    inputs: bytes
    body: str
    edited: bool
    signed: bool


async def newest(session: AsyncSession, order_id: OrderId) -> Kept | None:
    """None while there is no version. Whoever asks holds the order."""
    row = (
        await session.execute(
            select(OrderSummary)
            .where(OrderSummary.order_id == order_id)
            .order_by(OrderSummary.version.desc())
            .limit(1)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
    ).scalar_one_or_none()
    if row is None:
        return None
    return Kept(
        row.id, row.version, row.revision, row.inputs_hash, row.body, row.edited_at is not None,
        row.signed_at is not None,
    )  # fmt: skip


async def add(session: AsyncSession, **values: Any) -> None:
    await session.execute(insert(OrderSummary).values(**values))


async def change(session: AsyncSession, kept: Kept, **values: Any) -> None:
    """Raises the revision."""
    await session.execute(
        update(OrderSummary)
        .where(OrderSummary.id == kept.id)
        .values(revision=kept.revision + 1, **values)
        .execution_options(synchronize_session=False)
    )


async def sign(session: AsyncSession, kept: Kept, *, person_id: int, now: datetime) -> None:
    await session.execute(
        update(OrderSummary)
        .where(OrderSummary.id == kept.id)
        .values(signed_by=person_id, signed_at=now)
        .execution_options(synchronize_session=False)
    )
