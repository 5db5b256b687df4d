"""The keys that who reported is sealed with: given, or made once and kept in DATA_DIR where the database is embedded.

With a database of one's own and no key nothing is made up: a key beside one process would be unknown to the others, and
would be lost with its machine. Nothing of a reporter is kept then, and whoever gives a name is told so.
"""

import os
from pathlib import Path

import structlog

from app.settings import Settings
from models.errors import ConfigurationError
from supervision.public_reports.identity import Keyring, new_key, parse_keys

log = structlog.get_logger()
FILE = "reporter.keys"


class Keys:
    """Read when they are first asked for."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._ring: Keyring | None = None

    def ring(self) -> Keyring | None:
        """The keys; None where there are none."""
        if self._ring is None:
            self._ring = keyring_of(self._settings)
        return self._ring


def look_at_keys(settings: Settings) -> None:
    """At the start: makes the file where that is due, stops at a faulty one, warns where there is no key."""
    if keyring_of(settings) is None:
        log.warning("reporter.no_key", setting="GESHAO_REPORTER_KEYS")


def keyring_of(settings: Settings) -> Keyring | None:
    """The keys of the settings, else those of the file, which is made where the database is embedded."""
    if settings.reporter_keys is not None:
        return parse_keys(settings.reporter_keys.get_secret_value())
    path = settings.data_dir / FILE
    if not path.is_file():
        if settings.database_url is not None:
            return None
        _write_once(path, f"{new_key('1')}\n")
    try:
        return parse_keys(path.read_text())
    except ValueError as error:
        raise ConfigurationError(f"{FILE} in DATA_DIR: {error}") from None


def _write_once(path: Path, text: str) -> None:
    """For the owner's eyes only; whoever else made it meanwhile keeps theirs."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{os.getpid()}")
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        os.write(handle, text.encode())
        os.fsync(handle)
    finally:
        os.close(handle)
    try:
        os.link(part, path)
    except FileExistsError:
        pass
    finally:
        part.unlink()
