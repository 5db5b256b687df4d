"""Reports of correction and statements of units on acts, each with the prefecture's answer, all kept (R17)."""

from datetime import date, datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from models.act import SupervisoryAct
from models.enums import ActReport, ActState, ActStep
from models.errors import ForbiddenTransition, Invalid, SecondPersonNeeded
from supervision.acts import act_repository as repository
from supervision.acts.correction import after, unanswered
from supervision.acts.steps import LONGEST_TEXT, act_in, add_step, day_of, text_of

__all__ = ["accept", "answer", "give", "send_back"]

LONGEST_ANEW = timedelta(days=366)


async def answer(session: AsyncSession, act: int, *, said: str, by: int, now: datetime) -> SupervisoryAct:
    """What the prefecture answers to the unit's statement, beside it; the state stays.

    Raises ForbiddenTransition where nothing waits for an answer, and SecondPersonNeeded for whoever said it.
    """
    row = await act_in(session, act, ActStep.ANSWER, ActState.SIGNED, ActState.HELD)
    if not unanswered(await repository.steps_of(session, act)):
        raise ForbiddenTransition("nothing waits for an answer", state=row.state, act=ActStep.ANSWER.value)
    await _another(session, act, ActStep.OBJECT, by)
    await add_step(session, row, ActStep.ANSWER, by, now, text=text_of(said, "text", LONGEST_TEXT))
    return row


async def give(session: AsyncSession, act: int, *, text: str, by: int, now: datetime) -> SupervisoryAct:
    """The unit says what it corrected; a late report is taken, and its step shows the day it came."""
    row = await _report(session, act, ActStep.REPORT)
    await add_step(session, row, ActStep.REPORT, by, now, report=text_of(text, "report", LONGEST_TEXT))
    return row


async def accept(session: AsyncSession, act: int, *, by: int, now: datetime) -> SupervisoryAct:
    """The report does; another person than whoever wrote it says so."""
    row = await _report(session, act, ActStep.ACCEPT_REPORT)
    await _another(session, act, ActStep.REPORT, by)
    await add_step(session, row, ActStep.ACCEPT_REPORT, by, now)
    return row


async def send_back(
    session: AsyncSession, act: int, *, why: str, report_due: date, by: int, now: datetime
) -> SupervisoryAct:
    """The report does not do, for a reason; another one is due by a day, today or within a year."""
    row = await _report(session, act, ActStep.RETURN_REPORT)
    await _another(session, act, ActStep.REPORT, by)
    reason, today = text_of(why, "why", LONGEST_TEXT), day_of(now)
    if not today <= report_due <= today + LONGEST_ANEW:
        raise Invalid("a report sent back is due anew, within a year", field="report_due")
    row.report_due = report_due
    await session.flush()
    await add_step(
        session, row, ActStep.RETURN_REPORT, by, now, why=reason, report_due=report_due.isoformat()
    )
    return row


async def _report(session: AsyncSession, act: int, step: ActStep) -> SupervisoryAct:
    row = await act_in(session, act, step, ActState.HELD)
    row.report = after(step, None if row.report is None else ActReport(row.report)).value
    return row


async def _another(session: AsyncSession, act: int, step: ActStep, by: int) -> None:
    if await repository.last_hand(session, act, step) == by:
        raise SecondPersonNeeded("nobody judges what they said themselves")
