"""Pieces of work among processes: each by one alone, shared fairly, taken over from the dead."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from app.ingest import lease
from app.ingest.lease import INTAKE, Share, share_out

PATIENCE = 20.0


class Member:
    """A process that stands ready."""

    def __init__(self, url: str, pieces: int, everybody: list["Member"]) -> None:
        self.held: set[int] = set()
        self.told: frozenset[int] | None = None
        self.gave_up = 0
        """How often it was told that it holds nothing: between two looks it may hold something again."""
        self._everybody = everybody
        self._task = asyncio.ensure_future(
            share_out(url, INTAKE, pieces, self._work, on_change=self._changed)
        )
        everybody.append(self)

    async def _work(self, piece: int) -> None:
        assert all(piece not in other.held for other in self._everybody)
        self.held.add(piece)
        try:
            await asyncio.Event().wait()
        finally:
            self.held.discard(piece)

    def _changed(self, held: frozenset[int]) -> None:
        self.told = held
        self.gave_up += not held

    async def leave(self) -> None:
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not condition():  # noqa: ASYNC110 (several tasks reach it together)
            await asyncio.sleep(0.01)


@asynccontextmanager
async def members() -> AsyncIterator[list[Member]]:
    everybody: list[Member] = []
    try:
        yield everybody
    finally:
        for member in everybody:
            await member.leave()


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lease, "CHECK_EVERY", 0.05)


def test_shares() -> None:
    assert [(Share.of(4, n).most, Share.of(4, n).least) for n in (0, 1, 2, 3, 4, 5)] == [
        (4, 4), (4, 4), (2, 2), (2, 1), (1, 1), (1, 0),
    ]  # fmt: skip


async def test_of_one_piece_one_works_and_another_takes_over(database_url: str) -> None:
    async with members() as all_:
        first = Member(database_url, 1, all_)
        await until(lambda: first.held == {0})
        second = Member(database_url, 1, all_)
        await until(lambda: second.told == frozenset())
        assert (first.told, first.held, second.held) == (frozenset({0}), {0}, set())
        await first.leave()
        await until(lambda: second.held == {0})


async def test_a_second_process_gets_its_share_and_the_dead_ones_too(database_url: str) -> None:
    async with members() as all_:
        first = Member(database_url, 4, all_)
        await until(lambda: first.held == {0, 1, 2, 3})
        second = Member(database_url, 4, all_)
        await until(lambda: len(first.held) == len(second.held) == 2)
        third = Member(database_url, 4, all_)
        await until(lambda: bool(third.held) and sum(len(one.held) for one in all_) == 4)
        await first.leave()
        await until(lambda: len(second.held) == len(third.held) == 2)
        await second.leave()
        await until(lambda: third.held == {0, 1, 2, 3})


async def test_pieces_that_nobody_takes_are_taken_by_whoever_is_there(
    database_url: str, engine: object
) -> None:
    """Another one stands ready and does nothing: a process that hangs."""
    import asyncpg

    idle = await asyncpg.connect(database_url.replace("postgresql+asyncpg", "postgresql"))
    await idle.execute("SELECT pg_advisory_lock_shared($1)", INTAKE + (lease._READY << 32))
    try:
        async with members() as all_:
            only = Member(database_url, 4, all_)
            await until(lambda: len(only.held) == 2)
            await until(lambda: only.held == {0, 1, 2, 3})
    finally:
        await idle.close()


async def test_a_lost_connection_ends_the_work(database_url: str) -> None:
    import asyncpg

    async with members() as all_:
        only = Member(database_url, 2, all_)
        await until(lambda: only.held == {0, 1})
        before = only.gave_up
        other = await asyncpg.connect(database_url.replace("postgresql+asyncpg", "postgresql"))
        await other.execute(
            "SELECT pg_terminate_backend(l.pid) FROM pg_locks l JOIN pg_database d ON d.oid = l.database"
            " WHERE l.locktype = 'advisory' AND d.datname = current_database() AND l.pid <> pg_backend_pid()"
        )
        await other.close()
        await until(lambda: only.gave_up > before)
        await until(lambda: only.held == {0, 1})
