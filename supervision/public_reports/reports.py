"""What becomes of a public report, from its sending to the erasure of who sent it; services that never commit."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from airquality.period import BEIJING
from models.enums import PublicReportAct, PublicReportChannel, PublicReportState
from models.errors import AlreadyPending, ForbiddenTransition, Invalid, NotFound
from models.public_report import (
    PublicReport,
    PublicReportPhoto,
    PublicReportPolicyRow,
    PublicReportStep,
    ReporterIdentity,
)
from supervision.public_reports import report_repository as repository
from supervision.public_reports.identity import Keyring, Reporter, Sealed
from supervision.public_reports.lifecycle import after
from supervision.public_reports.policy import DEFAULT, PublicReportPolicy, parse_policy, policy_body
from supervision.public_reports.repeated import Repeated, Told, repeated
from supervision.public_reports.routing import Near, OpenReport, Spot, nearby

LONGEST_TEXT = 4000
LONGEST_WHY = 2000
_MOST_NEAR = 500
_S, _A = PublicReportState, PublicReportAct


@dataclass(frozen=True, slots=True)
class Photo:
    """A picture that is in the evidence store."""

    digest: bytes
    media_type: str
    size: int


@dataclass(frozen=True, slots=True)
class Filing:
    """What is sent, without who sends it."""

    category: str
    text: str
    spot: Spot
    channel: PublicReportChannel
    tracking: str
    photos: tuple[Photo, ...] = ()
    media_url: str | None = None
    sent_by: int | None = None


@dataclass(frozen=True, slots=True)
class Moved:
    """Something became of a report; carries nothing that the reporter wrote."""

    act: str
    number: str
    report_id: int
    grid_id: int | None
    by: int | None
    detail: Mapping[str, Any] = field(default_factory=dict)


def tracking_digest(tracking: str) -> bytes:
    """Of a tracking number, however its groups are written."""
    return hashlib.sha256(re.sub(r"[\s-]", "", tracking).upper().encode()).digest()


async def policy_in_force(session: AsyncSession) -> PublicReportPolicy:
    row = await repository.newest_policy(session)
    return DEFAULT if row is None else parse_policy(row.version, row.body)


async def set_policy(
    session: AsyncSession, body: Mapping[str, Any], *, note: str, by: int, now: datetime
) -> PublicReportPolicy:
    """A new version, in force at once for what comes from now on; raises Invalid."""
    await repository.hold_policies(session)
    row = await repository.newest_policy(session)
    policy = parse_policy((row.version if row else 0) + 1, body)
    session.add(
        PublicReportPolicyRow(
            version=policy.version, body=policy_body(policy), made_by=by, note=note, made_at=now
        )
    )
    await session.flush()
    return policy


async def find_tracked(session: AsyncSession, tracking: str) -> PublicReport:
    """The report of a tracking number; raises NotFound."""
    found = await repository.tracked(session, tracking_digest(tracking))
    if found is None:
        raise NotFound("no report has this tracking number")
    return found


async def near(
    session: AsyncSession,
    category: str,
    spot: Spot,
    *,
    grid_id: int | None,
    policy: PublicReportPolicy,
    now: datetime,
) -> list[Near]:
    """Open reports that may be of the same problem, the nearest first."""
    rows = await repository.open_of(session, category, now - timedelta(days=policy.nearby_days), _MOST_NEAR)
    reports = [
        OpenReport(
            row.id, row.number, row.category, row.state, row.grid_id, row.received_at,
            Spot(row.lon, row.lat, row.place),
        )
        for row in rows
    ]  # fmt: skip
    return nearby(category, spot, reports, grid_id=grid_id, policy=policy, now=now)


async def file(
    session: AsyncSession,
    filing: Filing,
    *,
    grid_id: int | None,
    policy: PublicReportPolicy,
    reporter: Reporter,
    mark: bytes | None,
    keyring: Keyring | None,
    now: datetime,
) -> tuple[PublicReport, Moved | None]:
    """A new report, at the grid it was routed to; the one that is there for the same tracking number, unchanged.

    Without a keyring nothing of the reporter is kept. Raises Invalid for a name or a phone that could not be sealed.
    """
    digest = tracking_digest(filing.tracking)
    found = await repository.tracked(session, digest)
    if found is not None:
        return found, None
    if keyring is None and (reporter.name or reporter.phone or reporter.email):
        raise Invalid("names and phone numbers cannot be kept safely here just now", field="identity")
    number = await repository.next_number(session, now.astimezone(BEIJING).year)
    spot = filing.spot
    row = PublicReport(
        number=number, tracking=digest, channel=filing.channel.value, state=_S.RECEIVED.value,
        category=filing.category, text=filing.text, place=spot.words, lon=spot.lon, lat=spot.lat,
        media_url=filing.media_url, grid_id=grid_id, received_at=now, moved_at=now,
        due_at=now + timedelta(days=policy.answer_days), sent_by=filing.sent_by,
        mark=mark if keyring is not None else None,
    )  # fmt: skip
    session.add(row)
    await session.flush()
    for place, photo in enumerate(filing.photos, start=1):
        session.add(
            PublicReportPhoto(
                report_id=row.id,
                place=place,
                digest=photo.digest,
                media_type=photo.media_type,
                size=photo.size,
            )
        )
    if keyring is not None:
        sealed = keyring.seal(reporter, number)
        session.add(
            ReporterIdentity(report_id=row.id, key_id=sealed.key_id, sealed=sealed.content, sealed_at=now)
        )
    await session.flush()
    return row, Moved("received", number, row.id, grid_id, None)


async def accept(session: AsyncSession, report_id: int, *, note: str | None, by: int, now: datetime) -> Moved:
    """The report is being handled 受理."""
    row = await _held(session, report_id, _A.ACCEPT)
    return await _step(session, row, _A.ACCEPT, by=by, now=now, note=note)


async def refer(
    session: AsyncSession, report_id: int, to: int | None, *, why: str, by: int, now: datetime
) -> Moved:
    """To another level-2 grid, or None, the prefecture's queue 转办; it waits there to be accepted."""
    row = await _held(session, report_id, _A.REFER)
    if row.grid_id == to:
        raise Invalid("the report is there already", field="grid")
    if row.problem_id is not None and to is not None:
        raise Invalid("it is linked to a problem of the grid where it is", field="grid")
    before, row.grid_id = row.grid_id, to
    return await _step(session, row, _A.REFER, by=by, now=now, note=why, from_grid=before, to_grid=to)


async def reject(session: AsyncSession, report_id: int, *, why: str, by: int, now: datetime) -> Moved:
    """Ends the report; the reason is what the reporter reads 不予受理."""
    row = await _held(session, report_id, _A.REJECT)
    row.answer, row.answered_by, row.answered_at, row.closed_at = why, by, now, now
    return await _step(session, row, _A.REJECT, by=by, now=now, note=why)


async def answer(
    session: AsyncSession, report_id: int, *, text: str, solved: bool, by: int, now: datetime
) -> Moved:
    """What the reporter is told 答复; one that left the problem unsolved may be followed by a later one."""
    row = await _held(session, report_id, _A.ANSWER)
    row.answer, row.solved, row.answered_by, row.answered_at = text, solved, by, now
    row.closed_at = row.closed_at or now
    return await _step(session, row, _A.ANSWER, by=by, now=now, note=text, solved=solved)


async def merge(
    session: AsyncSession, report_id: int, into: int, *, why: str | None, by: int, now: datetime
) -> Moved:
    """The same problem as another report, whose answer is its own from now on 并案.

    Raises Invalid for itself, for a report that was rejected, and for two that are linked to different problems.
    """
    if into == report_id:
        raise Invalid("a report is not merged into itself", field="report")
    # Two reports are held in the order of their ids.
    for held in sorted((report_id, into)):
        await repository.lock(session, held)
    head = await _found(session, into)
    if head.same_as is not None:
        if head.same_as == report_id:
            raise Invalid("that report was merged into this one", field="report")
        head = await _found(session, head.same_as)
    row = await _held(session, report_id, _A.MERGE)
    if head.state == _S.REJECTED.value:
        raise Invalid("that report was rejected", field="report")
    if row.problem_id is not None and head.problem_id is not None and row.problem_id != head.problem_id:
        raise Invalid("the two are linked to different problems", field="report")
    for one in await repository.merged_into(session, row.id):
        one.same_as = head.id
    row.same_as, row.closed_at = head.id, now
    problem_id = head.problem_id or row.problem_id
    moved = await _step(session, row, _A.MERGE, by=by, now=now, note=why, same_as=head.number)
    if problem_id is not None:
        await _link_all(session, head, problem_id, by=by, now=now)
    return moved


async def link(session: AsyncSession, report_id: int, problem: str, *, by: int, now: datetime) -> Moved:
    """The report, and those merged into it, are findings of a problem of the problem list, kind `complaint`.

    Raises NotFound for a number that no problem has, Invalid for a problem of another grid or a second problem.
    """
    row = await _held(session, report_id, _A.LINK)
    found = await repository.problem_of(session, problem)
    if found is None:
        raise NotFound(f"no problem {problem}")
    if row.grid_id is not None and found.grid_id != row.grid_id:
        raise Invalid("the problem is of another grid", field="problem")
    if row.problem_id is not None and row.problem_id != found.id:
        raise Invalid("the report is linked to a problem already", field="problem")
    await _link_all(session, row, found.id, by=by, now=now)
    return await _step(session, row, _A.LINK, by=by, now=now, note=found.number, problem=found.number)


async def rate(session: AsyncSession, tracking: str, stars: int, note: str | None, *, now: datetime) -> Moved:
    """How satisfied the reporter is, said once, after the answer; raises NotFound, Invalid, AlreadyPending."""
    row = await repository.lock_tracked(session, tracking_digest(tracking))
    if row is None:
        raise NotFound("no report has this tracking number")
    if not 1 <= stars <= 5:
        raise Invalid("a rating is 1 to 5", field="rating")
    head = row if row.same_as is None else await _found(session, row.same_as)
    if head.answer is None:
        raise ForbiddenTransition("the report has no answer yet", state=row.state, act="rate")
    if row.rating is not None:
        raise AlreadyPending("the report has its rating already")
    row.rating, row.rating_note, row.rated_at = stars, note, now
    await session.flush()
    return Moved("rated", row.number, row.id, row.grid_id, None, {"rating": stars})


async def identity(session: AsyncSession, report_id: int, keyring: Keyring) -> tuple[Reporter, Moved]:
    """Who sent the report; whoever calls this writes the look into the journal in the same transaction.

    Raises NotFound where nothing was kept or it was erased, `Unreadable` without its key.
    """
    row = await _found(session, report_id)
    sealed = await session.get(ReporterIdentity, report_id)
    if sealed is None:
        raise NotFound("who sent this report is not known, or was erased")
    reporter = keyring.open(Sealed(sealed.key_id, sealed.sealed), row.number)
    return reporter, Moved("shown", row.number, row.id, row.grid_id, None)


async def erase_due(session: AsyncSession, *, now: datetime, limit: int) -> list[Moved]:
    """Erases who sent what ended long enough ago (the policy says when), where no reward and no problem is open."""
    policy = await policy_in_force(session)
    rows = await repository.erasable(session, now - timedelta(days=policy.erase_after_days), limit)
    if rows:
        await repository.erase(session, [row.id for row in rows])
    return [Moved("erased", row.number, row.id, row.grid_id, None) for row in rows]


async def units(session: AsyncSession) -> dict[int, str]:
    """Codes of the counties and parks, by id."""
    return await repository.units(session)


async def reported_again(
    session: AsyncSession, *, until: datetime, policy: PublicReportPolicy
) -> list[Repeated]:
    """群众反复举报: the unsolved problems that so many different people had reported by then (annex 2 art. 5(四))."""
    told = []
    for row in await repository.told_again(session, until):
        if row.problem_id is not None:
            problem, grid, solved_at = row.problem, row.problem_grid, row.ended_at
        else:
            problem, grid = row.head, row.grid_id
            solved_at = row.answered_at if row.solved else None
        rejected = _S.REJECTED.value in (row.state, row.head_state)
        told.append(Told(row.number, problem, grid, row.received_at, row.mark, rejected, solved_at))
    return repeated(told, until=until, policy=policy)


async def _found(session: AsyncSession, report_id: int) -> PublicReport:
    row = await session.get(PublicReport, report_id)
    if row is None:
        raise NotFound(f"no public report {report_id}")
    return row


async def _held(session: AsyncSession, report_id: int, act: PublicReportAct) -> PublicReport:
    row = await repository.lock(session, report_id)
    if row is None:
        raise NotFound(f"no public report {report_id}")
    row_state = after(_S(row.state), act, solved=row.solved)
    row.state = row_state.value
    return row


async def _step(
    session: AsyncSession,
    row: PublicReport,
    act: PublicReportAct,
    *,
    by: int,
    now: datetime,
    note: str | None,
    from_grid: int | None = None,
    to_grid: int | None = None,
    **detail: Any,
) -> Moved:
    row.moved_at = now
    session.add(
        PublicReportStep(
            report_id=row.id,
            act=act.value,
            at=now,
            by=by,
            note=note,
            from_grid_id=from_grid,
            to_grid_id=to_grid,
        )
    )
    await session.flush()
    return Moved(act.value, row.number, row.id, row.grid_id, by, detail)


async def _link_all(
    session: AsyncSession, head: PublicReport, problem_id: int, *, by: int, now: datetime
) -> None:
    same: Sequence[PublicReport] = await repository.merged_into(session, head.id)
    for one in (head, *same):
        if await repository.add_finding(session, one, problem_id, by=by, now=now) != problem_id:
            raise Invalid(f"{one.number} is a finding of another problem already", field="problem")
        one.problem_id = problem_id
    await session.flush()
