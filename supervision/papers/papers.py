"""Papers drafted, edited, issued under a number, withdrawn; what was issued is never written again."""

from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256

from sqlalchemy import Select, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from airquality.period import BEIJING
from models.enums import PaperKind, PaperState
from models.errors import ForbiddenTransition, Invalid, NotFound, SecondPersonNeeded, VersionConflict
from models.issued import IssuedPaper, IssuedPaperCounter
from models.said import Said

LARGEST = 2_000_000
"""Bytes of a snapshot."""
LONGEST_WHY = 2000


@dataclass(frozen=True, slots=True)
class About:
    """What a paper is about. `grid_id` None: all units; `subject` tells papers of one kind, unit and period apart."""

    kind: PaperKind
    period_from: date
    period_to: date
    grid_id: int | None = None
    subject: str | None = None


@dataclass(frozen=True, slots=True)
class PaperIssued:
    """A paper went out."""

    id: int
    kind: PaperKind
    number: str
    grid_id: int | None
    period_from: date
    period_to: date
    subject: str | None
    digest: bytes
    by: int
    replaced: int | None


async def draft(
    session: AsyncSession, about: About, snapshot: bytes, *, by: int | None, now: datetime
) -> IssuedPaper:
    """A new draft; one that was there on the same subject is written over by it. `by` None: the service writes it.

    Raises Invalid for a snapshot that is too large and for a period that ends before it begins.
    """
    _fits(snapshot)
    if about.period_to < about.period_from:
        raise Invalid("the period ends before it begins", field="period_to")
    found = await session.scalar(_of(about, PaperState.DRAFT).with_for_update())
    if found is not None:
        found.snapshot, found.digest = snapshot, sha256(snapshot).digest()
        found.edited_by, found.edited_at = by, now
        await session.flush()
        return found
    row = IssuedPaper(
        kind=about.kind.value,
        grid_id=about.grid_id,
        subject=about.subject,
        period_from=about.period_from,
        period_to=about.period_to,
        state=PaperState.DRAFT.value,
        snapshot=snapshot,
        digest=sha256(snapshot).digest(),
        drafted_by=by,
        drafted_at=now,
    )
    session.add(row)
    await session.flush()
    return row


async def edit(
    session: AsyncSession, paper: int, snapshot: bytes, *, seen: bytes, by: int, now: datetime
) -> IssuedPaper:
    """Writes a draft anew; `seen` is the digest of what the editor was shown.

    Raises NotFound, ForbiddenTransition for what is no draft any more, VersionConflict where somebody else wrote since.
    """
    _fits(snapshot)
    row = await _draft(session, paper, seen, act="edit")
    row.snapshot, row.digest = snapshot, sha256(snapshot).digest()
    row.edited_by, row.edited_at = by, now
    await session.flush()
    return row


def last_hand(row: IssuedPaper) -> int | None:
    """Who wrote a paper last; None where only the service did."""
    return row.drafted_by if row.edited_by is None else row.edited_by


async def issue(
    session: AsyncSession, paper: int, *, seen: bytes, by: int, now: datetime, alone: bool = False
) -> PaperIssued:
    """Gives a draft its number; what was issued before on the same subject is superseded.

    Another hand than the last one that wrote it, unless the kind of paper allows `alone`. Raises NotFound,
    ForbiddenTransition, VersionConflict, SecondPersonNeeded.
    """
    row = await _draft(session, paper, seen, act="issue")
    if not alone and by == last_hand(row):
        raise SecondPersonNeeded(Said("whoever changed a paper last does not issue it"))
    kind = PaperKind(row.kind)
    about = About(kind, row.period_from, row.period_to, row.grid_id, row.subject)
    before = await session.scalar(_of(about, PaperState.ISSUED).with_for_update())
    if before is not None:
        before.state = PaperState.SUPERSEDED.value
        await session.flush()
    row.number = await _number(session, kind, now)
    row.state, row.issued_by, row.issued_at = PaperState.ISSUED.value, by, now
    await session.flush()
    return PaperIssued(
        row.id, kind, row.number, row.grid_id, row.period_from, row.period_to, row.subject, row.digest, by,
        before.id if before is not None else None,
    )  # fmt: skip


async def withdraw(session: AsyncSession, paper: int, *, why: str, by: int, now: datetime) -> IssuedPaper:
    """Ends a draft that nobody issues; it stays on record.

    Raises NotFound, ForbiddenTransition for what is no draft, Invalid without a reason.
    """
    row = await session.get(IssuedPaper, paper, with_for_update=True)
    if row is None:
        raise NotFound(f"no paper {paper}")
    if row.state != PaperState.DRAFT.value:
        raise ForbiddenTransition("it is no draft any more", state=row.state, act="withdraw")
    reason = why.strip()
    if not 0 < len(reason) <= LONGEST_WHY:
        raise Invalid(f"wants a reason of at most {LONGEST_WHY} characters", field="why")
    row.state, row.ended_by, row.ended_at, row.ended_why = PaperState.WITHDRAWN.value, by, now, reason
    await session.flush()
    return row


async def _draft(session: AsyncSession, paper: int, seen: bytes, *, act: str) -> IssuedPaper:
    row = await session.get(IssuedPaper, paper, with_for_update=True, populate_existing=True)
    if row is None:
        raise NotFound(f"no paper {paper}")
    if row.state != PaperState.DRAFT.value:
        raise ForbiddenTransition("it is no draft any more", state=row.state, act=act)
    if row.digest != seen:
        raise VersionConflict("somebody wrote it anew meanwhile")
    return row


def _of(about: About, state: PaperState) -> Select[IssuedPaper]:
    return select(IssuedPaper).where(
        IssuedPaper.kind == about.kind.value,
        IssuedPaper.grid_id.is_not_distinct_from(about.grid_id),
        IssuedPaper.subject.is_not_distinct_from(about.subject),
        IssuedPaper.period_from == about.period_from,
        IssuedPaper.state == state.value,
    )


async def _number(session: AsyncSession, kind: PaperKind, now: datetime) -> str:
    """Without a gap: the row of the counter is held until the transaction ends."""
    year = now.astimezone(BEIJING).year
    row = insert(IssuedPaperCounter).values(year=year, kind=kind.value, last=1)
    last = await session.scalar(
        row.on_conflict_do_update(
            index_elements=["year", "kind"], set_={"last": IssuedPaperCounter.last + 1}
        ).returning(IssuedPaperCounter.last)
    )
    return f"{_SIGN[kind]}〔{year}〕{last}号"


_SIGN = {
    PaperKind.BRIEF: "会商简报",
    PaperKind.DISPATCH: "调度专报",
    PaperKind.SPECIAL_REPORT: "专报",
    PaperKind.NOTICE: "通报",
    PaperKind.BULLETIN: "空气质量通报",
    PaperKind.ASSESSMENT: "考核通报",
    PaperKind.ACT: "督办",
    PaperKind.EXPOSURE: "案件曝光",
}


def _fits(snapshot: bytes) -> None:
    if len(snapshot) > LARGEST:
        raise Invalid(f"a paper has at most {LARGEST} bytes", field="snapshot")
