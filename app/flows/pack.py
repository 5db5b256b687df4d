"""The download of an evidence pack, which is itself on the record."""

import asyncio
import os
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO

from sqlalchemy.ext.asyncio import AsyncSession

from app.auth.scope import Caller
from app.database import Sessions
from app.pack.archive import write
from app.pack.contents import Contents
from app.pack.read import contents
from app.pipeline import Pipeline
from models.clock import Clock
from models.enums import EventKind
from models.facts import OrderTold
from models.ids import GridId, OrderId, PersonId


@dataclass(frozen=True, slots=True)
class Packed:
    """A pack in an open file without a name: it is gone when it is closed, whatever happens."""

    file: IO[bytes]
    contents: Contents
    sha256: str
    size: int

    @property
    def number(self) -> str:
        return self.contents.number


async def make(sessions: Sessions, order_id: int, *, data_dir: Path) -> Packed:
    """Packs the order as it stands; raises NotFound. Holds no connection while it writes."""
    found = await contents(sessions, order_id)
    return await asyncio.to_thread(_written, found, data_dir)


def _written(found: Contents, data_dir: Path) -> Packed:
    data_dir.mkdir(parents=True, exist_ok=True)
    with ExitStack() as undo:
        file = undo.enter_context(tempfile.TemporaryFile(dir=data_dir))
        sha256 = write(found, file, data_dir=data_dir)
        size = file.seek(0, os.SEEK_END)
        file.seek(0)
        undo.pop_all()
    return Packed(file, found, sha256, size)


def told_of(packed: Packed, *, caller: Caller | None, now: datetime) -> OrderTold:
    """That somebody took the pack; nobody by name for the command on the service's own machine.

    The pack does not hold the event of its own download: it was made before.
    """
    found = packed.contents
    return OrderTold(
        EventKind.ORDER_PACKED, OrderId(found.order["id"]), found.number, GridId(found.grid_id),
        found.order["grid"], now, None if caller is None else PersonId(caller.id),
        None if caller is None else caller.name,
        {"sha256": packed.sha256, "size": packed.size, "head": found.head[0]}, drill=found.order["drill"],
    )  # fmt: skip


async def pack(
    pipeline: Pipeline,
    session: AsyncSession,
    sessions: Sessions,
    order_id: int,
    *,
    data_dir: Path,
    caller: Caller,
    clock: Clock,
) -> Packed:
    """Packs the order, and notes who took the pack and its hash."""
    packed = await make(sessions, order_id, data_dir=data_dir)
    now = clock.now()
    try:
        await pipeline.told(session, [told_of(packed, caller=caller, now=now)], now=now)
    except BaseException:
        packed.file.close()
        raise
    return packed
