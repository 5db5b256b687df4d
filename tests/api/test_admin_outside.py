"""The pages of what goes out and of what could not come in: hostile content is only text, what is done is done once."""

from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from app.console.quarantine import SHOWN, readable
from app.console.shown import json_text, moment, plain
from app.database import transaction
from models.enums import Channel, OutboxState
from models.journal import OutboxMessage
from models.reading import Quarantined
from tests.api.browsing import Browser, Forms, visible
from tests.factories import World, reading_payload

NASTY = "<script>alert('x')</script>\"><img src=x>\u202egnp.\x07"


async def message(world: World, state: OutboxState = OutboxState.FAILED, **over: Any) -> int:
    now = world.clock.now()
    waits = state in (OutboxState.PENDING, OutboxState.SENDING)
    values: dict[str, Any] = {
        "channel": Channel.WEBHOOK.value, "destination": "", "lane": "x", "payload": {"text": NASTY}, "error": NASTY,
        "state": state.value, "attempts": 5, "created_at": now, "next_at": now if waits else None,
    } | over  # fmt: skip
    async with transaction(world.sessions) as session:
        row = OutboxMessage(key=f"k{values['lane']}{state.value}{over.get('attempts', 0)}", **values)
        session.add(row)
        await session.flush()
        return row.id


async def states(world: World) -> list[str]:
    async with world.sessions() as session:
        return list(await session.scalars(select(OutboxMessage.state).order_by(OutboxMessage.id)))


async def form(client: httpx.AsyncClient, path: str, name: str) -> dict[str, str]:
    page = await client.get(path)
    assert page.status_code == 200, page.text
    return Forms(page.text).found[name]


def clean(page: str) -> None:
    assert "<script>alert" not in page
    assert "<img" not in page
    assert "\u202e" not in page
    assert "\x07" not in page
    assert "\x00" not in page


async def test_what_goes_out_is_shown_and_sent_again_once(browser: Browser, world: World) -> None:
    admin = browser("admin")
    first = await message(world)
    await message(world, OutboxState.SENT)
    page = (await admin.get("/admin/outbox")).text
    clean(page)
    assert "&lt;script&gt;alert" in page
    assert "已放弃 1" in visible(page).replace("1 已放弃", "已放弃 1")
    one = (await admin.get(f"/admin/outbox/{first}")).text
    clean(one)
    assert "\\u202e" in one
    resend = await form(admin, "/admin/outbox?state=failed", "resend")
    for _ in range(2):
        answer = await admin.post(f"/admin/outbox/{first}/resend", data=resend)
        assert answer.headers["location"] == "/admin/outbox?state=stuck&done=resent", visible(answer.text)
    assert await states(world) == ["pending", "sent"]
    # One that waits already is not there to be sent again.
    again = await admin.post(f"/admin/outbox/{first}/resend", data=resend | {"once": "another"})
    assert again.status_code == 404


async def test_the_filtered_ones_are_sent_again_and_no_others(browser: Browser, world: World) -> None:
    admin = browser("admin")
    for number in range(3):
        await message(world, lane=f"a{number}")
    await message(world, lane="sms", channel=Channel.SMS.value)
    await message(world, OutboxState.UNKNOWN)
    path = "/admin/outbox?state=failed&channel=webhook"
    assert "resend" not in Forms((await admin.get("/admin/outbox?state=sent")).text).found
    page = (await admin.get(path)).text
    every = [part for part in page.split("<form") if 'action="/admin/outbox/resend"' in part]
    assert len(every) == 1
    fields = Forms("<form" + every[0]).found["resend"]
    assert (fields["state"], fields["channel"]) == ("failed", "webhook")
    for _ in range(2):
        answer = await admin.post("/admin/outbox/resend", data=fields)
        assert answer.headers["location"] == "/admin/outbox?state=stuck&done=all&count=3", visible(
            answer.text
        )
    assert await states(world) == ["pending", "pending", "pending", "failed", "unknown"]
    refused = await admin.post("/admin/outbox/resend", data=fields | {"state": "sent", "once": "x"})
    assert refused.status_code == 422


async def test_a_code_is_hidden(browser: Browser, world: World) -> None:
    sent = await message(world, about="test", payload={"code": "314159"})
    assert "314159" not in (await browser("admin").get(f"/admin/outbox/{sent}")).text


async def test_these_pages_are_for_administrators(browser: Browser, world: World) -> None:
    await message(world)
    kept = await world.quarantined(b"x")
    for name in ("duty", "chief", "nobody"):
        client = browser(name)
        own = Forms((await client.get("/")).text).found["logout"] | {"once": "x"}
        for path in ("/admin/outbox", "/admin/outbox/1", "/admin/quarantine", f"/admin/quarantine/{kept}"):
            assert (await client.get(path)).status_code == 403, (name, path)
        for path in ("/admin/outbox/1/resend", "/admin/outbox/resend", "/admin/quarantine/replay"):
            answer = await client.post(path, data=own | {"state": "failed", f"pick_{kept}": "1"})
            assert answer.status_code == 403, (name, path)
    assert await states(world) == ["failed"]
    assert (await browser("admin").get("/admin/outbox/99")).status_code == 404
    assert (await browser("admin").get("/admin/quarantine/99")).status_code == 404
    assert (await browser("admin").post("/admin/outbox/resend", data={"once": "x"})).status_code == 403


@pytest.mark.parametrize(
    ("payload", "said"),
    [
        (NASTY.encode(), "3c 73 63 72 69 70 74"),
        ("<script>alert(1)</script> 你好".encode(), "&lt;script&gt;alert(1)&lt;/script&gt; 你好"),
        ("a\u202eb".encode(), "61 e2 80 ae 62"),
        (b"\x00\x01<b>", "00 01 3c 62 3e"),
        (b"\xff\xfe", "ff fe"),
        (b"", ""),
    ],
)
async def test_payloads_are_only_text(browser: Browser, world: World, payload: bytes, said: str) -> None:
    kept = await world.quarantined(payload, topic=NASTY.replace("\x07", ""))
    for path in ("/admin/quarantine", f"/admin/quarantine/{kept}"):
        clean((await browser("admin").get(path)).text)
    assert said in (await browser("admin").get(f"/admin/quarantine/{kept}")).text


def test_a_long_payload_is_cut() -> None:
    text, in_hex, cut = readable({"encoding": "utf-8", "payload": "x" * (SHOWN + 1)})
    assert (len(text), in_hex, cut) == (SHOWN, False, True)
    assert readable({"encoding": "utf-8", "payload": "x" * SHOWN})[2] is False


def test_nothing_hides_or_turns_round() -> None:
    assert plain("a\x00b\u202ec\u200bd\n行") == "a\\x00b\\u202ec\\u200bd\n行"
    assert moment("2026-11-23T00:00:09.992260+00:00") == "2026-11-23 08:00:09"
    assert moment("2026-13-23T00:00:09+00:00\u202e") == "2026-13-23T00:00:09+00:00\\u202e"
    assert moment("2026-13-23T00:00:09+00:00") == "2026-13-23T00:00:09+00:00"
    assert json_text({"a": "\u202e"}) == '{\n  "a": "\\u202e"\n}'


async def test_the_chosen_are_taken_in_again_once(browser: Browser, world: World) -> None:
    admin = browser("admin")
    at = world.clock.now() - timedelta(minutes=1)
    good = await world.quarantined(reading_payload(at), reason="unknown_station")
    bad = await world.quarantined(b"{", reason="not_json")
    fields = await form(admin, "/admin/quarantine", "replay")
    assert set(fields) == {"csrf_token", "once"}
    none = await admin.post("/admin/quarantine/replay", data=fields)
    assert none.status_code == 422
    assert "请选择 1 至 20 条消息" in none.text
    chosen = await form(admin, "/admin/quarantine", "replay") | {f"pick_{good}": "1", f"pick_{bad}": "1"}
    for _ in range(2):
        answer = await admin.post("/admin/quarantine/replay", data=chosen)
        assert answer.status_code == 303, visible(answer.text)
        assert "stored=1&duplicates=0&corrected=0&rejected=1&skipped=0" in answer.headers["location"]
    said = visible((await admin.get(answer.headers["location"])).text)
    assert "已重放 : 入库 1, 仍未能接收 1" in said.replace("已重放:", "已重放 :")
    async with world.sessions() as session:
        rows = await session.execute(select(Quarantined.id, Quarantined.replayed_by).order_by(Quarantined.id))
        assert [tuple(row) for row in rows] == [(good, world.people["admin"].id), (bad, None)]
    listed = (await admin.get("/admin/quarantine")).text
    assert f"pick_{bad}" in listed
    assert f"/admin/quarantine/{good}" not in listed
    assert f"/admin/quarantine/{good}" in (await admin.get("/admin/quarantine?replayed=yes")).text
    assert "pick_" not in (await admin.get("/admin/quarantine?reason=schema")).text
    again = await admin.post("/admin/quarantine/replay", data={**fields, "once": "x", f"pick_{good}": "1"})
    assert again.status_code == 409
    assert "已重新接收过" in again.text
