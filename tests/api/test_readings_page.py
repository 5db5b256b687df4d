"""The page of readings: what is in force with its article, and a new version by an administrator of the prefecture."""

from dataclasses import fields

from app.console.readings import READING
from supervision.readings import Readings
from tests.api.browsing import Browser, Forms, visible
from tests.factories import World

PATH = "/supervision/readings"


def test_every_choice_has_its_name() -> None:
    assert set(READING) == {one.name for one in fields(Readings)}


async def test_a_new_version_is_kept_once_and_what_is_none_is_told(browser: Browser, world: World) -> None:
    admin = browser("admin")
    first = await admin.get(PATH)
    form = Forms(first.text).found["new"]
    said = {name: str(value) for name, value in Readings().document().items()}
    said |= {"valid_from": "2026-12-01", "why": "十二月起申诉期延长", "objection_days": "5"}
    for over, told in (
        ({"objection_days": "五"}, "申诉期限（日）：请填写整数。"),
        ({"good_from": "95"}, "该项取值无效"),
        ({"valid_from": ""}, "请填写：生效"),
        ({"why": ""}, "请说明理由"),
    ):
        refused = await admin.post(f"{PATH}/new", data=form | said | over)
        assert refused.status_code == 422, over
        assert told in visible(refused.text), visible(refused.text)[:400]
        assert 'value="2026-12-01"' in refused.text or "valid_from" in over
    for _ in range(2):
        kept = await admin.post(f"{PATH}/new", data=form | said)
        assert kept.headers["location"] == f"{PATH}?done=entered"
    text = visible((await admin.get(PATH)).text)
    assert text.count("十二月起申诉期延长") == 1
    chief = await browser("chief").get(PATH)
    assert chief.status_code == 200
    assert "new" not in Forms(chief.text).found
    assert (await browser("chief").post(f"{PATH}/new", data=form | said)).status_code == 403
    assert (await browser("patroller").get(PATH)).status_code == 403
