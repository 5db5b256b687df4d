from enum import StrEnum


class AirSource(StrEnum):
    READINGS = "readings"  # from what the station sent
    IMPORTED = "imported"  # from a file of the Region or the national centre


class MonthState(StrEnum):
    """The life of a computed month 月度结果."""

    DRAFT = "draft"  # computed, seen by those who prepare it
    SIGNED = "signed"  # in force; what the bulletin and the ladders rest on
    SUPERSEDED = "superseded"  # a later version was signed; stays


class ProblemState(StrEnum):
    """The life of a problem 问题 (body §3(五): 动态清零)."""

    OPEN = "open"  # 待交办: on the list of the prefecture
    PUSHED = "pushed"  # 整改中: with the level-2 grid, due by a day
    CORRECTED = "corrected"  # 待核查: the grid says it is corrected
    CLEARED = "cleared"  # 已销号: somebody of the prefecture found it corrected; final
    MERGED = "merged"  # 已合并: the same as another one; final
    VOID = "void"  # 已撤销: there was no problem; final

    @property
    def final(self) -> bool:
        return self in (ProblemState.CLEARED, ProblemState.MERGED, ProblemState.VOID)


class FindingKind(StrEnum):
    """What found a problem (body §3(五), §3(六))."""

    ORDER = "order"  # 报警工单
    UP_REPORT = "up_report"  # 下级上报
    INSPECTION = "inspection"  # 执法检查、督查巡查
    COMPLAINT = "complaint"  # 信访举报
    MEDIA = "media"  # 媒体曝光、网络舆情
    PATROL = "patrol"  # 网格巡查
    MONITORING = "monitoring"  # 监测监控


class PaperKind(StrEnum):
    """What a paper is, that a person issues."""

    BRIEF = "brief"  # 每日会商简报
    DISPATCH = "dispatch"  # 每周调度专报
    SPECIAL_REPORT = "special_report"  # 呈报一级网格长的专报
    NOTICE = "notice"  # 向二级网格长的通报
    BULLETIN = "bulletin"  # 环境空气质量月度通报
    ASSESSMENT = "assessment"  # 月度考核通报
    ACT = "act"  # 通报批评、约谈、督查、问责建议
    EXPOSURE = "exposure"  # 典型案件曝光


class PaperState(StrEnum):
    DRAFT = "draft"  # written, may be edited
    ISSUED = "issued"  # given a number, and never changed again
    SUPERSEDED = "superseded"  # a later one on the same subject was issued; stays
    WITHDRAWN = "withdrawn"  # a draft that nobody issues
