"""What every command needs: settings, a database that is up and migrated, one clear line when it fails."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import NoReturn, TypeVar

import typer
from sqlalchemy.exc import DBAPIError

from app import migrate
from app.database import Sessions, make_engine, make_sessions
from app.runtime import database_url
from app.settings import Settings, load_settings
from models.errors import ConfigurationError, DomainError

T = TypeVar("T")


def fail(message: str, code: int = 1) -> NoReturn:
    """Ends the command with one line on standard error."""
    typer.echo(f"geshao: {message}", err=True)
    raise SystemExit(code)


@contextmanager
def clear_faults() -> Iterator[None]:
    """No stack trace reaches a user: known faults become one line and a non-zero exit."""
    try:
        yield
    except ConfigurationError as error:
        fail(str(error), 2)
    except DomainError as error:
        fail(error.detail)
    except (DBAPIError, OSError, TimeoutError) as error:
        origin = getattr(error, "orig", None) or error
        fail(f"{type(origin).__name__}: {str(origin).splitlines()[0] if str(origin) else 'no answer'}")
    except KeyboardInterrupt:
        raise SystemExit(130) from None


def run_with_database(work: Callable[[Sessions, Settings], Awaitable[T]], *, upgrade: bool = True) -> T:
    """Runs `work` against the configured database, started first when it is the embedded one."""
    with clear_faults():
        settings = load_settings()
        with database_url(settings) as url:

            async def go() -> T:
                engine = make_engine(url, pool_size=2)
                try:
                    if upgrade:
                        await migrate.upgrade(engine)
                    return await work(make_sessions(engine), settings)
                finally:
                    await engine.dispose()

            return asyncio.run(go())
