"""A bare SSE server, the ceiling of the feed: what is posted to it goes to every open stream, byte for byte.

Runs as its own process: `python -m benchmarks.bare_sse PORT`; no database, no sign-in, no filters, no resuming.
"""

import asyncio
import sys
from typing import Any

import uvicorn
import uvloop

QUEUES: set[asyncio.Queue[bytes]] = set()


async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
    if scope["method"] == "POST":
        wire = (await receive())["body"]
        for queue in QUEUES:
            queue.put_nowait(wire)
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body"})
        return
    headers = [(b"content-type", b"text/event-stream")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b": open\n\n", "more_body": True})
    queue: asyncio.Queue[bytes] = asyncio.Queue()
    QUEUES.add(queue)
    try:
        while True:
            await send({"type": "http.response.body", "body": await queue.get(), "more_body": True})
    finally:
        QUEUES.discard(queue)


async def main() -> None:
    config = uvicorn.Config(
        app,
        port=int(sys.argv[1]),
        loop="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        backlog=2048,
    )
    await uvicorn.Server(config).serve()


if __name__ == "__main__":
    uvloop.run(main())
