"""What the values of the assessment are called (msgids)."""

from collections.abc import Mapping
from typing import Any

from app.console.texts import N_
from models.enums import DirectFail, PointItem, PointRecord, PointState

ITEM: dict[Any, str] = {
    PointItem.ORGANISATION: N_("1 Level-2 grid, its chiefs and office"),
    PointItem.SUB_CHIEFS: N_("2 Sub-chiefs for every town and village"),
    PointItem.PUBLICITY: N_("3 Chiefs and ways to complain made public"),
    PointItem.UNDISCOVERED: N_("4 Problems not discovered or not reported in time"),
    PointItem.NOT_HANDED_ON: N_("5 Reports from below not handed on in time"),
    PointItem.NOT_CORRECTED: N_("6 Problems put right badly or falsely"),
    PointItem.INSPECTORATE: N_("7 Problems of the inspectorate not put right in time"),
    PointItem.NATIONAL_EXPOSURE: N_("8 Exposed by national media"),
    PointItem.REGION_EXPOSURE: N_("9 Exposed by media of the Region"),
    PointItem.PREFECTURE_EXPOSURE: N_("10 Exposed by media of the prefecture"),
    PointItem.BONUS: N_("Bonus: grave problem found and dealt with"),
    PointItem.FAIL: N_("Fails the month"),
}
GRADE: dict[Any, str] = {
    "excellent": N_("excellent"),
    "good": N_("good"),
    "qualified": N_("qualified"),
    "unqualified": N_("unqualified"),
}
FAIL: dict[Any, str] = {
    DirectFail.NATIONAL_EXPOSURE: N_("Exposed by national media"),
    DirectFail.LEADER_INSTRUCTION: N_("Instruction of a national, regional or prefectural leader, verified"),
    DirectFail.REPEATED_REPORTS: N_("Reported by the public three times or more and not solved"),
    DirectFail.GRAVE_CONSEQUENCES: N_("Duty not done, with grave consequences or bad influence"),
    DirectFail.BAD_INFLUENCE: N_("Bad influence of an inspectorate's problem not put right"),
}
STATE: dict[Any, str] = {
    PointState.PROPOSED: N_("Claimed"),
    PointState.OBJECTED: N_("Objected to"),
    PointState.UPHELD: N_("Upheld"),
    PointState.WITHDRAWN: N_("Withdrawn from the score"),
}
RECORD: dict[Any, str] = {
    PointRecord.PROBLEM: N_("Problem of the list"),
    PointRecord.ORDER: N_("Order"),
    PointRecord.UP_REPORT: N_("Report from below"),
    PointRecord.REGISTRY: N_("Gap of the registry"),
    PointRecord.DOCUMENT: N_("Document or publication"),
}
ASSESSMENT_NAMES: dict[str, Mapping[Any, str]] = {
    "point_item": ITEM,
    "grade": GRADE,
    "direct_fail": FAIL,
    "point_state": STATE,
    "point_record": RECORD,
}
