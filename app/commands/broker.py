"""`geshao broker files DIR`: password and access file for an external Mosquitto."""

import os
from pathlib import Path
from typing import Annotated
from urllib.parse import unquote, urlsplit

import typer

from app.commands.start import run_with_database
from app.credentials import acl_file, hash_secret, password_file
from app.database import Sessions
from app.registry.directory import Directory
from app.settings import Settings
from models.errors import ConfigurationError

broker_app = typer.Typer(no_args_is_help=True, help="The external broker's files.")


@broker_app.command("files")
def files(
    folder: Annotated[Path, typer.Argument(help="Where `passwords` and `acl` are written", metavar="DIR")],
) -> None:
    """Write Mosquitto's password and access files for the service and every station of the registry."""

    async def work(sessions: Sessions, settings: Settings) -> int:
        if settings.mqtt_url is None:
            raise ConfigurationError(
                "GESHAO_MQTT_URL: names the user and password of the service on that broker"
            )
        parts = urlsplit(settings.mqtt_url.get_secret_value())
        if not parts.username or not parts.password:
            raise ConfigurationError("GESHAO_MQTT_URL: wants mqtt://user:password@host:port")
        user, password = unquote(parts.username), unquote(parts.password)
        directory = Directory()
        async with sessions() as session:
            await directory.refresh(session)
        entries = [(user, hash_secret(password)), *directory.credentials]
        folder.mkdir(parents=True, exist_ok=True)
        _replace(folder / "passwords", password_file(entries))
        _replace(folder / "acl", acl_file(user))
        return len(entries) - 1

    stations = run_with_database(work)
    answer = f"wrote {folder}/passwords and {folder}/acl: the service and {stations} stations"
    typer.echo(answer)


def _replace(path: Path, text: str) -> None:
    """Whole or not at all: a broker that reloads meanwhile reads the old file or the new one."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o640), "w") as handle:
        handle.write(text)
    draft.replace(path)
