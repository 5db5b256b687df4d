"""How a month's orders were answered: the figures by grid, and the orders behind each."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Response
from pydantic import AwareDatetime, Field

from app.api.answers import answer
from app.api.described import Cursor, GridFilter, Limit, problems
from app.api.rights import subtree_filter
from app.api.route import SIGN_IN, Session, Shared, Whoever
from app.api.shapes import Page, Shape
from app.views.response_stats import CAUSES, Figure, month_of, orders_behind, response_stats
from models.enums import FalseAlarm
from models.errors import Invalid

router = APIRouter(prefix="/stats", tags=["stats"], dependencies=SIGN_IN)
MonthOf = Annotated[
    str,
    Query(
        pattern=r"^20[0-9][0-9]-(0[1-9]|1[0-2])$",
        description="Such as 2026-11, in Beijing; orders belong to the month they were dispatched in.",
    ),
]
_FEW = "Out of fewer than `few_under`."


class Median(Shape):
    seconds: float | None
    count: int
    few: bool = Field(description=_FEW)


class ClockFigures(Shape):
    kind: Literal["acknowledge", "feedback", "report"]
    met: int
    breached: int
    void: int
    running: int
    rate: float | None = Field(description="按期率: met ÷ (met + breached).")
    few: bool = Field(description=_FEW)
    median: Median = Field(description="From the clock's start to the act.")


class Rework(Shape):
    reworked: int
    reviewed: int
    rate: float | None
    few: bool = Field(description=_FEW)


class Confirmed(Shape):
    confirmed: int
    false_alarms: int
    reasons: dict[FalseAlarm, int]
    rate: float | None = Field(
        description="查实率: confirmed ÷ (confirmed + false alarms), of orders of alerts."
    )
    few: bool = Field(description=_FEW)


class GridFigures(Shape):
    grid: str | None
    name: str | None
    orders: int
    clocks: list[ClockFigures]
    to_close: Median = Field(description="From dispatch to closing.")
    rework: Rework
    confirmed: Confirmed
    causes: dict[str, int] = Field(description="By coded cause; `unstated` where feedback named none.")


class ResponseStats(Shape):
    month: str
    since: AwareDatetime = Field(alias="from")
    until: AwareDatetime = Field(alias="to")
    few_under: int
    total: GridFigures
    grids: list[GridFigures]


class OrderBehind(Shape):
    id: int
    number: str
    grid: str


@router.get(
    "/response",
    summary="How a month's orders were answered",
    response_model=ResponseStats,
    responses=problems(404),
)
async def get_response_stats(
    session: Session, caller: Whoever, context: Shared, month: MonthOf, grid: GridFilter = None
) -> Response:
    """On-time rates, median times, rework, 查实率 and causes, by grid and over all the caller sees. No drills."""
    return answer(
        await response_stats(
            session, month_of(month), scope=caller.scope, grid_ids=subtree_filter(grid, caller, context)
        )
    )


@router.get(
    "/response/orders",
    summary="The orders behind a figure",
    response_model=Page[OrderBehind],
    responses=problems(404),
)
async def get_orders_behind(
    session: Session,
    caller: Whoever,
    context: Shared,
    month: MonthOf,
    figure: Annotated[Figure, Query()],
    cause: Annotated[
        str | None, Query(max_length=20, description="With the figure `cause`: a code, or `unstated`.")
    ] = None,
    grid: GridFilter = None,
    cursor: Cursor = None,
    limit: Limit = 100,
) -> Response:
    """Oldest first; as many as the figure says."""
    if (figure is Figure.CAUSE) != (cause is not None) or (cause is not None and cause not in CAUSES):
        raise Invalid(
            "`cause` goes with the figure `cause`, and is a code of the list or `unstated`", field="cause"
        )
    return answer(
        await orders_behind(
            session,
            month_of(month),
            figure,
            scope=caller.scope,
            grid_ids=subtree_filter(grid, caller, context),
            cause=cause,
            cursor=cursor,
            limit=limit,
        )
    )
