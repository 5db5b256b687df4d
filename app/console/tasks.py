"""The pages of tasks 任务: what waits for a township or village, the most urgent first, and one task's acts."""

from collections import defaultdict
from collections.abc import Awaitable, Mapping, Sequence
from math import ceil
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from app import evidence
from app.api.errors import STATUS
from app.api.level_asked import handed_of
from app.api.level_requests import TaskBack, TaskDone
from app.api.requests import MAX_EVIDENCE, Id
from app.auth.callers import context_of
from app.auth.permissions import GIVERS, permit_role
from app.auth.scope import Caller
from app.console.attached import do_once_with, place
from app.console.filters import Whoever
from app.console.forms import checked_by, only, typed, uploads
from app.console.handing import NAMES, Below, below, in_words, task_in
from app.console.once import new_token
from app.console.page_route import PageRoute, message_of, see
from app.console.pages import page, words_of
from app.console.reasons import retold
from app.console.shown import instant_of
from app.console.texts import N_, Texts
from app.context import Context
from app.evidence import Received
from app.flows import tasks as flow
from app.flows.tasks import Done
from app.views import tasks as views
from app.views.report_place import report_seen
from models.enums import TaskState
from models.errors import DomainError, Forbidden

router = APIRouter(prefix="/tasks", route_class=PageRoute, include_in_schema=False)
Acting = Literal["take", "complete", "hand", "take-back"]
ROWS = 50
OPEN_ROWS = 200
"""Unfinished tasks on the page; more of them than this no grid works through by looking at a list."""
_DONE = {
    "take": N_("The task is taken; its deadline runs on."),
    "complete": N_("The task is done."),
    "hand": N_("The task is handed further."),
    "take-back": N_("The task is taken back."),
}


@router.get("")
async def tasks_page(
    request: Request,
    caller: Whoever,
    show: Literal["open", "done"] = "open",
    cursor: Annotated[str | None, Query(max_length=100)] = None,
) -> Response:
    """The unfinished tasks of the reader's grids, the most urgent first; or those that are over, the newest first."""
    async with context_of(request).sessions() as session:
        if show == "open":
            rows = await views.urgent_tasks(session, scope=caller.scope, limit=OPEN_ROWS + 1)
            found = {"items": rows[:OPEN_ROWS], "next_cursor": None}
            more = len(rows) > OPEN_ROWS
        else:
            over = (TaskState.DONE, TaskState.TAKEN_BACK)
            found = await views.list_tasks(
                session, scope=caller.scope, now=context_of(request).clock.now(), states=over,
                cursor=cursor, limit=ROWS,
            )  # fmt: skip
            more = False
    return page(
        request, "tasks.html", caller=caller, tasks=found["items"], next_cursor=found["next_cursor"],
        show=show, more=more, most=OPEN_ROWS,
    )  # fmt: skip


@router.get("/{task_id}")
async def task_page(
    request: Request, task_id: Id, caller: Whoever, done: Annotated[str, Query(max_length=20)] = ""
) -> Response:
    """One task: what is to be done where, until when, and the forms that the reader may use now."""
    return await _shown(request, caller, task_id, done=done)


@router.post("/{task_id}/{act}")
async def act_on_task(request: Request, task_id: Id, act: Acting, caller: Whoever) -> Response:
    """What a form on the task's page asks for, once; a refusal gives the page again, with what was typed."""
    context, words = context_of(request), words_of(request)
    form = await request.form(max_files=100, max_fields=30)
    fields = typed(form)
    async with context.sessions() as session:
        # A task outside the scope is not there, whatever else is wrong with the form.
        await views.task_document(session, task_id, caller.scope)

    async def work(session: AsyncSession, received: list[Received]) -> dict[str, Any]:
        await _do(request, session, caller, task_id, act, fields, received)
        return {"task": task_id}

    try:
        chosen = uploads(form, words) if act == "complete" else []
        await do_once_with(request, caller, fields, chosen, work)
    except DomainError as error:
        text = message_of(words, in_words(words, error), megabytes=context.settings.max_upload_mb)
        status = STATUS.get(error.code, 400)
        return await _shown(request, caller, task_id, message=text, status=status, fields=fields, tried=act)
    return see(f"/tasks/{task_id}?done={act}")


def _do(
    request: Request,
    session: AsyncSession,
    caller: Caller,
    task_id: int,
    act: Acting,
    fields: Mapping[str, str],
    received: Sequence[Received],
) -> Awaitable[Any]:
    context, words = context_of(request), words_of(request)
    who: dict[str, Any] = {"caller": caller, "clock": context.clock}
    if act == "take":
        return flow.take(context.pipeline, session, task_id, **who)
    if act == "hand":
        wanted = handed_of(task_in(fields, words), caller, context)
        return flow.hand_further(context.pipeline, session, task_id, wanted, **who)
    if act == "take-back":
        back = checked_by(TaskBack, only(fields, "reason"), words, NAMES)
        return flow.take_back(context.pipeline, session, task_id, back.reason, **who)
    said = checked_by(TaskDone, only(fields, "finding"), words, NAMES)

    async def complete() -> None:
        cited = await place(session, received, caller, context)
        await flow.complete(context.pipeline, session, task_id, Done(said.finding, tuple(cited)), **who)

    return complete()


async def _shown(
    request: Request,
    caller: Caller,
    task_id: int,
    *,
    done: str = "",
    message: str = "",
    status: int = 200,
    fields: Mapping[str, str] | None = None,
    tried: str = "",
) -> Response:
    context, words = context_of(request), words_of(request)
    async with context.sessions() as session:
        task = await views.task_document(session, task_id, caller.scope)
        reason = await _reason(session, task, words)
        sees_report = await report_seen(session, task["report_id"], caller.scope)
    acts, further = _acts(task, caller, context)
    holder = context.directory.grid_by_code(task["order"]["grid"]) if task["order"] else None
    return page(
        request, "task.html", status, caller=caller, task=task, acts=acts, below=further, reason=reason,
        sees_report=sees_report, sees_order=holder is not None and caller.scope.sees(holder.id),
        late_s=_late(task), message=message, done=words.say(_DONE[done]) if done in _DONE and not message else "",
        fields=fields or {}, tried=tried, once=defaultdict(new_token),
        max_mb=context.settings.max_upload_mb, max_files=MAX_EVIDENCE, shown_types=evidence.SHOWN,
    )  # fmt: skip


async def _reason(session: AsyncSession, task: Mapping[str, Any], words: Texts) -> str:
    """What the task's order is about, in these words; nothing for a task of a report."""
    order = task["order"]
    if order is None:
        return ""
    alert = None if order["alert"] is None else order["alert"]["id"]
    told = {"id": task["order_id"], "alert_id": alert, "reason": order["reason"]}
    return str((await retold(session, [told], words))[0]["reason"])


def _late(task: Mapping[str, Any]) -> int:
    """By how many seconds the task was done after its deadline, a part of one counted whole; else 0."""
    if task["state"] != TaskState.DONE or task["finished_at"] is None:
        return 0
    after = instant_of(task["finished_at"]) - instant_of(task["due_at"])
    return max(0, ceil(after.total_seconds()))


def _acts(task: Mapping[str, Any], caller: Caller, context: Context) -> tuple[list[Acting], Below | None]:
    """The acts that lead somewhere now and are the reader's, by the same rules as the acts themselves."""
    grid = context.directory.grid_by_code(task["grid"])
    giver = context.directory.grid_by_code(task["from_grid"])
    state = TaskState(task["state"])
    if grid is None or giver is None or state.final:
        return [], None
    acts: list[Acting] = []
    further = None
    try:
        flow.permit_doing(caller, grid.id, context.directory)
        acts = ["take", "complete"] if state is TaskState.HANDED else ["complete"]
    except Forbidden:
        pass
    if task["parent_task_id"] is None and instant_of(task["due_at"]) > context.clock.now():
        further = below(caller, context, grid.id, instant_of(task["due_at"]))
        acts += ["hand"] if further else []
    try:
        permit_role(caller, GIVERS, giver.id, context.directory, act="taking a task back")
        acts.append("take-back")
    except Forbidden:
        pass
    return acts, further
