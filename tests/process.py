"""The service as its own process, the way an operator runs it, for tests that kill it."""

import asyncio
import os
import re
import signal
import sys
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
_READY = re.compile(r"^ready http=(\S+) mqtt=(\S+)$")
PATIENCE = 90.0


class ServiceProcess:
    """`geshao serve` with given settings; `http` and `mqtt` are known once it is ready."""

    def __init__(self, environ: Mapping[str, str], *arguments: str, command: str = "serve") -> None:
        self._environ = {k: v for k, v in os.environ.items() if not k.startswith("GESHAO_")} | dict(environ)
        self._arguments = (command, *arguments)
        self._process: asyncio.subprocess.Process | None = None
        self.http = ""
        self.mqtt = ""
        self.output: list[str] = []

    async def start(self) -> None:
        """Returns when the ready line was printed; raises with the log when the process ends before."""
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "app", *self._arguments,
            env=self._environ, cwd=ROOT, stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip
        async with asyncio.timeout(PATIENCE):
            while True:
                line = await self._line()
                if not line:
                    raise RuntimeError("the service ended before it was ready:\n" + "\n".join(self.output))
                if found := _READY.match(line):
                    self.http, self.mqtt = found.groups()
                    break
        self._reader = asyncio.ensure_future(self._rest())

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    async def _line(self) -> str:
        assert self._process is not None
        assert self._process.stdout is not None
        line = (await self._process.stdout.readline()).decode().rstrip("\n")
        self.output.append(line)
        return line

    async def _rest(self) -> None:
        assert self._process is not None
        assert self._process.stdout is not None
        while raw := await self._process.stdout.readline():
            self.output.append(raw.decode().rstrip("\n"))

    async def end(self, number: int = signal.SIGTERM) -> int:
        """Sends a signal and waits for the end; gives the exit code."""
        assert self._process is not None
        if self._process.returncode is None:
            self._process.send_signal(number)
        async with asyncio.timeout(PATIENCE):
            code = await self._process.wait()
            await self._reader
        return code

    async def kill(self) -> None:
        """SIGKILL: nothing is said, nothing is finished."""
        await self.end(signal.SIGKILL)
