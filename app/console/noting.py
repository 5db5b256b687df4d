"""Warnings acknowledged 知悉 on the duty board, many at once."""

import re
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from app.api.requests import WarningsIn
from app.auth.callers import context_of
from app.auth.scope import Caller
from app.console.filters import Whoever
from app.console.forms import checked_by, typed
from app.console.once import do_once
from app.console.page_route import PageRoute, safe_path, see
from app.console.pages import words_of
from app.console.texts import N_, Texts
from app.flows.noting import MOST, WHO, note_warnings
from models.bulk import fetch

router = APIRouter(prefix="/board", route_class=PageRoute, include_in_schema=False)
SAID = {"orders": N_("Orders"), "note": N_("Remark")}
"""What the fields are called in a fault."""
_DONE = re.compile(r"noted\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})", re.ASCII)
_NOTED = """
SELECT DISTINCT ON (j.order_id) j.order_id, (j.data->>'clock_id')::bigint, j.occurred_at, j.data->>'actor',
       j.data->>'comment'
  FROM journal j WHERE j.order_id = ANY($1::bigint[]) AND j.kind = 'sla.noted'
 ORDER BY j.order_id, j.order_seq DESC
"""


def may_note(caller: Caller) -> bool:
    return caller.has(*WHO)


async def with_notes(session: AsyncSession, orders: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The orders, each with `noted`: its last acknowledgement (`clock_id`, `at`, `actor`, `comment`), or None."""
    rows = await fetch(session, _NOTED, [order["id"] for order in orders])
    noted = {
        order: {"clock_id": clock, "at": at, "actor": actor, "comment": comment}
        for order, clock, at, actor, comment in rows
    }
    return [order | {"noted": noted.get(order["id"])} for order in orders]


@router.post("/note")
async def note(request: Request, caller: Whoever) -> Response:
    """The warnings of the marked orders are known of; back to the board as it was filtered."""
    context, words = context_of(request), words_of(request)
    form = await request.form(max_files=0, max_fields=MOST + 10)
    fields = typed(form)
    marked = [text for text in form.getlist("order") if isinstance(text, str)]
    said = checked_by(WarningsIn, {"orders": marked, "note": fields.get("note")}, words, SAID)
    fields["order"] = ",".join(sorted(marked))

    async def work(session: AsyncSession) -> dict[str, Any]:
        found = await note_warnings(
            context.pipeline, session, said.orders, note=said.note, caller=caller, clock=context.clock,
        )  # fmt: skip
        return {"noted": len(found.noted), "already": len(found.already), "own": found.own}

    done = await do_once(request, caller, fields, work)
    back = safe_path(fields.get("back", "/"))
    told = urlencode({"done": f"noted.{done['noted']}.{done['already']}.{done['own']}"})
    return see(f"{back}{'&' if '?' in back else '?'}{told}")


def noted_in_words(words: Texts, done: str) -> list[str]:
    """What the board says after warnings were acknowledged, out of `done`; nothing for anything else."""
    found = _DONE.fullmatch(done)
    if found is None:
        return []
    noted, already, own = (int(number) for number in found.groups())
    said = [words.say("%(count)s warnings are acknowledged.", count=noted)]
    if already:
        said.append(words.say("%(count)s had been acknowledged already.", count=already))
    if own:
        said.append(
            words.say(
                "%(count)s of them wait for your own review or decision: that is still to be done.", count=own
            )
        )
    return said
