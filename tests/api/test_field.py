"""The field page as it is served: its shell, its data, and the headers that let a phone keep it."""

import re

import pytest

from dispatch.commands import Acknowledge
from models.enums import OrderState
from tests.api.browsing import Browser
from tests.factories import COUNTY, OTHER_COUNTY, World

MOST_BYTES = 200_000


async def test_the_list_holds_what_the_caller_may_do_most_urgent_first(
    world: World, browser: Browser
) -> None:
    await world.order(OTHER_COUNTY)
    reported = await world.order_in(OrderState.REPORTED)
    returned = await world.order_in(OrderState.RETURNED)
    world.clock.advance(seconds=30)
    acknowledged = await world.order(COUNTY)
    fresh = await world.order(COUNTY, station="WZ-1")
    await world.act(acknowledged, Acknowledge())

    answer = await browser("supervisor").get("/f/orders")
    assert answer.headers["Cache-Control"] == "no-store"
    told = answer.json()
    orders = {order["id"]: order for order in told["orders"]}
    assert told["orders"][-1]["id"] == reported
    assert orders.keys() == {reported, returned, acknowledged, fresh}
    assert orders[fresh]["acts"] == ["acknowledge", "feedback"]
    assert orders[acknowledged]["acts"] == ["feedback"]
    assert orders[returned]["acts"] == ["report"]
    assert orders[returned]["comment"]
    assert orders[reported]["acts"] == []
    assert orders[fresh]["site"] == {"lon": 87.3, "lat": 44.0}
    assert orders[fresh]["state_name"] == "已派发"
    due = [order["clock"]["due"] for order in told["orders"] if order["acts"]]
    assert due == sorted(due)
    assert told["now"] == world.clock.now().isoformat()


async def test_what_the_list_gives_is_enough_to_act_with(world: World, browser: Browser) -> None:
    order_id = await world.order()
    client = browser("supervisor")
    told = (await client.get("/f/orders")).json()
    headers = {"X-CSRF-Token": told["csrf"], "Idempotency-Key": "field:1", "If-Match": '"1"'}
    for _ in range(2):
        answer = await client.post(f"/api/v1/orders/{order_id}/acknowledge", headers=headers)
        assert answer.status_code == 200, answer.text
    assert (await client.get("/f/orders")).json()["orders"][0]["state"] == "acknowledged"


async def test_who_only_looks_on_gets_no_acts(world: World, browser: Browser) -> None:
    await world.order()
    told = (await browser("duty").get("/f/orders")).json()
    assert [order["acts"] for order in told["orders"]] == [[]]


async def test_the_shell_is_nobodys_and_small(browser: Browser) -> None:
    """Under 200 KB with everything it loads."""
    client = browser(None)
    shell = await client.get("/f")
    assert shell.status_code == 200
    assert shell.text == (await browser("supervisor").get("/f")).text
    policy = shell.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "manifest-src 'self'" in policy
    worker = await client.get("/f/worker.js")
    files = set(re.findall(r"/f/files/[0-9a-f]+/[\w.-]+", shell.text + worker.text))
    loaded = int(shell.headers["Content-Length"]) + int(worker.headers["Content-Length"])
    for url in files:
        answer = await client.get(url)
        assert answer.status_code == 200, url
        assert "immutable" in answer.headers["Cache-Control"]
        loaded += int(answer.headers["Content-Length"])
    assert len(files) >= 10
    assert loaded < MOST_BYTES
    assert (await client.get("/f/orders")).headers["Location"].startswith("/login")


@pytest.mark.parametrize("language", ["zh", "en"])
async def test_the_page_can_be_installed(browser: Browser, language: str) -> None:
    client = browser(None)
    manifest = await client.get(f"/f/manifest.webmanifest?lang={language}")
    assert manifest.headers["Content-Type"].startswith("application/manifest+json")
    said = manifest.json()
    assert (said["start_url"], said["scope"], said["display"]) == ("/f", "/f", "standalone")
    assert said["name"] == {"zh": "格哨·现场", "en": "Geshao in the field"}[language]
    for icon in said["icons"]:
        assert (await client.get(icon["src"])).content.startswith(b"\x89PNG")


async def test_the_worker_may_answer_for_the_page_and_changes_with_it(browser: Browser) -> None:
    client = browser(None)
    worker = await client.get("/f/worker.js")
    assert worker.headers["Service-Worker-Allowed"] == "/f"
    assert worker.headers["Cache-Control"] == "no-cache"
    assert worker.headers["Content-Type"].startswith("text/javascript")
    assert worker.text == (await client.get("/f/worker.js")).text
    english = await client.get("/f/worker.js?lang=en")
    assert english.text != worker.text


async def test_a_file_that_is_not_the_pages_is_not_there(browser: Browser) -> None:
    client = browser(None)
    for name in ("worker.js", "field.py", "..%2Fconsole.js", "x"):
        assert (await client.get(f"/f/files/0/{name}")).status_code == 404
    old = await client.get("/f/files/0/main.js")
    assert old.headers["Cache-Control"] == "no-cache"
