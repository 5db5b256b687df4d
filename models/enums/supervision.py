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


class ProblemAct(StrEnum):
    """What can be done with a problem (body §3(五): 形成问题清单交办整改 → 跟踪整改 → 抽查核查 → 动态清零)."""

    PUSH = "push"  # 交办: to the level-2 grid, with a due day
    CORRECT = "correct"  # 整改: the grid says what was done
    CLEAR = "clear"  # 销号: the prefecture found it corrected
    RETURN = "return"  # 退回整改: it did not, with another due day
    MERGE = "merge"  # 合并: it is the same as another one
    WITHDRAW = "withdraw"  # 撤销: there was no problem
    JUDGE = "judge"  # 认定: whether the grid missed it; leaves the state as it is


class CheckMeasure(StrEnum):
    """What body §4(三) prescribes for what a check finds uncorrected: a plain fact, never an act by itself."""

    CRITICISM = "criticism"  # 由州大气办通报批评
    INTERVIEW_DEPUTY = "interview_deputy"  # 由州政府分管领导公开约谈
    INTERVIEW_HEAD = "interview_head"  # 由州政府主要负责同志公开约谈


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
