"""A link to acknowledge: shown to whoever has it, acting once, as the person it was written to, with today's duties."""

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import timedelta

import httpx
import pytest
import pytest_asyncio
from fastapi import FastAPI

from app.database import transaction
from dispatch.commands import Acknowledge, Withdraw
from models.bulk import fetch
from models.enums import OrderAct
from notify import links
from notify.links import Link, Signer
from tests.factories import OTHER_COUNTY, SECRET_KEY, World

SIGNER = Signer(SECRET_KEY)


@pytest_asyncio.fixture
async def phone(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """A browser that is not signed in."""
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://geshao.test") as made:
        yield made


async def link_to(world: World, order_id: int, who: str = "supervisor") -> Link:
    person = world.people[who].id
    async with transaction(world.sessions) as session:
        made = await links.make(session, [(person, order_id)], OrderAct.ACKNOWLEDGE, now=world.clock.now())
    async with world.sessions() as session:
        number = made[(person, order_id)]
        return (await links.load(session, [number]))[number]


def path_of(link: Link) -> str:
    return f"/a/{SIGNER.token(link)}"


async def state_of(world: World, order_id: int) -> str:
    async with world.sessions() as session:
        return str((await fetch(session, "SELECT state FROM work_order WHERE id = $1", order_id))[0][0])


async def acknowledgements(world: World) -> list[int]:
    async with world.sessions() as session:
        rows = await fetch(session, "SELECT actor_id FROM journal WHERE kind = 'order.acknowledged'")
    return [row[0] for row in rows]


async def test_looking_does_nothing_and_pressing_acknowledges_as_that_person(
    phone: httpx.AsyncClient, world: World
) -> None:
    order_id = await world.order(reason="巡查发现扬尘")
    path = path_of(await link_to(world, order_id))
    for _ in range(3):
        shown = await phone.get(path)
        assert shown.status_code == 200
        assert all(text in shown.text for text in ("巡查发现扬尘", "昌吉市", "11-23 08:10:00", "确认签收"))
    assert (await phone.head(path)).status_code in (200, 405)
    assert await state_of(world, order_id) == "dispatched"
    done = await phone.post(path)
    assert done.status_code == 200
    assert "工单已签收" in done.text or "已签收" in done.text
    assert await state_of(world, order_id) == "acknowledged"
    assert await acknowledgements(world) == [world.people["supervisor"].id]
    after = await phone.get(path)
    assert "此链接已使用过" in after.text
    assert "<form" not in after.text
    again = await phone.post(path)
    assert (again.status_code, "此链接已使用过" in again.text) == (410, True)
    assert len(await acknowledgements(world)) == 1


async def test_the_page_allows_nothing_foreign_and_tells_its_address_to_nobody(
    phone: httpx.AsyncClient, world: World
) -> None:
    shown = await phone.get(path_of(await link_to(world, await world.order())))
    assert "default-src 'none'" in shown.headers["Content-Security-Policy"]
    assert "unsafe" not in shown.headers["Content-Security-Policy"]
    assert shown.headers["Referrer-Policy"] == "no-referrer"
    assert shown.headers["Cache-Control"] == "no-store"
    assert "noindex" in shown.headers["X-Robots-Tag"]
    assert not re.search(r"<script|<style|\sstyle=|\son\w+=", shown.text)
    assert "姓名" not in shown.text


async def test_two_presses_at_once_are_one_acknowledgement(phone: httpx.AsyncClient, world: World) -> None:
    order_id = await world.order()
    path = path_of(await link_to(world, order_id))
    answers = await asyncio.gather(*(phone.post(path) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [200, 410, 410, 410]
    assert len(await acknowledgements(world)) == 1


async def test_forged_foreign_and_made_up_tokens_are_refused(phone: httpx.AsyncClient, world: World) -> None:
    mine, other = await world.order(), await world.order()
    link = await link_to(world, mine)
    token = SIGNER.token(link)
    forged = [
        token[:-1] + ("A" if token[-1] != "A" else "B"),
        Signer("another key" * 4).token(link),
        SIGNER.token(Link(link.id, link.person_id, other, link.act, link.expires_at)),
        SIGNER.token(Link(link.id, world.people["neighbour"].id, mine, link.act, link.expires_at)),
        SIGNER.token(Link(link.id, link.person_id, mine, link.act, link.expires_at + timedelta(days=9))),
        SIGNER.token(Link(999, link.person_id, mine, link.act, link.expires_at)),
        "x", "1.", "%00", "é" * 20, "1" * 400,
    ]  # fmt: skip
    for text in forged:
        for answer in (await phone.get(f"/a/{text}"), await phone.post(f"/a/{text}")):
            assert answer.status_code == 404, text
            assert "此链接无效" in answer.text
    assert {await state_of(world, mine), await state_of(world, other)} == {"dispatched"}


async def test_an_expired_link_says_so(phone: httpx.AsyncClient, world: World) -> None:
    order_id = await world.order()
    path = path_of(await link_to(world, order_id))
    world.clock.advance(links.VALID_FOR)
    assert "此链接已过期" in (await phone.get(path)).text
    late = await phone.post(path)
    assert (late.status_code, "此链接已过期" in late.text) == (410, True)
    assert await state_of(world, order_id) == "dispatched"


@pytest.mark.parametrize("sql", ["UPDATE duty SET valid_to = $1", "UPDATE person SET disabled_at = $1"])
async def test_whoever_is_not_on_duty_any_more_cannot_acknowledge(
    phone: httpx.AsyncClient, world: World, sql: str
) -> None:
    order_id = await world.order()
    path = path_of(await link_to(world, order_id))
    async with transaction(world.sessions) as session:
        await fetch(session, sql, world.clock.now())
    refused = await phone.post(path)
    assert refused.status_code in (403, 404)
    assert await state_of(world, order_id) == "dispatched"
    async with world.sessions() as session:
        assert (await fetch(session, "SELECT used_at FROM act_link"))[0][0] is None


async def test_a_link_to_an_order_of_another_grid_does_not_act(
    phone: httpx.AsyncClient, world: World
) -> None:
    order_id = await world.order(OTHER_COUNTY)
    refused = await phone.post(path_of(await link_to(world, order_id, "supervisor")))
    assert (refused.status_code, "不在岗" in refused.text) == (403, True)
    assert await state_of(world, order_id) == "dispatched"


async def test_what_became_of_the_order_meanwhile_is_shown(phone: httpx.AsyncClient, world: World) -> None:
    taken, gone = await world.order(), await world.order()
    paths = {order: path_of(await link_to(world, order)) for order in (taken, gone)}
    await world.act(taken, Acknowledge())
    await world.act(gone, Withdraw("误报"))
    for order, state in ((taken, "已签收"), (gone, "已作废")):
        shown = await phone.get(paths[order])
        assert state in shown.text
        assert "<form" not in shown.text
        refused = await phone.post(paths[order])
        assert refused.status_code == 409
        assert state in refused.text


async def test_many_wrong_tokens_close_the_door(phone: httpx.AsyncClient, world: World) -> None:
    path = path_of(await link_to(world, await world.order()))
    for n in range(50):
        assert (await phone.get(f"/a/{n:x}.{'A' * 22}")).status_code == 404
    closed = await phone.get(path)
    assert (closed.status_code, "Retry-After" in closed.headers) == (429, True)
    world.clock.advance(minutes=5, seconds=1)
    assert (await phone.get(path)).status_code == 200
