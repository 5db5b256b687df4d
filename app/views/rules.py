"""Rule sets and response levels as the API shows them."""

from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncSession

from alerts.rulediff import differences
from app.views.paging import INTEGER_MAX, decode_cursor, instant, page
from models.alert import RuleSetRow
from models.enums import ResponseLevel, RuleSetState
from models.errors import NotFound
from models.registry import Person
from models.rules import ResponseLevelRow

_COLUMNS = (
    RuleSetRow.version,
    RuleSetRow.state,
    RuleSetRow.revision,
    RuleSetRow.parent_version,
    RuleSetRow.author,
    RuleSetRow.note,
    RuleSetRow.created_at,
    RuleSetRow.changed_at,
    RuleSetRow.back_tested_at,
    RuleSetRow.activated_at,
    RuleSetRow.retired_at,
)


def _rule_set(row: Row[*tuple[Any, ...]]) -> dict[str, Any]:
    return {
        "version": row.version,
        "state": row.state,
        "revision": row.revision,
        "parent": row.parent_version,
        "author": row.author,
        "note": row.note,
        "created_at": instant(row.created_at),
        "changed_at": instant(row.changed_at),
        "back_tested_at": instant(row.back_tested_at),
        "activated_at": instant(row.activated_at),
        "retired_at": instant(row.retired_at),
    }


async def list_rule_sets(
    session: AsyncSession, *, state: RuleSetState | None = None, cursor: str | None = None, limit: int = 100
) -> dict[str, Any]:
    """A page of the versions without their bodies, newest first."""
    statement = select(*_COLUMNS)
    if state is not None:
        statement = statement.where(RuleSetRow.state == state.value)
    if (last := decode_cursor(cursor, top=INTEGER_MAX)) is not None:
        statement = statement.where(RuleSetRow.version < last)
    rows = await session.execute(statement.order_by(RuleSetRow.version.desc()).limit(limit + 1))
    return page([_rule_set(row) for row in rows], limit, "version")


async def rule_set_document(session: AsyncSession, version: int) -> dict[str, Any]:
    """One version with its body; raises NotFound."""
    row = (
        await session.execute(select(*_COLUMNS, RuleSetRow.body).where(RuleSetRow.version == version))
    ).one_or_none()
    if row is None:
        raise NotFound(f"no rule set {version}")
    return _rule_set(row) | {"body": row.body}


async def rule_set_differences(session: AsyncSession, before: int, after: int) -> dict[str, Any]:
    """What `after` says otherwise than `before`; raises NotFound."""
    bodies = [(await rule_set_document(session, version))["body"] for version in (before, after)]
    items = [
        {"path": d.path, "change": d.change, "before": d.before, "after": d.after}
        for d in differences(*bodies)
    ]
    return {"before": before, "after": after, "items": items, "next_cursor": None}


_RESPONSE = select(
    ResponseLevelRow.id,
    ResponseLevelRow.level,
    ResponseLevelRow.valid_from,
    ResponseLevelRow.valid_to,
    ResponseLevelRow.reason,
    Person.name.label("author"),
).join(Person, Person.id == ResponseLevelRow.author_id)


def _response(row: Row[*tuple[Any, ...]]) -> dict[str, Any]:
    return {
        "id": row.id,
        "level": row.level,
        "valid_from": instant(row.valid_from),
        "valid_to": instant(row.valid_to),
        "reason": row.reason,
        "author": row.author,
    }


async def list_responses(
    session: AsyncSession, *, level: ResponseLevel | None = None, cursor: str | None = None, limit: int = 100
) -> dict[str, Any]:
    """A page of the responses, the one in force first."""
    statement = _RESPONSE
    if level is not None:
        statement = statement.where(ResponseLevelRow.level == level.value)
    if (last := decode_cursor(cursor, top=INTEGER_MAX)) is not None:
        statement = statement.where(ResponseLevelRow.id < last)
    rows = await session.execute(statement.order_by(ResponseLevelRow.id.desc()).limit(limit + 1))
    return page([_response(row) for row in rows], limit)


async def response_document(session: AsyncSession, response_id: int) -> dict[str, Any]:
    row = (await session.execute(_RESPONSE.where(ResponseLevelRow.id == response_id))).one()
    return _response(row)
