"""Imports every table module, so that `Base.metadata` is whole: for migrations and tests."""

from models import alert, detection, excuse, holder, integrity, journal, order, reading, registry, rules, sla
from models.base import Base

__all__ = [
    "Base",
    "alert",
    "detection",
    "excuse",
    "holder",
    "integrity",
    "journal",
    "order",
    "reading",
    "registry",
    "rules",
    "sla",
]
