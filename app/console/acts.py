"""A form's act on an order: through the same pipeline as the API's, once per rendered form, in one transaction."""

from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from typing import cast, get_args

from fastapi import Request, Response
from starlette.datastructures import FormData

from app import idempotency
from app.api.errors import STATUS
from app.auth.callers import context_of
from app.auth.scope import Caller
from app.console.asking import Asking, ask_by_form
from app.console.attached import place, receive
from app.console.forms import Act, command_of, expected_version, once_key, typed, uploads
from app.console.handing import Handing, hand_by_form
from app.console.order_page import order_page
from app.console.page_route import message_of, see
from app.console.pages import words_of
from app.database import transaction
from app.evidence import Received
from app.views.orders import order_grid
from models.errors import DomainError, NotFound

_CITING: frozenset[Act] = frozenset({"feedback", "report"})


async def act_by_form(
    request: Request, caller: Caller, order_id: int, act: Act | Asking | Handing
) -> Response:
    """Carries the act out and shows the order by GET; a refused act gives the page again, with what was typed."""
    context = context_of(request)
    form = await request.form(max_files=100, max_fields=150)
    fields = typed(form)
    try:
        done = await _do(request, caller, order_id, act, form, fields)
    except NotFound:
        raise
    except DomainError as error:
        text = message_of(words_of(request), error, megabytes=context.settings.max_upload_mb)
        async with context.sessions() as session:
            return await order_page(
                request, session, caller, order_id,
                status=STATUS.get(error.code, 400), message=text, fields=fields, tried=act,
            )  # fmt: skip
    return see(f"/orders/{order_id}?done={done}")


async def _do(
    request: Request,
    caller: Caller,
    order_id: int,
    act: Act | Asking | Handing,
    form: FormData,
    fields: Mapping[str, str],
) -> str:
    """Does it and gives what is said to have been done."""
    if act in get_args(Asking):
        return await ask_by_form(request, caller, order_id, cast("Asking", act), fields)
    if act in get_args(Handing):
        return await hand_by_form(request, caller, order_id, cast("Handing", act), fields)
    acting = cast("Act", act)
    async with AsyncExitStack() as files:
        chosen = uploads(form, words_of(request)) if acting in _CITING else []
        received = await receive(files, chosen, caller, context_of(request))
        await _act_once(request, caller, order_id, acting, fields, received)
    return fields["decision"] if acting == "review" else acting


async def _act_once(
    request: Request,
    caller: Caller,
    order_id: int,
    act: Act,
    fields: Mapping[str, str],
    received: Sequence[Received],
) -> None:
    """Acts, unless this very form has acted before; raises before anything is written when it may not."""
    context = context_of(request)
    words = words_of(request)
    content = [f"{name}={fields[name]}".encode() for name in sorted(fields)]
    content += [one.digest + one.filename.encode() for one in received]
    request_hash = idempotency.fingerprint(request.method, request.url.path, b"\0".join(content))
    async with transaction(context.sessions) as session:
        # An order outside the scope is not there, whatever else is wrong with the form.
        await order_grid(session, order_id, caller.scope)
        command_of(act, fields, (), words)
        claimed = await idempotency.claim(
            session,
            person_id=caller.id,
            key=once_key(fields),
            request_hash=request_hash,
            now=context.clock.now(),
        )
        if isinstance(claimed, idempotency.Answer):
            return
        cited = await place(session, received, caller, context)
        await claimed.keep(303, {"order": order_id, "act": act})
        await context.pipeline.act(
            session,
            order_id,
            command_of(act, fields, cited, words),
            caller=caller,
            expected_version=expected_version(fields),
            clock=context.clock,
        )
