"""What bears on an act, of every domain, in one statement."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.acts import OrderRow
from dispatch.standing import Standing
from models.bulk import fetch
from models.enums import Role
from models.ids import PersonId

# The newest instant recorded on the order is what `sla.judged_repository.latest_act` finds, asked here with the rest.
_STANDING = """
SELECT n.at,
       EXISTS (SELECT FROM order_recusal WHERE order_id = $1 AND person_id = $3 AND lifted_at IS NULL),
       EXISTS (SELECT FROM conflict_of_interest c
                WHERE c.person_id = $3 AND c.valid_from <= n.at AND (c.valid_to IS NULL OR c.valid_to > n.at)
                  AND (c.ended_at IS NULL OR c.ended_at > n.at)),
       EXISTS (SELECT FROM order_request WHERE order_id = $1 AND state = 'pending'),
       EXISTS (SELECT FROM task WHERE order_id = $1 AND state IN ('handed', 'taken')),
       (SELECT t.for_person_id
          FROM duty_turn t JOIN duty_post p ON p.id = t.post_id
         WHERE t.person_id = $3 AND t.why = 'stand_in' AND t.on_from <= n.at AND t.on_to > n.at
           AND p.grid_id IN ($5, (SELECT parent_id FROM grid WHERE id = $5)) AND p.role = ANY($4::text[]) LIMIT 1)
  FROM (SELECT greatest(
            $2::timestamptz,
            (SELECT greatest(max(started_at), max(stopped_at)) FROM sla_clock WHERE order_id = $1::bigint),
            (SELECT greatest(acknowledged_at, feedback_at, reported_at, closed_at, transfer_locked_at)
               FROM work_order WHERE id = $1),
            (SELECT max(taken_at) FROM task WHERE order_id = $1)) AS at) AS n
"""


async def standing(
    session: AsyncSession, order: OrderRow, person_id: PersonId, roles: Collection[Role], *, now: datetime
) -> Standing:
    """Of a held order, at `now` or when its last act was recorded, if another process's clock was ahead.

    Asked in a statement of its own after the order is locked: one that had waited would not see what it waited for.
    """
    ((at, barred, interested, requested, handed_down, instead_of),) = await fetch(
        session, _STANDING, order.id, now, person_id, [role.value for role in roles], order.grid_id
    )
    return Standing(
        max(now, at), barred, interested, requested, handed_down,
        None if instead_of is None else PersonId(instead_of),
    )  # fmt: skip
