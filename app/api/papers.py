"""Papers people take away 报表: the order list and a month's response statistics, as a workbook or as pages."""

from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response

from app.api.described import GridFilter, problems
from app.api.route import SIGN_IN, Shared, Whoever
from app.api.stats import MonthOf
from app.console.texts import texts
from app.papers import pdf, xlsx
from app.papers.make import Ending, Press
from app.papers.orders import LONGEST, period_of
from models.enums import OrderState

router = APIRouter(prefix="/papers", tags=["papers"], dependencies=SIGN_IN)
FILE: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The file.",
        "content": {
            media: {"schema": {"type": "string", "format": "binary"}}
            for media in (xlsx.MEDIA_TYPE, pdf.MEDIA_TYPE)
        },
    }
}
Format = Annotated[Ending, Query(alias="format", description="A workbook, or pages with the font in them.")]
Language = Annotated[Literal["zh", "en"], Query(description="Of titles and values.")]
First = Annotated[
    date | None,
    Query(alias="from", description="First day of dispatch, in Beijing; the month's first without it."),
]
Last = Annotated[
    date | None, Query(alias="to", description=f"Last day; today without it. At most {LONGEST} days in all.")
]
States = Annotated[list[OrderState] | None, Query(max_length=len(OrderState), description="May be repeated.")]


def press_of(request: Request) -> Press:
    """The one place of this process where papers are made."""
    press: Press = request.app.state.press
    return press


@router.get(
    "/orders", summary="Order list as a file", response_class=Response, responses=problems(404) | FILE
)
async def orders_paper(
    request: Request,
    caller: Whoever,
    context: Shared,
    ending: Format,
    first: First = None,
    last: Last = None,
    grid: GridFilter = None,
    state: States = None,
    lang: Language = "zh",
) -> Response:
    """Orders dispatched in the period, newest first, 10,000 at most: the paper says so where it is cut.

    Who took which paper is an event of the journal (`paper.taken`).
    """
    period = period_of(first, last, context.clock.now())
    return await press_of(request).orders(
        caller, texts(lang), ending, period=period, grid=grid, states=state or ()
    )


@router.get(
    "/response",
    summary="A month's response statistics as a file",
    response_class=Response,
    responses=problems(404) | FILE,
)
async def response_paper(
    request: Request,
    caller: Whoever,
    ending: Format,
    month: MonthOf,
    grid: GridFilter = None,
    lang: Language = "zh",
) -> Response:
    """The figures of `/stats/response`, with the whole in the first row."""
    return await press_of(request).response(caller, texts(lang), ending, month=month, grid=grid)
