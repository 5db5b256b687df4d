"""The draft of a summary: from the facts alone, and nothing guessed."""

from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from app.summaries.draft import draft
from app.summaries.facts import Earlier, Facts
from models.enums import CauseCode, ClockKind, ClockState, FalseAlarm, OrderState

AT = "2026-11-23T00:{:02}:00+00:00".format
LATER = "2026-11-23T03:{:02}:00+00:00".format


def clock(kind: str, state: str, stopped: str | None, *, round_: int = 1) -> dict[str, Any]:
    return {
        "kind": kind, "round": round_, "subject_id": None, "state": state, "started_at": AT(0),
        "due_at": "2026-11-23T01:00:00+00:00", "original_due_at": "2026-11-23T01:00:00+00:00",
        "stopped_at": stopped, "breached_at": None,
    }  # fmt: skip


def event(kind: str, at: str, actor: str | None = "阿依古丽", **data: Any) -> dict[str, Any]:
    return {
        "id": 1, "kind": kind, "occurred_at": at, "recorded_at": at, "actor": actor, "on_behalf_of": None,
        "client_at": None, "data": data,
    }  # fmt: skip


ORDER: dict[str, Any] = {
    "id": 1, "number": "2026-652301-000007", "grid": "652301", "grid_name": "昌吉市", "station": "WZ-1",
    "station_name": "微站 1", "alert_id": None, "state": "closed", "round": 1, "severity": "serious",
    "reason": "夜间异常", "dispatched_at": AT(0), "false_alarm": None, "drill": False,
    "clocks": [
        clock("acknowledge", "met", AT(8)), clock("feedback", "breached", LATER(5)), clock("report", "void", LATER(5)),
        clock("rework", "breached", None, round_=2),
    ],
    "feedback": [{"round": 1, "finding": "工地未覆盖", "cause": "三号地块", "cause_code": "construction_dust"}],
    "reports": [], "reviews": [], "evidence": [],
}  # fmt: skip
EVENTS = [
    event("order.acknowledged", AT(8)),
    event("order.feedback", LATER(5), finding="工地未覆盖", evidence=2),
    event("sla.breached", AT(59), None, clock="feedback"),
    event("order.reported", LATER(9), measures="洒水", result="下降"),
    event("order.closed", LATER(30), "值班员", comment=None),
]
FACTS = Facts(ORDER, EVENTS, [], [])


def test_a_draft_says_what_is_on_the_record() -> None:
    text = draft(FACTS)
    for said in (
        "工单总结 2026-652301-000007\n",
        "2026-11-23 08:00派发至昌吉市 微站 1，等级：严重。原因：夜间异常。",
        "本单由值班员人工派发",
        "2026-11-23 08:08 阿依古丽签收。",
        "阿依古丽现场反馈；现场情况：工地未覆盖；附证据2份。",
        "处置上报；措施：洒水；结果：下降。",
        "值班员审核通过并办结。",
        "签收：时限1小时，按时，用时8分钟。",
        "现场反馈：时限1小时，超时2小时5分钟。",
        "处置上报：时限1小时，随工单终止。",
        "整改（第2轮）：时限1小时，超时，未完成。",
        "无复测记录。",
        "施工扬尘，三号地块。",
        "该站点此前30日内无其他工单。",
    ):
        assert said in text, (said, text)


def test_only_what_an_alert_raised_is_confirmed() -> None:
    assert "查实" not in draft(FACTS)
    assert "施工扬尘，三号地块。本单查实。" in draft(replace(FACTS, order=ORDER | {"alert_id": 7}))


def test_an_extension_is_said_beside_the_limit_that_was() -> None:
    extended = clock("report", "met", LATER(5)) | {"due_at": "2026-11-23T04:00:00+00:00"}
    text = draft(replace(FACTS, order=ORDER | {"clocks": [extended]}))
    assert "处置上报：时限1小时（经批准延至2026-11-23 12:00），按时，用时3小时5分钟。" in text


def test_what_came_beside_the_states_is_told() -> None:
    more = [
        *EVENTS,
        event("sla.excuse_decided", LATER(40), clock="feedback", round=1, state="approved"),
        event("verdict.judged", LATER(41), None, verdict="pending"),
        event("verdict.judged", LATER(50), None, verdict="not_recovered"),
    ]
    earlier = [
        Earlier("2026-652301-000005", AT(0), "closed", "construction_dust", None),
        Earlier("2026-652301-000006", AT(1), "void", None, "duplicate"),
    ]
    text = draft(replace(FACTS, events=more, earlier=earlier))
    assert "超时2小时5分钟（超时事由已获准予）。" in text
    assert "整改（第2轮）：时限1小时，超时，未完成。" in text
    assert "站点浓度未恢复。" in text
    assert "另有2起工单：2026-652301-000005（2026-11-23 08:00，已办结）" in text
    assert "其中成因相同的1起。" in text


def test_a_false_alarm_a_drill_and_an_order_without_words() -> None:
    order = ORDER | {
        "false_alarm": "instrument_fault", "drill": True, "feedback": [], "station": None, "station_name": None
    }  # fmt: skip
    text = draft(Facts(order, [], [], []))
    assert text.startswith("工单总结 2026-652301-000007（演练）\n")
    assert "现场反馈未填写成因。本单认定为误报：仪器故障。" in text
    assert "记录中无办理动作。" in text
    assert "本单未关联站点" in text


def test_an_alert_is_told_with_why_it_was_raised() -> None:
    alert = {
        "kind": "above_neighbours", "pollutant": "pm10", "station_name": "微站 1", "started_at": AT(0),
        "cleared_at": None,
        "why": {"level": {"pm10": 412.0}, "excess": {"pm10": 300.5}, "base": {"pm10": 90.0}, "neighbours": 4},
    }  # fmt: skip
    text = draft(replace(FACTS, alerts=[alert, alert | {"why": {}, "cleared_at": LATER(1)}]))
    assert "微站 1 PM₁₀ 高于周边" in text
    assert "412" in text
    assert "300.5" in text
    assert "尚未解除" in text
    assert "2026-11-23 11:01解除" in text


clocks = st.builds(
    clock,
    st.sampled_from([kind.value for kind in ClockKind]),
    st.sampled_from([state.value for state in ClockState]),
    st.sampled_from([AT(0), AT(59), LATER(30)]),
    round_=st.integers(1, 3),
)


@given(
    state=st.sampled_from([state.value for state in OrderState]),
    code=st.sampled_from([None, *[code.value for code in CauseCode]]),
    false=st.sampled_from([None, *[reason.value for reason in FalseAlarm]]),
    some=st.lists(clocks, max_size=6),
)
def test_every_order_has_a_draft_and_the_same_facts_the_same_one(
    state: str, code: str | None, false: str | None, some: list[dict[str, Any]]
) -> None:
    feedback = [ORDER["feedback"][0] | {"cause_code": code}]
    order = ORDER | {"state": state, "false_alarm": false, "clocks": some, "feedback": feedback}
    facts = Facts(order, EVENTS, [], [])
    assert draft(facts) == draft(facts)
    assert draft(facts).count("时限") >= len(some)
    assert (facts.digest() == FACTS.digest()) == (order == ORDER)
