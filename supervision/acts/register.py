"""Acts from proposal to completion, each step by a named person; what was signed is never written again (R17)."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from airquality.period import BEIJING
from models.act import LadderProposal, SupervisoryAct
from models.enums import ActBy, ActGround, ActKind, ActReport, ActState, ActStep, PaperKind, PaperState
from models.errors import ForbiddenTransition, Invalid, SecondPersonNeeded, Unfinished
from supervision.acts import act_repository as repository
from supervision.acts.act_repository import in_force_of, name_of
from supervision.acts.correction import demanded, unanswered
from supervision.acts.steps import LONGEST_LINE, LONGEST_TEXT, act_in, add_step, day_of, optional_of, text_of
from supervision.papers import papers
from supervision.papers.papers import PaperIssued

__all__ = [
    "BY_HAND", "Signed", "complete", "decline", "draft", "from_proposal", "hold", "in_force_of", "issue", "name_of",
    "object_to", "propose", "sign", "withdraw",
]  # fmt: skip

BY_HAND = "body §3(九)"
LONGEST_FOLLOW_UP = timedelta(days=731)
OLDEST = date(2014, 1, 1)


@dataclass(frozen=True, slots=True)
class Signed:
    """An act is in the register, under its number."""

    id: int
    number: str
    grid_id: int
    kind: ActKind
    by: int


async def from_proposal(
    session: AsyncSession,
    row: LadderProposal,
    *,
    facts: str,
    period_to: date,
    note: str | None,
    by: int,
    now: datetime,
) -> Signed:
    """The act of a proposal that was signed in this transaction."""
    number = await repository.next_number(session, _year(now))
    act = SupervisoryAct(
        number=number,
        grid_id=row.grid_id,
        kind=row.kind,
        by=row.by,
        in_public=row.in_public,
        article=row.article,
        proposal_id=row.id,
        facts=facts,
        period_from=row.since,
        period_to=period_to,
        proposed_at=row.proposed_at,
        decided_by=by,
        decided_at=now,
        state=ActState.SIGNED.value,
    )
    session.add(act)
    await session.flush()
    await add_step(session, act, ActStep.SIGN, by, now, note=note)
    return Signed(act.id, number, act.grid_id, ActKind(act.kind), by)


async def propose(
    session: AsyncSession,
    *,
    grid: str,
    kind: ActKind,
    doer: ActBy,
    in_public: bool,
    ground: ActGround,
    facts: str,
    document: str | None,
    period: tuple[date, date],
    by: int,
    now: datetime,
) -> SupervisoryAct:
    """An act entered by hand on one of the grounds of body §3(九), for a chief of the prefecture to sign.

    That article prescribes interviews: whatever else is entered names the document it rests on. Raises Invalid naming
    the field.
    """
    unit = await repository.unit(session, grid)
    if unit is None:
        raise Invalid(f"{grid} is no county or park", field="grid")
    if in_public and kind is not ActKind.INTERVIEW:
        raise Invalid("only an interview is held in public", field="in_public")
    source = None if document is None or not document.strip() else text_of(document, "document", LONGEST_LINE)
    if source is None and kind is not ActKind.INTERVIEW:
        raise Invalid(
            "body §3(九) prescribes an interview: name the document this rests on", field="document"
        )
    first, last = period
    if not OLDEST <= first <= last:
        raise Invalid("a period ends after it begins", field="period_to")
    if last > day_of(now):
        raise Invalid("the period is not over", field="period_to")
    act = SupervisoryAct(
        grid_id=unit,
        kind=kind.value,
        by=doer.value,
        in_public=in_public,
        article=BY_HAND,
        ground=ground.value,
        document=source,
        facts=text_of(facts, "facts", LONGEST_TEXT),
        period_from=first,
        period_to=last,
        proposed_by=by,
        proposed_at=now,
        state=ActState.PROPOSED.value,
    )
    session.add(act)
    await session.flush()
    await add_step(session, act, ActStep.PROPOSE, by, now)
    return act


async def sign(session: AsyncSession, act: int, *, by: int, now: datetime, note: str | None = None) -> Signed:
    """Puts an act that was entered by hand in force. Raises SecondPersonNeeded for whoever entered it."""
    row = await act_in(session, act, ActStep.SIGN, ActState.PROPOSED)
    if row.proposed_by == by:
        raise SecondPersonNeeded("whoever entered an act does not sign it")
    said = None if note is None or not note.strip() else text_of(note, "note", LONGEST_TEXT)
    row.number = await repository.next_number(session, _year(now))
    row.state, row.decided_by, row.decided_at = ActState.SIGNED.value, by, now
    await session.flush()
    await add_step(session, row, ActStep.SIGN, by, now, note=said)
    return Signed(row.id, row.number, row.grid_id, ActKind(row.kind), by)


async def decline(session: AsyncSession, act: int, *, why: str, by: int, now: datetime) -> SupervisoryAct:
    """Ends what was entered by hand without an act, for a reason."""
    row = await act_in(session, act, ActStep.DECLINE, ActState.PROPOSED)
    reason = text_of(why, "why", LONGEST_TEXT)
    row.state, row.decided_by, row.decided_at = ActState.DECLINED.value, by, now
    await session.flush()
    await add_step(session, row, ActStep.DECLINE, by, now, why=reason)
    return row


async def draft(
    session: AsyncSession, act: int, snapshot: bytes, *, by: int, now: datetime
) -> SupervisoryAct:
    """The document of a signed act as a draft paper; written over while nobody has issued it."""
    row = await act_in(session, act, ActStep.DRAFT, ActState.SIGNED)
    if await _issued(session, row):
        raise ForbiddenTransition("its document is issued", state=ActState.ISSUED.value, act="draft")
    about = papers.About(PaperKind.ACT, row.period_from, row.period_to, row.grid_id, row.number)
    paper = await papers.draft(session, about, snapshot, by=by, now=now)
    row.paper_id = paper.id
    await session.flush()
    await add_step(session, row, ActStep.DRAFT, by, now, sha256=paper.digest.hex())
    return row


async def issue(session: AsyncSession, act: int, *, seen: bytes, by: int, now: datetime) -> PaperIssued:
    """Issues the document under a number, by another hand than the one that drafted it.

    `seen` is the SHA-256 of the draft that was shown. Raises Unfinished without a draft, and what `papers.issue` does.
    """
    row = await act_in(session, act, ActStep.ISSUE, ActState.SIGNED)
    if row.paper_id is None:
        raise Unfinished("its document is not drafted")
    issued = await papers.issue(session, row.paper_id, seen=seen, by=by, now=now)
    await add_step(session, row, ActStep.ISSUE, by, now, paper=issued.number)
    return issued


async def hold(
    session: AsyncSession,
    act: int,
    *,
    held_on: date,
    attended: str | None,
    minutes: str | None,
    follow_up_due: date,
    by: int,
    now: datetime,
    report_due: date | None = None,
) -> SupervisoryAct:
    """It was delivered, or the interview was held: when, who attended, where the minutes are, and what is due when.

    With `report_due` the unit owes a report of correction by that day.

    Raises Unfinished before its document is issued; Invalid for a day before it was signed or still to come, a due day
    before that, and an interview without who attended and its minutes.
    """
    row = await act_in(session, act, ActStep.HOLD, ActState.SIGNED)
    if not await _issued(session, row):
        raise Unfinished("its document is not issued")
    if row.decided_at is None or held_on < row.decided_at.astimezone(BEIJING).date():
        raise Invalid("it was not signed yet on that day", field="held_on")
    if held_on > day_of(now):
        raise Invalid("that day is still to come", field="held_on")
    if not held_on <= follow_up_due <= held_on + LONGEST_FOLLOW_UP:
        raise Invalid("what follows is due after it was held, within two years", field="follow_up_due")
    if not demanded(report_due, held_on=held_on, follow_up_due=follow_up_due):
        raise Invalid("a report is due after it was held, until the follow-up is", field="report_due")
    who, record = optional_of(attended, "attended"), optional_of(minutes, "minutes")
    if row.kind == ActKind.INTERVIEW.value:
        if who is None:
            raise Invalid("an interview says who attended", field="attended")
        if record is None:
            raise Invalid("an interview has minutes", field="minutes")
    row.state, row.follow_up_due = ActState.HELD.value, follow_up_due
    if report_due is not None:
        row.report, row.report_due = ActReport.AWAITED.value, report_due
    await session.flush()
    await add_step(
        session, row, ActStep.HOLD, by, now, held_on=held_on.isoformat(), attended=who, minutes=record,
        follow_up_due=follow_up_due.isoformat(),
        report_due=None if report_due is None else report_due.isoformat(),
    )  # fmt: skip
    return row


async def object_to(session: AsyncSession, act: int, *, said: str, by: int, now: datetime) -> SupervisoryAct:
    """What the unit has to say against an act that was signed against it; its state stays."""
    row = await act_in(session, act, ActStep.OBJECT, ActState.SIGNED, ActState.HELD)
    await add_step(session, row, ActStep.OBJECT, by, now, text=text_of(said, "text", LONGEST_TEXT))
    return row


async def complete(session: AsyncSession, act: int, *, result: str, by: int, now: datetime) -> SupervisoryAct:
    """What was followed up is done, with its result.

    Raises Unfinished while the unit's report of correction is not accepted, or what it said is not answered.
    """
    row = await act_in(session, act, ActStep.COMPLETE, ActState.HELD)
    if row.report not in (None, ActReport.ACCEPTED.value):
        raise Unfinished("its report of correction is not accepted")
    if unanswered(await repository.steps_of(session, act)):
        raise Unfinished("what the unit said is not answered")
    said = text_of(result, "result", LONGEST_TEXT)
    row.state = ActState.COMPLETED.value
    await session.flush()
    await add_step(session, row, ActStep.COMPLETE, by, now, result=said)
    return row


async def withdraw(session: AsyncSession, act: int, *, why: str, by: int, now: datetime) -> SupervisoryAct:
    """Takes back what was signed, for a reason; it stays in the register, as does its document."""
    row = await act_in(session, act, ActStep.WITHDRAW, ActState.SIGNED, ActState.HELD)
    reason = text_of(why, "why", LONGEST_TEXT)
    row.state = ActState.WITHDRAWN.value
    await session.flush()
    await add_step(session, row, ActStep.WITHDRAW, by, now, why=reason)
    return row


async def _issued(session: AsyncSession, row: SupervisoryAct) -> bool:
    paper = await repository.paper_of(session, row)
    return paper is not None and paper.state in (PaperState.ISSUED.value, PaperState.SUPERSEDED.value)


def _year(at: datetime) -> int:
    return at.astimezone(BEIJING).year
