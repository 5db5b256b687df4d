"""Of review and what comes after: verdicts, spot checks, candidates."""

from enum import StrEnum


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
