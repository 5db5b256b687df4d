"""Who keeps out of an order 回避 (annex 1 art. 11); asked before every act on it, review included."""

from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.requests import request_repository
from models.errors import Recused
from models.ids import OrderId, PersonId


async def barred(session: AsyncSession, order_id: OrderId, person_id: PersonId) -> bool:
    """Whether the person has declared an interest in the order that nobody has lifted since."""
    return person_id in await request_repository.barred(session, order_id)


async def check(session: AsyncSession, order_id: OrderId, person_id: PersonId) -> None:
    """Raises Recused for somebody who keeps out of the order."""
    if await barred(session, order_id, person_id):
        raise Recused("you have declared an interest in this order: you neither handle nor review it")
