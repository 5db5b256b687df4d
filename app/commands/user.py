"""`geshao user`: add a person, or give one another password."""

import secrets
import sys
from typing import Annotated

import typer

from app.commands.start import fail, run_with_database
from app.database import Sessions, transaction
from app.registry.people import add_person, set_password
from app.settings import Settings
from models.clock import SystemClock
from models.enums import Role

user_app = typer.Typer(help="People who may sign in.", no_args_is_help=True)

_FROM_INPUT = typer.Option(
    "--password-stdin", help="Read the password from the first line of standard input, instead of making one."
)


@user_app.command()
def add(
    username: Annotated[str, typer.Argument(help="What the person signs in with.")],
    name: Annotated[str, typer.Option("--name", help="The person's name.")],
    grid: Annotated[str, typer.Option("--grid", help="Code of the grid the duty is in.")],
    role: Annotated[str, typer.Option("--role", help=f"One of {', '.join(known.value for known in Role)}.")],
    phone: Annotated[str | None, typer.Option("--phone")] = None,
    password_stdin: Annotated[bool, _FROM_INPUT] = False,
) -> None:
    """Add a person with one duty that begins now."""
    password = _password(given=password_stdin)
    now = SystemClock().now()

    async def work(sessions: Sessions, _: Settings) -> None:
        async with transaction(sessions) as session:
            await add_person(
                session,
                username=username,
                name=name,
                phone=phone,
                password=password,
                grid=grid,
                role=role,
                now=now,
            )

    run_with_database(work)
    typer.echo(f"added {username}, {role} of {grid}")
    _tell(password, made=not password_stdin)


@user_app.command("password")
def reset(
    username: Annotated[str, typer.Argument(help="Who gets the password.")],
    password_stdin: Annotated[bool, _FROM_INPUT] = False,
) -> None:
    """Give a person another password."""
    password = _password(given=password_stdin)
    now = SystemClock().now()

    async def work(sessions: Sessions, _: Settings) -> None:
        async with transaction(sessions) as session:
            await set_password(session, username, password, now=now)

    run_with_database(work)
    typer.echo(f"changed the password of {username}")
    _tell(password, made=not password_stdin)


def _password(*, given: bool) -> str:
    if not given:
        return secrets.token_urlsafe(12)
    password = sys.stdin.readline().rstrip("\r\n")
    if not password:
        fail("no password on standard input")
    return password


def _tell(password: str, *, made: bool) -> None:
    if made:
        typer.echo(f"password: {password}   (shown this once)")
