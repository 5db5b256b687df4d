"""The watch after a report: begun with it, judged by whoever holds its row, told when the answer changes.

The answer itself comes from outside (`alerts.closure`, by way of `app.flows.verdict`). Never commits.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.repository import OrderRow
from dispatch.review import review_repository, rules
from dispatch.review import verdict_repository as repository
from dispatch.review.policy import WatchRules
from dispatch.review.verdict_repository import Due
from models.enums import EventKind, ReportClaim, VerdictState
from models.facts import OrderTold

__all__ = ["Due", "Judged", "begin", "due", "end", "keep", "rules_of"]


@dataclass(frozen=True, slots=True)
class Judged:
    """What the station says, with the figures it rests on and the series for a chart."""

    state: VerdictState
    relapsed: bool
    next_at: datetime | None
    figures: Mapping[str, Any] = field(default_factory=dict)
    series: Mapping[str, Any] = field(default_factory=dict)


async def begin(session: AsyncSession, order: OrderRow, claims: ReportClaim | None, *, now: datetime) -> None:
    """Watches the station of a locked order from now on; earlier rounds are left as they are."""
    if _unmeasured(order):
        return
    policy = await review_repository.policy(session)
    await repository.begin(
        session, order.id, order.round, claims, reported_at=now,
        until_at=now + timedelta(hours=policy.watch.longest_hours), policy_version=policy.version,
    )  # fmt: skip


async def end(session: AsyncSession, order: OrderRow) -> None:
    """The order was withdrawn: nothing is asked any more."""
    if not _unmeasured(order):
        await repository.end(session, order.id)


def _unmeasured(order: OrderRow) -> bool:
    """Whether no alert ever raised it; a part of a joint order may have given its alert to the whole."""
    return order.alert_id is None and order.joint_role is None


async def due(session: AsyncSession, *, now: datetime, limit: int) -> list[Due]:
    """Orders whose station is to be asked, held until the transaction ends; any number of engines may do this."""
    return await repository.due(session, now, limit)


async def rules_of(session: AsyncSession, due: Due) -> WatchRules:
    """Those the watch began under."""
    return (await review_repository.policy_of(session, due.policy_version)).watch


async def keep(session: AsyncSession, due: Due, judged: Judged, *, now: datetime) -> list[OrderTold]:
    """Keeps what was found of a held row; tells what is new, and once a round that it contradicts the report."""
    mismatch = rules.contradicts(judged.state, due.claims)
    await repository.save(
        session, due, state=judged.state, relapsed=judged.relapsed, mismatch=mismatch, figures=judged.figures,
        series=judged.series, next_at=judged.next_at, now=now,
    )  # fmt: skip
    detail = {
        "round": due.round,
        "verdict": judged.state.value,
        "relapsed": judged.relapsed,
        "pollutant": due.pollutant,
        "claims": None if due.claims is None else due.claims.value,
    }
    kinds = []
    if judged.state is not due.state:
        kinds.append(EventKind.VERDICT_JUDGED)
    if mismatch and not due.mismatch_told:
        kinds.append(EventKind.VERDICT_MISMATCH)
    return [
        OrderTold(kind, due.order_id, due.number, due.grid_id, due.grid_code, now, detail=detail)
        for kind in kinds
    ]
