"""How much memory some work held at most: this process and the whole of PostgreSQL, shared pages counted once."""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

_EVERY = 0.1


class Most:
    """The most that was held at one time, in bytes: `own` of this process, `database` of all of PostgreSQL."""

    def __init__(self) -> None:
        self.own = 0
        self.database = 0
        self.together = 0

    def seen(self, own: int, database: int) -> None:
        self.own = max(self.own, own)
        self.database = max(self.database, database)
        self.together = max(self.together, own + database)


@contextmanager
def memory_of(data_directory: str) -> Iterator[Most]:
    """Looks ten times a second, beside the work, at the proportional set sizes of the processes (Linux)."""
    postmaster = psutil.Process(int((Path(data_directory) / "postmaster.pid").read_text().split()[0]))
    most, done = Most(), threading.Event()

    def look() -> None:
        while not done.wait(_EVERY):
            most.seen(
                _pss(psutil.Process(os.getpid())), sum(map(_pss, [postmaster, *postmaster.children(True)]))
            )

    watcher = threading.Thread(target=look, daemon=True)
    watcher.start()
    try:
        yield most
    finally:
        done.set()
        watcher.join()


def _pss(process: psutil.Process) -> int:
    try:
        return int(process.memory_full_info().pss)
    except psutil.NoSuchProcess:
        return 0
