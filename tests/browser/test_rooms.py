"""What holds of every page: no barrier that axe finds, nothing cut off at any width, in both languages and themes.

A run tries each page in one of the three guises below; with EVERY_GUISE set in all of them (`make pages`).
With SHOTS=directory every page is also kept as a picture in every language, theme and width (`make shots`); with
SHOTS_OF=word only the pages whose name has the word.
"""

import os
from pathlib import Path
from typing import Literal

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page, ViewportSize

from tests.browser.conftest import PHONE, WIDE, Site
from tests.browser.rooms import ROOMS, Room, furnish
from tests.factories import PASSWORD

HUGE = ViewportSize(width=3840, height=2160)
SIZES = {360: PHONE, 1440: WIDE, 3840: HUGE}
RULES = {
    "resultTypes": ["violations"],
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
}
DRAWN = """() => [...document.querySelectorAll("#map, #place-map, #chart, #series")]
    .every((box) => box.dataset.at || box.dataset.drawn || box.hidden)"""
"""Charts and maps are drawn when their figures have come."""
GROUNDED = """() => [...document.querySelectorAll("#map, #place-map")]
    .every((box) => box.querySelector(".leaflet-control-scale-line"))"""
"""A map has its ground; the board's gets it after the boundaries have come."""
GRAVE = ("serious", "critical")
Scheme = Literal["light", "dark"]
GUISES: tuple[tuple[int, str, Scheme], ...] = (
    (1440, "zh", "light"),
    (360, "en", "dark"),
    (3840, "en", "light"),
)
EVERY_GUISE = "EVERY_GUISE" in os.environ


async def entered(chromium: Browser, site: Site, who: str | None, size: ViewportSize, scheme: Scheme) -> Page:
    context = await chromium.new_context(viewport=size, base_url=site.url, color_scheme=scheme)
    page = await context.new_page()
    if who is not None:
        await page.goto("/login")
        await page.get_by_label("用户名").fill(who)
        await page.get_by_label("密码").fill(PASSWORD)
        await page.get_by_role("button", name="登录").click()
        await page.wait_for_url("**/")
    return page


async def enter(page: Page, room: Room, orders: dict[str, int], language: str) -> None:
    path, _, anchor = room.path.format(**orders).partition("#")
    joint = "&" if "?" in path else "?"
    answer = await page.goto(
        f"{path}{joint}lang={language}{'#' + anchor if anchor else ''}", wait_until="load"
    )
    # Between two places on one page nothing is asked for.
    assert answer is None or answer.status == room.status, room.name
    await page.wait_for_function(DRAWN)
    await page.wait_for_function(GROUNDED)


async def faults_of(page: Page) -> list[str]:
    """What axe finds grave, and what is wider than the screen."""
    found = await Axe().run(page, options=RULES)
    faults = [
        f"{one['id']} ({one['impact']}): {node['html'][:160]} {node.get('failureSummary', '')[:200]}"
        for one in found.response["violations"]
        if one["impact"] in GRAVE
        for node in one["nodes"]
        # Where a pin stands is what it says; the tables beside the maps say the same (WCAG 2.2, 2.5.8, exceptions).
        if not (one["id"] == "target-size" and "leaflet-marker-icon" in node["html"])
    ]
    if not await page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"):
        faults.append("wider than the screen")
    return faults


def rooms_of(guise: tuple[int, str, Scheme]) -> list[Room]:
    """The rooms that are tried in a guise: in turn, of the guises that are wide enough."""
    rooms = []
    for number, room in enumerate(ROOMS):
        fitting = [one for one in GUISES if room.least <= one[0]]
        if guise in (fitting if EVERY_GUISE else [fitting[number % len(fitting)]]):
            rooms.append(room)
    return rooms


def test_every_page_is_tried() -> None:
    tried = {room.name for guise in GUISES for room in rooms_of(guise)}
    assert tried == {room.name for room in ROOMS}


@pytest.mark.parametrize(("width", "language", "scheme"), GUISES)
@pytest.mark.timeout(600)
async def test_no_page_keeps_anybody_out(
    site: Site, chromium: Browser, width: int, language: str, scheme: Scheme
) -> None:
    orders = await furnish(site)
    faults: list[str] = []
    broken: list[str] = []
    rooms = rooms_of((width, language, scheme))
    for who in dict.fromkeys(room.who for room in rooms):
        page = await entered(chromium, site, who, SIZES[width], scheme)
        page.on("pageerror", lambda error: broken.append(str(error)))
        for room in rooms:
            if room.who == who:
                await enter(page, room, orders, language)
                faults += [f"{room.name}: {fault}" for fault in [*broken, *await faults_of(page)]]
                broken.clear()
        await page.context.close()
    assert not faults, "\n".join(faults)


@pytest.mark.skipif("SHOTS" not in os.environ, reason="pictures are kept with SHOTS=directory")
@pytest.mark.timeout(1800)
async def test_every_page_is_kept_as_a_picture(site: Site, chromium: Browser) -> None:
    orders = await furnish(site)
    kept = Path(os.environ["SHOTS"])
    rooms = [room for room in ROOMS if os.environ.get("SHOTS_OF", "") in room.name]
    schemes: tuple[Scheme, ...] = ("light", "dark")
    for scheme in schemes:
        for width, size in SIZES.items():
            for who in dict.fromkeys(room.who for room in rooms):
                page = await entered(chromium, site, who, size, scheme)
                for room in rooms:
                    if room.who != who or room.least > width:
                        continue
                    for language in ("zh", "en"):
                        await enter(page, room, orders, language)
                        name = f"{room.name}-{language}-{scheme}-{width}.png"
                        await page.screenshot(path=kept / name, full_page=width < 3840)
                await page.context.close()
