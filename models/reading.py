"""Readings, one wide row each, partitioned by UTC day; superseded versions; what waits, and what could not be taken."""

from datetime import datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Identity,
    Index,
    LargeBinary,
    PrimaryKeyConstraint,
    SmallInteger,
    String,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, one_of
from models.enums import QuarantineReason


class _Claims:
    """What a station can say of an instant; µg/m³ (co: mg/m³), °C, %, hPa, m/s, degrees."""

    seq: Mapped[int | None] = mapped_column(BigInteger)
    pm25: Mapped[float | None]
    pm10: Mapped[float | None]
    so2: Mapped[float | None]
    no2: Mapped[float | None]
    co: Mapped[float | None]
    o3: Mapped[float | None]
    temperature: Mapped[float | None]
    humidity: Mapped[float | None]
    pressure: Mapped[float | None]
    wind_speed: Mapped[float | None]
    wind_direction: Mapped[float | None]
    lon: Mapped[float | None]
    lat: Mapped[float | None]


class ReadingRow(_Claims, Base):
    """The current version of what a station said about an instant. Partitions are named reading_YYYYMMDD."""

    __tablename__ = "reading"
    __table_args__ = (
        PrimaryKeyConstraint("station_id", "observed_at"),
        {"postgresql_partition_by": "RANGE (observed_at)"},
    )

    # No foreign key: it would cost a look-up per reading; the consumer has just resolved the station.
    station_id: Mapped[int] = mapped_column(autoincrement=False)
    observed_at: Mapped[datetime]
    received_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(server_default="1")


class ReadingVersion(_Claims, Base):
    """A version that a correction took the place of; raw values are never thrown away."""

    __tablename__ = "reading_version"
    __table_args__ = (PrimaryKeyConstraint("station_id", "observed_at", "version"),)

    station_id: Mapped[int] = mapped_column(autoincrement=False)
    observed_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(autoincrement=False)
    received_at: Mapped[datetime]
    superseded_at: Mapped[datetime]


class ReadingFlag(Base):
    """What quality control says of a value that did not plainly pass: QARTOD 2, 3, 4 or 9, the worst of its tests.

    A value without one has passed, once detection has come to it.
    """

    __tablename__ = "reading_flag"
    __table_args__ = (
        PrimaryKeyConstraint("station_id", "observed_at", "pollutant"),
        CheckConstraint("level IN (2, 3, 4, 9)", name="level"),
        Index("ix_reading_flag_observed_at", "observed_at"),
    )

    station_id: Mapped[int] = mapped_column(autoincrement=False)
    observed_at: Mapped[datetime]
    pollutant: Mapped[str] = mapped_column(String(10))
    level: Mapped[int] = mapped_column(SmallInteger)
    test: Mapped[str] = mapped_column(String(30))
    rule_version: Mapped[int]


class Quarantined(Base):
    """A message, or one item of an array, that could not be taken. The same bytes again only raise `count`."""

    __tablename__ = "quarantine"
    __table_args__ = (
        CheckConstraint(one_of("reason", QuarantineReason), name="reason"),
        Index(
            "uq_quarantine_waiting",
            "topic",
            "reason",
            "digest",
            unique=True,
            postgresql_where=text("replayed_at IS NULL"),
        ),
        Index("ix_quarantine_last_received_at", "last_received_at"),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    received_at: Mapped[datetime]
    last_received_at: Mapped[datetime]
    count: Mapped[int] = mapped_column(server_default="1")
    topic: Mapped[str] = mapped_column(String(512))
    station: Mapped[str | None] = mapped_column(String(64))
    reason: Mapped[str] = mapped_column(String(40))
    detail: Mapped[str] = mapped_column(String(500))
    payload: Mapped[bytes] = mapped_column(LargeBinary)
    truncated: Mapped[bool] = mapped_column(server_default=text("false"))
    digest: Mapped[bytes] = mapped_column(LargeBinary(32))
    replayed_at: Mapped[datetime | None]
    replayed_by: Mapped[int | None]


class Hj212Part(Base):
    """A frame of a message in several. Waits for the others; stays a while after, to know a doubled one."""

    __tablename__ = "hj212_part"
    __table_args__ = (
        PrimaryKeyConstraint("station_id", "key", "pno"),
        CheckConstraint("pno BETWEEN 1 AND pnum", name="pno"),
        Index("ix_hj212_part_received_at", "received_at"),
    )

    station_id: Mapped[int] = mapped_column(autoincrement=False)
    key: Mapped[str] = mapped_column(String(64))
    """CN and QN: what the parts of one message share."""
    pno: Mapped[int] = mapped_column(autoincrement=False)
    pnum: Mapped[int]
    received_at: Mapped[datetime]
    topic: Mapped[str] = mapped_column(String(512))
    frame: Mapped[bytes] = mapped_column(LargeBinary)
    joined_at: Mapped[datetime | None]
