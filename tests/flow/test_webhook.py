"""The signed webhook against a real server on this machine: success, refusal, silence, and the same key each time."""

import asyncio
import base64
import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta

import httpx
import pytest_asyncio

from app.database import transaction
from app.engine import Engine
from models.bulk import fetch
from notify import outbox
from notify.gateway import WebhookGateway
from notify.outbox import LEASE, Letter
from notify.outcome import retry
from tests.timeline import Story

SECRET = "whsec_" + base64.b64encode(b"a key that both sides know").decode()


@dataclass
class Receiver:
    """Answers as it is told and keeps what it got."""

    port: int = 0
    answers: list[bytes] = field(default_factory=list)
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        pairs = (line.split(": ", 1) for line in head.split("\r\n")[1:] if ": " in line)
        headers = {name.lower(): value for name, value in pairs}
        body = await reader.readexactly(int(headers["content-length"]))
        self.got.append((headers, body))
        answer = self.answers.pop(0) if self.answers else b"200 OK"
        if answer != b"silence":
            extra = b"location: http://127.0.0.1:1/\r\n" if answer.startswith(b"302") else b""
            writer.write(
                b"HTTP/1.1 " + answer + b"\r\n" + extra + b"content-length: 0\r\nconnection: close\r\n\r\n"
            )
            await writer.drain()
        else:
            # Until whoever asks gives up.
            await reader.read()
        writer.close()


@pytest_asyncio.fixture
async def receiver() -> AsyncIterator[Receiver]:
    told = Receiver()
    server = await asyncio.start_server(told.handle, "127.0.0.1", 0)
    told.port = server.sockets[0].getsockname()[1]
    yield told
    server.close()
    await server.wait_closed()


async def write(story: Story, count: int = 1) -> None:
    letters = [
        Letter("webhook", "", f"lane-{n}", f"evt_{n}", {"type": "order.dispatched", "n": n})
        for n in range(count)
    ]
    async with transaction(story.sessions) as session:
        await outbox.enqueue(session, letters, now=story.world.clock.now())


async def states(story: Story) -> list[tuple[str, int, str | None]]:
    async with story.sessions() as session:
        return [
            tuple(r) for r in await fetch(session, "SELECT state, attempts, error FROM outbox ORDER BY id")
        ]


def engine(story: Story, client: httpx.AsyncClient, port: int, *, timeout: float = 30.0) -> Engine:
    """The sender; a receiver that means to answer has all the time it needs."""
    gateway = WebhookGateway(client, f"http://127.0.0.1:{port}/hook", SECRET, timeout=timeout)
    return Engine(story.world.context, {"webhook": gateway})


async def test_a_message_arrives_signed(story: Story, receiver: Receiver) -> None:
    await write(story)
    async with httpx.AsyncClient() as client:
        assert await engine(story, client, receiver.port).send("webhook") == 1
    ((headers, body),) = receiver.got
    assert json.loads(body) == {"type": "order.dispatched", "n": 0}
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    expected = base64.b64encode(
        hmac.new(b"a key that both sides know", signed, hashlib.sha256).digest()
    ).decode()
    assert headers["webhook-signature"] == f"v1,{expected}"
    assert int(headers["webhook-timestamp"]) == int(story.world.clock.now().timestamp())
    assert await states(story) == [("delivered", 1, None)]


async def test_it_is_tried_again_under_the_same_key_until_it_is_taken(
    story: Story, receiver: Receiver
) -> None:
    await write(story)
    receiver.answers = [b"500 Oops", b"silence", b"302 Found", b"429 Slow", b"204 No Content"]
    async with httpx.AsyncClient() as client:
        sender = engine(story, client, receiver.port, timeout=2.0)
        for attempt in range(5):
            assert await sender.send("webhook") == (attempt == 4)
            # Not before its time.
            assert await sender.send("webhook") == 0
            story.world.clock.advance(minutes=16)
    assert {headers["webhook-id"] for headers, _ in receiver.got} == {"evt_0"}
    assert len(receiver.got) == 5
    assert [state for state, _, _ in await states(story)] == ["delivered"]


async def test_gone_is_given_up_and_a_person_can_have_it_sent_again(story: Story, receiver: Receiver) -> None:
    await write(story)
    receiver.answers = [b"410 Gone"]
    async with httpx.AsyncClient() as client:
        sender = engine(story, client, receiver.port)
        await sender.send("webhook")
        ((state, _, error),) = await states(story)
        assert (state, error) == ("failed", "HTTP 410")
        async with transaction(story.sessions) as session:
            await outbox.resend(session, 1, now=story.world.clock.now())
        assert await sender.send("webhook") == 1


async def test_once_the_receiver_answers_the_others_wait_no_longer(story: Story, receiver: Receiver) -> None:
    await write(story, 5)
    receiver.answers = [b"503 Away"] * 5
    async with httpx.AsyncClient() as client:
        sender = engine(story, client, receiver.port)
        assert await sender.send("webhook") == 0
        async with transaction(story.sessions) as session:
            await fetch(session, "UPDATE outbox SET next_at = next_at + interval '10 min' WHERE id > 1")
        story.world.clock.advance(seconds=3)
        assert await sender.send("webhook") == 5


async def test_nobody_there_is_tried_for_days_and_then_listed(story: Story) -> None:
    await write(story)
    async with httpx.AsyncClient() as client:
        sender = engine(story, client, 9)
        for _ in range(outbox.ATTEMPTS):
            await sender.send("webhook")
            story.world.clock.advance(minutes=16)
    ((state, attempts, error),) = await states(story)
    assert (state, attempts) == ("failed", outbox.ATTEMPTS)
    assert error is not None
    assert "ConnectError" in error


async def test_what_a_dead_sender_had_claimed_is_claimed_again_after_its_lease(story: Story) -> None:
    await write(story, 3)
    now = story.world.clock.now()
    async with transaction(story.sessions) as session:
        claimed = await outbox.claim(session, ["webhook"], now=now)
    assert len(claimed) == 3
    async with transaction(story.sessions) as session:
        assert await outbox.claim(session, ["webhook"], now=now + LEASE - timedelta(seconds=1)) == []
    async with transaction(story.sessions) as session:
        again = await outbox.claim(session, ["webhook"], now=now + LEASE)
    assert [letter.key for letter in again] == [letter.key for letter in claimed]


async def test_two_senders_never_hold_the_same_letter_and_a_lane_keeps_its_order(story: Story) -> None:
    letters = [Letter("mqtt", "t", f"lane-{n % 2}", f"key-{n}", {"n": n}) for n in range(6)]
    now = story.world.clock.now()
    async with transaction(story.sessions) as session:
        await outbox.enqueue(session, letters, now=now)
    async with transaction(story.sessions) as one, transaction(story.sessions) as two:
        first = await outbox.claim(one, ["mqtt"], now=now)
        second = await outbox.claim(two, ["mqtt"], now=now)
    assert [letter.key for letter in first] == ["key-0", "key-1"]
    assert second == []


async def test_two_senders_that_find_the_receiver_back_do_not_wait_for_each_other(story: Story) -> None:
    await write(story, 3)
    now = story.world.clock.now()
    async with transaction(story.sessions) as session:
        letters = await outbox.claim(session, ["webhook"], now=now)
        for letter in letters:
            await outbox.record(session, [letter], retry("503"), now=now)
    async with transaction(story.sessions) as one, transaction(story.sessions) as two:
        for session, letter in ((one, letters[0]), (two, letters[1])):
            await fetch(session, "SET LOCAL lock_timeout = '10s'")
            await outbox.record(session, [letter], retry("503"), now=now)
        for session in (one, two):
            await outbox.hasten(session, "webhook", destination=None, now=now)
    async with story.sessions() as session:
        due = await fetch(session, "SELECT id FROM outbox WHERE next_at = $1", now)
    assert {row[0] for row in due} >= {letters[2].id}
