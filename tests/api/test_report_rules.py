"""The page of the rules of public reports: read by whoever handles them, set by an administrator or chief above."""

import pytest

from app.console.report_rules import AMOUNTS, NUMBERS, PATH
from tests.api.browsing import Browser, Forms, visible
from tests.api.conftest import Client

RULES = {
    "answer_days": "10", "nearby_m": "300", "nearby_days": "20", "erase_after_days": "90", "reward_least": "100",
    "reward_most": "5000.50", "note": "按州环委会〔2026〕9号",
}  # fmt: skip


async def test_a_version_is_set_once_and_shown_with_the_one_before(browser: Browser, client: Client) -> None:
    admin = browser("admin")
    page = await admin.get(PATH)
    assert page.status_code == 200
    fields = Forms(page.text).found["new"] | RULES | {"to_prefecture": ["livestock", "dust"]}
    for _ in range(2):
        sent = await admin.post(f"{PATH}/new", data=fields)
        assert (sent.status_code, sent.headers["Location"]) == (303, f"{PATH}?done=entered")
    shown = visible((await admin.get(PATH)).text)
    assert "答复时限（天） 10" in shown
    assert "5000.50" in shown
    assert "按州环委会〔2026〕9号" in shown
    kept = (await client("supervisor").get("/public-reports/policy")).json()
    assert (kept["version"], kept["body"]["to_prefecture"]) == (1, ["dust", "livestock"])
    assert "Versions" in visible((await browser("supervisor").get(f"{PATH}?lang=en")).text)
    assert "new" not in Forms((await browser("supervisor").get(PATH)).text).found


@pytest.mark.parametrize(
    "wrong",
    [
        {"answer_days": "0"}, {"answer_days": "x"}, {"nearby_m": ""}, {"reward_least": "9000"}, {"reward_most": "-1"},
        {"note": " "}, {"to_prefecture": ["nothing"]},
    ],
)  # fmt: skip
async def test_what_makes_no_sense_comes_back_with_what_was_typed(
    browser: Browser, client: Client, wrong: dict[str, object]
) -> None:
    admin = browser("admin")
    hidden = Forms((await admin.get(PATH)).text).found["new"]
    answer = await admin.post(f"{PATH}/new", data=hidden | RULES | wrong)
    assert answer.status_code == 422
    assert 'value="300"' in answer.text or "nearby_m" in wrong
    assert (await client("admin").get("/public-reports/policy")).json()["version"] == 0


@pytest.mark.parametrize(
    ("who", "seen"), [("chief", 200), ("viewer", 200), ("patroller", 403), ("nobody", 403)]
)
async def test_who_reads_and_who_sets(browser: Browser, who: str, seen: int) -> None:
    caller = browser(who)
    assert (await caller.get(PATH)).status_code == seen
    token = Forms((await caller.get("/stations")).text).found["logout"]
    answer = await caller.post(f"{PATH}/new", data=token | RULES | {"once": "x"})
    assert answer.status_code == 403


def test_every_rule_has_its_field() -> None:
    assert len({*NUMBERS, *AMOUNTS}) == 6
