"""How the text is read where it leaves a choice: versioned data with the words it reads, never code.

A month is computed by the version in force on its last day, and keeps which one that was.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal
from types import MappingProxyType
from typing import Literal, Self

from models.errors import Invalid

_MOST = Decimal(1000)
_MONTH_DAY = re.compile(r"\d{2}-\d{2}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Readings:
    """The choices of one version; the defaults are those of design/mission.md."""

    composite_rules: str = "环办监测〔2018〕19号"
    """body §4(二), annex 3 art. 3: the sum of six sub-indices as the Region publishes it."""
    points_share: Decimal = Decimal(75)
    """HJ 663 leaves it open here: percent of a unit's stations that must have a valid day for the unit to have one."""
    veto_zeroes: Literal["block", "item"] = "block"
    """annex 2 art. 6(一) 此项考核分值即为0: the 30 points of items 1 to 3, or the 10 of the one item."""
    excellent_from: Decimal = Decimal(90)
    good_from: Decimal = Decimal(80)
    pass_from: Decimal = Decimal(60)
    """annex 2 art. 6(二): grades are half-open bands, and 60 passes."""
    exposure_taken_from: Literal["operation", "total"] = "operation"
    """annex 2 art. 5(四): 扣减第二款…实体运行情况相应分值, the 70 points of items 4 to 7."""
    share_noticed: Decimal = Decimal(10)
    share_grave: Decimal = Decimal(20)
    """body §4(一): percent of the prefecture's problems; 以上 includes the number."""
    few_problems: int = 20
    """Below so many in the whole prefecture a share says little: with ten units an even one is exactly 10 %."""
    last_beyond: int = 3
    """body §4(二) 连续三月以上: more months in a row than this; the third has a rung of its own."""
    last_times: int = 3
    """annex 3 art. 4 三次以上 within a year, together with a missed yearly target; includes the number."""
    repeated_reports: int = 3
    """annex 2 art. 5(四) 3次及以上."""
    months_failed: int = 3
    """annex 2 art. 7(一)."""
    objection_days: int = 3
    """The text sets none: days a unit has to object to a point before its month may be frozen."""
    list_days: int = 10
    """annex 2 art. 5(一)3 及时进行动态调整: days that a published list may lag behind a change."""
    filing_days: int = 10
    """annex 1 art. 5 及时调整更新…并报州大气办备案: days within which a change is filed."""
    ending_days: int = 30
    """annex 1 art. 14 及时调整: so long before its end a chief's duty without a follower is told of."""
    plan_due: str = "03-31"
    """annex 1 art. 22 年度工作计划: its last day, as are those below."""
    letter_due: str = "03-31"
    """annex 1 art. 22 目标责任书."""
    training_due: str = "12-31"
    """annex 1 art. 17 每年至少组织1次."""
    summary_due: str = "01-31"
    """annex 1 art. 22 每年…进行总结: a day of the year after."""
    yearly_warn_days: int = 30
    """So long before its last day somebody is reminded of a yearly duty."""
    yearly_grace_days: int = 60
    """A grid that comes in the course of a year has at least so many days for each; a training is in the year."""
    consultation_hour: int = 8
    """body §3(五) 每日会商: the hour of Beijing time from which the brief of a morning is drafted."""

    @classmethod
    def parse(cls, body: Mapping[str, object]) -> Self:
        """The readings a document gives, the others by default; raises Invalid for a name or value that is none."""
        known = {field.name: field.default for field in fields(cls)}
        said: dict[str, object] = {}
        for name, value in body.items():
            if name not in known:
                raise Invalid(f"no reading is called {name}", field=name)
            said[name] = _as(name, value, known[name])
        readings = cls(**said)  # type: ignore[arg-type]
        readings.check()
        return readings

    def check(self) -> None:
        """Raises Invalid for choices that contradict each other."""
        for name, choices in _CHOICES.items():
            if getattr(self, name) not in choices:
                raise Invalid(f"{name} is one of {', '.join(choices)}", field=name)
        if not 0 < self.pass_from < self.good_from < self.excellent_from <= 110:
            raise Invalid("the bands of the grades go upwards", field="excellent_from")
        if not 0 < self.share_noticed < self.share_grave <= 100:
            raise Invalid("the grave share is larger than the noticed one", field="share_grave")
        if not 0 < self.points_share <= 100:
            raise Invalid("a share is above 0 and at most 100", field="points_share")
        for name in ("last_beyond", "last_times", "repeated_reports", "months_failed", "objection_days"):
            if not 1 <= getattr(self, name) <= 12:
                raise Invalid(f"{name} is 1 to 12", field=name)
        for name in ("list_days", "filing_days", "ending_days", "yearly_warn_days", "yearly_grace_days"):
            if not 0 <= getattr(self, name) <= 180:
                raise Invalid(f"{name} is 0 to 180", field=name)
        for name in ("plan_due", "letter_due", "training_due", "summary_due"):
            if not _is_day(getattr(self, name)):
                raise Invalid(f"{name} is a day like 03-31", field=name)
        if not 0 <= self.consultation_hour <= 23:
            raise Invalid("consultation_hour is 0 to 23", field="consultation_hour")
        if not 0 <= self.few_problems <= _MOST:
            raise Invalid(f"few_problems is 0 to {_MOST}", field="few_problems")

    def document(self) -> dict[str, str | int]:
        """As it is stored and shown; `parse` of it gives the same."""
        pairs = ((field.name, getattr(self, field.name)) for field in fields(self))
        return {name: str(value) if isinstance(value, Decimal) else value for name, value in pairs}


_CHOICES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"veto_zeroes": ("block", "item"), "exposure_taken_from": ("operation", "total")}
)


def _is_day(text: str) -> bool:
    """Whether it is a month and day that every year has."""
    try:
        return _MONTH_DAY.fullmatch(text) is not None and date.fromisoformat(f"2013-{text}").year == 2013
    except ValueError:
        return False


def _as(name: str, value: object, like: object) -> object:
    """The value in the kind of the default; raises Invalid."""
    if isinstance(like, Decimal):
        try:
            number = (
                Decimal(str(value)) if isinstance(value, str | int) and not isinstance(value, bool) else None
            )
        except ArithmeticError:
            number = None
        if number is None or not number.is_finite() or abs(number) > _MOST:
            raise Invalid(f"{name} is a number", field=name)
        return number
    if isinstance(like, int):
        if isinstance(value, bool) or not isinstance(value, int):
            raise Invalid(f"{name} is a whole number", field=name)
        return value
    if not isinstance(value, str) or not 0 < len(value) <= 100:
        raise Invalid(f"{name} is a text", field=name)
    return value
