"""Pages of people: who may sign in, with which duties; adding, ending, disabling, passwords shown once."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Annotated, Any, Literal, get_args

from fastapi import APIRouter, Query, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from app.api.errors import STATUS
from app.api.requests import SmallId
from app.api.rights import demand, subtree_filter
from app.auth.callers import context_of, storable
from app.auth.scope import Caller
from app.console.admin_menu import RUNNING
from app.console.filters import Whoever, code_typed, known_grids, near_grids
from app.console.forms import typed
from app.console.once import do_once, new_token
from app.console.page_route import PageRoute, see
from app.console.pages import page, words_of
from app.console.registry_forms import author_of, day_of, refusal, renew, shown_secret, terms_of
from app.console.texts import N_
from app.registry import permits, rights, serving, staff
from app.registry.details import describe
from app.views.staff import list_people, person_document
from models.enums import Role
from models.errors import DomainError, Invalid, NotFound

router = APIRouter(prefix="/admin/people", route_class=PageRoute, include_in_schema=False)
ROWS = 50
Act = Literal["details", "password", "disable", "enable", "duty", "terms", "end", "key"]
DONE = {
    "details": N_("Name and telephone are in the registry."),
    "same": N_("Nothing is different from before, so nothing was written."),
    "disable": N_("The account is disabled; sessions and API keys have ended."),
    "duty": N_("The duty is entered."),
    "terms": N_("What the duty says is in the registry."),
    "end": N_("The end of the duty is entered."),
    "key": N_("The API key is revoked."),
}


@router.get("")
async def people(
    request: Request,
    caller: Whoever,
    q: Annotated[str, Query(max_length=100)] = "",
    grid: str = "",
    role: str = "",
    state: str = "",
    cursor: Annotated[str | None, Query(max_length=100)] = None,
) -> Response:
    """Everybody in the registry, filtered by name, grid, role and whether they are disabled."""
    return await _list_page(request, caller, q=q, grid=grid, role=role, state=state, cursor=cursor)


async def _list_page(
    request: Request,
    caller: Caller,
    *,
    q: str = "",
    grid: str = "",
    role: str = "",
    state: str = "",
    cursor: str | None = None,
    status: int = 200,
    message: str | None = None,
    fields: Mapping[str, str] | None = None,
) -> Response:
    demand(caller, *RUNNING)
    context = context_of(request)
    grid_ids = subtree_filter(grid or None, caller, context)
    q = q.strip() if storable(q) else ""
    async with context.sessions() as session:
        found = await list_people(
            session, scope=caller.scope, now=context.clock.now(), text=q, grid_ids=grid_ids,
            role=role if role in list(Role) else "", disabled={"disabled": True, "active": False}.get(state),
            cursor=cursor, limit=ROWS,
        )  # fmt: skip
    return page(
        request, "admin_people.html", status, caller=caller, people=found["items"],
        next_cursor=found["next_cursor"], chosen={"q": q, "grid": grid, "role": role, "state": state},
        grids=near_grids(caller, context), known=known_grids(caller, context),
        roles=[one.value for one in Role], message=message,
        fields=fields or {}, once=new_token(), may=caller.has(Role.ADMINISTRATOR),
    )  # fmt: skip


@router.post("/new")
async def add_person(request: Request, caller: Whoever) -> Response:
    """A new person with one duty; the password is shown on this one answer."""
    demand(caller, Role.ADMINISTRATOR)
    context = context_of(request)
    fields = typed(await request.form(max_files=0, max_fields=20))
    now = context.clock.now()

    async def work(session: AsyncSession) -> dict[str, Any]:
        grid = code_typed(fields.get("grid", ""), caller, context, words_of(request))
        await permits.demand_giving(session, caller, fields.get("role", ""), grid, context.directory)
        person_id = await staff.add(
            session, username=fields.get("username", "").strip(), name=fields.get("name", "").strip(),
            phone=fields.get("phone", "").strip() or None, password=password, grid=grid,
            role=fields.get("role", ""), by=author_of(caller, fields), now=now,
            since=day_of(fields, "from", now), until=day_of(fields, "to", now, end=True), terms=terms_of(fields),
        )  # fmt: skip
        return {"id": person_id, "username": fields.get("username", "").strip()}

    try:
        password = shown_secret(context, "password", fields)
        done = await do_once(request, caller, fields, work)
    except DomainError as error:
        return await _list_page(
            request,
            caller,
            status=STATUS.get(error.code, 400),
            message=refusal(request, error),
            fields=fields,
        )
    await renew(context)
    return _secret_page(request, caller, done, password, renewed=False)


_FIRST = N_("It is shown this once: hand it over now.")
_RENEWED = N_("It replaces any password from before. It is shown this once: hand it over now.")


def _secret_page(
    request: Request, caller: Caller, done: Mapping[str, Any], password: str, *, renewed: bool
) -> Response:
    return page(
        request, "admin_secret.html", caller=caller, title=N_("Password"), whose=done["username"],
        secret=password, back=f"/admin/people/{done['id']}",
        says=_RENEWED if renewed else _FIRST,
    )  # fmt: skip


@router.get("/{person_id}")
async def one_person(request: Request, person_id: SmallId, caller: Whoever, done: str = "") -> Response:
    """One person: state of the account, every duty there was, API keys, and what the caller may change."""
    return await _person_page(request, caller, person_id, done=done)


async def _person_page(
    request: Request,
    caller: Caller,
    person_id: int,
    *,
    status: int = 200,
    message: str | None = None,
    tried: str = "",
    fields: Mapping[str, str] | None = None,
    done: str = "",
) -> Response:
    demand(caller, *RUNNING)
    context = context_of(request)
    now = context.clock.now()
    async with context.sessions() as session:
        person = await person_document(session, person_id, scope=caller.scope, now=now)
        known = await staff.known(session, person_id, now=now)
    may = rights.may_change_person(caller, _held(known), context.directory)
    ending = {
        duty.id
        for duty in known.duties
        if rights.may_give(caller, duty.role, duty.grid_id, context.directory)
    }
    return page(
        request, "admin_person.html", status, caller=caller, person=person, seen=known.mark, may=may,
        may_end=ending, may_begin=caller.has(Role.ADMINISTRATOR), message=message, tried=tried, fields=fields or {},
        done=DONE.get(done), once={act: new_token() for act in get_args(Act)},
        known=known_grids(caller, context), roles=[one.value for one in Role], myself=caller.id == person_id,
    )  # fmt: skip


def _held(known: staff.Known) -> list[tuple[str, int]]:
    return [(duty.role, duty.grid_id) for duty in known.duties]


@router.post("/{person_id}/{act}")
async def act_on_person(request: Request, person_id: SmallId, act: Act, caller: Whoever) -> Response:
    """What a form on the person's page asks for, once; a password is shown on this one answer."""
    demand(caller, Role.ADMINISTRATOR)
    context = context_of(request)
    fields = typed(await request.form(max_files=0, max_fields=20))
    try:
        password = shown_secret(context, "password", fields)
        done = await do_once(
            request, caller, fields, _work(request, caller, person_id, act, fields, password)
        )
    except NotFound:
        raise
    except DomainError as error:
        return await _person_page(
            request, caller, person_id, status=STATUS.get(error.code, 400), message=refusal(request, error),
            tried=f"{act}-{fields.get('duty', '')}" if act in ("end", "terms") else act, fields=fields,
        )  # fmt: skip
    await renew(context)
    if act in ("password", "enable"):
        return _secret_page(request, caller, done, password, renewed=bool(done.get("renewed", True)))
    return see(f"/admin/people/{person_id}?done={done.get('done', act)}")


def _work(
    request: Request, caller: Caller, person_id: int, act: Act, fields: Mapping[str, str], password: str
) -> Callable[[AsyncSession], Awaitable[dict[str, Any]]]:
    context = context_of(request)
    now, tree = context.clock.now(), context.directory

    async def work(session: AsyncSession) -> dict[str, Any]:
        by = author_of(caller, fields)
        seen = None if act == "key" else fields.get("seen", "")
        person = await staff.hold(session, person_id, seen=seen, now=now)
        had_one = person.row.password_hash is not None
        if act not in ("duty", "terms", "end"):
            rights.demand(rights.may_change_person(caller, _held(person), tree))
        match act:
            case "details":
                changed = await describe(
                    session, person_id, name=fields.get("name", "").strip(),
                    phone=fields.get("phone", "").strip() or None, seen=None, by=by, now=now,
                )  # fmt: skip
                if not changed:
                    return {"id": person_id, "username": person.row.username, "done": "same"}
            case "password":
                await staff.give_password(session, person_id, password, seen=None, by=by, now=now)
            case "disable":
                await staff.disable(session, person_id, seen=None, by=by, now=now)
            case "enable":
                await staff.enable(session, person_id, password, seen=None, by=by, now=now)
            case "duty":
                grid = code_typed(fields.get("grid", ""), caller, context, words_of(request))
                await permits.demand_giving(session, caller, fields.get("role", ""), grid, tree)
                await staff.begin_duty(
                    session, person_id, grid=grid, role=fields.get("role", ""), since=day_of(fields, "from", now),
                    until=day_of(fields, "to", now, end=True), seen=None, by=by, now=now, terms=terms_of(fields),
                )  # fmt: skip
            case "terms":
                duty_id = _number(fields.get("duty", ""))
                rights.demand_duty(caller, person.duties, duty_id, tree)
                await serving.change_terms(
                    session, person_id, duty_id, terms=terms_of(fields), seen=None, by=by, now=now
                )
            case "end":
                duty_id = _number(fields.get("duty", ""))
                rights.demand_duty(caller, person.duties, duty_id, tree)
                at = day_of(fields, "to", now, end=True) if fields.get("when") == "day" else None
                if (fields.get("when") == "now") == bool(fields.get("to")):
                    raise Invalid("either now or a day", field="when")
                await staff.end_duty(session, person_id, duty_id, at=at, seen=None, by=by, now=now)
            case "key":
                await staff.revoke_key(session, person_id, _number(fields.get("key", "")), by=by, now=now)
        return {"id": person_id, "username": person.row.username, "renewed": had_one}

    return work


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0
