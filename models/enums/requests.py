"""Of requests beside an order's states."""

from enum import StrEnum


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
