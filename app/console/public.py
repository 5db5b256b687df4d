"""The public page: made for both languages at once, without a session, a cookie or a script."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from fastapi import APIRouter, Request, Response

from app.api.public import edition_of
from app.console.pages import HEADERS, rendered
from app.console.texts import DEFAULT, N_, TAGS
from app.public.shared import Kept, kept

router = APIRouter(include_in_schema=False)
LEVEL = {
    1: N_("Excellent"),
    2: N_("Good"),
    3: N_("Lightly polluted"),
    4: N_("Moderately polluted"),
    5: N_("Heavily polluted"),
    6: N_("Severely polluted"),
}
"""Of the AQI (HJ 633 table 2)."""
GRID_LEVEL = {
    1: N_("Level-1 grid"),
    2: N_("Level-2 grid"),
    3: N_("Level-3 grid"),
    4: N_("Level-4 grid"),
}


@router.get("/public")
async def public_page(request: Request) -> Response:
    """In the language of the address, else in Chinese."""
    asked = request.query_params.get("lang", "")
    language = asked if asked in TAGS else DEFAULT
    return await edition_of(request).answer(request, f"page.{language}", HEADERS)


@router.get("/public/cases")
async def public_cases(request: Request) -> Response:
    """The typical cases that were published, masked."""
    asked = request.query_params.get("lang", "")
    language = asked if asked in TAGS else DEFAULT
    return await edition_of(request).answer(request, f"cases.{language}", HEADERS)


def public_pages(
    grids: dict[str, Any], air: dict[str, Any], cases: list[dict[str, Any]], now: datetime
) -> Mapping[str, Kept]:
    """The pages in each language, by the name they are asked for."""
    below: dict[str, list[dict[str, Any]]] = {}
    for grid in grids["grids"]:
        below.setdefault(grid["parent"] or "", []).append(grid)
    counties = [grid for top in below.get("", []) for grid in below.get(top["code"], [])]
    values = {
        "now": now,
        "channels": grids["channels"],
        "tops": below.get("", []),
        "counties": [{"grid": county, "below": _flat(county, below)} for county in counties],
        "air": air,
        "levels": LEVEL,
        "grid_levels": GRID_LEVEL,
        "cases": cases,
    }
    return {
        f"{name}.{language}": kept(rendered(language, template, values).encode(), "text/html; charset=utf-8")
        for language in TAGS
        for name, template in (("page", "public.html"), ("cases", "public_cases.html"))
    }


def _flat(grid: dict[str, Any], below: Mapping[str, list[dict[str, Any]]]) -> list[dict[str, Any]]:
    """Everything under a grid, each followed by what is under it."""
    return [one for child in below.get(grid["code"], []) for one in (child, *_flat(child, below))]
