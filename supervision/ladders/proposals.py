"""Months judged on every ladder, and proposals decided by a named person; nothing happens without a signature."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from airquality.months import last_of
from airquality.period import BEIJING
from models.act import LadderProposal
from models.enums import ActKind, LadderKind, ProposalState
from models.errors import ForbiddenTransition, Invalid, NotFound, Unfinished, VersionConflict
from supervision import versions
from supervision.acts import register, wording
from supervision.acts.register import Signed
from supervision.ladders import ladder_repository as repository
from supervision.ladders.evaluation import LOOKBACK, Finding, judge, months_to
from supervision.ladders.known import NOTHING, Beside, Known, Missed

LONGEST_WHY = 2000
SETTLING = timedelta(days=5)
"""After the end of a month: until then people still say which of its problems were missed."""
BACK = 3
"""Months that are judged again and again; older ones only while a proposal of theirs stands."""
FIRST = date(2014, 1, 1)


@dataclass(frozen=True, slots=True)
class Proposed:
    """A ladder proposes; `replaced` is the proposal it took the place of."""

    id: int
    grid_id: int
    unit: str
    ladder: LadderKind
    month: date
    kind: ActKind
    replaced: int | None


@dataclass(frozen=True, slots=True)
class Overtaken:
    """What a proposal rested on is no longer so, and nothing stands in its place."""

    id: int
    grid_id: int
    unit: str
    ladder: LadderKind
    month: date


@dataclass(frozen=True, slots=True)
class Declined:
    id: int
    grid_id: int
    ladder: LadderKind
    month: date
    why: str
    by: int


async def due(session: AsyncSession, *, now: datetime) -> list[date]:
    """The months to be judged: this one, the last few, and those of which a proposal stands."""
    month = now.astimezone(BEIJING).date().replace(day=1)
    window = months_to(month, BACK + 1)
    older = await repository.months_with_proposals(session, months_to(month, LOOKBACK)[0])
    return sorted({*window, *older})


async def evaluate(
    session: AsyncSession,
    month: date,
    *,
    now: datetime,
    beside: Beside = NOTHING,
    settling: timedelta = timedelta(0),
) -> list[Proposed | Overtaken]:
    """Judges a month by all that is signed or known now; the second time nothing is proposed anew.

    Where a proposal rests on something else by now it is overtaken, and the new one stands beside it. What was signed
    stands as long as its act does and the text still prescribes the same rung, whatever the figures are by now: nobody
    is called to account twice for one month. Raises Invalid for a month that has not begun.
    """
    if month.day != 1 or not FIRST <= month <= now.astimezone(BEIJING).date():
        raise Invalid("the month has not begun, or is none", field="month")
    await repository.lock(session)
    units = await repository.units(session)
    version, readings = await versions.readings_on(session, last_of(month))
    known = await _known(session, month, list(units), beside=beside, before=now - settling)
    judged = judge(month, known, readings, version=version)
    standing = {
        (row.grid_id, row.ladder, row.subject): row for row in await repository.standing(session, month)
    }
    done = {(row.grid_id, row.ladder, row.subject): row for row in await repository.signed(session, month)}
    told: list[Proposed | Overtaken] = []
    for finding in judged.findings:
        unit, rung = finding.proposal.unit, finding.proposal.rung
        key = units[unit], finding.ladder.value, finding.subject
        act = done.get(key)
        if act is not None and (act.kind, act.by) == (rung.measure.value, rung.signer.value):
            if standing.get(key) is act:
                del standing[key]
            continue
        old = standing.pop(key, None)
        if old is None or old.digest != finding.digest:
            told.append(await _propose(session, finding, units[unit], old, now))
    codes = {id_: code for code, id_ in units.items()}
    for row in standing.values():
        if row.ladder in judged.ladders:
            row.overtaken_at = now
            told.append(Overtaken(row.id, row.grid_id, codes[row.grid_id], LadderKind(row.ladder), month))
    await session.flush()
    return told


async def sign(
    session: AsyncSession, proposal: int, *, seen: str, by: int, now: datetime, note: str | None = None
) -> Signed:
    """Makes an act of a proposal; `seen` is the SHA-256 of the basis the signer was shown.

    Raises NotFound, ForbiddenTransition for what is decided or overtaken, VersionConflict for another basis, and
    Unfinished while an act of another proposal on the same unit, ladder, month and subject is in force: nobody is
    called to account twice for one month.
    """
    row = await _open(session, proposal, act="sign")
    if row.digest.hex() != seen.strip().lower():
        raise VersionConflict("the proposal rests on something else than what was shown")
    earlier = await register.in_force_of(session, await repository.beside(session, row.id))
    if earlier is not None:
        raise Unfinished(f"act {earlier} of another proposal on the same is in force: withdraw it first")
    row.state, row.decided_by, row.decided_at, row.decided_why = (
        ProposalState.SIGNED.value,
        by,
        now,
        _note(note),
    )
    await session.flush()
    name = await register.name_of(session, row.grid_id)
    return await register.from_proposal(
        session, row, facts=wording.facts_of(basis_of(row), name), period_to=last_of(row.month), note=_note(note),
        by=by, now=now,
    )  # fmt: skip


async def decline(session: AsyncSession, proposal: int, *, why: str, by: int, now: datetime) -> Declined:
    """Ends a proposal without an act, for a reason. Raises NotFound, ForbiddenTransition, Invalid."""
    row = await _open(session, proposal, act="decline")
    reason = _note(why)
    if reason is None:
        raise Invalid("wants a reason", field="why")
    row.state, row.decided_by, row.decided_at, row.decided_why = ProposalState.DECLINED.value, by, now, reason
    await session.flush()
    return Declined(row.id, row.grid_id, LadderKind(row.ladder), row.month, reason, by)


def basis_of(row: LadderProposal) -> dict[str, Any]:
    """The frozen basis of a proposal."""
    found: dict[str, Any] = json.loads(row.basis)
    return found


async def _known(
    session: AsyncSession, month: date, units: list[str], *, beside: Beside, before: datetime
) -> Known:
    months = months_to(month, LOOKBACK)
    counted = await repository.missed(session, months[0], month)
    over = [one for one in months if repository.begins(repository.after(one)) <= before]
    missed: Mapping[date, Missed] = {one: counted.get(one, Missed({})) for one in over}
    ranked = await repository.ranked(session, months[0], month)
    return Known(units, missed, ranked, await repository.falsified(session, month), beside)


async def _propose(
    session: AsyncSession, finding: Finding, grid_id: int, old: LadderProposal | None, now: datetime
) -> Proposed:
    rung = finding.proposal.rung
    if old is not None:
        # First this, so that one alone stands at any time.
        old.overtaken_at = now
        await session.flush()
    row = LadderProposal(
        grid_id=grid_id,
        ladder=finding.ladder.value,
        month=finding.month,
        since=finding.since,
        subject=finding.subject,
        kind=rung.measure.value,
        by=rung.signer.value,
        in_public=rung.in_public,
        article=rung.article,
        basis=finding.basis,
        digest=finding.digest,
        proposed_at=now,
        state=ProposalState.OPEN.value,
    )
    session.add(row)
    await session.flush()
    if old is not None:
        old.overtaken_by = row.id
        await session.flush()
    return Proposed(
        row.id, grid_id, finding.proposal.unit, finding.ladder, finding.month, ActKind(row.kind),
        None if old is None else old.id,
    )  # fmt: skip


async def _open(session: AsyncSession, proposal: int, *, act: str) -> LadderProposal:
    await repository.lock(session)
    row = await repository.proposal_of(session, proposal)
    if row is None:
        raise NotFound(f"no proposal {proposal}")
    if row.overtaken_at is not None:
        raise ForbiddenTransition("what it rests on is no longer so", state="overtaken", act=act)
    if row.state != ProposalState.OPEN.value:
        raise ForbiddenTransition("it is decided", state=row.state, act=act)
    return row


def _note(text: str | None) -> str | None:
    note = (text or "").strip()
    if len(note) > LONGEST_WHY:
        raise Invalid(f"at most {LONGEST_WHY} characters", field="why")
    return note or None
