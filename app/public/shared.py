"""The public's answers, made once a minute for everybody: a stranger's request costs a look into memory."""

import asyncio
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import msgspec
import structlog
from fastapi import Request, Response

from app.context import Context
from app.database import database_is_away
from app.public.told import StationHour, air_document, grids_document, whole_hour
from app.views import exposure_batches, public
from models.errors import NotFound

log = structlog.get_logger()
FRESH = timedelta(seconds=60)
STALE = timedelta(hours=1)
"""How old an answer may be while the database is away; it says itself of when it is."""
CACHE = "public, max-age=60, stale-while-revalidate=300"


@dataclass(frozen=True, slots=True)
class Kept:
    """An answer as it goes out."""

    content: bytes
    etag: str
    media_type: str


def kept(content: bytes, media_type: str) -> Kept:
    return Kept(content, f'"{hashlib.sha256(content).hexdigest()[:32]}"', media_type)


@dataclass(frozen=True, slots=True)
class _Edition:
    at: datetime
    answers: Mapping[str, Kept]


class PublicEdition:
    """Every public answer of one moment; those who come while it is made wait for it."""

    def __init__(
        self,
        context: Context,
        pages: Callable[[dict[str, Any], dict[str, Any], list[dict[str, Any]], datetime], Mapping[str, Kept]],
    ) -> None:
        self._context, self._pages = context, pages
        self._lock = asyncio.Lock()
        self._edition: _Edition | None = None

    async def answer(self, request: Request, name: str, headers: Mapping[str, str] | None = None) -> Response:
        """The answer of this name, or 304 for whoever has it; raises NotFound for none."""
        found = (await self._current()).answers.get(name)
        if found is None:
            raise NotFound("nothing there that is public")
        told = {"Cache-Control": CACHE, "ETag": found.etag, "X-Content-Type-Options": "nosniff"} | dict(
            headers or {}
        )
        if _has(request.headers.get("If-None-Match", ""), found.etag):
            return Response(status_code=304, headers=told)
        return Response(found.content, headers=told, media_type=found.media_type)

    async def _current(self) -> _Edition:
        now = self._context.clock.now()
        if self._edition is not None and _within(now - self._edition.at, FRESH):
            return self._edition
        async with self._lock:
            now = self._context.clock.now()
            if self._edition is None or not _within(now - self._edition.at, FRESH):
                try:
                    self._edition = await self._made(now)
                except Exception as error:
                    old = self._edition
                    if old is None or not database_is_away(error) or not _within(now - old.at, STALE):
                        raise
                    log.warning("public.stale", error=type(error).__name__)
                    return old
            return self._edition

    async def _made(self, now: datetime) -> _Edition:
        directory = self._context.directory
        since, until = whole_hour(now)
        async with self._context.sessions() as session:
            people = await public.people(session, now)
            published = await public.published(session)
            rows = await public.hour(session, since, until)
            cases = await exposure_batches.published_cases(session)
        hours = [
            StationHour(station.grid_id, cadence, means)
            for id_, cadence, means in rows
            if (station := directory.stations_by_id.get(id_)) is not None
        ]
        grids = grids_document(
            directory.grids, people, self._context.settings.public.channels, now, published
        )
        air = air_document(directory.grids, hours, now)
        json = "application/json"
        answers = {
            "grids": kept(msgspec.json.encode(grids), json),
            "air": kept(msgspec.json.encode(air), json),
            "cases": kept(msgspec.json.encode({"now": now.isoformat(), "cases": cases}), json),
        }
        return _Edition(now, answers | dict(self._pages(grids, air, cases, now)))


def _within(age: timedelta, limit: timedelta) -> bool:
    return timedelta(0) <= age < limit


def _has(header: str, etag: str) -> bool:
    return header.strip() == "*" or etag in (one.strip().removeprefix("W/") for one in header.split(","))
