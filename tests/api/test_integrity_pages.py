"""Integrity cases in the console: decided by one of the prefecture, confirmed by another, shown to nobody below."""

import pytest

from app.journal import verify
from models.enums import CaseState
from tests.api.browsing import Browser, Forms, visible
from tests.factories import World

PATH = "/supervision/integrity"


async def opened(world: World) -> int:
    fact = await world.sign()
    assert fact is not None
    return int(fact.case_id)


async def test_one_decides_and_another_confirms(browser: Browser, world: World) -> None:
    case = await opened(world)
    duty, leader = browser("duty"), browser("leader")
    assert f'href="{PATH}/{case}"' in (await duty.get(PATH)).text
    page = await duty.get(f"{PATH}/{case}")
    assert "采样口遮挡" in visible(page.text)
    assert "<svg" in page.text
    hidden = Forms(page.text).found["decide"]
    refused = await duty.post(f"{PATH}/{case}/decide", data=hidden | {"decision": "confirmed"})
    assert refused.status_code == 422
    hidden = Forms(refused.text).found["decide"]
    said = {"decision": "confirmed", "reason": "<i>现场</i>发现采样口被布遮挡"}
    for _ in range(2):
        done = await duty.post(f"{PATH}/{case}/decide", data=hidden | said)
        assert done.status_code == 303, done.text
    page = await duty.get(f"{PATH}/{case}")
    assert "<i>现场" not in page.text
    # Whoever confirmed it is not asked for the second time.
    assert "second" not in Forms(page.text).found
    hidden = Forms((await leader.get(f"{PATH}/{case}")).text).found["second"]
    done = await leader.post(f"{PATH}/{case}/second", data=hidden)
    assert done.status_code == 303, done.text
    assert "相关日期数据无效" in visible((await leader.get(done.headers["location"])).text)
    async with world.sessions() as session:
        assert (await verify(session)).fault is None


@pytest.mark.parametrize(
    ("who", "listed", "one"), [("chief", 200, 404), ("viewer", 403, 403), ("admin", 200, 200)]
)
async def test_who_sees_a_case(browser: Browser, world: World, who: str, listed: int, one: int) -> None:
    case = await opened(world)
    await world.decide(case, CaseState.CONFIRMED)
    client = browser(who)
    page = await client.get(PATH)
    assert page.status_code == listed
    assert (f'href="{PATH}/{case}"' in page.text) == (one == 200)
    page = await client.get(f"{PATH}/{case}")
    assert page.status_code == one
    assert "second" not in Forms(page.text).found
