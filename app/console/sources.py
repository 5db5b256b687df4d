"""The pages of pollution sources 一企一档: who is on file, one to register, a workbook in and out, and one file."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal
from urllib.parse import quote

from fastapi import APIRouter, Query, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.datastructures import UploadFile

from app import evidence
from app.api.errors import STATUS
from app.api.requests import SmallId
from app.api.rights import demand, subtree_filter
from app.api.source_requests import DocumentIn
from app.api.sources import exported
from app.auth.callers import context_of
from app.auth.scope import Caller
from app.console.administering import do_or_again, refusal
from app.console.attached import do_once_with, place
from app.console.faults import in_words
from app.console.filters import Whoever, code_typed, known_grids
from app.console.forms import checked_by, typed, uploads
from app.console.once import do_once, new_token
from app.console.page_route import PageRoute, see
from app.console.pages import page, words_of
from app.console.source_forms import REFUSED, new_of, patch_of
from app.console.source_names import DOCUMENT_KIND, SOURCE_FIELD, SOURCE_KIND
from app.console.texts import N_, Texts
from app.context import Context
from app.database import transaction
from app.evidence import Received
from app.flows import sources as flow
from app.papers import source_book
from app.views import patrols as patrol_views
from app.views import sources as views
from app.views.key_lists import key_codes
from models.enums import Role, SourceKind, SourceState
from models.errors import DomainError, Forbidden, NotFound
from supervision.sources import book
from supervision.sources.file import DISCHARGES, IN_AIR, SourceFile

router = APIRouter(prefix="/supervision/sources", route_class=PageRoute, include_in_schema=False)
ROWS = 50
NO_GRID = N_("There is no such grid among yours; please choose one from the list.")
DONE = {
    "registered": N_("The source is registered and patrolled from tomorrow on."),
    "changed": N_("The file is changed; what it said before is kept."),
    "closed": N_("The source is shut down; its file stays."),
    "reopened": N_("The source works again and is patrolled from tomorrow on."),
    "documented": N_("The document is in the file."),
    "withdrawn": N_("The document is taken out; the record of it stays."),
    "imported": N_("The workbook is taken in."),
}


@router.get("")
async def sources_page(
    request: Request,
    caller: Whoever,
    grid: Annotated[str, Query(max_length=64)] = "",
    kind: Literal[""] | SourceKind = "",
    state: Literal["all"] | SourceState = SourceState.ACTIVE,
    text: Annotated[str, Query(max_length=100)] = "",
    cursor: Annotated[str | None, Query(max_length=100)] = None,
    done: Annotated[str, Query(max_length=20)] = "",
) -> Response:
    """Sources of the reader's grids, chosen by grid, kind, state and words."""
    return await _list(
        request, caller, grid=grid, kind=kind or None, state=None if state == "all" else state, text=text,
        cursor=cursor, done=done,
    )  # fmt: skip


async def _list(
    request: Request,
    caller: Caller,
    *,
    grid: str = "",
    kind: SourceKind | None = None,
    state: SourceState | None = SourceState.ACTIVE,
    text: str = "",
    cursor: str | None = None,
    done: str = "",
    message: str = "",
    faults: Sequence[Mapping[str, Any]] = (),
    status: int = 200,
) -> Response:
    context = context_of(request)
    now = context.clock.now()
    grids = known_grids(caller, context)
    try:
        wanted = subtree_filter(grid or None, caller, context)
        chosen = None if wanted is None else context.directory.grid_by_code(grid)
        if chosen is not None and chosen not in grids:
            grids = [*grids, chosen]
    except NotFound:
        grid, wanted, message = "", frozenset(), message or words_of(request).say(NO_GRID)
    async with context.sessions() as session:
        found = await views.list_sources(
            session, scope=caller.scope, grid_ids=wanted, kind=kind, state=state, text=text or None,
            cursor=cursor, limit=ROWS,
        )  # fmt: skip
        numbers = await views.counts(session, scope=caller.scope, grid_ids=wanted)
        units = [one.id for one in context.directory.grids if one.level == 2]
        key = await key_codes(session, units, patrol_views.today_of(now).year)
        lost = await patrol_views.without_village(session, scope=caller.scope, directory=context.directory)
    filters = [("grid", grid), ("kind", kind or ""), ("state", state or "all"), ("text", text)]
    return page(
        request, "sources.html", status, caller=caller, now=now, sources=found["items"],
        next_cursor=found["next_cursor"], counts=numbers, key=key, without_village=lost, grid=grid, kind=kind,
        state=state, text=text, filters=[one for one in filters if one[1]], kinds=SOURCE_KIND,
        grids=grids, keeps=_keeps(caller), message=message, faults=faults,
        done=DONE.get(done), token=new_token(), max_mb=source_book.LIMIT_BYTES // 1024 // 1024,
    )  # fmt: skip


def _keeps(caller: Caller) -> bool:
    return caller.has(*flow.KEEPERS)


@router.get("/export.xlsx")
async def export(
    request: Request, caller: Whoever, grid: Annotated[str, Query(max_length=64)] = ""
) -> Response:
    """The workbook of those on file; who took it stands in the journal."""
    context = context_of(request)
    async with transaction(context.sessions) as session:
        return await exported(session, caller, context, grid=grid or None, state=SourceState.ACTIVE)


@router.post("/import")
async def import_book(request: Request, caller: Whoever) -> Response:
    """A workbook comes in whole, or the list comes again with every row that is wrong."""
    context = context_of(request)
    form = await request.form(max_files=1, max_fields=5)
    fields, file = typed(form), form.get("file")
    content = b""
    if isinstance(file, UploadFile) and file.filename:
        content = await file.read(source_book.LIMIT_BYTES + 1)

    async def work(session: AsyncSession) -> dict[str, Any]:
        demand(caller, *flow.KEEPERS)
        table = book.read(source_book.table_of(content))
        now = context.clock.now()
        return dict(await flow.bring_in(context.pipeline, session, table, caller=caller, now=now))

    try:
        await do_once(request, caller, fields, work, files=content)
    except DomainError as error:
        rows = error.extra.get("faults")
        words, text = words_of(request), refusal(request, error, REFUSED)
        told = (
            [one | {"fault": in_words(words, one["fault"])} for one in rows] if isinstance(rows, list) else ()
        )
        return await _list(request, caller, message=text, faults=told, status=STATUS.get(error.code, 400))
    return see("/supervision/sources?done=imported")


@router.get("/new")
async def new_source(request: Request, caller: Whoever) -> Response:
    """The form of a source that is not on file yet."""
    return await _form(request, caller, {})


@router.post("/new")
async def register(request: Request, caller: Whoever) -> Response:
    """Registers it, once, and leads to its file."""
    context, words = context_of(request), words_of(request)
    fields = typed(await request.form(max_files=1, max_fields=80))

    async def work(session: AsyncSession) -> dict[str, Any]:
        body = new_of(_by_code(fields, caller, context, words), words)
        values = body.model_dump(exclude={"why"}) | {"pollutants": tuple(body.pollutants)}
        now = context.clock.now()
        file = SourceFile(**values)
        await flow.register(context.pipeline, session, file, why=body.why, caller=caller, now=now)
        return {"code": body.code}

    async def again(message: str, status: int) -> Response:
        return await _form(request, caller, fields, message=message, status=status)

    return await do_or_again(
        request, caller, fields, work, then=lambda said: f"{_path(said['code'])}?done=registered", again=again,
        own=REFUSED,
    )  # fmt: skip


def _by_code(fields: Mapping[str, str], caller: Caller, context: Context, words: Texts) -> dict[str, str]:
    """The fields with the grid by its code, whether that was typed or its name."""
    if not fields.get("grid"):
        return dict(fields)
    return {**fields, "grid": code_typed(fields["grid"], caller, context, words)}


async def _form(
    request: Request, caller: Caller, fields: Mapping[str, str], *, message: str = "", status: int = 200
) -> Response:
    if not _keeps(caller):
        raise Forbidden("keeping files of sources takes a supervisor, chief or administrator")
    grids = [one for one in known_grids(caller, context_of(request)) if one.level >= 2]
    return page(
        request, "source_new.html", status, caller=caller, fields=fields, message=message, grids=grids,
        kinds=SOURCE_KIND, in_air=IN_AIR, discharges=DISCHARGES, token=new_token(),
    )  # fmt: skip


@router.get("/{code}")
async def file_page(
    request: Request, code: str, caller: Whoever, done: Annotated[str, Query(max_length=20)] = ""
) -> Response:
    """The whole file: what it says, its documents, what it said before, and the forms the reader may use."""
    return await _file(request, caller, code, done=done)


@router.post("/{code}/{act}")
async def act_on_source(
    request: Request, code: str, act: Literal["change", "close", "reopen", "documents"], caller: Whoever
) -> Response:
    """What a form on the page of a source asks for, once."""
    context, words = context_of(request), words_of(request)
    form = await request.form(max_files=2, max_fields=80)
    fields = typed(form)
    done = {"change": "changed", "close": "closed", "reopen": "reopened", "documents": "documented"}[act]

    async def work(session: AsyncSession, received: list[Received]) -> dict[str, Any]:
        now = context.clock.now()
        who: dict[str, Any] = {"caller": caller, "now": now}
        if act == "change":
            patch = patch_of(_by_code(fields, caller, context, words), words)
            seen = int(fields["seen"]) if fields.get("seen", "").isdigit() else None
            await flow.change(context.pipeline, session, code, patch.said(), seen=seen, why=patch.why, **who)
        elif act == "documents":
            body = checked_by(DocumentIn, _only(fields), words, _DOCUMENT_FIELD)
            cited = await place(session, received, caller, context)
            await flow.add_document(
                context.pipeline, session, code, kind=body.kind, number=body.number, dated=body.dated,
                valid_until=body.valid_until, evidence=cited[0] if cited else None, **who,
            )  # fmt: skip
        else:
            await flow.turn(
                context.pipeline, session, code, closing=act == "close", why=fields.get("why", ""), **who
            )
        return {"code": code}

    async def again(message: str, status: int) -> Response:
        return await _file(request, caller, code, message=message, status=status, fields=fields, tried=act)

    try:
        chosen = uploads(form, words)[:1] if act == "documents" else []
        await do_once_with(request, caller, fields, chosen, work)
    except (NotFound, Forbidden):
        raise
    except DomainError as error:
        return await again(refusal(request, error, REFUSED), STATUS.get(error.code, 400))
    return see(f"{_path(code)}?done={done}")


@router.post("/{code}/documents/{document_id}")
async def withdraw(request: Request, code: str, document_id: SmallId, caller: Whoever) -> Response:
    """Takes a document out of the file."""
    context = context_of(request)
    fields = typed(await request.form(max_files=1, max_fields=10))

    async def work(session: AsyncSession) -> dict[str, Any]:
        await flow.withdraw_document(
            context.pipeline, session, code, document_id, why=fields.get("why", ""), caller=caller,
            now=context.clock.now(),
        )  # fmt: skip
        return {"code": code}

    async def again(message: str, status: int) -> Response:
        return await _file(request, caller, code, message=message, status=status)

    return await do_or_again(
        request, caller, fields, work, then=lambda _: f"{_path(code)}?done=withdrawn", again=again, own=REFUSED
    )  # fmt: skip


async def _file(
    request: Request,
    caller: Caller,
    code: str,
    *,
    done: str = "",
    message: str = "",
    status: int = 200,
    fields: Mapping[str, str] | None = None,
    tried: str = "",
) -> Response:
    context = context_of(request)
    now = context.clock.now()
    async with context.sessions() as session:
        found = await views.source_document(session, code, scope=caller.scope, now=now)
        year = patrol_views.today_of(now).year
        own = context.directory.grid_by_code(found["grid"])
        unit = None if own is None else context.directory.level2(own.id)
        key = set() if unit is None else await key_codes(session, [unit.id], year)
    keeps = own is not None and flow.keeps(caller, own.id, context.directory)
    shown = fields if fields is not None and tried == "change" else _as_fields(found)
    return page(
        request, "source_file.html", status, caller=caller, now=now, source=found, keeps=keeps, tried=tried,
        fields=shown, typed=fields or {}, message=message, done=DONE.get(done) if not message else None,
        key=code in key, year=year, kinds=SOURCE_KIND, in_air=IN_AIR, discharges=DISCHARGES,
        document_kinds=DOCUMENT_KIND, grids=[one for one in known_grids(caller, context) if one.level >= 2],
        field_names=SOURCE_FIELD, token=new_token(), may_attach=_may_attach(caller),
        max_mb=context.settings.max_upload_mb, shown_types=evidence.SHOWN, path=_path(code),
        today=patrol_views.today_of(now).isoformat(),
    )  # fmt: skip


_DOCUMENT_FIELD = {
    "kind": N_("Kind"),
    "number": N_("Number or title"),
    "dated": N_("Dated"),
    "valid_until": N_("Valid until"),
}


def _only(fields: Mapping[str, str]) -> dict[str, str]:
    return {name: fields[name] for name in _DOCUMENT_FIELD if name in fields}


def _as_fields(found: Mapping[str, Any]) -> dict[str, str]:
    """The file as its form shows it."""
    fields = {
        name: str(found[name])
        for name in SOURCE_FIELD
        if name not in ("pollutants", "emissions", "state") and found[name] is not None
    }
    fields |= {f"pollutant_{name}": "1" for name in found["pollutants"]}
    return fields | {f"t_{kind}": str(amount) for kind, amount in found["emissions"].items()}


def _path(code: str) -> str:
    return f"/supervision/sources/{quote(code, safe='')}"


def _may_attach(caller: Caller) -> bool:
    return caller.has(Role.SUPERVISOR, Role.PATROLLER, Role.DUTY_OFFICER)
