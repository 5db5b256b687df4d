"""Reports from below by the forms of pages: which acts are somebody's now, what a form means, what refusals say."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from app.api.level_asked import decision_of, draft_of
from app.api.level_requests import (
    DismissDecision,
    ForwardIn,
    MergeDecision,
    OrderDecision,
    ReferDecision,
    SolveIn,
    TaskDecision,
    UpReportIn,
)
from app.api.requests import Code, Strict
from app.auth.scope import Caller
from app.console import handing
from app.console.attached import place
from app.console.forms import beijing_instant, checked_by, location_of, only
from app.console.handing import Below, below
from app.console.texts import N_, Texts
from app.console.unrouted import NOBODY_THERE
from app.context import Context
from app.evidence import Received
from app.flows import reports as flow
from app.registry.directory import GridInfo
from app.views.report_place import order_id_of
from app.views.reports import id_of_number
from dispatch.reports.lifecycle import ALLOWED
from dispatch.tasks.lifecycle import LONGEST
from models.enums import ReportAct, ReportState
from models.errors import DomainError, Forbidden, NotFound

NAMES = {
    "grid": N_("Grid"),
    "category": N_("What kind of problem"),
    "origin": N_("How it was found"),
    "text": N_("What was found"),
    "location": N_("Position"),
    "place": N_("Place in words"),
    "source": N_("Registered source"),
    "found_at": N_("When it was found"),
    "reason": N_("Reason"),
    "measures": N_("What was done"),
    "severity": N_("Severity"),
    "into": N_("Number of the order or report"),
}
"""What the fields are called in a fault."""
_NO_TARGET = N_("No order or report of this number lies within your grids.")
_FIELD = {
    "grid": NOBODY_THERE,
    "order_id": N_("That order was withdrawn: nothing can be merged into it."),
    "report_id": N_("That report is this one itself, or was dismissed: nothing can be merged into it."),
    "found_at": N_("When it was found: within the last 30 days, and not in the future."),
    "evidence": N_("A file could not be attached; please choose the files again."),
}
_REFUSED = {
    "forbidden_transition": N_(
        "Somebody has handled this report meanwhile; please look at its newest state."
    ),
    "forbidden": N_("Your duties do not allow this step with this report."),
    "not_found": N_("There is no such report or grid, or it lies outside your grids."),
}


class _Into(Strict):
    into: Code


@dataclass(frozen=True, slots=True)
class Open:
    """What the reader may do with a report now."""

    acts: Sequence[ReportAct] = ()
    below: Below | None = None
    """To whom it may be handed back as a task."""
    grids: Sequence[GridInfo] = ()
    """Whom the prefecture may give the order to."""


def open_to(report: Mapping[str, Any], caller: Caller, context: Context) -> Open:
    """The acts that the report's state takes and that are the reader's, by the same rules as the acts themselves."""
    directory = context.directory
    at = directory.grid_by_code(report["at_grid"])
    if at is None:
        return Open()
    try:
        flow.permit_judging(caller, at.id, directory)
    except Forbidden:
        return Open()
    acts = list(ALLOWED[ReportState(report["state"])])
    further = None
    if ReportAct.TASK in acts:
        further = below(caller, context, at.id, context.clock.now() + LONGEST)
        if further is None:
            acts.remove(ReportAct.TASK)
    grids: Sequence[GridInfo] = ()
    if ReportAct.ORDER in acts and at.level == 1:
        grids = [grid for grid in directory.grids if grid.level == 2 and caller.scope.sees(grid.id)]
    return Open(acts, further, grids)


async def file(
    session: AsyncSession,
    caller: Caller,
    context: Context,
    fields: Mapping[str, str],
    received: Sequence[Received],
    words: Texts,
) -> int:
    """Files what a form says, with its photos; gives the report's id."""
    said: dict[str, Any] = only(fields, "grid", "category", "origin", "text", "place", "source")
    if (location := location_of(fields, words)) is not None:
        said["location"] = location
    if (found_at := beijing_instant(fields, "found_at", words, NAMES)) is not None:
        said["found_at"] = found_at
    body = checked_by(UpReportIn, said, words, NAMES)
    draft = await draft_of(session, body, caller, context)
    flow.permit_filing(caller, draft.grid_id, context.directory)
    draft = replace(draft, evidence=tuple(await place(session, received, caller, context)))
    return await flow.file(context.pipeline, session, draft, caller=caller, clock=context.clock)


async def carry_out(
    session: AsyncSession,
    caller: Caller,
    context: Context,
    report_id: int,
    act: ReportAct,
    fields: Mapping[str, str],
    received: Sequence[Received],
    words: Texts,
) -> None:
    """Does with a report what a form says."""
    who: dict[str, Any] = {"caller": caller, "clock": context.clock}
    if act is ReportAct.FORWARD:
        onward = checked_by(ForwardIn, only(fields, "reason"), words, NAMES)
        return await flow.forward(context.pipeline, session, report_id, onward.reason, **who)
    if act is ReportAct.SOLVE:
        done = checked_by(SolveIn, only(fields, "measures"), words, NAMES)
        cited = await place(session, received, caller, context)
        return await flow.solve(context.pipeline, session, report_id, done.measures, tuple(cited), **who)
    body = await _judged(session, caller, act, fields, words)
    return await flow.triage(context.pipeline, session, report_id, decision_of(body, caller, context), **who)


async def _judged(
    session: AsyncSession, caller: Caller, act: ReportAct, fields: Mapping[str, str], words: Texts
) -> OrderDecision | TaskDecision | MergeDecision | DismissDecision | ReferDecision:
    reason = only(fields, "reason") | {"decision": act.value}
    match act:
        case ReportAct.ORDER:
            return checked_by(OrderDecision, reason | only(fields, "severity", "grid"), words, NAMES)
        case ReportAct.TASK:
            task = handing.task_in(fields, words)
            return TaskDecision(decision="task", grid=task.grid, text=task.text, due_at=task.due_at)
        case ReportAct.DISMISS:
            return checked_by(DismissDecision, reason, words, NAMES)
        case ReportAct.REFER:
            return checked_by(ReferDecision, reason, words, NAMES)
        case _:
            return checked_by(
                MergeDecision, reason | await _into(session, caller, fields, words), words, NAMES
            )


async def _into(
    session: AsyncSession, caller: Caller, fields: Mapping[str, str], words: Texts
) -> dict[str, int]:
    """The report or order whose number was typed."""
    number = checked_by(_Into, only(fields, "into"), words, NAMES).into
    try:
        if number.startswith("UP-"):
            return {"report": await id_of_number(session, number, caller.scope)}
        return {"order": await order_id_of(session, number, caller.scope)}
    except NotFound as error:
        # The report is there; it is what was typed that leads nowhere.
        error.extra["shown"] = words.say(_NO_TARGET)
        raise


def in_words(words: Texts, error: DomainError, act: ReportAct | None = None) -> DomainError:
    """The refusal with what is said to a person about a report."""
    if "shown" in error.extra:
        return error
    field = str(error.extra.get("field"))
    if act is ReportAct.TASK and field in ("grid", "due_at"):
        return handing.in_words(words, error)
    text = _FIELD.get(field) or _REFUSED.get(error.code)
    if text is not None:
        error.extra["shown"] = words.say(text)
    return error
