"""Imports every table module, so that `Base.metadata` is whole: for migrations and tests."""

from models import (
    alert,
    conflict,
    detection,
    holder,
    integrity,
    journal,
    notice,
    order,
    reading,
    registry,
    roster,
    rules,
    sla,
    task,
    unit,
    up_report,
    watchdog,
)
from models.base import Base

__all__ = [
    "Base",
    "alert",
    "conflict",
    "detection",
    "holder",
    "integrity",
    "journal",
    "notice",
    "order",
    "reading",
    "registry",
    "roster",
    "rules",
    "sla",
    "task",
    "unit",
    "up_report",
    "watchdog",
]
