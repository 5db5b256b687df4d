"""Who is on duty from when to when, and what that was planned from (body §2; annex 1 art. 4-6, 14).

A post is a role in a grid that somebody answers with at every instant; its turns are the answer.
"""

from datetime import date, datetime, time

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    Index,
    PrimaryKeyConstraint,
    String,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, one_of
from models.enums import DutyGap, TurnWhy


class DutyPost(Base):
    """A role in a grid: supervisor and chief of a county or park, duty officer of the prefecture.

    Turns exist from `planned_from` until just before `planned_to`. What lies before `settled_to` has been:
    triggers refuse to change it, and the instant itself never goes back.
    """

    __tablename__ = "duty_post"
    __table_args__ = (
        CheckConstraint("role IN ('supervisor', 'chief', 'duty_officer')", name="role"),
        CheckConstraint("planned_to >= planned_from AND settled_to >= planned_from", name="plan"),
        UniqueConstraint("grid_id", "role"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    grid_id: Mapped[int] = mapped_column(ForeignKey("grid.id"))
    role: Mapped[str] = mapped_column(String(20))
    planned_from: Mapped[datetime]
    planned_to: Mapped[datetime]
    settled_to: Mapped[datetime]


def never_two(name: str, of: str, since: str, until: str) -> ExcludeConstraint:
    """No two rows of the same `of` at one instant. Ranges stand in for equality, so that no extension is needed."""
    same = [(func.int8range(text(column), text(column), text("'[]'")), "&&") for column in of.split()]
    return ExcludeConstraint(
        *same, (func.tstzrange(text(since), text(until)), "&&"), name=f"ex_{name}_overlap", using="gist"
    )


_HELD = "GREATEST(starts_at, LEAST(ends_at, cancelled_at))"  # LEAST passes over NULL


class DutyRotation(Base):
    """Members take turns in their order, `shift_h` hours each, with a handover at `handover` Beijing time.

    Counted from `handover` on the day `starts_on`; in force from `valid_from` until just before `valid_to`.
    """

    __tablename__ = "duty_rotation"
    __table_args__ = (
        CheckConstraint("shift_h BETWEEN 1 AND 744", name="shift"),
        CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name="validity"),
        never_two("duty_rotation", "post_id", "valid_from", "valid_to"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    post_id: Mapped[int] = mapped_column(ForeignKey("duty_post.id"))
    shift_h: Mapped[int]
    handover: Mapped[time]
    starts_on: Mapped[date]
    valid_from: Mapped[datetime]
    valid_to: Mapped[datetime | None]
    reason: Mapped[str] = mapped_column(String(500))
    author_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[datetime]
    ended_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    end_reason: Mapped[str | None] = mapped_column(String(500))


class RotationMember(Base):
    """A person's place in a rotation, from 0; somebody may have several."""

    __tablename__ = "duty_rotation_member"
    __table_args__ = (
        PrimaryKeyConstraint("rotation_id", "position"),
        CheckConstraint("position BETWEEN 0 AND 99", name="position"),
    )

    rotation_id: Mapped[int] = mapped_column(ForeignKey("duty_rotation.id"))
    position: Mapped[int] = mapped_column(autoincrement=False)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))


class DutyOverride(Base):
    """This person instead of whoever's turn it were, from `starts_at` until `ends_at` or until it is cancelled."""

    __tablename__ = "duty_override"
    __table_args__ = (
        CheckConstraint("ends_at > starts_at", name="length"),
        CheckConstraint("(cancelled_at IS NULL) = (cancelled_by IS NULL)", name="cancelled"),
        never_two("duty_override", "post_id", "starts_at", _HELD),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    post_id: Mapped[int] = mapped_column(ForeignKey("duty_post.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    reason: Mapped[str] = mapped_column(String(500))
    author_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[datetime]
    cancelled_at: Mapped[datetime | None]
    cancelled_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    cancel_reason: Mapped[str | None] = mapped_column(String(500))


class DutyAbsence(Base):
    """A person is away from a post; whoever's turn it were, `stand_in_id` takes it, or it is a named gap."""

    __tablename__ = "duty_absence"
    __table_args__ = (
        CheckConstraint("ends_at > starts_at", name="length"),
        CheckConstraint("stand_in_id <> person_id", name="stand_in"),
        CheckConstraint("(cancelled_at IS NULL) = (cancelled_by IS NULL)", name="cancelled"),
        never_two("duty_absence", "post_id person_id", "starts_at", _HELD),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    post_id: Mapped[int] = mapped_column(ForeignKey("duty_post.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    stand_in_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    reason: Mapped[str] = mapped_column(String(500))
    author_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[datetime]
    cancelled_at: Mapped[datetime | None]
    cancelled_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    cancel_reason: Mapped[str | None] = mapped_column(String(500))


class DutyTurn(Base):
    """Somebody, or a named gap, on a post from `on_from` until just before `on_to`.

    The database keeps the turns of a post a chain: no two overlap, and each but the first begins where another
    one ended. Triggers keep the first one the first, and everything before the post's `settled_to` as it was.
    """

    __tablename__ = "duty_turn"
    __table_args__ = (
        CheckConstraint(one_of("why", TurnWhy), name="why"),
        CheckConstraint(f"gap IS NULL OR {one_of('gap', DutyGap)}", name="gap"),
        CheckConstraint(
            "(person_id IS NULL) = (gap IS NOT NULL) AND (gap IS NOT NULL) = (why = 'gap')", name="answer"
        ),
        CheckConstraint("why <> 'stand_in' OR for_person_id IS NOT NULL", name="stand_in"),
        CheckConstraint("on_to > on_from", name="length"),
        CheckConstraint("follows_at = on_from", name="no_hole"),
        UniqueConstraint("post_id", "on_to"),
        UniqueConstraint("post_id", "follows_at", postgresql_nulls_not_distinct=True),
        ForeignKeyConstraint(
            ["post_id", "follows_at"], ["duty_turn.post_id", "duty_turn.on_to"], name="follows"
        ),
        never_two("duty_turn", "post_id", "on_from", "on_to"),
        Index("ix_duty_turn_gap", "on_from", postgresql_where=text("gap IS NOT NULL")),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    post_id: Mapped[int] = mapped_column(ForeignKey("duty_post.id"))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    gap: Mapped[str | None] = mapped_column(String(40))
    on_from: Mapped[datetime]
    on_to: Mapped[datetime]
    follows_at: Mapped[datetime | None]
    """The end of the turn before it; NULL for the first."""
    why: Mapped[str] = mapped_column(String(20))
    for_person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    """Whom a stand-in replaces, or who is missing in a gap."""


class GapTold(Base):
    """A gap that the prefecture was told of before it began; once, however often the turns are planned anew."""

    __tablename__ = "duty_gap_told"
    __table_args__ = (PrimaryKeyConstraint("post_id", "on_from", "gap"),)

    post_id: Mapped[int] = mapped_column(ForeignKey("duty_post.id"))
    on_from: Mapped[datetime]
    gap: Mapped[str] = mapped_column(String(40))
    told_at: Mapped[datetime]
