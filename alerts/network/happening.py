"""What the network tells: one key an event, from its opening to its end. Instants are seconds since the epoch."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from models.enums import AlertScope, Severity


class FindingKind(StrEnum):
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


@dataclass(frozen=True, slots=True)
class Opened:
    """An event began to count. `order` says whether somebody is to be sent out for it."""

    key: int
    kind: FindingKind
    scope: AlertScope
    severity: Severity
    origin: int
    """`Site.id` of the station that saw it first."""
    stations: tuple[int, ...]
    pollutants: tuple[str, ...]
    started_at: float
    detected_at: float
    """Time of the reading that completed the decision."""
    order: bool
    why: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Joined:
    """Another station sees the same event."""

    key: int
    station: int
    pollutants: tuple[str, ...]
    at: float


@dataclass(frozen=True, slots=True)
class Raised:
    """The event got graver; it never gets milder while open."""

    key: int
    severity: Severity
    level: float
    at: float


@dataclass(frozen=True, slots=True)
class Rescoped:
    """New evidence decided anew who is meant; `order` as in `Opened`."""

    key: int
    scope: AlertScope
    order: bool
    at: float
    why: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Cleared:
    key: int
    at: float


@dataclass(frozen=True, slots=True)
class Flagged:
    """A value that is not plain good: QARTOD level 2, 3, 4 or 9 and the test that said so."""

    station: int
    observed_at: float
    pollutant: str
    level: int
    test: str


Happening = Opened | Joined | Raised | Rescoped | Cleared | Flagged
