"""Real brokers for tests, benchmarks and crash tests: Mosquitto and the embedded one, behind one face."""

import getpass
import shutil
import socket
import subprocess
import time
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import quote

from app.credentials import acl_file, hash_secret, password_file
from app.embedded.broker import EmbeddedBroker

SERVICE_USER = "geshao-service"
SERVICE_PASSWORD = "service-secret"
_CONFIGURATION = """\
listener {port} 127.0.0.1
user {user}
allow_anonymous false
password_file {folder}/passwords
acl_file {folder}/acl
max_inflight_messages 1000
max_queued_messages 0
persistence false
set_tcp_nodelay true
log_dest file {folder}/mosquitto.log
"""


def mosquitto_binary() -> str | None:
    """Debian keeps it where an ordinary user's PATH does not look."""
    return shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class RunningBroker(ABC):
    """A broker that runs: where it is, and how to take it away and bring it back on the same port."""

    host = "127.0.0.1"
    service_user = SERVICE_USER
    service_password = SERVICE_PASSWORD
    port = 0

    @property
    def url(self) -> str:
        return self.url_for(self.service_user, self.service_password)

    def url_for(self, username: str, secret: str) -> str:
        return f"mqtt://{quote(username)}:{quote(secret)}@{self.host}:{self.port}"

    @abstractmethod
    def start(self) -> None: ...

    @abstractmethod
    def stop(self) -> None: ...


class Mosquitto(RunningBroker):
    """Needs Debian's mosquitto; forgets everything when it stops (`persistence false`)."""

    def __init__(self, folder: Path, credentials: Iterable[tuple[str, str]]) -> None:
        binary = mosquitto_binary()
        assert binary is not None, "mosquitto is not installed"
        self._binary = binary
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        self.port = free_port()
        folder.mkdir(parents=True, exist_ok=True)
        users = [*credentials, (SERVICE_USER, hash_secret(SERVICE_PASSWORD))]
        (folder / "passwords").write_text(password_file(users))
        (folder / "acl").write_text(acl_file(SERVICE_USER))
        # As root it would change to a user of its own, who cannot read files in folders of ours.
        (folder / "mosquitto.conf").write_text(
            _CONFIGURATION.format(port=self.port, folder=folder, user=getpass.getuser())
        )

    def start(self) -> None:
        self._process = subprocess.Popen(
            [self._binary, "-c", str(self._folder / "mosquitto.conf")],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        deadline = time.monotonic() + 10
        while True:
            with suppress(ConnectionRefusedError), socket.create_connection((self.host, self.port), 5):
                return
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError((self._folder / "mosquitto.log").read_text())
            time.sleep(0.01)

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait(10)
            self._process = None


class Embedded(RunningBroker):
    """The embedded broker; keeps sessions and queues over an orderly stop."""

    def __init__(self, folder: Path, credentials: Iterable[tuple[str, str]]) -> None:
        self._folder = folder
        self._broker = EmbeddedBroker(folder, 0)
        self._broker.write_credentials(credentials)
        self.service_user = self._broker.service_user
        self.service_password = self._broker.service_password

    def start(self) -> None:
        self._broker.start()
        if self.port == 0:
            self.port = self._broker.port
            self._broker = EmbeddedBroker(self._folder, self.port)

    def stop(self) -> None:
        self._broker.stop()


@contextmanager
def mosquitto_broker(folder: Path, credentials: Iterable[tuple[str, str]]) -> Iterator[Mosquitto]:
    """A Mosquitto on a free port that lets in these (user name, hash) and the service, inside the block."""
    broker = Mosquitto(folder, credentials)
    broker.start()
    try:
        yield broker
    finally:
        broker.stop()


@contextmanager
def embedded_broker(folder: Path, credentials: Iterable[tuple[str, str]]) -> Iterator[Embedded]:
    """The same with the embedded broker."""
    broker = Embedded(folder, credentials)
    broker.start()
    try:
        yield broker
    finally:
        broker.stop()
