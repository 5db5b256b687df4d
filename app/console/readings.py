"""How the text of the policy is read, on a page: every choice with its article, and a new version by a form."""

from collections.abc import Mapping
from dataclasses import fields as fields_of
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from fastapi import APIRouter, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from app.api.rights import demand, demand_prefecture
from app.auth.callers import context_of
from app.auth.permissions import AIR_READERS
from app.auth.scope import Caller
from app.console.administering import do_or_again, told
from app.console.citing import cited
from app.console.filters import Whoever
from app.console.forms import typed
from app.console.once import new_token
from app.console.page_route import PageRoute
from app.console.pages import page, words_of
from app.console.texts import N_, Texts
from app.flows import air as flow
from app.views import air as views
from models.clock import BEIJING
from models.enums import Role
from models.errors import Forbidden
from supervision.readings import Readings

router = APIRouter(prefix="/supervision/readings", route_class=PageRoute, include_in_schema=False)
PATH = "/supervision/readings"
DONE = {"entered": N_("The new version of the readings is kept.")}
READING = {
    "composite_rules": (N_("Rules of the composite index"), "annex 3 art. 3"),
    "points_share": (N_("Stations with a valid day that a unit wants, in percent"), "HJ 663"),
    "veto_zeroes": (
        N_("What one missing item of the basic work takes: block (30 points) or item (10)"), "annex 2 art. 6(一)",
    ),
    "excellent_from": (N_("Excellent from"), "annex 2 art. 6(二)"),
    "good_from": (N_("Good from"), "annex 2 art. 6(二)"),
    "pass_from": (N_("Passed from"), "annex 2 art. 6(二)"),
    "exposure_taken_from": (
        N_("What an exposure is taken from: operation (70 points) or total"), "annex 2 art. 5(四)",
    ),
    "share_noticed": (N_("Share of problems that is criticised, in percent"), "annex 2 art. 7(三)"),
    "share_grave": (N_("Share of problems that is grave, in percent"), "annex 2 art. 7(三)"),
    "few_problems": (N_("Problems of the prefecture below which shares say little"), "annex 2 art. 7(三)"),
    "last_beyond": (N_("Months last in a row, more than which call for accountability"), "body §4(二)"),
    "last_times": (N_("Months last in a year that call for accountability, with the target missed"), "annex 3 art. 4"),
    "repeated_reports": (N_("Reports of one unsolved problem that fail a month"), "annex 2 art. 5(四)"),
    "months_failed": (N_("Failed months in a row that bring a special inspection"), "annex 2 art. 7(一)"),
    "objection_days": (N_("Days to object to a point"), ""),
    "list_days": (N_("Days that a published list may lag behind a change"), "annex 2 art. 5(一)3"),
    "filing_days": (N_("Days within which a change is filed"), "annex 1 art. 5"),
    "ending_days": (N_("Days before its end that a duty without a follower is told of"), "annex 1 art. 14"),
    "plan_due": (N_("Last day of the yearly plan"), "annex 1 art. 22"),
    "letter_due": (N_("Last day of the responsibility letter"), "annex 1 art. 22"),
    "training_due": (N_("Last day of the training"), "annex 1 art. 17"),
    "summary_due": (N_("Last day of the summary, in the year after"), "annex 1 art. 22"),
    "yearly_warn_days": (N_("Days before its last day that a yearly duty is reminded of"), ""),
    "yearly_grace_days": (N_("Days that a new grid has for its yearly duties at least"), ""),
    "consultation_hour": (N_("Hour from which the morning's brief is drafted"), "body §3(五)"),
}  # fmt: skip
"""What each choice is called, and the article it reads."""


def body_of(fields: Mapping[str, str], words: Texts) -> dict[str, object]:
    """The readings that a form gives, in the kind of each; raises Invalid naming the one that is none."""
    body: dict[str, object] = {}
    for one in fields_of(Readings):
        text = fields.get(one.name, "").strip()
        name = words.say(READING[one.name][0])
        if not text:
            raise told(words.say("Please fill in: %(field)s.", field=name))
        if isinstance(one.default, int):
            if not (text.isascii() and text.isdigit() and len(text) < 6):
                raise told(words.say("%(field)s: please give a whole number.", field=name))
            body[one.name] = int(text)
        else:
            body[one.name] = text
    return body


@router.get("")
async def readings(request: Request, caller: Whoever, done: str = "") -> Response:
    """What is in force, the versions before it, and for an administrator the form of the next one."""
    return await _shown(request, caller, done=DONE.get(done))


@router.post("/new")
async def enter(request: Request, caller: Whoever) -> Response:
    """Another version, from a day on, for a reason."""
    context, words = context_of(request), words_of(request)
    fields = typed(await request.form(max_files=1, max_fields=60))

    async def work(session: AsyncSession) -> dict[str, Any]:
        demand_prefecture(caller, context, Role.ADMINISTRATOR)
        day = _day(fields, words)
        why = fields.get("why", "")
        version = await flow.read_anew(
            context.pipeline, session, valid_from=day, body=body_of(fields, words), why=why, caller=caller,
            clock=context.clock,
        )  # fmt: skip
        return {"version": version}

    async def again(message: str, status: int) -> Response:
        return await _shown(request, caller, fields=fields, message=message, status=status)

    own = {name: N_("This choice is none, or contradicts another one.") for name in READING}
    own |= {
        "valid_from": N_("The day is none that a new version can begin on."),
        "why": N_("Please say why."),
    }
    return await do_or_again(
        request, caller, fields, work, then=lambda _: f"{PATH}?done=entered", again=again, own=own
    )


def _day(fields: Mapping[str, str], words: Texts) -> date:
    try:
        return date.fromisoformat(fields.get("valid_from", ""))
    except ValueError:
        raise told(words.say("Please fill in: %(field)s.", field=words.say("In force from"))) from None


async def _shown(
    request: Request,
    caller: Caller,
    *,
    fields: Mapping[str, str] = {},
    message: str = "",
    done: str | None = None,
    status: int = 200,
) -> Response:
    demand(caller, *AIR_READERS)
    context = context_of(request)
    today = context.clock.now().astimezone(BEIJING).date()
    async with context.sessions() as session:
        found = await views.list_readings(session, today=today)
    current = next(one for one in found["items"] if one["version"] == found["in_force"])
    try:
        demand_prefecture(caller, context, Role.ADMINISTRATOR)
        writes = True
    except Forbidden:
        writes = False
    return page(
        request, "readings.html", status, caller=caller, versions=found["items"], current=current, names=READING,
        articles={name: cited(words_of(request), said[1]) if said[1] else "—" for name, said in READING.items()},
        fields=fields, message=message, done=done, token=new_token(), writes=writes,
        tomorrow=(today + timedelta(days=1)).isoformat(),
        decimals={one.name for one in fields_of(Readings) if isinstance(one.default, Decimal)},
    )  # fmt: skip
