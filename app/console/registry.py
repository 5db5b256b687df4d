"""Pages of the registry: the tree of grids, one grid, one station, and the forms that change them."""

import json
import math
from collections.abc import Mapping
from typing import Annotated, Any, Literal, get_args

from fastapi import APIRouter, Query, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from app.api.errors import STATUS
from app.api.rights import demand
from app.auth.callers import context_of, storable
from app.auth.scope import Caller
from app.console.admin_menu import RUNNING
from app.console.filters import Whoever, near_grids
from app.console.forms import typed
from app.console.once import do_once, new_token
from app.console.page_route import PageRoute, see
from app.console.pages import page
from app.console.registry_forms import author_of, refusal, renew, shown_secret
from app.console.staffing import in_words
from app.console.texts import N_
from app.registry import check, editor, permits, rights
from app.registry.entries import GRID_KINDS
from app.views.registry import LISTED, grid_document, list_below, registered_station
from models.enums import Role, StationKind, StationPurpose
from models.errors import DomainError, Invalid, NotFound
from models.registry import Grid

router = APIRouter(prefix="/admin/registry", route_class=PageRoute, include_in_schema=False)
ROWS = 100
GridAct = Literal["edit", "grid", "station"]
StationAct = Literal["edit", "retire", "return", "secret"]
DONE = {
    "edit": N_("The change is in the registry."),
    "same": N_("Nothing is different from before, so nothing was written."),
    "grid": N_("The new grid is in the registry."),
    "retire": N_("The station is out of service; what it measured stays."),
    "return": N_("The station is back in service."),
}


@router.get("")
async def tree(request: Request, caller: Whoever) -> Response:
    """The prefecture and its counties and parks; what is below them is on their own pages."""
    demand(caller, *RUNNING)
    context = context_of(request)
    async with context.sessions() as session:
        found = await list_below(session, None, scope=caller.scope, now=context.clock.now())
    return page(request, "admin_registry.html", caller=caller, below=found["items"])


@router.get("/stations/{code}")
async def one_station(request: Request, code: str, caller: Whoever, done: str = "") -> Response:
    """One station as the registry has it, and what the caller may change."""
    return await _station_page(request, caller, code, done=done)


async def _station_page(
    request: Request,
    caller: Caller,
    code: str,
    *,
    status: int = 200,
    message: str | None = None,
    tried: str = "",
    fields: Mapping[str, str] | None = None,
    done: str = "",
) -> Response:
    demand(caller, *RUNNING)
    context = context_of(request)
    async with context.sessions() as session:
        station = await registered_station(session, code, scope=caller.scope) if storable(code) else None
        if station is None:
            raise NotFound(f"no station {code}")
        may = await _may(session, caller, station["grid"], context.directory)
    return page(
        request, "admin_station.html", status, caller=caller, station=station, may=may, message=message,
        tried=tried, fields=fields or {}, done=DONE.get(done), grids=near_grids(caller, context),
        once={act: new_token() for act in get_args(StationAct)}, purposes=list(StationPurpose),
    )  # fmt: skip


@router.post("/stations/{code}/{act}")
async def act_on_station(request: Request, code: str, act: StationAct, caller: Whoever) -> Response:
    """What a form on the station's page asks for, once; a secret is shown on this one answer."""
    demand(caller, Role.ADMINISTRATOR)
    context = context_of(request)
    fields = typed(await request.form(max_files=0, max_fields=20))
    now, tree_ = context.clock.now(), context.directory
    if not storable(code):
        raise NotFound("no such station")

    async def work(session: AsyncSession) -> dict[str, Any]:
        by, seen = author_of(caller, fields), fields.get("seen", "")
        row = await editor.station_of(session, code)
        rights.demand(rights.may_change_grid(caller, row.grid_id, tree_))
        if act in ("retire", "return"):
            await editor.retire_station(session, code, retire=act == "retire", seen=seen, by=by, now=now)
            return {"code": code, "done": act}
        changes: dict[str, Any] = {"secret": secret}
        if act == "edit":
            changes = {"name": _text(fields, "name"), "grid": _text(fields, "grid"), **_place(fields)}
            changes["cadence_s"] = _whole(fields, "cadence_s")
            if "purpose" in fields:
                changes["purpose"] = _text(fields, "purpose")
            await permits.demand_grid(session, caller, changes["grid"], tree_)
        result = await editor.change_station(session, code, changes, seen=seen, by=by, now=now)
        return {"code": code, "done": act if result.changed else "same"}

    try:
        secret = shown_secret(context, f"station:{code}", fields)
        done = await do_once(request, caller, fields, work)
    except NotFound:
        raise
    except DomainError as error:
        return await _station_page(
            request, caller, code, status=STATUS.get(error.code, 400), message=refusal(request, error), tried=act,
            fields=fields,
        )  # fmt: skip
    await renew(context)
    back = f"/admin/registry/stations/{code}"
    return (
        _secret(request, caller, code, secret, back)
        if act == "secret"
        else see(f"{back}?done={done['done']}")
    )


def _secret(request: Request, caller: Caller, code: str, secret: str, back: str) -> Response:
    return page(
        request, "admin_secret.html", caller=caller, title=N_("Secret of the station"), whose=code, secret=secret,
        back=back, says=N_("The station signs in to the broker with it. It is shown this once: set it there now."),
    )  # fmt: skip


@router.get("/{code}")
async def one_grid(
    request: Request,
    code: str,
    caller: Whoever,
    cursor: Annotated[str | None, Query(max_length=100)] = None,
    done: str = "",
) -> Response:
    """One grid: its facts, everything in it and below it, what its staff lacks, and what the caller may change."""
    return await _grid_page(request, caller, code, cursor=cursor, done=done)


async def _grid_page(
    request: Request,
    caller: Caller,
    code: str,
    *,
    cursor: str | None = None,
    status: int = 200,
    message: str | None = None,
    tried: str = "",
    fields: Mapping[str, str] | None = None,
    done: str = "",
) -> Response:
    demand(caller, *RUNNING)
    context = context_of(request)
    now = context.clock.now()
    if not storable(code):
        raise NotFound("no such grid")
    async with context.sessions() as session:
        grid = await grid_document(session, code, scope=caller.scope, now=now)
        below = await list_below(session, code, scope=caller.scope, now=now, cursor=cursor, limit=ROWS)
        state = await check.loaded_state(session, now=now, boundaries=False)
        may = await _may(session, caller, code, context.directory)
    lacks = [in_words(request, notice) for notice in check.staffing(state) if notice.grid == code]
    return page(
        request, "admin_grid.html", status, caller=caller, grid=grid, below=below["items"],
        next_cursor=below["next_cursor"], lacks=lacks, may=may, message=message, tried=tried,
        fields=fields or {}, done=DONE.get(done), kinds=GRID_KINDS, station_kinds=list(StationKind), listed=LISTED,
        purposes=list(StationPurpose),
        grids=near_grids(caller, context), once={act: new_token() for act in get_args(GridAct)},
    )  # fmt: skip


@router.post("/{code}/{act}")
async def act_on_grid(request: Request, code: str, act: GridAct, caller: Whoever) -> Response:
    """Changes the grid, or enters a new one or a new station in it, once."""
    demand(caller, Role.ADMINISTRATOR)
    context = context_of(request)
    fields = typed(await request.form(max_files=0, max_fields=20))
    now, tree_ = context.clock.now(), context.directory
    if not storable(code):
        raise NotFound("no such grid")

    async def work(session: AsyncSession) -> dict[str, Any]:
        by = author_of(caller, fields)
        row = await editor.grid_of(session, code)
        rights.demand(rights.may_change_grid(caller, row.id, tree_))
        match act:
            case "edit":
                changes: dict[str, Any] = {"name": _text(fields, "name"), "kind": _text(fields, "kind")}
                changes["aliases"] = _lines(fields.get("aliases", ""))
                if row.level > 1:
                    changes["parent"] = _text(fields, "parent")
                    above = await session.get(Grid, row.parent_id)
                    if above is not None and above.code != changes["parent"]:
                        rights.demand(rights.may_change_grid(caller, above.id, tree_))
                        await permits.demand_grid(session, caller, changes["parent"], tree_)
                changes |= _boundary(fields)
                seen = fields.get("seen", "")
                result = await editor.change_grid(session, code, changes, seen=seen, by=by, now=now)
                return {"code": code, "done": act if result.changed else "same"}
            case "grid":
                entry: dict[str, Any] = {name: _text(fields, name) for name in ("code", "name", "kind")}
                entry["parent"] = code
                entry |= {"aliases": _lines(fields.get("aliases", ""))} | _boundary(fields)
                await editor.add_grid(session, entry, by=by, now=now)
                return {"code": entry["code"], "done": act}
            case "station":
                entry = {name: _text(fields, name) for name in ("code", "name", "kind")}
                entry |= {"grid": code, "secret": secret, **_place(fields)}
                entry["cadence_s"] = _whole(fields, "cadence_s")
                if "purpose" in fields:
                    entry["purpose"] = _text(fields, "purpose")
                await editor.add_station(session, entry, by=by, now=now)
                return {"code": entry["code"], "done": act}

    try:
        secret = shown_secret(context, "station", fields)
        done = await do_once(request, caller, fields, work)
    except NotFound:
        raise
    except DomainError as error:
        return await _grid_page(
            request, caller, code, status=STATUS.get(error.code, 400), message=refusal(request, error), tried=act,
            fields=fields,
        )  # fmt: skip
    await renew(context)
    if act == "station":
        return _secret(request, caller, done["code"], secret, f"/admin/registry/stations/{done['code']}")
    return see(f"/admin/registry/{done['code']}?done={done['done']}")


async def _may(session: AsyncSession, caller: Caller, grid: str, tree_: rights.Tree) -> bool:
    return rights.may_change_grid(caller, await permits.grid_id_of(session, grid), tree_)


def _text(fields: Mapping[str, str], name: str) -> str:
    return fields.get(name, "").strip()


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.split("\n") if line.strip()]


def _place(fields: Mapping[str, str]) -> dict[str, float]:
    try:
        place = {name: float(fields[name]) for name in ("lon", "lat")}
    except (KeyError, ValueError):
        raise Invalid("a position wants two numbers", field="lon") from None
    if not all(math.isfinite(value) for value in place.values()):
        raise Invalid("a position wants two numbers", field="lon")
    return place


def _whole(fields: Mapping[str, str], name: str) -> int:
    text = _text(fields, name)
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise Invalid("a whole number is wanted", field=name)
    return int(text)


def _boundary(fields: Mapping[str, str]) -> dict[str, Any]:
    """The pasted GeoJSON, a geometry or one feature; nothing where nothing was pasted."""
    text = fields.get("boundary", "").strip()
    if not text:
        return {}
    try:
        found = json.loads(text)
        json.dumps(found, allow_nan=False)
    except (ValueError, RecursionError):
        raise Invalid("the boundary is no JSON", field="boundary") from None
    if isinstance(found, dict) and found.get("type") == "Feature":
        found = found.get("geometry")
    if not isinstance(found, dict):
        raise Invalid("the boundary is no GeoJSON", field="boundary")
    return {"boundary": found}
