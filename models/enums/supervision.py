from enum import StrEnum


class AirSource(StrEnum):
    READINGS = "readings"  # from what the station sent
    IMPORTED = "imported"  # from a file of the Region or the national centre


class MonthState(StrEnum):
    """The life of a computed month 月度结果."""

    DRAFT = "draft"  # computed, seen by those who prepare it
    SIGNED = "signed"  # in force; what the bulletin and the ladders rest on
    SUPERSEDED = "superseded"  # a later version was signed; stays


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
