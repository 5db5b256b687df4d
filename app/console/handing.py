"""Handing work down 下派 by the forms of pages: who is offered what, to whom, until when, and carrying it out."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from fastapi import Request
from sqlalchemy.ext.asyncio import AsyncSession

from app.api.level_asked import handed_of
from app.api.level_requests import TaskBack, TaskIn
from app.auth.callers import context_of
from app.auth.permissions import GIVERS, permit_role
from app.auth.scope import Caller
from app.console.forms import beijing_instant, checked_by, expected_version
from app.console.once import do_once
from app.console.pages import words_of
from app.console.shown import beijing, instant_of
from app.console.texts import N_, Texts
from app.context import Context
from app.flows import tasks as flow
from app.registry.directory import GridInfo
from app.views import tasks as views
from app.views.orders import order_grid
from dispatch.tasks.lifecycle import HANDED_DOWN_IN, latest_due
from models.clock import BEIJING
from models.enums import OrderState, TaskState
from models.errors import DomainError, Forbidden, NotFound

Handing = Literal["hand", "take_task_back"]
NAMES = {
    "grid": N_("Grid below"),
    "text": N_("What is to be done"),
    "due_at": N_("Due"),
    "reason": N_("Reason"),
    "finding": N_("What was found on site"),
}
"""What the fields are called in a fault."""
_REFUSED = {
    "forbidden_transition": N_("The task does not take this step in its present state."),
    "forbidden": N_("Your duties do not allow this step with this task."),
    "not_found": N_("There is no such task or grid, or it lies outside your grids."),
}


@dataclass(frozen=True, slots=True)
class Below:
    """To whom the reader may hand work down, and when it has to be done at the latest."""

    grids: tuple[GridInfo, ...]
    latest: datetime | None

    @property
    def suggested(self) -> str:
        """The latest whole second, as a field for date and time takes it."""
        return "" if self.latest is None else f"{self.latest.astimezone(BEIJING):%Y-%m-%dT%H:%M:%S}"


def below(caller: Caller, context: Context, giver: int, latest: datetime | None) -> Below | None:
    """The grids of level 3 and 4 below the giver; None for whoever may not hand down there, or where there are none."""
    if not _answers(caller, context, giver):
        return None
    if latest is not None and latest.replace(microsecond=0) <= context.clock.now():
        # Nothing that could be typed would be taken any more.
        latest = None
    tree = context.directory.subtree(giver)
    grids = tuple(g for g in context.directory.grids if g.level >= 3 and g.id in tree and g.id != giver)
    return Below(grids, latest) if grids else None


def below_order(
    order: Mapping[str, Any], caller: Caller, context: Context, now: datetime
) -> tuple[Below | None, frozenset[int]]:
    """What the reader may hand down of an order, and the ids of the tasks that the reader may take back."""
    holder = context.directory.grid_by_code(order["grid"])
    if holder is None:
        return None, frozenset()
    dues = (
        instant_of(clock["due_at"])
        for clock in order["clocks"]
        if clock["kind"] in flow.INSIDE and clock["stopped_at"] is None
    )
    offered = None
    if OrderState(order["state"]) in HANDED_DOWN_IN:
        offered = below(caller, context, holder.id, latest_due(dues, now))
    grids = {task["id"]: task["grid"] for task in order["tasks"]}
    takeable = set()
    for task in order["tasks"]:
        giver = context.directory.grid_by_code(grids.get(task["parent_task_id"], order["grid"]))
        if not TaskState(task["state"]).final and giver is not None and _answers(caller, context, giver.id):
            takeable.add(task["id"])
    return offered, frozenset(takeable)


def _answers(caller: Caller, context: Context, grid_id: int) -> bool:
    try:
        permit_role(caller, GIVERS, grid_id, context.directory, act="handing a task down")
    except Forbidden:
        return False
    return True


def task_in(fields: Mapping[str, str], words: Texts) -> TaskIn:
    """The task a form says, its time in Beijing time; raises Invalid in words."""
    said: dict[str, Any] = {name: fields[name] for name in ("grid", "text") if name in fields}
    if (due_at := beijing_instant(fields, "due_at", words, NAMES)) is not None:
        said["due_at"] = due_at
    return checked_by(TaskIn, said, words, NAMES)


def in_words(words: Texts, error: DomainError) -> DomainError:
    """The refusal with what is said to a person about a task."""
    if "shown" in error.extra:
        return error
    text = ""
    if error.extra.get("field") == "due_at":
        latest = error.extra.get("latest")
        if isinstance(latest, str):
            text = words.say("The task has to be due by %(at)s at the latest.", at=beijing(latest))
        else:
            text = words.say("A task is due after now and inside a running deadline of what it is a part of.")
    elif error.extra.get("field") == "grid":
        text = words.say("A task goes to a township or village below the grid that hands it down.")
    elif (msgid := _REFUSED.get(error.code)) is not None:
        text = words.say(msgid)
    if text:
        error.extra["shown"] = text
    return error


async def hand_by_form(
    request: Request, caller: Caller, order_id: int, act: Handing, fields: Mapping[str, str]
) -> str:
    """Does what the form on an order's page says, once; gives the name of what is said to have been done."""
    context, words = context_of(request), words_of(request)

    async def work(session: AsyncSession) -> dict[str, Any]:
        # An order outside the scope is not there, whatever else is wrong with the form.
        await order_grid(session, order_id, caller.scope)
        try:
            return {"done": await _do(session, context, caller, order_id, act, fields, words)}
        except NotFound:
            raise
        except DomainError as error:
            raise in_words(words, error) from error.__cause__

    return str((await do_once(request, caller, fields, work))["done"])


async def _do(
    session: AsyncSession,
    context: Context,
    caller: Caller,
    order_id: int,
    act: Handing,
    fields: Mapping[str, str],
    words: Texts,
) -> str:
    if act == "hand":
        wanted = handed_of(task_in(fields, words), caller, context)
        await flow.hand(
            context.pipeline, session, order_id, wanted, caller=caller,
            expected_version=expected_version(fields), clock=context.clock,
        )  # fmt: skip
        return "handed"
    text = fields.get("task", "")
    if not text.isascii() or not text.isdigit() or len(text) > 18:
        raise NotFound("no such task")
    task = await views.task_document(session, int(text), caller.scope)
    if task["order_id"] != order_id:
        raise NotFound("no such task of this order")
    said = checked_by(TaskBack, {n: fields[n] for n in ("reason",) if n in fields}, words, NAMES)
    await flow.take_back(
        context.pipeline, session, task["id"], said.reason, caller=caller, clock=context.clock
    )
    return "task_taken_back"
