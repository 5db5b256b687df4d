"""Of the desk where duty officers sit."""

from enum import StrEnum


class RiskKind(StrEnum):
    """What is open when a shift at the desk ends, in the order a note tells it."""

    BREACHED = "breached"  # 已超时未答复: a deadline has passed and nobody has answered
    DUE_SOON = "due_soon"  # 一小时内到期
    TO_REVIEW = "to_review"  # 已上报待审核
    REQUESTS = "requests"  # 待审批的请示
    UNROUTED = "unrouted"  # 无人接单
    SUSPENDED = "suspended"  # 挂账: and when it comes back
    EPISODES = "episodes"  # 区域性污染过程: an alert that concerns the region is open
    OFFLINE = "offline"  # 离线微站
    WAYS = "ways"  # 通知通道故障
    FINDINGS = "findings"  # 系统自查: what the watchdog finds now
    OUTAGES = "outages"  # 平台故障: over, in the last 12 hours
    SILENCES = "silences"  # 生效中的静默与维护
    MUTES = "mutes"  # 已静音的提醒: on somebody's screen
