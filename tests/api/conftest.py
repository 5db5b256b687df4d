"""The application over ASGI, with a real database behind it, and clients that are signed in."""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
import pytest_asyncio
from fastapi import FastAPI
from pydantic import SecretStr

from app.auth import tokens
from app.database import Sessions
from app.settings import SmsSettings
from tests.api.browsing import Browser
from tests.apps import application
from tests.factories import SECRET_KEY, World, make_world, password_hash
from tests.fakes import FakeClock

Client = Callable[[str | None], httpx.AsyncClient]


@pytest_asyncio.fixture
async def world(sessions: Sessions, clock: FakeClock, tmp_path: Path) -> World:
    # A gateway that nobody reaches: contacts can be tested, and what goes to them is read from the outbox.
    sms = SmsSettings(url=SecretStr("http://127.0.0.1:9/sms"))
    return await make_world(sessions, clock, tmp_path, max_upload_mb=1, sms=sms)


@pytest.fixture
def app(world: World) -> FastAPI:
    return application(world.context)


@pytest_asyncio.fixture
async def client(app: FastAPI, world: World) -> AsyncIterator[Client]:
    """`client("duty")` is signed in as that person, `client(None)` as nobody."""
    async with AsyncExitStack() as stack:

        def make(username: str | None) -> httpx.AsyncClient:
            headers = {}
            if username is not None:
                headers["Authorization"] = f"Bearer {token_of(world, username)}"
            made = httpx.AsyncClient(
                transport=httpx.ASGITransport(app), base_url="http://geshao.test/api/v1", headers=headers
            )
            stack.push_async_callback(made.aclose)
            return made

        yield make


def token_of(world: World, username: str) -> str:
    return tokens.issue(
        SECRET_KEY,
        world.people[username].id,
        password_hash(),
        now=world.clock.now(),
        valid_for=timedelta(hours=12),
    )


@pytest_asyncio.fixture
async def browser(app: FastAPI, world: World) -> AsyncIterator[Browser]:
    """`browser("duty")` carries that person's session cookie."""
    async with AsyncExitStack() as stack:

        def make(username: str | None) -> httpx.AsyncClient:
            cookies = {"geshao_session": token_of(world, username)} if username else {}
            made = httpx.AsyncClient(
                transport=httpx.ASGITransport(app), base_url="http://geshao.test", cookies=cookies
            )
            stack.push_async_callback(made.aclose)
            return made

        yield make
