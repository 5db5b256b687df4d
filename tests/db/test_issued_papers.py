"""Papers are written by one and issued by another, under numbers without a gap; what was issued never changes."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import pytest_asyncio
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.database import Sessions, transaction
from models.enums import PaperKind
from models.errors import ForbiddenTransition, SecondPersonNeeded, VersionConflict
from models.issued import IssuedPaper
from supervision.papers import papers
from tests.factories import World, make_world
from tests.fakes import FakeClock

NOW = datetime(2026, 11, 5, 2, 0, tzinfo=UTC)
BRIEF = papers.About(PaperKind.BRIEF, date(2026, 11, 5), date(2026, 11, 5))


@pytest_asyncio.fixture
async def world(sessions: Sessions, tmp_path: Path) -> World:
    return await make_world(sessions, FakeClock(NOW), tmp_path)


async def test_a_paper_is_issued_by_another_hand_and_replaced_by_a_later_one(world: World) -> None:
    one, other = world.people["duty"].id, world.people["leader"].id
    async with transaction(world.sessions) as session:
        row = await papers.draft(session, BRIEF, b"{}", by=one, now=NOW)
        again = await papers.draft(session, BRIEF, b'{"a":1}', by=one, now=NOW)
        assert again.id == row.id
        with pytest.raises(VersionConflict):
            await papers.issue(session, row.id, seen=b"\0" * 32, by=other, now=NOW)
        with pytest.raises(SecondPersonNeeded):
            await papers.issue(session, row.id, seen=row.digest, by=one, now=NOW)
        first = await papers.issue(session, row.id, seen=row.digest, by=other, now=NOW)
        with pytest.raises(ForbiddenTransition):
            await papers.edit(session, row.id, b"{}", seen=row.digest, by=one, now=NOW)
    async with transaction(world.sessions) as session:
        late = await papers.draft(session, BRIEF, b"{}", by=one, now=NOW)
        second = await papers.issue(session, late.id, seen=late.digest, by=other, now=NOW)
        gone = await papers.draft(session, BRIEF, b"{}", by=one, now=NOW)
        await papers.withdraw(session, gone.id, why="重复", by=one, now=NOW)
    assert (first.number, second.number) == ("会商简报〔2026〕1号", "会商简报〔2026〕2号")
    assert second.replaced == first.id
    async with world.sessions() as session:
        kept = await session.get(IssuedPaper, first.id)
        assert kept is not None
        assert (kept.state, kept.snapshot) == ("superseded", b'{"a":1}')


@pytest.mark.parametrize("change", ["UPDATE issued_paper SET snapshot = ''", "DELETE FROM issued_paper"])
async def test_what_was_issued_is_kept_by_the_database(world: World, change: str) -> None:
    one, other = world.people["duty"].id, world.people["leader"].id
    async with transaction(world.sessions) as session:
        row = await papers.draft(session, BRIEF, b"{}", by=one, now=NOW)
        await papers.issue(session, row.id, seen=row.digest, by=other, now=NOW)
    with pytest.raises(DBAPIError, match="keeps what was written"):
        async with transaction(world.sessions) as session:
            await session.execute(text(change))
