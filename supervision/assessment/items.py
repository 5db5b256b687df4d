"""The items of annex 2: what each is worth and what each record takes from it, with its article."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from models.enums import DirectFail


class Item(StrEnum):
    """A line of the score sheet."""

    ORGANISATION = "1"
    """二级网格、双网格长、办公室"""
    SUB_CHIEFS = "2"
    """分网格长全覆盖"""
    PUBLICITY = "3"
    """公开网格长与投诉方式"""
    UNDISCOVERED = "4"
    """应发现未发现、未及时上报"""
    NOT_HANDED_ON = "5"
    """下级上报未及时交办查处"""
    NOT_CORRECTED = "6"
    """查处不到位、整改不彻底、虚假整改"""
    INSPECTORATE = "7"
    """环保督察问题未按时整改"""


@dataclass(frozen=True, slots=True)
class Worth:
    points: Decimal
    each: Decimal
    """What one record takes; the whole of it for items 1 to 3."""
    article: str
    vetoes: bool = False
    overflows: bool = False


WORTH = {
    Item.ORGANISATION: Worth(Decimal(10), Decimal(10), "annex 2 art. 5(一)1", vetoes=True),
    Item.SUB_CHIEFS: Worth(Decimal(10), Decimal(10), "annex 2 art. 5(一)2", vetoes=True),
    Item.PUBLICITY: Worth(Decimal(10), Decimal(10), "annex 2 art. 5(一)3", vetoes=True),
    Item.UNDISCOVERED: Worth(Decimal(40), Decimal(1), "annex 2 art. 5(二)4"),
    Item.NOT_HANDED_ON: Worth(Decimal(10), Decimal(5), "annex 2 art. 5(二)5"),
    Item.NOT_CORRECTED: Worth(Decimal(10), Decimal(5), "annex 2 art. 5(二)6"),
    Item.INSPECTORATE: Worth(Decimal(10), Decimal(10), "annex 2 art. 5(二)7", overflows=True),
}
BUILDING = (Item.ORGANISATION, Item.SUB_CHIEFS, Item.PUBLICITY)
"""(一) 体系建设, 30 points."""
OPERATION = (Item.UNDISCOVERED, Item.NOT_HANDED_ON, Item.NOT_CORRECTED, Item.INSPECTORATE)
"""(二) 体系运行, 70 points."""
BONUS_EACH = Decimal(2)
BONUS_MOST = Decimal(10)
BONUS_ARTICLE = "annex 2 art. 5(三)"


class Exposure(StrEnum):
    """Who made a problem public (annex 2 art. 5(四)8–10)."""

    NATIONAL = "national"
    REGION = "region"
    PREFECTURE = "prefecture"


EXPOSURE_TAKES = {Exposure.REGION: Decimal(30), Exposure.PREFECTURE: Decimal(20)}
"""National exposure fails the month instead."""


FAIL_ARTICLE = {
    DirectFail.NATIONAL_EXPOSURE: "annex 2 art. 5(四)8",
    DirectFail.LEADER_INSTRUCTION: "annex 2 art. 6(三)",
    DirectFail.REPEATED_REPORTS: "annex 2 art. 6(三)",
    DirectFail.GRAVE_CONSEQUENCES: "annex 2 art. 6(三)",
    DirectFail.BAD_INFLUENCE: "annex 2 art. 5(二)7",
}


class Grade(StrEnum):
    EXCELLENT = "excellent"
    GOOD = "good"
    QUALIFIED = "qualified"
    UNQUALIFIED = "unqualified"
