"""The four-level grid registry: who answers for which place, when (body §2; annex 1 art. 4-8)."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, PrimaryKeyConstraint, String, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, one_of
from models.enums import ChiefPost, Role, SourceKind, SourceState, StationKind, StationPurpose


class Grid(Base):
    """A grid of level 1 (prefecture) to 4 (village); every grid but the prefecture has a parent one level up."""

    __tablename__ = "grid"
    __table_args__ = (
        CheckConstraint("level BETWEEN 1 AND 4", name="level"),
        CheckConstraint("(level = 1) = (parent_id IS NULL)", name="only_level_1_has_no_parent"),
        Index("ix_grid_parent_id", "parent_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(32), unique=True)
    name: Mapped[str] = mapped_column(String(100))
    level: Mapped[int]
    kind: Mapped[str] = mapped_column(String(20), server_default="administrative")
    """administrative (行政区), park (园区) or key (重点网格)."""
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("grid.id"))
    boundary: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    """GeoJSON Polygon or MultiPolygon, WGS 84 degrees."""
    aliases: Mapped[list[Any]] = mapped_column(server_default=text("'[]'::jsonb"))


class Person(Base):
    __tablename__ = "person"

    id: Mapped[int] = mapped_column(primary_key=True)
    username: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(String(100))
    phone: Mapped[str | None] = mapped_column(String(40))
    password_hash: Mapped[str | None] = mapped_column(String(200))
    """argon2; without one nobody can sign in as this person."""
    disabled_at: Mapped[datetime | None]
    last_signed_in_at: Mapped[datetime | None]
    """With a password, on screen or for a token; what was before this was kept is not known."""


class Duty(Base):
    """A person's role in a grid from `valid_from` until `valid_to` (open while NULL)."""

    __tablename__ = "duty"
    __table_args__ = (
        CheckConstraint(one_of("role", Role), name="role"),
        CheckConstraint("valid_to IS NULL OR valid_to > valid_from", name="validity"),
        CheckConstraint(f"post IS NULL OR (role = 'chief' AND {one_of('post', ChiefPost)})", name="post"),
        CheckConstraint("full_time IS NULL OR role = 'supervisor'", name="full_time"),
        Index("ix_duty_grid_id_role", "grid_id", "role"),
        Index(
            "uq_duty_open",
            "person_id",
            "grid_id",
            "role",
            unique=True,
            postgresql_where=text("valid_to IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    grid_id: Mapped[int] = mapped_column(ForeignKey("grid.id"))
    role: Mapped[str] = mapped_column(String(20))
    post: Mapped[str | None] = mapped_column(String(20))
    """Of a chief: head of the Party or of the government side; NULL where it is not recorded."""
    full_time: Mapped[bool | None]
    """Of a supervisor: 专职 or 兼职; NULL where it is not recorded."""
    valid_from: Mapped[datetime]
    valid_to: Mapped[datetime | None]


class DutyCover(Base):
    """A grid directly below its own that a sub-chief answers for (body §2(二), (三))."""

    __tablename__ = "duty_cover"
    __table_args__ = (
        PrimaryKeyConstraint("duty_id", "grid_id"),
        Index("ix_duty_cover_grid_id", "grid_id"),
    )

    duty_id: Mapped[int] = mapped_column(ForeignKey("duty.id", ondelete="CASCADE"))
    grid_id: Mapped[int] = mapped_column(ForeignKey("grid.id"))


class Station(Base):
    __tablename__ = "station"
    __table_args__ = (
        CheckConstraint(one_of("kind", StationKind), name="kind"),
        CheckConstraint(one_of("purpose", StationPurpose), name="purpose"),
        CheckConstraint("purpose = 'evaluation' OR kind = 'reference'", name="background"),
        CheckConstraint("lon BETWEEN -180 AND 180 AND lat BETWEEN -90 AND 90", name="position"),
        CheckConstraint("cadence_s BETWEEN 1 AND 86400", name="cadence"),
        Index("ix_station_grid_id", "grid_id"),
        Index("ix_station_place", "lat", "lon"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(String(100))
    grid_id: Mapped[int] = mapped_column(ForeignKey("grid.id"))
    kind: Mapped[str] = mapped_column(String(20))
    purpose: Mapped[str] = mapped_column(String(20), server_default="evaluation")
    """Of a reference station: counts for its unit's air, or is a background station (对照点) and does not."""
    lon: Mapped[float]
    lat: Mapped[float]
    cadence_s: Mapped[int] = mapped_column(server_default="60")
    """Expected seconds between two readings."""
    secret_hash: Mapped[str | None] = mapped_column(String(200))
    """Mosquitto's `$7$` PBKDF2 form, so that any broker can check it; without one the station cannot sign in."""
    hj212: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    """How its HJ 212 frames are to be read, as `app.ingest.hj212.profile.Profile`; strict without one."""
    retired_at: Mapped[datetime | None]
    last_observed_at: Mapped[datetime | None]
    """Written every few seconds, not with each reading: up to `SEEN_EVERY` behind after a crash."""
    last_received_at: Mapped[datetime | None]
    said_offline_at: Mapped[datetime | None]
    """When its status topic or last will said `offline`; NULL once it is back."""


class Source(Base):
    """A pollution source 一企一档 (annex 1 art. 16, 20). What it said before stands in `source_version`."""

    __tablename__ = "source"
    __table_args__ = (
        CheckConstraint(one_of("kind", SourceKind), name="kind"),
        CheckConstraint(one_of("state", SourceState), name="state"),
        CheckConstraint("credit_code ~ '^[0-9A-Z]{18}$'", name="credit_code"),
        CheckConstraint("version >= 1", name="version"),
        Index("ix_source_grid_id", "grid_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    grid_id: Mapped[int] = mapped_column(ForeignKey("grid.id"))
    lon: Mapped[float]
    lat: Mapped[float]
    category: Mapped[str] = mapped_column(String(60))
    pollutants: Mapped[list[Any]] = mapped_column(server_default=text("'[]'::jsonb"))
    kind: Mapped[str] = mapped_column(String(20), server_default=SourceKind.OTHER.value)
    state: Mapped[str] = mapped_column(String(20), server_default=SourceState.ACTIVE.value)
    legal_name: Mapped[str | None] = mapped_column(String(200))
    credit_code: Mapped[str | None] = mapped_column(String(18))
    """统一社会信用代码 (GB 32100-2015)."""
    contact: Mapped[str | None] = mapped_column(String(100))
    phone: Mapped[str | None] = mapped_column(String(40))
    permit: Mapped[str | None] = mapped_column(String(60))
    """Number of its discharge permit 排污许可证."""
    permit_until: Mapped[date | None] = mapped_column(Date)
    emissions: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'::jsonb"))
    """By kind of discharge, tonnes a year as text."""
    version: Mapped[int] = mapped_column(server_default="1")
