"""Boards that are kept from the feed through every act, request and decision there is; and the watchdog meanwhile."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import initialize, invariant, run_state_machine_as_test

from app.auth.scope import EVERYTHING
from app.board.fold import Board, fold, read, shown
from app.board.wanted import Wanted, traits_of
from app.database import make_engine, make_sessions
from app.views import board as view
from app.watchdog.looks import Turns, look
from models.bulk import fetch
from models.enums import OrderAct, RequestKind, WatchdogCode
from tests.factories import COUNTY, OTHER_COUNTY, make_world
from tests.fakes import FakeClock
from tests.flow.test_request_machine import GRIDS, Life

# In the machine time passes without an engine, and nobody sends letters.
NOBODY_WORKS = {WatchdogCode.CLOCK_UNJUDGED, WatchdogCode.ESCALATION_MISSING, WatchdogCode.OUTBOX_OLD}
VIEWS: list[tuple[str | None, frozenset[str] | None]] = [
    (None, None), (COUNTY, None), (OTHER_COUNTY, None), (COUNTY, frozenset({"report", "rework", "decision"})),
]  # fmt: skip


class BoardLife(Life):
    """The same life of orders; four boards are kept from the feed, each with its filters."""

    @initialize(county=GRIDS)
    def dispatched(self, county: str) -> None:
        self.boards: list[Board] = []
        super().dispatched(county)
        self.boards = [read(self.run_(self._fresh(n))) for n in range(len(VIEWS))]

    def _codes(self, grid: str | None) -> dict[int, str]:
        grids = self.world.context.directory.grids
        return {int(g.id): g.code for g in grids if grid is None or g.code == grid}

    async def _fresh(self, which: int) -> dict[str, Any]:
        grid, kinds = VIEWS[which]
        now = self.world.clock.now()
        return await view.snapshot(self.world.sessions, self._codes(grid), kinds=kinds, limit=1000, now=now)

    async def _heard(self, which: int, after: int) -> list[tuple[int, str, dict[str, Any]]]:
        grid, kinds = VIEWS[which]
        wanted = Wanted(EVERYTHING, grids=frozenset(self._codes(grid)), clocks=kinds)
        async with self.world.sessions() as session:
            rows = await fetch(
                session,
                "SELECT id, kind, grid_id, data::text, data FROM journal WHERE id > $1 ORDER BY id",
                after,
            )
        return [(r[0], r[1], r[4]) for r in rows if wanted.wants(traits_of(r[1], r[2], r[3]))]

    @invariant()
    def every_board_is_the_fresh_one(self) -> None:
        for which, board in enumerate(self.boards):
            fresh = self.run_(self._fresh(which))
            fold(board, self.run_(self._heard(which, board.as_of)))
            assert shown(board, self.world.clock.now()) == {
                "counters": fresh["counters"], "clocks": fresh["clocks"],
            }  # fmt: skip

    @invariant()
    def the_watchdog_finds_nothing_but_that_nobody_works(self) -> None:
        async def looked() -> set[WatchdogCode]:
            async with self.world.sessions() as session:
                found = await look(session, Turns(), {}, now=self.world.clock.now())
            return {one.code for one in found}

        assert self.run_(looked()) <= NOBODY_WORKS


@pytest.fixture
def life(database_url: str, tmp_path: Path) -> Iterator[type[BoardLife]]:
    """The machine with a loop and an engine of its own: it is no coroutine."""
    with asyncio.Runner() as runner:
        engine = make_engine(database_url)
        BoardLife.runner = runner
        BoardLife.world = runner.run(make_world(make_sessions(engine), FakeClock(), tmp_path))
        BoardLife.carried_out = set()
        yield BoardLife
        runner.run(engine.dispose())


def test_boards_and_watchdog_through_every_act_and_request(life: type[BoardLife]) -> None:
    few = settings(
        max_examples=15, stateful_step_count=15, deadline=None, suppress_health_check=list(HealthCheck)
    )
    run_state_machine_as_test(life, settings=few)  # type: ignore[no-untyped-call]  # the library leaves it untyped
    assert {"feedback", "decide transfer"} <= life.carried_out


def test_the_same_through_a_suspension_an_extension_and_a_hand_over(life: type[BoardLife]) -> None:
    one = life()
    steps = [
        lambda: one.dispatched(county=COUNTY),
        lambda: one.it_was_granted(RequestKind.EXTENSION, 7),
        lambda: one.time_passes(11, engine=True),
        lambda: one.the_holder_works(2),
        lambda: one.it_was_granted(RequestKind.SUSPENSION, 5),
        lambda: one.time_passes(61, engine=True),
        lambda: one.the_prefecture_looks_again("leader"),
        lambda: one.it_was_handed_on_twice(),
        lambda: one.the_prefecture_assigns("leader", OTHER_COUNTY),
        lambda: one.the_holder_works(3),
        lambda: one.somebody_acts("leader", OrderAct.RETURN),
        lambda: one.somebody_acts("duty", OrderAct.RETURN),
        lambda: one.the_holder_works(3),
        lambda: one.somebody_acts("duty", OrderAct.ACCEPT),
    ]
    for step in steps:
        step()
        one.every_board_is_the_fresh_one()
        one.the_watchdog_finds_nothing_but_that_nobody_works()
    assert {
        "decide suspension",
        "decide extension",
        "recheck",
        "decide transfer",
        "accept",
    } <= life.carried_out
