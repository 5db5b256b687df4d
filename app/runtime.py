"""Brings up what the service stands on: the database, the broker, the secret; embedded or given by a URL."""

import os
import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from app.embedded.broker import EmbeddedBroker
from app.embedded.broker import running_url as running_broker_url
from app.embedded.postgres import EmbeddedPostgres
from app.settings import Settings
from models.errors import ConfigurationError


@contextmanager
def database_url(settings: Settings) -> Iterator[str]:
    """The database's URL, valid inside the block; starts the embedded server unless a URL is set."""
    if settings.database_url is not None:
        yield settings.database_url.get_secret_value()
        return
    server = EmbeddedPostgres(settings.data_dir)
    server.start()
    try:
        yield server.url
    finally:
        server.stop()


@dataclass(slots=True)
class Broker:
    """The broker the service reads and writes; embedded unless a URL is set."""

    settings: Settings
    _embedded: EmbeddedBroker | None = field(default=None, init=False)
    _url: str | None = field(default=None, init=False)

    @property
    def url(self) -> str:
        """Valid after `start`."""
        if self._url is None:
            raise ConfigurationError("the broker has not been started")
        return self._url

    @property
    def address(self) -> str:
        """host:port, without credentials."""
        parts = urlsplit(self.url)
        port = parts.port or (8883 if parts.scheme == "mqtts" else 1883)
        return f"{parts.hostname}:{port}"

    def start(self, credentials: Iterable[tuple[str, str]]) -> None:
        if self.settings.mqtt_url is not None:
            self._url = self.settings.mqtt_url.get_secret_value()
            return
        self._embedded = EmbeddedBroker(self.settings.data_dir, self.settings.mqtt_port)
        self._embedded.write_credentials(credentials)
        self._embedded.start()
        self._url = self._embedded.url

    def admit(self, credentials: Iterable[tuple[str, str]]) -> None:
        """Tells the embedded broker which stations may sign in; an external one is told by its operator."""
        if self._embedded is not None:
            self._embedded.write_credentials(credentials)

    def stop(self) -> None:
        if self._embedded is not None:
            self._embedded.stop()


def secret_key(settings: Settings) -> str:
    """The key that signs sessions: given, or made once and kept in DATA_DIR where the database is embedded."""
    if settings.secret_key is not None:
        return settings.secret_key.get_secret_value()
    if settings.database_url is not None:
        raise ConfigurationError(
            "GESHAO_SECRET_KEY: demanded when GESHAO_DATABASE_URL is set (32 characters or more)"
        )
    path = settings.data_dir / "secret.key"
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    _write_once(path, secrets.token_urlsafe(48))
    return path.read_text().strip()


__all__ = ["Broker", "database_url", "running_broker_url", "secret_key"]


def _write_once(path: Path, text: str) -> None:
    """Two processes that start together end up with the same key."""
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as handle:
        handle.write(f"{text}\n")
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
