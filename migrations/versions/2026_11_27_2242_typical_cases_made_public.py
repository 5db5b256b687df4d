"""typical cases made public"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "bf4d75a86281"
down_revision = "78aac6efcfd6"
branch_labels = None
depends_on = None


_KEPT = ("exposed_text", "exposed_step", "exposure_appearance")
# What was published is only ever withdrawn; what was withdrawn stays as it is.
_CASE = """
CREATE TRIGGER keep_exposed_case BEFORE UPDATE ON exposed_case FOR EACH ROW WHEN (
    OLD.state IN ('published', 'withdrawn') AND (
        NOT (OLD.state = 'published' AND NEW.state = 'withdrawn')
        OR (OLD.id, OLD.number, OLD.title, OLD.kind, OLD.grid_id, OLD.source_id, OLD.violations, OLD.decided,
            OLD.served, OLD.review_filed, OLD.review_concluded, OLD.review_upheld, OLD.suit_filed,
            OLD.suit_concluded, OLD.suit_upheld, OLD.batch_id, OLD.registered_by, OLD.registered_at)
           IS DISTINCT FROM
           (NEW.id, NEW.number, NEW.title, NEW.kind, NEW.grid_id, NEW.source_id, NEW.violations, NEW.decided,
            NEW.served, NEW.review_filed, NEW.review_concluded, NEW.review_upheld, NEW.suit_filed,
            NEW.suit_concluded, NEW.suit_upheld, NEW.batch_id, NEW.registered_by, NEW.registered_at)
    )
) EXECUTE FUNCTION geshao_refuse_change()
"""
_CASES = """
CREATE TRIGGER keep_exposed_cases BEFORE DELETE ON exposed_case FOR EACH STATEMENT
EXECUTE FUNCTION geshao_refuse_change()
"""
_BATCH = """
CREATE TRIGGER keep_exposure_batch BEFORE UPDATE OR DELETE ON exposure_batch FOR EACH ROW
WHEN (OLD.published_at IS NOT NULL) EXECUTE FUNCTION geshao_refuse_change()
"""
_OFFICER = """
CREATE TRIGGER keep_publicity_officer BEFORE UPDATE ON publicity_officer FOR EACH ROW WHEN (
    OLD.ended_at IS NOT NULL
    OR (OLD.id, OLD.person_id, OLD.document, OLD.appointed_by, OLD.appointed_at)
        IS DISTINCT FROM (NEW.id, NEW.person_id, NEW.document, NEW.appointed_by, NEW.appointed_at)
) EXECUTE FUNCTION geshao_refuse_change()
"""
_OFFICERS = """
CREATE TRIGGER keep_publicity_officers BEFORE DELETE ON publicity_officer FOR EACH STATEMENT
EXECUTE FUNCTION geshao_refuse_change()
"""
# The names a published text was checked against stay those.
_PARTY = """
CREATE FUNCTION geshao_keep_parties() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM exposed_case WHERE id IN (OLD.case_id, NEW.case_id) AND state IN ('published', 'withdrawn')
    ) THEN
        RAISE EXCEPTION 'the parties of a published or withdrawn case stay: % refused', TG_OP
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF TG_OP = 'DELETE' THEN
        RETURN OLD;
    END IF;
    RETURN NEW;
END $$
"""
_PARTIES = """
CREATE TRIGGER keep_exposed_party BEFORE INSERT OR UPDATE OR DELETE ON exposed_party FOR EACH ROW
EXECUTE FUNCTION geshao_keep_parties()
"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        "exposure_batch",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("quarter", sa.Date(), nullable=True),
        sa.Column("title", sa.String(length=100), nullable=False),
        sa.Column("created_by", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_on", sa.Date(), nullable=True),
        sa.Column("published_by", sa.Integer(), nullable=True),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("snapshot", sa.LargeBinary(), nullable=True),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=True),
        sa.CheckConstraint(
            "(kind = 'quarterly') = (quarter IS NOT NULL)", name=op.f("ck_exposure_batch_quarterly")
        ),
        sa.CheckConstraint("kind IN ('quarterly', 'ad_hoc')", name=op.f("ck_exposure_batch_kind")),
        sa.CheckConstraint(
            "num_nonnulls(published_on, published_by, published_at, snapshot, digest) IN (0, 5)",
            name=op.f("ck_exposure_batch_published"),
        ),
        sa.CheckConstraint(
            "quarter IS NULL OR (extract(day FROM quarter) = 1 AND extract(month FROM quarter) IN (1, 4, 7, 10))",
            name=op.f("ck_exposure_batch_quarter"),
        ),
        sa.ForeignKeyConstraint(["created_by"], ["person.id"], name=op.f("fk_exposure_batch_created_by")),
        sa.ForeignKeyConstraint(["published_by"], ["person.id"], name=op.f("fk_exposure_batch_published_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exposure_batch")),
    )
    op.create_index(
        "uq_exposure_batch_quarter",
        "exposure_batch",
        ["quarter"],
        unique=True,
        postgresql_where=sa.text("quarter IS NOT NULL"),
    )
    op.create_table(
        "publicity_officer",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("document", sa.String(length=300), nullable=False),
        sa.Column("appointed_by", sa.Integer(), nullable=False),
        sa.Column("appointed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_by", sa.Integer(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_why", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "num_nonnulls(ended_by, ended_at, ended_why) IN (0, 3)", name=op.f("ck_publicity_officer_ended")
        ),
        sa.ForeignKeyConstraint(
            ["appointed_by"], ["person.id"], name=op.f("fk_publicity_officer_appointed_by")
        ),
        sa.ForeignKeyConstraint(["ended_by"], ["person.id"], name=op.f("fk_publicity_officer_ended_by")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_publicity_officer_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_publicity_officer")),
    )
    op.create_index(
        "uq_publicity_officer_in_office",
        "publicity_officer",
        ["person_id"],
        unique=True,
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "exposed_case",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("number", sa.String(length=60), nullable=False),
        sa.Column("title", sa.String(length=100), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("grid_id", sa.Integer(), nullable=False),
        sa.Column("source_id", sa.Integer(), nullable=True),
        sa.Column("violations", postgresql.ARRAY(sa.String(length=20)), nullable=False),
        sa.Column("decided", sa.Date(), nullable=False),
        sa.Column("served", sa.Date(), nullable=True),
        sa.Column("review_filed", sa.Date(), nullable=True),
        sa.Column("review_concluded", sa.Date(), nullable=True),
        sa.Column("review_upheld", sa.Boolean(), nullable=True),
        sa.Column("suit_filed", sa.Date(), nullable=True),
        sa.Column("suit_concluded", sa.Date(), nullable=True),
        sa.Column("suit_upheld", sa.Boolean(), nullable=True),
        sa.Column("state", sa.String(length=20), server_default="preparing", nullable=False),
        sa.Column("revision", sa.Integer(), server_default="1", nullable=False),
        sa.Column("batch_id", sa.Integer(), nullable=True),
        sa.Column("registered_by", sa.Integer(), nullable=False),
        sa.Column("registered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_by", sa.Integer(), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_why", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "(state = 'withdrawn') = (withdrawn_at IS NOT NULL) AND num_nonnulls(withdrawn_at, withdrawn_by, withdrawn_why) IN (0, 3)",
            name=op.f("ck_exposed_case_withdrawn"),
        ),
        sa.CheckConstraint(
            "cardinality(violations) > 0 AND violations <@ ARRAY['covert_discharge', 'excess', 'monitoring_fraud', 'ledger_fraud', 'facilities', 'heavy_pollution', 'repeated', 'uncorrected', 'other']::varchar[]",
            name=op.f("ck_exposed_case_violations"),
        ),
        sa.CheckConstraint(
            "kind IN ('order', 'penalty', 'daily_penalty', 'sealing', 'limited', 'detention', 'crime')",
            name=op.f("ck_exposed_case_kind"),
        ),
        sa.CheckConstraint(
            "state <> 'published' OR batch_id IS NOT NULL", name=op.f("ck_exposed_case_published")
        ),
        sa.CheckConstraint(
            "state IN ('preparing', 'bureau', 'leader', 'publicity', 'approved', 'published', 'withdrawn')",
            name=op.f("ck_exposed_case_state"),
        ),
        sa.CheckConstraint(
            "(review_concluded IS NULL) = (review_upheld IS NULL) AND (review_concluded IS NULL OR (review_filed IS NOT NULL AND review_concluded >= review_filed))",
            name=op.f("ck_exposed_case_review"),
        ),
        sa.CheckConstraint(
            "(review_filed IS NULL AND suit_filed IS NULL) OR served IS NOT NULL",
            name=op.f("ck_exposed_case_served"),
        ),
        sa.CheckConstraint(
            "(suit_concluded IS NULL) = (suit_upheld IS NULL) AND (suit_concluded IS NULL OR (suit_filed IS NOT NULL AND suit_concluded >= suit_filed))",
            name=op.f("ck_exposed_case_suit"),
        ),
        sa.CheckConstraint(
            "served >= decided AND review_filed >= served AND suit_filed >= served",
            name=op.f("ck_exposed_case_order"),
        ),
        sa.ForeignKeyConstraint(["batch_id"], ["exposure_batch.id"], name=op.f("fk_exposed_case_batch_id")),
        sa.ForeignKeyConstraint(["grid_id"], ["grid.id"], name=op.f("fk_exposed_case_grid_id")),
        sa.ForeignKeyConstraint(["registered_by"], ["person.id"], name=op.f("fk_exposed_case_registered_by")),
        sa.ForeignKeyConstraint(["source_id"], ["source.id"], name=op.f("fk_exposed_case_source_id")),
        sa.ForeignKeyConstraint(["withdrawn_by"], ["person.id"], name=op.f("fk_exposed_case_withdrawn_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exposed_case")),
    )
    op.create_index("ix_exposed_case_batch_id", "exposed_case", ["batch_id"], unique=False)
    op.create_index("ix_exposed_case_grid_id", "exposed_case", ["grid_id"], unique=False)
    op.create_index(
        "uq_exposed_case_number",
        "exposed_case",
        ["number"],
        unique=True,
        postgresql_where=sa.text("state <> 'withdrawn'"),
    )
    op.create_table(
        "exposure_appearance",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("batch_id", sa.Integer(), nullable=False),
        sa.Column("medium", sa.String(length=20), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("address", sa.String(length=500), nullable=False),
        sa.Column("entered_by", sa.Integer(), nullable=False),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "medium IN ('daily', 'broadcast', 'website', 'app', 'account')",
            name=op.f("ck_exposure_appearance_medium"),
        ),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["exposure_batch.id"], name=op.f("fk_exposure_appearance_batch_id")
        ),
        sa.ForeignKeyConstraint(
            ["entered_by"], ["person.id"], name=op.f("fk_exposure_appearance_entered_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exposure_appearance")),
    )
    op.create_index("ix_exposure_appearance_batch_id", "exposure_appearance", ["batch_id"], unique=False)
    op.create_table(
        "exposed_party",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("common_word", sa.Boolean(), nullable=False),
        sa.CheckConstraint("kind IN ('company', 'person')", name=op.f("ck_exposed_party_kind")),
        sa.ForeignKeyConstraint(["case_id"], ["exposed_case.id"], name=op.f("fk_exposed_party_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exposed_party")),
        sa.UniqueConstraint("case_id", "name", name=op.f("uq_exposed_party_case_id_name")),
    )
    op.create_table(
        "exposed_text",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=100), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("written_by", sa.Integer(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("version >= 1", name=op.f("ck_exposed_text_version")),
        sa.ForeignKeyConstraint(["case_id"], ["exposed_case.id"], name=op.f("fk_exposed_text_case_id")),
        sa.ForeignKeyConstraint(["written_by"], ["person.id"], name=op.f("fk_exposed_text_written_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exposed_text")),
        sa.UniqueConstraint("case_id", "version", name=op.f("uq_exposed_text_case_id_version")),
    )
    op.create_table(
        "exposed_step",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("text_id", sa.Integer(), nullable=False),
        sa.Column("step", sa.String(length=20), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("dossier", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.CheckConstraint("(step = 'bureau') = (dossier IS NOT NULL)", name=op.f("ck_exposed_step_dossier")),
        sa.CheckConstraint("(step = 'returned') = (reason IS NOT NULL)", name=op.f("ck_exposed_step_reason")),
        sa.CheckConstraint(
            "step IN ('submitted', 'bureau', 'leader', 'publicity', 'review_1', 'review_2', 'review_3', 'proof_1', 'proof_2', 'proof_3', 'returned')",
            name=op.f("ck_exposed_step_step"),
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_exposed_step_person_id")),
        sa.ForeignKeyConstraint(["text_id"], ["exposed_text.id"], name=op.f("fk_exposed_step_text_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exposed_step")),
        sa.UniqueConstraint("text_id", "step", name=op.f("uq_exposed_step_text_id_step")),
    )
    for statement in (_CASE, _CASES, _BATCH, _OFFICER, _OFFICERS, _PARTY, _PARTIES):
        op.execute(statement)
    for table in _KEPT:
        op.execute(
            f"CREATE TRIGGER keep_{table} BEFORE UPDATE OR DELETE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION geshao_refuse_change()"
        )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_table("exposed_step")
    op.drop_table("exposed_text")
    op.drop_table("exposed_party")
    op.drop_index("ix_exposure_appearance_batch_id", table_name="exposure_appearance")
    op.drop_table("exposure_appearance")
    op.drop_index(
        "uq_exposed_case_number", table_name="exposed_case", postgresql_where=sa.text("state <> 'withdrawn'")
    )
    op.drop_index("ix_exposed_case_grid_id", table_name="exposed_case")
    op.drop_index("ix_exposed_case_batch_id", table_name="exposed_case")
    op.drop_table("exposed_case")
    op.drop_index(
        "uq_publicity_officer_in_office",
        table_name="publicity_officer",
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.drop_table("publicity_officer")
    op.drop_index(
        "uq_exposure_batch_quarter",
        table_name="exposure_batch",
        postgresql_where=sa.text("quarter IS NOT NULL"),
    )
    op.drop_table("exposure_batch")
    op.execute("DROP FUNCTION geshao_keep_parties()")
