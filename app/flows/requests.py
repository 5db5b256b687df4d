"""Requests 请示 from the filing to the decision and what it brings about; one transaction each.

A request never stops a clock: what an approval changes is changed when it is given.
"""

from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy.ext.asyncio import AsyncSession

from app import below
from app.auth.request_rights import permit_deciding, permit_filing
from app.auth.scope import Caller
from app.flows.held import held
from app.flows.holding import hand_over, prefecture_of, suspend, told
from app.flows.joint_port import JointApproved, OpenJoint
from app.flows.lapse import settle
from dispatch import acts, holders, recusal
from dispatch.commands import Withdraw
from dispatch.requests import joint, recused, suspension, transfer
from dispatch.requests import service as requests
from dispatch.requests.asked import Asked, Decision, Extension, Joint, Recusal, Suspension, Transfer
from dispatch.requests.service import OrderRow, Person, RequestRow
from models.clock import Clock
from models.enums import (
    ClockKind,
    EventKind,
    FalseAlarm,
    HoldReason,
    JointMode,
    OrderAct,
    RequestAct,
    RequestKind,
    SubjectAct,
)
from models.errors import Invalid, NotFound
from models.facts import Fact
from models.ids import GridId, PersonId
from sla import extension, fair, holding
from sla import service as sla

if TYPE_CHECKING:
    from app.pipeline import Pipeline


async def file(
    pipeline: "Pipeline",
    session: AsyncSession,
    order_id: int,
    asked: Asked,
    *,
    caller: Caller,
    expected_version: int | None,
    clock: Clock,
) -> int:
    """A request of the caller's, with a clock for its decision; gives its id."""
    order = await held(session, order_id, caller, expected_version)
    above = prefecture_of(pipeline)
    role, unit = permit_filing(
        caller, asked.kind, holder=order.grid_id, prefecture=above, tree=pipeline.directory
    )
    if isinstance(asked, Recusal):
        asked = Recusal(asked.reason, GridId(unit), role.value)
    now = await sla.not_before(session, order.id, clock.now())
    await _check(pipeline, session, order, asked, now)
    filed = await requests.file(session, order, asked, decides=above, by=_person(caller), now=now)
    if filed.new:
        await holding.start_beside(
            session, ClockKind.DECISION, order.id, above, request_id=filed.request_id, round_=order.round,
            policy_version=order.policy_version, now=now,
        )  # fmt: skip
    await pipeline.told(session, [filed.fact], now=now)
    return filed.request_id


async def decide(
    pipeline: "Pipeline",
    session: AsyncSession,
    request_id: int,
    decision: Decision,
    *,
    caller: Caller,
    expected_version: int | None,
    clock: Clock,
    open_joint: OpenJoint,
) -> None:
    """The level above says yes or no; what was granted is carried out in the same transaction."""
    row, order = await _held_of(session, request_id, caller, expected_version)
    granted = 0 if row.clock_id is None else await requests.extensions(session, row.clock_id)
    permit_deciding(caller, row.kind, level=row.decides_grid_id, granted=granted)
    by = _person(caller)
    await requests.check_may_decide(
        session, row, RequestAct.APPROVE if decision.approve else RequestAct.REJECT, by
    )
    now = await sla.not_before(session, order.id, clock.now())
    await recusal.refuse(session, order.id, by.id, now)
    if not decision.approve and decision.comment is None:
        raise Invalid("a rejection wants a comment", field="comment")
    # Before anything else: what ends the order would void it with all the others.
    stopped: list[Fact] = [
        *await fair.answered(session, ClockKind.DECISION, row.id, SubjectAct.DECIDE, now=now)
    ]
    facts: list[Fact] = []
    given: dict[str, Any] | None = None
    if decision.approve:
        facts, given = await _carry_out(pipeline, session, order, row, decision, by, now, open_joint)
    decided = await requests.decide(session, order, row, decision, granted=given, by=by, now=now)
    facts += await settle(session, order.id, now=now)
    await pipeline.told(session, [*stopped, decided, *facts], now=now)


async def withdraw(
    pipeline: "Pipeline", session: AsyncSession, request_id: int, *, caller: Caller, clock: Clock
) -> None:
    """Whoever filed it takes it back while it is pending."""
    row, order = await _held_of(session, request_id, caller, None)
    if row.kind is not RequestKind.RECUSAL:
        await recusal.check(session, order.id, PersonId(caller.id))
    now = await sla.not_before(session, order.id, clock.now())
    facts: list[Fact] = [await requests.withdraw(session, order, row, by=_person(caller), now=now)]
    facts += await fair.answered(session, ClockKind.DECISION, row.id, SubjectAct.DECIDE, now=now)
    await pipeline.told(session, facts, now=now)


async def _held_of(
    session: AsyncSession, request_id: int, caller: Caller, expected_version: int | None
) -> tuple[RequestRow, OrderRow]:
    """The request with its order, held; raises NotFound outside the caller's scope."""
    row = await requests.find(session, request_id)
    order = await acts.lock_order(session, row.order_id)
    if order is None or not (caller.scope.sees(row.grid_id) or row.filed_by == caller.id):
        raise NotFound("no such request")
    if caller.scope.sees(order.grid_id):
        order = await held(session, order.id, caller, expected_version)
    # Only now does it stand still.
    return await requests.find(session, request_id), order


async def _check(
    pipeline: "Pipeline", session: AsyncSession, order: OrderRow, asked: Asked, now: datetime
) -> None:
    """What a kind demands beside the order's state; raises before anything is written."""
    requests.check_open(order, asked.kind)
    match asked:
        case Extension():
            deadline = await holding.deadline_of(session, order.id, asked.clock_id)
            granted = await requests.extensions(session, asked.clock_id)
            extension.check(deadline, asked.until, granted=granted, now=now)
        case Transfer():
            await _check_transfer(session, order)
            if asked.grid_id == order.grid_id:
                raise Invalid("this grid holds the order already", field="grid")
        case Joint():
            levels = {grid.code: grid.level for grid in pipeline.directory.grids}
            joint.check(asked.mode, asked.lead, asked.others, levels)
        case Suspension():
            suspension.check_filed(asked.until, now=now)
            await _check_suspension(session, order)
        case _:
            pass


async def _check_transfer(session: AsyncSession, order: OrderRow) -> None:
    bearing = await requests.bearing(session, order)
    transfer.check(
        transfers=await holders.transfers(session, order), locked=bearing.transfer_locked_at is not None
    )


async def _check_suspension(session: AsyncSession, order: OrderRow) -> None:
    bearing = await requests.bearing(session, order)
    unstopped = await holding.unstopped(session, order.id)
    suspension.check(suspended=bearing.suspended_until is not None, unstopped=unstopped.values())


async def _carry_out(
    pipeline: "Pipeline",
    session: AsyncSession,
    order: OrderRow,
    row: RequestRow,
    decision: Decision,
    by: Person,
    now: datetime,
    open_joint: OpenJoint,
) -> tuple[list[Fact], dict[str, Any] | None]:
    """What was granted, done; gives the facts and what is to be remembered of it."""
    requests.check_open(order, row.kind)
    match row.kind:
        case RequestKind.EXTENSION:
            return await _extend(session, order, row, by, now), None
        case RequestKind.TRANSFER:
            return await _transfer(session, order, row, decision, by, now)
        case RequestKind.JOINT:
            return [*await open_joint(session, _joint(pipeline, order, row, by), now)], None
        case RequestKind.RECUSAL:
            return await _replace(session, order, row, decision, by, now)
        case RequestKind.SUSPENSION:
            await _check_suspension(session, order)
            until = requests.until_of(row)
            suspension.check_filed(until, now=now)
            facts = await suspend(
                session, order, until, request_id=row.id, by=by, now=now, prefecture=row.decides_grid_id
            )
            return facts, None
        case RequestKind.VOID:
            return await _void(session, order, row, by, now), None


async def _extend(
    session: AsyncSession, order: OrderRow, row: RequestRow, by: Person, now: datetime
) -> list[Fact]:
    clock_id, until = requests.clock_of(row), requests.until_of(row)
    granted = await requests.extensions(session, clock_id)
    moved, effects = await holding.extend(session, order.id, clock_id, until, granted=granted, now=now)
    detail = {
        "clock": moved.clock.kind.value,
        "round": moved.clock.round,
        "due_at": moved.clock.due_at.isoformat(),
        "before": moved.before.isoformat(),
        "original_due_at": moved.original_due_at.isoformat(),
        "request": row.id,
    }
    return [*effects, told(EventKind.SLA_EXTENDED, order, by, now, detail)]


async def _transfer(
    session: AsyncSession, order: OrderRow, row: RequestRow, decision: Decision, by: Person, now: datetime
) -> tuple[list[Fact], dict[str, Any]]:
    await _check_transfer(session, order)
    policy = transfer.policy_for(decision.policy, misdispatched=decision.misdispatched)
    receiver = transfer.receiver(requests.proposed_by(row), decision.grid_id)
    facts, code = await hand_over(
        session, order, receiver, why=HoldReason.TRANSFER, policy=policy, by=by, now=now, more={"request": row.id}
    )  # fmt: skip
    if decision.misdispatched:
        await holders.mark_misdispatched(session, order)
    return facts, {"grid": code, "policy": policy.value, "misdispatched": decision.misdispatched}


async def _replace(
    session: AsyncSession, order: OrderRow, row: RequestRow, decision: Decision, by: Person, now: datetime
) -> tuple[list[Fact], dict[str, Any]]:
    """Somebody else of the unit goes on with it; or, where the whole unit is concerned, another grid."""
    recused.check_takes_over(decision.alternate, decision.grid_id)
    if decision.grid_id is None:
        person = await requests.alternate(session, row, decision.alternate or "", now=now)
        return [], {"alternate": person.username}
    requests.check_handled(order)
    policy = transfer.policy_for(decision.policy, misdispatched=decision.misdispatched)
    facts, code = await hand_over(
        session, order, decision.grid_id, why=HoldReason.RECUSAL, policy=policy, by=by, now=now
    )
    return facts, {"grid": code, "policy": policy.value}


async def _void(
    session: AsyncSession, order: OrderRow, row: RequestRow, by: Person, now: datetime
) -> list[Fact]:
    why = row.asked.get("false_alarm")
    command = Withdraw((row.reason or "")[:500], None if why is None else FalseAlarm(why), with_children=True)
    moved = await acts.move(session, order, command, actor=by.id, actor_name=by.name, now=now)
    effects = await sla.act(session, order.id, OrderAct.VOID, now=now)
    return [*effects, moved, *await below.end(session, order, command, moved, now=now)]


def _joint(pipeline: "Pipeline", order: OrderRow, row: RequestRow, by: Person) -> JointApproved:
    def grid(code: str) -> GridId:
        found = pipeline.directory.grid_by_code(code)
        if found is None:
            raise Invalid(f"no grid {code}")
        return found.id

    others = tuple(grid(code) for code in row.asked["others"])
    mode = JointMode(row.asked["mode"])
    lead = grid(row.asked["lead"])
    return JointApproved(row.id, order, mode, lead, others, row.reason or "", by.id, by.name)


def _person(caller: Caller) -> Person:
    return Person(PersonId(caller.id), caller.name)
