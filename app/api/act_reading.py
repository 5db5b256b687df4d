"""Who reads the register of acts and how much of it, and the document of an act as a file."""

import asyncio
from datetime import datetime
from enum import StrEnum
from typing import Any
from urllib.parse import quote

from fastapi import Response
from sqlalchemy.ext.asyncio import AsyncSession

from app.api.rights import demand, demand_prefecture
from app.auth.permissions import ACT_PREPARERS, ACT_READERS, CORRECTORS, OBJECTORS
from app.auth.scope import Caller
from app.context import Context
from app.papers import official_docx, official_pdf
from app.papers.official import Document
from app.views import acts as views
from app.views.acts import Reader
from models.enums import Role
from models.errors import Forbidden


class Written(StrEnum):
    """What a document is written as."""

    DOCX = "docx"
    PDF = "pdf"


def file_of(*media: str) -> dict[int | str, dict[str, Any]]:
    """What OpenAPI says of an answer that is a file."""
    content = {one: {"schema": {"type": "string", "format": "binary"}} for one in media}
    return {200: {"description": "The file.", "content": content}}


def reader_of(caller: Caller, context: Context) -> Reader:
    """What the caller may read; raises Forbidden for roles that have nothing to do with it."""
    demand(caller, *ACT_READERS)
    try:
        demand_prefecture(caller, context, *ACT_PREPARERS)
    except Forbidden:
        return Reader(caller.scope, prepares=False)
    return Reader(caller.scope, prepares=True)


async def demand_objector(session: AsyncSession, act: int, caller: Caller, context: Context) -> None:
    """Raises Forbidden unless the caller is chief or supervisor of the very unit the act is against."""
    await _demand_of_unit(session, act, caller, context, OBJECTORS)


async def demand_corrector(session: AsyncSession, act: int, caller: Caller, context: Context) -> None:
    """Raises Forbidden unless the caller is a chief of the very unit the act is against."""
    await _demand_of_unit(session, act, caller, context, CORRECTORS)


async def _demand_of_unit(
    session: AsyncSession, act: int, caller: Caller, context: Context, roles: tuple[Role, ...]
) -> None:
    found = await views.act_document(session, act, reader_of(caller, context), now=context.clock.now())
    unit = context.directory.grid_by_code(found["grid"])
    if unit is None or not any(role in roles and grid == unit.id for role, grid in caller.duties):
        wanted = " or ".join(role.value for role in roles)
        raise Forbidden(f"this takes the role {wanted} in the unit itself")


async def paper_file(
    session: AsyncSession, act: int, ending: Written, caller: Caller, context: Context
) -> Response:
    """The document of an act, to be saved."""
    document, number, at = await views.paper_of(session, act, reader_of(caller, context))
    writer = official_docx if ending is Written.DOCX else official_pdf
    content = await asyncio.to_thread(_write, writer, document, number, at)
    name = quote(f"{document.title}.{ending.value}", safe="")
    return Response(
        content,
        headers={
            "Content-Disposition": f"attachment; filename=\"act-{act}.{ending.value}\"; filename*=UTF-8''{name}",
            "Cache-Control": "no-store",
            "X-Content-Type-Options": "nosniff",
        },
        media_type=writer.MEDIA_TYPE,
    )


def _write(writer: Any, document: Document, number: str | None, at: datetime) -> bytes:
    return bytes(writer.write(document, number=number, at=at))
