"""Papers of the office 公文: briefs, reports, notices and bulletins, drafted by one and issued by another."""

import json
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from app.api.answers import answer
from app.api.described import Cursor, Limit, problems
from app.api.papers import press_of
from app.api.requests import SmallId
from app.api.route import ONCE, SIGN_IN, ActRoute, Session, Shared, Whoever
from app.api.shapes import Page, Shape
from app.flows import papers as flow
from app.papers import official_docx, official_pdf
from app.papers.make import OfficeEnding
from app.papers.official import from_json
from app.views import issued
from models.enums import PaperKind, PaperState

router = APIRouter(
    prefix="/supervision/papers", tags=["supervision"], route_class=ActRoute, dependencies=SIGN_IN
)
_ACT = problems(400, 403, 404, 409, 413)
_FILE: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The file.",
        "content": {
            media: {"schema": {"type": "string", "format": "binary"}}
            for media in (official_docx.MEDIA_TYPE, official_pdf.MEDIA_TYPE)
        },
    }
}
Digest = Annotated[str, Field(pattern="^[0-9a-f]{64}$", description="SHA-256 of the paper as it was shown.")]


class PaperShape(Shape):
    id: int
    kind: PaperKind
    title: str
    number: str | None = Field(description="Once it is issued.")
    grid: str | None = Field(description="The unit it is about; null: all of them.")
    grid_name: str | None
    subject: str | None
    since: str = Field(alias="from", description="First day it tells of.")
    to: str
    state: PaperState
    digest: str
    drafted_by: str | None = Field(description="Null: the service drafted it.")
    drafted_at: AwareDatetime
    edited_by: str | None
    edited_at: AwareDatetime | None
    issued_by: str | None
    issued_at: AwareDatetime | None
    withdrawn_at: AwareDatetime | None
    withdrawn_why: str | None


class PaperDetail(PaperShape):
    document: dict[str, Any] = Field(
        description="Title, head, blocks (heading, text, table, chart) and closing."
    )


class _In(BaseModel):
    model_config = ConfigDict(extra="forbid")


class PaperIn(_In):
    digest: Digest
    document: dict[str, Any] = Field(description="As it was read, with what is to be said otherwise.")


class PaperSeen(_In):
    digest: Digest


class PaperGone(_In):
    reason: Annotated[str, Field(min_length=1, max_length=2000)]


@router.get("", summary="Papers of the office 公文", response_model=Page[PaperShape], responses=problems())
async def list_papers(
    session: Session,
    caller: Whoever,
    kind: Annotated[PaperKind | None, Query()] = None,
    state: Annotated[PaperState | None, Query()] = None,
    cursor: Cursor = None,
    limit: Limit = 100,
) -> Response:
    """The newest drafted first. Drafts are seen by the prefecture; issued ones by those they go to."""
    return answer(
        await issued.list_papers(session, caller, kind=kind, state=state, cursor=cursor, limit=limit)
    )


@router.get("/{paper_id}", summary="One paper", response_model=PaperDetail, responses=problems(404))
async def get_paper(paper_id: SmallId, session: Session, caller: Whoever) -> Response:
    """With all it says, as it is stored."""
    row, shown = await issued.paper_row(session, paper_id, caller)
    return answer(shown | {"document": json.loads(row.snapshot)})


@router.get(
    "/{paper_id}/file", summary="A paper as a file", response_class=Response, responses=problems(404) | _FILE
)
async def get_file(
    paper_id: SmallId,
    request: Request,
    caller: Whoever,
    ending: Annotated[Literal["docx", "pdf"], Query(alias="format")] = "pdf",
) -> Response:
    """Made of what is stored; a draft says that it is one. Who took it is an event of the journal."""
    return await press_of(request).issued(caller, paper_id, OfficeEnding(ending))


@router.post(
    "/{paper_id}/edit", summary="Edit a draft", response_model=PaperDetail, responses=_ACT, dependencies=ONCE
)
async def edit(
    paper_id: SmallId, body: PaperIn, session: Session, caller: Whoever, context: Shared
) -> Response:
    """By somebody of the prefecture; 409 `version_conflict` where it was written anew since `digest`."""
    await issued.paper_row(session, paper_id, caller)
    document = from_json(json.dumps(body.document).encode())
    await flow.edit(
        session, paper_id, document, seen=bytes.fromhex(body.digest), caller=caller, context=context
    )
    return await _told(session, paper_id, caller)


@router.post(
    "/{paper_id}/issue",
    summary="Issue a paper 签发",
    response_model=PaperDetail,
    responses=_ACT,
    dependencies=ONCE,
)
async def issue(
    paper_id: SmallId, body: PaperSeen, session: Session, caller: Whoever, context: Shared
) -> Response:
    """Gives it its number, for good. By a chief of the prefecture (briefs and weekly reports: a duty officer too).

    Another person than the last one that wrote it, except for the daily brief.
    """
    _, shown = await issued.paper_row(session, paper_id, caller)
    seen = bytes.fromhex(body.digest)
    await flow.issue(session, paper_id, PaperKind(shown["kind"]), seen=seen, caller=caller, context=context)
    return await _told(session, paper_id, caller)


@router.post(
    "/{paper_id}/withdraw",
    summary="Withdraw a draft",
    response_model=PaperDetail,
    responses=_ACT,
    dependencies=ONCE,
)
async def withdraw(
    paper_id: SmallId, body: PaperGone, session: Session, caller: Whoever, context: Shared
) -> Response:
    """By somebody of the prefecture, with a reason; it stays on record."""
    await issued.paper_row(session, paper_id, caller)
    await flow.withdraw(session, paper_id, why=body.reason, caller=caller, context=context)
    return await _told(session, paper_id, caller)


async def _told(session: Session, paper_id: int, caller: Whoever) -> Response:
    row, shown = await issued.paper_row(session, paper_id, caller)
    return answer(shown | {"document": json.loads(row.snapshot)})
