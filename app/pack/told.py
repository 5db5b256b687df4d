"""The timeline for a reader: Chinese with English beside it, as text and as a page. Pure."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from html import escape
from typing import Any

from app.console.names import named
from app.console.texts import CHINESE, ENGLISH, texts
from models.clock import BEIJING

_ZH, _EN = texts(CHINESE), texts(ENGLISH)
# Of what an event says, in the order in which a reader wants it; everything stands in timeline.json.
_LABELS = {
    "clock": ("时钟", "clock"),
    "due_at": ("期限", "due"),
    "level": ("督办级别", "level"),
    "late_s": ("超时秒数", "late by seconds"),
    "reason": ("原因", "reason"),
    "finding": ("现场情况", "finding"),
    "cause": ("成因", "cause"),
    "cause_code": ("成因类别", "cause code"),
    "measures": ("处置措施", "measures"),
    "result": ("处置结果", "result"),
    "comment": ("审核意见", "comment"),
    "false_alarm": ("误报", "false alarm"),
    "evidence": ("证据份数", "pieces of evidence"),
    "sha256": ("摘要", "SHA-256"),
}
_STYLE = (
    "body{font:15px/1.5 sans-serif;margin:2em auto;max-width:60em}table{border-collapse:collapse;width:100%}"
    "td,th{border:1px solid #999;padding:.3em .5em;text-align:left;vertical-align:top}small{color:#555}"
    ".drill{background:#fc0;padding:.2em .5em}"
)


def beijing(text: str | None) -> str:
    """An RFC 3339 instant in official time, to the second."""
    return (
        "" if text is None else datetime.fromisoformat(text).astimezone(BEIJING).strftime("%Y-%m-%d %H:%M:%S")
    )


def _who(event: dict[str, Any]) -> str:
    who = event["actor"] or "系统 service"
    return f"{who}(代 for {event['on_behalf_of']})" if event["on_behalf_of"] else who


def _details(event: dict[str, Any]) -> Iterator[tuple[str, str]]:
    data = event["data"]
    if event["client_at"] is not None:
        yield "设备时间 device's time", beijing(event["client_at"])
    for name, (zh, en) in _LABELS.items():
        value = data.get(name)
        if value is None:
            continue
        if name == "clock":
            said = f"{named(_ZH, 'clock', value)} {named(_EN, 'clock', value)}"
        elif name == "cause_code":
            said = f"{named(_ZH, 'cause', value)} {named(_EN, 'cause', value)}"
        elif name == "due_at":
            said = beijing(value)
        else:
            said = str(value)
        yield f"{zh} {en}", said


def _what(kind: str) -> tuple[str, str]:
    return named(_ZH, "event", kind), named(_EN, "event", kind)


def timeline_text(order: dict[str, Any], events: Sequence[dict[str, Any]]) -> str:
    """Lines of plain text; times are Beijing's."""
    drill = "  演练 DRILL" if order["drill"] else ""
    lines = [f"工单 Order {order['number']}{drill}", f"{order['grid_name']}  {order['reason']}", ""]
    for event in events:
        zh, en = _what(event["kind"])
        lines.append(f"{beijing(event['occurred_at'])}  {zh} {en}  {_who(event)}")
        lines += [f"    {label}: {said}" for label, said in _details(event)]
    return "\n".join([*lines, ""])


def timeline_page(order: dict[str, Any], events: Sequence[dict[str, Any]]) -> str:
    """One page of HTML that needs nothing else; times are Beijing's."""
    rows = []
    for event in events:
        zh, en = _what(event["kind"])
        details = "<br>".join(
            f"<small>{escape(label)}</small> {escape(said)}" for label, said in _details(event)
        )
        rows.append(
            f"<tr><td>{beijing(event['occurred_at'])}</td><td>{escape(zh)}<br><small>{escape(en)}</small></td>"
            f"<td>{escape(_who(event))}</td><td>{details}</td></tr>"
        )
    number, grid, reason = (escape(str(order[name])) for name in ("number", "grid_name", "reason"))
    drill = '<p class="drill">演练 Drill</p>' if order["drill"] else ""
    return (
        f'<!doctype html>\n<html lang="zh-CN"><head><meta charset="utf-8"><title>{number}</title>'
        f"<style>{_STYLE}</style></head><body>\n<h1>工单 Order {number}</h1>{drill}<p>{grid}  {reason}</p>\n"
        "<table><tr><th>时间（北京） Time (Beijing)</th><th>事件 Event</th><th>经办 By</th><th>内容 Said</th></tr>\n"
        + "\n".join(rows)
        + "\n</table></body></html>\n"
    )
