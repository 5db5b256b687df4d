"""Lists of key sources: proposed by the service with its reasons, signed in the county, replaced and never edited."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from airquality.period import BEIJING
from models.enums import KeyListState
from models.errors import Invalid, NotFound, SecondPersonNeeded, VersionConflict
from models.said import Said
from models.source import KeySourceList
from supervision.air.close import canonical, digest_of
from supervision.sources import source_repository as repository
from supervision.sources.files import reason_of
from supervision.sources.key_list import Criteria, KnownSource, follow, left_behind, propose

CONCERN_SPAN = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class ListProposed:
    list_id: int
    grid_id: int
    year: int
    version: int
    digest: bytes
    entries: int


@dataclass(frozen=True, slots=True)
class ListSigned:
    list_id: int
    grid_id: int
    year: int
    version: int
    digest: bytes
    replaced: int | None


async def draw_up(
    session: AsyncSession,
    grid_id: int,
    year: int,
    *,
    criteria: Criteria,
    include: Mapping[str, str],
    exclude: Mapping[str, str],
    why: str | None,
    drop: bool = False,
    by: int,
    now: datetime,
) -> ListProposed:
    """The draft of a year's list from everything known now; a draft that was there gives way to it.

    Where the year's list is signed already, `why` there is another is demanded. What was put on or taken off by hand
    in the draft or else in the list in force is repeated, or given up with `drop`. Raises Invalid naming the field, and
    where nothing differs from what is in force.
    """
    this = now.astimezone(BEIJING).year
    if not this <= year <= this + 1:
        raise Invalid("a list is drawn up for this year or the next", field="year")
    await repository.lock_lists(session)
    signed = await repository.list_in(session, grid_id, year, KeyListState.SIGNED)
    reason = reason_of(why, demanded=signed is not None)
    rows = await repository.known(session, grid_id, now - CONCERN_SPAN, now)
    sources = [
        KnownSource(code, name, grid, {kind: Decimal(said) for kind, said in emissions.items()}, reports)
        for code, name, grid, emissions, reports in rows
    ]
    document = propose(criteria, sources, include=include, exclude=exclude)
    digest = digest_of(document)
    old = await repository.list_in(session, grid_id, year, KeyListState.DRAFT)
    before = old or signed
    if before is not None and not drop:
        codes = [source.code for source in sources]
        body = json.loads(before.body)
        if lost := left_behind(body, include=include, exclude=exclude, known=codes):
            said = Said(
                "put on or taken off by hand in version %(version)s and not named now: %(known)s",
                version=before.version,
                known=tuple(lost[:20]),
            )
            raise Invalid(said, field="drop")
    if signed is not None and signed.digest == digest:
        raise Invalid("nothing differs from the list in force", field="year")
    if old is not None:
        await session.delete(old)
        await session.flush()
    row = KeySourceList(
        grid_id=grid_id, year=year, version=await repository.next_list_version(session, grid_id, year),
        state=KeyListState.DRAFT.value, body=canonical(document), digest=digest, why=reason, proposed_by=by,
        proposed_at=now,
    )  # fmt: skip
    session.add(row)
    await session.flush()
    return ListProposed(row.id, grid_id, year, row.version, digest, len(document["entries"]))


async def find(session: AsyncSession, list_id: int) -> KeySourceList:
    """The list; raises NotFound."""
    row = await session.get(KeySourceList, list_id)
    if row is None:
        raise NotFound(f"no list {list_id}")
    return row


async def sign(session: AsyncSession, list_id: int, *, digest: bytes, by: int, now: datetime) -> ListSigned:
    """Puts a draft in force; `digest` is of what the signer was shown.

    Raises NotFound without such a draft, VersionConflict where it is another one, SecondPersonNeeded for whoever
    drew it up.
    """
    await repository.lock_lists(session)
    draft = await session.get(KeySourceList, list_id, populate_existing=True)
    if draft is None or draft.state != KeyListState.DRAFT.value:
        raise NotFound("no such draft of a list")
    if draft.digest != digest:
        raise VersionConflict("the draft is another one by now")
    if draft.proposed_by == by:
        raise SecondPersonNeeded("whoever drew a list up does not sign it")
    document = document_of(draft)
    if digest_of(document) != draft.digest or any(document[k] != v for k, v in follow(document).items()):
        raise Invalid("the list does not follow from what it rests on", field="list")
    replaced = await repository.list_in(session, draft.grid_id, draft.year, KeyListState.SIGNED)
    before = None if replaced is None else replaced.version
    await repository.supersede(session, draft.grid_id, draft.year)
    draft.state, draft.signed_by, draft.signed_at = KeyListState.SIGNED.value, by, now
    await session.flush()
    return ListSigned(draft.id, draft.grid_id, draft.year, draft.version, digest, before)


def document_of(row: KeySourceList) -> dict[str, Any]:
    """What a list rests on and what follows."""
    found: dict[str, Any] = json.loads(row.body)
    return found
