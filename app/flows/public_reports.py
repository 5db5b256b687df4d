"""Public reports and rewards: who may do what, and what is told of it; what a reporter wrote is told to nobody."""

from collections.abc import Callable, Coroutine, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from sqlalchemy.ext.asyncio import AsyncSession

from app.auth.permissions import Tree, permit_role
from app.auth.scope import Caller
from models.clock import Clock
from models.enums import EventKind, Role
from models.errors import Forbidden, NotFound
from models.facts import Told
from models.ids import GridId, PersonId
from models.public_report import PublicReport, ReportReward
from supervision.public_reports import ledger, reports
from supervision.public_reports.identity import Keyring, Reporter
from supervision.public_reports.ledger import Rewarded
from supervision.public_reports.reports import Moved

if TYPE_CHECKING:
    from app.pipeline import Pipeline

HANDLERS = (Role.SUPERVISOR, Role.CHIEF, Role.DUTY_OFFICER)
"""Of the report's grid or above it: they judge, refer and answer, and propose rewards."""
APPROVERS = (Role.CHIEF,)
PAYERS = (Role.IDENTITY_KEEPER, Role.SUPERVISOR, Role.DUTY_OFFICER)
Act = Callable[[datetime], Coroutine[Any, Any, Moved]]
KEEPERS = (Role.IDENTITY_KEEPER,)
READERS_OF_REWARDS = (
    Role.CHIEF,
    Role.SUPERVISOR,
    Role.DUTY_OFFICER,
    Role.ADMINISTRATOR,
    Role.IDENTITY_KEEPER,
)
_EVENT = {
    "received": EventKind.PUBLIC_REPORT_RECEIVED,
    "rated": EventKind.PUBLIC_REPORT_RATED,
    "shown": EventKind.REPORTER_SHOWN,
    "erased": EventKind.REPORTER_ERASED,
}
_REWARD = {
    "proposed": EventKind.REWARD_PROPOSED,
    "approved": EventKind.REWARD_APPROVED,
    "declined": EventKind.REWARD_DECLINED,
    "paid": EventKind.REWARD_PAID,
}


def may(
    caller: Caller, roles: tuple[Role, ...], grid_id: int | None, tree: Tree, prefecture: int | None
) -> bool:
    """Whether the caller has one of the roles in the grid or above it; what is in the prefecture's queue is its own."""
    where = prefecture if grid_id is None else grid_id
    return where is not None and any(
        role in roles and where in tree.subtree(grid) for role, grid in caller.duties
    )


async def visible(session: AsyncSession, report_id: int, caller: Caller) -> PublicReport:
    """The report, where the caller sees it; raises NotFound."""
    row = await session.get(PublicReport, report_id)
    if row is None or not caller.scope.sees(row.grid_id):
        raise NotFound(f"no public report {report_id}")
    return row


def demand(
    pipeline: "Pipeline", caller: Caller, roles: tuple[Role, ...], grid_id: int | None, *, act: str
) -> None:
    """Raises Forbidden unless the caller has one of the roles there."""
    directory = pipeline.directory
    where = directory.prefecture if grid_id is None else grid_id
    if where is None:
        raise Forbidden(f"{act} takes a prefecture in the registry")
    permit_role(caller, roles, where, directory, act=act)


async def act(
    pipeline: "Pipeline",
    session: AsyncSession,
    report_id: int,
    work: Callable[[datetime], Coroutine[Any, Any, Moved]],
    *,
    caller: Caller,
    clock: Clock,
    what: str,
) -> Moved:
    """An act of whoever handles the report, and what is told of it."""
    row = await visible(session, report_id, caller)
    demand(pipeline, caller, HANDLERS, row.grid_id, act=what)
    now = clock.now()
    moved = await work(now)
    await told(pipeline, session, [moved], caller=caller, now=now)
    return moved


async def show_identity(
    pipeline: "Pipeline",
    session: AsyncSession,
    report_id: int,
    keyring: Keyring,
    *,
    reason: str,
    caller: Caller,
    clock: Clock,
) -> Reporter:
    """Who sent the report, to a keeper, with the look in the journal; nothing is shown unless that is committed."""
    row = await visible(session, report_id, caller)
    demand(pipeline, caller, KEEPERS, row.grid_id, act="opening who reported")
    now = clock.now()
    reporter, moved = await reports.identity(session, report_id, keyring)
    await told(pipeline, session, [moved], caller=caller, now=now, reason=reason)
    return reporter


async def propose_reward(
    pipeline: "Pipeline",
    session: AsyncSession,
    report_id: int,
    amount: Decimal,
    ground: str,
    *,
    caller: Caller,
    clock: Clock,
) -> Rewarded:
    """By whoever handles the report."""
    row = await visible(session, report_id, caller)
    demand(pipeline, caller, HANDLERS, row.grid_id, act="proposing a reward")
    now = clock.now()
    policy = await reports.policy_in_force(session)
    said = await ledger.propose(session, report_id, amount, ground, policy=policy, by=caller.id, now=now)
    await _rewarded(pipeline, session, said, caller=caller, now=now)
    return said


async def decide_reward(
    pipeline: "Pipeline",
    session: AsyncSession,
    reward_id: int,
    *,
    approve: bool,
    why: str | None,
    caller: Caller,
    clock: Clock,
) -> Rewarded:
    """By a chief of the report's grid or above it, who did not propose it."""
    await _reward(pipeline, session, reward_id, caller, APPROVERS, "deciding a reward")
    now = clock.now()
    said = await ledger.decide(session, reward_id, approve=approve, why=why, by=caller.id, now=now)
    await _rewarded(pipeline, session, said, caller=caller, now=now)
    return said


async def pay_reward(
    pipeline: "Pipeline",
    session: AsyncSession,
    reward_id: int,
    *,
    document: str,
    paid_on: date,
    caller: Caller,
    clock: Clock,
) -> Rewarded:
    """Recorded by whoever paid, who did not approve it."""
    await _reward(pipeline, session, reward_id, caller, PAYERS, "recording a payment")
    now = clock.now()
    said = await ledger.pay(session, reward_id, document=document, paid_on=paid_on, by=caller.id, now=now)
    await _rewarded(pipeline, session, said, caller=caller, now=now)
    return said


async def told(
    pipeline: "Pipeline",
    session: AsyncSession,
    moves: Sequence[Moved],
    *,
    caller: Caller | None,
    now: datetime,
    reason: str | None = None,
) -> None:
    """Writes what became of reports into the journal."""
    facts = []
    for moved in moves:
        kind = _EVENT.get(moved.act, EventKind.PUBLIC_REPORT_MOVED)
        detail = {"number": moved.number, "report": moved.report_id, **moved.detail}
        if kind is EventKind.PUBLIC_REPORT_MOVED:
            detail["act"] = moved.act
        if reason is not None:
            detail["reason"] = reason
        facts.append(_fact(pipeline, kind, moved.grid_id, caller, now, detail))
    await pipeline.told(session, facts, now=now)


async def set_policy(
    pipeline: "Pipeline",
    session: AsyncSession,
    body: dict[str, Any],
    *,
    note: str,
    caller: Caller,
    clock: Clock,
) -> int:
    """A new version of the rules of public reports and rewards."""
    now = clock.now()
    policy = await reports.set_policy(session, body, note=note, by=caller.id, now=now)
    detail = {"version": policy.version, "note": note}
    fact = _fact(pipeline, EventKind.PUBLIC_REPORT_POLICY_SET, None, caller, now, detail)
    await pipeline.told(session, [fact], now=now)
    return policy.version


async def _reward(
    pipeline: "Pipeline",
    session: AsyncSession,
    reward_id: int,
    caller: Caller,
    roles: tuple[Role, ...],
    what: str,
) -> None:
    found = await session.get(ReportReward, reward_id)
    if found is None:
        raise NotFound(f"no reward {reward_id}")
    report = await visible(session, found.report_id, caller)
    demand(pipeline, caller, roles, report.grid_id, act=what)


async def _rewarded(
    pipeline: "Pipeline", session: AsyncSession, said: Rewarded, *, caller: Caller, now: datetime
) -> None:
    detail = {"number": said.number, "reward": said.id, "amount": str(said.amount)}
    fact = _fact(pipeline, _REWARD[said.state.value], said.grid_id, caller, now, detail)
    await pipeline.told(session, [fact], now=now)


def _fact(
    pipeline: "Pipeline",
    kind: EventKind,
    grid_id: int | None,
    caller: Caller | None,
    now: datetime,
    detail: dict[str, Any],
) -> Told:
    grid = None if grid_id is None else pipeline.directory.grid(grid_id)
    return Told(
        kind,
        None if grid is None else GridId(int(grid.id)),
        None if grid is None else grid.code,
        now,
        None if caller is None else PersonId(caller.id),
        None if caller is None else caller.name,
        detail,
    )
