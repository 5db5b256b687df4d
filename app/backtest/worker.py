"""Computes one back-test away from the service's loop: in a process of its own, with connections of its own."""

import asyncio
import multiprocessing
import os
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from multiprocessing.connection import Connection
from typing import Any

from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from app.backtest import jobs
from app.backtest.history import History
from app.backtest.port import Computation, WouldBeAlert
from app.backtest.summary import side_by_side
from app.database import database_is_away, make_engine
from models.errors import DomainError, Invalid

PATIENCE_S = 10.0
"""What a worker that has given its answer gets to end by itself."""


@dataclass(frozen=True, slots=True)
class Task:
    """Everything a worker needs to know; plain values, so that it can be sent to another process."""

    job_id: int
    database_url: str
    version: int
    body: Mapping[str, Any]
    baseline_version: int
    baseline_body: Mapping[str, Any]
    since: datetime
    until: datetime
    grid_id: int | None
    run: Computation


class Failed(Exception):
    """The computation could not be brought to its end; trying `again` may help."""

    def __init__(self, reason: str, again: bool) -> None:
        # Both are arguments of the base, so that it can be sent from process to process.
        super().__init__(reason, again)
        self.reason = reason
        self.again = again


def compute(task: Task) -> dict[str, Any]:
    """The result of a back-test; blocks until it is there. Raises Failed."""
    loop = asyncio.new_event_loop()
    engine = make_engine(task.database_url, pool_size=1)
    try:
        return _compute(task, engine, loop)
    except DomainError as error:
        raise Failed(error.detail, False) from error
    except Exception as error:
        raise Failed(f"{type(error).__name__}: {error}", database_is_away(error)) from error
    finally:
        loop.run_until_complete(engine.dispose())
        loop.close()


def _compute(task: Task, engine: AsyncEngine, loop: asyncio.AbstractEventLoop) -> dict[str, Any]:
    history = History(engine, loop, since=task.since, until=task.until, grid_id=task.grid_id)
    registry, levels, outcomes = loop.run_until_complete(history.load())
    same = task.body == task.baseline_body
    rounds = 1 if same else 2

    def judged(number: int, version: int, body: Mapping[str, Any]) -> list[WouldBeAlert]:
        def on_day(share: float) -> None:
            loop.run_until_complete(_progressed(engine, task.job_id, (number + share) / rounds))

        with closing(history.readings(on_day)) as readings:
            return list(task.run(readings, registry, body, version=version, levels=levels))

    draft = judged(0, task.version, task.body)
    if not history.read:
        raise Invalid("there is not one reading of these stations in that time")
    read = history.read
    baseline = draft if same else judged(1, task.baseline_version, task.baseline_body)
    return side_by_side(draft, baseline, since=task.since, until=task.until, outcomes=outcomes, readings=read)


async def _progressed(engine: AsyncEngine, job_id: int, share: float) -> None:
    async with AsyncSession(engine) as session, session.begin():
        await jobs.progressed(session, job_id, share)


# ------------------------------------------------------------------ in a process of its own


def _main(answer: Connection, task: Task) -> None:
    os.nice(10)  # the service comes first
    try:
        answer.send(compute(task))
    except Failed as failure:
        answer.send(failure)
    finally:
        answer.close()


async def in_process(task: Task) -> dict[str, Any]:
    """As `compute`, in a new process; cancelling kills it."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_main, args=(theirs, task), daemon=True, name=f"backtest-{task.job_id}")
    try:
        await asyncio.to_thread(process.start)
        theirs.close()
        await _readable(ours)
        try:
            said = await asyncio.to_thread(ours.recv)
        except EOFError:
            await asyncio.to_thread(process.join, PATIENCE_S)
            raise Failed(f"its process ended with {process.exitcode}", True) from None
        await asyncio.to_thread(process.join, PATIENCE_S)
    finally:
        if process.is_alive():
            process.kill()
            process.join()
        ours.close()
        process.close()
    if isinstance(said, Failed):
        raise said
    result: dict[str, Any] = said
    return result


async def _readable(connection: Connection) -> None:
    """Waits for an answer or the end; no thread is held meanwhile."""
    loop, ready = asyncio.get_running_loop(), asyncio.Event()
    loop.add_reader(connection.fileno(), ready.set)
    try:
        await ready.wait()
    finally:
        loop.remove_reader(connection.fileno())
