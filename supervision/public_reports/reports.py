"""What becomes of a public report, from its sending to the erasure of who sent it; services that never commit."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from airquality.period import BEIJING
from models.enums import PublicReportAct, PublicReportChannel, PublicReportState
from models.errors import Invalid, NotFound
from models.public_report import (
    PublicReport,
    PublicReportPhoto,
    PublicReportPolicyRow,
    ReporterIdentity,
)
from supervision.public_reports import report_repository as repository
from supervision.public_reports.identity import Keyring, Reporter, Sealed
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


async def identity(session: AsyncSession, report_id: int, keyring: Keyring) -> tuple[Reporter, Moved]:
    """Who sent the report; whoever calls this writes the look into the journal in the same transaction.

    Raises NotFound where nothing was kept or it was erased, `Unreadable` without its key.
    """
    row = await found_of(session, report_id)
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


async def reported_again(session: AsyncSession, *, until: datetime, times: int) -> list[Repeated]:
    """群众反复举报: the unsolved problems that `times` different people had reported by then (annex 2 art. 5(四))."""
    told = []
    for row in await repository.told_again(session, until):
        if row.problem_id is not None:
            problem, grid, solved_at = row.problem, row.problem_grid, row.ended_at
        else:
            problem, grid = row.head, row.grid_id
            solved_at = row.answered_at if row.solved else None
        rejected = _S.REJECTED.value in (row.state, row.head_state)
        told.append(Told(row.number, problem, grid, row.received_at, row.mark, rejected, solved_at))
    return repeated(told, until=until, times=times)


async def found_of(session: AsyncSession, report_id: int) -> PublicReport:
    """The report of this id; raises NotFound."""
    row = await session.get(PublicReport, report_id)
    if row is None:
        raise NotFound(f"no public report {report_id}")
    return row
