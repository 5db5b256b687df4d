"""What anybody may read without signing in: who answers for which grid, where to complain, the air by place."""

from datetime import date
from typing import Any, Literal

from fastapi import APIRouter, Request, Response
from pydantic import AwareDatetime, Field

from app.api.described import problems
from app.api.exposure_shapes import PublicCases
from app.api.shapes import Shape
from app.public.shared import PublicEdition
from models.enums import ChiefPost

router = APIRouter(prefix="/public", tags=["public"])
_ANSWERS: dict[int | str, dict[str, Any]] = {
    304: {"description": "As the `ETag` in `If-None-Match` says."},
    503: problems()[503],
}


class ChannelShape(Shape):
    kind: Literal["phone", "email", "address", "web"]
    name: str
    name_en: str | None
    value: str


class PublicChief(Shape):
    name: str
    post: ChiefPost | None


class PublicSubChief(Shape):
    name: str
    covers: list[str]


class PublicList(Shape):
    as_of: date
    place: str
    contact: str = Field(description="How to complain, as the list says.")


class PublicGrid(Shape):
    code: str
    name: str
    level: int
    parent: str | None
    chiefs: list[str] = Field(description="网格长, by name.")
    heads: list[PublicChief] = Field(description="The same, with which of the two 双网格长 each is.")
    sub_chiefs: list[PublicSubChief] = Field(
        description="分网格长, with the towns or villages they answer for."
    )
    supervisors: list[str] = Field(description="网格监督员, by name.")
    list_: PublicList | None = Field(alias="list", description="The newest list that the county published.")
    channels: list[ChannelShape] = Field(description="Of this grid's office.")


class PublicGrids(Shape):
    now: AwareDatetime
    channels: list[ChannelShape] = Field(description="Where to complain 投诉举报.")
    grids: list[PublicGrid] = Field(description="By level, then by code.")


class PlaceAir(Shape):
    grid: str
    name: str
    stations: int = Field(description="Stations with enough valid readings in the hour.")
    of: int = Field(description="Stations in service.")
    aqi: int | None = Field(
        description="None where there is no data, or too little for an AQI of at most 100."
    )
    off_scale: bool
    level: int | None = Field(description="1 to 6.")
    primary: list[str] = Field(description="首要污染物.")
    missing: list[str]
    concentrations: dict[str, float | None] = Field(description="Means of the hour, µg/m³ (co: mg/m³).")


class PublicAir(Shape):
    now: AwareDatetime
    since: AwareDatetime = Field(alias="from")
    until: AwareDatetime = Field(alias="to")
    rules: str = Field(description="Of the AQI, such as HJ 633-2026.")
    places: list[PlaceAir]


def edition_of(request: Request) -> PublicEdition:
    """This process's answers to the public."""
    edition: PublicEdition = request.app.state.public
    return edition


@router.get(
    "/grids",
    summary="Who answers for which grid",
    response_model=PublicGrids,
    responses=_ANSWERS,
)
async def grids(request: Request) -> Response:
    """Chiefs, sub-chiefs and supervisors by name (annex 1 art. 19). Without sign-in; up to a minute old."""
    return await edition_of(request).answer(request, "grids")


@router.get("/air", summary="The air by place", response_model=PublicAir, responses=_ANSWERS)
async def air(request: Request) -> Response:
    """Each county or park in the newest whole hour. Without sign-in; up to a minute old."""
    return await edition_of(request).answer(request, "air")


@router.get("/cases", summary="Typical cases made public", response_model=PublicCases, responses=_ANSWERS)
async def cases(request: Request) -> Response:
    """Masked, as published (annex 4). Without sign-in; up to a minute old."""
    return await edition_of(request).answer(request, "cases")
