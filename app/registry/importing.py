"""A registry file over the console: first rehearsed against the database, then loaded as it was rehearsed, or not.

Between the two the file lies in the data directory, readable by the service alone, under its digest and the person who
brought it; it goes when it is loaded, and after a day at the latest.
"""

import asyncio
import hashlib
import os
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.registry.check import Notice, found, loaded_state
from app.registry.document import LIMIT_BYTES
from app.registry.editor import Author, mark
from app.registry.entries import Fault, Registry
from app.registry.file import parse
from app.registry.load import LoadResult, known_grids, load, lock, write
from app.registry.staff import administered, keep_administered
from models.errors import Invalid, TooLarge, VersionConflict

FOLDER = "registry-imports"
KEPT_S = 24 * 3600
CONTEXT = 2
"""Lines shown before and after a line with a fault."""
MOST_FAULTS = 200
_LINE = 240
_DIGEST = re.compile(r"[0-9a-f]{64}")
_SECRET = re.compile(r"""((?:password|secret)["']?\s*:\s*)("(?:[^"\\]|\\.)*"?|'[^']*'?|[^,}\s][^,}\n]*)""")
_MARKS = (
    "SELECT md5(coalesce(string_agg(t::text, '|' ORDER BY t.id), '')) FROM grid t",
    "SELECT md5(coalesce(string_agg(t::text, '|' ORDER BY t.id), '')) FROM person t",
    "SELECT md5(coalesce(string_agg(t::text, '|' ORDER BY t.id), '')) FROM duty t",
    "SELECT md5(coalesce(string_agg(t::text, '|' ORDER BY t.duty_id, t.grid_id), '')) FROM duty_cover t",
    "SELECT md5(coalesce(string_agg(t::text, '|' ORDER BY t.id), '')) FROM source t",
    "SELECT md5(coalesce(string_agg((t.id, t.code, t.name, t.grid_id, t.kind, t.purpose, t.lon, t.lat, t.cadence_s,"
    " t.secret_hash, t.hj212, t.retired_at)::text, '|' ORDER BY t.id), '')) FROM station t",
)


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the file with the faults in it; `gap`: lines before it are left out."""

    number: int
    text: str
    faults: tuple[Fault, ...]
    gap: bool


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What loading the file would do now; `result` None where faults forbid it."""

    faults: tuple[Fault, ...]
    result: LoadResult | None
    notices: Sequence[Notice]
    passwords: int
    """People and stations for whom the file brings a password or secret; whether it is another one is not looked at."""
    mark: str
    """Of the whole registry as it was."""


def text_of(content: bytes) -> str:
    """The file's text; raises TooLarge or Invalid for what no registry file is."""
    if len(content) > LIMIT_BYTES:
        raise TooLarge("the registry file is too large")
    try:
        found_text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Invalid("the file is no UTF-8 text", field="utf8") from None
    if not found_text.strip() or "\x00" in found_text:
        raise Invalid("the file is no text", field="utf8")
    return found_text


def excerpt(source: str, faults: Sequence[Fault]) -> list[Row]:
    """The lines that have faults with a few around them, secrets left out; a line that is too long is cut."""
    lines = source.split("\n")
    by_line: dict[int, list[Fault]] = {}
    for fault in faults:
        if fault.line is not None and 1 <= fault.line <= len(lines):
            by_line.setdefault(fault.line, []).append(fault)
    wanted = sorted(
        {
            number
            for line in by_line
            for number in range(max(1, line - CONTEXT), min(len(lines), line + CONTEXT) + 1)
        }
    )
    rows, last = [], 0
    for number in wanted:
        shown = _SECRET.sub(r"\1•••", lines[number - 1].rstrip("\r"))
        shown = shown if len(shown) <= _LINE else shown[:_LINE] + "…"
        rows.append(Row(number, shown, tuple(by_line.get(number, ())), gap=number != last + 1))
        last = number
    return rows


async def registry_mark(session: AsyncSession) -> str:
    """Another one as soon as anything in the registry differs, but for when stations were last heard."""
    return mark(*[await session.scalar(text(statement)) for statement in _MARKS])


async def rehearse(session: AsyncSession, source: str, name: str, *, by: Author, now: datetime) -> Rehearsal:
    """Loads the file and takes everything back: the session is rolled back at the end, whatever it held.

    Raises Forbidden for a file that would leave the prefecture without an administrator.
    """
    try:
        await lock(session)
        before = await registry_mark(session)
        parsed = await asyncio.to_thread(parse, source, name, await known_grids(session))
        if parsed.registry is None:
            return Rehearsal(parsed.faults, None, (), 0, before)
        bare, passwords = _bare(parsed.registry)
        held = await administered(session, by, now=now)
        result = await write(session, bare, now=now)
        await keep_administered(session, held, by, now=now)
        notices = found(await loaded_state(session, now=now))
        return Rehearsal((), result, notices, passwords, before)
    finally:
        await session.rollback()


def _bare(registry: Registry) -> tuple[Registry, int]:
    """The registry without passwords and secrets, whose hashing would take minutes, and how many there are."""
    given = sum(person.password is not None for person in registry.people)
    given += sum(station.secret is not None for station in registry.stations)
    people = tuple(replace(person, password=None) for person in registry.people)
    stations = tuple(replace(station, secret=None) for station in registry.stations)
    return replace(registry, people=people, stations=stations), given


async def load_rehearsed(
    session: AsyncSession, source: str, name: str, *, seen: str | None, by: Author, now: datetime
) -> LoadResult:
    """Loads the file if the registry is still what it was rehearsed against; raises VersionConflict otherwise.

    Where nothing is `seen`, the registry may be any; a file with faults raises Invalid then.
    """
    await lock(session)
    if seen is not None and await registry_mark(session) != seen:
        raise VersionConflict("the registry has changed since the file was checked", field="changed")
    parsed = await asyncio.to_thread(parse, source, name, await known_grids(session))
    if parsed.registry is None:
        faults = [{"line": one.line, "path": one.path, "message": one.message} for one in parsed.faults]
        raise Invalid(f"the file has {len(faults)} faults", faults=faults[:MOST_FAULTS])
    before = await administered(session, by, now=now)
    digest = hashlib.sha256(source.encode()).hexdigest()
    said = by.said(file=name, sha256=digest)
    result = await load(session, parsed.registry, now=now, author=by.name, actor_id=by.id, said=said)
    await keep_administered(session, before, by, now=now)
    return result


def keep(data_dir: Path, person_id: int, source: str, now: datetime) -> str:
    """Lays the file aside for its loading and clears away old ones; gives its digest."""
    folder = data_dir / FOLDER
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for old in folder.iterdir():
        if old.stat().st_mtime < now.timestamp() - KEPT_S:
            old.unlink(missing_ok=True)
    content = source.encode()
    digest = hashlib.sha256(content).hexdigest()
    temporary = folder / f"{secrets.token_hex(8)}.part"
    with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
    temporary.replace(_path(data_dir, person_id, digest))
    return digest


def kept(data_dir: Path, person_id: int, digest: str) -> str:
    """The file this person laid aside under this digest; raises VersionConflict where it is no longer there."""
    if _DIGEST.fullmatch(digest):
        path = _path(data_dir, person_id, digest)
        if path.is_file() and hashlib.sha256(content := path.read_bytes()).hexdigest() == digest:
            return content.decode()
    raise VersionConflict("the file that was checked is no longer here", field="changed")


def discard(data_dir: Path, person_id: int, digest: str) -> None:
    """What is loaded need not lie about."""
    if _DIGEST.fullmatch(digest):
        _path(data_dir, person_id, digest).unlink(missing_ok=True)


def _path(data_dir: Path, person_id: int, digest: str) -> Path:
    return data_dir / FOLDER / f"{person_id}-{digest}"
