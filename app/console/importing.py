"""The page that takes a registry file: checked row by row against the database, then loaded whole or not at all."""

import asyncio
from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.datastructures import FormData, UploadFile

from app.api.errors import STATUS
from app.api.rights import demand_prefecture
from app.auth.callers import context_of
from app.auth.scope import Caller
from app.console import faults
from app.console.filters import Whoever
from app.console.forms import typed
from app.console.once import do_once, new_token
from app.console.page_route import PageRoute
from app.console.pages import page, words_of
from app.console.registry_forms import author_of, refusal, renew
from app.console.staffing import in_words
from app.console.texts import N_
from app.registry import importing
from app.registry.document import LIMIT_BYTES
from app.registry.entries import Fault
from app.registry.load import LoadResult
from models.enums import Role
from models.errors import DomainError, Invalid

router = APIRouter(prefix="/admin/registry/import", route_class=PageRoute, include_in_schema=False)
NOTICES = 100
KINDS = {
    "grids": N_("Grids"),
    "people": N_("People"),
    "duties": N_("Duties"),
    "stations": N_("Stations"),
    "sources": N_("Pollution sources"),
}


@router.get("")
async def import_form(request: Request, caller: Whoever) -> Response:
    """Where a file is chosen or pasted."""
    return _page(request, caller)


def _page(request: Request, caller: Caller, *, status: int = 200, **values: Any) -> Response:
    context = context_of(request)
    demand_prefecture(caller, context, Role.ADMINISTRATOR)
    known: dict[str, Any] = {
        "message": None, "pasted": "", "checked": None, "loaded": None, "kinds": KINDS,
        "megabytes": context.settings.max_upload_mb,
    }  # fmt: skip
    return page(request, "admin_import.html", status, caller=caller, **(known | values))


@router.post("/check")
async def check_file(request: Request, caller: Whoever) -> Response:
    """Says everything that is wrong with the file beside its rows, or what loading it would change; changes nothing."""
    context = context_of(request)
    demand_prefecture(caller, context, Role.ADMINISTRATOR)
    form = await request.form(max_files=1, max_fields=10)
    fields = typed(form)
    now = context.clock.now()
    try:
        source, name = await _source(form, fields)
        async with context.sessions() as session:
            rehearsal = await importing.rehearse(session, source, name, by=author_of(caller, fields), now=now)
    except DomainError as error:
        return _page(
            request, caller, status=STATUS.get(error.code, 400), message=refusal(request, error),
            pasted=fields.get("text", ""),
        )  # fmt: skip
    checked = {
        "name": name,
        "faults": len(rehearsal.faults),
        "rest": max(0, len(rehearsal.faults) - importing.MOST_FAULTS),
        "apart": [_said(request, fault) for fault in rehearsal.faults if fault.line is None],
        "rows": [
            {
                "number": row.number,
                "text": row.text,
                "gap": row.gap,
                "faults": [_said(request, fault) for fault in row.faults],
            }
            for row in importing.excerpt(source, rehearsal.faults[: importing.MOST_FAULTS])
        ],
        "notices": [in_words(request, notice) for notice in rehearsal.notices[:NOTICES]],
        "more_notices": max(0, len(rehearsal.notices) - NOTICES),
        "passwords": rehearsal.passwords,
        "mark": rehearsal.mark,
    }
    if rehearsal.result is not None:
        checked["counts"] = _counts(rehearsal.result)
        checked["changed"] = rehearsal.result.changed or rehearsal.passwords > 0
        checked["digest"] = await asyncio.to_thread(
            importing.keep, context.settings.data_dir, caller.id, source, now
        )
    pasted = "" if rehearsal.result is not None else fields.get("text", "")
    return _page(request, caller, checked=checked, pasted=pasted, once=new_token())


def _said(request: Request, fault: Fault) -> dict[str, str]:
    return {"path": fault.path, "text": faults.in_words(words_of(request), fault.message)}


def _counts(result: LoadResult) -> dict[str, Any]:
    return {
        kind: {
            "added": tally.added,
            "changed": tally.changed,
            "ended": tally.ended,
            "unchanged": tally.unchanged,
            "names": list(tally.names),
        }
        for kind, tally in result.tallies().items()
    }


async def _source(form: FormData, fields: Mapping[str, str]) -> tuple[str, str]:
    """The text of the file that was chosen, or else of what was pasted, and its name."""
    file = form.get("file")
    if isinstance(file, UploadFile) and file.filename:
        content = await file.read(LIMIT_BYTES + 1)
        kind = "json" if file.filename.lower().endswith(".json") else "yaml"
        return importing.text_of(content), f"upload.{kind}"
    if text := fields.get("text"):
        return importing.text_of(text.encode("utf-8", "replace")), "pasted.yaml"
    raise Invalid("neither a file nor text", field="no_file")


@router.post("/load")
async def load_file(request: Request, caller: Whoever) -> Response:
    """Loads exactly the file that was checked, once, if the registry is still what it was checked against."""
    context = context_of(request)
    demand_prefecture(caller, context, Role.ADMINISTRATOR)
    fields = typed(await request.form(max_files=0, max_fields=10))
    now = context.clock.now()
    data_dir, digest = context.settings.data_dir, fields.get("digest", "")

    async def work(session: AsyncSession) -> dict[str, Any]:
        source = await asyncio.to_thread(importing.kept, data_dir, caller.id, digest)
        result = await importing.load_rehearsed(
            session, source, "upload.json" if fields.get("name", "").endswith(".json") else "upload.yaml",
            seen=fields.get("mark", ""), by=author_of(caller, fields), now=now,
        )  # fmt: skip
        return _counts(result)

    try:
        loaded = await do_once(request, caller, fields, work)
    except DomainError as error:
        return _page(request, caller, status=STATUS.get(error.code, 400), message=refusal(request, error))
    await asyncio.to_thread(importing.discard, data_dir, caller.id, digest)
    await renew(context)
    return _page(request, caller, loaded=loaded)
