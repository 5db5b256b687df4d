"""Who answers in each county and what is missing, its office, and its lists: filed with the prefecture, published."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from airquality.period import BEIJING
from models.duty import GridOffice, StaffList
from models.enums import ListKind
from models.errors import Forbidden, Invalid, NotFound, VersionConflict
from supervision import versions
from supervision.duties import duties_repository as repository
from supervision.duties.facts import County, GridFact, ListFact, Service
from supervision.duties.gaps import Gap, Standing, gaps, standing
from supervision.duties.lists import CHIEFS, LISTED, Line, differing, digest, lines
from supervision.said import day_of_the_past, text_of

LONGEST = 300
LONGEST_NAME = 100
_ROLES = [role.value for role in LISTED]


@dataclass(frozen=True, slots=True)
class Looked:
    """A county as it stands: its facts, what it lacks, and what that says of items 1 to 3."""

    grid_id: int
    county: County
    gaps: tuple[Gap, ...]
    standing: dict[int, Standing]
    filed: StaffList | None
    published: StaffList | None
    office: GridOffice | None


@dataclass(frozen=True, slots=True)
class ListEntered:
    """A list was filed or published; it says how many lines are other than in the one before."""

    id: int
    kind: ListKind
    lines: int
    changed: int


async def look(session: AsyncSession, grid_ids: Sequence[int] | None, *, now: datetime) -> list[Looked]:
    """These counties and parks, or all of them, in the order of their codes."""
    known = await repository.counties(session)
    chosen = [id_ for id_ in known if grid_ids is None or id_ in grid_ids]
    if not chosen:
        return []
    today = now.astimezone(BEIJING).date()
    _, readings = await versions.readings_on(session, today)
    counties = await _counties(session, chosen, now)
    newest = await repository.newest_lists(session, chosen)
    offices = await repository.offices(session, chosen)
    found = []
    for id_ in chosen:
        filed, published = newest.get((id_, ListKind.FILED)), newest.get((id_, ListKind.PUBLISHED))
        county = await _with_lists(session, counties[id_], filed, published, now)
        lacking = gaps(
            county.facts, today=today, list_days=readings.list_days, filing_days=readings.filing_days,
            ending_days=readings.ending_days,
        )  # fmt: skip
        found.append(
            Looked(id_, county.facts, tuple(lacking), standing(lacking), filed, published, offices.get(id_))
        )
    return found


@dataclass(frozen=True, slots=True)
class _Counted:
    facts: County
    grid_ids: tuple[int, ...]


async def _counties(session: AsyncSession, ids: Sequence[int], now: datetime) -> dict[int, _Counted]:
    rows = await repository.grids(session, ids)
    every = [row[1] for row in rows]
    codes = {row[1]: row[2] for row in rows}
    by_county: dict[int, list[tuple[int, GridFact]]] = {}
    for county, id_, *facts in rows:
        by_county.setdefault(county, []).append((id_, GridFact(*facts)))
    follows = await repository.following(session, every, now)
    services: dict[int, list[Service]] = {}
    for grid_id, role, username, name, post, full_time, covers, until in await repository.services(
        session, every, _ROLES, now
    ):
        last = None if until is None or (grid_id, role, post) in follows else _last_day(until)
        services.setdefault(grid_id, []).append(
            Service(codes[grid_id], role, username, name, post, full_time, frozenset(covers), last)
        )
    offices = await repository.offices(session, every)
    stations = await repository.reference_stations(session, every)
    interests = frozenset(await repository.interests(session, now))
    found = {}
    for county, grids in by_county.items():
        own = {id_ for id_, _ in grids}
        serving = tuple(service for id_, _ in grids for service in services.get(id_, ()))
        people = {service.person for service in serving}
        found[county] = _Counted(
            County(
                codes[county],
                tuple(fact for _, fact in grids),
                serving,
                frozenset(codes[id_] for id_ in offices if id_ in own),
                {code: codes[id_] for code, id_ in stations if id_ in own},
                frozenset(one for one in interests if one[0] in people),
            ),
            tuple(own),
        )
    return found


def _last_day(until: datetime) -> date:
    """The day of Beijing time with the last instant before this one."""
    return (until - timedelta(microseconds=1)).astimezone(BEIJING).date()


async def _with_lists(
    session: AsyncSession,
    county: _Counted,
    filed: StaffList | None,
    published: StaffList | None,
    now: datetime,
) -> _Counted:
    current = lines(county.facts)
    facts = replace(
        county.facts,
        filed=await _list_fact(session, county.grid_ids, filed, current, now),
        published=await _list_fact(session, county.grid_ids, published, current, now),
    )
    return replace(county, facts=facts)


async def _list_fact(
    session: AsyncSession,
    grid_ids: Sequence[int],
    row: StaffList | None,
    current: Sequence[Line],
    now: datetime,
) -> ListFact | None:
    """Since when the list is not what it was: the first change after it, or its own day where none has an instant."""
    if row is None:
        return None
    if row.digest == digest(current):
        return ListFact(row.as_of, row.contact)
    gone, new = differing(row.body, current)
    changed = {line["role"] in CHIEFS for line in (*gone, *new)}
    events = await repository.changes(session, grid_ids, _ROLES, row.entered_at, now) if changed else []

    def since(chiefs: bool) -> date | None:
        if chiefs not in changed:
            return None
        instants = [at for _, role, at in events if (role in CHIEFS) is chiefs]
        return min(instants).astimezone(BEIJING).date() if instants else row.as_of

    return ListFact(row.as_of, row.contact, since(True), since(False))


async def enter_list(
    session: AsyncSession,
    grid_id: int,
    kind: ListKind,
    *,
    as_of: date,
    place: str | None,
    contact: str | None,
    document: str | None,
    by: int,
    now: datetime,
) -> ListEntered:
    """The county's list as the registry has it now, filed or published on that day; raises Invalid naming the field."""
    await _demand_level(session, grid_id, (2,))
    day_of_the_past("as_of", as_of, now)
    published = kind is ListKind.PUBLISHED
    said = {
        "place": text_of("place", place, LONGEST) if published else None,
        "contact": text_of("contact", contact, LONGEST) if published else None,
        "document": text_of("document", document, LONGEST) if document or not published else None,
    }
    await repository.lock(session)
    county = (await _counties(session, [grid_id], now))[grid_id]
    body = lines(county.facts)
    before = (await repository.newest_lists(session, [grid_id])).get((grid_id, kind))
    gone, new = differing(before.body if before else [], body)
    row = StaffList(
        grid_id=grid_id, kind=kind.value, as_of=as_of, body=body, digest=digest(body), entered_by=by, entered_at=now,
        **said,
    )  # fmt: skip
    session.add(row)
    await session.flush()
    return ListEntered(row.id, kind, len(body), len(gone) + len(new))


async def note_list(session: AsyncSession, list_id: int, *, by: int, now: datetime) -> StaffList:
    """The prefecture takes note 备案 of a filed list, once, by somebody who did not enter it.

    Raises NotFound, Forbidden to whoever entered it, and VersionConflict where it was noted before.
    """
    row = await repository.held_list(session, list_id)
    if row is None or row.kind != ListKind.FILED.value:
        raise NotFound(f"no filed list {list_id}")
    if row.entered_by == by:
        raise Forbidden("somebody else takes note of what one has entered")
    if row.noted_at is not None:
        raise VersionConflict("the list has been noted already")
    row.noted_by, row.noted_at = by, now
    await session.flush()
    return row


async def lists_of(session: AsyncSession, grid_id: int, *, before: int | None, limit: int) -> Sequence[Any]:
    """Rows (StaffList, code of the grid, who entered it, who noted it) of a county, the newest first."""
    return await repository.lists_of(session, grid_id=grid_id, before=before, limit=limit)


async def list_of(session: AsyncSession, list_id: int) -> Any | None:
    """The row (StaffList, code of the grid, who entered it, who noted it) of one list."""
    rows = await repository.lists_of(session, list_id=list_id, limit=1)
    return rows[0] if rows else None


async def set_office(
    session: AsyncSession, grid_id: int, *, name: str, head: str, document: str, by: int, now: datetime
) -> GridOffice:
    """The office 大气办 of a county, park or town as it is from now on; raises Invalid naming the field."""
    await _demand_level(session, grid_id, (2, 3))
    row = GridOffice(
        grid_id=grid_id, name=text_of("name", name, LONGEST_NAME), head=text_of("head", head, LONGEST_NAME),
        document=text_of("document", document, LONGEST), entered_by=by, entered_at=now,
    )  # fmt: skip
    session.add(row)
    await session.flush()
    return row


async def _demand_level(session: AsyncSession, grid_id: int, levels: Iterable[int]) -> None:
    grid = await repository.grid(session, grid_id)
    if grid is None or grid.level not in levels:
        raise Invalid("this is kept for a county or park", field="grid")
