"""The pages of SLA policies: a draft edited by one and told to the other, tried over past orders, put in force."""

import httpx

from models.bulk import fetch
from tests.api.browsing import Browser, Forms, visible
from tests.factories import World

SPAN = {"from": "2026-11-01T08:00", "until": "2026-11-23T09:00"}


async def form(client: httpx.AsyncClient, version: int, name: str) -> dict[str, str]:
    page = await client.get(f"/admin/policies/{version}")
    assert page.status_code == 200, page.text
    return Forms(page.text).found[name]


async def post(client: httpx.AsyncClient, version: int, act: str, **fields: str) -> httpx.Response:
    return await client.post(
        f"/admin/policies/{version}/{act}", data=await form(client, version, act) | fields
    )


async def test_a_policy_from_draft_to_force(browser: Browser, world: World) -> None:
    admin = browser("admin")
    await world.order()
    world.clock.advance(minutes=50)
    made = await post(admin, 1, "draft", note="缩短反馈")
    assert made.headers["location"] == "/admin/policies/2?done=drafted", visible(made.text)
    saved = await post(admin, 2, "numbers", note="缩短反馈", **{"m.feedback": "40"})
    assert saved.headers["location"] == "/admin/policies/2?done=saved", visible(saved.text)
    said = visible((await admin.get("/admin/policies/2")).text)
    assert "现场反馈 40 分钟 生效版：" in said
    assert "时限 · 现场反馈" in said
    wrong = await post(admin, 2, "what-if", **SPAN | {"until": "2026-12-23T08:00"})
    assert wrong.status_code == 422
    assert "试算须为已过去的时段" in wrong.text
    asked = await form(admin, 2, "what-if") | SPAN | {"until": "2026-11-23T08:45"}
    for _ in range(2):
        tried = await admin.post("/admin/policies/2/what-if", data=asked)
        assert tried.headers["location"] == "/admin/policies/2?done=tried", visible(tried.text)
    page = (await admin.get("/admin/policies/2")).text
    assert page.count('class="figures trial"') == 1
    assert "原未逾期而将逾期的 1 个" in page
    assert "仍按其已盖定的规则" in page
    assert "trial" not in (await browser("chief").get("/admin/policies/2")).text
    asked = await form(admin, 2, "activate") | {"reason": "局务会决定"}
    for _ in range(2):
        put = await admin.post("/admin/policies/2/activate", data=asked)
        assert put.headers["location"] == "/admin/policies/2?done=activated"
    async with world.sessions() as session:
        told = await fetch(session, "SELECT data->>'reason' FROM journal WHERE kind = 'policy.activated'")
        clocks = await fetch(session, "SELECT DISTINCT policy_version FROM sla_clock")
    assert [tuple(row) for row in told] == [("局务会决定",)]
    # What runs keeps the policy that was stamped on it.
    assert [tuple(row) for row in clocks] == [(1,)]
    assert "第 2 版 生效中" in visible((await admin.get("/admin/policies")).text)


async def test_of_two_who_edit_the_second_is_told(browser: Browser, world: World) -> None:
    admin = browser("admin")
    await post(admin, 1, "draft", note="x")
    mine, theirs = await form(admin, 2, "numbers"), await form(admin, 2, "numbers")
    assert (
        await admin.post("/admin/policies/2/numbers", data=mine | {"note": "先", "m.feedback": "40"})
    ).status_code == 303
    second = await admin.post("/admin/policies/2/numbers", data=theirs | {"note": "后", "m.feedback": "41"})
    assert second.status_code == 412
    assert "他人已作修改" in second.text
    assert 'name="m.feedback" value="41"' in second.text
    assert "40 分钟" in (await admin.get("/admin/policies/2")).text
    for act, fields, said in (
        ("numbers", {"note": "x", "m.feedback": "-1"}, "时限 · 现场反馈：时限须大于零"),
        ("numbers", {"note": "x", "m.feedback": "a"}, "时限 · 现场反馈：'a' 不是数字"),
        ("document", {"note": "x", "document": '{"<script>": 1}'}, "policy.<script>"),
    ):
        refused = await post(admin, 2, act, **fields)
        assert refused.status_code == 422
        assert said in visible(refused.text)
        assert "<script>:" not in refused.text


async def test_everybody_reads_and_administrators_act(browser: Browser, world: World) -> None:
    admin = browser("admin")
    await post(admin, 1, "draft", note="x")
    for name in ("duty", "chief", "nobody"):
        client = browser(name)
        page = await client.get("/admin/policies/2")
        assert page.status_code == 200
        assert set(Forms(page.text).found) <= {"logout"}
        own = Forms(page.text).found["logout"] | {"revision": "1"}
        for act, fields in (
            ("draft", {"note": "x"}), ("numbers", {"m.feedback": "1"}), ("document", {"document": "{}"}),
            ("what-if", SPAN), ("activate", {"reason": "x"}), ("retire", {}),
        ):  # fmt: skip
            answer = await client.post(
                f"/admin/policies/2/{act}", data=own | fields | {"once": f"{name}-{act}"}
            )
            assert answer.status_code == 403, (name, act)
    assert (await post(admin, 2, "retire")).headers["location"] == "/admin/policies/2?done=retired"
    assert (await admin.get("/admin/policies/9")).status_code == 404
