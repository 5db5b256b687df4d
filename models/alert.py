"""Alerts and the versioned rule sets that raise them."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, one_of
from models.enums import AlertKind, AlertScope, AlertState, RuleSetState, Severity


class RuleSetRow(Base):
    """One immutable version of the rules; exactly one is active."""

    __tablename__ = "rule_set"
    __table_args__ = (
        CheckConstraint(one_of("state", RuleSetState), name="state"),
        Index("uq_rule_set_active", "state", unique=True, postgresql_where=text("state = 'active'")),
    )

    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    state: Mapped[str] = mapped_column(String(20))
    body: Mapped[dict[str, Any]]
    author: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime]
    activated_at: Mapped[datetime | None]
    retired_at: Mapped[datetime | None]


class Alert(Base):
    """One open alert per station, pollutant and kind: the database refuses a second one."""

    __tablename__ = "alert"
    __table_args__ = (
        CheckConstraint(one_of("kind", AlertKind), name="kind"),
        CheckConstraint(one_of("scope", AlertScope), name="scope"),
        CheckConstraint(one_of("state", AlertState), name="state"),
        CheckConstraint(one_of("severity", Severity), name="severity"),
        CheckConstraint("(state = 'cleared') = (cleared_at IS NOT NULL)", name="cleared"),
        # pollutant is NULL for what concerns the whole station: NULLS NOT DISTINCT makes that one identity too.
        Index(
            "uq_alert_open",
            "station_id",
            "kind",
            "pollutant",
            unique=True,
            postgresql_where=text("state = 'open'"),
            postgresql_nulls_not_distinct=True,
        ),
        Index("ix_alert_station_id_id", "station_id", "id"),
        Index("ix_alert_grid_id_id", "grid_id", "id"),
        Index("ix_alert_order_id", "order_id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    station_id: Mapped[int] = mapped_column(ForeignKey("station.id"))
    grid_id: Mapped[int] = mapped_column(ForeignKey("grid.id"))
    kind: Mapped[str] = mapped_column(String(40))
    pollutant: Mapped[str | None] = mapped_column(String(10))
    scope: Mapped[str] = mapped_column(String(20))
    severity: Mapped[str] = mapped_column(String(20))
    state: Mapped[str] = mapped_column(String(20), server_default="open")
    started_at: Mapped[datetime]
    detected_at: Mapped[datetime]
    last_at: Mapped[datetime]
    """Event time of the newest reading that belongs to it."""
    cleared_at: Mapped[datetime | None]
    peak: Mapped[float | None]
    why: Mapped[dict[str, Any]]
    rule_version: Mapped[int] = mapped_column(ForeignKey("rule_set.version"))
    created_at: Mapped[datetime]
    order_due: Mapped[bool] = mapped_column(server_default=text("true"))
    """False while it rests on late data alone: should it go on in fresh data, an order is due from then."""
    order_id: Mapped[int | None] = mapped_column(BigInteger)
    """The order it became or joined. No foreign key: the order points back at its alert already."""
