"""Of clocks: kinds, states, policies, outages and excuses."""

from enum import StrEnum


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


class ClockState(StrEnum):
    RUNNING = "running"  # neither stopped nor breached
    MET = "met"  # stopped at or before the deadline; final
    BREACHED = "breached"  # the deadline passed without the stop; a later stop changes only stopped_at
    VOID = "void"  # the order was withdrawn, suspended or handed over while the clock ran; final


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
