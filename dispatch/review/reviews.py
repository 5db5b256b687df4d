"""A review: who may, what it has to say, and what is kept of it, inside the caller's transaction."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.commands import Accept, Return
from dispatch.repository import OrderRow
from dispatch.review import review_repository as repository
from dispatch.review import rules
from dispatch.review.policy import ReviewPolicy, parse_policy, policy_body
from models.ids import PersonId


async def policy(session: AsyncSession) -> ReviewPolicy:
    """The rules of review in force."""
    return await repository.policy(session)


async def set_policy(
    session: AsyncSession, body: Mapping[str, Any], *, author: str, note: str, now: datetime
) -> ReviewPolicy:
    """A new version, in force from now on; raises Invalid for what makes no sense. Nothing judged changes."""
    read = parse_policy(0, body)
    version = await repository.add_policy(session, policy_body(read), author=author, note=note, now=now)
    return parse_policy(version, body)


async def judge(
    session: AsyncSession, order: OrderRow, command: Accept | Return, *, actor: PersonId
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The columns of the review beside its decision, and what the journal says of them.

    Raises before anything is written: HandlerMayNotReview, or Invalid for what is missing.
    """
    known = await repository.before(session, order.id, order.round, actor)
    rules.may_review(handled=known.handled, reported=known.reported)
    policy = await repository.policy_of(session, known.newest)
    accepting = isinstance(command, Accept)
    checklist = rules.checked(
        policy.items(known.cause),
        command.checklist,
        accepting=accepting,
        required=accepting and (policy.checklist_required or command.checklist_required),
    )
    override = command.override_reason if isinstance(command, Accept) else None
    if accepting:
        rules.demand_override(known.verdict, override)
    reasons = rules.distinct_reasons(command.reasons) if isinstance(command, Return) else []
    columns = {
        "checklist": checklist,
        "reasons": reasons,
        "override_reason": override,
        "verdict": None if known.verdict is None else known.verdict.value,
        "policy_version": policy.version,
    }
    detail: dict[str, Any] = {"checklist": checklist is not None}
    if reasons:
        detail["reasons"] = reasons
    if known.verdict is not None:
        detail["verdict"] = known.verdict.value
    if override is not None:
        detail["override_reason"] = override
    return columns, detail
