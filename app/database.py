"""Engine and session factories. One transaction per request, batch or pass; only the edge commits."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from sqlalchemy import event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine

Sessions = async_sessionmaker[AsyncSession]


def async_url(url: str) -> str:
    """The same database through asyncpg, whichever driver the URL names."""
    return make_url(url).set(drivername="postgresql+asyncpg").render_as_string(hide_password=False)


def make_engine(url: str, *, pool_size: int = 10) -> AsyncEngine:
    """An engine whose connections name themselves, never wait for ever, and are renewed twice an hour.

    A connection keeps every statement of the service prepared: they are more than the driver's own limit of 100,
    beyond which each is planned anew whenever its turn comes. A statement may take 60 s: longer is a fault, and a
    stuck one must not hold the engine's pass.
    """
    return create_async_engine(
        async_url(url),
        pool_size=pool_size,
        max_overflow=pool_size,
        pool_timeout=10,
        pool_recycle=1800,
        pool_pre_ping=False,
        connect_args={
            "timeout": 5,
            "prepared_statement_cache_size": 500,
            "statement_cache_size": 500,
            "server_settings": {
                "application_name": "geshao",
                "statement_timeout": "60000",
                "idle_in_transaction_session_timeout": "60000",
                "jit": "off",
                "timezone": "UTC",
            },
        },
    )


def make_sessions(engine: AsyncEngine) -> Sessions:
    return async_sessionmaker(engine, expire_on_commit=False, autoflush=False)


@asynccontextmanager
async def transaction(sessions: Sessions) -> AsyncIterator[AsyncSession]:
    """One unit of work: committed when the block ends, rolled back whole when it raises."""
    async with sessions() as session, session.begin():
        yield session


def after_commit(session: AsyncSession, action: Callable[[], None]) -> None:
    """Calls `action` once the session's transaction is committed, and never if it is rolled back.

    For counting only: what must not be lost is written in the transaction itself.
    """
    event.listen(session.sync_session, "after_commit", lambda _: action(), once=True)


def database_is_away(error: BaseException) -> bool:
    """Whether trying the same thing again later can help."""
    if isinstance(error, PoolTimeout | OSError | TimeoutError | OperationalError | InterfaceError):
        return True
    if not isinstance(error, DBAPIError):
        return False
    # Class 08 connection, 40 rollback (deadlock, serialization), 53 resources, 55 lock, 57 operator, 58 system.
    state = str(getattr(error.orig, "sqlstate", "") or "")
    return error.connection_invalidated or state[:2] in {"08", "40", "53", "55", "57", "58"}
