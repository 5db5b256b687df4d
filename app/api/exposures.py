"""Typical cases made public 典型案件曝光 (annex 4): register, texts and signatures, batches, publicity office."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from app.api.answers import API, answer, etag
from app.api.described import Cursor, GridFilter, Limit, problems
from app.api.exposure_shapes import (
    CaseFactsIn,
    CaseMarkIn,
    CaseParties,
    CasePartiesIn,
    CaseReasonIn,
    CaseSignatureIn,
    CaseTextIn,
    ExposedCaseDetail,
    ExposedCaseShape,
    TypicalCaseIn,
)
from app.api.requests import SmallId
from app.api.rights import demand_prefecture, subtree_filter
from app.api.route import ONCE, SIGN_IN, IfMatch, Session, Shared, Whoever
from app.api.rules import RuleRoute
from app.api.shapes import Page
from app.auth.scope import Caller
from app.context import Context
from app.flows import exposures as acts
from app.views import exposures
from models.clock import BEIJING
from models.enums import ExposureState
from supervision.exposure.chain import Dossier

router = APIRouter(
    prefix="/supervision/cases", tags=["supervision"], route_class=RuleRoute, dependencies=SIGN_IN
)
_ACT = problems(400, 403, 404, 409, 412, 413)
_READ = problems(403, 404)


async def _shown(
    session: Session, case_id: int, caller: Caller, context: Context, *, acted: bool, status: int = 200
) -> Response:
    """The case. What an act answers is kept under its Idempotency-Key, so no name stands in it."""
    today = context.clock.now().astimezone(BEIJING).date()
    prepares = not acted and acts.prepares(caller, context)
    document = await exposures.case_document(session, case_id, today=today, prepares=prepares)
    headers = {"ETag": etag(document["revision"])}
    if status == 201:
        headers["Location"] = f"{API}/supervision/cases/{case_id}"
    return answer(document, status, headers)


@router.get("", summary="Typical cases 典型案件", response_model=Page[ExposedCaseShape], responses=_READ)
async def list_cases(
    session: Session,
    caller: Whoever,
    context: Shared,
    state: Annotated[ExposureState | None, Query()] = None,
    grid: GridFilter = None,
    cursor: Cursor = None,
    limit: Limit = 100,
) -> Response:
    """The newest registered first, for the prefecture. Counties and the public read what was published."""
    demand_prefecture(caller, context, *acts.READERS)
    grid_ids = subtree_filter(grid, caller, context)
    return answer(
        await exposures.list_cases(session, state=state, grid_ids=grid_ids, cursor=cursor, limit=limit)
    )


@router.post(
    "",
    summary="Register a case",
    status_code=201,
    response_model=ExposedCaseDetail,
    responses=_ACT,
    dependencies=ONCE,
)
async def register(body: TypicalCaseIn, session: Session, caller: Whoever, context: Shared) -> Response:
    """By a duty officer or administrator of the prefecture, with the parties that its text must not name."""
    parties = [one.party() for one in body.parties]
    case_id = await acts.register_case(session, body.facts(), parties, caller=caller, context=context)
    return await _shown(session, case_id, caller, context, acted=True, status=201)


@router.get("/{case_id}", summary="One case", response_model=ExposedCaseDetail, responses=_READ)
async def get_case(case_id: SmallId, session: Session, caller: Whoever, context: Shared) -> Response:
    """With every version, who signed it, and every reason why it may not be published today."""
    demand_prefecture(caller, context, *acts.READERS)
    return await _shown(session, case_id, caller, context, acted=False)


@router.put("/{case_id}", summary="Correct a case", response_model=ExposedCaseDetail, responses=_ACT)
async def change(
    case_id: SmallId, body: CaseFactsIn, session: Session, caller: Whoever, context: Shared, revision: IfMatch
) -> Response:
    """Facts, service, review and suit; until it is published."""
    await acts.change_case(session, case_id, body.facts(), revision=revision, caller=caller, context=context)
    return await _shown(session, case_id, caller, context, acted=True)


@router.get("/{case_id}/parties", summary="The parties by name", response_model=CaseParties, responses=_READ)
async def get_parties(case_id: SmallId, session: Session, caller: Whoever, context: Shared) -> Response:
    """For those who prepare cases, and nobody else."""
    demand_prefecture(caller, context, *acts.PREPARERS)
    await exposures.demand_case(session, case_id)
    return answer({"items": await exposures.parties_document(session, case_id)})


@router.put(
    "/{case_id}/parties", summary="Replace the parties", response_model=ExposedCaseDetail, responses=_ACT
)
async def put_parties(
    case_id: SmallId,
    body: CasePartiesIn,
    session: Session,
    caller: Whoever,
    context: Shared,
    revision: IfMatch,
) -> Response:
    """Until it is published. A text that names one of them then fails its check."""
    parties = [one.party() for one in body.parties]
    await acts.name_parties(session, case_id, parties, revision=revision, caller=caller, context=context)
    return await _shown(session, case_id, caller, context, acted=True)


@router.post(
    "/{case_id}/texts",
    summary="Write a version",
    status_code=201,
    response_model=ExposedCaseDetail,
    responses=_ACT,
    dependencies=ONCE,
)
async def write(
    case_id: SmallId, body: CaseTextIn, session: Session, caller: Whoever, context: Shared, revision: IfMatch
) -> Response:
    """While the case is prepared. The check of masking and length is in the answer."""
    await acts.write_text(
        session, case_id, title=body.title, body=body.body, revision=revision, caller=caller, context=context
    )
    return await _shown(session, case_id, caller, context, acted=True, status=201)


@router.post(
    "/{case_id}/submit",
    summary="Submit the newest version 报审",
    response_model=ExposedCaseDetail,
    responses=_ACT,
    dependencies=ONCE,
)
async def submit(
    case_id: SmallId, session: Session, caller: Whoever, context: Shared, revision: IfMatch
) -> Response:
    """Masked and of 1,000 to 1,500 characters, else 422 with `reasons`."""
    await acts.submit_text(session, case_id, revision=revision, caller=caller, context=context)
    return await _shown(session, case_id, caller, context, acted=True)


@router.post(
    "/{case_id}/sign",
    summary="Sign the next step 签发",
    response_model=ExposedCaseDetail,
    responses=_ACT,
    dependencies=ONCE,
)
async def sign(
    case_id: SmallId,
    body: CaseSignatureIn,
    session: Session,
    caller: Whoever,
    context: Shared,
    revision: IfMatch,
) -> Response:
    """局 (with what was found of the dossier) → 分管领导 → 宣传部, each another person than before.

    The publicity department signs last, when 三审三校 is complete.
    """
    dossier = None if body.dossier is None else Dossier(**body.dossier.model_dump())
    await acts.sign_text(
        session, case_id, body.step, dossier=dossier, revision=revision, caller=caller, context=context
    )
    return await _shown(session, case_id, caller, context, acted=True)


@router.post(
    "/{case_id}/marks",
    summary="Sign a review or proofreading 三审三校",
    response_model=ExposedCaseDetail,
    responses=_ACT,
    dependencies=ONCE,
)
async def mark(
    case_id: SmallId, body: CaseMarkIn, session: Session, caller: Whoever, context: Shared, revision: IfMatch
) -> Response:
    """One after the other, three people each; never by who wrote the text."""
    await acts.mark_text(
        session, case_id, body.step, name=body.name, revision=revision, caller=caller, context=context
    )
    return await _shown(session, case_id, caller, context, acted=True)


@router.post(
    "/{case_id}/return",
    summary="Return the text",
    response_model=ExposedCaseDetail,
    responses=_ACT,
    dependencies=ONCE,
)
async def give_back(
    case_id: SmallId,
    body: CaseReasonIn,
    session: Session,
    caller: Whoever,
    context: Shared,
    revision: IfMatch,
) -> Response:
    """With a reason; another version begins the chain anew."""
    await acts.return_text(session, case_id, body.reason, revision=revision, caller=caller, context=context)
    return await _shown(session, case_id, caller, context, acted=True)


@router.post(
    "/{case_id}/withdraw",
    summary="Withdraw a case",
    response_model=ExposedCaseDetail,
    responses=_ACT,
    dependencies=ONCE,
)
async def withdraw(
    case_id: SmallId,
    body: CaseReasonIn,
    session: Session,
    caller: Whoever,
    context: Shared,
    revision: IfMatch,
) -> Response:
    """For good, and on the record; once it is published by a chief of the prefecture."""
    await acts.withdraw_case(session, case_id, body.reason, revision=revision, caller=caller, context=context)
    return await _shown(session, case_id, caller, context, acted=True)
