"""Moves orders along, inside the caller's transaction; returns facts."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from dispatch import joint, recusal, repository
from dispatch.commands import Accept, Acknowledge, Command, FileReport, GiveFeedback, Return, Withdraw
from dispatch.lifecycle import following
from dispatch.repository import OrderRow as OrderRow
from dispatch.review import reviews, verdicts
from dispatch.standing import Standing
from dispatch.tasks import service as tasks
from models.enums import OrderAct
from models.errors import HandlerMayNotReview, Invalid
from models.facts import OrderMoved
from models.ids import OrderId, PersonId
from models.order import DisposalReport, Feedback, Review


async def lock_order(session: AsyncSession, order_id: OrderId) -> OrderRow | None:
    return await repository.lock(session, order_id)


async def handled(session: AsyncSession, order_id: OrderId, person_id: PersonId) -> bool:
    """Whether this person ever handled the order."""
    return await repository.is_handler(session, order_id, person_id)


async def move(
    session: AsyncSession,
    order: OrderRow,
    command: Command,
    *,
    actor: PersonId,
    actor_name: str,
    now: datetime,
    client_at: datetime | None = None,
    standing: Standing | None = None,
) -> OrderMoved:
    """Carries out an act on a locked order; raises before anything is written when it is forbidden.

    What is known of order and actor already, `standing` says.
    """
    after = following(order.state, command.act)
    judged: dict[str, Any] = {}
    said: dict[str, Any] = {}
    if standing is None:
        await recusal.check(session, order.id, actor)
    else:
        recusal.check_barred(standing.barred)
    if isinstance(command, Accept | Return):
        judged, said = await reviews.judge(session, order, command, actor=actor)
    detail: dict[str, Any] = {}
    changed: dict[str, Any] = {"state": after.value}
    round_ = order.round
    match command:
        case Acknowledge():
            changed["acknowledged_at"] = now
        case GiveFeedback():
            changed["feedback_at"] = now
            digests = await _evidence(session, order, command.evidence, actor, "feedback")
            code = None if command.cause_code is None else command.cause_code.value
            await repository.add_statement(
                session, Feedback, order_id=order.id, round=order.round, finding=command.finding,
                cause=command.cause, cause_code=code, location=command.location, person_id=actor, created_at=now,
            )  # fmt: skip
            detail = {"finding": command.finding, "cause": command.cause, "evidence": len(command.evidence)}
            detail |= ({} if code is None else {"cause_code": code}) | digests
        case FileReport():
            overrides = await _overrides(session, order, command, standing)
            changed["reported_at"] = now
            digests = await _evidence(session, order, command.evidence, actor, "report")
            await repository.add_statement(
                session, DisposalReport, order_id=order.id, round=order.round, measures=command.measures,
                result=command.result, claims=command.claims, person_id=actor, created_at=now, **overrides,
            )  # fmt: skip
            await verdicts.begin(session, order, command.claims, now=now)
            detail = (
                {
                    "measures": command.measures,
                    "result": command.result,
                    "evidence": len(command.evidence),
                }
                | digests
                | {name: why for name, why in overrides.items() if why is not None}
            )
            if command.claims is not None:
                detail["claims"] = command.claims.value
        case Accept() | Return():
            if isinstance(command, Accept):
                await joint.demand_closed(session, order)
            decision = command.act.value
            await repository.add_statement(
                session, Review, order_id=order.id, round=order.round, decision=decision,
                comment=command.comment, person_id=actor, created_at=now, **judged,
            )  # fmt: skip
            detail = {"comment": command.comment} | said
            if isinstance(command, Accept):
                changed["closed_at"] = now
                detail |= _false_alarm(command, changed)
            else:
                round_ += 1
                changed["round"] = round_
        case Withdraw():
            if not command.with_children:
                await joint.demand_no_open_part(session, order)
            changed["closed_at"] = now
            detail = {"reason": command.reason} | _false_alarm(command, changed)
            await verdicts.end(session, order)
    if command.act in (OrderAct.REPORT, OrderAct.VOID):
        changed["suspended_until"] = None
    handling = command.act in (OrderAct.ACKNOWLEDGE, OrderAct.FEEDBACK, OrderAct.REPORT)
    await repository.save_state(session, order, handler=actor if handling else None, **changed)
    if after.final:
        await repository.end_holder(session, order.id, now)
    return OrderMoved(
        order.id, order.number, order.grid_id, order.grid_code, order.station, command.act, order.state, after,
        round_, now, actor, actor_name, detail, client_at=client_at, drill=order.drill,
    )  # fmt: skip


async def check_reviewer(session: AsyncSession, order_id: OrderId, actor: PersonId) -> None:
    """Raises for whoever handled the order, or keeps out of it."""
    await recusal.check(session, order_id, actor)
    if await repository.is_handler(session, order_id, actor):
        raise HandlerMayNotReview("whoever handled an order can never review it")


async def _overrides(
    session: AsyncSession, order: OrderRow, command: FileReport, standing: Standing | None
) -> dict[str, str | None]:
    """Why the order is reported over what is unfinished of it; raises Unfinished where nobody says why."""
    unfinished = None
    if standing is None or standing.handed_down:
        unfinished = await tasks.demand_finished(session, order.id, command.unfinished_tasks_reason)
    return {
        "unfinished_tasks_reason": unfinished,
        "open_children_reason": await joint.demand_reported(session, order, command.open_children_reason),
    }


def _false_alarm(command: Accept | Withdraw, changed: dict[str, Any]) -> dict[str, Any]:
    """Notes on the order why it had been for nothing, and gives what the journal says of it."""
    if command.false_alarm is None:
        return {}
    changed["false_alarm"] = command.false_alarm.value
    return {"false_alarm": command.false_alarm.value}


async def _evidence(
    session: AsyncSession, order: OrderRow, ids: Sequence[Any], actor: PersonId, used_for: str
) -> dict[str, Any]:
    """Ties the evidence to the order; gives what the journal keeps of it: so the chain speaks for the files too."""
    unique = sorted(set(ids))
    if not unique:
        return {}
    taken = await repository.take_evidence(session, unique, order=order, person_id=actor, used_for=used_for)
    if len(taken) != len(unique):
        raise Invalid("some evidence is unknown, was uploaded by somebody else, or belongs to another order")
    return {"evidence_sha256": sorted(digest.hex() for digest in taken)}
