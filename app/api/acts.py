"""The register of notices, interviews, special inspections and accountability proposals (R17)."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from app.api.act_reading import Written, demand_objector, file_of, paper_file, reader_of
from app.api.act_shapes import (
    ActDetail,
    ActIn,
    ActShape,
    CompleteIn,
    DeclineIn,
    HoldIn,
    IssueIn,
    ObjectIn,
    SignActIn,
    WithdrawActIn,
)
from app.api.answers import API, answer
from app.api.described import Cursor, GridFilter, Limit, problems
from app.api.papers import Language, press_of
from app.api.requests import SmallId
from app.api.rights import demand_prefecture, subtree_filter
from app.api.route import ONCE, SIGN_IN, ActRoute, Session, Shared, Whoever
from app.api.shapes import Page
from app.auth.permissions import ACT_PREPARERS, ACT_SIGNERS
from app.auth.scope import Caller
from app.console.texts import texts
from app.context import Context
from app.flows import acts as flow
from app.papers import official_docx, official_pdf, xlsx
from app.views import acts as views
from app.views.acts import Chosen
from models.enums import ActKind, ActState

router = APIRouter(
    prefix="/supervision/acts", tags=["supervision"], route_class=ActRoute, dependencies=SIGN_IN
)
_ACT = problems(400, 403, 404, 409, 412, 413)
Year = Annotated[int | None, Query(ge=2014, le=2200, description="In which it was decided, or entered.")]
Overdue = Annotated[
    bool, Query(description="Only those whose follow-up or report of correction is past due.")
]


@router.get("", summary="Register of acts", response_model=Page[ActShape], responses=problems(403, 404))
async def list_acts(
    session: Session,
    caller: Whoever,
    context: Shared,
    state: Annotated[ActState | None, Query()] = None,
    kind: Annotated[ActKind | None, Query()] = None,
    grid: GridFilter = None,
    year: Year = None,
    overdue: Overdue = False,
    cursor: Cursor = None,
    limit: Limit = 100,
) -> Response:
    """The newest first. A county or park sees what was signed against it, the prefecture also what waits."""
    reader = reader_of(caller, context)
    chosen = Chosen(state, kind, subtree_filter(grid, caller, context), year, overdue)
    now = context.clock.now()
    return answer(await views.list_acts(session, reader, chosen, now=now, cursor=cursor, limit=limit))


@router.get(
    "/register",
    summary="The register as a workbook",
    response_class=Response,
    responses=problems(403, 404) | file_of(xlsx.MEDIA_TYPE),
)
async def register_file(
    request: Request,
    caller: Whoever,
    context: Shared,
    state: Annotated[ActState | None, Query()] = None,
    kind: Annotated[ActKind | None, Query()] = None,
    grid: GridFilter = None,
    year: Year = None,
    overdue: Overdue = False,
    lang: Language = "zh",
) -> Response:
    """XLSX of what `GET /supervision/acts` lists, 10,000 at most. Who took it is an event (`paper.taken`)."""
    reader = reader_of(caller, context)
    chosen = Chosen(state, kind, subtree_filter(grid, caller, context), year, overdue)
    return await press_of(request).acts(caller, texts(lang), reader=reader, chosen=chosen, grid=grid)


@router.post(
    "",
    summary="Enter an act by hand",
    status_code=201,
    response_model=ActDetail,
    responses=_ACT,
    dependencies=ONCE,
)
async def propose(body: ActIn, session: Session, caller: Whoever, context: Shared) -> Response:
    """On one of the grounds of body §3(九), by a duty officer, administrator or chief of the prefecture.

    It waits for a chief of the prefecture, another person than whoever entered it. That article prescribes interviews:
    whatever else is entered names the document it rests on.
    """
    demand_prefecture(caller, context, *ACT_PREPARERS)
    act = await flow.propose(
        context.pipeline, session, grid=body.grid, kind=body.kind, doer=body.by, in_public=body.in_public,
        ground=body.ground, facts=body.facts, document=body.document, period=(body.period_from, body.period_to),
        caller=caller, clock=context.clock,
    )  # fmt: skip
    document = await _shown(session, act, caller, context)
    return answer(document, 201, {"Location": f"{API}/supervision/acts/{act}"})


@router.get("/{act_id}", summary="One act", response_model=ActDetail, responses=problems(403, 404))
async def get_act(act_id: SmallId, session: Session, caller: Whoever, context: Shared) -> Response:
    """With its steps, the article word for word, and what it rests on."""
    return answer(await _shown(session, act_id, caller, context))


@router.post(
    "/{act_id}/sign", summary="Sign an act", response_model=ActDetail, responses=_ACT, dependencies=ONCE
)
async def sign(
    act_id: SmallId, session: Session, caller: Whoever, context: Shared, body: SignActIn | None = None
) -> Response:
    """What was entered by hand, by a chief of the prefecture who did not enter it."""
    demand_prefecture(caller, context, *ACT_SIGNERS)
    note = None if body is None else body.note
    await flow.sign(context.pipeline, session, act_id, note=note, caller=caller, clock=context.clock)
    return answer(await _shown(session, act_id, caller, context))


@router.post(
    "/{act_id}/decline", summary="Decline an act", response_model=ActDetail, responses=_ACT, dependencies=ONCE
)
async def decline(
    act_id: SmallId, body: DeclineIn, session: Session, caller: Whoever, context: Shared
) -> Response:
    """What was entered by hand, by a chief of the prefecture, with a reason."""
    demand_prefecture(caller, context, *ACT_SIGNERS)
    await flow.decline(context.pipeline, session, act_id, why=body.reason, caller=caller, clock=context.clock)
    return answer(await _shown(session, act_id, caller, context))


@router.post(
    "/{act_id}/draft",
    summary="Draft the document of an act",
    response_model=ActDetail,
    responses=_ACT,
    dependencies=ONCE,
)
async def draft(act_id: SmallId, session: Session, caller: Whoever, context: Shared) -> Response:
    """Out of its facts, with the article quoted; a draft that was there is written over. By the prefecture's desk."""
    demand_prefecture(caller, context, *ACT_PREPARERS)
    found = await _shown(session, act_id, caller, context)
    await flow.draft(context.pipeline, session, found, caller=caller, clock=context.clock)
    return answer(await _shown(session, act_id, caller, context))


@router.post(
    "/{act_id}/issue",
    summary="Issue the document of an act",
    response_model=ActDetail,
    responses=_ACT,
    dependencies=ONCE,
)
async def issue(
    act_id: SmallId, body: IssueIn, session: Session, caller: Whoever, context: Shared
) -> Response:
    """Under a number without a gap, by a chief of the prefecture who did not write it; `sha256` is of the draft."""
    demand_prefecture(caller, context, *ACT_SIGNERS)
    await flow.issue(
        context.pipeline, session, act_id, seen=bytes.fromhex(body.sha256), caller=caller, clock=context.clock
    )
    return answer(await _shown(session, act_id, caller, context))


@router.post(
    "/{act_id}/hold",
    summary="An act was delivered or held",
    response_model=ActDetail,
    responses=_ACT,
    dependencies=ONCE,
)
async def hold(act_id: SmallId, body: HoldIn, session: Session, caller: Whoever, context: Shared) -> Response:
    """Once its document is issued: when, who attended, where the minutes are, and until when it is followed up."""
    demand_prefecture(caller, context, *ACT_PREPARERS)
    await flow.hold(
        context.pipeline, session, act_id, held_on=body.held_on, attended=body.attended, minutes=body.minutes,
        follow_up_due=body.follow_up_due, report_due=body.report_due, caller=caller, clock=context.clock,
    )  # fmt: skip
    return answer(await _shown(session, act_id, caller, context))


@router.post(
    "/{act_id}/object",
    summary="Object to an act",
    response_model=ActDetail,
    responses=_ACT,
    dependencies=ONCE,
)
async def object_to(
    act_id: SmallId, body: ObjectIn, session: Session, caller: Whoever, context: Shared
) -> Response:
    """What the unit has to say, by its chief or a supervisor, while the act is in force; the state stays."""
    await demand_objector(session, act_id, caller, context)
    await flow.object_to(
        context.pipeline, session, act_id, text=body.text, caller=caller, clock=context.clock
    )
    return answer(await _shown(session, act_id, caller, context))


@router.post(
    "/{act_id}/complete",
    summary="Complete an act",
    response_model=ActDetail,
    responses=_ACT,
    dependencies=ONCE,
)
async def complete(
    act_id: SmallId, body: CompleteIn, session: Session, caller: Whoever, context: Shared
) -> Response:
    """What was followed up is done, with its result; by the prefecture's desk.

    A report of correction that it demands is accepted by then, and what the unit said is answered (409 `unfinished`).
    """
    demand_prefecture(caller, context, *ACT_PREPARERS)
    await flow.complete(
        context.pipeline, session, act_id, result=body.result, caller=caller, clock=context.clock
    )
    return answer(await _shown(session, act_id, caller, context))


@router.post(
    "/{act_id}/withdraw",
    summary="Withdraw an act",
    response_model=ActDetail,
    responses=_ACT,
    dependencies=ONCE,
)
async def withdraw(
    act_id: SmallId, body: WithdrawActIn, session: Session, caller: Whoever, context: Shared
) -> Response:
    """What was signed and is not completed, by a chief of the prefecture, with a reason; it stays in the register."""
    demand_prefecture(caller, context, *ACT_SIGNERS)
    await flow.withdraw(
        context.pipeline, session, act_id, why=body.reason, caller=caller, clock=context.clock
    )
    return answer(await _shown(session, act_id, caller, context))


@router.get(
    "/{act_id}/paper",
    summary="The document of an act as a file",
    response_class=Response,
    responses=problems(403, 404) | file_of(official_docx.MEDIA_TYPE, official_pdf.MEDIA_TYPE),
)
async def paper(
    act_id: SmallId,
    session: Session,
    caller: Whoever,
    context: Shared,
    ending: Annotated[Written, Query(alias="format")],
) -> Response:
    """Made of the stored snapshot, the same bytes each time; a draft is seen by the prefecture alone."""
    return await paper_file(session, act_id, ending, caller, context)


async def _shown(session: Session, act: int, caller: Caller, context: Context) -> dict[str, Any]:
    return await views.act_document(session, act, reader_of(caller, context), now=context.clock.now())
