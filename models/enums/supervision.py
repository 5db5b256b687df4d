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


class ActKind(StrEnum):
    """What the text prescribes against a unit (body §3(九), §4); the graver stands below."""

    NOTICE = "notice"  # 通报批评
    INTERVIEW = "interview"  # 约谈
    INSPECTION = "inspection"  # 专项督查
    ACCOUNTABILITY = "accountability"  # 问责建议


class ActBy(StrEnum):
    """Who does it."""

    OFFICE = "office"  # 州大气办
    DEPUTY_LEADER = "deputy_leader"  # 州政府分管负责同志
    MAIN_LEADER = "main_leader"  # 州政府主要负责同志


class LadderKind(StrEnum):
    """What brings a unit upon a ladder."""

    SHARE = "share"  # 发现问题占比 (body §4(一), annex 2 art. 7(三))
    LAST_PLACE = "last_place"  # 改善率末位 (body §4(二))
    LAST_IN_YEAR = "last_in_year"  # 年度末位次数与年度目标 (annex 3 art. 4)
    FAILED = "failed"  # 连续考核不合格 (annex 2 art. 7(一))
    FAILED_YEAR = "failed_year"  # 年度考核不合格 (annex 2 art. 7(二))
    FALSIFIED = "falsified"  # 监测数据造假 (annex 3 art. 6)
    UNCORRECTED = "uncorrected"  # 核查未整改 (body §4(三))


class ProposalState(StrEnum):
    """What became of a proposal of a ladder."""

    OPEN = "open"  # 待签发: waits for a chief of the prefecture
    SIGNED = "signed"  # 已签发: an act of the register
    DECLINED = "declined"  # 不予采纳: with a reason


class ActGround(StrEnum):
    """Why a person enters an act by hand (body §3(九))."""

    TARGET_MISSED = "target_missed"  # 未完成生态环境保护目标任务
    INSPECTION_SLOW = "inspection_slow"  # 中央环保督察反馈问题整改缓慢
    MEASURES_MISSING = "measures_missing"  # 大气污染防治工作任务及重点区域管控措施落实不到位
    GRAVE_VIOLATION = "grave_violation"  # 发生重大环境违法问题


class ActState(StrEnum):
    """The life of an act of the register."""

    PROPOSED = "proposed"  # 待签发: entered by hand, waits for a chief of the prefecture
    DECLINED = "declined"  # 不予采纳: final
    SIGNED = "signed"  # 已签发: its document is to be written and issued
    ISSUED = "issued"  # 已印发: shown of a signed one whose document went out; never stored
    HELD = "held"  # 已执行: delivered or held, followed up until a day
    COMPLETED = "completed"  # 已办结: with its result; final
    WITHDRAWN = "withdrawn"  # 已撤回: with a reason; final

    @property
    def final(self) -> bool:
        return self in (ActState.DECLINED, ActState.COMPLETED, ActState.WITHDRAWN)


class ActStep(StrEnum):
    """What is done to an act."""

    PROPOSE = "propose"  # 提出
    DECLINE = "decline"  # 不予采纳
    SIGN = "sign"  # 签发
    DRAFT = "draft"  # 拟稿
    ISSUE = "issue"  # 印发
    HOLD = "hold"  # 执行: delivered or held
    OBJECT = "object"  # 申辩: by the unit; changes no state
    ANSWER = "answer"  # 答复: of the prefecture to what the unit said; changes no state
    REPORT = "report"  # 整改报告: by the unit
    ACCEPT_REPORT = "accept_report"  # 整改报告认可
    RETURN_REPORT = "return_report"  # 整改报告退回: with a reason and a new day
    COMPLETE = "complete"  # 办结
    WITHDRAW = "withdraw"  # 撤回


class ActReport(StrEnum):
    """Where the unit's report of correction stands, of an act that demands one."""

    AWAITED = "awaited"  # 待提交
    GIVEN = "given"  # 已提交: the prefecture looks at it
    RETURNED = "returned"  # 已退回: due anew
    ACCEPTED = "accepted"  # 已认可

    @property
    def owed(self) -> bool:
        return self in (ActReport.AWAITED, ActReport.RETURNED)


class PointItem(StrEnum):
    """What a point is charged to or credited by: the items of annex 2 art. 5, its bonus, a ground that fails."""

    ORGANISATION = "1"
    SUB_CHIEFS = "2"
    PUBLICITY = "3"
    UNDISCOVERED = "4"
    NOT_HANDED_ON = "5"
    NOT_CORRECTED = "6"
    INSPECTORATE = "7"
    NATIONAL_EXPOSURE = "8"
    REGION_EXPOSURE = "9"
    PREFECTURE_EXPOSURE = "10"
    BONUS = "bonus"
    FAIL = "fail"  # one of the grounds of art. 6(三) and 5(二)7


class DirectFail(StrEnum):
    """What fails a month by itself, whatever the score (annex 2 art. 5(二)7, 5(四)8, 6(三))."""

    NATIONAL_EXPOSURE = "national_exposure"
    LEADER_INSTRUCTION = "leader_instruction"
    """领导批示交办并查证属实"""
    REPEATED_REPORTS = "repeated_reports"
    """群众反复举报（3 次及以上）未能妥善解决"""
    GRAVE_CONSEQUENCES = "grave_consequences"
    BAD_INFLUENCE = "bad_influence"
    """环保督察问题造成不良影响"""


class PointState(StrEnum):
    """Where a record stands between who claims it and who is charged with it."""

    PROPOSED = "proposed"
    OBJECTED = "objected"
    UPHELD = "upheld"
    """The objection was not followed; of a bonus: approved."""
    WITHDRAWN = "withdrawn"


class PointRecord(StrEnum):
    """What a point rests on."""

    PROBLEM = "problem"  # 问题清单
    ORDER = "order"  # 工单
    UP_REPORT = "up_report"  # 下级上报
    REGISTRY = "registry"  # 网格名册的缺口
    DOCUMENT = "document"  # 文件、报道


class SourceKind(StrEnum):
    """The kinds of pollution sources that are swept each quarter (annex 1 art. 16)."""

    INDUSTRY = "industry"  # 工业企业
    CATERING = "catering"  # 餐饮服务单位
    VEHICLE_REPAIR = "vehicle_repair"  # 汽车修理行业
    CONSTRUCTION = "construction"  # 建筑工地
    STOCKYARD = "stockyard"  # 物料堆场
    LIVESTOCK = "livestock"  # 畜禽养殖场
    OTHER = "other"  # 其他, or not said yet


class SourceState(StrEnum):
    ACTIVE = "active"  # 在册
    CLOSED = "closed"  # 关停; its file stays


class DocumentKind(StrEnum):
    """What belongs into a source's file (annex 1 art. 20)."""

    ASSESSMENT = "assessment"  # 环评文件
    ACCEPTANCE = "acceptance"  # 竣工环保验收
    PERMIT = "permit"  # 排污许可证
    FACILITY_LOG = "facility_log"  # 治理设施运行台账
    EMERGENCY_PLAN = "emergency_plan"  # 应急预案
    RISK_REPORT = "risk_report"  # 环境风险评价报告
    MONITORING = "monitoring"  # 自行监测报告
    OTHER = "other"  # 其他


class SweepFound(StrEnum):
    """What a quarterly sweep found of a source."""

    SEEN = "seen"  # 在
    NEW = "new"  # 新增
    GONE = "gone"  # 已关停、拆除


class KeyListState(StrEnum):
    """The life of a yearly list of key sources 重点污染源监管名录."""

    DRAFT = "draft"  # proposed, to be signed in the county
    SIGNED = "signed"  # in force
    SUPERSEDED = "superseded"  # a later version was signed; stays


class VisitFound(StrEnum):
    """What a patrol found at a place."""

    FINE = "fine"  # 未见异常
    STOPPED = "stopped"  # 发现并当场制止
    PROBLEM = "problem"  # 发现问题, to be reported upward
    SHUT = "shut"  # 停产或无人


class VisitFlaw(StrEnum):
    """Why a check-in does not count as a patrol of its place."""

    UNPLACED = "unplaced"  # 无定位
    VAGUE = "vague"  # 定位误差过大
    FAR = "far"  # 不在场所附近


class SummaryKind(StrEnum):
    """What is drawn up of patrols, by whom (annex 1 art. 17)."""

    TOWN_DAY = "town_day"  # 三级网格收集整理巡查记录
    COUNTY_WEEK = "county_week"  # 二级网格周调度
