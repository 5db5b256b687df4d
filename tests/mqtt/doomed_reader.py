"""A reader to be killed: takes COUNT messages, acknowledges the first half, says so, waits for its end."""

import asyncio
import sys

import structlog

from app.ingest.mqtt import MqttSource


async def main(url: str, client_id: str, count: int) -> None:
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    source = MqttSource(url, client_id, max_queue=10_000)
    await source.start()
    taken = []
    while len(taken) < count:
        taken += await source.take(count - len(taken), 0)
    source.acknowledge(taken[: count // 2])
    print(len(taken), flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
