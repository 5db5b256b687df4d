"""Ladders and the register of acts (R11, R17): proposals with what they rest on, and acts a person signed."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    Date,
    ForeignKey,
    Identity,
    Index,
    LargeBinary,
    String,
    Text,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, one_of
from models.enums import ActBy, ActGround, ActKind, ActReport, ActState, ActStep, LadderKind, ProposalState

_NOT_SIGNED = "state IN ('proposed', 'declined')"


class LadderProposal(Base):
    """What the text prescribes for a unit in a month; one stands of each unit, ladder, month and subject.

    What it rests on never changes: where that is another one by now, the proposal is overtaken by a later one.
    """

    __tablename__ = "ladder_proposal"
    __table_args__ = (
        CheckConstraint(one_of("ladder", LadderKind), name="ladder"),
        CheckConstraint(one_of("kind", ActKind), name="kind"),
        CheckConstraint(one_of("by", ActBy), name="by"),
        CheckConstraint(one_of("state", ProposalState), name="state"),
        CheckConstraint("extract(day FROM month) = 1", name="month"),
        CheckConstraint("since <= month", name="since"),
        CheckConstraint(
            "(state = 'open') = (decided_at IS NULL) AND (decided_at IS NULL) = (decided_by IS NULL)",
            name="decided",
        ),
        CheckConstraint("state <> 'declined' OR decided_why IS NOT NULL", name="declined"),
        CheckConstraint("overtaken_by IS NULL OR overtaken_at IS NOT NULL", name="overtaken"),
        Index(
            "uq_ladder_proposal_standing",
            "grid_id",
            "ladder",
            "month",
            "subject",
            unique=True,
            postgresql_where=text("overtaken_at IS NULL"),
        ),
        Index("ix_ladder_proposal_month", "month"),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    grid_id: Mapped[int] = mapped_column(ForeignKey("grid.id"))
    ladder: Mapped[str] = mapped_column(String(20))
    month: Mapped[date] = mapped_column(Date)
    since: Mapped[date] = mapped_column(Date)
    """First day of the months it is about."""
    subject: Mapped[str] = mapped_column(String(120))
    """Tells proposals of one ladder and month apart: a case, a problem and its check; empty where there is one."""
    kind: Mapped[str] = mapped_column(String(20))
    by: Mapped[str] = mapped_column(String(20))
    """Who does it."""
    in_public: Mapped[bool]
    article: Mapped[str] = mapped_column(String(40))
    basis: Mapped[bytes] = mapped_column(LargeBinary)
    """Canonical JSON of the counts, figures and months it rests on (`supervision.ladders.evaluation`)."""
    digest: Mapped[bytes] = mapped_column(LargeBinary(32))
    """SHA-256 of the basis."""
    proposed_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(String(20), server_default="open")
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    """A chief of the prefecture on that day: a trigger looks."""
    decided_at: Mapped[datetime | None]
    decided_why: Mapped[str | None] = mapped_column(Text)
    overtaken_at: Mapped[datetime | None]
    overtaken_by: Mapped[int | None] = mapped_column(ForeignKey("ladder_proposal.id"))
    """What stands in its place; NULL where nothing is prescribed any more."""


class SupervisoryAct(Base):
    """A notice of criticism, interview, special inspection or accountability proposal against a level-2 grid.

    What was signed is never changed; its later steps are rows of their own.
    """

    __tablename__ = "supervisory_act"
    __table_args__ = (
        CheckConstraint(one_of("kind", ActKind), name="kind"),
        CheckConstraint(one_of("by", ActBy), name="by"),
        CheckConstraint(one_of("state", ActState) + " AND state <> 'issued'", name="state"),
        CheckConstraint(one_of("ground", ActGround), name="ground"),
        CheckConstraint("period_from <= period_to", name="period"),
        CheckConstraint("(proposal_id IS NULL) = (ground IS NOT NULL)", name="origin"),
        CheckConstraint("(proposal_id IS NULL) = (proposed_by IS NOT NULL)", name="proposed"),
        CheckConstraint("in_public = false OR kind = 'interview'", name="in_public"),
        CheckConstraint(
            "(decided_at IS NULL) = (decided_by IS NULL)"
            " AND (state = 'declined' OR decided_by IS DISTINCT FROM proposed_by)",
            name="decided",
        ),
        CheckConstraint("(state = 'proposed') = (decided_at IS NULL)", name="undecided"),
        CheckConstraint(f"({_NOT_SIGNED}) = (number IS NULL)", name="number"),
        CheckConstraint("state <> 'held' OR follow_up_due IS NOT NULL", name="held"),
        CheckConstraint(f"NOT ({_NOT_SIGNED}) OR paper_id IS NULL", name="paper"),
        CheckConstraint(one_of("report", ActReport), name="report"),
        CheckConstraint(
            "(report IS NULL) = (report_due IS NULL)"
            " AND (report IS NULL OR state IN ('held', 'completed', 'withdrawn'))",
            name="report_due",
        ),
        CheckConstraint("state <> 'completed' OR report IS NULL OR report = 'accepted'", name="corrected"),
        Index("ix_supervisory_act_grid_id_id", "grid_id", "id"),
        Index("ix_supervisory_act_due", "follow_up_due", postgresql_where=text("state = 'held'")),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    number: Mapped[str | None] = mapped_column(String(40), unique=True)
    """Given as it is signed: whatever has none was never signed."""
    grid_id: Mapped[int] = mapped_column(ForeignKey("grid.id"))
    kind: Mapped[str] = mapped_column(String(20))
    by: Mapped[str] = mapped_column(String(20))
    in_public: Mapped[bool]
    article: Mapped[str] = mapped_column(String(40))
    proposal_id: Mapped[int | None] = mapped_column(ForeignKey("ladder_proposal.id"), unique=True)
    ground: Mapped[str | None] = mapped_column(String(20))
    """Of what was entered by hand."""
    document: Mapped[str | None] = mapped_column(String(300))
    """What it rests on beside the article, where a person entered it."""
    facts: Mapped[str] = mapped_column(Text)
    """In Chinese, as the paper says them."""
    period_from: Mapped[date] = mapped_column(Date)
    period_to: Mapped[date] = mapped_column(Date)
    proposed_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    """NULL for what a ladder proposed."""
    proposed_at: Mapped[datetime]
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    """A chief of the prefecture on that day, and never whoever entered it: a trigger looks."""
    decided_at: Mapped[datetime | None]
    state: Mapped[str] = mapped_column(String(20))
    paper_id: Mapped[int | None] = mapped_column(ForeignKey("issued_paper.id"))
    follow_up_due: Mapped[date | None] = mapped_column(Date)
    report: Mapped[str | None] = mapped_column(String(20))
    """Of an act that demands a report of correction: where it stands."""
    report_due: Mapped[date | None] = mapped_column(Date)
    """A report sent back is due anew."""


class ActStepRow(Base):
    """One step of an act, by whom and when. Rows are never changed and never go."""

    __tablename__ = "supervisory_act_step"
    __table_args__ = (
        CheckConstraint(one_of("step", ActStep), name="step"),
        Index("ix_supervisory_act_step_act_id_id", "act_id", "id"),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    act_id: Mapped[int] = mapped_column(ForeignKey("supervisory_act.id"))
    step: Mapped[str] = mapped_column(String(20))
    at: Mapped[datetime]
    by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    said: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'::jsonb"))


class ActCounter(Base):
    """Numbers signed acts without a gap, per year of Beijing time."""

    __tablename__ = "supervisory_act_counter"

    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    last: Mapped[int]
