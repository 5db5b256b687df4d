"""The pages of the monthly assessment: all units with their scores, and each down to its points and records."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from app.api import assessment_acts as acts
from app.api.assessment_shapes import DecisionIn, FreezeIn, ObjectionIn, PointIn, SignIn
from app.api.papers import press_of
from app.auth.callers import context_of
from app.auth.scope import Caller
from app.console.administering import do_or_again
from app.console.assessment_names import ITEM, RECORD
from app.console.filters import Whoever
from app.console.forms import checked_by, only, typed
from app.console.once import new_token
from app.console.page_route import PageRoute, see
from app.console.pages import page, words_of
from app.console.texts import N_
from app.papers.make import Ending
from app.views.assessment import month_document, unit_document, year_document
from app.views.paging import BIGINT_MAX
from models.clock import BEIJING
from models.enums import PointItem
from models.errors import Invalid, NotFound
from supervision.assessment.claims import GROUNDS, MOST_AT_ONCE
from supervision.assessment.gathering import begun
from supervision.assessment.months import month_named, over

router = APIRouter(prefix="/supervision/assessment", route_class=PageRoute, include_in_schema=False)
MonthPath = Annotated[str, Path(pattern=r"^20[0-9][0-9]-(0[1-9]|1[0-2])$")]
GridPath = Annotated[str, Path(max_length=64)]
DONE = {
    "gathered": N_("What the service knows is claimed."),
    "nothing": N_("Nothing was found that is not claimed already."),
    "frozen": N_("The month is frozen and waits for its signature."),
    "signed": N_("The month is signed."),
    "claimed": N_("The point is claimed."),
    "objected": N_("The objection is filed."),
    "decided": N_("The decision is kept."),
}
FIELD = {
    "reason": N_("Reason"),
    "text": N_("What is charged or credited"),
    "item": N_("Item of the assessment"),
    "ground": N_("Ground that fails the month"),
    "ref": N_("Number or name of the record"),
    "kind": N_("Kind of record"),
    "problem": N_("Number of the problem"),
    "count": N_("How many"),
    "evidence": N_("Where the evidence is"),
    "sha256": N_("SHA-256 of the inputs"),
}
SHOWN_MONTHS = 24


@router.get("")
async def current(
    request: Request, caller: Whoever, month: Annotated[str, Query(max_length=7)] = ""
) -> Response:
    """This month, or the one that is asked for."""
    if month:
        return see(f"/supervision/assessment/{month_named(month):%Y-%m}")
    today = context_of(request).clock.now().astimezone(BEIJING).date()
    return await _month(request, caller, today.replace(day=1))


@router.get("/{month}")
async def one_month(request: Request, month: MonthPath, caller: Whoever, done: str = "") -> Response:
    """All units that the reader sees."""
    return await _month(request, caller, month_named(month), done=DONE.get(done))


@router.get("/{month}/file.xlsx")
async def workbook(request: Request, month: MonthPath, caller: Whoever) -> Response:
    """The month as a workbook."""
    acts.may_read(caller)
    return await press_of(request).assessment(
        caller, words_of(request), Ending.XLSX, month=month_named(month)
    )


@router.post("/{month}/gather")
async def gather(request: Request, month: MonthPath, caller: Whoever) -> Response:
    """Claims what the service knows of the month."""
    context, chosen = context_of(request), month_named(month)

    async def work(session: AsyncSession, _: Mapping[str, str]) -> str | None:
        made = await acts.gather(session, chosen, caller=caller, context=context)
        return None if made else "nothing"

    return await _of_month(request, caller, chosen, work, "gathered")


@router.post("/{month}/freeze")
async def freeze(request: Request, month: MonthPath, caller: Whoever) -> Response:
    """Freezes the month for its signature."""
    context, chosen, words = context_of(request), month_named(month), words_of(request)

    async def work(session: AsyncSession, fields: Mapping[str, str]) -> None:
        body = checked_by(FreezeIn, only(fields, "reason"), words, FIELD)
        await acts.freeze(session, chosen, body, caller=caller, context=context)

    return await _of_month(request, caller, chosen, work, "frozen")


@router.post("/{month}/sign")
async def sign(request: Request, month: MonthPath, caller: Whoever) -> Response:
    """Signs what the page showed."""
    context, chosen, words = context_of(request), month_named(month), words_of(request)

    async def work(session: AsyncSession, fields: Mapping[str, str]) -> None:
        body = checked_by(SignIn, only(fields, "sha256"), words, FIELD)
        await acts.sign(session, chosen, body, caller=caller, context=context)

    return await _of_month(request, caller, chosen, work, "signed")


@router.post("/{month}/notice")
async def notice(request: Request, month: MonthPath, caller: Whoever) -> Response:
    """Drafts the notice of the signed month, and goes on to the draft."""
    context, chosen = context_of(request), month_named(month)
    fields = typed(await request.form(max_files=0, max_fields=10))

    async def work(session: AsyncSession) -> dict[str, Any]:
        return {"paper": await acts.draft_notice(session, chosen, caller=caller, context=context)}

    async def again(message: str, status: int) -> Response:
        return await _month(request, caller, chosen, message=message, status=status)

    return await do_or_again(
        request, caller, fields, work, then=lambda said: f"/supervision/papers/{said['paper']}?done=drafted",
        again=again,
    )  # fmt: skip


@router.get("/{month}/{grid}")
async def one_unit(
    request: Request, month: MonthPath, grid: GridPath, caller: Whoever, done: str = ""
) -> Response:
    """A unit's month: the items with what they keep, every point with its record."""
    return await _unit(request, caller, month_named(month), grid, done=DONE.get(done))


@router.post("/{month}/{grid}/claim")
async def claim(request: Request, month: MonthPath, grid: GridPath, caller: Whoever) -> Response:
    """A point by hand."""
    context, chosen, words = context_of(request), month_named(month), words_of(request)

    async def work(session: AsyncSession, fields: Mapping[str, str]) -> None:
        said: dict[str, Any] = only(fields, "item", "ground", "problem", "text", "evidence", "count")
        said |= {"grid": grid, "record": only(fields, "kind", "ref")}
        await acts.propose(
            session, chosen, checked_by(PointIn, said, words, FIELD), caller=caller, context=context
        )

    return await _of_unit(request, caller, chosen, grid, work, "claimed")


@router.post("/{month}/{grid}/object")
async def object_to(request: Request, month: MonthPath, grid: GridPath, caller: Whoever) -> Response:
    """The unit objects to a point."""
    context, words = context_of(request), words_of(request)

    async def work(session: AsyncSession, fields: Mapping[str, str]) -> None:
        body = checked_by(ObjectionIn, only(fields, "reason"), words, FIELD)
        await acts.object_to(session, _point(fields), body, caller=caller, context=context)

    return await _of_unit(request, caller, month_named(month), grid, work, "objected")


@router.post("/{month}/{grid}/decide")
async def decide(request: Request, month: MonthPath, grid: GridPath, caller: Whoever) -> Response:
    """The prefecture decides on a point."""
    context, words = context_of(request), words_of(request)

    async def work(session: AsyncSession, fields: Mapping[str, str]) -> None:
        body = checked_by(DecisionIn, only(fields, "decision", "reason"), words, FIELD)
        await acts.decide(session, _point(fields), body, caller=caller, context=context)

    return await _of_unit(request, caller, month_named(month), grid, work, "decided")


def _point(fields: Mapping[str, str]) -> int:
    """The point that a form is about; raises NotFound for none."""
    text = fields.get("point", "")
    if not (text.isascii() and text.isdigit()) or int(text) > BIGINT_MAX:
        raise NotFound("no such point")
    return int(text)


async def _of_month(request: Request, caller: Caller, month: date, work: Any, done: str) -> Response:
    fields = typed(await request.form(max_files=0, max_fields=10))

    async def act(session: AsyncSession) -> dict[str, Any]:
        other = await work(session, fields)
        return {"month": f"{month:%Y-%m}", "done": other or done}

    async def again(message: str, status: int) -> Response:
        return await _month(request, caller, month, message=message, status=status)

    path = f"/supervision/assessment/{month:%Y-%m}"
    return await do_or_again(
        request, caller, fields, act, then=lambda said: f"{path}?done={said['done']}", again=again
    )


async def _of_unit(
    request: Request, caller: Caller, month: date, grid: str, work: Any, done: str
) -> Response:
    fields = typed(await request.form(max_files=0, max_fields=20))
    code = acts.unit_of(grid, caller, context_of(request)).code

    async def act(session: AsyncSession) -> dict[str, Any]:
        await work(session, fields)
        return {"grid": code}

    async def again(message: str, status: int) -> Response:
        return await _unit(request, caller, month, grid, fields=fields, message=message, status=status)

    path = f"/supervision/assessment/{month:%Y-%m}/{code}"
    return await do_or_again(request, caller, fields, act, then=lambda _: f"{path}?done={done}", again=again)


async def _month(
    request: Request,
    caller: Caller,
    month: date,
    *,
    message: str = "",
    done: str | None = None,
    status: int = 200,
) -> Response:
    acts.may_read(caller)
    context = context_of(request)
    now = context.clock.now()
    _begun(request, month)
    async with context.sessions() as session:
        found = await month_document(session, month, scope=caller.scope, directory=context.directory, now=now)
        year = await year_document(session, month.year, scope=caller.scope, directory=context.directory)
    return page(
        request, "assessment.html", status, caller=caller, now=now, message=message, done=done,
        month=found, standing=year, token=new_token(),
        before=_shifted(month, -1), after=_shifted(month, 1) if over(month, now) else None,
        may_prepare=acts.holds(caller, context, *acts.PREPARERS),
        may_freeze=acts.holds(caller, context, *acts.FREEZERS),
        may_sign=acts.holds(caller, context, *acts.SIGNERS),
    )  # fmt: skip


async def _unit(
    request: Request,
    caller: Caller,
    month: date,
    code: str,
    *,
    fields: Mapping[str, str] = {},
    message: str = "",
    done: str | None = None,
    status: int = 200,
) -> Response:
    acts.may_read(caller)
    context = context_of(request)
    now = context.clock.now()
    _begun(request, month)
    grid = acts.unit_of(code, caller, context)
    async with context.sessions() as session:
        found = await unit_document(session, month, grid, now=now)
    may_claim = acts.holds(caller, context, *acts.PREPARERS)
    speaks = acts.speaks_for(caller, grid.id)
    items = list(ITEM) if may_claim else [PointItem.BONUS]
    return page(
        request, "assessment_unit.html", status, caller=caller, now=now, message=message, done=done,
        unit=found, token=new_token(), fields=fields, items=items, records=list(RECORD), grounds=GROUNDS,
        most=MOST_AT_ONCE, may_claim=may_claim or speaks, may_object=speaks,
        may_decide=acts.holds(caller, context, *acts.DECIDERS),
    )  # fmt: skip


def _begun(request: Request, month: date) -> None:
    """Raises Invalid for a month to come: nobody's score stands in it."""
    try:
        begun(month, context_of(request).clock.now())
    except Invalid as error:
        text = words_of(request).say("The month has not begun.")
        raise Invalid(error.detail, field="month", shown=text) from None


def _shifted(month: date, by: int) -> str:
    """The month after or before, as an address has it."""
    other = (month + timedelta(days=31)) if by > 0 else (month - timedelta(days=1))
    return f"{other:%Y-%m}"
