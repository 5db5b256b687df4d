"""Brings a registry into the database: all or nothing in the caller's transaction, and twice is as once.

What the file does not say stays as it is: grids, people and stations it does not list, and fields it leaves
out (a boundary, a password, a secret). Only the duties of a person are a whole: see `app.registry.duties`.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from typing import Any, TypeVar

from sqlalchemy import ARRAY, String, any_, bindparam, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from app import journal
from app.auth.passwords import hash_password, verify
from app.credentials import hash_secret, verify_secret
from app.registry.duty_rows import Tally, renew_duties
from app.registry.entries import (
    DEFAULT_CADENCE_S,
    GridEntry,
    KnownGrid,
    Parsed,
    PersonEntry,
    Registry,
    SourceEntry,
    StationEntry,
)
from app.registry.file import parse
from dispatch.roster import service as roster
from models.base import Base
from models.enums import EventKind, SourceKind, SourceState
from models.registry import Grid, Person, Source, Station
from supervision.sources import files

CHANNEL = "geshao_registry"
_LOCK = 0x6765_7368_72  # any number; two loads must not interleave
# Hashing one batch takes seconds; whole counties would outlast the server's limit for an idle transaction.
_BATCH = 100

Row = TypeVar("Row", bound=Base)


@dataclass(frozen=True, slots=True)
class LoadResult:
    """What a load did, per kind."""

    grids: Tally = field(default_factory=Tally)
    people: Tally = field(default_factory=Tally)
    duties: Tally = field(default_factory=Tally)
    stations: Tally = field(default_factory=Tally)
    sources: Tally = field(default_factory=Tally)

    def tallies(self) -> dict[str, Tally]:
        return {
            "grids": self.grids,
            "people": self.people,
            "duties": self.duties,
            "stations": self.stations,
            "sources": self.sources,
        }

    @property
    def changed(self) -> bool:
        return any(tally.touched for tally in self.tallies().values())

    def summary(self) -> str:
        """One line for people."""
        if not self.changed:
            whole = ", ".join(f"{tally.unchanged} {kind}" for kind, tally in self.tallies().items())
            return f"nothing changed ({whole} as before)"
        return "; ".join(f"{kind} {tally.shown()}" for kind, tally in self.tallies().items() if tally.total)


async def known_grids(session: AsyncSession) -> dict[str, KnownGrid]:
    """Every loaded grid, as `parse` wants to know them."""
    parents = {row.id: row.code for row in await session.execute(select(Grid.id, Grid.code))}
    rows = await session.execute(select(Grid.code, Grid.level, Grid.boundary, Grid.parent_id))
    return {row.code: KnownGrid(row.level, row.boundary, parents.get(row.parent_id)) for row in rows}


async def load_text(
    session: AsyncSession,
    source: str,
    name: str,
    *,
    now: datetime,
    author: str,
    actor_id: int | None = None,
    said: Mapping[str, Any] | None = None,
) -> tuple[Parsed, LoadResult | None]:
    """Parses against the grids in the database and loads what has no faults; None if nothing was loaded."""
    await lock(session)
    known = await known_grids(session)
    # A county's file takes seconds to read: other requests go on meanwhile.
    parsed = await asyncio.to_thread(parse, source, name, known)
    if parsed.registry is None:
        return parsed, None
    return parsed, await load(session, parsed.registry, now=now, author=author, actor_id=actor_id, said=said)


async def load(
    session: AsyncSession,
    registry: Registry,
    *,
    now: datetime,
    author: str,
    actor_id: int | None = None,
    said: Mapping[str, Any] | None = None,
) -> LoadResult:
    """Loads a parsed registry and tells every process of it when the transaction commits.

    A load that changed something is an event of the journal, with its author and what else is `said` of it; nothing
    is logged here, since the command that loads prints the same summary.
    """
    result = await write(session, registry, now=now)
    if result.duties.touched:
        await roster.extend(session, now=now, wait=True)
    counts = {kind: tally.counts() for kind, tally in result.tallies().items() if tally.total}
    await tell(
        session,
        now=now,
        author=author,
        actor_id=actor_id,
        said=counts | dict(said or {}),
        changed=result.changed,
    )
    return result


async def write(session: AsyncSession, registry: Registry, *, now: datetime) -> LoadResult:
    """The rows of a parsed registry and nothing else: a dry run ends its savepoint after this."""
    await lock(session)
    result = LoadResult()
    grid_ids = await _grids(session, registry.grids, result.grids)
    await _stations(session, registry.stations, grid_ids, result.stations)
    await _sources(session, registry.sources, grid_ids, result.sources, now=now)
    person_ids = await _people(session, registry.people, result.people)
    await renew_duties(session, registry.people, person_ids, grid_ids, result.duties, now=now)
    return result


async def tell(
    session: AsyncSession,
    *,
    now: datetime,
    author: str,
    actor_id: int | None = None,
    said: Mapping[str, Any],
    changed: bool = True,
) -> None:
    """The event of a changed registry, and the word to every process to read it anew."""
    if changed:
        data = {"author": author, **said}
        await journal.append(
            session, [journal.Entry(EventKind.REGISTRY_LOADED, now, actor_id=actor_id, data=data)], now=now
        )
    await session.execute(text("SELECT pg_notify(:channel, '')"), {"channel": CHANNEL})


async def lock(session: AsyncSession) -> None:
    """Whoever changes the registry holds this until the transaction ends."""
    await session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})


async def _existing(
    session: AsyncSession, column: InstrumentedAttribute[str], codes: Sequence[str]
) -> dict[str, Any]:
    """The rows with these codes; one array, since a list of parameters has a limit."""
    wanted = bindparam("codes", list(codes), ARRAY(String))
    statement = select(column.class_).where(column == any_(wanted))
    rows = await session.scalars(statement, execution_options={"populate_existing": True})
    return {getattr(row, column.key): row for row in rows}


def _put(
    session: AsyncSession, row: Row | None, make: Callable[[], Row], tally: Tally, **said: object
) -> Row:
    """Adds the row, or changes the fields the file speaks of (None: it says nothing) where they differ."""
    values = {key: value for key, value in said.items() if value is not None}
    if row is None:
        row = make()
        session.add(row)
        tally.added += 1
        tally.name(str(values.get("code") or values.get("username")))
    elif any(getattr(row, key) != value for key, value in values.items()):
        tally.changed += 1
        tally.name(str(values.get("code") or values.get("username")))
    else:
        tally.unchanged += 1
        return row
    for key, value in values.items():
        setattr(row, key, value)
    return row


def _listed(values: tuple[str, ...] | None) -> list[str] | None:
    return None if values is None else list(values)


async def _grids(session: AsyncSession, grids: Sequence[GridEntry], tally: Tally) -> dict[str, int]:
    """Grids level by level, so that a parent has its id; gives the ids of all grids by code."""
    existing = await _existing(session, Grid.code, [grid.code for grid in grids])
    ids = {row.code: row.id for row in await session.execute(select(Grid.code, Grid.id))}
    for _, level in groupby(grids, key=lambda grid: grid.level):
        fresh = []
        for grid in level:
            row = existing.get(grid.code)
            if grid.borrowed and row is not None:
                continue
            parent_id = ids[grid.parent] if grid.parent else None
            placed = _put(
                session, row, Grid, tally,
                code=grid.code, name=grid.name, level=grid.level, kind=grid.kind, parent_id=parent_id,
                boundary=grid.boundary, aliases=_listed(grid.aliases),
            )  # fmt: skip
            if parent_id is None and placed.parent_id is not None:
                placed.parent_id = None  # it became the prefecture
            fresh.append(placed)
        await session.flush()  # the next level needs these ids
        ids.update((row.code, row.id) for row in fresh)
    return ids


async def _stations(
    session: AsyncSession, stations: Sequence[StationEntry], grid_ids: dict[str, int], tally: Tally
) -> None:
    existing = await _existing(session, Station.code, [station.code for station in stations])
    for batch in _batches(stations):
        hashes = await asyncio.to_thread(_secret_hashes, batch, existing)
        for station in batch:
            _put(
                session, existing.get(station.code), _new_station, tally,
                code=station.code, name=station.name, grid_id=grid_ids[station.grid], kind=station.kind,
                purpose=station.purpose, lon=station.lon, lat=station.lat, cadence_s=station.cadence_s,
                secret_hash=hashes.get(station.code), hj212=station.hj212,
            )  # fmt: skip
        await session.flush()


def _new_station() -> Station:
    return Station(cadence_s=DEFAULT_CADENCE_S)


def _secret_hashes(stations: Sequence[StationEntry], existing: dict[str, Any]) -> dict[str, str]:
    """The hash of each secret; the stored one while it is the same secret, so that nothing changes."""
    hashes: dict[str, str] = {}
    for station in stations:
        if station.secret is None:
            continue
        row = existing.get(station.code)
        kept: str | None = row.secret_hash if row is not None else None
        if kept is None or not verify_secret(station.secret, kept):
            kept = hash_secret(station.secret)
        hashes[station.code] = kept
    return hashes


async def _sources(
    session: AsyncSession,
    sources: Sequence[SourceEntry],
    grid_ids: dict[str, int],
    tally: Tally,
    *,
    now: datetime,
) -> None:
    existing = await _existing(session, Source.code, [source.code for source in sources])
    touched = []
    for source in sources:
        before = tally.touched
        row = _put(
            session, existing.get(source.code), _new_source, tally,
            code=source.code, name=source.name, grid_id=grid_ids[source.grid], lon=source.lon, lat=source.lat,
            category=source.category, pollutants=list(source.pollutants),
        )  # fmt: skip
        if tally.touched > before:
            row.version = row.version + 1 if source.code in existing else 1
            touched.append((row, source.grid))
    await session.flush()
    await files.remember_loaded(session, touched, now=now)


def _new_source() -> Source:
    return Source(kind=SourceKind.OTHER.value, state=SourceState.ACTIVE.value, emissions={}, version=1)


async def _people(session: AsyncSession, people: Sequence[PersonEntry], tally: Tally) -> dict[str, int]:
    """People with their passwords; gives their ids by user name."""
    existing = await _existing(session, Person.username, [person.username for person in people])
    ids: dict[str, int] = {}
    for batch in _batches(people):
        kept = (existing.get(person.username) for person in batch)
        hashes = await asyncio.gather(
            *(_password_hash(person.password, row) for person, row in zip(batch, kept, strict=True))
        )
        rows = [
            _put(
                session, existing.get(person.username), Person, tally,
                username=person.username, name=person.name, phone=person.phone, password_hash=hashed,
            )
            for person, hashed in zip(batch, hashes, strict=True)
        ]  # fmt: skip
        await session.flush()
        ids.update((row.username, row.id) for row in rows)
    return ids


async def _password_hash(password: str | None, row: Person | None) -> str | None:
    """The password's hash; the stored one while it is the same password."""
    if password is None:
        return None
    kept = row.password_hash if row is not None else None
    if kept is not None and await verify(password, kept):
        return kept
    return await asyncio.to_thread(hash_password, password)


Item = TypeVar("Item")


def _batches(items: Sequence[Item]) -> Iterable[Sequence[Item]]:
    return (items[start : start + _BATCH] for start in range(0, len(items), _BATCH))
