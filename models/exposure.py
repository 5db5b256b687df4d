"""Typical cases made public (annex 4): the register, the parties apart, texts in versions, who signed what, batches."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Date,
    ForeignKey,
    Identity,
    Index,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, one_of
from models.enums import (
    DecisionKind,
    ExposureBatchKind,
    ExposureMedium,
    ExposureState,
    ExposureStep,
    PartyKind,
    Violation,
)

_VIOLATIONS = ", ".join(repr(one.value) for one in Violation)


class ExposureBatch(Base):
    """Cases that are made public together; once that has happened a trigger refuses every change."""

    __tablename__ = "exposure_batch"
    __table_args__ = (
        CheckConstraint(one_of("kind", ExposureBatchKind), name="kind"),
        CheckConstraint("(kind = 'quarterly') = (quarter IS NOT NULL)", name="quarterly"),
        CheckConstraint(
            "quarter IS NULL OR (extract(day FROM quarter) = 1 AND extract(month FROM quarter) IN (1, 4, 7, 10))",
            name="quarter",
        ),
        CheckConstraint(
            "num_nonnulls(published_on, published_by, published_at, snapshot, digest) IN (0, 5)",
            name="published",
        ),
        Index(
            "uq_exposure_batch_quarter", "quarter", unique=True, postgresql_where=text("quarter IS NOT NULL")
        ),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    quarter: Mapped[date | None] = mapped_column(Date)
    """Its first day."""
    title: Mapped[str] = mapped_column(String(100))
    created_by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[datetime]
    published_on: Mapped[date | None] = mapped_column(Date)
    published_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    published_at: Mapped[datetime | None]
    snapshot: Mapped[bytes | None] = mapped_column(LargeBinary)
    """Canonical JSON of what was published; without a party's name or a decision's number."""
    digest: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    """SHA-256 of it."""


class ExposedCase(Base):
    """A case of the register. It never goes; once published it is only ever withdrawn (a trigger)."""

    __tablename__ = "exposed_case"
    __table_args__ = (
        CheckConstraint(one_of("kind", DecisionKind), name="kind"),
        CheckConstraint(one_of("state", ExposureState), name="state"),
        CheckConstraint(
            f"cardinality(violations) > 0 AND violations <@ ARRAY[{_VIOLATIONS}]::varchar[]",
            name="violations",
        ),
        CheckConstraint(
            "served >= decided AND review_filed >= served AND suit_filed >= served", name="order"
        ),
        CheckConstraint(
            "(review_concluded IS NULL) = (review_upheld IS NULL) AND (review_concluded IS NULL"
            " OR (review_filed IS NOT NULL AND review_concluded >= review_filed))",
            name="review",
        ),
        CheckConstraint(
            "(suit_concluded IS NULL) = (suit_upheld IS NULL) AND (suit_concluded IS NULL"
            " OR (suit_filed IS NOT NULL AND suit_concluded >= suit_filed))",
            name="suit",
        ),
        CheckConstraint("(review_filed IS NULL AND suit_filed IS NULL) OR served IS NOT NULL", name="served"),
        CheckConstraint(
            "(state = 'withdrawn') = (withdrawn_at IS NOT NULL)"
            " AND num_nonnulls(withdrawn_at, withdrawn_by, withdrawn_why) IN (0, 3)",
            name="withdrawn",
        ),
        CheckConstraint("state <> 'published' OR batch_id IS NOT NULL", name="published"),
        Index("uq_exposed_case_number", "number", unique=True, postgresql_where=text("state <> 'withdrawn'")),
        Index("ix_exposed_case_grid_id", "grid_id"),
        Index("ix_exposed_case_batch_id", "batch_id"),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    number: Mapped[str] = mapped_column(String(60))
    """Of the decision; never in a published text, since what is disclosed under it has the name."""
    title: Mapped[str] = mapped_column(String(100))
    """Without a name, too."""
    kind: Mapped[str] = mapped_column(String(20))
    grid_id: Mapped[int] = mapped_column(ForeignKey("grid.id"))
    source_id: Mapped[int | None] = mapped_column(ForeignKey("source.id"))
    violations: Mapped[list[str]] = mapped_column(ARRAY(String(20)))
    decided: Mapped[date] = mapped_column(Date)
    served: Mapped[date | None] = mapped_column(Date)
    review_filed: Mapped[date | None] = mapped_column(Date)
    review_concluded: Mapped[date | None] = mapped_column(Date)
    review_upheld: Mapped[bool | None]
    suit_filed: Mapped[date | None] = mapped_column(Date)
    suit_concluded: Mapped[date | None] = mapped_column(Date)
    """The end of it in every instance."""
    suit_upheld: Mapped[bool | None]
    state: Mapped[str] = mapped_column(String(20), server_default="preparing")
    revision: Mapped[int] = mapped_column(server_default="1")
    """Rises with every act; guards against deciding on what somebody else has changed meanwhile."""
    batch_id: Mapped[int | None] = mapped_column(ForeignKey("exposure_batch.id"))
    registered_by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    registered_at: Mapped[datetime]
    withdrawn_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    withdrawn_at: Mapped[datetime | None]
    withdrawn_why: Mapped[str | None] = mapped_column(Text)


class ExposedParty(Base):
    """Who a case is about, by their real name: read by those who prepare, and by the check of a text."""

    __tablename__ = "exposed_party"
    __table_args__ = (
        CheckConstraint(one_of("kind", PartyKind), name="kind"),
        UniqueConstraint("case_id", "name"),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("exposed_case.id"))
    kind: Mapped[str] = mapped_column(String(20))
    name: Mapped[str] = mapped_column(String(200))
    common_word: Mapped[bool]
    """What is left of the name without place and legal form is a common word: only the whole name is looked for."""


class ExposedText(Base):
    """A version of a case's text; a trigger refuses every change: an amendment is the next version."""

    __tablename__ = "exposed_text"
    __table_args__ = (UniqueConstraint("case_id", "version"), CheckConstraint("version >= 1", name="version"))

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("exposed_case.id"))
    version: Mapped[int]
    title: Mapped[str] = mapped_column(String(100))
    body: Mapped[str] = mapped_column(Text)
    digest: Mapped[bytes] = mapped_column(LargeBinary(32))
    """SHA-256 of title, line end, body; on the record with every signature."""
    written_by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    written_at: Mapped[datetime]


class ExposedStep(Base):
    """What a person did to a version of a text, in order; never changed, never gone (a trigger)."""

    __tablename__ = "exposed_step"
    __table_args__ = (
        CheckConstraint(one_of("step", ExposureStep), name="step"),
        CheckConstraint("(step = 'returned') = (reason IS NOT NULL)", name="reason"),
        CheckConstraint("(step = 'bureau') = (dossier IS NOT NULL)", name="dossier"),
        UniqueConstraint("text_id", "step"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    text_id: Mapped[int] = mapped_column(ForeignKey("exposed_text.id"))
    step: Mapped[str] = mapped_column(String(20))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    name: Mapped[str] = mapped_column(String(100))
    """Whose act it is; not the person's own where the publicity department says it of an editor without an account."""
    at: Mapped[datetime]
    reason: Mapped[str | None] = mapped_column(Text)
    dossier: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))


class ExposureAppearance(Base):
    """Where a batch appeared, as somebody found it; never changed, never gone (a trigger)."""

    __tablename__ = "exposure_appearance"
    __table_args__ = (
        CheckConstraint(one_of("medium", ExposureMedium), name="medium"),
        Index("ix_exposure_appearance_batch_id", "batch_id"),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    batch_id: Mapped[int] = mapped_column(ForeignKey("exposure_batch.id"))
    medium: Mapped[str] = mapped_column(String(20))
    day: Mapped[date] = mapped_column(Date)
    address: Mapped[str] = mapped_column(String(500))
    """The page of the newspaper, the programme, or a web address."""
    entered_by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    entered_at: Mapped[datetime]


class PublicityOfficer(Base):
    """Who signs for the publicity department 州党委宣传部, named by a chief with a document; ended, never gone."""

    __tablename__ = "publicity_officer"
    __table_args__ = (
        CheckConstraint("num_nonnulls(ended_by, ended_at, ended_why) IN (0, 3)", name="ended"),
        Index(
            "uq_publicity_officer_in_office",
            "person_id",
            unique=True,
            postgresql_where=text("ended_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    document: Mapped[str] = mapped_column(String(300))
    """Number and date of the letter that names them."""
    appointed_by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    appointed_at: Mapped[datetime]
    ended_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    ended_at: Mapped[datetime | None]
    ended_why: Mapped[str | None] = mapped_column(Text)
