"""The signer's inbox and the register as pages: who may, what is told, once for a form."""

from datetime import UTC, date, datetime

import httpx

from tests.api.browsing import Browser, Forms, visible
from tests.factories import COUNTY, World
from tests.ladders import missed, signed_month

LADDERS, ACTS = "/supervision/ladders", "/supervision/acts"
HOSTILE = "<script>alert(1)</script>整改滞后。"
ASKED = {
    "grid": COUNTY, "kind": "interview", "by": "main_leader", "in_public": "1", "ground": "target_missed",
    "facts": HOSTILE, "period_from": "2026-11-01", "period_to": "2026-11-20",
}  # fmt: skip


async def form(client: httpx.AsyncClient, path: str, name: str) -> dict[str, str]:
    page = await client.get(path)
    assert page.status_code == 200, page.text
    return Forms(page.text).found[name]


async def test_a_proposal_is_read_signed_and_followed_to_its_end(browser: Browser, world: World) -> None:
    await signed_month(world, COUNTY, month=date(2026, 10, 1))
    await missed(world, COUNTY, "P-1", found_at=datetime(2026, 10, 20, tzinfo=UTC))
    duty, leader, chief = browser("duty"), browser("leader"), browser("chief")
    asked = await form(duty, LADDERS, "evaluate") | {"month": "2026-10"}
    for _ in range(2):
        judged = await duty.post(f"{LADDERS}/evaluate", data=asked)
        assert judged.headers["location"] == f"{LADDERS}?month=2026-10&done=evaluated"
    page = await leader.get(LADDERS)
    text = visible(page.text)
    for said in (
        "昌吉市 · 2026-10 · 约谈", "改善率末位", "100.00 %", "P-1", "本月全州问题总数较少", "附件3第四条",
        "由州政府主要负责同志对二级网格相关同志进行公开约谈",
    ):  # fmt: skip
        assert said in text
    # Whoever prepares reads the same, and decides nothing.
    assert "sign" not in Forms((await duty.get(LADDERS)).text).found
    notice, other = [part.split('"')[0] for part in page.text.split('id="proposal-')[1:]]
    sent = await form(leader, f"{LADDERS}?ladder=last_place", "sign")
    for _ in range(2):
        signed = await leader.post(f"{LADDERS}/{notice}/sign", data=sent | {"note": "同意"})
        assert signed.headers["location"] == f"{ACTS}/1?done=sign", signed.text
    unsaid = await form(leader, f"{LADDERS}?ladder=share", "decline")
    assert (await leader.post(f"{LADDERS}/{other}/decline", data=unsaid)).status_code == 422
    declined = await leader.post(f"{LADDERS}/{other}/decline", data=unsaid | {"reason": "问题数过少"})
    assert declined.headers["location"] == f"{LADDERS}?done=declined"
    assert "问题数过少" in (await duty.get(f"{LADDERS}?state=declined")).text
    here = f"{ACTS}/1"
    assert "issue" not in Forms((await leader.get(here)).text).found
    drafted = await duty.post(f"{here}/draft", data=await form(duty, here, "draft"))
    assert drafted.headers["location"] == f"{here}?done=draft"
    assert "关于对昌吉市予以通报批评的通报" not in (await chief.get(here)).text
    assert "关于对昌吉市予以通报批评的通报" in (await leader.get(here)).text
    await leader.post(f"{here}/issue", data=await form(leader, here, "issue"))
    assert "督办〔2026〕1号" in (await chief.get(here)).text
    assert (await chief.get(f"{here}/paper.pdf")).headers["content-type"] == "application/pdf"
    held = await form(duty, here, "hold")
    early = await duty.post(
        f"{here}/hold", data=held | {"held_on": "2026-11-22", "follow_up_due": "2026-12-20"}
    )
    assert early.status_code == 422
    assert "送达或约谈日期不得早于签发日" in early.text
    assert 'value="2026-12-20"' in early.text
    held = await form(duty, here, "hold")
    await duty.post(f"{here}/hold", data=held | {"held_on": "2026-11-23", "follow_up_due": "2026-12-20"})
    objected = await chief.post(f"{here}/object", data=await form(chief, here, "object") | {"text": HOSTILE})
    assert objected.headers["location"] == f"{here}?done=object"
    assert "<script>alert" not in (await duty.get(here)).text
    answered = await leader.post(
        f"{here}/answer", data=await form(leader, here, "answer") | {"text": "已核实。"}
    )
    assert answered.headers["location"] == f"{here}?done=answer"
    done = await duty.post(f"{here}/complete", data=await form(duty, here, "complete") | {"result": "已整改"})
    assert done.headers["location"] == f"{here}?done=complete"
    assert 'id="do"' not in (await leader.get(here)).text
    english = visible((await leader.get(f"{here}?lang=en")).text)
    assert "Act completed" in english
    book = await chief.get(f"{ACTS}/register.xlsx")
    assert book.content[:2] == b"PK"


async def test_an_act_by_hand_and_who_may(browser: Browser, world: World) -> None:
    duty, leader, chief = browser("duty"), browser("leader"), browser("chief")
    new = await form(duty, ACTS, "new")
    wrong = await duty.post(f"{ACTS}/new", data=new | ASKED | {"kind": "notice"})
    assert wrong.status_code == 422
    assert "只有约谈可以公开进行" in wrong.text
    assert "整改滞后。" in wrong.text
    assert "<script>alert" not in wrong.text
    made = await duty.post(f"{ACTS}/new", data=await form(duty, ACTS, "new") | ASKED)
    assert made.headers["location"] == f"{ACTS}/1?done=propose"
    listed = await duty.get(f"{ACTS}?state=proposed&grid={COUNTY}&year=2026")
    assert "未完成生态环境保护目标任务" in visible(listed.text.split("<tbody>")[1].split("</tbody>")[0])
    # Not there for the unit until it is signed, nor for anybody who has nothing to do with it.
    assert (await chief.get(f"{ACTS}/1")).status_code == 404
    token = await form(chief, ACTS, "logout")
    assert (await chief.post(f"{ACTS}/1/sign", data=token | {"once": "a"})).status_code == 404
    for who in ("patroller", "viewer", "nobody"):
        assert (await browser(who).get(ACTS)).status_code == 403, who
    for who in ("chief", "supervisor", "viewer"):
        assert (await browser(who).get(LADDERS)).status_code == 403, who
        token = await form(browser(who), "/stations", "logout")
        for step in ("1/sign", "1/decline", "evaluate"):
            refused = await browser(who).post(f"{LADDERS}/{step}", data=token | {"once": "a"})
            assert refused.status_code == 403, (who, step)
    mine = await form(leader, f"{ACTS}/1", "sign")
    assert (await duty.post(f"{ACTS}/1/sign", data=mine)).status_code == 403
    signed = await leader.post(f"{ACTS}/1/sign", data=mine)
    assert signed.headers["location"] == f"{ACTS}/1?done=sign"
    page = visible((await chief.get(f"{ACTS}/1")).text)
    assert "公开约谈" in page
    assert "依规开展约谈" in page
    # What a chief enters another one signs.
    own = await leader.post(f"{ACTS}/new", data=await form(leader, ACTS, "new") | ASKED)
    path = own.headers["location"].split("?")[0]
    assert "sign" not in Forms((await leader.get(path)).text).found
    refused = await leader.post(f"{path}/sign", data=await form(leader, path, "decline"))
    assert refused.status_code == 409
    assert "须由另一名一级网格长办理" in refused.text
