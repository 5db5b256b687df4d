"""Who acts in the demonstration and how: over the API with their own sign-ins, each act once, at its second."""

import asyncio
import struct
import zlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import httpx

from models.clock import Clock


@dataclass
class Cast:
    """The people, each signed in once, and the instant all times are counted from."""

    client: httpx.AsyncClient
    clock: Clock
    begun: datetime
    password: str
    _tokens: dict[str, str] = field(default_factory=dict)
    _signing: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def wait(self, seconds: float) -> None:
        """Until so long after the start; not at all once that is past."""
        due = self.begun + timedelta(seconds=seconds)
        await asyncio.sleep(max(0.0, (due - self.clock.now()).total_seconds()))

    async def ask(self, who: str, method: str, path: str, **more: Any) -> dict[str, Any]:
        """The answer; raises httpx.HTTPStatusError for a refusal."""
        headers = {"Authorization": f"Bearer {await self._token(who)}", **more.pop("headers", {})}
        response = await self.client.request(method, f"/api/v1{path}", headers=headers, **more)
        response.raise_for_status()
        body: dict[str, Any] = response.json()
        return body

    async def _token(self, who: str) -> str:
        async with self._signing:
            if who not in self._tokens:
                form = {"username": who, "password": self.password}
                response = await self.client.post("/api/v1/auth/token", data=form)
                response.raise_for_status()
                self._tokens[who] = response.json()["access_token"]
            return self._tokens[who]


@dataclass
class Play:
    """One scene: its acts in order, each at its second after the start."""

    cast: Cast
    name: str
    _acts: int = 0

    async def act(
        self,
        second: float,
        who: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        *,
        method: str = "POST",
    ) -> dict[str, Any]:
        """One act, once however often the demonstration is started again."""
        await self.cast.wait(second)
        return await self.cast.ask(who, method, path, json=body, headers=self._once())

    async def order(self, second: float, grid: str, reason: str, **more: Any) -> str:
        """An order by hand of the duty desk; gives its path."""
        made = await self.act(second, "zhiban-1", "/orders", {"grid": grid, "reason": reason, **more})
        return f"/orders/{made['id']}"

    async def photo(self, second: float, who: str, name: str, colour: tuple[int, int, int]) -> str:
        """A picture as evidence; gives its id."""
        await self.cast.wait(second)
        files = {"file": (name, picture(colour), "image/png")}
        made = await self.cast.ask(who, "POST", "/evidence", files=files, headers=self._once())
        return str(made["id"])

    async def sheet(self, second: float, who: str, path: str, text: str, document: str) -> None:
        """A table as a file, by a document."""
        await self.cast.wait(second)
        files = {"file": ("演示.csv", text.encode(), "text/csv")}
        await self.cast.ask(who, "POST", path, files=files, data={"document": document}, headers=self._once())

    async def read(self, who: str, path: str, **parameters: Any) -> dict[str, Any]:
        return await self.cast.ask(who, "GET", path, params=parameters)

    def _once(self) -> dict[str, str]:
        self._acts += 1
        return {"Idempotency-Key": f"demo-{self.cast.begun:%Y%m%dT%H%M%S.%f}-{self.name}-{self._acts}"}


Scene = Callable[[Play], Awaitable[None]]


def picture(colour: tuple[int, int, int], width: int = 320, height: int = 200) -> bytes:
    """A PNG that fades from a colour to dark: something to look at, and no photo of anything."""
    rows = b"".join(
        b"\x00" + bytes(part * (height - y // 2) // height for part in colour) * width for y in range(height)
    )
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks
    )
