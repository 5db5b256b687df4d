"""The rules of public reports and rewards, on a page: what is in force, versions before it, the next by a form."""

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from app.api.public_reports import POLICY_ROLES
from app.api.rights import demand, demand_prefecture, may_prefecture
from app.auth.callers import context_of
from app.auth.scope import Caller
from app.console.administering import do_or_again, told
from app.console.filters import Whoever
from app.console.forms import typed
from app.console.once import new_token
from app.console.page_route import PageRoute
from app.console.pages import page, words_of
from app.console.public_reports import READERS
from app.console.texts import N_, Texts
from app.flows import public_reports as flow
from app.views.public_reports import list_policies
from models.enums import ProblemCategory
from supervision.public_reports import reports
from supervision.public_reports.policy import policy_body

router = APIRouter(prefix="/supervision/report-rules", route_class=PageRoute, include_in_schema=False)
PATH = "/supervision/report-rules"
DONE = {"entered": N_("The new rules are in force.")}
NUMBERS = {
    "answer_days": N_("Days within which a report should be answered"),
    "nearby_m": N_("Metres within which an open report is pointed to before another one is sent"),
    "nearby_days": N_("Days for which a report is pointed to"),
    "erase_after_days": N_("Days after its end when who reported is erased"),
}
AMOUNTS = {
    "reward_least": N_("Least reward in yuan"),
    "reward_most": N_("Greatest reward in yuan"),
}
TO_PREFECTURE = N_("Kinds that go to the prefecture wherever they are")
LONGEST_NOTE = 500


def body_of(fields: Mapping[str, str], chosen: list[str], words: Texts) -> dict[str, object]:
    """The rules that a form gives; raises Invalid naming the one that is none."""
    body: dict[str, object] = {name: fields.get(name, "").strip() for name in AMOUNTS}
    for name, said in NUMBERS.items():
        text = fields.get(name, "").strip()
        if not (text.isascii() and text.isdigit() and len(text) < 6):
            raise told(words.say("%(field)s: please give a whole number.", field=words.say(said)))
        body[name] = int(text)
    return body | {"to_prefecture": chosen}


@router.get("")
async def rules(request: Request, caller: Whoever, done: str = "") -> Response:
    """What is in force and the versions before it; for whoever may set them the form of the next one."""
    return await _shown(request, caller, done=DONE.get(done))


@router.post("/new")
async def enter(request: Request, caller: Whoever) -> Response:
    """Another version, in force at once."""
    context, words = context_of(request), words_of(request)
    form = await request.form(max_files=1, max_fields=60)
    fields = typed(form)
    chosen = sorted({str(one) for one in form.getlist("to_prefecture")})

    async def work(session: AsyncSession) -> dict[str, Any]:
        demand_prefecture(caller, context, *POLICY_ROLES)
        note = fields.get("note", "").strip()
        if not 0 < len(note) <= LONGEST_NOTE:
            raise told(words.say("Please say why."))
        body = body_of(fields, chosen, words)
        version = await flow.set_policy(
            context.pipeline, session, body, note=note, caller=caller, clock=context.clock
        )
        return {"version": version}

    async def again(message: str, status: int) -> Response:
        return await _shown(request, caller, fields=fields, chosen=chosen, message=message, status=status)

    own = dict.fromkeys(
        [*NUMBERS, *AMOUNTS, "to_prefecture"], N_("This choice is none, or contradicts another one.")
    )
    # Several fields of one name: the token answers for all of them.
    once = fields | {"to_prefecture": "\n".join(chosen)}
    return await do_or_again(
        request, caller, once, work, then=lambda _: f"{PATH}?done=entered", again=again, own=own
    )


async def _shown(
    request: Request,
    caller: Caller,
    *,
    fields: Mapping[str, str] = {},
    chosen: list[str] | None = None,
    message: str = "",
    done: str | None = None,
    status: int = 200,
) -> Response:
    demand(caller, *READERS)
    context = context_of(request)
    async with context.sessions() as session:
        policy = await reports.policy_in_force(session)
        versions = await list_policies(session)
    body = policy_body(policy)
    return page(
        request, "report_rules.html", status, caller=caller, version=policy.version, body=body, versions=versions,
        numbers=NUMBERS, amounts=AMOUNTS, to_prefecture=TO_PREFECTURE,
        categories=[one.value for one in ProblemCategory],
        chosen=body["to_prefecture"] if chosen is None else chosen, fields=fields, message=message, done=done,
        token=new_token(), writes=may_prefecture(caller, context, *POLICY_ROLES),
    )  # fmt: skip
