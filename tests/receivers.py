"""Receivers on this machine that answer as they are told: over HTTP and SMTP, in the test's own loop."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Answer:
    """What an HTTP receiver does with one request."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    then: str = "answer"
    """`answer`; `silence`, nothing until the end; `cut`, the connection is closed without a word; `drip`, the head
    and half of the body and no more."""


def said(**fields: Any) -> Answer:
    """A JSON answer with 200."""
    return Answer(body=json.dumps(fields).encode())


@dataclass
class Request:
    target: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class HttpReceiver:
    port: int = 0
    answers: list[Answer] = field(default_factory=list)
    got: list[Request] = field(default_factory=list)
    over: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        lines = head.split("\r\n")
        pairs = (line.split(": ", 1) for line in lines[1:] if ": " in line)
        headers = {name.lower(): value for name, value in pairs}
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        self.got.append(Request(lines[0].split(" ")[1], headers, body))
        answer = self.answers.pop(0) if self.answers else Answer()
        if answer.then == "silence":
            await self.over.wait()
        elif answer.then != "cut":
            told = answer.headers | {"content-length": str(len(answer.body)), "connection": "close"}
            lines = [f"HTTP/1.1 {answer.status} X", *(f"{name}: {value}" for name, value in told.items())]
            writer.write("\r\n".join([*lines, "", ""]).encode())
            writer.write(answer.body if answer.then == "answer" else answer.body[: len(answer.body) // 2])
            await writer.drain()
            if answer.then == "drip":
                await self.over.wait()
        writer.close()


@asynccontextmanager
async def http_receiver() -> AsyncIterator[HttpReceiver]:
    receiver = HttpReceiver()
    server = await asyncio.start_server(receiver.handle, "127.0.0.1", 0)
    receiver.port = server.sockets[0].getsockname()[1]
    try:
        yield receiver
    finally:
        receiver.over.set()
        server.close()
        await server.wait_closed()


@dataclass
class MailReceiver:
    """A mail server's script: what it says at each step; `None` closes the connection there instead."""

    port: int = 0
    says: dict[str, bytes | None] = field(default_factory=dict)
    got: list[bytes] = field(default_factory=list)
    over: asyncio.Event = field(default_factory=asyncio.Event)
    silent_at: str | None = None

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        usual = {
            "GREETING": b"220 here",
            "EHLO": b"250-here\r\n250 SIZE 100000",
            "MAIL": b"250 ok",
            "RCPT": b"250 ok",
            "DATA": b"354 go on",
            "TEXT": b"250 taken",
            "QUIT": b"221 bye",
            "RSET": b"250 ok",
        }
        script: dict[str, bytes | None] = {**usual, **self.says}

        async def say(step: str) -> bool:
            if self.silent_at == step:
                await self.over.wait()
                return False
            line = script.get(step, b"502 no")
            if line is None:
                return False
            writer.write(line + b"\r\n")
            await writer.drain()
            return True

        going = await say("GREETING")
        while going and (line := await reader.readline()):
            verb = line.split()[0].decode().upper()
            going = await say(verb)
            if going and verb == "DATA" and (script["DATA"] or b"").startswith(b"354"):
                self.got.append(await reader.readuntil(b"\r\n.\r\n"))
                going = await say("TEXT")
        writer.close()


@asynccontextmanager
async def mail_receiver() -> AsyncIterator[MailReceiver]:
    receiver = MailReceiver()
    server = await asyncio.start_server(receiver.handle, "127.0.0.1", 0)
    receiver.port = server.sockets[0].getsockname()[1]
    try:
        yield receiver
    finally:
        receiver.over.set()
        server.close()
        await server.wait_closed()
