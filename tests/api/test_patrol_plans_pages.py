"""The page of patrol plans: who plans where, what is told of a wrong form, and a plan made and ended once."""

from datetime import timedelta

import pytest_asyncio

from app.database import transaction
from supervision.sources import files
from supervision.sources.file import SourceFile
from tests.api.browsing import Browser, Forms, visible
from tests.factories import OTHER_COUNTY, TOWNSHIP, World
from tests.levels import VILLAGE, add_levels

PLANS = "/supervision/patrol-plans"
POINT = {
    "grid": VILLAGE,
    "name": "<b>河道</b>",
    "lon": "87.4",
    "lat": "44.1",
    "per_day": "2",
    "within_m": "300",
}
SOURCE = {"source": "C", "per_day": "3", "within_m": "200"}


@pytest_asyncio.fixture(autouse=True)
async def sources(world: World) -> None:
    await add_levels(world)
    async with transaction(world.sessions) as session:
        for code, grid in (("C", TOWNSHIP), ("X", "652302100")):
            await files.register(
                session, SourceFile(code, f"源{code}", grid, 87.3, 44.0, "餐饮"), why=None,
                by=world.people["admin"].id, now=world.clock.now() - timedelta(days=1),
            )  # fmt: skip


async def test_plans_are_made_shown_and_ended_once(browser: Browser) -> None:
    town = browser("township")
    form = Forms((await town.get(PLANS)).text).found["point"]
    for _ in range(2):
        made = await town.post(f"{PLANS}/point", data=form | POINT)
        assert made.headers["location"] == f"{PLANS}?done=planned", made.text
    form = Forms((await town.get(PLANS)).text).found["source"]
    await town.post(f"{PLANS}/source", data=form | SOURCE)
    page = await town.get(PLANS)
    assert "<b>河道" not in page.text
    text = visible(page.text)
    assert text.count("终止计划") == 2
    assert "源C" in text
    # Another county sees nothing of it, and cannot end it.
    other = browser("foreigner")
    seen = await other.get(PLANS)
    assert "河道" not in seen.text
    token = Forms(seen.text).found["logout"]
    assert (await other.post(f"{PLANS}/1/end", data=token | {"once": "a"})).status_code == 404
    for plan in ("1", "2"):
        ended = await town.post(f"{PLANS}/{plan}/end", data=Forms((await town.get(PLANS)).text).found["end"])
        assert ended.headers["location"] == f"{PLANS}?done=ended", ended.text
    assert "无。" in visible((await town.get(PLANS)).text)
    assert "Plans in force" in visible((await town.get(f"{PLANS}?lang=en")).text)


async def test_a_wrong_form_is_told_in_words_and_keeps_what_was_typed(browser: Browser) -> None:
    town = browser("township")
    for what, values, said in (
        ("source", SOURCE | {"source": "X"}, "没有该编号的在用污染源"),
        ("source", SOURCE | {"per_day": "13"}, "每日巡查次数"),
        ("source", SOURCE | {"within_m": "near"}, "请填写数字"),
        ("point", POINT | {"grid": OTHER_COUNTY}, "巡查点须属于您网格内"),
        ("point", POINT | {"lon": "nan"}, "经度"),
        ("point", POINT | {"name": ""}, "名称"),
    ):
        form = Forms((await town.get(PLANS)).text).found[what]
        answer = await town.post(f"{PLANS}/{what}", data=form | values)
        assert answer.status_code == 422, (what, values)
        assert said in visible(answer.text), (what, values)
        if what == "source":
            assert f'value="{values["source"]}"' in answer.text


async def test_whoever_plans_nothing_sees_no_form_and_may_not(browser: Browser) -> None:
    for who in ("villager", "viewer", "duty"):
        window = browser(who)
        page = await window.get(PLANS)
        assert page.status_code == 200, who
        assert "point" not in Forms(page.text).found, who
        token = Forms(page.text).found["logout"]
        refused = await window.post(f"{PLANS}/point", data=token | POINT | {"once": f"x-{who}"})
        assert refused.status_code == 403, (who, refused.text)
    assert (await browser("township").post(f"{PLANS}/point", data=POINT | {"once": "y"})).status_code == 403
