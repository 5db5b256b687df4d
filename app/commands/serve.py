"""`geshao serve`: the service, until it is told to stop."""

import asyncio
import socket
import sys
from collections.abc import Awaitable, Callable, Coroutine
from typing import TYPE_CHECKING, Any

import structlog
import typer

from app import logs
from app.commands.start import clear_faults
from app.listening import listen
from app.runtime import database_url, secret_key
from app.settings import Settings, load_settings
from models.errors import ConfigurationError

if TYPE_CHECKING:
    from app.roles import Service

log = structlog.get_logger()
ROLES = frozenset({"ingest", "engine", "api"})


def parse_roles(text: str) -> frozenset[str]:
    names = frozenset(part.strip() for part in text.split(",") if part.strip())
    if names == {"all"}:
        return ROLES
    unknown = sorted(names - ROLES)
    if unknown or not names:
        raise ConfigurationError(
            f"--role: {', '.join(unknown) or 'empty'}: wants all, or any of {', '.join(sorted(ROLES))}"
        )
    return names


def say_ready(service: "Service") -> None:
    typer.echo(f"ready http={service.http} mqtt={service.broker.address}")


def run(
    roles: str,
    *,
    settings: Settings | None = None,
    on_ready: "Callable[[Service], None]" = say_ready,
    beside: "Callable[[Service], Awaitable[None]] | None" = None,
) -> None:
    """Runs the service in this process; known faults are one line and a non-zero exit."""
    with clear_faults():
        chosen = parse_roles(roles)
        settings = settings or load_settings()
        logs.configure(settings)
        # What is wrong with the settings is said at once: the service itself takes seconds to be read in.
        secret_key(settings)
        # The port before the database: a taken one must not leave an embedded server behind to be stopped again.
        with listen(settings) as listening, database_url(settings) as url:
            _loop(_main(settings, chosen, url, listening, on_ready, beside))
    log.info("serve.stopped")


async def _main(
    settings: Settings,
    roles: frozenset[str],
    url: str,
    listening: socket.socket,
    on_ready: "Callable[[Service], None]",
    beside: "Callable[[Service], Awaitable[None]] | None",
) -> None:
    from app.serve import serve, stop_on_signals

    stop = asyncio.Event()
    stop_on_signals(stop)
    try:
        await serve(settings, roles, url, listening=listening, stop=stop, on_ready=on_ready, beside=beside)
    except* ConfigurationError as group:
        raise ConfigurationError(str(group.exceptions[0])) from None


def _loop(work: Coroutine[Any, Any, None]) -> None:
    """uvloop where there is one."""
    if sys.platform != "win32":
        import uvloop

        uvloop.run(work)
    else:
        asyncio.run(work)
