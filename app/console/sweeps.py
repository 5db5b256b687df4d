"""The pages of quarterly sweeps and of the yearly lists of key sources."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from app.api.requests import SmallId
from app.api.rights import units_of
from app.auth.callers import context_of
from app.auth.permissions import FIELD
from app.auth.scope import Caller
from app.console.administering import do_or_again
from app.console.filters import Whoever
from app.console.forms import typed
from app.console.once import new_token
from app.console.page_route import PageRoute, see
from app.console.pages import page, words_of
from app.console.source_forms import REFUSED, by_hand, day_of, number_of
from app.console.source_names import SWEEP_STANDING
from app.console.texts import N_
from app.flows import key_lists as lists_flow
from app.flows import sources as flow
from app.flows import sweeps as sweeps_flow
from app.registry.directory import GridInfo
from app.views import key_lists as list_views
from app.views import patrols as patrol_views
from app.views import sweeps as sweep_views
from models.errors import Invalid, SecondPersonNeeded
from supervision.sources.key_list import Criteria
from supervision.sources.sweep import last_of_quarter, name_of_quarter, quarter_named

router = APIRouter(prefix="/supervision", route_class=PageRoute, include_in_schema=False)
QUARTERS = 8
DONE = {
    "begun": N_("The sweep is opened."),
    "recorded": N_("The sources are taken down as met."),
    "finished": N_("The sweep is finished."),
    "drawn": N_("The list is drawn up; a chief of the county has to sign it."),
    "signed": N_("The list is in force."),
}
TWO_HANDS = N_("Whoever drew a list up does not sign it; another chief of the county does.")


@router.get("/sweeps")
async def sweeps_page(
    request: Request, caller: Whoever, quarter: Annotated[str, Query(max_length=10)] = ""
) -> Response:
    """How each county and park stands with a quarter's sweep."""
    return await _board(request, caller, quarter=quarter)


async def _board(
    request: Request,
    caller: Caller,
    *,
    quarter: str = "",
    message: str = "",
    status: int = 200,
    fields: Mapping[str, str] = {},
) -> Response:
    context = context_of(request)
    now = context.clock.now()
    this = sweep_views.this_quarter(now)
    first = quarter_named(quarter) or this
    units = units_of(caller, context)
    async with context.sessions() as session:
        rows = await sweep_views.sweep_board(session, units=units, quarter=first, now=now)
    begun = {row["grid"] for row in rows if row["id"] is not None}
    return page(
        request, "sweeps.html", status, caller=caller, now=now, sweeps=rows, quarter=name_of_quarter(first),
        quarters=_quarters(this), standings=SWEEP_STANDING, message=message, fields=fields, token=new_token(),
        opens=[one for one in _kept(request, caller, units) if one.code not in begun] if first == this else [],
        last=last_of_quarter(first).isoformat(), today=patrol_views.today_of(now).isoformat(),
    )  # fmt: skip


def _quarters(this: Any) -> list[str]:
    """This quarter and those before it."""
    whole = this.year * 4 + (this.month - 1) // 3
    return [f"{(whole - back) // 4}-Q{(whole - back) % 4 + 1}" for back in range(QUARTERS)]


def _kept(request: Request, caller: Caller, units: list[GridInfo]) -> list[GridInfo]:
    directory = context_of(request).directory
    return [unit for unit in units if flow.keeps(caller, unit.id, directory)]


@router.post("/sweeps")
async def begin(request: Request, caller: Whoever) -> Response:
    """Opens this quarter's sweep of a county."""
    context = context_of(request)
    fields = typed(await request.form(max_files=1, max_fields=10))

    async def work(session: AsyncSession) -> dict[str, Any]:
        made = await sweeps_flow.begin_sweep(
            context.pipeline, session, fields.get("grid", ""), due_on=day_of(fields, "due_on"), caller=caller,
            now=context.clock.now(),
        )  # fmt: skip
        return {"id": made}

    async def again(message: str, status: int) -> Response:
        return await _board(request, caller, message=message, status=status, fields=fields)

    return await do_or_again(
        request, caller, fields, work, then=lambda said: f"/supervision/sweeps/{said['id']}?done=begun",
        again=again, own=REFUSED,
    )  # fmt: skip


@router.get("/sweeps/{sweep_id}")
async def sweep_page(
    request: Request, sweep_id: SmallId, caller: Whoever, done: Annotated[str, Query(max_length=20)] = ""
) -> Response:
    """One sweep: whom nobody has met yet, to be ticked off, and what was found of the others."""
    return await _sweep(request, caller, sweep_id, done=done)


@router.post("/sweeps/{sweep_id}/{act}")
async def act_on_sweep(
    request: Request, sweep_id: SmallId, act: Literal["seen", "finish"], caller: Whoever
) -> Response:
    """Sources were met, or the sweep is finished."""
    context = context_of(request)
    form = await request.form(max_files=1, max_fields=600)
    fields = typed(form)
    codes = [str(one) for one in form.getlist("source")]
    # Several fields of one name: the token answers for all of them.
    once = fields | {"source": "\n".join(codes)}

    async def work(session: AsyncSession) -> dict[str, Any]:
        who: dict[str, Any] = {"caller": caller, "now": context.clock.now()}
        if act == "seen":
            await sweeps_flow.record(
                context.pipeline, session, sweep_id, codes, note=fields.get("note"), **who
            )
        else:
            await sweeps_flow.finish_sweep(
                context.pipeline, session, sweep_id, note=fields.get("note"), **who
            )
        return {"id": sweep_id}

    async def again(message: str, status: int) -> Response:
        return await _sweep(
            request, caller, sweep_id, message=message, status=status, fields=fields, tried=act
        )

    done = "recorded" if act == "seen" else "finished"
    return await do_or_again(
        request, caller, once, work, then=lambda _: f"/supervision/sweeps/{sweep_id}?done={done}",
        again=again, own=REFUSED,
    )  # fmt: skip


async def _sweep(
    request: Request,
    caller: Caller,
    sweep_id: int,
    *,
    done: str = "",
    message: str = "",
    status: int = 200,
    fields: Mapping[str, str] = {},
    tried: str = "",
) -> Response:
    context = context_of(request)
    now = context.clock.now()
    async with context.sessions() as session:
        found = await sweep_views.sweep_document(
            session, sweep_id, scope=caller.scope, directory=context.directory, now=now
        )
    unit = context.directory.grid_by_code(found["grid"])
    finishes = unit is not None and flow.keeps(caller, unit.id, context.directory)
    return page(
        request, "sweep.html", status, caller=caller, now=now, sweep=found, message=message, tried=tried,
        done=DONE.get(done) if not message else None, fields=fields, token=new_token(),
        records=caller.has(*FIELD) and found["finished_at"] is None,
        finishes=finishes and found["finished_at"] is None,
    )  # fmt: skip


@router.get("/key-lists")
async def lists_page(request: Request, caller: Whoever) -> Response:
    """The lists of key sources of the reader's counties, and the form that draws one up."""
    return await _lists(request, caller)


async def _lists(
    request: Request,
    caller: Caller,
    *,
    message: str = "",
    status: int = 200,
    fields: Mapping[str, str] = {},
) -> Response:
    context = context_of(request)
    now = context.clock.now()
    async with context.sessions() as session:
        rows = await list_views.list_key_lists(session, scope=caller.scope, grid_ids=None, year=None)
    year = patrol_views.today_of(now).year
    return page(
        request, "key_lists.html", status, caller=caller, now=now, lists=rows, message=message, fields=fields,
        draws=_kept(request, caller, units_of(caller, context)), years=(year, year + 1), usual=Criteria(),
        token=new_token(),
    )  # fmt: skip


@router.post("/key-lists")
async def draw_up(request: Request, caller: Whoever) -> Response:
    """Draws a list up, or again: the draft there was gives way."""
    context = context_of(request)
    fields = typed(await request.form(max_files=1, max_fields=20))

    async def work(session: AsyncSession) -> dict[str, Any]:
        usual = Criteria()
        kinds, concern = (number_of(fields, name, getattr(usual, name)) for name in ("kinds", "concern"))
        for name, figure in (("kinds", kinds), ("concern", concern)):
            if figure != int(figure):
                raise Invalid("a whole number", field=name)
        criteria = Criteria(int(kinds), number_of(fields, "tonnes", usual.tonnes), int(concern))
        made = await lists_flow.propose_list(
            context.pipeline, session, fields.get("grid", ""), int(number_of(fields, "year", usual.tonnes)),
            criteria=criteria, include=by_hand(fields, "include"), exclude=by_hand(fields, "exclude"),
            why=fields.get("why"), drop=fields.get("drop") == "yes", caller=caller, now=context.clock.now(),
        )  # fmt: skip
        return {"id": made}

    async def again(message: str, status: int) -> Response:
        return await _lists(request, caller, message=message, status=status, fields=fields)

    return await do_or_again(
        request, caller, fields, work, then=lambda said: f"/supervision/key-lists/{said['id']}?done=drawn",
        again=again, own=REFUSED,
    )  # fmt: skip


@router.get("/key-lists/{list_id}")
async def list_page(
    request: Request, list_id: SmallId, caller: Whoever, done: Annotated[str, Query(max_length=20)] = ""
) -> Response:
    """One list: every source with its reasons, and for a chief of the county the signature."""
    return await _one(request, caller, list_id, done=done)


@router.post("/key-lists/{list_id}/sign")
async def sign(request: Request, list_id: SmallId, caller: Whoever) -> Response:
    """Puts the list that was shown in force."""
    context = context_of(request)
    fields = typed(await request.form(max_files=1, max_fields=10))

    async def work(session: AsyncSession) -> dict[str, Any]:
        try:
            digest = bytes.fromhex(fields.get("sha256", ""))
        except ValueError:
            raise Invalid("no digest", field="sha256") from None
        try:
            await lists_flow.sign_list(
                context.pipeline, session, list_id, digest, caller=caller, now=context.clock.now()
            )
        except SecondPersonNeeded as error:
            raise SecondPersonNeeded(error.detail, shown=words_of(request).say(TWO_HANDS)) from error
        return {"id": list_id}

    async def again(message: str, status: int) -> Response:
        return await _one(request, caller, list_id, message=message, status=status)

    return await do_or_again(
        request, caller, fields, work, then=lambda _: f"/supervision/key-lists/{list_id}?done=signed",
        again=again, own=REFUSED,
    )  # fmt: skip


async def _one(
    request: Request, caller: Caller, list_id: int, *, done: str = "", message: str = "", status: int = 200
) -> Response:
    context = context_of(request)
    async with context.sessions() as session:
        found = await list_views.key_list_document(session, list_id, scope=caller.scope)
        own = await list_views.drew_up(session, list_id) == caller.id
    unit = context.directory.grid_by_code(found["grid"])
    signs = unit is not None and found["state"] == "draft" and lists_flow.signs_for(caller, unit.id)
    return page(
        request, "key_list.html", status, caller=caller, found=found, signs=signs and not own,
        own=signs and own, message=message, done=DONE.get(done) if not message else None, token=new_token(),
    )  # fmt: skip


@router.get("/key-lists/{list_id}/sign")
async def back(list_id: SmallId, caller: Whoever) -> Response:
    """The links of a refused form lead here."""
    return see(f"/supervision/key-lists/{list_id}")
