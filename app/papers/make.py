"""Papers from the database: the figures are those of the views, read in one snapshot and within the caller's scope."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Protocol
from urllib.parse import quote

from fastapi import Response
from sqlalchemy.ext.asyncio import AsyncSession

from app import journal
from app.api.rights import grid_in_scope, subtree_filter
from app.auth.scope import Caller
from app.console.reasons import retold
from app.console.texts import Texts
from app.context import Context
from app.database import Sessions, transaction
from app.papers import acts, official_docx, official_pdf, pdf, xlsx
from app.papers.air import ranking_paper
from app.papers.assessment import assessment_paper
from app.papers.listed import Listing, listed_paper
from app.papers.official import Document, beside, from_json
from app.papers.orders import MOST, Period, order_paper, row_of
from app.papers.paper import Cell, Paper, file_name
from app.papers.response import response_paper
from app.views.acts import Chosen, Reader, list_acts
from app.views.air import month_document as air_document
from app.views.air import month_in
from app.views.assessment import month_document, unit_document, units_in
from app.views.issued import around, paper_row
from app.views.orders import list_orders
from app.views.response_stats import month_of, response_stats
from models.enums import EventKind, OrderState

PAGE = 200
"""Orders read at a time: between two pages others have their turn."""
AT_ONCE = 1
"""Papers a process makes at the same time; the next one waits."""


class Ending(StrEnum):
    """What a paper is written as."""

    XLSX = "xlsx"
    PDF = "pdf"


class OfficeEnding(StrEnum):
    """What a paper of the office is written as."""

    DOCX = "docx"
    PDF = "pdf"


class _Office(Protocol):
    def __call__(
        self, document: Document, *, number: str | None, at: datetime, beside: Sequence[str] = ()
    ) -> bytes: ...


@dataclass(frozen=True, slots=True)
class _OfficeWriter:
    write: _Office
    media_type: str


@dataclass(frozen=True, slots=True)
class _Writer:
    write: Callable[[Paper], bytes]
    media_type: str


_WRITERS: Mapping[Ending, _Writer] = {
    Ending.XLSX: _Writer(xlsx.write, xlsx.MEDIA_TYPE),
    Ending.PDF: _Writer(pdf.write, pdf.MEDIA_TYPE),
}
_OFFICE: Mapping[OfficeEnding, _OfficeWriter] = {
    OfficeEnding.DOCX: _OfficeWriter(official_docx.write, official_docx.MEDIA_TYPE),
    OfficeEnding.PDF: _OfficeWriter(official_pdf.write, official_pdf.MEDIA_TYPE),
}


@dataclass(frozen=True, slots=True)
class Press:
    """Where papers are made, few at a time."""

    context: Context
    turn: asyncio.Semaphore

    async def orders(
        self,
        caller: Caller,
        words: Texts,
        ending: Ending,
        *,
        period: Period,
        grid: str | None,
        states: Sequence[OrderState],
    ) -> Response:
        """The order list; raises NotFound for a grid outside the scope."""
        grid_ids = subtree_filter(grid, caller, self.context)
        now = self.context.clock.now()
        rows: list[Sequence[Cell]] = []
        async with self.turn:
            more = False
            async with _snapshot(self.context.sessions) as session:
                cursor: str | None = None
                while True:
                    page = await list_orders(
                        session, scope=caller.scope, now=now, states=states, grid_ids=grid_ids,
                        since=period.since, until=period.until, cursor=cursor, limit=min(PAGE, MOST - len(rows)),
                    )  # fmt: skip
                    rows += [row_of(words, order) for order in await retold(session, page["items"], words)]
                    cursor = page["next_cursor"]
                    if cursor is None or len(rows) >= MOST:
                        more = cursor is not None
                        break
            paper = order_paper(
                words, rows, grid=self._name(grid, caller), period=period, states=states, more=more, now=now
            )
            return await self._handed(paper, ending, caller, grid, {"paper": "orders", "rows": len(rows)})

    async def response(
        self, caller: Caller, words: Texts, ending: Ending, *, month: str, grid: str | None
    ) -> Response:
        """A month's response statistics; raises NotFound for a grid outside the scope."""
        grid_ids = subtree_filter(grid, caller, self.context)
        now = self.context.clock.now()
        async with self.turn:
            async with _snapshot(self.context.sessions) as session:
                stats = await response_stats(session, month_of(month), scope=caller.scope, grid_ids=grid_ids)
            paper = response_paper(words, stats, grid=self._name(grid, caller), now=now)
            return await self._handed(
                paper, ending, caller, grid, {"paper": "response", "rows": len(stats["grids"])}
            )

    async def issued(self, caller: Caller, paper_id: int, ending: OfficeEnding) -> Response:
        """A paper of the office, as it is stored; raises NotFound for one the caller may not read."""
        writer = _OFFICE[ending]
        async with self.turn:
            async with self.context.sessions() as session:
                row, _ = await paper_row(session, paper_id, caller)
                before, after = await around(session, row)
                document, at = from_json(row.snapshot), row.issued_at or row.edited_at or row.drafted_at
            said = beside(
                document.language,
                supersedes=None if before is None else before.number,
                superseded_by=None if after is None else after.number,
            )
            content = await asyncio.to_thread(writer.write, document, number=row.number, at=at, beside=said)
            data = {
                "paper": row.kind,
                "format": ending.value,
                "actor": caller.name,
                "about": f"paper-{row.id}",
            }
            await self._taken(caller, None, data | {"grid": None})
        name = file_name(document.title, row.number or "")
        stem = f"{row.kind}-{row.period_from.isoformat()}-{row.id}"
        return _file(content, stem, name, ending.value, writer.media_type)

    async def acts(
        self, caller: Caller, words: Texts, *, reader: Reader, chosen: Chosen, grid: str | None
    ) -> Response:
        """The register of acts, as far as the reader sees it."""
        now = self.context.clock.now()
        rows: list[Sequence[Cell]] = []
        cursor: str | None = None
        async with self.turn:
            async with _snapshot(self.context.sessions) as session:
                while len(rows) < acts.MOST:
                    page = await list_acts(
                        session,
                        reader,
                        chosen,
                        now=now,
                        cursor=cursor,
                        limit=min(PAGE, acts.MOST - len(rows)),
                    )
                    rows += [acts.row_of(words, act) for act in page["items"]]
                    cursor = page["next_cursor"]
                    if cursor is None:
                        break
            paper = acts.register_paper(
                words, rows, grid=self._name(grid, caller), more=cursor is not None, now=now
            )
            return await self._handed(paper, Ending.XLSX, caller, grid, {"paper": "acts", "rows": len(rows)})

    async def listed(
        self,
        caller: Caller,
        words: Texts,
        listing: Listing,
        read: Callable[[AsyncSession, str | None, int], Awaitable[dict[str, Any]]],
        *,
        grid: str | None = None,
        chosen: Sequence[str] = (),
    ) -> Response:
        """A list of supervision: all that `read` gives by cursor, so many a time; or whole, as far as it fits."""
        now = self.context.clock.now()
        rows: list[Sequence[Cell]] = []
        cursor: str | None = None
        async with self.turn:
            async with _snapshot(self.context.sessions) as session:
                while len(rows) < MOST:
                    page = await read(session, cursor, min(PAGE, MOST - len(rows)))
                    rows += [listing.row_of(words, one) for one in page["items"]]
                    cursor = page["next_cursor"]
                    if cursor is None:
                        break
            more = cursor is not None or len(rows) > MOST
            del rows[MOST:]
            paper = listed_paper(
                words, listing, rows, grid=self._name(grid, caller), chosen=chosen, more=more, now=now
            )
            return await self._handed(
                paper, Ending.XLSX, caller, grid, {"paper": listing.stem, "rows": len(rows)}
            )

    async def assessment(self, caller: Caller, words: Texts, ending: Ending, *, month: date) -> Response:
        """A month of the assessment, of the units the caller sees."""
        now = self.context.clock.now()
        async with self.turn:
            async with _snapshot(self.context.sessions) as session:
                told = await month_document(
                    session, month, scope=caller.scope, directory=self.context.directory, now=now
                )
                units = [
                    await unit_document(session, month, grid, now=now)
                    for grid in units_in(caller.scope, self.context.directory)
                ]
            paper = assessment_paper(words, told, units, now=now)
            return await self._handed(
                paper, ending, caller, None, {"paper": "assessment", "rows": len(units)}
            )

    async def ranking(
        self, caller: Caller, words: Texts, ending: Ending, *, month: str, version: int | None
    ) -> Response:
        """The ranking of a month of the air; raises NotFound for a draft below the prefecture."""
        now = self.context.clock.now()
        async with self.turn:
            async with _snapshot(self.context.sessions) as session:
                found = await air_document(session, month_in(month), scope=caller.scope, version=version)
            paper = ranking_paper(words, found, now=now)
            data = {"paper": "air_ranking", "rows": len(found["units"])}
            return await self._handed(paper, ending, caller, None, data)

    def _name(self, grid: str | None, caller: Caller) -> str | None:
        return None if grid is None else grid_in_scope(grid, caller, self.context).name

    async def _handed(
        self, paper: Paper, ending: Ending, caller: Caller, grid: str | None, data: dict[str, Any]
    ) -> Response:
        """The file, once the journal says who took it."""
        writer = _WRITERS[ending]
        content = await asyncio.to_thread(writer.write, paper)
        about = None if grid is None else grid_in_scope(grid, caller, self.context).id
        data = data | {"format": ending.value, "actor": caller.name, "about": paper.stem, "grid": grid}
        await self._taken(caller, about, data)
        return _file(content, paper.stem, paper.name, ending.value, writer.media_type)

    async def _taken(self, caller: Caller, about: int | None, data: dict[str, Any]) -> None:
        now = self.context.clock.now()
        async with transaction(self.context.sessions) as session:
            entry = journal.Entry(EventKind.PAPER_TAKEN, now, grid_id=about, actor_id=caller.id, data=data)
            await journal.append(session, [entry], now=now)


def disposition(stem: str, name: str, ending: str) -> str:
    """To be saved, under a name in ASCII for whoever knows no other, and in the reader's language (RFC 6266)."""
    return f"attachment; filename=\"{stem}.{ending}\"; filename*=UTF-8''{quote(f'{name}.{ending}', safe='')}"


def _file(content: bytes, stem: str, name: str, ending: str, media_type: str) -> Response:
    return Response(
        content,
        headers={
            "Content-Disposition": disposition(stem, name, ending),
            "Cache-Control": "no-store",
            "X-Content-Type-Options": "nosniff",
        },
        media_type=media_type,
    )


@asynccontextmanager
async def _snapshot(sessions: Sessions) -> AsyncIterator[AsyncSession]:
    """Everything read in it is of one moment."""
    async with sessions() as session:
        await session.connection(
            execution_options={"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        )
        yield session
