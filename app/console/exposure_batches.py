"""Batches of typical cases, and who signs for the publicity department."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from app.api.exposure_batches import batch_file
from app.api.exposure_shapes import (
    BatchAppearanceIn,
    BatchFillIn,
    BatchPublishIn,
    CaseReasonIn,
    ExposureBatchIn,
    PublicityOfficerIn,
)
from app.api.requests import SmallId
from app.api.rights import demand_prefecture
from app.auth.callers import context_of
from app.auth.scope import Caller
from app.console.administering import do_or_again
from app.console.exposure_names import MEDIUM
from app.console.exposure_words import DONE, FIELD, REFUSED, in_words
from app.console.filters import Whoever
from app.console.forms import checked_by, only, typed
from app.console.once import new_token
from app.console.page_route import Message, PageRoute, see
from app.console.pages import page, words_of
from app.context import Context
from app.flows import exposures as acts
from app.views import exposure_batches as views
from app.views.exposures import list_cases
from models.clock import BEIJING
from models.enums import ExposureBatchKind, ExposureState, ExposureStep, Role
from models.errors import DomainError, Unfinished
from supervision.exposure.batches import quarter_name

router = APIRouter(prefix="/supervision/cases", route_class=PageRoute, include_in_schema=False)
ROWS = 50
Act = Literal["put", "take-out", "publish", "appeared"]


async def _do(
    request: Request,
    caller: Caller,
    work: Callable[[AsyncSession, dict[str, str]], Awaitable[int]],
    *,
    then: Callable[[int], str],
    again: Callable[[dict[str, str], str, int], Awaitable[Response]],
) -> Response:
    words = words_of(request)
    fields = typed(await request.form(max_files=1, max_fields=20))

    async def act(session: AsyncSession) -> dict[str, Any]:
        try:
            return {"id": await work(session, fields)}
        except DomainError as error:
            raise in_words(words, error) from None

    async def shown(message: str, status: int) -> Response:
        return await again(fields, message, status)

    return await do_or_again(
        request, caller, fields, act, then=lambda said: then(said["id"]), again=shown, own=REFUSED
    )


# ------------------------------------------------------------ batches


@router.get("/batches")
async def batches(
    request: Request, caller: Whoever, cursor: Annotated[str | None, Query(max_length=100)] = None
) -> Response:
    """Every batch, and the form for another one."""
    return await _batches(request, caller, cursor=cursor)


@router.post("/batches/new")
async def create(request: Request, caller: Whoever) -> Response:
    """A new batch."""
    context, words = context_of(request), words_of(request)

    async def work(session: AsyncSession, fields: dict[str, str]) -> int:
        said = only(fields, "kind", "quarter", "title")
        if said.get("kind") == ExposureBatchKind.AD_HOC.value:
            said.pop("quarter", None)
        body = checked_by(ExposureBatchIn, said, words, FIELD)
        return await acts.create_batch(
            session, body.kind, quarter=body.quarter, title=body.title, caller=caller, context=context
        )

    async def again(fields: dict[str, str], message: str, status: int) -> Response:
        return await _batches(request, caller, fields=fields, message=message, status=status)

    return await _do(
        request,
        caller,
        work,
        then=lambda made: f"/supervision/cases/batches/{made}?done=created",
        again=again,
    )


@router.get("/batches/{batch_id}")
async def batch(request: Request, batch_id: SmallId, caller: Whoever, done: str = "") -> Response:
    """One batch: its cases, its publication, where it appeared."""
    return await _batch(request, caller, batch_id, done=DONE.get(done))


@router.get("/batches/{batch_id}/paper.{ending}")
async def paper(
    request: Request, batch_id: SmallId, ending: Literal["docx", "pdf"], caller: Whoever
) -> Response:
    """The batch as a paper; the page again where a text of it names somebody by now."""
    words = words_of(request)
    try:
        return await batch_file(request, batch_id, ending, caller, context_of(request))
    except Unfinished as error:
        message = str(in_words(words, error).extra.get("shown", ""))
        return await _batch(request, caller, batch_id, message=Message.of(error, message), status=409)


@router.post("/batches/{batch_id}/{act}")
async def act(request: Request, batch_id: SmallId, act: Act, caller: Whoever) -> Response:
    """What a form on the page of a batch asks for."""
    context, words = context_of(request), words_of(request)

    async def work(session: AsyncSession, fields: dict[str, str]) -> int:
        held: dict[str, Any] = {"caller": caller, "context": context}
        match act:
            case "put" | "take-out":
                case_id = checked_by(BatchFillIn, {"case": fields.get("case")}, words, FIELD).case
                await acts.fill_batch(session, batch_id, case_id, put=act == "put", **held)
            case "publish":
                day = checked_by(BatchPublishIn, only(fields, "on"), words, FIELD).on
                await acts.publish_batch(session, batch_id, day, **held)
            case "appeared":
                said = checked_by(BatchAppearanceIn, only(fields, "medium", "on", "address"), words, FIELD)
                await acts.enter_appearance(
                    session, batch_id, said.medium, day=said.on, address=said.address, **held
                )
        return batch_id

    async def again(fields: dict[str, str], message: str, status: int) -> Response:
        return await _batch(request, caller, batch_id, fields=fields, message=message, status=status)

    return await _do(
        request, caller, work, then=lambda made: f"/supervision/cases/batches/{made}?done={act}", again=again
    )


# ------------------------------------------------------------ the publicity department


@router.get("/office")
async def office(request: Request, caller: Whoever, done: str = "") -> Response:
    """Who signs for the publicity department, or did."""
    return await _office(request, caller, done=DONE.get(done))


@router.post("/office/new")
async def appoint(request: Request, caller: Whoever) -> Response:
    """Names an officer."""
    context, words = context_of(request), words_of(request)

    async def work(session: AsyncSession, fields: dict[str, str]) -> int:
        body = checked_by(PublicityOfficerIn, only(fields, "username", "document"), words, FIELD)
        return await acts.appoint_officer(
            session, body.username, body.document, caller=caller, context=context
        )

    async def again(fields: dict[str, str], message: str, status: int) -> Response:
        return await _office(request, caller, fields=fields, message=message, status=status)

    return await _do(
        request, caller, work, then=lambda _: "/supervision/cases/office?done=appointed", again=again
    )


@router.get("/office/{officer_id}")
async def one(officer_id: SmallId, caller: Whoever) -> Response:
    """An officer stands in the list; the links of a refused form lead here."""
    return see("/supervision/cases/office")


@router.post("/office/{officer_id}/end")
async def dismiss(request: Request, officer_id: SmallId, caller: Whoever) -> Response:
    """Ends an appointment."""
    context, words = context_of(request), words_of(request)

    async def work(session: AsyncSession, fields: dict[str, str]) -> int:
        reason = checked_by(CaseReasonIn, only(fields, "reason"), words, FIELD).reason
        await acts.dismiss_officer(session, officer_id, reason, caller=caller, context=context)
        return officer_id

    async def again(fields: dict[str, str], message: str, status: int) -> Response:
        return await _office(request, caller, message=message, status=status)

    return await _do(request, caller, work, then=lambda _: "/supervision/cases/office?done=end", again=again)


def _today(context: Context) -> str:
    return context.clock.now().astimezone(BEIJING).date().isoformat()


async def _batches(
    request: Request,
    caller: Caller,
    *,
    cursor: str | None = None,
    fields: Mapping[str, str] = {},
    message: str = "",
    status: int = 200,
) -> Response:
    context = context_of(request)
    demand_prefecture(caller, context, *acts.READERS)
    async with context.sessions() as session:
        found = await views.list_batches(session, cursor=cursor, limit=ROWS)
    return page(
        request, "exposure_batches.html", status, caller=caller, batches=found["items"],
        next_cursor=found["next_cursor"], kinds=[one.value for one in ExposureBatchKind], fields=fields,
        message=message, done=None, token=new_token(), prepares=acts.prepares(caller, context),
        quarter=quarter_name(_first_of_quarter(context)),
    )  # fmt: skip


def _first_of_quarter(context: Context) -> date:
    today = context.clock.now().astimezone(BEIJING).date()
    return today.replace(month=today.month - (today.month - 1) % 3, day=1)


async def _batch(
    request: Request,
    caller: Caller,
    batch_id: int,
    *,
    fields: Mapping[str, str] = {},
    message: str = "",
    done: str | None = None,
    status: int = 200,
) -> Response:
    context = context_of(request)
    demand_prefecture(caller, context, *acts.READERS)
    prepares = acts.prepares(caller, context)
    async with context.sessions() as session:
        found = await views.batch_document(session, batch_id)
        approved = await list_cases(session, state=ExposureState.APPROVED, limit=200)
        publishes = await acts.may_publish(session, caller, context)
        publicity = await acts.may_sign(session, ExposureStep.PUBLICITY, caller, context)
    out = found["published_on"] is not None
    return page(
        request, "exposure_batch.html", status, caller=caller, one=found, prepares=prepares and not out,
        waiting=[case for case in approved["items"] if case["batch"] is None] if prepares and not out else [],
        publishes=publishes and not out, enters=out and (prepares or publicity), media=[one.value for one in MEDIUM],
        fields=fields, message=message, done=done, token=new_token(), today=_today(context),
    )  # fmt: skip


async def _office(
    request: Request,
    caller: Caller,
    *,
    fields: Mapping[str, str] = {},
    message: str = "",
    done: str | None = None,
    status: int = 200,
) -> Response:
    context = context_of(request)
    demand_prefecture(caller, context, *acts.READERS)
    async with context.sessions() as session:
        found = await views.list_officers(session)
    return page(
        request, "exposure_office.html", status, caller=caller, officers=found, fields=fields, message=message,
        done=done, token=new_token(), appoints=acts.in_prefecture(caller, context, Role.CHIEF),
    )  # fmt: skip
