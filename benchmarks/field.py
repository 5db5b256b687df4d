"""The field page's first load on slow 3G with a processor four times slower, against a page that does nothing.

The bare page asks for as many bytes in as many exchanges, and is done; what lies between the two is ours: drawing,
the phone's store, the server's work.
"""

import asyncio
import contextlib
import statistics
from collections.abc import AsyncIterator

import httpx
from playwright.async_api import Browser, async_playwright

from benchmarks.ground import COUNTY, PASSWORD, Ground
from tests.browser.conftest import ARGUMENTS, CHROMIUM, PHONE
from tests.browser.loading import BYTES_PER_MS, LATENCY_MS, Asked, Loading, exchanges

RUNS = 5
SLOWER = 4
WANTED_MS = 2_500
PAGE = (
    b'<!doctype html><meta charset="utf-8"><title>bare</title><script type="module" src="/script"></script>'
)
SCRIPT = b'await (await fetch("/data")).arrayBuffer(); performance.mark("field:ready");'


@contextlib.asynccontextmanager
async def _bare(pieces: tuple[int, int, int]) -> AsyncIterator[str]:
    """A server of one page, its script and its data, each padded to so many bytes with its head."""
    page, script, data = pieces
    answers = {
        b"/f": _padded(b"text/html", PAGE, page),
        b"/script": _padded(b"text/javascript", SCRIPT + b"//", script),
        b"/data": _padded(b"text/plain", b"", data),
    }

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError):  # the browser is done with the connection
            while True:
                asked = (await reader.readuntil(b"\r\n\r\n")).split(b" ")[1]
                writer.write(answers.get(asked) or _padded(b"text/plain", b"", 0))
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


def _padded(kind: bytes, body: bytes, size: int) -> bytes:
    """An answer of so many bytes with its head, or of as few as there are."""
    head = b"HTTP/1.1 200 OK\r\ncontent-type: %s\r\ncontent-length: %d\r\n\r\n"
    room = max(size - len(head % (kind, size)), len(body))
    return head % (kind, room) + body.ljust(room)


async def _load(browser: Browser, base: str, *, sign_in: bool) -> tuple[float, list[Asked]]:
    """Milliseconds to the page's own mark, and what it asked for; nothing is kept from one call to the next."""
    context = await browser.new_context(viewport=PHONE, base_url=base)
    page = await context.new_page()
    if sign_in:
        # To another page than the one that is loaded first below.
        await page.goto("/login?next=/tasks")
        await page.get_by_label("用户名").fill("supervisor")
        await page.get_by_label("密码").fill(PASSWORD)
        await page.get_by_role("button", name="登录").click()
        await page.wait_for_url("**/tasks")
    await page.goto("about:blank")
    loading = await Loading.of(page)
    slow = await context.new_cdp_session(page)
    await slow.send("Network.enable")
    speed = BYTES_PER_MS * 1000
    await slow.send(
        "Network.emulateNetworkConditions",
        {"offline": False, "latency": LATENCY_MS, "downloadThroughput": speed, "uploadThroughput": speed},
    )
    await slow.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    await page.goto("/f", wait_until="commit")
    await page.wait_for_function("() => performance.getEntriesByName('field:ready').length > 0")
    ready = await page.evaluate("performance.getEntriesByName('field:ready')[0].startTime")
    asked = loading.until(await page.evaluate("performance.timeOrigin") + ready)
    await context.close()
    return ready, asked


def _pieces(asked: list[Asked]) -> tuple[int, int, int]:
    page = next(one for one in asked if one.url.endswith("/f"))
    data = next(one for one in asked if one.url.endswith("/f/orders"))
    return page.bytes, sum(one.bytes for one in asked) - page.bytes - data.bytes, data.bytes


async def measure(ground: Ground) -> list[str]:
    if CHROMIUM is None:
        raise SystemExit("field: no chromium on the path (Debian's package chromium)")
    await ground.clear()
    async with ground.service() as service, httpx.AsyncClient(base_url=service.http, timeout=20) as web:
        form = {"username": "duty", "password": PASSWORD}
        token = (await web.post("/api/v1/auth/token", data=form)).json()["access_token"]
        headers = {"authorization": f"Bearer {token}"}
        made = await web.post("/api/v1/orders", json={"grid": COUNTY, "reason": "benchmark"}, headers=headers)
        made.raise_for_status()
        ours, bare = [], []
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(
                executable_path=CHROMIUM, args=ARGUMENTS, headless=True
            )
            _, asked = await _load(browser, service.http, sign_in=True)
            async with _bare(_pieces(asked)) as base:
                for _ in range(RUNS):
                    bare.append((await _load(browser, base, sign_in=False))[0])
                    ours.append((await _load(browser, service.http, sign_in=True))[0])
            await browser.close()
    b, o = statistics.median(bare), statistics.median(ours)
    size = sum(one.bytes for one in asked) / 1024
    return [
        f"asked for                       {size:9,.1f} KiB in {exchanges(asked)} exchanges",
        f"bare page                       {b:9,.0f} ms",
        f"field page, first load          {o:9,.0f} ms          wanted < {WANTED_MS:,}",
        f"field page ÷ bare page          {o / b:9.2f}",
    ]
