"""The real application on a free port, and headless Chromium in front of it."""

import asyncio
import contextlib
import shutil
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
import uvicorn
from playwright.async_api import Browser, Page, ViewportSize, async_playwright, expect

from app.database import Sessions
from tests.apps import application
from tests.factories import PASSWORD, World, make_world
from tests.fakes import FakeClock
from tests.timeline import Story

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
WIDE, PHONE = ViewportSize(width=1440, height=900), ViewportSize(width=360, height=740)
expect.set_options(timeout=20_000)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)
            if CHROMIUM is None:
                item.add_marker(pytest.mark.skip(reason="no chromium binary on the path"))


class RunningClock(FakeClock):
    """Runs like any clock, and jumps when told: a page's countdown can be seen to run."""

    _since = time.monotonic()

    def now(self) -> datetime:
        return self._now + timedelta(seconds=time.monotonic() - self._since)

    def advance(self, by: timedelta | None = None, **parts: float) -> datetime:
        return self.set(self.now() + (by if by is not None else timedelta(**parts)))

    def set(self, instant: datetime) -> datetime:
        self._since = time.monotonic()
        return super().set(instant)


class Server(uvicorn.Server):
    """Leaves the signals to pytest."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@dataclass
class Site:
    """The service without its broker: tests publish readings and let the engine pass."""

    story: Story
    database_url: str
    port: int = 0
    _server: uvicorn.Server | None = None
    _tasks: list[asyncio.Task[None]] = field(default_factory=list)

    @property
    def world(self) -> World:
        return self.story.world

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def start(self) -> None:
        """Listens on the port of before, or on a free one the first time; returns when it answers."""
        context = self.world.context
        context.feed.closing = False
        listening = socket.create_server(("127.0.0.1", self.port))
        self.port = listening.getsockname()[1]
        app = application(context)
        config = uvicorn.Config(
            app, loop="none", lifespan="off", log_config=None, access_log=False, timeout_graceful_shutdown=10
        )
        self._server = Server(config)
        self._tasks = [
            asyncio.create_task(self._server.serve(sockets=[listening])),
            asyncio.create_task(context.feed.run(self.database_url)),
        ]
        # The socket listens already: the first request waits until the server takes it.
        async with httpx.AsyncClient(base_url=self.url) as client:
            await client.get("/login", timeout=20)

    async def stop(self) -> None:
        """Ends every stream and connection, like a restart of the service."""
        if self._server is None:
            return
        self.world.context.feed.close()
        self._server.should_exit = True
        served, feed = self._tasks
        await served
        feed.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await feed
        self._server = None

    async def smoke(self, station: str = "WZ-1", grid: str = "652301") -> None:
        """An hour of clean air, then three readings far above: an alert and its order."""
        now = self.world.clock.now()
        for minutes in range(60, 2, -1):
            await self.story.publish(now - timedelta(minutes=minutes), station=station, grid=grid, pm25=35.0)
        for minutes in (2, 1, 0):
            await self.story.publish(now - timedelta(minutes=minutes), station=station, grid=grid, pm25=400.0)


@pytest_asyncio.fixture
async def site(sessions: Sessions, database_url: str, tmp_path: Path) -> AsyncIterator[Site]:
    world = await make_world(sessions, RunningClock(), tmp_path)
    site = Site(Story(world), database_url)
    await site.start()
    yield site
    await site.stop()


@pytest_asyncio.fixture(scope="session")
async def chromium() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS, headless=True)
        yield browser
        await browser.close()


Open = Callable[..., Awaitable[Page]]


@pytest_asyncio.fixture
async def sign_in(chromium: Browser, site: Site) -> AsyncIterator[Open]:
    """`await sign_in("duty")` gives a page on the board; at the end no page may have had a fault."""
    faults: list[str] = []
    async with AsyncExitStack() as stack:

        async def open_(username: str, size: ViewportSize = WIDE, **options: Any) -> Page:
            context = await chromium.new_context(viewport=size, base_url=site.url, **options)
            stack.push_async_callback(context.close)
            page = await context.new_page()
            page.on("pageerror", lambda error: faults.append(str(error)))
            page.on(
                "console",
                lambda said: faults.append(said.text) if "Content Security Policy" in said.text else None,
            )
            await page.goto("/")
            await page.get_by_label("用户名").fill(username)
            await page.get_by_label("密码").fill(PASSWORD)
            await page.get_by_role("button", name="登录").click()
            await expect(page.locator("#orders")).to_be_attached()
            return page

        yield open_
    assert faults == []
