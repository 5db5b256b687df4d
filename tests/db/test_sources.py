"""Files of sources, sweeps and key lists in the database: versions kept, a sweep's gaps, two hands for a list."""

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy.exc import DBAPIError

from app.database import Sessions, transaction
from app.registry.entries import Registry, SourceEntry
from app.registry.load import write
from models.bulk import fetch
from models.enums import DocumentKind, SourceKind, SourceState, SweepFound
from models.errors import ForbiddenTransition, Invalid, Overlap, SecondPersonNeeded, VersionConflict
from supervision.sources import files, key_lists, sweeps
from supervision.sources.file import SourceFile
from supervision.sources.key_list import Criteria
from tests.factories import COUNTY, OTHER_COUNTY, TOWNSHIP, World, make_world
from tests.fakes import FakeClock

PLANT = SourceFile(
    "QY-1", "示范热力站", COUNTY, 87.3, 44.0, "热力供应", kind=SourceKind.INDUSTRY, phone="13900000000",
    emissions={"so2": Decimal("60")},
)  # fmt: skip
YARD = SourceFile("QY-2", "北部堆场", TOWNSHIP, 87.31, 44.01, "物料堆场", kind=SourceKind.STOCKYARD)


@pytest_asyncio.fixture
async def world(sessions: Sessions, clock: FakeClock, tmp_path: Path) -> World:
    return await make_world(sessions, clock, tmp_path)


async def do(world: World, act: Any, *given: Any, by: str = "supervisor", **said: Any) -> Any:
    async with transaction(world.sessions) as session:
        return await act(session, *given, by=world.people[by].id, now=world.clock.now(), **said)


async def rows(world: World, statement: str, *values: Any) -> list[tuple[Any, ...]]:
    async with world.sessions() as session:
        return [tuple(row) for row in await fetch(session, statement, *values)]


async def test_every_change_is_a_version_and_nothing_of_them_changes(world: World) -> None:
    made = await do(world, files.register, PLANT, why="新建")
    assert (made.version, made.new, made.sweep_found) == (1, True, None)
    with pytest.raises(Invalid, match="already"):
        await do(world, files.register, PLANT, why=None)
    moved = SourceFile("QY-1", "示范热力站", TOWNSHIP, 87.3, 44.0, "热力供应", kind=SourceKind.INDUSTRY)
    changed = await do(world, files.change, moved, seen=1, why=None)
    assert changed is not None
    assert (changed.version, changed.grid, changed.fields) == (2, TOWNSHIP, ("emissions", "grid", "phone"))
    assert await do(world, files.change, moved, seen=2, why=None) is None
    with pytest.raises(VersionConflict):
        await do(world, files.change, PLANT, seen=1, why=None)
    world.clock.advance(days=1)
    closed = await do(world, files.close, "QY-1", why="关停")
    with pytest.raises(ForbiddenTransition):
        await do(world, files.close, "QY-1", why="关停")
    world.clock.advance(days=2)
    again = await do(world, files.reopen, "QY-1", why="复产")
    assert (closed.state, again.state, again.version) == (SourceState.CLOSED, SourceState.ACTIVE, 4)
    kept = await rows(
        world, "SELECT version, body->>'state', body->>'phone', why FROM source_version ORDER BY 1"
    )
    assert kept == [
        (1, "active", "13900000000", "新建"), (2, "active", None, None), (3, "closed", None, "关停"),
        (4, "active", None, "复产"),
    ]  # fmt: skip
    spells = await rows(world, "SELECT from_on, to_on FROM source_spell ORDER BY id")
    first = date(2026, 11, 23)
    assert spells == [(first, first + timedelta(days=1)), (first + timedelta(days=3), None)]
    with pytest.raises(DBAPIError, match=r"source_version"):
        await rows(world, "UPDATE source_version SET why = 'x'")


async def test_a_registry_file_leaves_versions_too(world: World) -> None:
    entry = SourceEntry("QY-9", "砖厂", COUNTY, 87.2, 44.0, "建材", ("pm10",))
    for name in ("砖厂", "砖厂", "新砖厂"):
        registry = Registry(
            (), (), (), (SourceEntry("QY-9", name, COUNTY, 87.2, 44.0, "建材", entry.pollutants),)
        )
        async with transaction(world.sessions) as session:
            await write(session, registry, now=world.clock.now())
    kept = await rows(world, "SELECT version, body->>'name', changed_by FROM source_version ORDER BY 1")
    assert kept == [(1, "砖厂", None), (2, "新砖厂", None)]
    assert len(await rows(world, "SELECT * FROM source_spell")) == 1


async def test_documents_are_withdrawn_and_never_gone(world: World) -> None:
    await do(world, files.register, PLANT, why=None)
    plan: dict[str, Any] = {
        "kind": DocumentKind.EMERGENCY_PLAN, "number": "预案 2026-1", "dated": date(2026, 3, 1),
        "valid_until": date(2029, 3, 1), "evidence_id": None,
    }  # fmt: skip
    made = await do(world, files.add_document, "QY-1", **plan)
    for field, over in (("dated", date(2026, 12, 1)), ("valid_until", date(2026, 2, 1)), ("number", " ")):
        with pytest.raises(Invalid) as refused:
            await do(world, files.add_document, "QY-1", **plan | {field: over})
        assert refused.value.extra["field"] == field
    gone = await do(world, files.withdraw_document, "QY-1", made.document_id, why="重复")
    assert gone.withdrawn
    with pytest.raises(ForbiddenTransition):
        await do(world, files.withdraw_document, "QY-1", made.document_id, why="重复")
    with pytest.raises(DBAPIError, match="source_document"):
        await rows(world, "DELETE FROM source_document")


async def test_a_sweep_takes_down_who_was_met_who_is_new_and_who_is_gone(world: World) -> None:
    county = world.grids[COUNTY].id
    for code in ("A", "B", "C"):
        await do(world, files.register, SourceFile(code, code, TOWNSHIP, 87.3, 44, "餐饮"), why=None)
    await do(world, files.register, SourceFile("X", "X", OTHER_COUNTY, 87.3, 44, "餐饮"), why=None)
    with pytest.raises(Invalid):
        await do(world, sweeps.begin, county, due_on=date(2027, 1, 1))
    opened = await do(world, sweeps.begin, county, due_on=None)
    assert (opened.quarter, opened.due_on) == ("2026-Q4", date(2026, 12, 31))
    with pytest.raises(Overlap):
        await do(world, sweeps.begin, county, due_on=None)
    with pytest.raises(Invalid, match="X is no active source"):
        await do(world, sweeps.record, opened.sweep_id, ["A", "X"], note=None)
    await do(world, sweeps.record, opened.sweep_id, ["A"], note=None, by="patroller")
    new = await do(world, files.register, SourceFile("N", "N", COUNTY, 87.3, 44, "汽修"), why=None)
    gone = await do(world, files.close, "B", why="拆除")
    elsewhere = await do(
        world, files.register, SourceFile("Y", "Y", OTHER_COUNTY, 87.3, 44, "汽修"), why=None
    )
    assert (new.sweep_found, gone.sweep_found, elsewhere.sweep_found) == (
        SweepFound.NEW,
        SweepFound.GONE,
        None,
    )
    with pytest.raises(Invalid, match="1 sources were not met"):
        await do(world, sweeps.finish, opened.sweep_id, note=" ")
    done = await do(world, sweeps.finish, opened.sweep_id, note="C 停产锁门")
    assert (done.coverage.seen, done.coverage.new) == (("A",), ("N",))
    assert (done.coverage.gone, done.coverage.missing) == (("B",), ("C",))
    with pytest.raises(ForbiddenTransition):
        await do(world, sweeps.record, opened.sweep_id, ["C"], note=None)
    with pytest.raises(DBAPIError, match="source_sweep"):
        await rows(world, "UPDATE source_sweep SET note = NULL")


async def test_a_key_list_is_signed_by_another_hand_and_replaced(world: World) -> None:
    county = world.grids[COUNTY].id
    await do(world, files.register, PLANT, why=None)
    await do(world, files.register, YARD, why=None)
    asked: dict[str, Any] = {"criteria": Criteria(), "include": {"QY-2": "居民投诉"}, "exclude": {}}
    draft = await do(world, key_lists.draw_up, county, 2026, why=None, **asked)
    again = await do(world, key_lists.draw_up, county, 2026, why=None, drop=True, **asked | {"include": {}})
    assert (draft.entries, again.entries, again.version) == (2, 1, 1)
    await do(world, key_lists.draw_up, county, 2026, why=None, **asked)
    with pytest.raises(Invalid, match="QY-2") as dropped:
        await do(world, key_lists.draw_up, county, 2026, why=None, **asked | {"include": {}})
    assert dropped.value.extra["field"] == "drop"
    again = await do(world, key_lists.draw_up, county, 2026, why=None, drop=True, **asked | {"include": {}})
    with pytest.raises(SecondPersonNeeded):
        await do(world, key_lists.sign, again.list_id, digest=again.digest)
    with pytest.raises(VersionConflict):
        await do(world, key_lists.sign, again.list_id, digest=draft.digest, by="chief")
    signed = await do(world, key_lists.sign, again.list_id, digest=again.digest, by="chief")
    assert (signed.version, signed.replaced) == (1, None)
    for field, over in (("why", {"why": None}), ("year", {"why": "复核", "include": {}})):
        with pytest.raises(Invalid) as refused:
            await do(world, key_lists.draw_up, county, 2026, **asked | over)
        assert refused.value.extra["field"] == field
    second = await do(world, key_lists.draw_up, county, 2026, why="补列", **asked)
    after = await do(world, key_lists.sign, second.list_id, digest=second.digest, by="chief")
    assert (after.version, after.replaced) == (2, 1)
    with pytest.raises(DBAPIError, match="key_source_list"):
        await rows(world, "UPDATE key_source_list SET state = 'signed' WHERE version = 1")
