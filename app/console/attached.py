"""Files that came with a form: whole and of an accepted type first, evidence only together with what the form does."""

import asyncio
import uuid
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from typing import Any

from fastapi import Request
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.datastructures import UploadFile

from app import evidence
from app.auth.callers import context_of
from app.auth.scope import Caller
from app.console.once import do_once
from app.context import Context
from app.evidence import Received


async def receive(
    files: AsyncExitStack, chosen: Sequence[UploadFile], caller: Caller, context: Context
) -> list[Received]:
    """The uploads, whole and of an accepted type, beside their place; they vanish with `files` unless placed."""
    if chosen:
        evidence.grid_of(caller)
    received = []
    for file in chosen:
        one = await evidence.receive(
            file.file,
            file.filename,
            data_dir=context.settings.data_dir,
            limit=context.settings.max_upload_mb * 1024 * 1024,
        )
        files.push_async_callback(asyncio.to_thread, one.discard)
        received.append(one)
    return received


async def do_once_with(
    request: Request,
    caller: Caller,
    fields: Mapping[str, str],
    chosen: Sequence[UploadFile],
    work: Callable[[AsyncSession, list[Received]], Awaitable[dict[str, Any]]],
) -> dict[str, Any]:
    """As `do_once`, with the uploads of the form; what `work` does not place vanishes."""
    async with AsyncExitStack() as files:
        received = await receive(files, chosen, caller, context_of(request))
        return await do_once(
            request, caller, fields, lambda session: work(session, received), files=digests(received)
        )


def digests(received: Sequence[Received]) -> bytes:
    """What tells these uploads from others, for a form that is sent again."""
    return b"\0".join(one.digest + one.filename.encode() for one in received)


async def place(
    session: AsyncSession, received: Sequence[Received], caller: Caller, context: Context
) -> list[uuid.UUID]:
    """The uploads as evidence of the caller; gives their ids."""
    cited: list[uuid.UUID] = []
    for one in received:
        await evidence.place(one, data_dir=context.settings.data_dir)
        cited.append(await evidence.add(session, one, caller=caller, now=context.clock.now()))
    return cited
