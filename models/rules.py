"""What surrounds the rule sets: response levels, silences, and back-tests of drafts."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Float, ForeignKey, Identity, Index, String, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, one_of
from models.enums import BacktestState, ResponseLevel, SilenceKind


class ResponseLevelRow(Base):
    """The heavy-pollution response from `valid_from` until `valid_to`; one row is open. Without any: none."""

    __tablename__ = "response_level"
    __table_args__ = (
        CheckConstraint(one_of("level", ResponseLevel), name="level"),
        CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name="validity"),
        Index(
            "uq_response_level_open",
            "valid_to",
            unique=True,
            postgresql_where=text("valid_to IS NULL"),
            postgresql_nulls_not_distinct=True,
        ),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    level: Mapped[str] = mapped_column(String(20))
    valid_from: Mapped[datetime]
    valid_to: Mapped[datetime | None]
    reason: Mapped[str] = mapped_column(String(500))
    author_id: Mapped[int] = mapped_column(ForeignKey("person.id"))


class SilenceRow(Base):
    """A silence or maintenance window over a station, or over a grid and everything below it. Always ends."""

    __tablename__ = "silence"
    __table_args__ = (
        CheckConstraint(one_of("kind", SilenceKind), name="kind"),
        CheckConstraint("ends_at > starts_at", name="ends"),
        CheckConstraint("(cancelled_at IS NULL) = (cancelled_by IS NULL)", name="cancelled"),
        Index("ix_silence_ends_at", "ends_at", postgresql_where=text("end_told_at IS NULL")),
        Index("ix_silence_grid_id_id", "grid_id", "id"),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    grid_id: Mapped[int] = mapped_column(ForeignKey("grid.id"))
    """The grid that is silenced, or the one the station belongs to."""
    station_id: Mapped[int | None] = mapped_column(ForeignKey("station.id"))
    pollutants: Mapped[list[Any] | None] = mapped_column(JSONB(none_as_null=True))
    """Only these; NULL means all, and what concerns no pollutant too."""
    kinds: Mapped[list[Any] | None] = mapped_column(JSONB(none_as_null=True))
    """Only these kinds of alert; NULL means all."""
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    reason: Mapped[str] = mapped_column(String(500))
    author_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[datetime]
    cancelled_at: Mapped[datetime | None]
    cancelled_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    cancel_reason: Mapped[str | None] = mapped_column(String(500))
    start_told_at: Mapped[datetime | None]
    """When the journal was told that it had begun."""
    end_told_at: Mapped[datetime | None]


class BacktestJob(Base):
    """What a rule set would have done on the stored history, beside another one."""

    __tablename__ = "backtest_job"
    __table_args__ = (
        CheckConstraint(one_of("state", BacktestState), name="state"),
        CheckConstraint("until > since", name="span"),
        CheckConstraint("progress BETWEEN 0 AND 1", name="progress"),
        # One at a time for a version: a second one could only say the same.
        Index(
            "uq_backtest_job_open",
            "rule_version",
            unique=True,
            postgresql_where=text("state IN ('queued', 'running')"),
        ),
        Index("ix_backtest_job_rule_version_id", "rule_version", "id"),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    rule_version: Mapped[int] = mapped_column(ForeignKey("rule_set.version"))
    revision: Mapped[int]
    """Of the draft when the back-test was asked for."""
    body: Mapped[dict[str, Any]]
    """The rules as they were then: a draft may be edited while its back-test waits."""
    baseline_version: Mapped[int] = mapped_column(ForeignKey("rule_set.version"))
    since: Mapped[datetime]
    until: Mapped[datetime]
    grid_id: Mapped[int | None] = mapped_column(ForeignKey("grid.id"))
    """Only the stations of this grid and below; NULL means all."""
    state: Mapped[str] = mapped_column(String(20), server_default="queued")
    requested_by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    requested_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    lease_until: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(server_default="0")
    progress: Mapped[float] = mapped_column(Float, server_default="0")
    result: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    error: Mapped[str | None] = mapped_column(Text)
