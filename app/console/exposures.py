"""The desk of typical cases: the register, and each case with its texts, its signatures and what keeps it back."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, TypeVar

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel
from sqlalchemy.ext.asyncio import AsyncSession

from app.api.exposure_batches import register_file
from app.api.exposure_shapes import (
    CaseFactsIn,
    CaseMarkIn,
    CasePartiesIn,
    CaseReasonIn,
    CaseSignatureIn,
    CaseTextIn,
    TypicalCaseIn,
)
from app.api.requests import SmallId
from app.api.rights import demand_prefecture
from app.auth.callers import context_of
from app.auth.scope import Caller
from app.console.administering import do_or_again, revision_of
from app.console.exposure_names import VIOLATION
from app.console.exposure_words import DONE, FIELD, REFUSED, in_words, reason_said
from app.console.filters import Whoever
from app.console.forms import checked_by, typed
from app.console.once import new_token
from app.console.page_route import PageRoute
from app.console.pages import page, words_of
from app.console.texts import Texts
from app.context import Context
from app.flows import exposures as acts
from app.views import exposure_batches
from app.views import exposures as views
from models.clock import BEIJING
from models.enums import DecisionKind, ExposureState, ExposureStep, PartyKind, Role
from models.errors import DomainError
from supervision.exposure.batches import quarter_before, quarter_name
from supervision.exposure.chain import IN_REVIEW, PROOFS, RETURNABLE, REVIEWS, Dossier
from supervision.exposure.masking import LONGEST, SHORTEST
from supervision.exposure.wording import LONGEST_BODY

router = APIRouter(prefix="/supervision/cases", route_class=PageRoute, include_in_schema=False)
ROWS = 50
_Body = TypeVar("_Body", bound=BaseModel)
Act = Literal["facts", "parties", "text", "submit", "sign", "mark", "return", "withdraw"]


def _checked(shape: type[_Body], values: Mapping[str, Any], words: Texts) -> _Body:
    said = {name: value for name, value in values.items() if value is not None}
    return checked_by(shape, said, words, FIELD)


def _facts(fields: Mapping[str, str]) -> dict[str, Any]:
    """The facts that a form says, as the API takes them."""
    names = ("number", "title", "kind", "grid", "decided", "served", "source")
    values: dict[str, Any] = {name: fields.get(name) for name in names}
    values["violations"] = [one.value for one in VIOLATION if f"violation_{one.value}" in fields]
    for name in ("review", "suit"):
        remedy = {part: fields.get(f"{name}_{part}") for part in ("filed", "concluded")}
        upheld = fields.get(f"{name}_upheld")
        if any(remedy.values()) or upheld:
            said = {part: value for part, value in remedy.items() if value is not None}
            values[name] = said | ({} if upheld is None else {"upheld": upheld == "yes"})
    return values


def _parties(fields: Mapping[str, str]) -> list[dict[str, Any]]:
    """The parties of three fields, one a line each."""
    found: list[dict[str, Any]] = []
    for name, kind, common in (
        ("companies", PartyKind.COMPANY, False),
        ("common_companies", PartyKind.COMPANY, True),
        ("persons", PartyKind.PERSON, False),
    ):
        lines = [line.strip() for line in fields.get(name, "").split("\n")]
        found += [{"kind": kind.value, "name": line, "common_word": common} for line in lines if line]
    return found


@router.get("")
async def register(
    request: Request,
    caller: Whoever,
    state: ExposureState | None = None,
    cursor: Annotated[str | None, Query(max_length=100)] = None,
) -> Response:
    """The register, one state or all, and the form for another case."""
    return await _register(request, caller, state=state, cursor=cursor)


@router.post("/new")
async def register_case(request: Request, caller: Whoever) -> Response:
    """A new case with its parties."""
    context, words = context_of(request), words_of(request)
    fields = typed(await request.form(max_files=1, max_fields=60))

    async def work(session: AsyncSession) -> dict[str, Any]:
        body = _checked(TypicalCaseIn, _facts(fields) | {"parties": _parties(fields)}, words)
        parties = [one.party() for one in body.parties]
        case_id = await acts.register_case(session, body.facts(), parties, caller=caller, context=context)
        return {"id": case_id}

    async def again(message: str, status: int) -> Response:
        return await _register(request, caller, fields=fields, message=message, status=status)

    return await do_or_again(
        request, caller, fields, work, then=lambda said: f"/supervision/cases/{said['id']}?done=registered",
        again=again, own=REFUSED,
    )  # fmt: skip


@router.get("/register.xlsx")
async def workbook(request: Request, caller: Whoever, state: ExposureState | None = None) -> Response:
    """The register as a workbook, in the reader's language."""
    return await register_file(request, words_of(request), state, caller, context_of(request))


@router.get("/{case_id}")
async def case(request: Request, case_id: SmallId, caller: Whoever, done: str = "") -> Response:
    """One case, with the forms the caller may use now."""
    return await _case(request, caller, case_id, done=DONE.get(done))


@router.post("/{case_id}/{act}")
async def act(request: Request, case_id: SmallId, act: Act, caller: Whoever) -> Response:
    """What a form on the page of a case asks for."""
    context, words = context_of(request), words_of(request)
    fields = typed(await request.form(max_files=1, max_fields=60))
    revision = revision_of(fields)

    async def work(session: AsyncSession) -> dict[str, Any]:
        try:
            await _act(
                session, case_id, act, fields, revision=revision, caller=caller, context=context, words=words
            )
        except DomainError as error:
            raise in_words(words, error) from None
        return {"id": case_id}

    async def again(message: str, status: int) -> Response:
        return await _case(request, caller, case_id, fields=fields, message=message, tried=act, status=status)

    return await do_or_again(
        request, caller, fields, work, then=lambda _: f"/supervision/cases/{case_id}?done={act}", again=again,
        own=REFUSED,
    )  # fmt: skip


async def _act(
    session: AsyncSession,
    case_id: int,
    act: Act,
    fields: dict[str, str],
    *,
    revision: int,
    caller: Caller,
    context: Context,
    words: Texts,
) -> None:
    held: dict[str, Any] = {"revision": revision, "caller": caller, "context": context}
    match act:
        case "facts":
            body = _checked(CaseFactsIn, _facts(fields), words)
            await acts.change_case(session, case_id, body.facts(), **held)
        case "parties":
            said = _checked(CasePartiesIn, {"parties": _parties(fields)}, words)
            await acts.name_parties(session, case_id, [one.party() for one in said.parties], **held)
        case "text":
            text = _checked(CaseTextIn, {name: fields.get(name) for name in ("title", "body")}, words)
            await acts.write_text(session, case_id, title=text.title, body=text.body, **held)
        case "submit":
            await acts.submit_text(session, case_id, **held)
        case "sign":
            signature = _checked(CaseSignatureIn, _signature(fields), words)
            dossier = None if signature.dossier is None else Dossier(**signature.dossier.model_dump())
            await acts.sign_text(session, case_id, signature.step, dossier=dossier, **held)
        case "mark":
            mark = _checked(CaseMarkIn, {"step": fields.get("step"), "name": fields.get("name")}, words)
            await acts.mark_text(session, case_id, mark.step, name=mark.name, **held)
        case "return":
            reason = _checked(CaseReasonIn, {"reason": fields.get("reason")}, words).reason
            await acts.return_text(session, case_id, reason, **held)
        case "withdraw":
            reason = _checked(CaseReasonIn, {"reason": fields.get("reason")}, words).reason
            await acts.withdraw_case(session, case_id, reason, **held)


def _signature(fields: Mapping[str, str]) -> dict[str, Any]:
    said: dict[str, Any] = {"step": fields.get("step")}
    if said["step"] == ExposureStep.BUREAU.value:
        parts = ("facts", "evidence", "law", "procedure")
        texts = {name: fields[name] for name in ("standard", "panel") if name in fields}
        said["dossier"] = texts | {name: f"stands_{name}" in fields for name in parts}
    return said


async def _register(
    request: Request,
    caller: Caller,
    *,
    state: ExposureState | None = None,
    cursor: str | None = None,
    fields: Mapping[str, str] = {},
    message: str = "",
    status: int = 200,
) -> Response:
    context = context_of(request)
    demand_prefecture(caller, context, *acts.READERS)
    async with context.sessions() as session:
        found = await views.list_cases(session, state=state, cursor=cursor, limit=ROWS)
        before = quarter_before(context.clock.now().astimezone(BEIJING).date())
        missed = bool(found["items"]) and not await exposure_batches.quarter_published(session, before)
    return page(
        request, "exposures.html", status, caller=caller, missed=quarter_name(before) if missed else None,
        cases=found["items"], next_cursor=found["next_cursor"],
        state=state, states=list(ExposureState), fields=fields, message=message, done=None, token=new_token(),
        prepares=acts.prepares(caller, context), **_choices(context),
    )  # fmt: skip


async def _case(
    request: Request,
    caller: Caller,
    case_id: int,
    *,
    fields: Mapping[str, str] = {},
    message: str = "",
    tried: str = "",
    done: str | None = None,
    status: int = 200,
) -> Response:
    context = context_of(request)
    demand_prefecture(caller, context, *acts.READERS)
    prepares = acts.prepares(caller, context)
    today = context.clock.now().astimezone(BEIJING).date()
    async with context.sessions() as session:
        found = await views.case_document(session, case_id, today=today, prepares=prepares)
        parties = await views.parties_document(session, case_id) if prepares else []
        state = ExposureState(found["state"])
        under_review = state in IN_REVIEW
        publicity = await acts.may_sign(session, ExposureStep.PUBLICITY, caller, context)
        signs = under_review and await acts.may_sign(session, ExposureStep(state.value), caller, context)
        closes = await acts.may_publish(session, caller, context)
    newest = found["versions"][0] if found["versions"] else None
    words = words_of(request)
    said = [reason_said(words, one) for one in found["reasons"]]
    steps = {one["step"]: one for one in newest["steps"]} if newest else {}
    taken = set(steps)
    chief = acts.in_prefecture(caller, context, Role.CHIEF)
    frozen = state in (ExposureState.PUBLISHED, ExposureState.WITHDRAWN)
    return page(
        request, "exposure.html", status, caller=caller, one=found, newest=newest, taken=taken, parties=parties,
        prepares=prepares and not frozen, knows=prepares, writes=prepares and state is ExposureState.PREPARING,
        returned="returned" in taken, signs=signs, steps=steps, publicity=publicity,
        marks=_next_marks(taken) if under_review and (publicity or prepares or chief) else [],
        returns=state in RETURNABLE and (prepares or signs or (not under_review and closes)),
        withdraws=state is not ExposureState.WITHDRAWN and (chief if frozen else prepares or chief),
        fields=fields, message=message, tried=tried, done=done, token=new_token(), reasons=said,
        shortest=SHORTEST, longest=LONGEST, longest_body=LONGEST_BODY, chain=_CHAIN, **_choices(context),
    )  # fmt: skip


_CHAIN = tuple(
    one.value
    for one in (
        ExposureStep.SUBMITTED,
        ExposureStep.BUREAU,
        ExposureStep.LEADER,
        *REVIEWS,
        *PROOFS,
        ExposureStep.PUBLICITY,
    )
)


def _next_marks(taken: set[str]) -> list[str]:
    """The review and the proofreading that are next."""
    firsts = (next((one.value for one in row if one.value not in taken), None) for row in (REVIEWS, PROOFS))
    return [one for one in firsts if one is not None]


def _choices(context: Context) -> dict[str, Any]:
    return {
        "kinds": [one.value for one in DecisionKind],
        "violations": [one.value for one in VIOLATION],
        "grids": [grid for grid in context.directory.grids if grid.level == 2],
    }
