"""Batches 每季度集中公布, and what is published at another time (annex 4 §4(一)): frozen once they are out."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from airquality.period import BEIJING
from models.enums import EventKind, ExposureBatchKind, ExposureMedium, ExposureState
from models.errors import ForbiddenTransition, Invalid, NotFound, Overlap, Unfinished
from models.exposure import ExposedCase, ExposureAppearance, ExposureBatch
from supervision.exposure import exposure_repository as repository
from supervision.exposure.chain import SIGNATURES
from supervision.exposure.readiness import Reason, reasons, text_faults
from supervision.exposure.register import Acted, open_case
from supervision.exposure.texts import digest_of, signed_of, standing_of
from supervision.exposure.wording import LONGEST_ADDRESS, LONGEST_TITLE, line, nameless

MOST_CASES = 50
LATEST = timedelta(days=31)
"""A publication is entered within a month: after that its day is no longer what anybody saw."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What keeps a case of a batch back."""

    case_id: int
    title: str
    reasons: Sequence[Reason]


def quarter_of(text: str) -> date:
    """The first day of a quarter written like 2026-Q3; raises Invalid for none."""
    year, _, number = text.partition("-Q")
    if not (len(year) == 4 and year.isascii() and year.isdigit() and number in ("1", "2", "3", "4")):
        raise Invalid("a quarter is written like 2026-Q3", field="quarter")
    if not 2013 <= int(year) <= 2200:
        raise Invalid("a quarter is of the years 2013 to 2200", field="quarter")
    return date(int(year), 3 * int(number) - 2, 1)


def quarter_name(first: date) -> str:
    """As `quarter_of` reads it."""
    return f"{first.year}-Q{(first.month + 2) // 3}"


def quarter_before(day: date) -> date:
    """The first day of the quarter before the one of `day`."""
    last = day.replace(month=day.month - (day.month - 1) % 3, day=1) - timedelta(days=1)
    return last.replace(month=last.month - 2, day=1)


async def create(
    session: AsyncSession,
    kind: ExposureBatchKind,
    *,
    quarter: str | None,
    title: str,
    by: int,
    now: datetime,
) -> tuple[Acted, int]:
    """An empty batch and its id; raises Overlap for a quarter that has its own."""
    first = None if quarter is None else quarter_of(quarter)
    if (first is not None) is not (kind is ExposureBatchKind.QUARTERLY):
        raise Invalid("a quarterly batch, and no other, has its quarter", field="quarter")
    if first is not None and await repository.quarter_taken(session, first):
        raise Overlap("this quarter has its batch", field="quarter")
    row = ExposureBatch(
        kind=kind.value,
        quarter=first,
        title=line(title, "title", LONGEST_TITLE),
        created_by=by,
        created_at=now,
    )
    try:
        async with session.begin_nested():
            session.add(row)
            await session.flush()
    except IntegrityError:
        raise Overlap("this quarter has its batch", field="quarter") from None
    detail = {"batch": row.id, "kind": kind.value, "quarter": quarter, "title": row.title}
    return Acted(EventKind.EXPOSURE_BATCHED, None, detail), row.id


async def put_in(session: AsyncSession, batch_id: int, case_id: int) -> Acted:
    """Puts an approved case into a batch that is not out; raises ForbiddenTransition for any other."""
    batch = await _open(session, batch_id)
    row = await open_case(session, case_id)
    if row.state != ExposureState.APPROVED.value or row.batch_id not in (None, batch.id):
        raise ForbiddenTransition(
            "only an approved case of no other batch is put in", state=row.state, act="put_in"
        )
    if len(await repository.hold_cases_of(session, batch.id)) >= MOST_CASES:
        raise Invalid(f"a batch has at most {MOST_CASES} cases", field="case")
    row.batch_id = batch.id
    row.revision += 1
    await session.flush()
    return Acted(EventKind.EXPOSURE_BATCHED, row.id, {"batch": batch.id, "put": "in"})


async def take_out(session: AsyncSession, batch_id: int, case_id: int) -> Acted:
    """Takes a case out of a batch that is not out."""
    batch = await _open(session, batch_id)
    row = await open_case(session, case_id)
    if row.batch_id != batch.id:
        raise NotFound(f"no case {case_id} in this batch")
    row.batch_id = None
    row.revision += 1
    await session.flush()
    return Acted(EventKind.EXPOSURE_BATCHED, row.id, {"batch": batch.id, "put": "out"})


async def publish(
    session: AsyncSession, batch_id: int, day: date, *, by: int, name: str, now: datetime
) -> list[Acted]:
    """Makes a batch public as of a day, with a frozen copy of what it says.

    Every case is judged anew on that day, since a party may have sued after the last signature. Raises Unfinished,
    naming every case with every reason, and nothing is published; Invalid naming `day`, `cases`, or a `title` in which
    a party is named.
    """
    batch = await _open(session, batch_id)
    today = now.astimezone(BEIJING).date()
    if not today - LATEST <= day <= today:
        raise Invalid(f"the day is one of the last {LATEST.days}, or today", field="day")
    if batch.quarter is not None and day < batch.quarter:
        raise Invalid("the day lies before the quarter", field="day")
    cases = await repository.hold_cases_of(session, batch.id)
    if not cases:
        raise Invalid("the batch is empty", field="cases")
    back, told = [], []
    for row in cases:
        standing = await standing_of(session, row)
        nameless(batch.title, "title", standing.parties, standing.numbers)
        if found := reasons(standing, day):
            back.append(Kept(row.id, row.title, found))
    if back:
        raise Unfinished(_said(back), field="cases", kept=[_document(one) for one in back])
    snapshot = canonical(await _snapshot(session, batch, cases, day, name))
    batch.published_on, batch.published_by, batch.published_at = day, by, now
    batch.snapshot, batch.digest = snapshot, hashlib.sha256(snapshot).digest()
    for row in cases:
        row.state = ExposureState.PUBLISHED.value
        row.revision += 1
        detail = {"batch": batch.id, "title": row.title, "on": day.isoformat(), "sha256": batch.digest.hex()}
        told.append(Acted(EventKind.EXPOSURE_PUBLISHED, row.id, detail, row.grid_id))
    await session.flush()
    return told


async def preview(session: AsyncSession, batch_id: int) -> dict[str, Any]:
    """What a batch would say today, for those who are to read it first; raises Unfinished where a text of it names a
    party by now, or is of the wrong length."""
    batch = await _open(session, batch_id)
    cases = await repository.hold_cases_of(session, batch.id)
    back = []
    for row in cases:
        standing = await standing_of(session, row)
        nameless(batch.title, "title", standing.parties, standing.numbers)
        if standing.text is None:
            continue
        if found := text_faults(standing.text, standing.parties, standing.numbers):
            back.append(Kept(row.id, row.title, found))
    if back:
        raise Unfinished(_said(back), field="cases", kept=[_document(one) for one in back])
    return await _snapshot(session, batch, cases, None, None)


async def appeared(
    session: AsyncSession,
    batch_id: int,
    medium: ExposureMedium,
    *,
    day: date,
    address: str,
    by: int,
    now: datetime,
) -> Acted:
    """Enters where a published batch appeared; raises ForbiddenTransition before, Invalid for a day before it was out
    or in the future."""
    batch = await repository.hold_batch(session, batch_id)
    if batch is None:
        raise NotFound(f"no batch {batch_id}")
    if batch.published_on is None:
        raise ForbiddenTransition("the batch is not published", state="draft", act="appeared")
    if not batch.published_on <= day <= now.astimezone(BEIJING).date():
        raise Invalid("it appeared when it was published or after, and not in the future", field="day")
    said = line(address, "address", LONGEST_ADDRESS)
    session.add(
        ExposureAppearance(
            batch_id=batch.id, medium=medium.value, day=day, address=said, entered_by=by, entered_at=now
        )
    )
    await session.flush()
    detail = {"batch": batch.id, "medium": medium.value, "on": day.isoformat(), "address": said}
    return Acted(EventKind.EXPOSURE_APPEARED, None, detail)


def canonical(document: dict[str, Any]) -> bytes:
    """The one way a document is written: keys in order, no blanks, UTF-8."""
    return json.dumps(
        document, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False
    ).encode()


async def _open(session: AsyncSession, batch_id: int) -> ExposureBatch:
    batch = await repository.hold_batch(session, batch_id)
    if batch is None:
        raise NotFound(f"no batch {batch_id}")
    if batch.published_at is not None:
        raise ForbiddenTransition("the batch is published", state="published", act="change")
    return batch


async def _snapshot(
    session: AsyncSession,
    batch: ExposureBatch,
    cases: Sequence[ExposedCase],
    day: date | None,
    name: str | None,
) -> dict[str, Any]:
    return {
        "batch": batch.id,
        "kind": batch.kind,
        "quarter": None if batch.quarter is None else quarter_name(batch.quarter),
        "title": batch.title,
        "published_on": None if day is None else day.isoformat(),
        "published_by": name,
        "cases": [await _told(session, row) for row in cases],
    }


async def _told(session: AsyncSession, row: ExposedCase) -> dict[str, Any]:
    newest = await repository.newest_text(session, row.id)
    if newest is None:
        raise Unfinished("a case of the batch has no text", field="cases")
    text, grid = newest[0], await repository.grid_by_id(session, row.grid_id)
    signed = await signed_of(session, text.id)
    return {
        "case": row.id,
        "title": text.title,
        "body": text.body,
        "sha256": digest_of(text.title, text.body).hex(),
        "version": text.version,
        "grid": grid.code,
        "grid_name": grid.name,
        "decision": row.kind,
        "violations": list(row.violations),
        "signatures": [
            {"step": one.step.value, "name": one.name, "on": one.on.isoformat()}
            for one in signed
            if one.step in SIGNATURES
        ],
    }


def _document(one: Kept) -> dict[str, Any]:
    return {
        "case": one.case_id,
        "title": one.title,
        "reasons": [{"code": reason.code.value, "detail": reason.detail} for reason in one.reasons],
    }


def _said(back: Sequence[Kept]) -> str:
    return "; ".join(
        f"case {one.case_id}: " + ", ".join(f"{r.code.value} {r.detail}".strip() for r in one.reasons)
        for one in back
    )
