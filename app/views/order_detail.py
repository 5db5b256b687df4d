"""One order with everything people said about it, and its timeline."""

from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.auth.scope import EVERYTHING, Scope
from app.views.orders import order_document, order_grid
from app.views.paging import decode_cursor, instant, page
from models.alert import Alert
from models.journal import JournalEvent
from models.order import DisposalReport, Evidence, Feedback, Review
from models.registry import Person


async def order_detail(session: AsyncSession, order_id: int, scope: Scope = EVERYTHING) -> dict[str, Any]:
    """The Order with feedback, reports, reviews, evidence, alerts and links; NotFound outside the scope."""
    order = await order_document(session, order_id, scope)
    base = f"/api/v1/orders/{order_id}"
    links = {"self": base, "timeline": f"{base}/timeline"}
    if order["alert_id"] is not None:
        links["alert"] = f"/api/v1/alerts/{order['alert_id']}"
    return order | {
        "alerts": await _alerts(session, order_id),
        "feedback": await _feedback(session, order_id),
        "reports": await _reports(session, order_id),
        "reviews": await _reviews(session, order_id),
        "evidence": await _evidence(session, order_id),
        "links": links,
    }


async def _alerts(session: AsyncSession, order_id: int) -> list[dict[str, Any]]:
    """Every alert that became or joined the order."""
    statement = (
        select(Alert.id, Alert.kind, Alert.pollutant, Alert.severity, Alert.state, Alert.started_at)
        .where(Alert.order_id == order_id)
        .order_by(Alert.id)
    )
    rows = await session.execute(statement)
    return [dict(row._mapping) | {"started_at": instant(row.started_at)} for row in rows]


async def _feedback(session: AsyncSession, order_id: int) -> list[dict[str, Any]]:
    statement = (
        select(Feedback, Person.name).join(Person, Person.id == Feedback.person_id)
        .where(Feedback.order_id == order_id).order_by(Feedback.id)
    )  # fmt: skip
    return [
        {
            "id": said.id,
            "round": said.round,
            "finding": said.finding,
            "cause": said.cause,
            "location": said.location,
            "person": name,
            "created_at": instant(said.created_at),
        }
        for said, name in await session.execute(statement)
    ]


async def _reports(session: AsyncSession, order_id: int) -> list[dict[str, Any]]:
    statement = (
        select(DisposalReport, Person.name).join(Person, Person.id == DisposalReport.person_id)
        .where(DisposalReport.order_id == order_id).order_by(DisposalReport.id)
    )  # fmt: skip
    return [
        {
            "id": said.id,
            "round": said.round,
            "measures": said.measures,
            "result": said.result,
            "person": name,
            "created_at": instant(said.created_at),
        }
        for said, name in await session.execute(statement)
    ]


async def _reviews(session: AsyncSession, order_id: int) -> list[dict[str, Any]]:
    statement = (
        select(Review, Person.name).join(Person, Person.id == Review.person_id)
        .where(Review.order_id == order_id).order_by(Review.id)
    )  # fmt: skip
    return [
        {
            "id": said.id,
            "round": said.round,
            "decision": said.decision,
            "comment": said.comment,
            "person": name,
            "created_at": instant(said.created_at),
        }
        for said, name in await session.execute(statement)
    ]


async def _evidence(session: AsyncSession, order_id: int) -> list[dict[str, Any]]:
    statement = (
        select(Evidence, Person.name).join(Person, Person.id == Evidence.uploaded_by)
        .where(Evidence.order_id == order_id).order_by(Evidence.uploaded_at, Evidence.id)
    )  # fmt: skip
    return [
        {
            "id": str(piece.id),
            "sha256": piece.digest.hex(),
            "size": piece.size,
            "media_type": piece.media_type,
            "filename": piece.filename,
            "used_for": piece.used_for,
            "round": piece.round,
            "person": name,
            "uploaded_at": instant(piece.uploaded_at),
            "url": f"/api/v1/evidence/{piece.id}",
        }
        for piece, name in await session.execute(statement)
    ]


async def timeline(
    session: AsyncSession,
    order_id: int,
    scope: Scope = EVERYTHING,
    *,
    cursor: str | None = None,
    limit: int = 100,
) -> dict[str, Any]:
    """Every event of the order as it was recorded, oldest first; NotFound outside the scope."""
    await order_grid(session, order_id, scope)
    statement = (
        select(
            JournalEvent.id,
            JournalEvent.kind,
            JournalEvent.occurred_at,
            JournalEvent.recorded_at,
            JournalEvent.data,
            Person.name.label("actor"),
        )
        .outerjoin(Person, Person.id == JournalEvent.actor_id)
        .where(JournalEvent.order_id == order_id, JournalEvent.id > (decode_cursor(cursor) or 0))
        .order_by(JournalEvent.id)
        .limit(limit + 1)
    )
    return page([_event(row) for row in await session.execute(statement)], limit)


def _event(row: Row[*tuple[Any, ...]]) -> dict[str, Any]:
    return {
        "id": row.id,
        "kind": row.kind,
        "occurred_at": instant(row.occurred_at),
        "recorded_at": instant(row.recorded_at),
        "actor": row.actor,
        "data": row.data,
    }
