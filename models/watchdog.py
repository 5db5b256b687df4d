"""What the service found wrong with itself, from when to when."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, Identity, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, one_of
from models.enums import WatchdogCode


class WatchdogFinding(Base):
    """A fault that lasts, or lasted. Of one code and subject one row is open: the database refuses a second."""

    __tablename__ = "watchdog_finding"
    __table_args__ = (
        CheckConstraint(one_of("code", WatchdogCode), name="code"),
        CheckConstraint("count >= 1", name="count"),
        CheckConstraint("last_seen >= since AND (ended_at IS NULL OR ended_at >= since)", name="span"),
        Index(
            "uq_watchdog_finding_open",
            "code",
            "subject",
            unique=True,
            postgresql_where=text("ended_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    code: Mapped[str] = mapped_column(String(40))
    subject: Mapped[str] = mapped_column(String(120), server_default="")
    """The channel, for letters; else nothing."""
    since: Mapped[datetime]
    """When it began, as far as the data tells; else when it was first seen."""
    last_seen: Mapped[datetime]
    count: Mapped[int]
    """How many were found by the newest look, which is bounded: at least so many."""
    examples: Mapped[list[Any]]
    """Ids, or names where there are no ids; the first few."""
    ended_at: Mapped[datetime | None]
