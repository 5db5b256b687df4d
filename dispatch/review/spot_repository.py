"""SQL of draws and spot checks."""

import json
import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.review.sample import Member
from models.bulk import fetch
from models.enums import SpotCheckState, SpotDrawState
from models.ids import GridId, OrderId, PersonId

# The exclusion constraint leaves out what would overlap.
_COMMIT = """
INSERT INTO spot_draw (grid_id, from_at, until_at, size, share, method, seed, commitment, due_days, committed_at,
                       committed_by)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
ON CONFLICT DO NOTHING RETURNING id
"""
_DRAW = """
SELECT d.id, d.grid_id, g.code, d.state, d.from_at, d.until_at, d.size, d.share, d.method, d.seed, d.due_days
  FROM spot_draw d JOIN grid g ON g.id = d.grid_id WHERE d.id = $1
"""
_POPULATION = """
SELECT id, grid_id FROM work_order
 WHERE state = 'closed' AND NOT drill AND closed_at >= $1 AND closed_at < $2 ORDER BY id
"""
_DRAWN = """
UPDATE spot_draw SET state = 'drawn', drawn_at = $2, drawn_by = $3, population = $4::text::jsonb,
       population_hash = $5 WHERE id = $1
"""
_ADD = """
INSERT INTO spot_check (draw_id, order_id, grid_id, due_at, checker_id, assigned_at, assigned_by)
SELECT $1::int, o, $2::int, $3::timestamptz, p, CASE WHEN p IS NULL THEN NULL ELSE $4::timestamptz END,
       CASE WHEN p IS NULL THEN NULL ELSE $5::int END
  FROM unnest($6::bigint[], $7::int[]) AS t(o, p)
"""
_INVOLVED = """
SELECT order_id, person_id FROM order_handler WHERE order_id = ANY($1::bigint[])
UNION SELECT order_id, person_id FROM feedback WHERE order_id = ANY($1::bigint[])
UNION SELECT order_id, person_id FROM disposal_report WHERE order_id = ANY($1::bigint[])
UNION SELECT order_id, person_id FROM review WHERE order_id = ANY($1::bigint[])
"""
_CHECKERS = """
SELECT p.username, p.id FROM person p
 WHERE p.username = ANY($1::text[]) AND p.disabled_at IS NULL AND EXISTS (
       SELECT FROM duty d JOIN grid g ON g.id = d.grid_id
        WHERE d.person_id = p.id AND g.level = 1 AND d.role IN ('duty_officer', 'chief', 'supervisor')
          AND d.valid_from <= $2 AND (d.valid_to IS NULL OR d.valid_to > $2))
"""
_CHECK = """
SELECT c.id, c.order_id, c.grid_id, g.code, c.state, c.checker_id
  FROM spot_check c JOIN grid g ON g.id = c.grid_id WHERE c.id = $1
"""
_ASSIGN = "UPDATE spot_check SET checker_id = $2, assigned_at = $3, assigned_by = $4 WHERE id = $1"
_RESULT = """
UPDATE spot_check SET state = $2, finding = $3, evidence = $4::text::jsonb, checked_at = $5 WHERE id = $1
"""


@dataclass(frozen=True, slots=True)
class Draw:
    """A draw as held for an act."""

    id: int
    grid_id: GridId
    grid_code: str
    state: SpotDrawState
    from_at: datetime
    until_at: datetime
    size: int | None
    share: float | None
    method: int
    seed: str
    due_days: int


@dataclass(frozen=True, slots=True)
class Check:
    """A spot check as held for an act."""

    id: int
    order_id: OrderId
    grid_id: GridId
    """The prefecture."""
    grid_code: str
    state: SpotCheckState
    checker_id: PersonId | None


async def commit(
    session: AsyncSession,
    grid_id: GridId,
    *,
    from_at: datetime,
    until_at: datetime,
    size: int | None,
    share: float | None,
    method: int,
    seed: str,
    commitment: bytes,
    due_days: int,
    person_id: PersonId,
    now: datetime,
) -> int | None:
    """The id of the draw; None where another one is over some of that time."""
    rows = await fetch(
        session, _COMMIT, grid_id, from_at, until_at, size, share, method, seed, commitment, due_days, now,
        person_id,
    )  # fmt: skip
    return int(rows[0][0]) if rows else None


async def draw(session: AsyncSession, draw_id: int, *, held: bool = False) -> Draw | None:
    rows = await fetch(session, _DRAW + (" FOR UPDATE OF d" if held else ""), draw_id)
    if not rows:
        return None
    r = rows[0]
    return Draw(r[0], GridId(r[1]), r[2], SpotDrawState(r[3]), *r[4:])


async def population(session: AsyncSession, from_at: datetime, until_at: datetime) -> list[Member]:
    return [Member(int(o), int(g)) for o, g in await fetch(session, _POPULATION, from_at, until_at)]


async def drawn(
    session: AsyncSession,
    draw_id: int,
    members: Sequence[Member],
    population_hash: bytes,
    *,
    person_id: PersonId,
    now: datetime,
) -> None:
    listed = json.dumps([[member.order_id, member.grid_id] for member in members])
    await fetch(session, _DRAWN, draw_id, now, person_id, listed, population_hash)


async def add(
    session: AsyncSession,
    draw: Draw,
    orders: Sequence[int],
    checkers: Mapping[int, int],
    *,
    due_at: datetime,
    person_id: PersonId,
    now: datetime,
) -> None:
    await fetch(
        session, _ADD, draw.id, draw.grid_id, due_at, now, person_id, list(orders),
        [checkers.get(order) for order in orders],
    )  # fmt: skip


async def involved(session: AsyncSession, orders: Sequence[int]) -> dict[int, frozenset[int]]:
    """By order everybody who handled, reported or reviewed it."""
    found: dict[int, set[int]] = defaultdict(set)
    for order, person in await fetch(session, _INVOLVED, list(orders)):
        found[int(order)].add(int(person))
    return {order: frozenset(people) for order, people in found.items()}


async def checkers(session: AsyncSession, usernames: Sequence[str], now: datetime) -> dict[str, PersonId]:
    """Those of them who have a duty in the prefecture now."""
    rows = await fetch(session, _CHECKERS, list(usernames), now)
    return {username: PersonId(person) for username, person in rows}


async def check(session: AsyncSession, check_id: int, *, held: bool = False) -> Check | None:
    rows = await fetch(session, _CHECK + (" FOR UPDATE OF c" if held else ""), check_id)
    if not rows:
        return None
    r = rows[0]
    return Check(
        r[0], OrderId(r[1]), GridId(r[2]), r[3], SpotCheckState(r[4]), None if r[5] is None else PersonId(r[5])
    )  # fmt: skip


async def assign(
    session: AsyncSession, check_id: int, checker: PersonId, *, by: PersonId, now: datetime
) -> None:
    await fetch(session, _ASSIGN, check_id, checker, now, by)


async def result(
    session: AsyncSession,
    check_id: int,
    outcome: SpotCheckState,
    *,
    finding: str,
    evidence: Sequence[uuid.UUID],
    now: datetime,
) -> None:
    await fetch(
        session, _RESULT, check_id, outcome.value, finding, json.dumps([str(one) for one in evidence]), now
    )
