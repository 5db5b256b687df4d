"""The steps of an act as its page takes them: which are open to whom, and what a form of one says."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fastapi import Request
from sqlalchemy.ext.asyncio import AsyncSession

from app.api.act_reading import demand_corrector, demand_objector, reader_of
from app.api.act_shapes import (
    AnswerIn,
    CompleteIn,
    DeclineIn,
    HoldIn,
    IssueIn,
    ObjectIn,
    ReportIn,
    ReturnReportIn,
    SignActIn,
    WithdrawActIn,
)
from app.api.rights import demand_prefecture
from app.auth.callers import context_of
from app.auth.permissions import ACT_PREPARERS, ACT_SIGNERS
from app.auth.scope import Caller
from app.console.act_forms import body_of
from app.console.pages import words_of
from app.flows import acts as flow
from app.views.acts import act_document
from models.enums import ActReport, ActState, ActStep
from models.errors import NotFound


async def take(
    request: Request,
    session: AsyncSession,
    caller: Caller,
    act: int,
    step: ActStep,
    fields: Mapping[str, str],
) -> None:
    """Does it, by whoever may; raises what the domain refuses."""
    context, words = context_of(request), words_of(request)
    pipeline, clock = context.pipeline, context.clock
    if step is ActStep.OBJECT:
        await demand_objector(session, act, caller, context)
    elif step is ActStep.REPORT:
        await demand_corrector(session, act, caller, context)
    else:
        demand_prefecture(caller, context, *(ACT_SIGNERS if step in SIGNED else ACT_PREPARERS))
    match step:
        case ActStep.SIGN:
            note = body_of(SignActIn, fields, words).note
            await flow.sign(pipeline, session, act, note=note, caller=caller, clock=clock)
        case ActStep.DECLINE:
            why = body_of(DeclineIn, fields, words).reason
            await flow.decline(pipeline, session, act, why=why, caller=caller, clock=clock)
        case ActStep.DRAFT:
            found = await act_document(session, act, reader_of(caller, context), now=clock.now())
            await flow.draft(pipeline, session, found, caller=caller, clock=clock)
        case ActStep.ISSUE:
            seen = bytes.fromhex(body_of(IssueIn, fields, words).sha256)
            await flow.issue(pipeline, session, act, seen=seen, caller=caller, clock=clock)
        case ActStep.HOLD:
            held = body_of(HoldIn, fields, words)
            await flow.hold(
                pipeline, session, act, held_on=held.held_on, attended=held.attended, minutes=held.minutes,
                follow_up_due=held.follow_up_due, report_due=held.report_due, caller=caller, clock=clock,
            )  # fmt: skip
        case ActStep.OBJECT:
            text = body_of(ObjectIn, fields, words).text
            await flow.object_to(pipeline, session, act, text=text, caller=caller, clock=clock)
        case ActStep.ANSWER:
            text = body_of(AnswerIn, fields, words).text
            await flow.answer(pipeline, session, act, text=text, caller=caller, clock=clock)
        case ActStep.REPORT:
            text = body_of(ReportIn, fields, words).report
            await flow.report(pipeline, session, act, text=text, caller=caller, clock=clock)
        case ActStep.ACCEPT_REPORT:
            await flow.accept_report(pipeline, session, act, caller=caller, clock=clock)
        case ActStep.RETURN_REPORT:
            back = body_of(ReturnReportIn, fields, words)
            await flow.return_report(
                pipeline,
                session,
                act,
                why=back.reason,
                report_due=back.report_due,
                caller=caller,
                clock=clock,
            )
        case ActStep.COMPLETE:
            result = body_of(CompleteIn, fields, words).result
            await flow.complete(pipeline, session, act, result=result, caller=caller, clock=clock)
        case ActStep.WITHDRAW:
            why = body_of(WithdrawActIn, fields, words).reason
            await flow.withdraw(pipeline, session, act, why=why, caller=caller, clock=clock)
        case ActStep.PROPOSE:
            raise NotFound("an act is entered once")


SIGNED = frozenset({ActStep.SIGN, ActStep.DECLINE, ActStep.ISSUE, ActStep.ANSWER, ActStep.WITHDRAW})
"""Steps of a chief of the prefecture."""
_OPEN: Mapping[ActState, tuple[ActStep, ...]] = {
    ActState.PROPOSED: (ActStep.SIGN, ActStep.DECLINE),
    ActState.SIGNED: (ActStep.ANSWER, ActStep.DRAFT, ActStep.ISSUE, ActStep.OBJECT, ActStep.WITHDRAW),
    ActState.ISSUED: (ActStep.ANSWER, ActStep.HOLD, ActStep.OBJECT, ActStep.WITHDRAW),
    ActState.HELD: (
        ActStep.ANSWER, ActStep.REPORT, ActStep.ACCEPT_REPORT, ActStep.RETURN_REPORT, ActStep.COMPLETE, ActStep.OBJECT,
        ActStep.WITHDRAW,
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class May:
    """What a reader may do with an act: at the prefecture the first two, for the unit itself the others."""

    prepares: bool = False
    signs: bool = False
    objects: bool = False
    corrects: bool = False

    def do(self, step: ActStep) -> bool:
        if step is ActStep.OBJECT:
            return self.objects
        if step is ActStep.REPORT:
            return self.corrects
        return self.signs if step in SIGNED else self.prepares


def open_to(act: Mapping[str, Any], may: May) -> list[ActStep]:
    """The steps that a reader may take now."""
    drafted = act["paper"] is not None and act["paper"]["state"] == "draft"
    report = None if act["report"] is None else ActReport(act["report"]["state"])
    given = report is ActReport.GIVEN
    in_turn = {
        ActStep.ISSUE: drafted,
        ActStep.ANSWER: act["unanswered"],
        ActStep.REPORT: report is not None and report.owed,
        ActStep.ACCEPT_REPORT: given,
        ActStep.RETURN_REPORT: given,
        ActStep.COMPLETE: report in (None, ActReport.ACCEPTED) and not act["unanswered"],
    }
    return [
        step for step in _OPEN.get(ActState(act["state"]), ()) if may.do(step) and in_turn.get(step, True)
    ]
