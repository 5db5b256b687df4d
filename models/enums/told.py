"""Of what is told: events of the feed, notices, ways out, and what the watchdog finds."""

from enum import StrEnum


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
    SLA_NOTED = "sla.noted"
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
    PAPER_TAKEN = "paper.taken"
    OFFICE_PAPER_EDITED = "office_paper.edited"
    OFFICE_PAPER_ISSUED = "office_paper.issued"
    OFFICE_PAPER_WITHDRAWN = "office_paper.withdrawn"
    RULES_ACTIVATED = "rules.activated"
    RULES_RETIRED = "rules.retired"
    RESPONSE_SWITCHED = "response.switched"
    SILENCE_STARTED = "silence.started"
    SILENCE_ENDED = "silence.ended"
    INTEGRITY_OPENED = "integrity.opened"
    INTEGRITY_SIGNED = "integrity.signed"
    INTEGRITY_DECIDED = "integrity.decided"
    INTEGRITY_SECONDED = "integrity.seconded"
    AIR_EXCLUDED = "air.excluded"
    AIR_EXCLUSION_WITHDRAWN = "air.exclusion_withdrawn"
    AIR_PUBLISHED = "air.published"
    AIR_IMPORTED = "air.imported"
    AIR_COMPUTED = "air.computed"
    AIR_SIGNED = "air.signed"
    AIR_TARGET_SET = "air_target.set"
    AIR_TARGET_UNREACHABLE = "air_target.unreachable"
    READINGS_CHANGED = "supervision.readings_changed"
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
    BOARD_MUTED = "board.muted"
    BOARD_UNMUTED = "board.unmuted"
    DESK_OPENED = "desk.opened"
    DESK_CLOSED = "desk.closed"
    DESK_CONFIRMED = "desk.confirmed"
    EXPOSURE_REGISTERED = "exposure.registered"
    EXPOSURE_CHANGED = "exposure.changed"
    EXPOSURE_WRITTEN = "exposure.written"
    EXPOSURE_SIGNED = "exposure.signed"
    EXPOSURE_RETURNED = "exposure.returned"
    EXPOSURE_WITHDRAWN = "exposure.withdrawn"
    EXPOSURE_BATCHED = "exposure.batched"
    EXPOSURE_PUBLISHED = "exposure.published"
    EXPOSURE_APPEARED = "exposure.appeared"
    EXPOSURE_APPOINTED = "exposure.appointed"
    EXPOSURE_DISMISSED = "exposure.dismissed"
    LADDER_PROPOSED = "ladder.proposed"
    LADDER_OVERTAKEN = "ladder.overtaken"
    LADDER_DECLINED = "ladder.declined"
    ACT_PROPOSED = "act.proposed"
    ACT_DECLINED = "act.declined"
    ACT_SIGNED = "act.signed"
    ACT_DRAFTED = "act.drafted"
    ACT_ISSUED = "act.issued"
    ACT_HELD = "act.held"
    ACT_OBJECTED = "act.objected"
    ACT_ANSWERED = "act.answered"
    ACT_REPORTED = "act.reported"
    ACT_REPORT_ACCEPTED = "act.report_accepted"
    ACT_REPORT_RETURNED = "act.report_returned"
    ACT_COMPLETED = "act.completed"
    ACT_WITHDRAWN = "act.withdrawn"
    ASSESSMENT_PROPOSED = "assessment.proposed"
    ASSESSMENT_OBJECTED = "assessment.objected"
    ASSESSMENT_UPHELD = "assessment.upheld"
    ASSESSMENT_WITHDRAWN = "assessment.withdrawn"
    ASSESSMENT_FROZEN = "assessment.frozen"
    ASSESSMENT_SIGNED = "assessment.signed"
    OFFICE_SET = "office.set"
    LIST_FILED = "list.filed"
    LIST_PUBLISHED = "list.published"
    LIST_NOTED = "list.noted"
    YEARLY_DUE_SOON = "yearly.due_soon"
    YEARLY_OVERDUE = "yearly.overdue"
    YEARLY_RECORDED = "yearly.recorded"
    PROBLEM_OPENED = "problem.opened"
    PROBLEM_FOUND = "problem.found"
    PROBLEM_PUSHED = "problem.pushed"
    PROBLEM_CORRECTED = "problem.corrected"
    PROBLEM_CLEARED = "problem.cleared"
    PROBLEM_RETURNED = "problem.returned"
    PROBLEM_MERGED = "problem.merged"
    PROBLEM_WITHDRAWN = "problem.withdrawn"
    PROBLEM_JUDGED = "problem.judged"
    PROBLEM_CHECKED = "problem.checked"
    PROBLEM_SAMPLE_DRAWN = "problem.sample_drawn"
    PROBLEM_SAMPLED = "problem.sampled"
    CONSULTATION_DRAFTED = "consultation.drafted"
    SOURCE_CHANGED = "source.changed"
    SOURCE_DOCUMENTED = "source.documented"
    SWEEP_RECORDED = "sweep.recorded"
    SWEEP_FINISHED = "sweep.finished"
    SWEEP_DUE_SOON = "sweep.due_soon"
    SWEEP_OVERDUE = "sweep.overdue"
    KEY_LIST_PROPOSED = "key_list.proposed"
    KEY_LIST_SIGNED = "key_list.signed"
    PATROL_VISITED = "patrol.visited"
    PATROL_PLANNED = "patrol.planned"
    PATROL_SUMMED_UP = "patrol.summed_up"
    PUBLIC_REPORT_RECEIVED = "public_report.received"
    PUBLIC_REPORT_MOVED = "public_report.moved"
    PUBLIC_REPORT_RATED = "public_report.rated"
    PUBLIC_REPORT_POLICY_SET = "public_report.policy_set"
    REPORTER_SHOWN = "reporter.shown"
    REPORTER_ERASED = "reporter.erased"
    REWARD_PROPOSED = "reward.proposed"
    REWARD_APPROVED = "reward.approved"
    REWARD_DECLINED = "reward.declined"
    REWARD_PAID = "reward.paid"


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
