"""Contacts, rules, targets and ways as they are shown: every address masked."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.auth.scope import Scope
from app.views.paging import decode_cursor, instant, page
from models.errors import NotFound
from models.notice import Contact, NoticeTarget, WayHealth
from models.registry import Grid, Person
from notify.rules import Quiet, Rule
from notify.seal import Seal, Unreadable


def contact_document(row: Contact) -> dict[str, Any]:
    return {
        "id": row.id,
        "channel": row.channel,
        "address": row.masked,
        "verified": row.verified_at is not None,
        "created_at": instant(row.created_at),
    }


def notices_document(rules: Sequence[Rule], quiet: Quiet | None) -> dict[str, Any]:
    return {
        "rules": [
            {
                "about": rule.about.value,
                "channel": None if rule.channel is None else rule.channel.value,
                "after_minutes": int(rule.after.total_seconds() // 60),
                "min_level": rule.min_level,
            }
            for rule in rules
        ],
        "by_role": not rules,
        "quiet": None
        if quiet is None
        else {"from": quiet.begins.strftime("%H:%M"), "until": quiet.ends.strftime("%H:%M")},
    }


async def person_id_of(session: AsyncSession, username: str) -> int:
    """Raises NotFound; a person who may not sign in any more has nothing to be told."""
    statement = select(Person.id).where(Person.username == username, Person.disabled_at.is_(None))
    found = (await session.execute(statement)).scalar_one_or_none()
    if found is None:
        raise NotFound(f"nobody is called {username}")
    return found


async def list_targets(
    session: AsyncSession,
    *,
    scope: Scope,
    seal: Seal,
    grid_ids: frozenset[int] | None,
    cursor: str | None,
    limit: int,
) -> dict[str, Any]:
    """A page of the targets that have not ended, newest first."""
    statement = _targets().where(scope.where(NoticeTarget.grid_id))
    if grid_ids is not None:
        statement = statement.where(NoticeTarget.grid_id.in_(sorted(grid_ids)))
    if (last := decode_cursor(cursor, top=2**31 - 1)) is not None:
        statement = statement.where(NoticeTarget.id < last)
    rows = await session.execute(statement.order_by(NoticeTarget.id.desc()).limit(limit + 1))
    return page([target_document(row, code, seal) for row, code in rows], limit)


async def target_of(session: AsyncSession, target_id: int, scope: Scope) -> tuple[NoticeTarget, str]:
    """The target and its grid's code; raises NotFound outside the scope as well."""
    found = (await session.execute(_targets().where(NoticeTarget.id == target_id))).first()
    if found is None or not scope.sees(found[0].grid_id):
        raise NotFound(f"no target {target_id}")
    return found[0], found[1]


def _targets() -> Any:
    return (
        select(NoticeTarget, Grid.code)
        .join(Grid, Grid.id == NoticeTarget.grid_id)
        .where(NoticeTarget.ended_at.is_(None))
    )


def target_document(row: NoticeTarget, grid: str, seal: Seal) -> dict[str, Any]:
    try:
        signed = seal.open(row.sealed).secret is not None
    except Unreadable:
        signed = False
    return {
        "id": row.id,
        "grid": grid,
        "channel": row.channel,
        "name": row.name,
        "url": row.masked,
        "signed": signed,
        "classes": row.classes,
        "created_at": instant(row.created_at),
    }


async def list_ways(session: AsyncSession) -> dict[str, Any]:
    """Every way out that was tried, and how it has gone; there are few."""
    rows = (await session.execute(select(WayHealth).order_by(WayHealth.way))).scalars()
    items = [
        {
            "way": row.way,
            "failures": row.failures,
            "failing_since": instant(row.failing_since),
            "succeeded_at": instant(row.succeeded_at),
            "down_at": instant(row.down_at),
            "error": row.error,
        }
        for row in rows
    ]
    return {"items": items, "next_cursor": None}
