"""Contacts, rules and targets over HTTP: whose they are, what is refused, and that no address comes back whole."""

import re
from typing import Any

import httpx
import pytest
from sqlalchemy import update

from app.api.notice_shapes import ContactShape, NoticesShape, TargetShape
from app.database import transaction
from models.bulk import fetch
from models.journal import OutboxMessage
from notify.contacts import MOST_CONTACTS
from tests.api.conftest import Client
from tests.factories import COUNTY, OTHER_COUNTY, PREFECTURE, World

NUMBER, MAIL = "13800138000", "li.na@example.org"
ROBOT = "https://oapi.dingtalk.com/robot/send?access_token=token-nobody-may-see"
TARGET = {
    "grid": COUNTY, "channel": "dingtalk", "name": "昌吉市值班群", "url": ROBOT, "secret": "SEC-nobody-may-see",
    "classes": ["dispatched", "breach"],
}  # fmt: skip


async def code_of(world: World) -> str:
    async with world.sessions() as session:
        rows = await fetch(
            session, "SELECT payload->>'code' FROM outbox WHERE about = 'test' ORDER BY id DESC LIMIT 1"
        )
    return str(rows[0][0])


async def add(caller: httpx.AsyncClient, channel: str = "sms", address: str = NUMBER) -> dict[str, Any]:
    made = await caller.post("/me/contacts", json={"channel": channel, "address": address})
    assert made.status_code == 201, made.text
    ContactShape.model_validate(made.json())
    return dict(made.json())


async def test_a_contact_is_confirmed_with_the_code_it_got(client: Client, world: World) -> None:
    me = client("supervisor")
    contact = await add(me)
    assert (contact["address"], contact["verified"]) == ("138****00", False)
    path = f"/me/contacts/{contact['id']}"
    early = await me.post(f"{path}/verify", json={"code": "000000"})
    assert (early.status_code, early.json()["code"]) == (422, "invalid")
    assert (await me.post(f"{path}/test")).json() == {"queued": True}
    code = await code_of(world)
    wrong = "000000" if code != "000000" else "111111"
    assert (await me.post(f"{path}/verify", json={"code": wrong})).status_code == 422
    right = await me.post(f"{path}/verify", json={"code": code})
    assert (right.status_code, right.json()["verified"]) == (200, True)
    # Once.
    assert (await me.post(f"{path}/verify", json={"code": code})).status_code == 422
    assert [c["verified"] for c in (await me.get("/me/contacts")).json()["items"]] == [True]


async def test_five_wrong_codes_end_a_code_and_so_does_time(client: Client, world: World) -> None:
    me = client("supervisor")
    path = f"/me/contacts/{(await add(me))['id']}"
    await me.post(f"{path}/test")
    code = await code_of(world)
    wrong = "000000" if code != "000000" else "111111"
    for _ in range(5):
        assert (await me.post(f"{path}/verify", json={"code": wrong})).status_code == 422
    assert (await me.post(f"{path}/verify", json={"code": code})).status_code == 422
    await me.post(f"{path}/test")
    world.clock.advance(minutes=15)
    assert (await me.post(f"{path}/verify", json={"code": await code_of(world)})).status_code == 422


async def test_nobody_asks_for_codes_without_end(client: Client, world: World) -> None:
    me = client("supervisor")
    path = f"/me/contacts/{(await add(me))['id']}/test"
    answers = [(await me.post(path)).status_code for _ in range(11)]
    assert answers == [200] * 10 + [429]


@pytest.mark.parametrize(
    ("channel", "address"),
    [("sms", "abc"), ("email", "a@b@c"), ("wecom", ROBOT), ("webhook", "http://127.0.0.1/"), ("mqtt", "x")],
)
async def test_what_is_no_address_of_ones_own_is_refused(client: Client, channel: str, address: str) -> None:
    refused = await client("supervisor").post("/me/contacts", json={"channel": channel, "address": address})
    # The number of the request is drawn: it may hold any letters up to f.
    said = {name: text for name, text in refused.json().items() if name != "request_id"}
    assert (refused.status_code, said["code"]) == (422, "invalid")
    assert address not in str(said)


async def test_the_same_contact_twice_and_too_many_are_refused(client: Client) -> None:
    me = client("supervisor")
    await add(me)
    twice = await me.post("/me/contacts", json={"channel": "sms", "address": "138 0013 8000"})
    assert "already" in twice.json()["detail"]
    for n in range(MOST_CONTACTS - 1):
        await add(me, "email", f"a{n}@example.org")
    many = await me.post("/me/contacts", json={"channel": "email", "address": MAIL})
    assert many.status_code == 422


async def test_contacts_of_others_are_theirs_and_the_administrators(client: Client) -> None:
    contact = await add(client("supervisor"))
    neighbour = client("neighbour")
    for method, path in (
        ("DELETE", f"/me/contacts/{contact['id']}"),
        ("POST", f"/me/contacts/{contact['id']}/test"),
    ):
        assert (await neighbour.request(method, path)).status_code == 404
    for path in ("/people/supervisor/contacts", "/people/supervisor/notices"):
        assert (await neighbour.get(path)).status_code == 403
    admin = client("admin")
    assert (await admin.get("/people/supervisor/contacts")).json()["items"] == [contact]
    assert (await admin.get("/people/nobody-here/contacts")).status_code == 404
    assert (await admin.delete(f"/people/supervisor/contacts/{contact['id']}")).status_code == 204
    assert (await client("supervisor").get("/me/contacts")).json()["items"] == []


async def test_an_administrator_answers_for_what_is_entered(client: Client, world: World) -> None:
    admin = client("admin")
    made = await admin.post(
        "/people/supervisor/contacts", json={"channel": "dingtalk", "address": ROBOT, "secret": "s"}
    )
    assert (made.status_code, made.json()["verified"]) == (201, True)
    assert made.json()["address"] == "https://oapi.dingtalk.com/…"


async def test_rules_are_kept_as_a_whole(client: Client) -> None:
    me = client("supervisor")
    before = (await me.get("/me/notices")).json()
    NoticesShape.model_validate(before)
    assert before == {"rules": [], "by_role": True, "quiet": None}
    wanted = {
        "rules": [
            {"about": "dispatched", "channel": "sms", "after_minutes": 5},
            {"about": "escalation", "min_level": 2},
        ],
        "quiet": {"from": "22:00", "until": "07:00"},
    }
    kept = await me.put("/me/notices", json=wanted)
    assert kept.status_code == 200, kept.text
    assert kept.json()["quiet"] == wanted["quiet"]
    assert [r["about"] for r in kept.json()["rules"]] == ["dispatched", "escalation"]
    assert (await me.get("/me/notices")).json() == kept.json()
    assert (await me.put("/me/notices", json={})).json() == before


@pytest.mark.parametrize(
    "body",
    [
        {"rules": [{"about": "dispatched", "after_minutes": 31}]},
        {"rules": [{"about": "test"}]},
        {"rules": [{"about": "breach", "channel": "mqtt"}]},
        {"rules": [{"about": "warning"}, {"about": "warning"}]},
        {"quiet": {"from": "22:00", "until": "22:00"}},
        {"quiet": {"from": "24:00", "until": "07:00"}},
        {"rules": [{"about": "gossip"}]},
    ],
)
async def test_rules_that_cannot_be_are_refused(client: Client, body: dict[str, Any]) -> None:
    refused = await client("supervisor").put("/me/notices", json=body)
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid")


async def test_targets_are_the_administrators_and_shown_masked(client: Client, world: World) -> None:
    admin = client("admin")
    made = await admin.post("/notice-targets", json=TARGET)
    assert made.status_code == 201, made.text
    TargetShape.model_validate(made.json())
    assert (made.json()["url"], made.json()["signed"]) == ("https://oapi.dingtalk.com/…", True)
    listed = await admin.get("/notice-targets")
    assert listed.json()["items"] == [made.json()]
    assert (await admin.get(f"/notice-targets?grid={OTHER_COUNTY}")).json()["items"] == []
    path = f"/notice-targets/{made.json()['id']}"
    for who in ("duty", "supervisor"):
        assert (await client(who).post("/notice-targets", json=TARGET)).status_code == 403
        assert (await client(who).delete(path)).status_code == 403
    assert (await admin.post(f"{path}/test")).json() == {"queued": True}
    outbox = await admin.get("/outbox?channel=dingtalk")
    assert [m["destination"] for m in outbox.json()["items"]] == [f"target:{made.json()['id']}"]
    assert (await admin.delete(path)).status_code == 204
    assert (await admin.delete(path)).status_code == 404
    assert (await admin.get("/notice-targets")).json()["items"] == []


@pytest.mark.parametrize(
    "change",
    [
        {"channel": "sms"},
        {"channel": "wecom"},
        {"channel": "webhook"},
        {"channel": "webhook", "classes": [], "secret": None},
        {"url": "ftp://example.org/x"},
        {"url": "https://user:password@example.org/x"},
        {"classes": []},
        {"classes": ["test"]},
    ],
)
async def test_targets_that_cannot_be_are_refused(client: Client, change: dict[str, Any]) -> None:
    refused = await client("admin").post("/notice-targets", json=TARGET | change)
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid")
    assert "nobody-may-see" not in refused.text


async def test_no_answer_holds_an_address_or_a_secret_whole(client: Client, world: World) -> None:
    admin, me = client("admin"), client("supervisor")
    await admin.post("/notice-targets", json=TARGET, headers={"Idempotency-Key": "once"})
    again = await admin.post("/notice-targets", json=TARGET, headers={"Idempotency-Key": "once"})
    await add(me)
    await add(me, "email", MAIL)
    await admin.post("/people/supervisor/contacts", json={"channel": "sms", "address": "13900139000"})
    await world.order()
    paths = (
        "/notice-targets",
        "/people/supervisor/contacts",
        "/outbox",
        "/ways",
        "/people/supervisor/notices",
    )
    shown = again.text + "".join([(await admin.get(path)).text for path in paths])
    shown += (await me.get("/me/contacts")).text
    async with world.sessions() as session:
        for table in ("contact", "notice_target", "outbox", "idempotency_key", "journal"):
            shown += "".join(row[0] for row in await fetch(session, f"SELECT t::text FROM {table} t"))
    for secret in (NUMBER, "13900139000", MAIL, "nobody-may-see"):
        assert secret not in shown
    assert re.search(r"139\*\*\*\*00", shown)


async def test_what_is_stuck_is_listed_and_sent_again(client: Client, world: World) -> None:
    for _ in range(3):
        await world.order()
    admin = client("admin")
    assert (await admin.get("/outbox?stuck=true")).json()["items"] == []
    ids = [m["id"] for m in (await admin.get("/outbox")).json()["items"]]
    async with transaction(world.sessions) as session:
        for id_, state in zip(ids, ("failed", "unknown", "delivered"), strict=True):
            await session.execute(
                update(OutboxMessage).where(OutboxMessage.id == id_).values(state=state, next_at=None)
            )
    stuck = (await admin.get("/outbox?stuck=true")).json()["items"]
    assert [m["id"] for m in stuck] == ids[:2]
    for id_, marked in zip(ids[:2], (False, True), strict=True):
        resent = await admin.post(f"/outbox/{id_}/resend")
        assert (resent.json()["state"], resent.json()["again"]) == ("pending", marked)
    assert (await admin.post(f"/outbox/{ids[2]}/resend")).status_code == 404
    assert (await admin.get("/outbox?stuck=true")).json()["items"] == []
    world.clock.advance(minutes=16)
    assert len((await admin.get("/outbox?stuck=true")).json()["items"]) == 2
    assert (await client("supervisor").get("/ways")).status_code == 403
    assert (await client("duty").get("/ways")).json()["items"] == []


async def test_changes_are_on_the_record_without_the_address(client: Client, world: World) -> None:
    me, admin = client("supervisor"), client("admin")
    contact = await add(me)
    await me.post(f"/me/contacts/{contact['id']}/test")
    path = f"/me/contacts/{contact['id']}/verify"
    assert (await me.post(path, json={"code": await code_of(world)})).status_code == 200
    assert (await me.delete(f"/me/contacts/{contact['id']}")).status_code == 204
    theirs = await admin.post("/people/chief/contacts", json={"channel": "email", "address": MAIL})
    assert (await admin.delete(f"/people/chief/contacts/{theirs.json()['id']}")).status_code == 204
    target = (await admin.post("/notice-targets", json=TARGET)).json()["id"]
    assert (await admin.delete(f"/notice-targets/{target}")).status_code == 204
    assert (await admin.delete(f"/notice-targets/{target}")).status_code == 404
    assert (await me.delete(f"/me/contacts/{contact['id']}")).status_code == 404
    async with world.sessions() as session:
        rows = await fetch(
            session,
            "SELECT j.kind, g.code, p.username, j.data->>'person', j.data->>'channel', j.data->>'change', j.data::text"
            " FROM journal j JOIN grid g ON g.id = j.grid_id JOIN person p ON p.id = j.actor_id"
            " WHERE j.kind IN ('contact.changed', 'target.changed') ORDER BY j.id",
        )
    mine, others = (PREFECTURE, "supervisor", "supervisor", "sms"), (PREFECTURE, "admin", "chief", "email")
    assert [tuple(row[:6]) for row in rows] == [
        ("contact.changed", *mine, "made"),
        ("contact.changed", *mine, "verified"),
        ("contact.changed", *mine, "ended"),
        ("contact.changed", *others, "made"),
        ("contact.changed", *others, "ended"),
        ("target.changed", COUNTY, "admin", None, "dingtalk", "made"),
        ("target.changed", COUNTY, "admin", None, "dingtalk", "ended"),
    ]
    said = " ".join(row[6] for row in rows)
    for secret in (NUMBER, "138****00", MAIL, "example.org", "token-nobody", "dingtalk.com", "SEC-"):
        assert secret not in said


async def test_what_is_refused_is_no_change(client: Client, world: World) -> None:
    refused = await client("supervisor").post("/me/contacts", json={"channel": "sms", "address": "x"})
    assert refused.status_code == 422
    async with world.sessions() as session:
        assert not await fetch(session, "SELECT 1 FROM journal WHERE kind = 'contact.changed'")


async def test_a_test_that_could_never_go_out_is_refused(client: Client) -> None:
    caller = client("supervisor")
    contact = await add(caller, "email", "somebody@example.org")
    refused = await caller.post(f"/me/contacts/{contact['id']}/test")
    assert (refused.status_code, refused.json()["field"]) == (422, "channel")
    assert "GESHAO_SMTP__HOST" in refused.json()["detail"]


async def test_nobody_who_administers_sees_the_code(client: Client) -> None:
    caller, admin = client("supervisor"), client("admin")
    contact = await add(caller)
    assert (await caller.post(f"/me/contacts/{contact['id']}/test")).json() == {"queued": True}
    (message,) = (await admin.get("/outbox?channel=sms")).json()["items"]
    assert message["payload"] == {"code": "······"}
