"""The consultation 会商: how the units stand this morning, and drafts of its papers."""

from datetime import date, timedelta
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Response
from pydantic import Field

from airquality.period import BEIJING
from app.api.answers import answer
from app.api.described import problems
from app.api.requests import Code, Strict
from app.api.rights import demand_prefecture, grid_in_scope
from app.api.route import ONCE, SIGN_IN, ActRoute, Session, Shared, Whoever
from app.api.shapes import Shape
from app.consultation import drafts
from app.consultation.reading import facts_of
from app.consultation.told import consultation_document
from models.enums import PaperKind, Role
from models.errors import Invalid

router = APIRouter(
    prefix="/supervision/consultation", tags=["consultation"], route_class=ActRoute, dependencies=SIGN_IN
)
OFFICE = (Role.DUTY_OFFICER, Role.CHIEF, Role.ADMINISTRATOR, Role.VIEWER)
Drafted = Literal["brief", "dispatch", "special_report", "notice"]


class ConsultationWork(Shape):
    alerts: int
    dispatched: int
    closed: int
    breached: int
    open: int
    tasks: int
    tasks_done: int


class ConsultationUnit(Shape):
    grid: str
    grid_name: str
    aqi: int | None = Field(description="Of the last day; null where too little was measured.")
    category: str | None
    primary: list[str]
    day: dict[str, float] = Field(description="Figures of the last day, µg/m³ (CO mg/m³).")
    month: dict[str, float] = Field(description="The same of the month so far.")
    good_days: int
    judged_days: int
    work: ConsultationWork
    open_problems: int
    overdue_problems: int
    measures: list[str] = Field(description="Suggested direction of control, in Chinese.")
    reasons: list[str]


class ConsultationStation(Shape):
    code: str
    name: str
    grid_name: str
    reasons: list[str]


class Consultation(Shape):
    first: date = Field(alias="from")
    last: date = Field(alias="until")
    units: list[ConsultationUnit]
    watched: list[ConsultationStation]


class DraftIn(Strict):
    kind: Drafted
    first: date | None = Field(None, alias="from", description="Of all but a brief; the last week without.")
    last: date | None = Field(None, alias="until")
    grid: Code | None = Field(None, description="Of a notice: one county or park; all of them without.")
    over: bool = Field(False, description="Write over a draft that a person edited; 412 otherwise.")


class DraftsMade(Shape):
    papers: list[int] = Field(description="Ids under `/supervision/papers`.")


@router.get("", summary="The standing of a day", response_model=Consultation, responses=problems(403))
async def standing(
    session: Session,
    caller: Whoever,
    context: Shared,
    day: Annotated[date | None, Query(description="A day that is over; yesterday without.")] = None,
) -> Response:
    """Of each county and park: the day and the month so far, what happened, what is suggested and why."""
    demand_prefecture(caller, context, *OFFICE)
    now = context.clock.now()
    last = day or now.astimezone(BEIJING).date() - timedelta(days=1)
    return answer(consultation_document(await facts_of(session, context.directory, last, last, now=now)))


@router.post(
    "/drafts",
    summary="Draft papers of the consultation",
    status_code=201,
    response_model=DraftsMade,
    responses=problems(400, 403, 404, 409, 412, 413),
    dependencies=ONCE,
)
async def draft(body: DraftIn, session: Session, caller: Whoever, context: Shared) -> Response:
    """By a duty officer or administrator of the prefecture; they are edited and issued at the desk of papers.

    A draft that is there is written anew, unless a person edited it. The brief of a morning the service drafts itself.
    """
    if body.grid is not None and body.kind != "notice":
        raise Invalid("only a notice goes to one county or park", field="grid")
    grid = None if body.grid is None else grid_in_scope(body.grid, caller, context).id
    wanted = drafts.Wanted(PaperKind(body.kind), body.first, body.last, grid, body.over)
    made = await drafts.write(session, wanted, caller=caller, context=context)
    return answer({"papers": made}, 201)
