"""Drafts a migration: what the models have and a freshly migrated database has not."""

import asyncio
import shutil
import sys
import tempfile
from pathlib import Path

from app import migrate
from app.database import make_engine
from app.embedded.postgres import EmbeddedPostgres


async def draft(url: str, message: str) -> None:
    engine = make_engine(url)
    await migrate.upgrade(engine)
    await migrate.draft(engine, message)
    await engine.dispose()


def main() -> None:
    if len(sys.argv) != 2 or not sys.argv[1].strip():
        raise SystemExit('usage: make migration m="what it does"')
    folder = Path(tempfile.mkdtemp(prefix="geshao-migration-"))
    folder.chmod(0o755)
    server = EmbeddedPostgres(folder, durable=False)
    server.start()
    try:
        asyncio.run(draft(server.url, sys.argv[1]))
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
