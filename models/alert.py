"""Alerts and the versioned rule sets that raise them."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, one_of
from models.enums import AlertKind, AlertScope, AlertState, RuleSetState, Severity
from models.rules import SilenceRow


class RuleSetRow(Base):
    """One version of the rules: edited while a draft, never changed afterwards; exactly one is active."""

    __tablename__ = "rule_set"
    __table_args__ = (
        CheckConstraint(one_of("state", RuleSetState), name="state"),
        Index("uq_rule_set_active", "state", unique=True, postgresql_where=text("state = 'active'")),
    )

    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    state: Mapped[str] = mapped_column(String(20))
    body: Mapped[dict[str, Any]]
    author: Mapped[str] = mapped_column(String(64))
    note: Mapped[str] = mapped_column(Text, server_default="")
    """Why there is this version, in its author's words."""
    parent_version: Mapped[int | None] = mapped_column(ForeignKey("rule_set.version"))
    revision: Mapped[int] = mapped_column(server_default="1")
    """Rises with every edit of the draft: a back-test counts only for the revision it was run on."""
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime | None]
    back_tested_at: Mapped[datetime | None]
    activated_at: Mapped[datetime | None]
    retired_at: Mapped[datetime | None]


class Alert(Base):
    """One event. Of the same station, pollutant and kind only one is open: the database refuses a second."""

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
        Index("uq_alert_event_key", "event_key", unique=True, postgresql_where=text("event_key IS NOT NULL")),
        Index("ix_alert_station_id_id", "station_id", "id"),
        Index("ix_alert_grid_id_id", "grid_id", "id"),
        # By its likeliest registered source: what came back at the same one.
        Index(
            "ix_alert_source",
            text("(why #>> '{upwind,sources,0,code}')"),
            postgresql_where=text("(why #>> '{upwind,sources,0,code}') IS NOT NULL"),
        ),
        Index("ix_alert_order_id", "order_id"),
        Index("ix_alert_suppressed_by", "suppressed_by", postgresql_where=text("suppressed_by IS NOT NULL")),
        # What wants an order and has none; the watchdog asks for its reason.
        Index(
            "ix_alert_wanting",
            "id",
            postgresql_where=text("state = 'open' AND scope = 'local' AND order_due AND order_id IS NULL"),
        ),
        Index(
            "ix_alert_held",
            "suppressed_by",
            postgresql_where=text("suppressed_by IS NOT NULL AND released_at IS NULL AND state = 'open'"),
        ),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    event_key: Mapped[int | None] = mapped_column(BigInteger)
    """The number under which the detector knows it; never used twice."""
    station_id: Mapped[int] = mapped_column(ForeignKey("station.id"))
    """The likely origin: the station that saw it first."""
    grid_id: Mapped[int] = mapped_column(ForeignKey("grid.id"))
    kind: Mapped[str] = mapped_column(String(40))
    pollutant: Mapped[str | None] = mapped_column(String(10))
    pollutants: Mapped[list[Any]] = mapped_column(server_default=text("'[]'::jsonb"))
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
    """Whether somebody is to be sent out for it, as detection decided last."""
    suppressed_by: Mapped[int | None] = mapped_column(ForeignKey(SilenceRow.id))
    """The silence that kept it from an order, also once that is over."""
    released_at: Mapped[datetime | None]
    """When that silence was over and the alert still open: from then on its order was due again."""
    order_id: Mapped[int | None] = mapped_column(BigInteger)
    """The order it became or joined. No foreign key: the order points back at its alert already."""


class AlertMember(Base):
    """A station that sees the event, the origin among them."""

    __tablename__ = "alert_member"
    __table_args__ = (Index("ix_alert_member_station_id", "station_id"),)

    alert_id: Mapped[int] = mapped_column(ForeignKey("alert.id"), primary_key=True)
    station_id: Mapped[int] = mapped_column(ForeignKey("station.id"), primary_key=True)
    joined_at: Mapped[datetime]
    """Event time."""
    pollutants: Mapped[list[Any]] = mapped_column(server_default=text("'[]'::jsonb"))
