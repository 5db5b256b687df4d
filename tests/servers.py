"""PostgreSQL servers that tests may have to themselves."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.embedded.postgres import EmbeddedPostgres


@contextmanager
def open_folder() -> Iterator[Path]:
    """A data folder that every user may enter, gone afterwards.

    As root the embedded PostgreSQL runs as another user, who has to get in; pytest's own folders are closed, and
    the database would be put aside in a folder of the system and stay there.
    """
    folder = Path(tempfile.mkdtemp(prefix="geshao-test-"))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def own_postgres() -> Iterator[EmbeddedPostgres]:
    """A running server in a folder of its own, both gone afterwards; not durable, so fast."""
    with open_folder() as folder:
        server = EmbeddedPostgres(folder, durable=False)
        server.start()
        try:
            yield server
        finally:
            server.stop()
