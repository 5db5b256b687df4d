"""Imports every table module, so that `Base.metadata` is whole: for migrations and tests."""

from models import alert, journal, order, reading, registry, sla
from models.base import Base

__all__ = ["Base", "alert", "journal", "order", "reading", "registry", "sla"]
