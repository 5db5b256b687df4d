"""`geshao serve`: the service, until it is told to stop."""

import asyncio
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
        key = secret_key(settings)
        if "api" in chosen:
            from app.public.keyring import look_at_keys

            look_at_keys(settings)
        # The port before the database: a taken one must not leave an embedded server behind to be stopped again.
        with listen(settings) as listening:
            # And this: until it listens to signals, one would leave the embedded server behind as well.
            from app.serve import until_stopped

            with database_url(settings) as url:
                _loop(
                    until_stopped(
                        settings, chosen, url, key=key, listening=listening, on_ready=on_ready, beside=beside
                    )
                )
    log.info("serve.stopped")


def _loop(work: Coroutine[Any, Any, None]) -> None:
    """uvloop where there is one."""
    if sys.platform != "win32":
        import uvloop

        uvloop.run(work)
    else:
        asyncio.run(work)
