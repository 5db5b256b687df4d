"""Reports of the public: read, judged, referred, answered."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from fastapi.responses import FileResponse

from app.api.answers import answer
from app.api.described import Cursor, GridFilter, Limit, problems
from app.api.public_report_shapes import (
    AcceptIn,
    AnswerIn,
    LinkIn,
    MergeIn,
    PublicReportDetail,
    PublicReportPolicyIn,
    PublicReportPolicyShape,
    PublicReportShape,
    ReferIn,
    RejectIn,
    RepeatedList,
)
from app.api.requests import Id, Instant
from app.api.rights import demand_prefecture, subtree_filter
from app.api.route import ONCE, SIGN_IN, ActRoute, Session, Shared, Whoever
from app.api.shapes import Page
from app.auth.scope import Caller
from app.context import Context
from app.evidence import Stored, stored_at
from app.flows import public_reports as flow
from app.rendition import rendition
from app.views import public_reports as views
from models.clock import BEIJING
from models.enums import ProblemCategory, PublicReportState, Role
from models.errors import Invalid, NotFound
from supervision import versions
from supervision.public_reports import reports, steps
from supervision.public_reports.policy import policy_body

router = APIRouter(
    prefix="/public-reports", tags=["public-reports"], route_class=ActRoute, dependencies=SIGN_IN
)
_ACT = problems(400, 403, 404, 409, 413)
POLICY_ROLES = (Role.ADMINISTRATOR, Role.CHIEF)


def referred_to(code: str | None, context: Context) -> int | None:
    """The level-2 grid of this code, whoever refers to it; None is the prefecture's queue."""
    if code is None:
        return None
    grid = context.directory.grid_by_code(code)
    if grid is None or grid.level > 2:
        raise Invalid("a report is referred to a county, a park or the prefecture", field="grid")
    return None if grid.level == 1 else int(grid.id)


async def repeated_document(
    session: Session, until: datetime, caller: Caller, context: Context
) -> dict[str, Any]:
    """What different people reported again and again and nobody solved, within the caller's grids."""
    version, readings = await versions.readings_on(session, until.astimezone(BEIJING).date())
    found = await reports.reported_again(session, until=until, times=readings.repeated_reports)
    grids = {int(grid.id): grid.code for grid in context.directory.grids}
    return {
        "until": until.isoformat(),
        "times": readings.repeated_reports,
        "readings": version,
        "items": [
            {
                "problem": one.problem,
                "grid": None if one.grid_id is None else grids.get(one.grid_id),
                "people": one.people,
                "numbers": list(one.numbers),
                "reached_at": one.reached_at.isoformat(),
                "article": "annex 2 art. 5(四)",
            }
            for one in found
            if caller.scope.sees(one.grid_id)
        ],
    }


async def picture(
    session: Session, report_id: int, place: int, caller: Caller, context: Context
) -> FileResponse:
    """A picture of a report as it is shown: smaller, upright, without what the camera wrote beside it."""
    found = await views.photo_of(session, report_id, place, caller.scope)
    data_dir = context.settings.data_dir
    stored = Stored(stored_at(data_dir, found.digest), found.digest, found.media_type, "photo")
    path = await rendition(stored, data_dir=data_dir)
    return FileResponse(
        path,
        media_type="image/jpeg",
        headers={
            "X-Content-Type-Options": "nosniff",
            "Content-Security-Policy": "default-src 'none'; sandbox",
            "Cache-Control": "private, max-age=3600",
        },
    )


@router.get(
    "", summary="Reports of the public", response_model=Page[PublicReportShape], responses=problems(404)
)
async def list_public_reports(
    session: Session,
    caller: Whoever,
    context: Shared,
    state: Annotated[list[PublicReportState] | None, Query(description="May be repeated.")] = None,
    category: Annotated[ProblemCategory | None, Query()] = None,
    grid: GridFilter = None,
    queue: Annotated[bool, Query(description="Only what no grid was found for.")] = False,
    cursor: Cursor = None,
    limit: Limit = 100,
) -> Response:
    """Newest first. Who sent them is in no answer but that of `POST /public-reports/{id}/identity`."""
    page = await views.list_public_reports(
        session,
        scope=caller.scope,
        states=state or (),
        category=category,
        grid_ids=subtree_filter(grid, caller, context),
        queue=queue,
        cursor=cursor,
        limit=limit,
    )
    return answer(page)


@router.get(
    "/repeated",
    summary="Reported again and again 群众反复举报",
    response_model=RepeatedList,
    responses=problems(),
)
async def repeated(
    session: Session,
    caller: Whoever,
    context: Shared,
    until: Annotated[Instant | None, Query(description="As it stood then; now without it.")] = None,
) -> Response:
    """Unsolved problems that as many different people reported as the policy says (annex 2 art. 5(四): three)."""
    return answer(await repeated_document(session, until or context.clock.now(), caller, context))


@router.get(
    "/policy",
    summary="The rules of public reports and rewards",
    response_model=PublicReportPolicyShape,
    responses=problems(),
)
async def policy(session: Session, caller: Whoever) -> Response:
    """The version in force."""
    found = await reports.policy_in_force(session)
    return answer({"version": found.version, "body": policy_body(found)})


@router.post(
    "/policy",
    summary="Put new rules in force",
    status_code=201,
    response_model=PublicReportPolicyShape,
    responses=problems(400, 403, 409, 413),
    dependencies=ONCE,
)
async def set_policy(
    body: PublicReportPolicyIn, session: Session, caller: Whoever, context: Shared
) -> Response:
    """By an administrator or chief of the prefecture; in force at once, and never changed afterwards."""
    demand_prefecture(caller, context, *POLICY_ROLES)
    version = await flow.set_policy(
        context.pipeline, session, body.body, note=body.note, caller=caller, clock=context.clock
    )
    found = await reports.policy_in_force(session)
    return answer({"version": version, "body": policy_body(found)}, 201)


@router.get(
    "/{report_id}", summary="One public report", response_model=PublicReportDetail, responses=problems(404)
)
async def get_public_report(report_id: Id, session: Session, caller: Whoever) -> Response:
    """With its pictures, steps, and what was merged into it."""
    return answer(await views.public_report_document(session, report_id, caller.scope))


@router.get(
    "/{report_id}/photos/{place}",
    summary="Look at a picture of a public report",
    response_class=FileResponse,
    responses=problems(404) | {200: {"description": "A JPEG.", "content": {"image/jpeg": {}}}},
)
async def photo(report_id: Id, place: Id, session: Session, caller: Whoever, context: Shared) -> FileResponse:
    """Made anew from the original, which nobody downloads: a camera writes beside a picture where and whose it is."""
    if place > 100:
        raise NotFound("no such picture")
    return await picture(session, report_id, place, caller, context)


@router.post(
    "/{report_id}/accept",
    summary="Accept a public report 受理",
    response_model=PublicReportDetail,
    responses=_ACT,
    dependencies=ONCE,
)
async def accept(
    report_id: Id, body: AcceptIn, session: Session, caller: Whoever, context: Shared
) -> Response:
    """By a supervisor or chief of its grid, or above it; in the prefecture's queue, by those of the prefecture."""
    await flow.act(
        context.pipeline, session, report_id,
        lambda now: steps.accept(session, report_id, note=body.note, by=caller.id, now=now),
        caller=caller, clock=context.clock, what="accepting",
    )  # fmt: skip
    return answer(await views.public_report_document(session, report_id, caller.scope))


@router.post(
    "/{report_id}/merge",
    summary="It is the same problem as another report 并案",
    response_model=PublicReportDetail,
    responses=_ACT,
    dependencies=ONCE,
)
async def merge(report_id: Id, body: MergeIn, session: Session, caller: Whoever, context: Shared) -> Response:
    """The other report's answer is its answer from now on."""
    await flow.visible(session, body.report, caller)
    await flow.act(
        context.pipeline, session, report_id,
        lambda now: steps.merge(session, report_id, body.report, why=body.reason, by=caller.id, now=now),
        caller=caller, clock=context.clock, what="merging",
    )  # fmt: skip
    return answer(await views.public_report_document(session, report_id, caller.scope))


@router.post(
    "/{report_id}/refer",
    summary="Refer a public report 转办",
    response_model=PublicReportShape,
    responses=_ACT,
    dependencies=ONCE,
)
async def refer(report_id: Id, body: ReferIn, session: Session, caller: Whoever, context: Shared) -> Response:
    """To a county or park, or to the prefecture; it waits there to be accepted, and may leave the caller's sight."""
    to = referred_to(body.grid, context)
    before = await views.public_report_document(session, report_id, caller.scope)
    moved = await flow.act(
        context.pipeline, session, report_id,
        lambda now: steps.refer(session, report_id, to, why=body.reason, by=caller.id, now=now),
        caller=caller, clock=context.clock, what="referring",
    )  # fmt: skip
    grid = None if moved.grid_id is None else context.directory.grid(moved.grid_id)
    said = {name: before[name] for name in PublicReportShape.model_fields}
    said |= {
        "state": PublicReportState.RECEIVED.value,
        "grid": grid.code if grid else None,
        "grid_name": grid.name if grid else None,
        "moved_at": context.clock.now().isoformat(),
    }
    return answer(said)


@router.post(
    "/{report_id}/reject",
    summary="Reject a public report 不予受理",
    response_model=PublicReportDetail,
    responses=_ACT,
    dependencies=ONCE,
)
async def reject(
    report_id: Id, body: RejectIn, session: Session, caller: Whoever, context: Shared
) -> Response:
    """With a reason that the reporter reads."""
    await flow.act(
        context.pipeline, session, report_id,
        lambda now: steps.reject(session, report_id, why=body.reason, by=caller.id, now=now),
        caller=caller, clock=context.clock, what="rejecting",
    )  # fmt: skip
    return answer(await views.public_report_document(session, report_id, caller.scope))


@router.post(
    "/{report_id}/answer",
    summary="Answer a public report 答复",
    response_model=PublicReportDetail,
    responses=_ACT,
    dependencies=ONCE,
)
async def give_answer(
    report_id: Id, body: AnswerIn, session: Session, caller: Whoever, context: Shared
) -> Response:
    """The reporter reads the text; one that left the problem unsolved may be followed by another."""
    await flow.act(
        context.pipeline, session, report_id,
        lambda now: steps.answer(
            session, report_id, text=body.text, solved=body.solved, by=caller.id, now=now
        ),
        caller=caller, clock=context.clock, what="answering",
    )  # fmt: skip
    return answer(await views.public_report_document(session, report_id, caller.scope))


@router.post(
    "/{report_id}/link",
    summary="It is a finding of a problem",
    response_model=PublicReportDetail,
    responses=_ACT,
    dependencies=ONCE,
)
async def link(report_id: Id, body: LinkIn, session: Session, caller: Whoever, context: Shared) -> Response:
    """With all that were merged into it, as findings of the kind `complaint`; the same problem counts once."""
    await flow.act(
        context.pipeline, session, report_id,
        lambda now: steps.link(session, report_id, body.problem, by=caller.id, now=now),
        caller=caller, clock=context.clock, what="linking",
    )  # fmt: skip
    return answer(await views.public_report_document(session, report_id, caller.scope))
