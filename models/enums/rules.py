"""Of the rules of detection: their versions, back-tests, responses and silences."""

from enum import StrEnum


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
