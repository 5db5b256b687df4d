"""The closed lists of the domain. Values are part of the outside contract: never rename, only add."""

from enum import StrEnum


class Role(StrEnum):
    """What a person is to a grid, while a duty lasts (annex 1 art. 4-8)."""

    ADMINISTRATOR = "administrator"
    DUTY_OFFICER = "duty_officer"  # 州大气办值班员
    CHIEF = "chief"  # 网格长
    SUPERVISOR = "supervisor"  # 网格监督员
    PATROLLER = "patroller"  # 巡查员
    VIEWER = "viewer"


class StationKind(StrEnum):
    MICRO = "micro"  # 网格微站
    REFERENCE = "reference"  # 国控、区控站


class AlertKind(StrEnum):
    """What an event is called; the first finding that carried it gives the name."""

    EXCEEDANCE_HOUR = "exceedance_hour"  # 小时超标
    EXCEEDANCE_SHORT = "exceedance_short"  # 短时超标
    SUDDEN_RISE = "sudden_rise"  # 突增
    SUSTAINED_HIGH = "sustained_high"  # 持续高值
    ABOVE_NEIGHBOURS = "above_neighbours"  # 高于周边
    EPISODE = "episode"  # 区域性污染过程
    FLAT_LINE = "flat_line"  # 数据恒值
    IMPLAUSIBLE = "implausible"  # 超量程
    SPIKE = "spike"  # 毛刺
    SPIKE_BURST = "spike_burst"  # 连续毛刺
    NOISE = "noise"  # 数据抖动
    ATTENUATED = "attenuated"  # 数据偏低(堵塞、遮挡)
    OFFSET = "offset"  # 数据跳变
    DRIFT = "drift"  # 漂移
    HUMIDITY = "humidity"  # 湿度虚高
    CLOCK_SHIFT = "clock_shift"  # 时钟偏移
    MOVED = "moved"  # 位置变动
    OFFLINE = "offline"  # 离线
    NETWORK_SILENCE = "network_silence"  # 全网中断


class AlertScope(StrEnum):
    """Who is meant: one place's emission, the whole region's air, or the instrument."""

    LOCAL = "local"
    REGIONAL = "regional"
    INSTRUMENT = "instrument"


class AlertState(StrEnum):
    OPEN = "open"  # begun by a finding; a second finding of the same identity joins it
    CLEARED = "cleared"  # ended by its own clear rule; final


class Severity(StrEnum):
    """Rises while an alert is open, never falls."""

    NOTICE = "notice"
    SERIOUS = "serious"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        return ("notice", "serious", "critical").index(self.value)


class RuleSetState(StrEnum):
    DRAFT = "draft"  # may be edited
    BACK_TESTED = "back_tested"  # judged on stored history; its body never changes from here on
    ACTIVE = "active"  # in force; exactly one
    RETIRED = "retired"  # no longer to be used; final


class ResponseLevel(StrEnum):
    """Heavy-pollution response 重污染天气应急响应, as the prefecture has declared it."""

    NONE = "none"
    YELLOW = "yellow"  # 黄色 Ⅲ级
    ORANGE = "orange"  # 橙色 Ⅱ级
    RED = "red"  # 红色 Ⅰ级


class SilenceKind(StrEnum):
    SILENCE = "silence"  # 静默: findings are recorded, no order goes out
    MAINTENANCE = "maintenance"  # 维护: what the station says is flagged, and no finding counts


class BacktestState(StrEnum):
    QUEUED = "queued"  # waits for an engine
    RUNNING = "running"  # claimed by an engine; past its lease another one begins it anew
    DONE = "done"  # its result is stored; final
    FAILED = "failed"  # given up, with the reason; final


class HoldReason(StrEnum):
    """Why an order came to its holder."""

    DISPATCH = "dispatch"  # 派发: it was dispatched to this grid
    TRANSFER = "transfer"  # 移交: it was handed over from another one
    RECUSAL = "recusal"  # 回避: the whole unit before is in conflict


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


class FalseAlarm(StrEnum):
    """Why an order turned out to be for nothing; counts against the rule that raised it."""

    INSTRUMENT_FAULT = "instrument_fault"  # 仪器故障
    NO_SOURCE_FOUND = "no_source_found"  # 现场未发现污染源
    REGIONAL = "regional"  # 区域性污染
    NATURAL = "natural"  # 沙尘等自然原因
    DUPLICATE = "duplicate"  # 重复派单
    MAINTENANCE = "maintenance"  # 运维作业
    OTHER = "other"  # 其他


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


class SignKind(StrEnum):
    """What speaks for interference with a station (annex 3 art. 6)."""

    MOVED = "moved"  # 点位变更
    MUFFLED = "muffled"  # 加装过滤、遮挡采样口
    CUT = "cut"  # 断电断网
    CHANGED = "changed"  # 仪器参数、状态改变


class CaseState(StrEnum):
    OPEN = "open"  # waits for a decision; further signs join it
    CONFIRMED = "confirmed"  # interference; final
    DISMISSED = "dismissed"  # none; final


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


class ChecklistAnswer(StrEnum):
    YES = "yes"
    NO = "no"  # with a reason
    NOT_APPLICABLE = "not_applicable"


class ReturnReason(StrEnum):
    """Why a report is returned."""

    EVIDENCE_MISSING = "evidence_missing"  # 佐证缺失或不清
    CAUSE_NOT_FOUND = "cause_not_found"  # 原因未查明
    MEASURE_INSUFFICIENT = "measure_insufficient"  # 措施不到位
    PLACE_WRONG = "place_wrong"  # 点位不符
    NOT_RECOVERED = "not_recovered"  # 数据未恢复
    LATE_WITHOUT_REASON = "late_without_reason"  # 超时未说明
    OTHER = "other"  # 其他


class ReportClaim(StrEnum):
    """What whoever reports says became of the air."""

    RECOVERED = "recovered"  # 已恢复
    IMPROVED = "improved"  # 有所下降
    NO_SOURCE = "no_source"  # 未发现污染源
    INSTRUMENT = "instrument"  # 仪器问题


class VerdictState(StrEnum):
    """What the station itself says after a report."""

    PENDING = "pending"  # 复测中: not enough has been measured yet
    RECOVERED = "recovered"  # 已恢复
    NOT_RECOVERED = "not_recovered"  # 未恢复
    REGIONAL = "regional"  # 区域性: the neighbours are as high
    NO_DATA = "no_data"  # 无有效数据: silent, or flagged


class SpotDrawState(StrEnum):
    COMMITTED = "committed"  # its seed is fixed and its hash is told; the seed is not
    DRAWN = "drawn"  # the sample is there, and the seed with it; final


class SpotCheckState(StrEnum):
    OPEN = "open"  # 待核查
    PASSED = "passed"  # 合格; final
    FAILED = "failed"  # 不合格; final


class LinkKind(StrEnum):
    """What an order has to do with an earlier one."""

    RECURRENCE = "recurrence"  # 复发: the same place again, soon after it was closed
    REWORK = "rework"  # 返工: ordered because the earlier one was not put right


class CandidateKind(StrEnum):
    INCOMPLETE = "incomplete"  # 整改不彻底
    SHAM = "sham"  # 虚假整改


class CandidateState(StrEnum):
    OPEN = "open"  # waits for a decision; nothing follows by itself
    UPHELD = "upheld"  # 认定; final
    DISMISSED = "dismissed"  # 不予认定; final


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


class SubjectAct(StrEnum):
    """What ends the clock of something beside an order's states."""

    DECIDE = "decide"  # a request beside the states was decided, withdrawn or has lapsed
    COMPLETE = "complete"  # a task handed down was done, or taken back
    TRIAGE = "triage"  # a report from below was judged
    RECHECK = "recheck"  # what was suspended was looked at again
    SUSPEND = "suspend"  # the order was suspended: the clock ends without being met
    TRANSFER = "transfer"  # the holder it was started for holds the order no longer


class ClockKind(StrEnum):
    ACKNOWLEDGE = "acknowledge"  # 签收
    FEEDBACK = "feedback"  # 1 小时现场反馈
    REPORT = "report"  # 2 小时处置上报
    REVIEW = "review"  # 审核
    REWORK = "rework"  # 整改
    DECISION = "decision"  # 请示审批: of a request beside the states
    TASK = "task"  # 下派任务: its deadline is given with the task, inside the order's own
    TRIAGE = "triage"  # 上报研判: of what levels 3 and 4 report upward
    RECHECK = "recheck"  # 挂账复查: its deadline is the end of the suspension


# Kinds whose deadline is given with what they are about, and not by a policy.
DUE_GIVEN = frozenset({ClockKind.TASK, ClockKind.RECHECK})


class PolicyState(StrEnum):
    DRAFT = "draft"  # may be edited
    TRIED = "tried"  # run over past orders; its body never changes from here on
    ACTIVE = "active"  # rules new orders; exactly one
    RETIRED = "retired"  # rules the orders it was stamped on, and no new ones; final


class OutageKind(StrEnum):
    """What of the platform was away."""

    DATABASE = "database"  # 数据库
    ENGINE = "engine"  # 计时引擎: no engine passed
    BROKER = "broker"  # 消息代理: the intake could not listen to it
    INTAKE = "intake"  # 接收: nobody listened to the broker


class ExcuseGround(StrEnum):
    """What speaks for a breach."""

    WRONG_DISPATCH = "wrong_dispatch"  # 错派: somebody else's first, by an approved transfer
    OUTAGE = "outage"  # 平台故障
    CAPTURED_IN_TIME = "captured_in_time"  # 时限内取证: done in time by the device's clock, sent late
    OTHER = "other"  # 其他: said by whoever proposes it


class ExcuseState(StrEnum):
    PROPOSED = "proposed"  # 待定: waits for a person of the prefecture
    APPROVED = "approved"  # 准予: the breach stands and is excused; final
    DECLINED = "declined"  # 不予: final


class ClockState(StrEnum):
    RUNNING = "running"  # neither stopped nor breached
    MET = "met"  # stopped at or before the deadline; final
    BREACHED = "breached"  # the deadline passed without the stop; a later stop changes only stopped_at
    VOID = "void"  # the order was withdrawn, suspended or handed over while the clock ran; final


class RequestKind(StrEnum):
    """What is asked for beside the states of an order."""

    EXTENSION = "extension"  # 延期
    TRANSFER = "transfer"  # 移交: "not mine"
    JOINT = "joint"  # 联合处置、跨区域协调 (annex 1 art. 18)
    RECUSAL = "recusal"  # 回避 (annex 1 art. 11)
    SUSPENSION = "suspension"  # 挂账
    VOID = "void"  # 作废: once a clock is breached, a second person has to agree


class RequestState(StrEnum):
    PENDING = "pending"  # 待审批: no clock of the order stops or moves meanwhile
    APPROVED = "approved"  # 同意: carried out in the same transaction; final
    REJECTED = "rejected"  # 不同意; final
    WITHDRAWN = "withdrawn"  # 撤回, by whoever filed it; final
    LAPSED = "lapsed"  # 失效: its ground is gone, such as the order or the clock; final


class RequestAct(StrEnum):
    """What can be done to a request that is pending."""

    APPROVE = "approve"
    REJECT = "reject"
    WITHDRAW = "withdraw"
    LAPSE = "lapse"


class TransferReason(StrEnum):
    """Why a holder says that an order is not its own."""

    OUTSIDE_GRID = "outside_grid"  # 不在本辖区
    SOURCE_ELSEWHERE = "source_elsewhere"  # 污染源在他处
    NOT_RESPONSIBLE = "not_responsible"  # 不属本单位职责
    OTHER = "other"  # 其他


class TransferPolicy(StrEnum):
    """What a transfer does to the deadlines."""

    CONTINUE = "continue"  # 连续计时: the receiver has what is left
    RESTART_FOR_RECEIVER = "restart_for_receiver"  # 重新计时: it gets clocks of its own; the order's go on


class JointMode(StrEnum):
    JOINT = "joint"  # 联合处置: several units of one county
    CROSS_COUNTY = "cross_county"  # 跨区域: several counties or parks


class OutboxState(StrEnum):
    PENDING = "pending"
    SENDING = "sending"  # claimed by a sender, for as long as its lease
    SENT = "sent"  # handed over to somebody who carries it on: broker, mail server, SMS gateway
    DELIVERED = "delivered"  # the receiver itself has confirmed it
    FAILED = "failed"  # given up; listed for a person
    UNKNOWN = "unknown"  # it may have gone out or not, and the channel cannot tell a repeated one
    SUPERSEDED = "superseded"  # what it says was overtaken before it went out; final


class Channel(StrEnum):
    """The ways out."""

    MQTT = "mqtt"
    WEBHOOK = "webhook"
    WECOM = "wecom"  # 企业微信群机器人
    DINGTALK = "dingtalk"  # 钉钉群机器人
    FEISHU = "feishu"  # 飞书群机器人
    EMAIL = "email"
    SMS = "sms"


class NoticeClass(StrEnum):
    """What people can be told of; contacts, rules and group robots choose among these."""

    DISPATCHED = "dispatched"  # 派单
    RETURNED = "returned"  # 退回整改
    REPORTED = "reported"  # 待审核
    WARNING = "warning"  # 临期预警
    BREACH = "breach"  # 超时
    ESCALATION = "escalation"  # 升级
    REQUEST = "request"  # 待审批的请示
    DECIDED = "decided"  # 请示结果
    TASK = "task"  # 下派任务
    UPWARD = "upward"  # 下级上报待研判
    UNROUTED = "unrouted"  # 无人接单
    GAP = "gap"  # 值班空档
    CHANNEL = "channel"  # 通知通道故障
    WATCHDOG = "watchdog"  # 系统自查
    TEST = "test"  # 测试消息、验证码: nobody subscribes to it


class EventKind(StrEnum):
    """Names on the feed. `sla.*` go to /sla/feed as well."""

    ALERT_OPENED = "alert.opened"
    ALERT_RAISED = "alert.raised"
    ALERT_JOINED = "alert.joined"
    ALERT_RESCOPED = "alert.rescoped"
    ALERT_CLEARED = "alert.cleared"
    STATION_OFFLINE = "station.offline"
    STATION_ONLINE = "station.online"
    ORDER_UNROUTED = "order.unrouted"
    ORDER_DISPATCHED = "order.dispatched"
    ORDER_ATTACHED = "order.attached"
    ORDER_ACKNOWLEDGED = "order.acknowledged"
    ORDER_FEEDBACK = "order.feedback"
    ORDER_REPORTED = "order.reported"
    ORDER_RETURNED = "order.returned"
    ORDER_CLOSED = "order.closed"
    ORDER_VOID = "order.void"
    ORDER_PACKED = "order.packed"
    SUMMARY_SIGNED = "summary.signed"
    ORDER_JOINT = "order.joint"
    TASK_HANDED = "task.handed"
    TASK_TAKEN = "task.taken"
    TASK_DONE = "task.done"
    TASK_TAKEN_BACK = "task.taken_back"
    REPORT_FILED = "report.filed"
    REPORT_FORWARDED = "report.forwarded"
    REPORT_SOLVED = "report.solved"
    REPORT_TRIAGED = "report.triaged"
    REPORT_REFERRED = "report.referred"
    ORDER_CATEGORISED = "order.categorised"
    ORDER_CONFLICTED = "order.conflicted"
    DUTY_CHANGED = "duty.changed"
    DUTY_GAP = "duty.gap"
    CONFLICT_CHANGED = "conflict.changed"
    ORDER_TRANSFERRED = "order.transferred"
    ORDER_LEFT = "order.left"
    ORDER_SUSPENDED = "order.suspended"
    ORDER_RESUMED = "order.resumed"
    REQUEST_FILED = "request.filed"
    REQUEST_APPROVED = "request.approved"
    REQUEST_REJECTED = "request.rejected"
    REQUEST_WITHDRAWN = "request.withdrawn"
    REQUEST_EXPIRED = "request.expired"
    SLA_DUE_SOON = "sla.due_soon"
    SLA_BREACHED = "sla.breached"
    SLA_ESCALATED = "sla.escalated"
    SLA_MET_LATE = "sla.met_late"
    SLA_MOVED = "sla.moved"
    SLA_EXCUSE_PROPOSED = "sla.excuse_proposed"
    SLA_EXCUSE_DECIDED = "sla.excuse_decided"
    POLICY_ACTIVATED = "policy.activated"
    POLICY_RETIRED = "policy.retired"
    POLICY_APPLIED = "policy.applied"
    PLATFORM_OUTAGE = "platform.outage"
    SLA_CHANGED = "sla.changed"
    SLA_EXTENDED = "sla.extended"
    REGISTRY_LOADED = "registry.loaded"
    RULES_ACTIVATED = "rules.activated"
    RULES_RETIRED = "rules.retired"
    RESPONSE_SWITCHED = "response.switched"
    SILENCE_STARTED = "silence.started"
    SILENCE_ENDED = "silence.ended"
    INTEGRITY_OPENED = "integrity.opened"
    INTEGRITY_SIGNED = "integrity.signed"
    INTEGRITY_DECIDED = "integrity.decided"
    VERDICT_JUDGED = "verdict.judged"
    VERDICT_MISMATCH = "verdict.mismatch"
    ORDER_RECURRED = "order.recurred"
    CANDIDATE_RAISED = "candidate.raised"
    CANDIDATE_DECIDED = "candidate.decided"
    SPOT_CHECK_COMMITTED = "spot_check.committed"
    SPOT_CHECK_DRAWN = "spot_check.drawn"
    SPOT_CHECK_ASSIGNED = "spot_check.assigned"
    SPOT_CHECK_PASSED = "spot_check.passed"
    SPOT_CHECK_FAILED = "spot_check.failed"
    REVIEW_POLICY_SET = "review.policy_set"
    CONTACT_CHANGED = "contact.changed"
    TARGET_CHANGED = "target.changed"
    CHANNEL_DOWN = "channel.down"
    CHANNEL_UP = "channel.up"
    WATCHDOG_FOUND = "watchdog.found"
    WATCHDOG_CLEARED = "watchdog.cleared"


class WatchdogCode(StrEnum):
    """What the service can find wrong with itself."""

    CLOCK_UNJUDGED = "clock_unjudged"  # 到期未判: past due for a minute, and no breach
    ESCALATION_MISSING = "escalation_missing"  # 升级缺失: a rung whose instant is past was not climbed
    ORDER_WITHOUT_CLOCKS = "order_without_clocks"  # 工单缺时钟: its state demands a clock that is not there
    ORDER_WITHOUT_HOLDER = "order_without_holder"  # 工单无人持有: open, and nobody holds it
    ALERT_WITHOUT_ORDER = (
        "alert_without_order"  # 报警未派单: it wants an order, and has neither one nor a reason
    )
    UNROUTED_WAITING = "unrouted_waiting"  # 待指派过久
    OUTBOX_OLD = "outbox_old"  # 待发积压: by channel
    ENGINE_STOPPED = "engine_stopped"  # 引擎停止: one that did not say goodbye
    DETECTION_BEHIND = "detection_behind"  # 检测滞后


class InboxKind(StrEnum):
    """What a row of the stored stream holds."""

    READINGS = "readings"  # a parcel of readings, app/detection/parcel.py
    CONTROL = "control"  # JSON: time that passed, what stations say of themselves, rules, registry


class InboxTreatment(StrEnum):
    """How a row was taken that the detector, or what follows from it, failed on."""

    WHOLE = "whole"  # taken as it is; some of its events could not be carried out
    PIECES = "pieces"  # reading by reading; those it failed on are left out
    SKIPPED = "skipped"  # left out


class QuarantineReason(StrEnum):
    """Why a message could not be taken; stable codes."""

    NOT_JSON = "not_json"
    SCHEMA = "schema"  # wrong types, unknown pollutant, out of any instrument's scale
    NO_VALUES = "no_values"
    BAD_TIME = "bad_time"  # no offset, or no instant at all
    FUTURE = "future"  # more than 10 min ahead of the service's clock
    TOO_OLD = "too_old"  # older than readings are kept
    TOO_MANY = "too_many"  # an array of more than 1,000
    OVERSIZE = "oversize"  # more than 256 KiB
    BAD_TOPIC = "bad_topic"
    UNKNOWN_STATION = "unknown_station"
    WRONG_GRID = "wrong_grid"  # the station exists, but not under the grid in the topic
    INTERNAL = "internal"  # the service itself failed on it; a fault report is in the log
    UNSUPPORTED = "unsupported"  # a format or a profile this release does not read
    BAD_FRAME = "bad_frame"  # HJ 212: not ## … && and a CRC, or no name=value where one must be
    BAD_LENGTH = "bad_length"  # HJ 212: the length in front is not that of the segment
    BAD_CRC = "bad_crc"  # HJ 212: not the CRC of annex A
    BAD_FIELD = "bad_field"  # HJ 212: QN or Flag missing or odd, a name said twice
    BAD_MN = "bad_mn"  # HJ 212: no MN, or not the one of the station's profile
    BAD_PART = "bad_part"  # HJ 212: PNUM and PNO that cannot be, or a part that contradicts one before it
    INCOMPLETE = "incomplete"  # HJ 212: the other parts of the message did not come
    UNSUPPORTED_COMMAND = "unsupported_command"  # HJ 212: a CN that is neither a reading nor an answer
    UNSUPPORTED_SYSTEM = "unsupported_system"  # HJ 212: data of water, noise, stacks


POLLUTANTS: tuple[str, ...] = ("pm25", "pm10", "so2", "no2", "co", "o3")
MET: tuple[str, ...] = ("temperature", "humidity", "pressure", "wind_speed", "wind_direction")
