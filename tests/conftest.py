"""One embedded PostgreSQL per test worker; every test that asks for a database gets a fresh clone of it."""

import itertools
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
from hypothesis import settings
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from app import migrate
from app.database import Sessions, async_url, make_engine, make_sessions
from app.embedded.postgres import EmbeddedPostgres
from tests.fakes import FakeClock
from tests.servers import open_folder, own_postgres

# A slow machine is no fault of what is tested.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")
settings.register_profile("fuzz", max_examples=20_000, deadline=None)  # of `make fuzz`
_names = itertools.count(1)
TEMPLATE = "geshao_template"
LONG = (
    "crash/", "month/", "api/test_openapi.py", "api/test_supervision_rights.py", "browser/test_rooms.py",
    "browser/test_air.py", "browser/test_storm.py", "flow/test_live.py", "flow/test_order_machine.py",
)  # fmt: skip


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes longest begins first: otherwise one worker is still at it when the others have nothing left."""
    here = Path(__file__).parent
    items.sort(key=lambda item: not str(item.path.relative_to(here)).startswith(LONG))


@pytest.fixture(scope="session")
def embedded_postgres() -> Iterator[EmbeddedPostgres]:
    with own_postgres() as server:
        yield server


@pytest.fixture
def data_folder() -> Iterator[Path]:
    """For a service that brings its own PostgreSQL."""
    with open_folder() as folder:
        yield folder


def _named(url: str, database: str) -> str:
    return make_url(url).set(database=database).render_as_string(hide_password=False)


@pytest_asyncio.fixture(scope="session")
async def maintenance(embedded_postgres: EmbeddedPostgres) -> AsyncIterator[AsyncConnection]:
    """The connection that makes databases and drops them, with a migrated template among them."""
    url = embedded_postgres.url
    server = create_async_engine(async_url(url), isolation_level="AUTOCOMMIT")
    async with server.connect() as connection:
        await connection.exec_driver_sql(f"CREATE DATABASE {TEMPLATE}")
        engine = make_engine(_named(url, TEMPLATE))
        await migrate.upgrade(engine)
        await engine.dispose()
        yield connection
    await server.dispose()


@pytest_asyncio.fixture
async def database_url(
    embedded_postgres: EmbeddedPostgres, maintenance: AsyncConnection
) -> AsyncIterator[str]:
    """A fresh migrated database of its own for one test."""
    name = f"t{next(_names)}"
    # By files: the server is not durable, and writing twelve megabytes of log takes three times as long.
    await maintenance.exec_driver_sql(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE} STRATEGY FILE_COPY")
    yield _named(embedded_postgres.url, name)
    await maintenance.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")


@pytest_asyncio.fixture
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    engine = make_engine(database_url)
    yield engine
    await engine.dispose()


@pytest.fixture
def sessions(engine: AsyncEngine) -> Sessions:
    return make_sessions(engine)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of shared real data; tests that need it skip where it is absent."""
    folder = Path(__file__).resolve().parents[2] / "shared"
    if not (folder / "data").is_dir():
        pytest.skip("needs the shared data folder beside the project")
    return folder
