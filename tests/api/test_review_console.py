"""The review on the console: what the station says in a sentence, and a form that says what it looked at."""

import re

import pytest

from app.console.texts import texts
from app.console.verdict import verdict_in_words
from models.enums import OrderState, VerdictState
from tests.api.browsing import Browser, forms, visible
from tests.api.test_reviews import high
from tests.factories import World
from tests.reviews import ANSWERS


async def test_the_reviewer_reads_the_verdict_and_says_why_against_it(
    browser: Browser,
    world: World,
) -> None:
    order = await high(world)
    duty, here = browser("duty"), f"/orders/{order}"
    page = visible((await duty.get(here)).text)
    assert "监测数据未恢复：PM₂.₅ 300 µg/m³，周边 41 µg/m³。 与上报结论不符。" in page
    assert "现场" in page
    assert "记录：时限 1 小时，按时。" in page
    assert "是否第一时间到达现场，并在1小时内反馈".replace("，", ",") in page
    answers = {f"check_{key}": "yes" for key in ANSWERS} | {"decision": "accept"}
    hidden = (await forms(duty, order))["review"]
    refused = await duty.post(f"{here}/review", data=hidden | answers)
    assert refused.status_code == 422
    assert "监测数据未恢复，审核通过须说明理由。" in refused.text
    assert re.search(r'<select id="check_cause_named".*?<option value="yes" selected>', refused.text, re.S)
    hidden = (await forms(duty, order))["review"]
    half = await duty.post(
        f"{here}/review",
        data=hidden | {"decision": "accept", "check_cause_named": "yes", "override_reason": "x"},
    )
    assert half.status_code == 422
    assert "请逐项填写审核清单" in half.text
    hidden = (await forms(duty, order))["review"]
    done = await duty.post(f"{here}/review", data=hidden | answers | {"override_reason": "采样口旁施工"})
    assert done.headers["location"] == f"{here}?done=accept"
    page = visible((await duty.get(here)).text)
    assert "数据未恢复仍予办结的理由 采样口旁施工" in page
    assert "原因是否查明(发现问题) 是" in page


async def test_a_return_on_the_form_says_its_reasons(browser: Browser, world: World) -> None:
    order = await world.order_in(OrderState.REPORTED)
    duty = browser("duty")
    hidden = (await forms(duty, order))["review"]
    done = await duty.post(
        f"/orders/{order}/review",
        data=hidden
        | {"decision": "return", "comment": "补照片", "reason_evidence_missing": "1", "reason_other": "1"},
    )
    assert done.status_code == 303
    assert "佐证缺失或不清" in visible((await duty.get(f"/orders/{order}")).text)


async def test_the_report_says_what_became_of_the_air(browser: Browser, world: World) -> None:
    order = await world.order_in(OrderState.ON_SITE)
    supervisor = browser("supervisor")
    hidden = (await forms(supervisor, order))["report"]
    done = await supervisor.post(
        f"/orders/{order}/report", data=hidden | {"measures": "洒水", "result": "好", "claims": "improved"}
    )
    assert done.status_code == 303
    assert "处置结论 浓度有所下降" in visible((await supervisor.get(f"/orders/{order}")).text)


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("state", list(VerdictState))
def test_every_verdict_is_a_sentence_also_before_anything_was_measured(
    state: VerdictState, language: str
) -> None:
    verdict = {
        "state": state.value, "pollutant": "co", "figures": None, "relapsed": True, "mismatch": True,
    }  # fmt: skip
    said = verdict_in_words(texts(language), verdict)
    assert said.endswith({"zh": "与上报结论不符。", "en": "This contradicts the report."}[language])
    assert "%(" not in said
    known = verdict | {"figures": {"level": 1.5, "neighbours": None}, "relapsed": False, "mismatch": False}
    said = verdict_in_words(texts(language), known)
    shown = state in (VerdictState.RECOVERED, VerdictState.NOT_RECOVERED, VerdictState.REGIONAL)
    assert ("1.5 mg/m³" in said) is shown
