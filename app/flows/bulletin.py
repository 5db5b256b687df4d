"""The bulletin of a signed month, drafted among the papers of the office."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from airquality.months import last_of
from app.auth.scope import EVERYTHING, Caller
from app.context import Context
from app.papers.bulletin import bulletin
from app.papers.official import to_json
from app.views.air import month_document, month_in, month_inputs
from models.clock import BEIJING
from models.enums import EventKind, MonthState, PaperKind
from models.errors import ForbiddenTransition
from models.facts import Told
from models.ids import PersonId
from supervision.papers import papers

OFFICE = "大气污染联防联控领导小组办公室"


async def draft_bulletin(session: AsyncSession, month: str, *, caller: Caller, context: Context) -> int:
    """A draft out of the month in force; gives the id of the paper. A draft that was there is written anew.

    Raises NotFound without a month, ForbiddenTransition for one that nobody signed.
    """
    first = month_in(month)
    found = await month_document(session, first, scope=EVERYTHING)
    if found["state"] != MonthState.SIGNED:
        raise ForbiddenTransition("a bulletin is of a signed month", state=found["state"], act="bulletin")
    inputs = await month_inputs(session, first, found["version"], scope=EVERYTHING, units=None)
    prefecture = context.directory.grid(context.directory.prefecture or 0)
    document = bulletin(
        month,
        found["units"],
        {unit["code"]: unit["now"].get("excluded", {}) for unit in inputs["inputs"]["units"]},
        office=f"{'' if prefecture is None else prefecture.name}{OFFICE}",
        version=found["version"],
        sha256=found["sha256"],
        signed_on=datetime.fromisoformat(found["signed_at"]).astimezone(BEIJING).date(),
    )
    now = context.clock.now()
    about = papers.About(PaperKind.BULLETIN, first, last_of(first))
    row = await papers.draft(session, about, to_json(document), by=caller.id, now=now)
    said = {
        "paper": row.id, "paper_kind": row.kind, "from": first.isoformat(), "to": last_of(first).isoformat(),
        "subject": None, "digest": row.digest.hex(),
    }  # fmt: skip
    told = Told(EventKind.OFFICE_PAPER_EDITED, None, None, now, PersonId(caller.id), caller.name, said)
    await context.pipeline.told(session, [told], now=now)
    return row.id
