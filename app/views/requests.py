"""Requests and holders as the API shows them; the same columns in a list, alone, and within an order."""

from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from app.auth.scope import Caller, Scope
from app.views.orders import order_grid
from app.views.paging import decode_cursor, instant, page
from models.bulk import fetch
from models.enums import RequestKind, RequestState, Role
from models.errors import NotFound

# Of a recusal only its decision is everybody's; who it is about stands with it, why does not.
COLUMNS = """
r.id, r.order_id, wo.number AS order_number, g.code AS grid, g.name AS grid_name, r.kind, r.state, r.reason,
r.clock_id, c.kind AS clock, r.until_at, pg.code AS proposed_grid,
CASE WHEN r.kind = 'recusal' THEN '{}'::jsonb ELSE r.asked END AS asked, f.name AS filed_by, r.filed_at,
dc.due_at, d.name AS decided_by, CASE WHEN r.kind = 'recusal' THEN NULL ELSE r.comment END AS comment,
r.granted, r.ended_at"""
SOURCE = """
order_request r JOIN work_order wo ON wo.id = r.order_id JOIN grid g ON g.id = r.grid_id
JOIN person f ON f.id = r.filed_by LEFT JOIN person d ON d.id = r.decided_by
LEFT JOIN sla_clock c ON c.id = r.clock_id LEFT JOIN grid pg ON pg.id = r.proposed_grid_id
LEFT JOIN sla_clock dc ON dc.kind = 'decision' AND dc.subject_id = r.id AND dc.order_id = r.order_id"""
HOLDER_COLUMNS = """
h.id, g.code AS grid, g.name AS grid_name, h.why, p.name AS person, h.held_from AS from_at, h.held_to AS to_at"""
HOLDER_SOURCE = """
holder_segment h JOIN grid g ON g.id = h.grid_id LEFT JOIN person p ON p.id = h.person_id"""
_LIST = f"""
SELECT row_to_json(t)::text FROM (
    SELECT {COLUMNS} FROM {SOURCE}
     WHERE ($1::int[] IS NULL OR r.grid_id = ANY($1)) AND ($2::int[] IS NULL OR r.grid_id = ANY($2))
       AND ($3::text IS NULL OR r.state = $3) AND ($4::text IS NULL OR r.kind = $4)
       AND ($5::bigint IS NULL OR r.id < $5) AND ($6::bigint IS NULL OR r.order_id = $6)
     ORDER BY r.id DESC LIMIT $7
) t
"""
_ONE = f"SELECT row_to_json(t)::text FROM (SELECT {COLUMNS}, r.grid_id FROM {SOURCE} WHERE r.id = $1) t"
_PRIVATE = """
SELECT string_agg(q.reason, E'\\n' ORDER BY q.declared_at), min(r.comment), bool_or(q.person_id = $2)
  FROM order_recusal q JOIN order_request r ON r.id = q.request_id
 WHERE q.request_id = $1 AND ($3 OR q.person_id = $2)
"""
_decode = msgspec.json.Decoder(dict[str, Any]).decode


async def list_requests(
    session: AsyncSession,
    *,
    scope: Scope,
    state: RequestState | None = None,
    kind: RequestKind | None = None,
    grid_ids: frozenset[int] | None = None,
    cursor: str | None = None,
    limit: int = 100,
) -> dict[str, Any]:
    """A page of the requests filed in the scope, newest first."""
    rows = await fetch(
        session,
        _LIST,
        _ids(scope.grid_ids),
        _ids(grid_ids),
        None if state is None else state.value,
        None if kind is None else kind.value,
        decode_cursor(cursor),
        None,
        limit + 1,
    )
    return page([_request(row[0]) for row in rows], limit)


async def requests_of(
    session: AsyncSession, order_id: int, scope: Scope, *, cursor: str | None = None, limit: int = 100
) -> dict[str, Any]:
    """A page of what was asked about one order, by whichever holder; raises NotFound outside the scope."""
    await order_grid(session, order_id, scope)
    rows = await fetch(
        session, _LIST, None, None, None, None, decode_cursor(cursor), order_id, limit + 1
    )  # fmt: skip
    return page([_request(row[0]) for row in rows], limit)


async def filed_by(session: AsyncSession, order_id: int, person_id: int) -> frozenset[int]:
    """Ids of the requests about an order that this person filed."""
    rows = await fetch(
        session, "SELECT id FROM order_request WHERE order_id = $1 AND filed_by = $2", order_id, person_id
    )
    return frozenset(row[0] for row in rows)


async def request_document(session: AsyncSession, request_id: int, caller: Caller) -> dict[str, Any]:
    """One request; with the private reason of a recusal for those who may know it.

    Raises NotFound outside the caller's scope, unless the caller is among those it is about.
    """
    rows = await fetch(session, _ONE, request_id)
    if not rows:
        raise NotFound(f"no request {request_id}")
    request = _request(rows[0][0])
    grid_id = request.pop("grid_id")
    # The roles of the whole prefecture: a duty officer's and an administrator's.
    knows = caller.has(Role.DUTY_OFFICER, Role.ADMINISTRATOR) and caller.scope.grid_ids is None
    concerned = False
    if request["kind"] == RequestKind.RECUSAL.value:
        (private,) = await fetch(session, _PRIVATE, request_id, caller.id, knows)
        request["reason"], request["comment"], concerned = private
    if not caller.scope.sees(grid_id) and not concerned:
        raise NotFound(f"no request {request_id}")
    return request


def _ids(grid_ids: frozenset[int] | None) -> list[int] | None:
    return None if grid_ids is None else sorted(grid_ids)


def _request(document: str) -> dict[str, Any]:
    request = _decode(document)
    for name in ("until_at", "filed_at", "due_at", "ended_at"):
        if request[name] is not None:
            request[name] = instant(datetime.fromisoformat(request[name]))
    return request
