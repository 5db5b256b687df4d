"""The prefecture's pages beside the problem list: what may belong on it, and samples of what is cleared."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from app.api.problem_requests import ProblemSampledIn, ProblemSampleIn, ProblemTakeUp
from app.api.requests import Id, SmallId
from app.api.rights import demand_prefecture
from app.auth.callers import context_of
from app.auth.scope import Caller
from app.console.administering import for_field
from app.console.filters import Whoever
from app.console.forms import beijing_instant, checked_by, typed
from app.console.once import do_once, new_token
from app.console.page_route import PageRoute, see
from app.console.pages import page, words_of
from app.console.problem_acts import NAMES, in_words, may, only
from app.console.problems import HOME, told
from app.console.texts import N_
from app.flows import problems as flow
from app.views import problem_candidates
from app.views import problem_samples as views
from models.enums import Role, SpotCheckState
from models.errors import DomainError

router = APIRouter(prefix=HOME, route_class=PageRoute, include_in_schema=False)
OFFICE = (Role.DUTY_OFFICER, Role.CHIEF, Role.ADMINISTRATOR, Role.VIEWER)
SHOWN = 50
_DONE = {"drawn": N_("The sample is drawn."), "sampled": N_("The second look is recorded.")}


@router.get("/candidates")
async def candidates_page(request: Request, caller: Whoever) -> Response:
    """What the service knows that may belong on the list, with the problems it may be the same as."""
    return await _candidates(request, caller)


@router.post("/candidates")
async def take_up(request: Request, caller: Whoever) -> Response:
    """Puts a candidate on the list, once: as a problem of its own, or as a further finding of one."""
    context, words = context_of(request), words_of(request)
    fields = typed(await request.form(max_files=0, max_fields=10))

    async def work(session: AsyncSession) -> dict[str, Any]:
        body = checked_by(ProblemTakeUp, only(fields, "ref", "into"), words, NAMES)
        return {"problem": await flow.take_up(session, body.ref, body.into, caller=caller, context=context)}

    try:
        said = await do_once(request, caller, fields, work)
    except DomainError as error:
        text, status = told(request, in_words(words, error))
        return await _candidates(request, caller, message=text, status=status)
    return see(f"{HOME}/{said['problem']}?done=taken")


@router.get("/samples")
async def samples_page(
    request: Request, caller: Whoever, cursor: Annotated[str | None, Query(max_length=100)] = None
) -> Response:
    """The samples that were drawn, the newest first, and the form to draw another."""
    return await _samples(request, caller, cursor=cursor)


@router.post("/samples")
async def draw(request: Request, caller: Whoever) -> Response:
    """Draws a sample, once, and leads to it."""
    context, words = context_of(request), words_of(request)
    fields = typed(await request.form(max_files=0, max_fields=10))

    async def work(session: AsyncSession) -> dict[str, Any]:
        said: dict[str, Any] = only(fields, "size")
        for name in ("from", "until"):
            if (at := beijing_instant(fields, name, words, NAMES)) is not None:
                said[name] = at
        body = checked_by(ProblemSampleIn, said, words, NAMES)
        sample = await flow.draw_sample(
            session, since=body.since, until=body.until, size=body.size, caller=caller, context=context
        )
        return {"sample": sample}

    try:
        said = await do_once(request, caller, fields, work)
    except DomainError as error:
        text, status = told(request, in_words(words, error))
        return await _samples(request, caller, fields=fields, message=text, status=status)
    return see(f"{HOME}/samples/{said['sample']}?done=drawn")


@router.get("/samples/{sample_id:int}")
async def sample_page(
    request: Request, sample_id: SmallId, caller: Whoever, done: Annotated[str, Query(max_length=20)] = ""
) -> Response:
    """One sample: how it was drawn, and what second looks found."""
    return await _sample(request, caller, sample_id, done=done)


@router.post("/samples/{sample_id:int}/{problem_id:int}")
async def looked(request: Request, sample_id: SmallId, problem_id: Id, caller: Whoever) -> Response:
    """Records what a second look found, once."""
    context, words = context_of(request), words_of(request)
    fields = typed(await request.form(max_files=0, max_fields=10))

    async def work(session: AsyncSession) -> dict[str, Any]:
        body = checked_by(ProblemSampledIn, only(fields, "outcome", "finding"), words, NAMES)
        await flow.sampled(
            session, sample_id, problem_id, SpotCheckState(body.outcome), body.finding, caller=caller,
            context=context,
        )  # fmt: skip
        return {"sample": sample_id}

    try:
        await do_once(request, caller, fields, work)
    except DomainError as error:
        text, status = told(request, in_words(words, error))
        return await _sample(request, caller, sample_id, message=text, status=status)
    return see(f"{HOME}/samples/{sample_id}?done=sampled")


async def _candidates(request: Request, caller: Caller, *, message: str = "", status: int = 200) -> Response:
    context = context_of(request)
    demand_prefecture(caller, context, *OFFICE)
    async with context.sessions() as session:
        found = await problem_candidates.candidates(
            session, context.directory, now=context.clock.now(), limit=SHOWN
        )
    return page(
        request, "problem_candidates.html", status, caller=caller, candidates=found, most=SHOWN, message=message,
        back=problem_candidates.BACK.days, prepares=may(caller, context, *flow.PREPARE), new_token=new_token,
    )  # fmt: skip


async def _samples(
    request: Request,
    caller: Caller,
    *,
    cursor: str | None = None,
    fields: dict[str, str] | None = None,
    message: str = "",
    status: int = 200,
) -> Response:
    context = context_of(request)
    demand_prefecture(caller, context, *OFFICE)
    async with context.sessions() as session:
        found = await views.list_samples(session, cursor=cursor, limit=SHOWN)
    return page(
        request, "problem_samples.html", status, caller=caller, samples=found["items"],
        next_cursor=found["next_cursor"], fields=fields or {}, message=message, once=new_token(),
        latest=for_field(context.clock.now()), decides=may(caller, context, *flow.DECIDE),
    )  # fmt: skip


async def _sample(
    request: Request,
    caller: Caller,
    sample_id: int,
    *,
    done: str = "",
    message: str = "",
    status: int = 200,
) -> Response:
    context, words = context_of(request), words_of(request)
    demand_prefecture(caller, context, *OFFICE)
    async with context.sessions() as session:
        found = await views.sample_document(session, sample_id)
    return page(
        request, "problem_sample.html", status, caller=caller, sample=found, message=message,
        done=words.say(_DONE[done]) if done in _DONE and not message else "",
        decides=may(caller, context, *flow.DECIDE), new_token=new_token,
    )  # fmt: skip
