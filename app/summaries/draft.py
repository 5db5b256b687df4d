"""The draft of an order's summary, in Chinese, from its facts alone: pure. A person edits and signs it."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from app.console.names import named
from app.console.texts import CHINESE, texts
from app.console.why import why_in_words
from app.summaries.facts import Earlier, Facts
from models.clock import BEIJING

_ZH = texts(CHINESE)
_DONE = {
    "order.acknowledged": "签收",
    "order.feedback": "现场反馈",
    "order.reported": "处置上报",
    "order.returned": "退回整改",
    "order.closed": "审核通过并办结",
}
_SAID = {
    "order.feedback": (("finding", "现场情况"),),
    "order.reported": (("measures", "措施"), ("result", "结果")),
    "order.returned": (("comment", "退回意见"),),
    "order.closed": (("comment", "审核意见"),),
}
# Told by others about the order; named here by their words on the feed.
_VERDICT = "verdict.judged"
_EXCUSED = "sla.excuse_decided"
_VERDICTS = {
    "recovered": "站点浓度已恢复",
    "not_recovered": "站点浓度未恢复",
    "regional": "周边同步偏高，属区域性影响",
    "no_data": "复测期间无有效数据",
}


def draft(facts: Facts) -> str:
    """Six sections, each of whole sentences; what is not on the record is said to be missing, never guessed."""
    order = facts.order
    title = f"工单总结 {order['number']}{'（演练）' if order['drill'] else ''}"
    sections = [
        ("一、发现情况", _found(facts)),
        ("二、办理过程", list(_done(facts))),
        ("三、时限情况", list(_clocks(facts))),
        ("四、复测情况", [_verdict(facts)]),
        ("五、成因认定", [_cause(facts)]),
        ("六、复发情况", [_again(facts)]),
    ]
    lines = [title]
    for heading, sentences in sections:
        lines += ["", heading, *sentences]
    return "\n".join(lines)


def _found(facts: Facts) -> list[str]:
    order = facts.order
    place = order["grid_name"] + (f" {order['station_name']}" if order["station_name"] else "")
    severity = named(_ZH, "severity", order["severity"])
    sentences = [f"{_time(order['dispatched_at'])}派发至{place}，等级：{severity}。原因：{order['reason']}。"]
    if not facts.alerts:
        sentences.append("本单由值班员人工派发，无关联报警。")
    for alert in facts.alerts:
        pollutant = named(_ZH, "pollutant", alert["pollutant"]) if alert["pollutant"] else ""
        kind = named(_ZH, "alert", alert["kind"])
        why = why_in_words(_ZH, alert["kind"], alert["pollutant"], alert["why"])
        ended = f"{_time(alert['cleared_at'])}解除" if alert["cleared_at"] else "尚未解除"
        what = " ".join(part for part in (str(alert["station_name"]), pollutant, kind) if part)
        sentences.append(f"{_time(alert['started_at'])}起，{what}；{why}{ended}。")
    return sentences


def _done(facts: Facts) -> Iterator[str]:
    acts = [event for event in facts.events if event["kind"] in _DONE]
    for event in acts:
        who = event["actor"] or "系统"
        if event["on_behalf_of"]:
            who += f"（代{event['on_behalf_of']}）"
        said = "".join(
            f"；{label}：{event['data'][name]}"
            for name, label in _SAID.get(event["kind"], ())
            if event["data"].get(name)
        )
        evidence = event["data"].get("evidence")
        shown = f"；附证据{evidence}份" if evidence else ""
        yield f"{_time(event['occurred_at'])} {who}{_DONE[event['kind']]}{said}{shown}。"
    if not acts:
        yield "记录中无办理动作。"


def _clocks(facts: Facts) -> Iterator[str]:
    excused = {
        (event["data"].get("clock"), event["data"].get("round"))
        for event in facts.events
        if event["kind"] == _EXCUSED and event["data"].get("state") == "approved"
    }
    for clock in facts.order["clocks"]:
        name = named(_ZH, "clock", clock["kind"]) + (
            f"（第{clock['round']}轮）" if clock["round"] > 1 else ""
        )
        limit = _span(clock["started_at"], clock["original_due_at"])
        if clock["due_at"] != clock["original_due_at"]:
            limit += f"（经批准延至{_time(clock['due_at'])}）"
        match clock["state"]:
            case "met":
                standing = f"按时，用时{_span(clock['started_at'], clock['stopped_at'])}"
            case "breached" if clock["stopped_at"]:
                standing = f"超时{_span(clock['due_at'], clock['stopped_at'])}"
            case "breached":
                standing = "超时，未完成"
            case "void":
                standing = "随工单终止"
            case _:
                standing = "计时中"
        if clock["state"] == "breached" and (clock["kind"], clock["round"]) in excused:
            standing += "（超时事由已获准予）"
        yield f"{name}：时限{limit}，{standing}。"


def _verdict(facts: Facts) -> str:
    verdicts = [e["data"].get("verdict") for e in facts.events if e["kind"] == _VERDICT]
    return f"{_VERDICTS.get(str(verdicts[-1]), '复测尚无结论')}。" if verdicts else "无复测记录。"


def _cause(facts: Facts) -> str:
    order = facts.order
    feedback = order["feedback"][-1] if order["feedback"] else {}
    code, said = feedback.get("cause_code"), feedback.get("cause")
    parts = [named(_ZH, "cause", code)] if code else []
    parts += [said] if said else []
    cause = "，".join(parts) or "现场反馈未填写成因"
    if order["false_alarm"]:
        return f"{cause}。本单认定为误报：{named(_ZH, 'false_alarm', order['false_alarm'])}。"
    # Only what an instrument raised can be confirmed by people, or not.
    confirmed = order["state"] == "closed" and order["alert_id"] is not None
    return f"{cause}。本单查实。" if confirmed else f"{cause}。"


def _again(facts: Facts) -> str:
    if facts.order["station"] is None:
        return "本单未关联站点，不作复发统计。"
    if not facts.earlier:
        return "该站点此前30日内无其他工单。"
    feedback = facts.order["feedback"][-1] if facts.order["feedback"] else {}
    code = feedback.get("cause_code")
    same = [one for one in facts.earlier if code is not None and one.cause_code == code]
    listed = "、".join(_earlier(one) for one in facts.earlier)
    alike = f"其中成因相同的{len(same)}起。" if same else ""
    return f"该站点此前30日内另有{len(facts.earlier)}起工单：{listed}。{alike}"


def _earlier(one: Earlier) -> str:
    return f"{one.number}（{_time(one.dispatched_at)}，{named(_ZH, 'state', one.state)}）"


def _time(text: str) -> str:
    return datetime.fromisoformat(text).astimezone(BEIJING).strftime("%Y-%m-%d %H:%M")


def _span(begin: str, end: str) -> str:
    """A duration in words, down to minutes (seconds where it is shorter)."""
    seconds = round((datetime.fromisoformat(end) - datetime.fromisoformat(begin)).total_seconds())
    if seconds < 60:
        return f"{seconds}秒"
    days, rest = divmod(seconds // 60, 1440)
    hours, minutes = divmod(rest, 60)
    parts: list[tuple[Any, str]] = [(days, "天"), (hours, "小时"), (minutes, "分钟")]
    return "".join(f"{value}{unit}" for value, unit in parts if value)
