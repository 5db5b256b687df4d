"""The ledger of rewards 举报奖励: proposed, approved by another person, paid under a document; never commits."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy.ext.asyncio import AsyncSession

from airquality.period import BEIJING
from models.enums import PublicReportState, RewardState
from models.errors import AlreadyPending, Invalid, NotFound
from models.public_report import ReportReward
from supervision.public_reports import report_repository as repository
from supervision.public_reports.policy import PublicReportPolicy, demand_amount
from supervision.public_reports.rewards import demand_step

_REWARDED = (
    PublicReportState.ACCEPTED.value,
    PublicReportState.ANSWERED.value,
    PublicReportState.MERGED.value,
)


@dataclass(frozen=True, slots=True)
class Rewarded:
    """A step of a reward."""

    id: int
    report_id: int
    number: str
    grid_id: int | None
    state: RewardState
    amount: Decimal
    by: int


async def propose(
    session: AsyncSession,
    report_id: int,
    amount: Decimal,
    ground: str,
    *,
    policy: PublicReportPolicy,
    by: int,
    now: datetime,
) -> Rewarded:
    """A reward for a report that was accepted; raises Invalid outside the limits, AlreadyPending for a second one."""
    report = await repository.lock(session, report_id)
    if report is None:
        raise NotFound(f"no public report {report_id}")
    if report.state not in _REWARDED:
        raise Invalid("only a report that was accepted is rewarded", field="report")
    demand_amount(policy, amount)
    if await repository.live_reward(session, report_id) is not None:
        raise AlreadyPending("the report has a reward already")
    row = ReportReward(
        report_id=report_id, state=RewardState.PROPOSED.value, amount=amount, ground=ground,
        policy_version=policy.version, proposed_by=by, proposed_at=now,
    )  # fmt: skip
    session.add(row)
    await session.flush()
    return await _said(session, row, by)


async def decide(
    session: AsyncSession, reward_id: int, *, approve: bool, why: str | None, by: int, now: datetime
) -> Rewarded:
    """Approves or declines what another person proposed; to decline takes a reason."""
    row = await _held(session, reward_id, "approve" if approve else "decline", by)
    if not approve and not why:
        raise Invalid("to decline a reward takes a reason", field="reason")
    row.state = (RewardState.APPROVED if approve else RewardState.DECLINED).value
    row.decided_by, row.decided_at, row.decided_why = by, now, why
    await session.flush()
    return await _said(session, row, by)


async def pay(
    session: AsyncSession, reward_id: int, *, document: str, paid_on: date, by: int, now: datetime
) -> Rewarded:
    """Records the payment of what was approved; raises Invalid for a day before the approval or after today."""
    row = await _held(session, reward_id, "pay", by)
    today = now.astimezone(BEIJING).date()
    if row.decided_at is None or not row.decided_at.astimezone(BEIJING).date() <= paid_on <= today:
        raise Invalid("a reward is paid between its approval and today", field="paid_on")
    row.state, row.paid_by, row.paid_at = RewardState.PAID.value, by, now
    row.paid_on, row.document = paid_on, document
    await session.flush()
    return await _said(session, row, by)


async def _held(session: AsyncSession, reward_id: int, act: str, by: int) -> ReportReward:
    row = await repository.lock_reward(session, reward_id)
    if row is None:
        raise NotFound(f"no reward {reward_id}")
    demand_step(act, RewardState(row.state), by=by, proposed_by=row.proposed_by, decided_by=row.decided_by)
    return row


async def _said(session: AsyncSession, row: ReportReward, by: int) -> Rewarded:
    report = await repository.find(session, row.report_id)
    return Rewarded(
        row.id, row.report_id, report.number, report.grid_id, RewardState(row.state), row.amount, by
    )
