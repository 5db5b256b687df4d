"""The page where papers are chosen, and the files themselves in the reader's language."""

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from app.api.papers import press_of
from app.api.stats import MonthOf
from app.auth.callers import context_of
from app.console.filters import Whoever, near_grids
from app.console.page_route import PageRoute
from app.console.pages import page, words_of
from app.papers.make import Ending
from app.papers.orders import LONGEST, MOST, period_of
from models.clock import BEIJING
from models.enums import OrderState
from models.errors import Invalid

router = APIRouter(route_class=PageRoute, include_in_schema=False)


@router.get("/papers")
async def choose(request: Request, caller: Whoever) -> Response:
    """Which paper, of which grid and time, and written as what."""
    return _form(request, caller)


@router.get("/papers/orders.{ending}")
async def orders_file(
    request: Request,
    ending: Ending,
    caller: Whoever,
    first: Annotated[str, Query(alias="from", max_length=10)] = "",
    last: Annotated[str, Query(alias="to", max_length=10)] = "",
    grid: str = "",
    state: str = "",
) -> Response:
    """The order list; the form again where the period is none."""
    states = [one for one in OrderState if one.value == state]
    try:
        period = period_of(_day(first, "from"), _day(last, "to"), context_of(request).clock.now())
    except Invalid as error:
        return _form(
            request, caller, refused=error, typed={"from": first, "to": last, "grid": grid, "state": state}
        )
    return await press_of(request).orders(
        caller, words_of(request), ending, period=period, grid=grid or None, states=states
    )


@router.get("/papers/response.{ending}")
async def response_file(
    request: Request, ending: Ending, caller: Whoever, month: MonthOf, grid: str = ""
) -> Response:
    """A month's response statistics."""
    return await press_of(request).response(caller, words_of(request), ending, month=month, grid=grid or None)


def _day(text: str, field: str) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Invalid("no day of the calendar", field=field) from None


def _form(
    request: Request, caller: Whoever, *, refused: Invalid | None = None, typed: dict[str, Any] | None = None
) -> Response:
    context = context_of(request)
    now = context.clock.now()
    period = period_of(None, None, now)
    message = None
    if refused is not None:
        message = words_of(request).say(
            "This is no period: it begins before it ends and is %(days)s days at most.", days=LONGEST
        )
    return page(
        request, "papers.html", 200 if refused is None else 422, caller=caller, now=now, message=message,
        typed={"from": period.first, "to": period.last, "grid": "", "state": ""} | (typed or {}),
        months=_months(now.astimezone(BEIJING).date(), 24),
        states=list(OrderState),
        grids=near_grids(caller, context),
        most=MOST, longest=LONGEST,
    )  # fmt: skip


def _months(today: date, count: int) -> list[str]:
    """This month and those before it, as 2026-11."""
    whole = today.year * 12 + today.month - 1
    return [f"{(whole - back) // 12}-{(whole - back) % 12 + 1:02d}" for back in range(count)]
