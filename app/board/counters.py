"""The counters for many who ask at once: one look at the database a second, whoever asks and for whatever grids."""

import asyncio
from datetime import timedelta

from app.context import Context
from app.views.board import Cells, cells_of

FRESH = timedelta(seconds=1)


class SharedCells:
    """Cells of all grids, at most FRESH old; those who come meanwhile wait for the same look."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._lock = asyncio.Lock()
        self._cells: Cells | None = None

    async def get(self) -> Cells:
        async with self._lock:
            now = self._context.clock.now()
            if self._cells is None or not timedelta(0) <= now - self._cells.now < FRESH:
                async with self._context.sessions() as session:
                    grids = [int(grid.id) for grid in self._context.directory.grids]
                    self._cells = await cells_of(session, grids, now=now)
            return self._cells
