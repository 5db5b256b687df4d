"""`geshao registry`: load a registry file, or only check it."""

from pathlib import Path
from typing import Annotated

import typer

from app.commands.start import clear_faults, fail, run_with_database
from app.database import Sessions, transaction
from app.registry.check import loaded_state, notices, state_of
from app.registry.document import read_text
from app.registry.entries import Fault, KnownGrids, Registry
from app.registry.file import parse
from app.registry.load import LoadResult, known_grids, load_text
from app.settings import Settings
from models.clock import SystemClock

registry_app = typer.Typer(help="Load or check the grid registry.", no_args_is_help=True)

_FILE = typer.Argument(metavar="FILE", help="Registry file, YAML or JSON.")


@registry_app.command()
def load(file: Annotated[Path, _FILE]) -> None:
    """Load FILE into the database: all of it, or nothing and every fault with its place."""
    text = _read(file)
    now = SystemClock().now()

    async def work(sessions: Sessions, _: Settings) -> tuple[tuple[Fault, ...], LoadResult | None, list[str]]:
        async with transaction(sessions) as session:
            parsed, result = await load_text(session, text, str(file), now=now, author="command line")
            found = [] if result is None else notices(await loaded_state(session, now=now))
        return parsed.faults, result, found

    faults, result, found = run_with_database(work)
    if result is None:
        _report(faults, file, "nothing was loaded")
    else:
        _print_notices(file, found)
        typer.echo(f"{file}: loaded: {result.summary()}")


@registry_app.command()
def check(
    file: Annotated[Path | None, _FILE] = None,
    against_database: Annotated[
        bool, typer.Option("--against-database", help="Take the grids in the database as known.")
    ] = False,
) -> None:
    """Check FILE without loading it; without FILE, look over the registry in the database."""
    now = SystemClock().now()
    if file is None:

        async def look(sessions: Sessions, _: Settings) -> list[str]:
            async with transaction(sessions) as session:
                return notices(await loaded_state(session, now=now))

        found = run_with_database(look)
        _print_notices("database", found)
        typer.echo(f"database: {_count(len(found), 'notice')}")
        return
    text = _read(file)
    known: KnownGrids = run_with_database(_known) if against_database else {}
    parsed = parse(text, str(file), known)
    if parsed.registry is None:
        _report(parsed.faults, file, "not fit to be loaded")
    else:
        _print_notices(file, notices(state_of(parsed.registry, now=now)))
        typer.echo(f"{file}: no faults: {_contents(parsed.registry)}")


async def _known(sessions: Sessions, _: Settings) -> KnownGrids:
    async with transaction(sessions) as session:
        return await known_grids(session)


def _read(file: Path) -> str:
    with clear_faults():
        return read_text(file)


def _report(faults: tuple[Fault, ...], file: Path, outcome: str) -> None:
    """Every fault on a line of its own, then the end of the command."""
    for fault in faults:
        typer.echo(fault.shown(str(file)), err=True)
    fail(f"{file}: {_count(len(faults), 'fault')}, {outcome}")


def _print_notices(subject: Path | str, found: list[str]) -> None:
    for notice in found:
        typer.echo(f"{subject}: notice: {notice}")


def _contents(registry: Registry) -> str:
    own = [grid for grid in registry.grids if not grid.borrowed]
    parts = [(len(own), "grid"), (len(registry.people), "person"), (len(registry.stations), "station")]
    return ", ".join(_count(n, noun) for n, noun in [*parts, (len(registry.sources), "source")])


def _count(n: int, noun: str) -> str:
    plural = "people" if noun == "person" else f"{noun}s"
    return f"{n} {noun if n == 1 else plural}"
