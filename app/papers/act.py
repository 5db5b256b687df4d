"""The document of an act as an office sends it: facts, the article word for word, and what is done. Pure."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from app.papers.official import Block, Document, Grid, Heading, Text
from models.clock import BEIJING
from models.enums import ActBy, ActGround, ActKind, LadderKind
from supervision.acts.wording import day_in_words, month_in_words
from supervision.ladders.articles import DOCUMENT, quoted

OFFICE = "大气污染联防联控领导小组办公室"
DOER: Mapping[ActBy, str] = {
    ActBy.OFFICE: "州大气办",
    ActBy.DEPUTY_LEADER: "州政府分管负责同志",
    ActBy.MAIN_LEADER: "州政府主要负责同志",
}
GROUND: Mapping[ActGround, str] = {
    ActGround.TARGET_MISSED: "未完成生态环境保护目标任务",
    ActGround.INSPECTION_SLOW: "中央环保督察反馈问题整改缓慢",
    ActGround.MEASURES_MISSING: "大气污染防治工作任务及重点区域管控措施落实不到位",
    ActGround.GRAVE_VIOLATION: "发生重大环境违法问题",
}


def document_of(act: Mapping[str, Any], *, prefecture: str) -> Document:
    """The draft, out of the act as it is shown; the same act gives the same document."""
    kind, unit = ActKind(act["kind"]), act["grid_name"]
    sender = f"{prefecture}{OFFICE}"
    blocks: list[Block] = [Heading("一、事实")]
    if act["ground"] is not None:
        blocks.append(Text(f"{unit}{GROUND[ActGround(act['ground'])]}。"))
    blocks.append(Text(act["facts"]))
    if act["basis"] is not None:
        blocks += _figures(act["basis"])
    blocks.append(Heading("二、依据"))
    blocks += [Text(f"{DOCUMENT}{one.place}：“{one.text}”") for one in quoted(act["article"])]
    if act["document"] is not None:
        blocks.append(Text(f"另据：{act['document']}。"))
    blocks += [Heading("三、处理"), Text(_measure(kind, unit, DOER[ActBy(act["by"])], act["in_public"]))]
    blocks.append(Text(f"登记编号：{act['number']}。"))
    signed = datetime.fromisoformat(act["decided_at"]).astimezone(BEIJING).date()
    return Document(
        title=_title(kind, unit, act["in_public"]),
        blocks=blocks,
        to=_TO[kind].format(unit=unit),
        sender=sender,
        closing=(sender, day_in_words(signed)),
    )


_TO = {
    ActKind.NOTICE: "各县市（园区）：",
    ActKind.INTERVIEW: "{unit}：",
    ActKind.INSPECTION: "{unit}：",
    ActKind.ACCOUNTABILITY: "",
}


def _title(kind: ActKind, unit: str, in_public: bool) -> str:
    match kind:
        case ActKind.NOTICE:
            return f"关于对{unit}予以通报批评的通报"
        case ActKind.INTERVIEW:
            return f"关于对{unit}相关负责同志进行{'公开' if in_public else ''}约谈的通知"
        case ActKind.INSPECTION:
            return f"关于对{unit}开展网格化环境监管专项督查的通知"
        case ActKind.ACCOUNTABILITY:
            return f"关于对{unit}相关负责同志的问责建议"


def _measure(kind: ActKind, unit: str, doer: str, in_public: bool) -> str:
    match kind:
        case ActKind.NOTICE:
            return f"由{doer}对{unit}予以通报批评。请查找原因，落实整改，并将整改情况报州大气办。"
        case ActKind.INTERVIEW:
            how = "公开约谈" if in_public else "约谈"
            return f"由{doer}对{unit}相关负责同志进行{how}。时间、地点和参加人员另行通知。"
        case ActKind.INSPECTION:
            return f"由{doer}对{unit}组织开展专项督查。请做好配合，并将整改情况报州大气办。"
        case ActKind.ACCOUNTABILITY:
            return f"由{doer}对{unit}相关负责同志提出问责建议。"


def _figures(basis: Mapping[str, Any]) -> Sequence[Block]:
    """The months a ladder counted, as a table."""
    match LadderKind(basis["ladder"]):
        case LadderKind.SHARE:
            rows = [
                (month_in_words(one["month"]), str(one["problems"]), str(one["of"]), f"{one['share']}%")
                for one in basis["months"]
            ]
            return [Grid(("月份", "本地问题（起）", "全州问题（起）", "占比"), rows, "问题占比", (1, 2, 3))]
        case LadderKind.LAST_PLACE | LadderKind.LAST_IN_YEAR:
            rows = [
                (
                    month_in_words(one["month"]),
                    f"{one['improvement']}%",
                    f"{one['place']}/{one['of']}",
                    f"第{one['version']}版",
                )
                for one in basis["months"]
            ]
            return [Grid(("月份", "改善率", "名次", "月度结果"), rows, "综合指数改善率", (1, 2))]
        case _:
            return []
