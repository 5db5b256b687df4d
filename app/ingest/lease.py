"""Who reads the broker: one process at a time, the others ready to take over.

The detectors' windows live in memory, so a station's readings must come to one process; and two readers under one
MQTT client id would throw each other out. A session-level advisory lock decides: it dies with its connection.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable

import asyncpg
import structlog
from sqlalchemy.engine import make_url

log = structlog.get_logger()
_LOCK = 0x6765_696E
CHECK_EVERY = 2.0


async def while_in_charge(
    database_url: str, work: Callable[[], Awaitable[None]], *, on_change: Callable[[bool], None]
) -> None:
    """Runs `work` whenever this process holds the lease, for ever; cancels it as soon as the lease is lost."""
    url = make_url(database_url).set(drivername="postgresql").render_as_string(hide_password=False)
    wait = 0.5
    said_away = False
    while True:
        try:
            connection = await asyncpg.connect(url, timeout=5, command_timeout=5)
        except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            if not said_away:
                log.warning("lease.database_away", error=type(error).__name__)
            said_away = True
            await asyncio.sleep(wait * (1 + random.random()) / 2)  # noqa: S311 (jitter)
            wait = min(wait * 2, 15.0)
            continue
        wait, said_away = 0.5, False
        try:
            await _hold(connection, work, on_change)
        except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            log.warning("lease.lost", error=type(error).__name__)
        finally:
            on_change(False)
            connection.terminate()


async def _hold(
    connection: asyncpg.Connection, work: Callable[[], Awaitable[None]], on_change: Callable[[bool], None]
) -> None:
    said = False
    while not await connection.fetchval("SELECT pg_try_advisory_lock($1)", _LOCK):
        if not said:
            log.info("lease.standby")
            on_change(False)
        said = True
        await asyncio.sleep(CHECK_EVERY)
    log.info("lease.held")
    on_change(True)
    task = asyncio.ensure_future(work())
    try:
        while not task.done():
            await connection.fetchval("SELECT 1")
            await asyncio.wait([task], timeout=CHECK_EVERY)
        task.result()
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
