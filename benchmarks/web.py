"""An order's detail against an endpoint that does nothing, on one worker, over kept-open connections."""

import asyncio
import statistics
import time

import httpx

from benchmarks.ground import COUNTY, PASSWORD, Ground

CONNECTIONS = 16
SECONDS = 4.0
RUNS = 3


async def rate(host: str, port: int, request: bytes) -> float:
    """Answers a second; every answer must be a 200."""
    end = time.monotonic() + SECONDS
    done = 0

    async def client() -> None:
        nonlocal done
        reader, writer = await asyncio.open_connection(host, port)
        while time.monotonic() < end:
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 200"), head
            length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
            await reader.readexactly(length)
            done += 1
        writer.close()

    begun = time.monotonic()
    await asyncio.gather(*(client() for _ in range(CONNECTIONS)))
    return done / (time.monotonic() - begun)


async def measure(ground: Ground) -> list[str]:
    await ground.clear()
    async with ground.service() as service, httpx.AsyncClient(base_url=service.http, timeout=20) as web:
        form = {"username": "duty", "password": PASSWORD}
        token = (await web.post("/api/v1/auth/token", data=form)).json()["access_token"]
        body = {"grid": COUNTY, "reason": "benchmark"}
        headers = {"authorization": f"Bearer {token}"}
        order = (await web.post("/api/v1/orders", json=body, headers=headers)).json()["id"]
        host, port = service.http.removeprefix("http://").split(":")
        empty = b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n"
        detail = f"GET /api/v1/orders/{order} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {token}\r\n\r\n".encode()
        rates: dict[str, list[float]] = {"empty": [], "detail": []}
        for _ in range(RUNS):
            rates["empty"].append(await rate(host, int(port), empty))
            rates["detail"].append(await rate(host, int(port), detail))
    e, d = (statistics.median(rates[name]) for name in ("empty", "detail"))
    return [
        f"/healthz                        {e:9,.0f} req/s",
        f"order detail                    {d:9,.0f} req/s",
        f"order detail ÷ empty            {d / e:9.2f}         wanted ≥ 0.30",
    ]
