"""The page of messages to the outside: what waits, what went, what was given up, and sending that again."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from app.api.requests import Id
from app.api.rights import demand
from app.auth.callers import context_of
from app.auth.scope import Caller
from app.console.admin_names import CHANNEL, OUTBOX_STATE
from app.console.administering import do_or_again
from app.console.filters import Whoever
from app.console.forms import typed
from app.console.once import new_token
from app.console.page_route import PageRoute
from app.console.pages import page
from app.console.texts import N_
from app.views.outbox import list_outbox, outbox_counts, outbox_document
from models.enums import Channel, OutboxState, Role
from models.errors import Invalid, NotFound
from notify import outbox

router = APIRouter(prefix="/admin/outbox", route_class=PageRoute, include_in_schema=False)
ROWS = 50
MOST = 100
"""Messages that one press sends again; more want a second look."""
AGAIN = (OutboxState.FAILED, OutboxState.UNKNOWN)
DONE = {"resent": N_("It is sent again."), "all": N_("Messages to be sent again: %(count)s.")}


@router.get("")
async def messages(
    request: Request,
    caller: Whoever,
    state: str = "",
    channel: str = "",
    cursor: Annotated[str | None, Query(max_length=100)] = None,
    done: str = "",
    count: Annotated[int, Query(ge=0, le=MOST)] = 0,
) -> Response:
    """Messages of one state and channel, the newest first; `state=stuck`: all that want a person's look."""
    return await _shown(request, caller, state, channel, cursor=cursor, done=done, count=count)


@router.post("/{message_id}/resend")
async def resend(request: Request, message_id: Id, caller: Whoever) -> Response:
    """Sends one message again that failed, or of which nobody knows whether it arrived."""
    fields = typed(await request.form(max_files=1, max_fields=10))

    async def work(session: AsyncSession) -> dict[str, Any]:
        demand(caller, Role.ADMINISTRATOR)
        await outbox.resend(session, message_id, now=context_of(request).clock.now())
        return {"id": message_id}

    async def again(message: str, status: int) -> Response:
        return await _shown(request, caller, fields.get("state", ""), message=message, status=status)

    return await do_or_again(
        request, caller, fields, work, then=lambda _: "/admin/outbox?state=stuck&done=resent", again=again
    )


@router.post("/resend")
async def resend_all(request: Request, caller: Whoever) -> Response:
    """Sends the filtered messages again, the newest first and no more than are looked through at a time."""
    fields = typed(await request.form(max_files=1, max_fields=10))
    state, channel = fields.get("state", ""), fields.get("channel", "")

    async def work(session: AsyncSession) -> dict[str, Any]:
        demand(caller, Role.ADMINISTRATOR)
        now = context_of(request).clock.now()
        wanted = next((one for one in AGAIN if one.value == state), None)
        if wanted is None:
            raise Invalid("only what failed, or may have arrived, is sent again", field="state")
        found = await list_outbox(
            session, now=now, state=wanted, channel=_channel(channel), cursor=None, limit=MOST
        )
        sent = 0
        for one in found["items"]:
            try:
                await outbox.resend(session, one["id"], now=now)
            except NotFound:
                continue  # Somebody else was faster.
            sent += 1
        return {"count": sent}

    async def again(message: str, status: int) -> Response:
        return await _shown(request, caller, "", message=message, status=status)

    return await do_or_again(
        request, caller, fields, work, then=lambda said: f"/admin/outbox?state=stuck&done=all&count={said['count']}",
        again=again,
    )  # fmt: skip


@router.get("/{message_id}")
async def message(request: Request, message_id: Id, caller: Whoever) -> Response:
    """One message with what it says; codes are hidden, addresses are kept elsewhere."""
    demand(caller, Role.ADMINISTRATOR)
    async with context_of(request).sessions() as session:
        found = await outbox_document(session, message_id)
    return page(request, "message.html", caller=caller, one=found, token=new_token())


def _channel(said: str) -> Channel | None:
    return next((one for one in Channel if one.value == said), None)


async def _shown(
    request: Request,
    caller: Caller,
    state: str,
    channel: str = "",
    *,
    cursor: str | None = None,
    message: str = "",
    done: str = "",
    count: int = 0,
    status: int = 200,
) -> Response:
    demand(caller, Role.ADMINISTRATOR)
    context = context_of(request)
    now = context.clock.now()
    async with context.sessions() as session:
        found = await list_outbox(
            session, now=now, state=next((one for one in OutboxState if one.value == state), None),
            channel=_channel(channel), stuck=state == "stuck", cursor=cursor, limit=ROWS,
        )  # fmt: skip
        counts = await outbox_counts(session)
    return page(
        request, "outbox.html", status, caller=caller, now=now, messages=found["items"],
        next_cursor=found["next_cursor"], counts=counts, state=state, channel=channel, states=OUTBOX_STATE,
        channels=CHANNEL, again=[one.value for one in AGAIN], most=MOST, message=message, token=new_token(),
        done=DONE.get(done, ""), count=count,
    )  # fmt: skip
