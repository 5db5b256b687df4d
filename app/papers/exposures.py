"""Typical cases on paper: a batch as it goes to the press, in Chinese; the register as a list. Pure."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from app.console.names import named
from app.console.shown import beijing
from app.console.texts import Texts
from app.papers.official import Block, Document, Heading, Text
from app.papers.paper import Column, Paper, Table, file_name
from models.clock import BEIJING

MOST = 5000
"""Cases in a list."""

_QUARTERS = "一二三四"
_FINAL = (
    "以下案件的行政决定或判决均已生效，当事人信息已作隐名处理，"
    "文稿已经州生态环境局、分管领导和州党委宣传部逐级审核签署。"
)
_DRAFT = "以下文稿已作隐名处理并经逐级审核签署；公布当日将逐案再次核查行政决定或判决是否生效。"
_STEPS = {"bureau": "州生态环境局", "leader": "分管领导", "publicity": "州党委宣传部"}


def batch_number(snapshot: Mapping[str, Any]) -> str:
    """What the batch is called under its sender: its quarter, or its number in the register."""
    quarter = snapshot["quarter"]
    if quarter is None:
        return f"适时曝光第 {snapshot['batch']} 批"
    year, _, number = str(quarter).partition("-Q")
    return f"{year} 年第{_QUARTERS[int(number) - 1]}季度"


def batch_paper(snapshot: Mapping[str, Any]) -> Document:
    """Every case with its text and who signed it; nothing of it is not in the snapshot."""
    published = snapshot["published_on"]
    blocks: list[Block] = [Text(_DRAFT if published is None else _FINAL)]
    for number, case in enumerate(snapshot["cases"], start=1):
        blocks.append(Heading(f"案例{number}：{case['title']}"))
        blocks += [Text(part) for part in str(case["body"]).split("\n") if part.strip()]
        signed = "；".join(
            f"{_STEPS[one['step']]} {one['name']}（{_day(one['on'])}）" for one in case["signatures"]
        )
        blocks.append(Text(f"审签：{signed}", indented=False))
    closing = ["昌吉州生态环境局", "" if published is None else _day(published)]
    return Document(
        str(snapshot["title"]), tuple(blocks), to="州党委宣传部：" if published is None else "",
        sender="昌吉州生态环境违法典型案件", closing=tuple(line for line in closing if line),
    )  # fmt: skip


def _day(text: str) -> str:
    day = date.fromisoformat(text)
    return f"{day.year}年{day.month}月{day.day}日"


def register_paper(
    words: Texts, cases: Sequence[Mapping[str, Any]], *, state: str | None, more: bool, now: datetime
) -> Paper:
    """The register without a party's name, the newest first; `more` where there are others that are not in it."""
    say = words.say
    columns = [
        Column(say("Number of the decision"), width=20), Column(say("Title without a name"), width=28),
        Column(say("Kind of decision"), width=16), Column(say("County or park"), width=14),
        Column(say("What the case stands for"), width=28), Column(say("Decided on"), width=11),
        Column(say("Served on"), width=11), Column(say("State"), width=18), Column(say("Published on"), width=11),
        Column(say("Registered"), width=14), Column(say("Why it was withdrawn"), width=24),
    ]  # fmt: skip
    rows = [
        (
            one["number"], one["title"], named(words, "decision_kind", one["kind"]), one["grid_name"],
            say(", ").join(named(words, "violation", name) for name in one["violations"]), one["decided"],
            one["served"], named(words, "exposure_state", one["state"]), one["published_on"], one["registered_by"],
            one["withdrawn_why"],
        )
        for one in cases
    ]  # fmt: skip
    title = say("Register of typical cases")
    lines = [
        say("State: %(state)s", state=named(words, "exposure_state", state) if state else say("all")),
        say("Made at %(at)s, Beijing time", at=beijing(now, year=True)),
    ]
    notes = [say("Cut: only the newest %(most)s cases are listed.", most=MOST)] if more else []
    return Paper(
        title, lines, [Table(title, columns, rows)], notes, now, words.tag, f"typical-cases-{now.date()}",
        file_name(title, now.astimezone(BEIJING).date()),
    )  # fmt: skip
