"""The monthly assessment 月度考核: scores as they stand, points with their records, months frozen and signed."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Request, Response

from app.api import assessment_acts as acts
from app.api.answers import API, answer
from app.api.assessment_shapes import (
    DecisionIn,
    FreezeIn,
    FrozenShape,
    GatheredShape,
    MonthShape,
    NoticeShape,
    ObjectionIn,
    PointIn,
    PointShape,
    SignIn,
    UnitMonthShape,
    YearShape,
)
from app.api.described import problems
from app.api.papers import press_of
from app.api.requests import Code, Id
from app.api.route import ONCE, SIGN_IN, ActRoute, Session, Shared, Whoever
from app.console.texts import texts
from app.papers import xlsx
from app.papers.make import Ending
from app.views import assessment as views
from supervision.assessment.months import month_named

router = APIRouter(
    prefix="/supervision/assessment", tags=["assessment"], route_class=ActRoute, dependencies=SIGN_IN
)
MonthPath = Annotated[
    str,
    Path(pattern=r"^20[0-9][0-9]-(0[1-9]|1[0-2])$", description="Such as 2026-11, in Beijing."),
]
YearPath = Annotated[int, Path(ge=2023, le=2200)]
VersionPath = Annotated[int, Path(ge=1, le=100_000)]
_ACT = problems(400, 403, 404, 409, 412, 413)
_FILE: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The file.",
        "content": {xlsx.MEDIA_TYPE: {"schema": {"type": "string", "format": "binary"}}},
    }
}


@router.get(
    "/points/{point_id}", summary="One point", response_model=PointShape, responses=problems(403, 404)
)
async def get_point(point_id: Id, session: Session, caller: Whoever, context: Shared) -> Response:
    """With the record it rests on, and all that became of it."""
    acts.may_read(caller)
    now = context.clock.now()
    return answer(await views.point_document(session, point_id, scope=caller.scope, now=now))


@router.post(
    "/points/{point_id}/object",
    summary="Object to a point 申诉",
    response_model=PointShape,
    responses=_ACT,
    dependencies=ONCE,
)
async def object_to(
    point_id: Id, body: ObjectionIn, session: Session, caller: Whoever, context: Shared
) -> Response:
    """By a supervisor or chief of the unit itself, once, before `object_until`; later it is 409 `past_due`."""
    await acts.object_to(session, point_id, body, caller=caller, context=context)
    now = context.clock.now()
    return answer(await views.point_document(session, point_id, scope=caller.scope, now=now))


@router.post(
    "/points/{point_id}/decide",
    summary="Uphold or withdraw a point 复核",
    response_model=PointShape,
    responses=_ACT,
    dependencies=ONCE,
)
async def decide(
    point_id: Id, body: DecisionIn, session: Session, caller: Whoever, context: Shared
) -> Response:
    """By a duty officer or chief of the prefecture who neither claimed it nor objected: else `second_person_needed`.

    What is upheld is an objection that is not followed, or a bonus that is approved. What is withdrawn counts no more.
    """
    await acts.decide(session, point_id, body, caller=caller, context=context)
    now = context.clock.now()
    return answer(await views.point_document(session, point_id, scope=caller.scope, now=now))


@router.get("/years/{year}", summary="A year so far", response_model=YearShape, responses=problems(403))
async def get_year(year: YearPath, session: Session, caller: Whoever, context: Shared) -> Response:
    """Mean, grade and failed months of each unit, from the months that are signed."""
    acts.may_read(caller)
    return answer(await views.year_document(session, year, scope=caller.scope, directory=context.directory))


@router.get("/{month}", summary="A month's scores", response_model=MonthShape, responses=problems(403))
async def get_month(month: MonthPath, session: Session, caller: Whoever, context: Shared) -> Response:
    """As they stand now, all month long, and as they were signed. Counties and parks see their own."""
    acts.may_read(caller)
    return answer(
        await views.month_document(
            session, month_named(month), scope=caller.scope, directory=context.directory,
            now=context.clock.now(),
        )
    )  # fmt: skip


@router.get(
    "/{month}/units/{grid}",
    summary="A unit's month down to every point",
    response_model=UnitMonthShape,
    responses=problems(403, 404),
)
async def get_unit(
    month: MonthPath, grid: Code, session: Session, caller: Whoever, context: Shared
) -> Response:
    """The items with what they keep, and the points with their records; withdrawn ones too."""
    acts.may_read(caller)
    unit = acts.unit_of(grid, caller, context)
    return answer(await views.unit_document(session, month_named(month), unit, now=context.clock.now()))


@router.get(
    "/{month}/versions/{version}",
    summary="A frozen or signed version with its inputs",
    response_model=FrozenShape,
    responses=problems(403, 404),
)
async def get_version(
    month: MonthPath, version: VersionPath, session: Session, caller: Whoever, context: Shared
) -> Response:
    """From `inputs` anybody can compute `result` again; `sha256` is of their canonical JSON. For the prefecture."""
    acts.may_read(caller)
    return answer(
        await views.version_document(
            session, month_named(month), version, scope=caller.scope, directory=context.directory
        )
    )


@router.get(
    "/{month}/file",
    summary="A month as a workbook",
    response_class=Response,
    responses=problems(403) | _FILE,
)
async def file(
    request: Request,
    month: MonthPath,
    caller: Whoever,
    lang: Annotated[Literal["zh", "en"], Query(description="Of titles and values.")] = "zh",
) -> Response:
    """Scores and points of the units the caller sees; the score that is signed, else as it stands."""
    acts.may_read(caller)
    return await press_of(request).assessment(caller, texts(lang), Ending.XLSX, month=month_named(month))


@router.post(
    "/{month}/points",
    summary="Claim a point",
    status_code=201,
    response_model=PointShape,
    responses=_ACT,
    dependencies=ONCE,
)
async def propose(
    month: MonthPath, body: PointIn, session: Session, caller: Whoever, context: Shared
) -> Response:
    """By a duty officer or administrator of the prefecture; a bonus by the unit itself as well.

    A record counts once in a month and item: a second claim is 409 `already_pending`.
    """
    point = await acts.propose(session, month_named(month), body, caller=caller, context=context)
    document = await views.point_document(session, point, scope=caller.scope, now=context.clock.now())
    return answer(document, 201, {"Location": f"{API}/supervision/assessment/points/{point}"})


@router.post(
    "/{month}/gather",
    summary="Claim what the service knows",
    response_model=GatheredShape,
    responses=_ACT,
    dependencies=ONCE,
)
async def gather(month: MonthPath, session: Session, caller: Whoever, context: Shared) -> Response:
    """By a duty officer or administrator of the prefecture. What is claimed, or was withdrawn, is not claimed again."""
    return answer({"points": await acts.gather(session, month_named(month), caller=caller, context=context)})


@router.post(
    "/{month}/freeze",
    summary="Freeze a month for its signature",
    response_model=MonthShape,
    responses=_ACT,
    dependencies=ONCE,
)
async def freeze(
    month: MonthPath, body: FreezeIn, session: Session, caller: Whoever, context: Shared
) -> Response:
    """By a duty officer of the prefecture, once the month is over and no point waits: else 409 `unfinished`."""
    await acts.freeze(session, month_named(month), body, caller=caller, context=context)
    return await get_month(month, session, caller, context)


@router.post(
    "/{month}/sign",
    summary="Sign a frozen month 签发",
    response_model=MonthShape,
    responses=_ACT,
    dependencies=ONCE,
)
async def sign(
    month: MonthPath, body: SignIn, session: Session, caller: Whoever, context: Shared
) -> Response:
    """By a chief of the prefecture who did not freeze it; `sha256` is of what was shown, 412 where it is another."""
    await acts.sign(session, month_named(month), body, caller=caller, context=context)
    return await get_month(month, session, caller, context)


@router.post(
    "/{month}/notice",
    summary="Draft the notice 月度考核通报",
    status_code=201,
    response_model=NoticeShape,
    responses=_ACT,
    dependencies=ONCE,
)
async def notice(month: MonthPath, session: Session, caller: Whoever, context: Shared) -> Response:
    """By a duty officer or administrator of the prefecture, of a signed month; another person issues it."""
    paper = await acts.draft_notice(session, month_named(month), caller=caller, context=context)
    return answer({"paper": paper}, 201)
