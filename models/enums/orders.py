"""Of orders: their states, acts, holders, tasks and parts, and the reports from below they come of."""

from enum import StrEnum


class OrderState(StrEnum):
    DISPATCHED = "dispatched"  # 已派发: with the level-2 grid, nobody has taken it yet
    ACKNOWLEDGED = "acknowledged"  # 已签收: a supervisor has taken it
    ON_SITE = "on_site"  # 已反馈: the site was seen and described
    REPORTED = "reported"  # 已上报: the disposal is reported, the level above reviews
    RETURNED = "returned"  # 已退回: rework, one round further; the next step is another report
    CLOSED = "closed"  # 已办结: accepted by the level above; final
    VOID = "void"  # 已作废: withdrawn with a reason; final

    @property
    def final(self) -> bool:
        return self in (OrderState.CLOSED, OrderState.VOID)


class OrderAct(StrEnum):
    """What can be done to an order; the closed list of events that stop a clock."""

    DISPATCH = "dispatch"
    ACKNOWLEDGE = "acknowledge"
    FEEDBACK = "feedback"
    REPORT = "report"
    ACCEPT = "accept"
    RETURN = "return"
    VOID = "void"


class CauseCode(StrEnum):
    """What polluted, as it was found on site; stands beside the officer's own words."""

    CONSTRUCTION_DUST = "construction_dust"  # 施工扬尘
    ROAD_DUST = "road_dust"  # 道路扬尘
    OPEN_BURNING = "open_burning"  # 露天焚烧
    BULK_MATERIALS = "bulk_materials"  # 物料堆场
    INDUSTRIAL_STACK = "industrial_stack"  # 工业排放
    COAL_HEATING = "coal_heating"  # 散煤燃烧
    CATERING = "catering"  # 餐饮油烟
    VEHICLES = "vehicles"  # 机动车与非道路机械
    STRAW = "straw"  # 秸秆
    OTHER = "other"  # 其他
    NONE_FOUND = "none_found"  # 未发现


class HoldReason(StrEnum):
    """Why an order came to its holder."""

    DISPATCH = "dispatch"  # 派发: it was dispatched to this grid
    TRANSFER = "transfer"  # 移交: it was handed over from another one
    RECUSAL = "recusal"  # 回避: the whole unit before is in conflict


class JointRole(StrEnum):
    """What an order is in joint handling; an order on its own has none."""

    PARENT = "parent"  # 主办: held by the lead, reported once the children are
    CHILD = "child"  # 协办: one further grid's part, with clocks of its own


class TaskState(StrEnum):
    HANDED = "handed"  # 已下派: with the level-3 or level-4 grid, nobody has taken it yet
    TAKEN = "taken"  # 已接收: somebody there works on it
    DONE = "done"  # 已完成: with what was found; final
    TAKEN_BACK = "taken_back"  # 已收回: with a reason, or because its order ended; final

    @property
    def final(self) -> bool:
        return self in (TaskState.DONE, TaskState.TAKEN_BACK)


class TaskAct(StrEnum):
    TAKE = "take"
    COMPLETE = "complete"
    TAKE_BACK = "take_back"


class ReportState(StrEnum):
    """Where a report from below is (annex 1 art. 7, 8, 18)."""

    COLLECTED = "collected"  # 待汇总: a village's, with its township
    FILED = "filed"  # 待研判: with the county or park
    REFERRED = "referred"  # 待协调: with the prefecture
    SOLVED = "solved"  # 已自行解决: the township dealt with it itself; final
    ORDERED = "ordered"  # 已派单: an order came of it; final
    TASKED = "tasked"  # 已交办: handed back as a task; final
    MERGED = "merged"  # 已并入: another report or an order is about the same; final
    DISMISSED = "dismissed"  # 不予受理: with a reason; final

    @property
    def final(self) -> bool:
        return self not in (ReportState.COLLECTED, ReportState.FILED, ReportState.REFERRED)


class ReportAct(StrEnum):
    """What can be done with a report from below; each ends the triage clock of the grid it waits at."""

    FORWARD = "forward"  # 上报: from the township to the county
    SOLVE = "solve"  # 自行解决
    ORDER = "order"  # 派单
    TASK = "task"  # 交办
    MERGE = "merge"  # 并案
    DISMISS = "dismiss"  # 不予受理
    REFER = "refer"  # 报请州级协调 (annex 1 art. 18)


class ProblemOrigin(StrEnum):
    """How a problem was found (annex 1 art. 8)."""

    PATROL = "patrol"  # 巡查发现
    PUBLIC = "public"  # 群众反映
    OTHER = "other"  # 其他


class ProblemCategory(StrEnum):
    """What levels 3 and 4 look out for (annex 1 art. 7, 8)."""

    SCATTERED = "scattered"  # “散乱污”企业
    ENTERPRISE = "enterprise"  # 企业违法排污
    COAL_BOILER = "coal_boiler"  # 燃煤锅炉
    DUST = "dust"  # 扬尘污染
    BURNING = "burning"  # 露天焚烧垃圾、秸秆
    BLACK_WATER = "black_water"  # 黑臭水体
    SEWAGE = "sewage"  # 随意倾倒污水
    WASTE = "waste"  # 垃圾堆放
    FILM = "film"  # 残膜和农药包装废弃物
    LIVESTOCK = "livestock"  # 畜禽养殖污染
    NOISE = "noise"  # 噪音扰民
    OTHER = "other"  # 其他
