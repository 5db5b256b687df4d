"""An embedded MQTT broker in a process of its own, for a start with nothing prepared.

The process outlives a killed service, so that stations lose nothing meanwhile; the next start takes it over.
"""

import errno
import json
import os
import secrets
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psutil

import app
from app.credentials import hash_secret, parse_password_file, password_file, verify_secret
from app.embedded.broker_process import HOST, Files
from app.embedded.lease import Lease
from models.errors import ConfigurationError

_SERVICE_USER = "geshao-service"
_GRACE = 600.0  # seconds an unused broker waits for the next start
_START_TIMEOUT = 60.0
_STOP_TIMEOUT = 15.0


@dataclass(frozen=True, slots=True)
class _Running:
    pid: int
    born: float
    port: int

    def alive(self) -> bool:
        try:
            process = psutil.Process(self.pid)
            return process.create_time() == self.born and process.status() != psutil.STATUS_ZOMBIE
        except psutil.NoSuchProcess:
            return False


class EmbeddedBroker:
    """Starts, or takes over, the broker of one data folder; `port` and `url` are valid after start.

    `port` 0 takes a free one, or that of the broker found running. Listens on this machine only.
    """

    host = HOST

    def __init__(self, data_dir: Path, port: int, *, grace: float = _GRACE) -> None:
        folder = data_dir.resolve() / "broker"
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.port = port
        self._asked = port
        self._grace = grace
        self._files = Files(folder)
        self._lease = Lease(folder, "broker")
        with self._lease.held():
            self.service_user, self.service_password = self._service()

    @property
    def url(self) -> str:
        return f"mqtt://{quote(self.service_user)}:{quote(self.service_password)}@{self.host}:{self.port}"

    def start(self) -> None:
        """Guarantees a running broker; raises ConfigurationError when its port cannot be had."""
        with self._lease.held():
            self._let_service_in()
            running = self._running()
            if running is not None and self._asked not in (0, running.port):
                if self._lease.used():
                    raise ConfigurationError(
                        f"GESHAO_MQTT_PORT: another process uses the same broker on port {running.port}"
                    )
                self._end(running)
                running = None
            if running is None:
                running = self._launch()
            self.port = running.port
            self._lease.join()

    def stop(self) -> None:
        """Stops the broker when no other process uses it; what it holds is kept for the next start."""
        with self._lease.held():
            running = self._running()
            if self._lease.leave() and running is not None:
                self._end(running)

    def write_credentials(self, entries: Iterable[tuple[str, str]]) -> None:
        """From the next sign-in on exactly these (user name, hash) may sign in, and the service itself.

        Connections that stand are not ended. Raises ValueError for a name that cannot be written.
        """
        stations = [entry for entry in entries if entry[0] != self.service_user]
        self._write_passwords([*stations, (self.service_user, hash_secret(self.service_password))])

    # ------------------------------------------------------------------ files

    def _service(self) -> tuple[str, str]:
        try:
            kept = json.loads(self._files.service.read_text())
            return str(kept["user"]), str(kept["password"])
        except (FileNotFoundError, ValueError, KeyError, TypeError):
            made = {"user": _SERVICE_USER, "password": secrets.token_urlsafe(24)}
            _write_private(self._files.service, json.dumps(made))
            return made["user"], made["password"]

    def _let_service_in(self) -> None:
        try:
            users = parse_password_file(self._files.passwords.read_text())
        except FileNotFoundError:
            users = {}
        if not verify_secret(self.service_password, users.get(self.service_user, "")):
            users[self.service_user] = hash_secret(self.service_password)
            self._write_passwords(users.items())

    def _write_passwords(self, entries: Iterable[tuple[str, str]]) -> None:
        _write_private(self._files.passwords, password_file(entries))

    def _running(self) -> _Running | None:
        try:
            kept = json.loads(self._files.state.read_text())
            running = _Running(int(kept["pid"]), float(kept["born"]), int(kept["port"]))
        except (FileNotFoundError, ValueError, KeyError, TypeError):
            return None
        return running if running.alive() else None

    # ------------------------------------------------------------------ acts

    def _launch(self) -> _Running:
        self._files.state.unlink(missing_ok=True)
        root = str(Path(app.__file__).resolve().parents[1])
        path = os.pathsep.join(filter(None, [root, os.environ.get("PYTHONPATH", "")]))
        try:
            result = self._run(path)
        except subprocess.TimeoutExpired:
            raise ConfigurationError(f"embedded broker does not start (log: {self._files.log})") from None
        report = json.loads(result.stdout) if result.stdout else {}
        running = self._running() if "port" in report else None
        if running is not None:
            return running
        if report.get("errno") == errno.EADDRINUSE:
            raise ConfigurationError(
                f"GESHAO_MQTT_PORT: port {self._asked} is taken; set another one, or 0 for a free one"
            )
        if report.get("errno"):
            raise ConfigurationError(f"GESHAO_MQTT_PORT: port {self._asked}: {report['reason']}")
        last = (result.stderr.strip().splitlines() or [str(report.get("reason", "no answer"))])[-1]
        raise ConfigurationError(f"embedded broker does not start: {last} (log: {self._files.log})")

    def _run(self, path: str) -> subprocess.CompletedProcess[str]:
        """Ends as soon as the broker has said whether it runs."""
        return subprocess.run(
            [
                sys.executable, "-m", "app.embedded.broker_process", str(self._files.folder),
                "--port", str(self._asked), "--service-user", self.service_user, "--grace", str(self._grace),
            ],
            check=False, stdin=subprocess.DEVNULL, capture_output=True, text=True, cwd="/",
            env={**os.environ, "PYTHONPATH": path}, start_new_session=True, timeout=_START_TIMEOUT,
        )  # fmt: skip

    def _end(self, running: _Running) -> None:
        for number, patience in ((signal.SIGTERM, _STOP_TIMEOUT), (signal.SIGKILL, 5.0)):
            try:
                os.kill(running.pid, number)
            except ProcessLookupError:
                break
            deadline = time.monotonic() + patience
            while running.alive() and time.monotonic() < deadline:
                time.sleep(0.02)
            if not running.alive():
                break
        self._files.state.unlink(missing_ok=True)


def running_url(data_dir: Path) -> str | None:
    """The address of the broker that runs for a data folder, with the service's sign-in; None when none runs."""
    if not (data_dir / "broker").is_dir():
        return None
    broker = EmbeddedBroker(data_dir, 0)
    running = broker._running()
    if running is None:
        return None
    broker.port = running.port
    return broker.url


def _write_private(path: Path, text: str) -> None:
    """Replaces the file in one step; nobody but its owner may read it."""
    # A name of its own: whoever writes the same file at the same time replaces it whole, before or after.
    handle, partial = tempfile.mkstemp(prefix=f"{path.name}.", dir=path.parent)
    with open(handle, "w") as file:
        file.write(text)
    Path(partial).replace(path)
