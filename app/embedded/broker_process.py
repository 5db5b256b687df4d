"""The embedded broker's own process: `python -m app.embedded.broker_process FOLDER --port N …`.

Says on standard output which port it listens on, or why it cannot, and lives on by itself; ends on SIGTERM,
or when nobody of the lease has used it for a while.
"""

import argparse
import asyncio
import contextlib
import json
import logging
import os
import signal
import sys
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Any

import psutil

from app.embedded.lease import Lease

HOST = "127.0.0.1"
log = logging.getLogger("geshao.broker")


@dataclass(frozen=True)
class Files:
    """Where the broker keeps what; the same for the process and for whoever starts it."""

    folder: Path

    @property
    def state(self) -> Path:
        return self.folder / "state.json"

    @property
    def passwords(self) -> Path:
        return self.folder / "passwords"

    @property
    def service(self) -> Path:
        return self.folder / "service.json"

    @property
    def sessions(self) -> Path:
        return self.folder / "sessions"

    @property
    def log(self) -> Path:
        return self.folder / "broker.log"


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--service-user", required=True)
    parser.add_argument("--grace", type=float, required=True, help="seconds to live without a user")
    options = parser.parse_args()
    # The starter's child ends at once, so that the broker is nobody's child and leaves no zombie behind.
    ear, mouth = os.pipe()
    if os.fork():
        os.close(mouth)
        with open(ear) as report:
            sys.stdout.write(report.read())
        return
    os.close(ear)
    _detach()
    files = Files(options.folder)
    _write_log_to(files.log)

    def say(**facts: object) -> None:
        with open(mouth, "w") as report:
            json.dump(facts, report)

    try:
        _run(_serve(files, options.port, options.service_user, options.grace, say))
    except Exception:  # a detached process: nobody else would ever see it; it ends with 1
        log.exception("broker ended by a fault")
        raise SystemExit(1) from None


async def _serve(files: Files, port: int, service_user: str, grace: float, say: Callable[..., None]) -> None:
    # Imported here: the starter waits for the fork, and loading amqtt takes a while.
    from amqtt.errors import BrokerError

    from app.embedded import broker_store
    from app.embedded.broker_durable import DurableBroker

    broker = DurableBroker(service_user, str(files.passwords), HOST, port)
    try:
        await broker.start()
    except BrokerError as error:
        cause = error.__cause__
        number = cause.errno if isinstance(cause, OSError) and cause.errno else 0
        say(errno=number, reason=os.strerror(number) if number else str(error))
        return
    try:
        broker_store.load(broker, files.sessions)
    except ValueError:
        log.exception("saved sessions could not be read and are lost")
    me = psutil.Process()
    _write_atomically(files.state, json.dumps({"pid": me.pid, "born": me.create_time(), "port": broker.port}))
    say(port=broker.port)
    told = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, told.set)
    with contextlib.ExitStack() as held:
        await _until_unused(Lease(files.folder, "broker"), grace, told, held)
        broker.close_doors()
        for _, connection in list(broker.sessions.values()):
            if connection is not None and not connection.finished.is_set():
                await connection.stop()
        broker_store.save(broker, files.sessions)
        files.state.unlink(missing_ok=True)
        with contextlib.suppress(TimeoutError):
            # Everything is kept by now; somebody who connected and said nothing must not hold the end up.
            await asyncio.wait_for(broker.shutdown(), 3.0)


async def _until_unused(lease: Lease, grace: float, told: asyncio.Event, held: contextlib.ExitStack) -> None:
    """Returns when told to end, or when nobody has used the broker for `grace` seconds.

    In the second case it holds the lease's lock, so that nobody takes the broker over while it ends.
    """
    loop = asyncio.get_running_loop()
    last_used = loop.time()
    while True:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(told.wait(), min(15.0, grace / 4))
            return
        if lease.used():
            last_used = loop.time()
        elif loop.time() - last_used >= grace:
            # A taken lock means that somebody starts or stops this broker just now: the next round tells.
            with contextlib.suppress(BlockingIOError):
                held.enter_context(lease.held(wait=False))
                if not lease.used():
                    return
                held.close()


def _write_atomically(path: Path, text: str) -> None:
    partial = path.with_suffix(".partial")
    partial.write_text(text)
    partial.replace(path)


def _detach() -> None:
    """Keeps no terminal or pipe of the starter open."""
    nothing = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nothing, stream)
    os.chdir("/")


def _write_log_to(path: Path) -> None:
    handler = RotatingFileHandler(path, maxBytes=1_000_000, backupCount=1)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    logging.basicConfig(level=logging.WARNING, handlers=[handler])
    log.setLevel(logging.INFO)


def _run(work: Coroutine[Any, Any, None]) -> None:
    try:
        import uvloop
    except ImportError:
        asyncio.run(work)
    else:
        uvloop.run(work)


if __name__ == "__main__":
    main()
