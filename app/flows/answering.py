"""Lists of who answers and offices of grids, entered by a person and told on the feed (annex 1 art. 5, 19)."""

from datetime import date

from sqlalchemy.ext.asyncio import AsyncSession

from app.auth.scope import Caller
from app.pipeline import Pipeline
from app.registry.directory import GridInfo
from models.clock import Clock
from models.enums import EventKind, ListKind
from models.facts import Told
from models.ids import GridId, PersonId
from supervision.duties import duties
from supervision.duties.duties import ListEntered


async def enter_list(
    pipeline: Pipeline,
    session: AsyncSession,
    grid: GridInfo,
    kind: ListKind,
    *,
    as_of: date,
    place: str | None,
    contact: str | None,
    document: str | None,
    caller: Caller,
    clock: Clock,
) -> ListEntered:
    """The county's list as it is now, filed with the prefecture or published."""
    now = clock.now()
    made = await duties.enter_list(
        session, int(grid.id), kind, as_of=as_of, place=place, contact=contact, document=document, by=caller.id,
        now=now,
    )  # fmt: skip
    event = EventKind.LIST_FILED if kind is ListKind.FILED else EventKind.LIST_PUBLISHED
    said = {"list": made.id, "as_of": as_of.isoformat(), "lines": made.lines, "changed": made.changed}
    fact = Told(event, GridId(grid.id), grid.code, now, PersonId(caller.id), caller.name, said)
    await pipeline.told(session, [fact], now=now)
    return made


async def note_list(
    pipeline: Pipeline, session: AsyncSession, grid: GridInfo, list_id: int, *, caller: Caller, clock: Clock
) -> None:
    """The prefecture has taken note 备案 of the county's list."""
    now = clock.now()
    await duties.note_list(session, list_id, by=caller.id, now=now)
    said = {"list": list_id}
    fact = Told(EventKind.LIST_NOTED, GridId(grid.id), grid.code, now, PersonId(caller.id), caller.name, said)
    await pipeline.told(session, [fact], now=now)


async def set_office(
    pipeline: Pipeline,
    session: AsyncSession,
    grid: GridInfo,
    *,
    name: str,
    head: str,
    document: str,
    caller: Caller,
    clock: Clock,
) -> None:
    """The office 大气办 of a county, park or town as it is from now on."""
    now = clock.now()
    row = await duties.set_office(
        session, int(grid.id), name=name, head=head, document=document, by=caller.id, now=now
    )
    said = {"name": row.name, "head": row.head, "document": row.document}
    fact = Told(EventKind.OFFICE_SET, GridId(grid.id), grid.code, now, PersonId(caller.id), caller.name, said)
    await pipeline.told(session, [fact], now=now)
