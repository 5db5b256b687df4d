"""`geshao replay FILE…`: the command around `app.commands.play`."""

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from app.commands.play import Line, Played, play, read_history, survey
from app.commands.start import run_with_database
from app.database import Sessions
from app.publisher import MqttPublisher
from app.registry.directory import Directory
from app.runtime import running_broker_url
from app.settings import Settings
from models.clock import SystemClock
from models.errors import ConfigurationError

CONNECT_PATIENCE = 15.0


def replay(
    files: Annotated[list[Path], typer.Argument(help="CSV or CSV.gz, as for the back-test", metavar="FILE…")],
    speed: Annotated[
        float,
        typer.Option(min=0, help="1 keeps the file's pace, N is N times as fast, 0 as fast as possible"),
    ] = 1.0,
    rebase: Annotated[
        bool,
        typer.Option(
            help="Move the first reading to now, the others with it (for old files); else instants stay"
        ),
    ] = False,
) -> None:
    """Publish history over MQTT to a running service, as the stations of the registry would."""

    async def work(sessions: Sessions, settings: Settings) -> Played:
        directory = Directory()
        async with sessions() as session:
            await directory.refresh(session)
        grids = {station.code: station.grid_code for station in directory.stations}
        if not grids:
            raise ConfigurationError("the registry has no stations: load one with `geshao registry load`")
        look = survey(_all(files), set(grids))
        if look.strangers:
            shown = ", ".join(sorted(look.strangers)[:5])
            typer.echo(f"left out, not in the registry: {len(look.strangers)} stations ({shown}…)", err=True)
        if look.last is None:
            raise ConfigurationError("no station of the file is in the registry")
        oldest = SystemClock().now() - timedelta(days=settings.ingest.retention_days)
        if look.last < oldest and not rebase:
            raise ConfigurationError(
                f"the newest reading is of {look.last.date()}, past retention; --rebase moves the file to now"
            )
        publisher = MqttPublisher(broker_url(settings), "geshao-replay")
        await publisher.start()
        try:
            await connected(publisher)
            return await play(publisher, _all(files), grids, clock=SystemClock(), speed=speed, rebase=rebase)
        finally:
            await publisher.stop()

    done = run_with_database(work)
    typer.echo(f"published {done.sent} readings; {done.unknown} of unknown stations left out")


def broker_url(settings: Settings) -> str:
    """The broker of the settings, or the embedded one of a running service."""
    if settings.mqtt_url is not None:
        return settings.mqtt_url.get_secret_value()
    url = running_broker_url(settings.data_dir)
    if url is None:
        raise ConfigurationError(
            "no embedded broker is running under GESHAO_DATA_DIR: start `geshao serve` first"
        )
    return url


async def connected(publisher: MqttPublisher) -> None:
    """Waits for the broker a little; one clear line when it does not answer."""
    step = timedelta(milliseconds=50).total_seconds()
    for _ in range(int(CONNECT_PATIENCE / step)):
        if publisher.connected:
            return
        await asyncio.sleep(step)
    raise ConfigurationError("the MQTT broker does not answer, or refuses the service's sign-in")


def _all(files: list[Path]) -> Iterator[Line]:
    for path in files:
        yield from read_history(path)
