"""HEAD is GET without its body, on pages and on what the public may keep."""

import pytest

from tests.api.browsing import Browser

PAGES = ("/public", "/public?lang=en", "/login", "/", "/nothing/here", "/api/v1/public/grids")


@pytest.mark.parametrize("path", PAGES)
async def test_head_says_what_get_would_without_the_body(browser: Browser, path: str) -> None:
    client = browser(None)
    whole, head = await client.get(path), await client.head(path)
    assert head.status_code == whole.status_code
    assert head.content == b""
    for name in ("content-type", "content-length", "cache-control", "etag"):
        assert head.headers.get(name) == whole.headers.get(name), name


async def test_a_fresh_copy_is_not_modified_by_head_too(browser: Browser) -> None:
    client = browser(None)
    tag = (await client.head("/public")).headers["etag"]
    assert (await client.head("/public", headers={"If-None-Match": tag})).status_code == 304


async def test_head_on_the_api_stays_what_it_was(browser: Browser) -> None:
    assert (await browser("duty").head("/api/v1/orders")).status_code == 405
    assert (await browser("duty").head("/api/v1/events/stream")).status_code in (404, 405)
