"""Tells which processes use an embedded server, so that the last one to leave stops it.

A process that was killed does not count: its entry carries its start time and is dropped when it is gone.
"""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil


class Lease:
    """The users of one server, kept in a file under a lock that dies with its holder."""

    def __init__(self, folder: Path, name: str) -> None:
        self._lock = folder / f"{name}.lock"
        self._users = folder / f"{name}.users"

    @contextmanager
    def held(self, *, wait: bool = True) -> Iterator[None]:
        """Only one process at a time starts or stops the server; BlockingIOError when told not to wait."""
        with self._lock.open("w") as handle:
            fcntl.flock(handle, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
            yield

    def join(self) -> None:
        self._write([*self._alive(), (os.getpid(), _born(os.getpid()))])

    def leave(self) -> bool:
        """Whether nobody is left."""
        rest = [user for user in self._alive() if user[0] != os.getpid()]
        self._write(rest)
        return not rest

    def used(self) -> bool:
        """Whether any living process has joined and not left."""
        return bool(self._alive())

    def _alive(self) -> list[tuple[int, float]]:
        try:
            entries = json.loads(self._users.read_text())
        except (FileNotFoundError, ValueError):
            return []
        return [(pid, born) for pid, born in entries if psutil.pid_exists(pid) and _born(pid) == born]

    def _write(self, users: list[tuple[int, float]]) -> None:
        self._users.write_text(json.dumps(users))


def _born(pid: int) -> float:
    try:
        return float(psutil.Process(pid).create_time())
    except psutil.NoSuchProcess:
        return -1.0
