"""problems and issued papers"""

import sqlalchemy as sa
from alembic import op

revision = "78aac6efcfd6"
down_revision = "b7816c4d3493"
branch_labels = None
depends_on = None

# What was issued stays as it was issued; a later paper on the same subject takes its place.
_PAPER = """
CREATE TRIGGER keep_issued_paper BEFORE UPDATE ON issued_paper FOR EACH ROW WHEN (
    OLD.state <> 'draft' AND (
        NOT (OLD.state = 'issued' AND NEW.state = 'superseded')
        OR to_jsonb(OLD) - 'state' IS DISTINCT FROM to_jsonb(NEW) - 'state'
    )
) EXECUTE FUNCTION geshao_refuse_change()
"""
_PAPERS = """
CREATE TRIGGER keep_issued_papers BEFORE DELETE ON issued_paper FOR EACH ROW EXECUTE FUNCTION geshao_refuse_change()
"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        "issued_paper_counter",
        sa.Column("year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(length=30), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("year", "kind", name=op.f("pk_issued_paper_counter")),
    )
    op.create_table(
        "problem_counter",
        sa.Column("year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("year", name=op.f("pk_problem_counter")),
    )
    op.create_table(
        "issued_paper",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("kind", sa.String(length=30), nullable=False),
        sa.Column("grid_id", sa.Integer(), nullable=True),
        sa.Column("subject", sa.String(length=120), nullable=True),
        sa.Column("period_from", sa.Date(), nullable=False),
        sa.Column("period_to", sa.Date(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("snapshot", sa.LargeBinary(), nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("drafted_by", sa.Integer(), nullable=False),
        sa.Column("drafted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("edited_by", sa.Integer(), nullable=True),
        sa.Column("edited_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("number", sa.String(length=60), nullable=True),
        sa.Column("issued_by", sa.Integer(), nullable=True),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.Integer(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_why", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "(state = 'withdrawn') = (ended_at IS NOT NULL) AND num_nonnulls(ended_by, ended_at, ended_why) IN (0, 3)",
            name=op.f("ck_issued_paper_withdrawn"),
        ),
        sa.CheckConstraint(
            "(state IN ('issued', 'superseded')) = (issued_at IS NOT NULL) AND num_nonnulls(issued_by, issued_at, number) IN (0, 3)",
            name=op.f("ck_issued_paper_issued"),
        ),
        sa.CheckConstraint(
            "kind IN ('brief', 'dispatch', 'special_report', 'notice', 'bulletin', 'assessment', 'act', 'exposure')",
            name=op.f("ck_issued_paper_kind"),
        ),
        sa.CheckConstraint(
            "state IN ('draft', 'issued', 'superseded', 'withdrawn')", name=op.f("ck_issued_paper_state")
        ),
        sa.CheckConstraint("period_from <= period_to", name=op.f("ck_issued_paper_period")),
        sa.ForeignKeyConstraint(["drafted_by"], ["person.id"], name=op.f("fk_issued_paper_drafted_by")),
        sa.ForeignKeyConstraint(["edited_by"], ["person.id"], name=op.f("fk_issued_paper_edited_by")),
        sa.ForeignKeyConstraint(["ended_by"], ["person.id"], name=op.f("fk_issued_paper_ended_by")),
        sa.ForeignKeyConstraint(["grid_id"], ["grid.id"], name=op.f("fk_issued_paper_grid_id")),
        sa.ForeignKeyConstraint(["issued_by"], ["person.id"], name=op.f("fk_issued_paper_issued_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_issued_paper")),
        sa.UniqueConstraint("kind", "number", name=op.f("uq_issued_paper_kind_number")),
    )
    op.create_index("ix_issued_paper_kind_period", "issued_paper", ["kind", "period_from"], unique=False)
    op.create_index(
        "uq_issued_paper_draft",
        "issued_paper",
        ["kind", "grid_id", "period_from", "subject"],
        unique=True,
        postgresql_where=sa.text("state = 'draft'"),
        postgresql_nulls_not_distinct=True,
    )
    op.create_table(
        "problem",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("grid_id", sa.Integer(), nullable=False),
        sa.Column("place_grid_id", sa.Integer(), nullable=True),
        sa.Column("category", sa.String(length=20), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("place", sa.String(length=200), nullable=True),
        sa.Column("lon", sa.Float(), nullable=True),
        sa.Column("lat", sa.Float(), nullable=True),
        sa.Column("source_id", sa.Integer(), nullable=True),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opened_by", sa.Integer(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("merged_into", sa.BigInteger(), nullable=True),
        sa.Column("missed", sa.Boolean(), nullable=True),
        sa.Column("missed_by", sa.Integer(), nullable=True),
        sa.Column("missed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("missed_why", sa.Text(), nullable=True),
        sa.CheckConstraint("(state = 'merged') = (merged_into IS NOT NULL)", name=op.f("ck_problem_merged")),
        sa.CheckConstraint(
            "(state IN ('cleared', 'merged', 'void')) = (ended_at IS NOT NULL)", name=op.f("ck_problem_ended")
        ),
        sa.CheckConstraint(
            "category IN ('scattered', 'enterprise', 'coal_boiler', 'dust', 'burning', 'black_water', 'sewage', 'waste', 'film', 'livestock', 'noise', 'other')",
            name=op.f("ck_problem_category"),
        ),
        sa.CheckConstraint(
            "state IN ('open', 'pushed', 'corrected', 'cleared', 'merged', 'void')",
            name=op.f("ck_problem_state"),
        ),
        sa.CheckConstraint("(lon IS NULL) = (lat IS NULL)", name=op.f("ck_problem_place")),
        sa.CheckConstraint("found_at <= opened_at", name=op.f("ck_problem_found")),
        sa.CheckConstraint(
            "lon BETWEEN -180 AND 180 AND lat BETWEEN -90 AND 90", name=op.f("ck_problem_position")
        ),
        sa.CheckConstraint("merged_into <> id", name=op.f("ck_problem_own_double")),
        sa.CheckConstraint(
            "num_nonnulls(missed, missed_by, missed_at, missed_why) IN (0, 4)", name=op.f("ck_problem_missed")
        ),
        sa.ForeignKeyConstraint(["grid_id"], ["grid.id"], name=op.f("fk_problem_grid_id")),
        sa.ForeignKeyConstraint(["merged_into"], ["problem.id"], name=op.f("fk_problem_merged_into")),
        sa.ForeignKeyConstraint(["missed_by"], ["person.id"], name=op.f("fk_problem_missed_by")),
        sa.ForeignKeyConstraint(["opened_by"], ["person.id"], name=op.f("fk_problem_opened_by")),
        sa.ForeignKeyConstraint(["place_grid_id"], ["grid.id"], name=op.f("fk_problem_place_grid_id")),
        sa.ForeignKeyConstraint(["source_id"], ["source.id"], name=op.f("fk_problem_source_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_problem")),
        sa.UniqueConstraint("number", name=op.f("uq_problem_number")),
    )
    op.create_index("ix_problem_grid_id_id", "problem", ["grid_id", "id"], unique=False)
    op.create_index(
        "ix_problem_open",
        "problem",
        ["grid_id", "due_at"],
        unique=False,
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_index("ix_problem_place", "problem", ["category", "found_at"], unique=False)
    op.create_table(
        "problem_finding",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("problem_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("ref", sa.String(length=120), nullable=False),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("entered_by", sa.Integer(), nullable=False),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "kind IN ('order', 'up_report', 'inspection', 'complaint', 'media', 'patrol', 'monitoring')",
            name=op.f("ck_problem_finding_kind"),
        ),
        sa.ForeignKeyConstraint(["entered_by"], ["person.id"], name=op.f("fk_problem_finding_entered_by")),
        sa.ForeignKeyConstraint(["problem_id"], ["problem.id"], name=op.f("fk_problem_finding_problem_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_problem_finding")),
        sa.UniqueConstraint("kind", "ref", name=op.f("uq_problem_finding_kind_ref")),
    )
    op.create_index("ix_problem_finding_problem_id", "problem_finding", ["problem_id"], unique=False)
    op.execute(_PAPER)
    op.execute(_PAPERS)


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_table("problem_finding")
    op.drop_table("problem")
    op.drop_table("issued_paper")
    op.drop_table("problem_counter")
    op.drop_table("issued_paper_counter")
