"""The evidence pack of an order."""

import base64
from collections.abc import Iterator

from fastapi import APIRouter
from fastapi.responses import StreamingResponse

from app.api.described import problems
from app.api.requests import Id
from app.api.rights import demand_in
from app.api.route import SIGN_IN, Session, Shared, Whoever
from app.flows.pack import Packed, pack
from app.pack.archive import chunks
from app.views.orders import order_grid
from models.enums import Role

router = APIRouter(prefix="/orders", tags=["orders"], dependencies=SIGN_IN)
WHO = (Role.DUTY_OFFICER, Role.CHIEF, Role.SUPERVISOR)


@router.get(
    "/{order_id}/pack",
    summary="Evidence pack 证据包",
    response_class=StreamingResponse,
    responses=problems(403, 404) | {200: {"description": "A ZIP.", "content": {"application/zip": {}}}},
)
async def get_pack(order_id: Id, session: Session, caller: Whoever, context: Shared) -> StreamingResponse:
    """Order, timeline, alerts, policy, clocks, media and chain in one ZIP that verifies itself offline.

    For a duty officer, chief or supervisor of the order's grid. The download is an event of the order
    (`order.packed`) with the SHA-256 of the pack, which is also in `Repr-Digest`.
    """
    # The request's own transaction begins when the pack is written: it would wait too long beside it.
    async with context.sessions() as reading:
        grid_id = await order_grid(reading, order_id, caller.scope)
    demand_in(caller, context, grid_id, *WHO)
    packed = await pack(
        context.pipeline,
        session,
        context.sessions,
        order_id,
        data_dir=context.settings.data_dir,
        caller=caller,
        clock=context.clock,
    )
    digest = base64.b64encode(bytes.fromhex(packed.sha256)).decode()
    return StreamingResponse(
        _streamed(packed),
        media_type="application/zip",
        headers={
            "Content-Length": str(packed.size),
            "Content-Disposition": f'attachment; filename="{packed.number}.zip"',
            "Repr-Digest": f"sha-256=:{digest}:",
            "Cache-Control": "no-store",
            "X-Content-Type-Options": "nosniff",
        },
    )


def _streamed(packed: Packed) -> Iterator[bytes]:
    with packed.file as file:
        yield from chunks(file)
