"""The seam to joint handling: what an approved request hands over, and what carries it out."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.requests.service import OrderRow
from models.enums import JointMode
from models.facts import Fact
from models.ids import GridId, PersonId, RequestId


@dataclass(frozen=True, slots=True)
class JointApproved:
    """A request for joint or cross-county handling that was granted; the order is held."""

    request_id: RequestId
    order: OrderRow
    mode: JointMode
    lead: GridId
    others: tuple[GridId, ...]
    reason: str
    approved_by: PersonId
    approved_by_name: str


OpenJoint = Callable[[AsyncSession, JointApproved, datetime], Awaitable[Sequence[Fact]]]
"""In the transaction of the decision; gives what the feed hears of, locks no order with a smaller id, never commits."""
