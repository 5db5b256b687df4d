"""PostgreSQL servers that tests may have to themselves."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.embedded.postgres import EmbeddedPostgres


@contextmanager
def own_postgres() -> Iterator[EmbeddedPostgres]:
    """A running server in a folder of its own, both gone afterwards; not durable, so fast."""
    folder = Path(tempfile.mkdtemp(prefix="geshao-test-"))
    # As root the server runs as another user, who has to get in.
    folder.chmod(0o755)
    server = EmbeddedPostgres(folder, durable=False)
    server.start()
    try:
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)
