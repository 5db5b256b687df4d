"""Months of the air: what was computed and signed, what dust took out, what the Region published (R12)."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from app.api.air_shapes import (
    MONTH,
    BulletinShape,
    ComputeIn,
    MonthDetail,
    MonthInputs,
    MonthShape,
    SignIn,
)
from app.api.answers import answer
from app.api.described import Cursor, Limit, problems
from app.api.papers import FILE, Format, Language, press_of
from app.api.rights import demand, demand_prefecture
from app.api.route import ONCE, SIGN_IN, ActRoute, Session, Shared, Whoever
from app.api.shapes import Page
from app.auth.permissions import AIR_PREPARERS, AIR_READERS, AIR_SIGNERS
from app.console.texts import texts
from app.flows import air as flow
from app.flows import bulletin
from app.views import air as views
from models.enums import MonthState

router = APIRouter(
    prefix="/supervision/air", tags=["supervision"], route_class=ActRoute, dependencies=SIGN_IN
)
MonthPath = Annotated[str, Path(pattern=MONTH, description="Such as 2026-03, in Beijing.")]
MonthFilter = Annotated[str | None, Query(alias="month", pattern=MONTH)]
Version = Annotated[int | None, Query(ge=1, le=100_000, description="The one in force without it.")]
_ACT = problems(400, 403, 404, 409, 412, 413)


@router.get(
    "/months", summary="Computed months 月度结果", response_model=Page[MonthShape], responses=problems(403)
)
async def list_months(
    session: Session,
    caller: Whoever,
    month: MonthFilter = None,
    state: Annotated[MonthState | None, Query()] = None,
    cursor: Cursor = None,
    limit: Limit = 100,
) -> Response:
    """Every version, the newest first; drafts are seen by the prefecture alone."""
    demand(caller, *AIR_READERS)
    first = None if month is None else views.month_in(month)
    return answer(
        await views.list_months(
            session, scope=caller.scope, month=first, state=state, cursor=cursor, limit=limit
        )
    )


@router.get("/months/{month}", summary="One month", response_model=MonthDetail, responses=problems(403, 404))
async def get_month(month: MonthPath, session: Session, caller: Whoever, version: Version = None) -> Response:
    """All units with their indices, improvement rates and places: the version in force, else the newest."""
    demand(caller, *AIR_READERS)
    first = views.month_in(month)
    return answer(await views.month_document(session, first, scope=caller.scope, version=version))


@router.get(
    "/months/{month}/inputs",
    summary="What a month was computed from",
    response_model=MonthInputs,
    responses=problems(403, 404),
)
async def get_inputs(
    month: MonthPath, session: Session, caller: Whoever, context: Shared, version: Version = None
) -> Response:
    """The frozen inputs: every figure opens to the station days it came from. Counties get their own units'."""
    demand(caller, *AIR_READERS)
    first = views.month_in(month)
    if version is None:
        version = (await views.month_document(session, first, scope=caller.scope))["version"]
    units = None
    if caller.scope.grid_ids is not None:
        seen = (context.directory.grid(grid) for grid in caller.scope.grid_ids)
        units = frozenset(grid.code for grid in seen if grid is not None and grid.level == 2)
    return answer(await views.month_inputs(session, first, version, scope=caller.scope, units=units))


@router.get(
    "/months/{month}/file",
    summary="The ranking as a file",
    response_class=Response,
    responses=problems(403, 404) | FILE,
)
async def month_file(
    request: Request,
    month: MonthPath,
    caller: Whoever,
    ending: Format,
    version: Version = None,
    lang: Language = "zh",
) -> Response:
    """Places with what they rest on, and the figures of the three series; XLSX or PDF."""
    demand(caller, *AIR_READERS)
    return await press_of(request).ranking(caller, texts(lang), ending, month=month, version=version)


@router.post(
    "/months/{month}/compute",
    summary="Compute a month",
    status_code=201,
    response_model=MonthDetail,
    responses=_ACT,
    dependencies=ONCE,
)
async def compute(
    month: MonthPath, session: Session, caller: Whoever, context: Shared, body: ComputeIn | None = None
) -> Response:
    """By a duty officer or administrator of the prefecture: a draft out of everything that stands there now.

    A draft that was there gives way. Where the month is signed already, `why` is demanded, and the same inputs as
    those in force are 422.
    """
    demand_prefecture(caller, context, *AIR_PREPARERS)
    why = None if body is None else body.why
    made = await flow.compute(context.pipeline, session, month, why=why, caller=caller, clock=context.clock)
    return answer(
        await views.month_document(session, made.month, scope=caller.scope, version=made.version), 201
    )


@router.post(
    "/months/{month}/sign",
    summary="Sign a month",
    response_model=MonthDetail,
    responses=_ACT,
    dependencies=ONCE,
)
async def sign(
    month: MonthPath, body: SignIn, session: Session, caller: Whoever, context: Shared
) -> Response:
    """By a chief of the prefecture who has not computed it, with the digest of the draft that was looked at.

    412 where the draft is another one by now, 409 `second_person_needed` for whoever computed it.
    """
    demand_prefecture(caller, context, *AIR_SIGNERS)
    signed = await flow.sign(
        context.pipeline,
        session,
        month,
        digest=bytes.fromhex(body.sha256),
        caller=caller,
        clock=context.clock,
    )
    return answer(
        await views.month_document(session, signed.month, scope=caller.scope, version=signed.version)
    )


@router.post(
    "/months/{month}/bulletin",
    summary="Draft the bulletin of a month 月度通报",
    status_code=201,
    response_model=BulletinShape,
    responses=_ACT,
    dependencies=ONCE,
)
async def draft_bulletin(month: MonthPath, session: Session, caller: Whoever, context: Shared) -> Response:
    """By a duty officer or administrator of the prefecture, out of the month in force; 409 for one nobody signed.

    A paper of the office from then on: edited, issued by a chief, taken as DOCX and PDF under `/supervision/papers`.
    """
    demand_prefecture(caller, context, *AIR_PREPARERS)
    return answer(
        {"paper": await bulletin.draft_bulletin(session, month, caller=caller, context=context)}, 201
    )
