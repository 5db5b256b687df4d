"""The desk of papers: drafts that are edited and issued, and what was issued, each to whom it concerns."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from app.api.papers import press_of
from app.api.requests import SmallId
from app.auth.callers import context_of
from app.auth.paper_rights import ALONE, ISSUERS, of_prefecture
from app.auth.scope import Caller
from app.console.administering import do_or_again
from app.console.filters import Whoever
from app.console.forms import typed
from app.console.once import new_token
from app.console.page_route import PageRoute
from app.console.pages import page
from app.console.supervision_names import PAPER_KIND, PAPER_STATE
from app.console.texts import N_
from app.flows import papers as flow
from app.papers.make import OfficeEnding
from app.papers.official import Block, Document, Heading, Text, from_json
from app.views import issued
from models.enums import PaperKind, PaperState
from models.errors import Invalid
from supervision.papers.papers import last_hand

router = APIRouter(prefix="/supervision/papers", route_class=PageRoute, include_in_schema=False)
ROWS = 50
MOST_FIELDS = 900
DONE = {
    "drafted": N_("The notice is drafted; another person issues it."),
    "edited": N_("The draft is saved."),
    "issued": N_("The paper is issued."),
    "withdrawn": N_("The draft is withdrawn."),
}
REFUSED = {"why": N_("Please say why, in at most 2,000 characters.")}


def edited(document: Document, fields: Mapping[str, str]) -> Document:
    """The document with the texts of the form; a paragraph that was emptied is left out, `more` stands at the end.

    Tables and charts stay: their figures are those of the record.
    """
    blocks: list[Block] = []
    for number, block in enumerate(document.blocks):
        if isinstance(block, Heading | Text):
            said = fields.get(f"block_{number}", "").strip()
            if said:
                blocks.append(replace(block, text=said))
        else:
            blocks.append(block)
    blocks += [Text(part.strip()) for part in fields.get("more", "").split("\n\n") if part.strip()]
    closing = [line.strip() for line in fields.get("closing", "").split("\n") if line.strip()]
    title = fields.get("title", "").strip()
    if not title:
        raise Invalid("a paper has a title", field="title")
    return replace(
        document,
        title=title,
        to=fields.get("to", "").strip(),
        sender=fields.get("sender", "").strip(),
        blocks=tuple(blocks),
        closing=tuple(closing),
    )


@router.get("")
async def papers(
    request: Request,
    caller: Whoever,
    kind: Annotated[str, Query(max_length=30)] = "",
    state: Annotated[str, Query(max_length=20)] = "",
    cursor: Annotated[str | None, Query(max_length=100)] = None,
) -> Response:
    """What was drafted and issued, the newest first, of one kind and state or of all."""
    chosen = next((one for one in PaperKind if one.value == kind), None)
    standing = next((one for one in PaperState if one.value == state), None)
    async with context_of(request).sessions() as session:
        found = await issued.list_papers(
            session, caller, kind=chosen, state=standing, cursor=cursor, limit=ROWS
        )
    return page(
        request, "paper_desk.html", caller=caller, papers=found["items"], next_cursor=found["next_cursor"],
        kinds=PAPER_KIND, states=PAPER_STATE, kind=chosen, state=standing, drafts=of_prefecture(caller),
    )  # fmt: skip


@router.get("/{paper_id}")
async def one(request: Request, paper_id: SmallId, caller: Whoever, done: str = "") -> Response:
    """A paper as it reads; a draft with its texts to be edited, for those who write."""
    return await _shown(request, caller, paper_id, done=DONE.get(done))


@router.get("/{paper_id}/file.{ending}")
async def file(request: Request, paper_id: SmallId, ending: OfficeEnding, caller: Whoever) -> Response:
    """The paper to take away."""
    return await press_of(request).issued(caller, paper_id, ending)


@router.post("/{paper_id}/{act}")
async def act(request: Request, paper_id: SmallId, act: flow.Step, caller: Whoever) -> Response:
    """A step of a draft: edited, issued, withdrawn."""
    context = context_of(request)
    fields = typed(await request.form(max_files=1, max_fields=MOST_FIELDS))

    async def work(session: AsyncSession) -> dict[str, Any]:
        row, shown = await issued.paper_row(session, paper_id, caller)
        seen = _digest(fields)
        match act:
            case flow.Step.EDIT:
                document = edited(from_json(row.snapshot), fields)
                await flow.edit(session, paper_id, document, seen=seen, caller=caller, context=context)
            case flow.Step.ISSUE:
                kind = PaperKind(shown["kind"])
                await flow.issue(session, paper_id, kind, seen=seen, caller=caller, context=context)
            case flow.Step.WITHDRAW:
                why = fields.get("why", "")
                await flow.withdraw(session, paper_id, why=why, caller=caller, context=context)
        return {"done": _DONE[act]}

    async def again(message: str, status: int) -> Response:
        return await _shown(request, caller, paper_id, fields=fields, message=message, status=status)

    return await do_or_again(
        request, caller, fields, work, then=lambda said: f"/supervision/papers/{paper_id}?done={said['done']}",
        again=again, own=REFUSED,
    )  # fmt: skip


_DONE = {flow.Step.EDIT: "edited", flow.Step.ISSUE: "issued", flow.Step.WITHDRAW: "withdrawn"}


def _digest(fields: Mapping[str, str]) -> bytes:
    """Of the paper that the page showed; of none, where the form names none."""
    try:
        return bytes.fromhex(fields.get("digest", ""))
    except ValueError:
        return b""


async def _shown(
    request: Request,
    caller: Caller,
    paper_id: int,
    *,
    fields: Mapping[str, str] = {},
    message: str = "",
    done: str | None = None,
    status: int = 200,
) -> Response:
    async with context_of(request).sessions() as session:
        row, shown = await issued.paper_row(session, paper_id, caller)
        before, after = await issued.around(session, row)
    document = from_json(row.snapshot)
    draft = shown["state"] == PaperState.DRAFT.value and of_prefecture(caller)
    kind = PaperKind(shown["kind"])
    issues = draft and caller.has(*ISSUERS.get(kind, ()))
    own = kind not in ALONE and last_hand(row) == caller.id
    return page(
        request, "paper_one.html", status, caller=caller, paper=shown, document=document,
        blocks=[(type(block).__name__, block) for block in document.blocks],
        before=before, after=after, draft=draft, may_issue=issues and not own, own=issues and own,
        fields=fields, message=message, done=done, token=new_token(),
    )  # fmt: skip
