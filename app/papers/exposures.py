"""A batch of typical cases as the paper that goes to the publicity department and the press. Pure, and in Chinese."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from app.papers.official import Block, Document, Heading, Text

_QUARTERS = "一二三四"
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
    blocks: list[Block] = [
        Text(
            "以下案件的行政决定或判决均已生效，当事人信息已作隐名处理，文稿已经州生态环境局、分管领导和州党委宣传部"
            "逐级审核签署。"
        )
    ]
    for number, case in enumerate(snapshot["cases"], start=1):
        blocks.append(Heading(f"案例{number}：{case['title']}"))
        blocks += [Text(part) for part in str(case["body"]).split("\n") if part.strip()]
        signed = "；".join(
            f"{_STEPS[one['step']]} {one['name']}（{_day(one['on'])}）" for one in case["signatures"]
        )
        blocks.append(Text(f"审签：{signed}", indented=False))
    published = snapshot["published_on"]
    closing = ["昌吉州生态环境局", "" if published is None else _day(published)]
    return Document(
        str(snapshot["title"]), tuple(blocks), to="州党委宣传部：" if published is None else "",
        sender="昌吉州生态环境违法典型案件", closing=tuple(line for line in closing if line),
    )  # fmt: skip


def _day(text: str) -> str:
    day = date.fromisoformat(text)
    return f"{day.year}年{day.month}月{day.day}日"
