"""What the text says, word for word: the article an act rests on is quoted, never retold."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

DOCUMENT = "《昌吉州网格化环境监管工作实施方案（试行）》（昌州环委办发〔2023〕6号）"


@dataclass(frozen=True, slots=True)
class Article:
    """`place` as a Chinese paper cites it; `text` as it was published, with full-width marks."""

    place: str
    text: str


_SHARE = (
    "对各县市（园区）在月考核中发现问题（发现的问题是指被上级执法检查、督查巡查、信访举报核查等发现生态环境问题，"
    "而当地网格应发现未及时发现以及未及时上报的，下同）总数占全州问题总数10%以上，由州大气办进行通报批评；"
    "连续两个月发现问题总数占全州问题总数10%以上的，或一个月发现问题总数占全州问题总数20%以上的，"
    "由州大气办约谈县市（园区）相关负责同志；连续三个月发现问题总数占全州问题总数10%以上的，"
    "或连续2个月发现问题总数占全州问题总数20%以上的，由州大气办对县市（园区）党委（党工委）和政府（管委会）"
    "相关负责同志提出问责建议。"
)
_FAILED = (
    "每月度对各县市（园区）网格化进行考核。对连续三个月考核不合格的二级网格，由州大气办组织开展专项督查，"
    "对落实网格化环境监管不力的县市（园区）党委（党工委）、政府（管委会），由州大气办提出问责建议。"
)
_LAST_BODY = (
    "环境空气质量综合指数改善率每月位列全州最后1名的，由州大气办通报批评；"
    "环境空气质量综合指数改善率连续两月位列全州最后1名的，由州政府分管负责同志对二级网格相关同志进行公开约谈；"
    "环境空气质量综合指数改善率连续三月位列全州最后1名的，由州政府主要负责同志对二级网格相关同志进行公开约谈；"
    "环境空气质量综合指数改善率连续三月以上位列全州最后1名的，对二级网格相关人员提出问责建议，进行组织处理。"
)
_LAST_ANNEX = (
    "月度环境空气质量综合指数改善率位列全州最后1名的县市（园区），由州大气办通报批评。"
    "连续两个月环境空气质量综合指数改善率位列全州最后1名的县市（园区），由州政府分管负责同志对该县市（园区）"
    "相关负责同志进行公开约谈。连续三个月环境空气质量综合指数改善率位列全州最后1名的县市（园区），"
    "由州政府主要负责同志对该县市（园区）相关负责同志进行公开约谈。"
    "三次以上环境空气质量综合指数改善率位列全州最后1名和未完成年度空气质量考核指标的，"
    "对县市（园区）相关人员提出问责建议，进行组织处理。"
)
_CHECKS = (
    "每周对二级网格大气污染防治重点工作任务进展、重点区域管控措施落实情况以及上周问题整改情况进行调度，"
    "调度情况以专报形式反馈。对未整改的，由州大气办通报批评；再次核查调度仍未整改的，"
    "由州政府分管领导对二级网格相关同志进行公开约谈；三次核查调度仍未整改的，"
    "由州政府主要负责同志对二级网格相关同志进行公开约谈。"
)
_FALSIFIED = (
    "对于私自变更监测点位、擅自加装过滤设施、故意断电断网、擅自改变仪器设备参数及状态等人为影响点位监测数据真实性的行为，"
    "一经查实，相关监测时段（按日计算）数据无效，用该点位当月各项污染物最高值替代后参与排名。"
    "同时予以通报批评并依据有关规定追究直接责任人和相关责任人的责任。"
)
_INTERVIEW = (
    "州大气办定期对未完成生态环境保护目标任务、中央环保督察反馈问题整改缓慢、"
    "大气污染防治工作任务及重点区域管控措施落实不到位或发生重大环境违法问题的，依规开展约谈。"
)

ARTICLES: Mapping[str, Article] = MappingProxyType(
    {
        "annex 2 art. 7(三)": Article("附件2第七条（三）、正文第四部分（一）", _SHARE),
        "annex 2 art. 7(一)": Article("附件2第七条（一）、正文第四部分（一）", _FAILED),
        "annex 2 art. 7(二)": Article(
            "附件2第七条（二）", "年度考核不合格的二级网格，由州大气办提出问责建议。"
        ),
        "body §4(二)": Article("正文第四部分（二）", _LAST_BODY),
        "annex 3 art. 4": Article("附件3第四条", _LAST_ANNEX),
        "body §4(三)": Article("正文第四部分（三）", _CHECKS),
        "annex 3 art. 6": Article("附件3第六条", _FALSIFIED),
        "body §3(九)": Article("正文第三部分（九）", _INTERVIEW),
    }
)
BESIDE: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"body §4(二)": ("annex 3 art. 4",), "annex 3 art. 4": ("body §4(二)",)}
)
"""Articles on the same matter that say it differently: 连续三月以上 here, 三次以上 with a missed target there."""


def quoted(article: str) -> list[Article]:
    """The article an act rests on, and beside it what says the same differently; raises KeyError for none."""
    return [ARTICLES[name] for name in (article, *BESIDE.get(article, ()))]
