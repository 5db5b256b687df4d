"""Of people: their roles, their turns, and the units that lead."""

from enum import StrEnum


class Role(StrEnum):
    """What a person is to a grid, while a duty lasts (annex 1 art. 4-8)."""

    ADMINISTRATOR = "administrator"
    DUTY_OFFICER = "duty_officer"  # 州大气办值班员
    CHIEF = "chief"  # 网格长
    SUB_CHIEF = "sub_chief"  # 分网格长: of the grids below that the duty names; no order goes to them
    SUPERVISOR = "supervisor"  # 网格监督员
    PATROLLER = "patroller"  # 巡查员
    VIEWER = "viewer"
    IDENTITY_KEEPER = (
        "identity_keeper"  # 举报人信息保管员: opens who reported, with a reason, and does nothing else
    )


class ChiefPost(StrEnum):
    """Which of the two chiefs 双网格长 somebody is (body §2)."""

    PARTY = "party"  # 党委（党工委、党支部）主要负责同志
    GOVERNMENT = "government"  # 政府（管委会、村委会、居委会）主要负责同志


class ListKind(StrEnum):
    """What a county's list of who answers was made for."""

    FILED = "filed"  # 报州大气办备案 (annex 1 art. 5)
    PUBLISHED = "published"  # 向社会公开 (annex 1 art. 19; annex 2 art. 5(一)3)


class YearlyKind(StrEnum):
    """What a grid has to do once a year (annex 1 art. 17, 22)."""

    PLAN = "plan"  # 年度工作计划
    LETTER = "letter"  # 目标责任书
    TRAINING = "training"  # 基层网格人员集中培训
    SUMMARY = "summary"  # 年度总结


class TurnWhy(StrEnum):
    """Why a turn of duty is whose it is."""

    SHIFT = "shift"  # 轮班: by the rotation
    STANDING = "standing"  # 常任: no rotation, so whoever has served longest
    OVERRIDE = "override"  # 临时调整: somebody was named for this time
    STAND_IN = "stand_in"  # 替班: for somebody who is away
    GAP = "gap"  # 空岗: nobody, under a name


class DutyGap(StrEnum):
    """Why nobody is on a post."""

    ABSENT_WITHOUT_STAND_IN = "absent_without_stand_in"  # 请假无人替班
    DUTY_ENDED = "duty_ended"  # 职责已到期
    NOBODY_ON_DUTY = "nobody_on_duty"  # 岗位空缺
    NOT_PLANNED = "not_planned"  # 尚未排班: past the horizon


class UnitPart(StrEnum):
    """What a unit is to an order."""

    LEAD = "lead"  # 牵头单位
    CO_HANDLER = "co_handler"  # 配合单位
