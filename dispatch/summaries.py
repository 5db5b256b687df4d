"""The summary of a closed order: drafted, edited, signed once; what is said later is another version.

Whoever calls holds the order's row; nothing here commits.
"""

import hashlib
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from dispatch import summary_repository as repository
from dispatch.repository import OrderRow as OrderRow
from dispatch.summary_repository import Kept
from models.enums import EventKind, OrderState
from models.errors import ForbiddenTransition, NotFound, VersionConflict
from models.facts import OrderTold
from models.ids import PersonId


def demand_closed(order: OrderRow) -> None:
    """Raises ForbiddenTransition: a summary is of what is over."""
    if order.state is not OrderState.CLOSED:
        raise ForbiddenTransition(
            f"a summary is written of a closed order, this one is {order.state.value}",
            state=order.state.value,
            act="summarise",
        )


async def keep_draft(
    session: AsyncSession, order: OrderRow, text: str, inputs: bytes, *, person: PersonId, now: datetime
) -> bool:
    """Keeps a draft made from the facts with this hash; says whether it is a new version.

    The version that is not yet signed takes it; what a person has edited stays. After a signature it is the next
    version, an amendment, which begins with what was signed.
    """
    demand_closed(order)
    kept = await repository.newest(session, order.id)
    if kept is None or kept.signed:
        await repository.add(
            session, order_id=order.id, version=1 if kept is None else kept.version + 1, draft=text,
            inputs_hash=inputs, body=text if kept is None else kept.body, drafted_by=person, drafted_at=now,
        )  # fmt: skip
        return True
    if kept.inputs != inputs:
        body = kept.body if kept.edited or kept.version > 1 else text
        await repository.change(
            session, kept, draft=text, inputs_hash=inputs, body=body, drafted_by=person, drafted_at=now
        )
    return False


async def edit(
    session: AsyncSession,
    order: OrderRow,
    body: str,
    *,
    revision: int | None,
    person: PersonId,
    now: datetime,
) -> None:
    """Changes the text of the version that is not signed; raises where there is none."""
    kept = await _unsigned(session, order, revision, "edit")
    await repository.change(session, kept, body=body, edited_by=person, edited_at=now)


async def sign(
    session: AsyncSession,
    order: OrderRow,
    *,
    revision: int | None,
    person: PersonId,
    person_name: str,
    now: datetime,
) -> OrderTold:
    """Signs it for good; the event keeps the hash of the text, so the chain speaks for it."""
    kept = await _unsigned(session, order, revision, "sign")
    await repository.sign(session, kept, person_id=person, now=now)
    detail = {
        "version": kept.version,
        "sha256": hashlib.sha256(kept.body.encode()).hexdigest(),
        "inputs_sha256": kept.inputs.hex(),
    }
    return OrderTold(
        EventKind.SUMMARY_SIGNED, order.id, order.number, order.grid_id, order.grid_code, now, person, person_name,
        detail, drill=order.drill,
    )  # fmt: skip


async def _unsigned(session: AsyncSession, order: OrderRow, revision: int | None, act: str) -> Kept:
    kept = await repository.newest(session, order.id)
    if kept is None:
        raise NotFound(f"no summary of order {order.number} was drafted yet")
    if kept.signed:
        raise ForbiddenTransition(
            f"version {kept.version} is signed and stays as it is: draft an amendment",
            state="signed",
            act=act,
        )
    if revision is not None and revision != kept.revision:
        raise VersionConflict("the summary was changed since it was read", version=kept.revision)
    return kept
