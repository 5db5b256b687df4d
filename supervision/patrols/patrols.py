"""Check-ins at places, what days have covered, and plans beyond once a day (annex 1 art. 8, 17)."""

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from airquality.period import BEIJING
from models.enums import VisitFlaw, VisitFound
from models.errors import ForbiddenTransition, Invalid, NotFound
from models.patrol import PatrolPlan
from supervision.patrols import patrol_repository as repository
from supervision.patrols.cover import WITHIN_M, Place, PlaceDay, Tally, Visit, cover, flaw_of, tally
from supervision.patrols.late_reports import LateReport, Wait, late_reports

AHEAD, BEHIND = timedelta(minutes=10), timedelta(days=7)
"""How far the device's clock may be ahead, and how late a check-in may come."""
LONGEST_NOTE = 1000
MOST_PHOTOS = 20
LONGEST_SPAN = 62
"""Days of one look at coverage."""


@dataclass(frozen=True, slots=True)
class Spot:
    """A place that can be visited, with the position a check-in is held against."""

    key: str
    source_id: int | None
    plan_id: int | None
    name: str
    grid_id: int
    lon: float
    lat: float
    within_m: int


@dataclass(frozen=True, slots=True)
class CheckIn:
    """What somebody says who was there. `distance_m` is from the place, None without a position."""

    found: VisitFound
    note: str | None = None
    at: datetime | None = None
    """By the device's clock; now without it."""
    lon: float | None = None
    lat: float | None = None
    accuracy_m: float | None = None
    distance_m: float | None = None
    photos: tuple[uuid.UUID, ...] = ()


@dataclass(frozen=True, slots=True)
class Visited:
    visit_id: int
    spot: Spot
    at: datetime
    flaw: VisitFlaw | None
    found: VisitFound
    new: bool
    """False where this very check-in had come before."""


@dataclass(frozen=True, slots=True)
class Planned:
    plan_id: int
    grid_id: int
    name: str
    per_day: int
    within_m: int
    ended: bool = False


async def spot(session: AsyncSession, key: str) -> Spot:
    """The place of a key like `s12` or `p3`; raises NotFound."""
    number = key[1:]
    if key[:1] not in ("s", "p") or not number.isascii() or not number.isdigit() or len(number) > 9:
        raise NotFound(f"no place {key[:20]}")
    row = await repository.place(session, key[0], int(number), within_m=WITHIN_M)
    if row is None:
        raise NotFound(f"no place {key}")
    return Spot(key, *row)


async def check_in(session: AsyncSession, spot: Spot, said: CheckIn, *, by: int, now: datetime) -> Visited:
    """Takes a check-in down, once however often it is sent; whether it counts is decided now, for good."""
    at = now if said.at is None else said.at
    if not now - BEHIND <= at <= now + AHEAD:
        raise Invalid("a check-in is at most 7 days old and not ahead of the clock", field="visited_at")
    at = min(at, now)
    note = (said.note or "").strip() or None
    if note is None and said.found in (VisitFound.STOPPED, VisitFound.PROBLEM):
        raise Invalid("say what was found", field="note")
    if note is not None and len(note) > LONGEST_NOTE:
        raise Invalid(f"a note has at most {LONGEST_NOTE} characters", field="note")
    photos = tuple(dict.fromkeys(said.photos))
    if len(photos) > MOST_PHOTOS:
        raise Invalid(f"at most {MOST_PHOTOS} photos", field="photos")
    flaw = flaw_of(said.distance_m, said.accuracy_m, spot.within_m)
    visit_id, new = await repository.add_visit(
        session,
        {
            "source_id": spot.source_id, "plan_id": spot.plan_id, "grid_id": spot.grid_id, "person_id": by,
            "day": at.astimezone(BEIJING).date(), "visited_at": at, "received_at": now, "lon": said.lon,
            "lat": said.lat, "accuracy_m": said.accuracy_m, "distance_m": said.distance_m,
            "within_m": spot.within_m, "flaw": None if flaw is None else flaw.value, "found": said.found.value,
            "note": note,
        },
    )  # fmt: skip
    if new and photos and await repository.add_photos(session, visit_id, photos, person_id=by) < len(photos):
        raise Invalid("some photo is unknown, somebody else's, or used already", field="photos")
    return Visited(visit_id, spot, at, flaw, said.found, new)


async def day_of(session: AsyncSession, grid_ids: Collection[int], day: date) -> list[tuple[Spot, PlaceDay]]:
    """Everything due on a day in these grids, with what was done there, by grid and name."""
    rows = await repository.places(session, grid_ids, day, day, within_m=WITHIN_M)
    spots = [
        Spot(
            key, int(key[1:]) if key[0] == "s" else None, int(key[1:]) if key[0] == "p" else None, name, grid,
            lon, lat, within,
        )
        for _, key, name, grid, lon, lat, _, within in rows
    ]  # fmt: skip
    places = [Place(key, name, grid, often) for _, key, name, grid, _, _, often, _ in rows]
    sources = [one.source_id for one in spots if one.source_id is not None]
    points = [one.plan_id for one in spots if one.plan_id is not None]
    seen = [
        Visit(key, at, None if flaw is None else VisitFlaw(flaw))
        for key, at, flaw in await repository.visits(session, day, sources, points)
    ]
    return list(zip(spots, cover(places, seen), strict=True))


async def tallies(
    session: AsyncSession, grid_ids: Collection[int], first: date, last: date
) -> dict[tuple[date, int], Tally]:
    """What was due and covered on each day from `first` to `last`, by day and grid; the same as day by day."""
    if not 0 <= (last - first).days < LONGEST_SPAN:
        raise Invalid(f"1 to {LONGEST_SPAN} days at a time", field="from")
    found = {
        (day, grid): Tally(due, covered, doubtful)
        for day, grid, due, covered, doubtful in await repository.once_a_day(
            session, grid_ids, first, last, within_m=WITHIN_M
        )
    }
    rows = await repository.oftener(session, grid_ids, first, last, within_m=WITHIN_M)
    for day, key, name, grid, often, instants, flaws in rows:
        visits = [
            Visit(key, at, None if flaw is None else VisitFlaw(flaw))
            for at, flaw in zip(instants, flaws, strict=True)
        ]
        more = tally(cover([Place(key, name, grid, often)], visits))
        found[day, grid] = found.get((day, grid), Tally()) + more
    return found


async def plan_source(
    session: AsyncSession, code: str, *, per_day: int, within_m: int, by: int, now: datetime
) -> Planned:
    """How often a source is visited and from how near, from today on; the plan there was ends."""
    _check(per_day, within_m)
    source = await repository.source_of(session, code)
    if source is None:
        raise NotFound(f"no active source {code}")
    id_, grid_id, name = source
    today = now.astimezone(BEIJING).date()
    old = await repository.plan_of_source(session, id_)
    if old is not None:
        old.to_on, old.ended_by = max(today, old.from_on), by
        await session.flush()
    return await _add(
        session, now, grid_id=grid_id, source_id=id_, per_day=per_day, within_m=within_m, by=by, shown=name
    )


async def add_point(
    session: AsyncSession,
    grid_id: int,
    *,
    name: str,
    lon: float,
    lat: float,
    per_day: int,
    within_m: int,
    by: int,
    now: datetime,
) -> Planned:
    """A further point of a village or town that is to be visited, from today on."""
    _check(per_day, within_m)
    said = name.strip()
    if not 0 < len(said) <= 100 or any(ord(char) < 32 for char in said):
        raise Invalid("a name is 1 to 100 characters", field="name")
    if not (-180 <= lon <= 180 and -90 <= lat <= 90):
        raise Invalid("a position is in degrees, WGS 84", field="lon")
    return await _add(
        session, now, grid_id=grid_id, name=said, lon=lon, lat=lat, per_day=per_day, within_m=within_m, by=by,
        shown=said,
    )  # fmt: skip


async def end_plan(session: AsyncSession, plan_id: int, *, by: int, now: datetime) -> Planned:
    """From today on a point is not visited any more, or a source once a day again."""
    row = await find_plan(session, plan_id)
    if row.to_on is not None:
        raise ForbiddenTransition("the plan has ended")
    row.to_on, row.ended_by = max(now.astimezone(BEIJING).date(), row.from_on), by
    await session.flush()
    return Planned(row.id, row.grid_id, row.name or "", row.per_day, row.within_m, ended=True)


async def find_plan(session: AsyncSession, plan_id: int) -> PatrolPlan:
    """The plan, held; raises NotFound."""
    row = await repository.hold_plan(session, plan_id)
    if row is None:
        raise NotFound(f"no plan {plan_id}")
    return row


def _check(per_day: int, within_m: int) -> None:
    if not 1 <= per_day <= 12:
        raise Invalid("a place is visited 1 to 12 times a day", field="per_day")
    if not 50 <= within_m <= 5000:
        raise Invalid("a check-in is held to 50 to 5000 m", field="within_m")


async def _add(session: AsyncSession, now: datetime, *, by: int, shown: str, **values: Any) -> Planned:
    row = PatrolPlan(from_on=now.astimezone(BEIJING).date(), made_by=by, made_at=now, **values)
    session.add(row)
    await session.flush()
    return Planned(row.id, row.grid_id, shown, row.per_day, row.within_m)


async def late_reports_of(
    session: AsyncSession, first: date, last: date, *, unit_ids: Sequence[int] | None, now: datetime
) -> list[LateReport]:
    """Reports from below that passed their deadline at a level-2 grid in the months of these first days and between."""
    after = date(last.year + (last.month == 12), last.month % 12 + 1, 1)
    since, until = (datetime(day.year, day.month, day.day, tzinfo=BEIJING) for day in (first, after))
    rows = await repository.waits(session, since, until, unit_ids)
    return late_reports([Wait(*row) for row in rows], now=now)
