"""Pollution sources 一企一档: their files, the quarterly sweep, the yearly list of key sources."""

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from starlette.datastructures import UploadFile

from app import idempotency, journal
from app.api.answers import API, answer
from app.api.described import UPLOAD, Cursor, GridFilter, Limit, problems
from app.api.requests import Code, SmallId
from app.api.rights import demand, grid_in_scope, subtree_filter
from app.api.route import ONCE, SIGN_IN, ActRoute, IdempotencyKeyHeader, Session, Shared, Whoever, claim_key
from app.api.shapes import Page
from app.api.source_requests import (
    DocumentIn,
    SourceIn,
    SourcePatch,
    WhyIn,
)
from app.api.source_shapes import (
    Imported,
    SourceDetail,
    SourceShape,
)
from app.auth.scope import Caller
from app.context import Context
from app.flows import sources as flow
from app.papers import source_book, xlsx
from app.views import sources as views
from models.enums import EventKind, SourceKind, SourceState
from models.errors import Invalid
from supervision.sources import book
from supervision.sources.file import SourceFile

router = APIRouter(prefix="/sources", tags=["sources"], route_class=ActRoute, dependencies=SIGN_IN)
_ACT = problems(400, 403, 404, 409, 412, 413)
MOST_EXPORTED = 5000
_BOOK: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "A workbook.",
        "content": {xlsx.MEDIA_TYPE: {"schema": {"type": "string", "format": "binary"}}},
    }
}


@router.get("", summary="Pollution sources", response_model=Page[SourceShape], responses=problems(404))
async def list_sources(
    session: Session,
    caller: Whoever,
    context: Shared,
    grid: GridFilter = None,
    kind: Annotated[SourceKind | None, Query(description="Of annex 1 art. 16.")] = None,
    state: Annotated[SourceState | None, Query()] = None,
    text: Annotated[str | None, Query(max_length=100, description="In code, name or legal name.")] = None,
    cursor: Cursor = None,
    limit: Limit = 100,
) -> Response:
    """Of the caller's grids, in the order they were registered in."""
    found = await views.list_sources(
        session, scope=caller.scope, grid_ids=subtree_filter(grid, caller, context), kind=kind, state=state,
        text=text, cursor=cursor, limit=limit,
    )  # fmt: skip
    return answer(found)


@router.post(
    "", summary="A new source", status_code=201, response_model=SourceDetail, responses=_ACT, dependencies=ONCE
)  # fmt: skip
async def register(body: SourceIn, session: Session, caller: Whoever, context: Shared) -> Response:
    """By a supervisor or chief of its grid or above, or an administrator; of the sweep under way it is a new one."""
    demand(caller, *flow.KEEPERS)
    values = body.model_dump(exclude={"why"}) | {"pollutants": tuple(body.pollutants)}
    now = context.clock.now()
    file = SourceFile(**values)
    await flow.register(context.pipeline, session, file, why=body.why, caller=caller, now=now)
    found = await views.source_document(session, body.code, scope=caller.scope, now=now)
    return answer(found, 201, {"Location": f"{API}/sources/{body.code}"})


@router.get(
    "/export.xlsx", summary="Sources as a workbook", response_class=Response, responses=problems(404) | _BOOK
)
async def export(
    session: Session,
    caller: Whoever,
    context: Shared,
    grid: GridFilter = None,
    state: Annotated[SourceState | None, Query()] = SourceState.ACTIVE,
) -> Response:  # fmt: skip
    """As the import takes it again; 5,000 sources at most. Who took it is an event of the journal (`paper.taken`)."""
    return await exported(session, caller, context, grid=grid, state=state)


async def exported(
    session: Session, caller: Caller, context: Context, *, grid: str | None, state: SourceState | None
) -> Response:
    """The workbook, once the journal says who took it."""
    found = await views.list_sources(
        session, scope=caller.scope, grid_ids=subtree_filter(grid, caller, context), state=state,
        limit=MOST_EXPORTED,
    )  # fmt: skip
    content = await asyncio.to_thread(source_book.write, found["items"])
    now = context.clock.now()
    about = None if grid is None else grid_in_scope(grid, caller, context).id
    data = {
        "paper": "sources", "format": "xlsx", "rows": len(found["items"]), "actor": caller.name, "grid": grid,
        "about": "sources",
    }  # fmt: skip
    entry = journal.Entry(EventKind.PAPER_TAKEN, now, grid_id=about, actor_id=caller.id, data=data)
    await journal.append(session, [entry], now=now)
    return Response(
        content,
        headers={
            "Content-Disposition": 'attachment; filename="sources.xlsx"',
            "Cache-Control": "no-store",
            "X-Content-Type-Options": "nosniff",
        },
        media_type=xlsx.MEDIA_TYPE,
    )


@router.post(
    "/import",
    summary="Sources out of a workbook",
    response_model=Imported,
    responses=problems(400, 403, 409, 413),
    openapi_extra=UPLOAD,
)
async def import_book(
    request: Request,
    session: Session,
    caller: Whoever,
    context: Shared,
    idempotency_key: IdempotencyKeyHeader = None,
) -> Response:
    """All rows, or none: `faults` of a refusal names rows and fields. Columns that are not there stay as they are."""
    demand(caller, *flow.KEEPERS)
    async with request.form(max_files=1, max_fields=4) as form:
        file = form.get("file")
        if not isinstance(file, UploadFile):
            raise Invalid("the form wants a field `file` with a file", field="file")
        content = await file.read(source_book.LIMIT_BYTES + 1)
    request_hash = idempotency.fingerprint(request.method, request.url.path, content)
    await claim_key(request, session, caller, idempotency_key, request_hash)
    table = await asyncio.to_thread(source_book.table_of, content)
    counts = await flow.bring_in(
        context.pipeline, session, book.read(table), caller=caller, now=context.clock.now()
    )
    return answer(dict(counts))


@router.get("/{code}", summary="The file of a source", response_model=SourceDetail, responses=problems(404))
async def get_source(code: Code, session: Session, caller: Whoever, context: Shared) -> Response:
    """With its documents and every version."""
    return answer(await views.source_document(session, code, scope=caller.scope, now=context.clock.now()))


@router.patch("/{code}", summary="Change a source's file", response_model=SourceDetail, responses=_ACT)
async def change(
    code: Code,
    body: SourcePatch,
    session: Session,
    caller: Whoever,
    context: Shared,
    version: Annotated[int | None, Query(ge=1, description="As it was read; 412 if it changed since.")] = None,
) -> Response:  # fmt: skip
    """What is left out stays. Every change is a version, kept for good."""
    now = context.clock.now()
    await flow.change(
        context.pipeline, session, code, body.said(), seen=version, why=body.why, caller=caller, now=now
    )
    return answer(await views.source_document(session, code, scope=caller.scope, now=now))


@router.post(
    "/{code}/close", summary="A source is shut down", response_model=SourceDetail, responses=_ACT,
    dependencies=ONCE,
)  # fmt: skip
async def close(code: Code, body: WhyIn, session: Session, caller: Whoever, context: Shared) -> Response:
    """Not patrolled, swept or named upwind any more; its file stays."""
    return await _turn(code, body, session, caller, context, closing=True)


@router.post(
    "/{code}/reopen", summary="A source works again", response_model=SourceDetail, responses=_ACT,
    dependencies=ONCE,
)  # fmt: skip
async def reopen(code: Code, body: WhyIn, session: Session, caller: Whoever, context: Shared) -> Response:
    """Patrolled from tomorrow on."""
    return await _turn(code, body, session, caller, context, closing=False)


async def _turn(
    code: str, body: WhyIn, session: Session, caller: Caller, context: Context, *, closing: bool
) -> Response:
    now = context.clock.now()
    await flow.turn(context.pipeline, session, code, closing=closing, why=body.why, caller=caller, now=now)
    return answer(await views.source_document(session, code, scope=caller.scope, now=now))


@router.post(
    "/{code}/documents", summary="A document for a source's file", status_code=201, response_model=SourceDetail,
    responses=_ACT, dependencies=ONCE,
)  # fmt: skip
async def add_document(
    code: Code, body: DocumentIn, session: Session, caller: Whoever, context: Shared
) -> Response:
    """环评, 验收, 治理设施台账, 应急预案 and the like (annex 1 art. 20)."""
    now = context.clock.now()
    await flow.add_document(
        context.pipeline, session, code, kind=body.kind, number=body.number, dated=body.dated,
        valid_until=body.valid_until, evidence=body.evidence, caller=caller, now=now,
    )  # fmt: skip
    return answer(await views.source_document(session, code, scope=caller.scope, now=now), 201)


@router.post(
    "/{code}/documents/{document_id}/withdraw", summary="Take a document out of the file",
    response_model=SourceDetail, responses=_ACT, dependencies=ONCE,
)  # fmt: skip
async def withdraw_document(
    code: Code, document_id: SmallId, body: WhyIn, session: Session, caller: Whoever, context: Shared
) -> Response:
    """The row stays, with who took it out and why."""
    now = context.clock.now()
    await flow.withdraw_document(
        context.pipeline, session, code, document_id, why=body.why, caller=caller, now=now
    )
    return answer(await views.source_document(session, code, scope=caller.scope, now=now))
