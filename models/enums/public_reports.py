"""Of what the public reports 举报, and of rewards for it (body §3(七))."""

from enum import StrEnum


class PublicReportState(StrEnum):
    """The life of a report of the public."""

    RECEIVED = "received"  # 待受理: at a level-2 grid, or in the prefecture's queue
    ACCEPTED = "accepted"  # 办理中
    ANSWERED = "answered"  # 已答复
    REJECTED = "rejected"  # 不予受理: with the reason as its answer; final
    MERGED = "merged"  # 并案: the same problem as another report, whose answer is its own; final

    @property
    def open(self) -> bool:
        return self in (PublicReportState.RECEIVED, PublicReportState.ACCEPTED)


class PublicReportAct(StrEnum):
    """What is done with a report of the public."""

    ACCEPT = "accept"  # 受理
    MERGE = "merge"  # 并案
    REFER = "refer"  # 转办: to another level-2 grid, or to the prefecture
    REJECT = "reject"  # 不予受理
    ANSWER = "answer"  # 答复
    LINK = "link"  # 关联问题清单


class PublicReportChannel(StrEnum):
    """How a report came."""

    WEB = "web"  # 网页
    OPEN311 = "open311"  # 其他城市系统


class RewardState(StrEnum):
    """The life of a reward 举报奖励."""

    PROPOSED = "proposed"  # 待审批
    APPROVED = "approved"  # 待发放: by another person than the one who proposed it
    DECLINED = "declined"  # 不予奖励; final
    PAID = "paid"  # 已发放; final
