"""Batches of typical cases, the register as a list, and who signs for the publicity department."""

import asyncio
from typing import Annotated, Any, Literal
from urllib.parse import quote

from fastapi import APIRouter, Query, Request, Response

from app.api.answers import API, answer
from app.api.described import Cursor, Limit, problems
from app.api.exposure_shapes import (
    BatchAppearanceIn,
    BatchFillIn,
    BatchPublishIn,
    CaseReasonIn,
    ExposureBatchDetail,
    ExposureBatchIn,
    ExposureBatchShape,
    PublicityOfficerIn,
    PublicityOfficers,
)
from app.api.papers import Language, press_of
from app.api.requests import SmallId
from app.api.rights import demand_prefecture
from app.api.route import ONCE, SIGN_IN, ActRoute, Session, Shared, Whoever
from app.api.shapes import Page
from app.auth.scope import Caller
from app.console.texts import Texts, texts
from app.context import Context
from app.database import transaction
from app.flows import exposures as acts
from app.papers import official_docx, official_pdf, xlsx
from app.papers.exposures import MOST, batch_number, batch_paper, register_paper
from app.papers.paper import file_name
from app.views import exposure_batches as exposures
from models.enums import ExposureState

router = APIRouter(
    prefix="/supervision/cases", tags=["supervision"], route_class=ActRoute, dependencies=SIGN_IN
)
_ACT = problems(400, 403, 404, 409, 413)
_READ = problems(403, 404)
_PAPER: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The file.",
        "content": {
            one.MEDIA_TYPE: {"schema": {"type": "string", "format": "binary"}}
            for one in (official_docx, official_pdf)
        },
    }
}
_LIST: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The file.",
        "content": {xlsx.MEDIA_TYPE: {"schema": {"type": "string", "format": "binary"}}},
    }
}
Ending = Annotated[Literal["docx", "pdf"], Query(alias="format")]


async def _batch(session: Session, batch_id: int, status: int = 200) -> Response:
    document: dict[str, Any] = await exposures.batch_document(session, batch_id)
    location = {"Location": f"{API}/supervision/cases/batches/{batch_id}"}
    return answer(document, status, location if status == 201 else None)


@router.get("/batches", summary="Batches", response_model=Page[ExposureBatchShape], responses=_READ)
async def list_batches(
    session: Session, caller: Whoever, context: Shared, cursor: Cursor = None, limit: Limit = 100
) -> Response:
    """The newest first."""
    demand_prefecture(caller, context, *acts.READERS)
    return answer(await exposures.list_batches(session, cursor=cursor, limit=limit))


@router.post(
    "/batches",
    summary="A new batch",
    status_code=201,
    response_model=ExposureBatchDetail,
    responses=_ACT,
    dependencies=ONCE,
)
async def create_batch(body: ExposureBatchIn, session: Session, caller: Whoever, context: Shared) -> Response:
    """Of a quarter 每季度集中公布, one each; or ad hoc 适时曝光."""
    batch_id = await acts.create_batch(
        session, body.kind, quarter=body.quarter, title=body.title, caller=caller, context=context
    )
    return await _batch(session, batch_id, 201)


@router.get("/batches/{batch_id}", summary="One batch", response_model=ExposureBatchDetail, responses=_READ)
async def get_batch(batch_id: SmallId, session: Session, caller: Whoever, context: Shared) -> Response:
    """With its cases, and where it appeared."""
    demand_prefecture(caller, context, *acts.READERS)
    return await _batch(session, batch_id)


@router.post(
    "/batches/{batch_id}/cases",
    summary="Put a case in",
    response_model=ExposureBatchDetail,
    responses=_ACT,
    dependencies=ONCE,
)
async def put_in(
    batch_id: SmallId, body: BatchFillIn, session: Session, caller: Whoever, context: Shared
) -> Response:
    """An approved case that is in no other batch."""
    await acts.fill_batch(session, batch_id, body.case, put=True, caller=caller, context=context)
    return await _batch(session, batch_id)


@router.post(
    "/batches/{batch_id}/take-out",
    summary="Take a case out",
    response_model=ExposureBatchDetail,
    responses=_ACT,
    dependencies=ONCE,
)
async def take_out(
    batch_id: SmallId, body: BatchFillIn, session: Session, caller: Whoever, context: Shared
) -> Response:
    """While the batch is not published."""
    await acts.fill_batch(session, batch_id, body.case, put=False, caller=caller, context=context)
    return await _batch(session, batch_id)


@router.post(
    "/batches/{batch_id}/publish",
    summary="Publish a batch 公布",
    response_model=ExposureBatchDetail,
    responses=_ACT,
    dependencies=ONCE,
)
async def publish(
    batch_id: SmallId, body: BatchPublishIn, session: Session, caller: Whoever, context: Shared
) -> Response:
    """By the publicity department or a chief of the prefecture; for good.

    409 `unfinished` with `kept`, every case that may not be published on that day and every reason; nothing is
    published then.
    """
    await acts.publish_batch(session, batch_id, body.on, caller=caller, context=context)
    return await _batch(session, batch_id)


@router.post(
    "/batches/{batch_id}/appearances",
    summary="Enter where it appeared",
    response_model=ExposureBatchDetail,
    responses=_ACT,
    dependencies=ONCE,
)
async def appeared(
    batch_id: SmallId, body: BatchAppearanceIn, session: Session, caller: Whoever, context: Shared
) -> Response:
    """Once the batch is published."""
    await acts.enter_appearance(
        session, batch_id, body.medium, day=body.on, address=body.address, caller=caller, context=context
    )
    return await _batch(session, batch_id)


@router.get(
    "/batches/{batch_id}/paper",
    summary="A batch as a paper",
    response_class=Response,
    responses=_READ | _PAPER,
)
async def paper(
    request: Request, batch_id: SmallId, caller: Whoever, context: Shared, ending: Ending
) -> Response:
    """Of the frozen copy, the same each time; before it is published a draft. In Chinese, as it is sent."""
    return await batch_file(request, batch_id, ending, caller, context)


async def batch_file(
    request: Request, batch_id: int, ending: Literal["docx", "pdf"], caller: Caller, context: Context
) -> Response:
    """The file of a batch; few papers are made at a time."""
    writer = official_docx if ending == "docx" else official_pdf
    async with press_of(request).turn:
        async with transaction(context.sessions) as session:
            snapshot, at = await acts.take_paper(session, batch_id, ending, caller=caller, context=context)
        number = None if snapshot["published_on"] is None else batch_number(snapshot)
        content = await asyncio.to_thread(writer.write, batch_paper(snapshot), number=number, at=at)
    name = f"{file_name(snapshot['title'])}.{ending}"
    return _file(content, f"cases-{batch_id}.{ending}", name, writer.MEDIA_TYPE)


@router.get(
    "/register", summary="The register as a workbook", response_class=Response, responses=_READ | _LIST
)
async def register_list(
    request: Request,
    caller: Whoever,
    context: Shared,
    state: Annotated[ExposureState | None, Query()] = None,
    lang: Language = "zh",
) -> Response:
    """Without a party's name, the newest first, 5,000 at most."""
    return await register_file(request, texts(lang), state, caller, context)


async def register_file(
    request: Request, words: Texts, state: ExposureState | None, caller: Caller, context: Context
) -> Response:
    """The workbook; few papers are made at a time."""
    async with press_of(request).turn:
        async with transaction(context.sessions) as session:
            cases, more = await acts.take_register(session, state, most=MOST, caller=caller, context=context)
        now = context.clock.now()
        chosen = None if state is None else state.value
        paper = register_paper(words, cases, state=chosen, more=more, now=now)
        content = await asyncio.to_thread(xlsx.write, paper)
    return _file(content, f"{paper.stem}.xlsx", f"{paper.name}.xlsx", xlsx.MEDIA_TYPE)


def _file(content: bytes, stem: str, name: str, media_type: str) -> Response:
    headers = {
        "Content-Disposition": f"attachment; filename=\"{stem}\"; filename*=UTF-8''{quote(name, safe='')}",
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
    }
    return Response(content, headers=headers, media_type=media_type)


@router.get(
    "/officers", summary="The publicity department", response_model=PublicityOfficers, responses=_READ
)
async def list_officers(session: Session, caller: Whoever, context: Shared) -> Response:
    """Who signs for it, or did."""
    demand_prefecture(caller, context, *acts.READERS)
    return answer({"items": await exposures.list_officers(session)})


@router.post(
    "/officers",
    summary="Name an officer",
    status_code=201,
    response_model=PublicityOfficers,
    responses=_ACT,
    dependencies=ONCE,
)
async def appoint(body: PublicityOfficerIn, session: Session, caller: Whoever, context: Shared) -> Response:
    """By a chief of the prefecture, with the letter that names the person."""
    await acts.appoint_officer(session, body.username, body.document, caller=caller, context=context)
    return answer({"items": await exposures.list_officers(session)}, 201)


@router.post(
    "/officers/{officer_id}/end",
    summary="End an appointment",
    response_model=PublicityOfficers,
    responses=_ACT,
    dependencies=ONCE,
)
async def dismiss(
    officer_id: SmallId, body: CaseReasonIn, session: Session, caller: Whoever, context: Shared
) -> Response:
    """By a chief of the prefecture; what was signed stays signed."""
    await acts.dismiss_officer(session, officer_id, body.reason, caller=caller, context=context)
    return answer({"items": await exposures.list_officers(session)})
