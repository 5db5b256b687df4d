"""Papers of the office: each step with its event, in one transaction."""

from enum import StrEnum
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from app.api.rights import demand_prefecture
from app.auth.paper_rights import ALONE, ISSUERS, TO_ONE, WRITERS
from app.auth.scope import Caller
from app.context import Context
from app.papers.official import Document, to_json
from models.enums import EventKind, PaperKind
from models.errors import Forbidden
from models.facts import Told
from models.ids import PersonId
from models.issued import IssuedPaper
from supervision.papers import papers


class Step(StrEnum):
    """What is done with a draft."""

    EDIT = "edit"
    ISSUE = "issue"
    WITHDRAW = "withdraw"


async def edit(
    session: AsyncSession, paper_id: int, document: Document, *, seen: bytes, caller: Caller, context: Context
) -> None:
    """A draft written anew by somebody of the prefecture."""
    demand_prefecture(caller, context, *WRITERS)
    row = await papers.edit(
        session, paper_id, to_json(document), seen=seen, by=caller.id, now=context.clock.now()
    )
    await _tell(session, EventKind.OFFICE_PAPER_EDITED, row, caller, context, {"digest": row.digest.hex()})


async def issue(
    session: AsyncSession, paper_id: int, kind: PaperKind, *, seen: bytes, caller: Caller, context: Context
) -> None:
    """A draft issued under its number, by those who may; raises Forbidden for what is issued elsewhere."""
    roles = ISSUERS.get(kind)
    if roles is None:
        raise Forbidden("this paper goes out where it is signed, not from the desk of papers")
    demand_prefecture(caller, context, *roles)
    issued = await papers.issue(
        session, paper_id, seen=seen, by=caller.id, now=context.clock.now(), alone=kind in ALONE
    )
    row = await session.get_one(IssuedPaper, paper_id)
    data = {"number": issued.number, "digest": issued.digest.hex(), "replaced": issued.replaced}
    await _tell(session, EventKind.OFFICE_PAPER_ISSUED, row, caller, context, data)


async def withdraw(
    session: AsyncSession, paper_id: int, *, why: str, caller: Caller, context: Context
) -> None:
    """A draft that nobody issues."""
    demand_prefecture(caller, context, *WRITERS)
    row = await papers.withdraw(session, paper_id, why=why, by=caller.id, now=context.clock.now())
    await _tell(session, EventKind.OFFICE_PAPER_WITHDRAWN, row, caller, context, {"reason": row.ended_why})


async def _tell(
    session: AsyncSession,
    kind: EventKind,
    row: IssuedPaper,
    caller: Caller,
    context: Context,
    data: dict[str, Any],
) -> None:
    now = context.clock.now()
    # Of a draft, and of what goes to the chief above, nobody below hears.
    heard = kind is EventKind.OFFICE_PAPER_ISSUED and row.kind in TO_ONE
    grid = context.directory.grid(row.grid_id) if heard and row.grid_id is not None else None
    detail = {
        "paper": row.id,
        "paper_kind": row.kind,
        "from": row.period_from.isoformat(),
        "to": row.period_to.isoformat(),
        "subject": row.subject,
    }
    told = Told(
        kind,
        None if grid is None else grid.id,
        None if grid is None else grid.code,
        now,
        PersonId(caller.id),
        caller.name,
        detail | data,
    )
    await context.pipeline.told(session, [told], now=now)
