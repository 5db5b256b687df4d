"""Of the air: what is measured, by whom, and what is found in it."""

from enum import StrEnum


class StationKind(StrEnum):
    MICRO = "micro"  # 网格微站
    REFERENCE = "reference"  # 国控、区控站


class StationPurpose(StrEnum):
    """What a reference station's air stands for; a background station is left out of its unit's (HJ 663, HJ 664)."""

    EVALUATION = "evaluation"  # 评价点
    BACKGROUND = "background"  # 对照点


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


class FalseAlarm(StrEnum):
    """Why an order turned out to be for nothing; counts against the rule that raised it."""

    INSTRUMENT_FAULT = "instrument_fault"  # 仪器故障
    NO_SOURCE_FOUND = "no_source_found"  # 现场未发现污染源
    REGIONAL = "regional"  # 区域性污染
    NATURAL = "natural"  # 沙尘等自然原因
    DUPLICATE = "duplicate"  # 重复派单
    MAINTENANCE = "maintenance"  # 运维作业
    OTHER = "other"  # 其他


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


POLLUTANTS: tuple[str, ...] = ("pm25", "pm10", "so2", "no2", "co", "o3")


MET: tuple[str, ...] = ("temperature", "humidity", "pressure", "wind_speed", "wind_direction")
