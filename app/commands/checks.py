"""`geshao audit verify` and `geshao doctor`: whether what is stored, and what it stands on, is sound."""

import asyncio
import shutil
import socket
from collections.abc import Awaitable, Callable
from typing import Annotated
from urllib.parse import urlsplit

import typer
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from app import audit, migrate
from app.chain import Kept
from app.commands.start import clear_faults, fail, run_with_database
from app.database import Sessions, make_engine
from app.registry.directory import Directory
from app.runtime import database_url, running_broker_url, secret_key
from app.settings import Settings, load_settings
from models.bulk import fetch
from models.clock import SystemClock
from models.journal import EngineBeat
from models.registry import Person

audit_app = typer.Typer(no_args_is_help=True, help="The journal's hash chains.")
LEAST_FREE = 1_000_000_000
NEED_SCHEMA = frozenset({"registry", "people", "journal", "engine"})


OrderNumber = Annotated[str | None, typer.Option(help="Only the chain of the order with this number.")]


@audit_app.command("verify")
def verify(
    order: OrderNumber = None,
    head: Annotated[str | None, typer.Option(help="A head that was kept elsewhere (64 hex digits).")] = None,
    count: Annotated[
        int | None, typer.Option(min=1, help="How many events there were when it was kept.")
    ] = None,
) -> None:
    """Prove the chain of all events and that of each order, or name the first break and exit with 1."""
    kept = Kept(None if head is None else _hash(head), count)

    async def work(sessions: Sessions, _settings: Settings) -> audit.Verdict:
        async with sessions() as session:
            if order is not None:
                return await audit.verify_order(session, order, kept=kept)
            return await audit.verify(session, kept=kept)

    verdict = run_with_database(work)
    what = "journal" if order is None else f"order {order}"
    if verdict.fault is not None:
        fail(f"{what} broken after {verdict.checked} events: {verdict.fault}")
    orders = f" of {verdict.orders} orders and the rest" if order is None and verdict.orders else ""
    typer.echo(f"{what} intact: {verdict.checked} events{orders}, head {verdict.head or '-'}")


@audit_app.command("head")
def head(order: OrderNumber = None) -> None:
    """Print what to keep elsewhere: the hash of the newest event, and how many there are."""

    async def work(sessions: Sessions, _settings: Settings) -> audit.Head:
        async with sessions() as session:
            return await (audit.head(session) if order is None else audit.order_head(session, order))

    found = run_with_database(work)
    typer.echo(f"--head {found.hash.hex()} --count {found.count}")


def _hash(text: str) -> bytes:
    try:
        digest = bytes.fromhex(text)
    except ValueError:
        digest = b""
    if len(digest) != 32:
        fail("--head wants the 64 hex digits that `geshao audit head` printed", 2)
    return digest


def doctor() -> None:
    """Check settings, disk, database, schema, registry, engine and broker; exits 1 when something is wrong."""
    with clear_faults():
        settings = load_settings()
        checks: list[tuple[str, Callable[[], Awaitable[str]]]] = []
        with database_url(settings) as url:
            engine = make_engine(url, pool_size=1)
            checks = [
                ("disk", lambda: _disk(settings)),
                ("secret", lambda: _secret(settings)),
                ("schema", lambda: _schema(engine)),
                ("registry", lambda: _registry(engine)),
                ("people", lambda: _people(engine)),
                ("journal", lambda: _journal(engine)),
                ("engine", lambda: _beat(engine)),
                ("broker", lambda: _broker(settings)),
            ]
            faults = asyncio.run(_run(checks, engine))
    if faults:
        fail(f"{faults} of {len(checks)} checks failed")


class Unchecked(Exception):
    """Something that cannot be looked at now, and is no fault by itself."""


async def _run(checks: list[tuple[str, Callable[[], Awaitable[str]]]], engine: AsyncEngine) -> int:
    faults = 0
    current = True
    for name, check in checks:
        try:
            if not current and name in NEED_SCHEMA:
                raise Unchecked("not checked: the schema comes first")
            typer.echo(f"ok     {name}: {await check()}")
        except Unchecked as note:
            typer.echo(f"--     {name}: {note}")
        except (ValueError, OSError, SQLAlchemyError) as error:
            faults += 1
            current = current and name != "schema"
            typer.echo(f"FAULT  {name}: {str(error).splitlines()[0]}")
    await engine.dispose()
    return faults


async def _disk(settings: Settings) -> str:
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(settings.data_dir).free
    if free < LEAST_FREE:
        raise ValueError(f"{free / 1e9:.1f} GB free under GESHAO_DATA_DIR, at least 1 GB is wanted")
    return f"{free / 1e9:.0f} GB free"


async def _secret(settings: Settings) -> str:
    secret_key(settings)
    return "there"


async def _schema(engine: AsyncEngine) -> str:
    current, wanted = await migrate.revisions(engine)
    if current != wanted:
        raise ValueError(f"at {current or 'nothing'}, wants {wanted}: run `geshao migrate`")
    return f"at {current}"


async def _registry(engine: AsyncEngine) -> str:
    directory = Directory()
    async with AsyncSession(engine) as session:
        await directory.refresh(session)
    level2 = sum(grid.level == 2 for grid in directory.grids)
    if not level2 or not directory.stations:
        raise ValueError("no level-2 grids or no stations: run `geshao registry load FILE`")
    return f"{level2} level-2 grids, {len(directory.stations)} stations"


async def _people(engine: AsyncEngine) -> str:
    async with AsyncSession(engine) as session:
        able = await session.scalar(select(func.count()).where(Person.password_hash.is_not(None)))
    if not able:
        raise ValueError("nobody can sign in: run `geshao user add`")
    return f"{able} can sign in"


async def _journal(engine: AsyncEngine) -> str:
    async with AsyncSession(engine) as session:
        count = (await fetch(session, "SELECT count(*), coalesce(max(id), 0) FROM journal"))[0]
    if count[0] != count[1]:
        raise ValueError(f"{count[0]} events, the last is {count[1]}: run `geshao audit verify`")
    return f"{count[0]} events"


async def _beat(engine: AsyncEngine) -> str:
    async with AsyncSession(engine) as session:
        passed = await session.scalar(select(func.max(EngineBeat.passed_at)))
    if passed is None:
        raise Unchecked("the service has not run yet")
    since = (SystemClock().now() - passed).total_seconds()
    if since > 10:
        raise Unchecked(f"not running, or stalled: the last pass was {since:.0f} s ago")
    return f"last pass {since:.0f} s ago"


async def _broker(settings: Settings) -> str:
    url = (
        running_broker_url(settings.data_dir)
        if settings.mqtt_url is None
        else settings.mqtt_url.get_secret_value()
    )
    if url is None:
        raise Unchecked("embedded, not running")
    parts = urlsplit(url)
    address = (parts.hostname or "", parts.port or (8883 if parts.scheme == "mqtts" else 1883))
    with socket.create_connection(address, timeout=5):
        return f"{address[0]}:{address[1]} answers"
