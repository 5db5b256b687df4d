"""what is done with problems"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "698722358a9a"
down_revision = "d3a95f0c71e2"
branch_labels = None
depends_on = None

# A problem that is over keeps what it was; only whether the grid missed it may still be decided, and an earlier
# finding may still be joined to it.
_PROBLEM = """
CREATE TRIGGER keep_problem BEFORE UPDATE ON problem FOR EACH ROW WHEN (
    (OLD.number, OLD.grid_id, OLD.category, OLD.opened_by, OLD.opened_at)
        IS DISTINCT FROM (NEW.number, NEW.grid_id, NEW.category, NEW.opened_by, NEW.opened_at)
    OR OLD.ended_at IS NOT NULL
        AND to_jsonb(OLD) - '{missed,missed_by,missed_at,missed_why,found_at}'::text[]
        IS DISTINCT FROM to_jsonb(NEW) - '{missed,missed_by,missed_at,missed_why,found_at}'::text[]
) EXECUTE FUNCTION geshao_refuse_change()
"""
# Merging two problems moves findings, and nothing else ever changes one.
_FINDING = """
CREATE TRIGGER keep_problem_finding BEFORE UPDATE ON problem_finding FOR EACH ROW WHEN (
    to_jsonb(OLD) - 'problem_id' IS DISTINCT FROM to_jsonb(NEW) - 'problem_id'
) EXECUTE FUNCTION geshao_refuse_change()
"""
_SAMPLED = """
CREATE TRIGGER keep_problem_sampled BEFORE UPDATE ON problem_sampled FOR EACH ROW WHEN (
    OLD.state <> 'open' OR (OLD.sample_id, OLD.problem_id) IS DISTINCT FROM (NEW.sample_id, NEW.problem_id)
) EXECUTE FUNCTION geshao_refuse_change()
"""
_WRITTEN_ONCE = ("problem_step", "problem_check", "problem_sample")
_NEVER_GO = ("problem", "problem_finding", "problem_sampled", *_WRITTEN_ONCE)


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        "problem_sample",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("from_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("method", sa.Integer(), nullable=False),
        sa.Column("seed", sa.String(length=64), nullable=False),
        sa.Column("population", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("population_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("drawn_by", sa.Integer(), nullable=False),
        sa.Column("drawn_at", sa.DateTime(timezone=True), nullable=False),
        postgresql.ExcludeConstraint(
            (sa.text("tstzrange(from_at, until_at)"), "&&"), using="gist", name="ex_problem_sample_period"
        ),
        sa.CheckConstraint(
            "octet_length(population_hash) = 32", name=op.f("ck_problem_sample_population_hash")
        ),
        sa.CheckConstraint("size BETWEEN 1 AND 1000", name=op.f("ck_problem_sample_size")),
        sa.CheckConstraint("until_at > from_at", name=op.f("ck_problem_sample_period")),
        sa.ForeignKeyConstraint(["drawn_by"], ["person.id"], name=op.f("fk_problem_sample_drawn_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_problem_sample")),
    )
    op.create_table(
        "problem_check",
        sa.Column("problem_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("week", sa.Date(), nullable=False),
        sa.Column("measure", sa.String(length=20), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finding", sa.Text(), nullable=False),
        sa.Column("checked_by", sa.Integer(), nullable=False),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "measure = CASE number WHEN 1 THEN 'criticism' WHEN 2 THEN 'interview_deputy' ELSE 'interview_head' END",
            name=op.f("ck_problem_check_measure"),
        ),
        sa.CheckConstraint("extract(isodow FROM week) = 1", name=op.f("ck_problem_check_week")),
        sa.CheckConstraint("number >= 1", name=op.f("ck_problem_check_number")),
        sa.ForeignKeyConstraint(["checked_by"], ["person.id"], name=op.f("fk_problem_check_checked_by")),
        sa.ForeignKeyConstraint(["problem_id"], ["problem.id"], name=op.f("fk_problem_check_problem_id")),
        sa.PrimaryKeyConstraint("problem_id", "number", name=op.f("pk_problem_check")),
        sa.UniqueConstraint("problem_id", "week", name=op.f("uq_problem_check_problem_id_week")),
    )
    op.create_index("ix_problem_check_week", "problem_check", ["week"], unique=False)
    op.create_table(
        "problem_sampled",
        sa.Column("sample_id", sa.Integer(), nullable=False),
        sa.Column("problem_id", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=20), server_default=sa.text("'open'"), nullable=False),
        sa.Column("finding", sa.Text(), nullable=True),
        sa.Column("checked_by", sa.Integer(), nullable=True),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("opened_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "(state = 'failed') = (opened_id IS NOT NULL)", name=op.f("ck_problem_sampled_opened")
        ),
        sa.CheckConstraint(
            "(state = 'open') = (checked_at IS NULL) AND num_nonnulls(checked_at, checked_by, finding) IN (0, 3)",
            name=op.f("ck_problem_sampled_checked"),
        ),
        sa.CheckConstraint("state IN ('open', 'passed', 'failed')", name=op.f("ck_problem_sampled_state")),
        sa.ForeignKeyConstraint(["checked_by"], ["person.id"], name=op.f("fk_problem_sampled_checked_by")),
        sa.ForeignKeyConstraint(["opened_id"], ["problem.id"], name=op.f("fk_problem_sampled_opened_id")),
        sa.ForeignKeyConstraint(["problem_id"], ["problem.id"], name=op.f("fk_problem_sampled_problem_id")),
        sa.ForeignKeyConstraint(
            ["sample_id"], ["problem_sample.id"], name=op.f("fk_problem_sampled_sample_id")
        ),
        sa.PrimaryKeyConstraint("sample_id", "problem_id", name=op.f("pk_problem_sampled")),
    )
    op.create_index("ix_problem_sampled_problem_id", "problem_sampled", ["problem_id"], unique=False)
    op.create_table(
        "problem_step",
        sa.Column("problem_id", sa.BigInteger(), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("act", sa.String(length=20), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("said", sa.Text(), nullable=True),
        sa.Column(
            "evidence",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'[]'::jsonb"),
            nullable=False,
        ),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("acted_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(act IN ('push', 'return')) = (due_at IS NOT NULL)", name=op.f("ck_problem_step_due")
        ),
        sa.CheckConstraint("act = 'push' OR said IS NOT NULL", name=op.f("ck_problem_step_said")),
        sa.CheckConstraint(
            "act IN ('push', 'correct', 'clear', 'return', 'merge', 'withdraw', 'judge')",
            name=op.f("ck_problem_step_act"),
        ),
        sa.CheckConstraint(
            "state IN ('open', 'pushed', 'corrected', 'cleared', 'merged', 'void')",
            name=op.f("ck_problem_step_state"),
        ),
        sa.CheckConstraint("step >= 1", name=op.f("ck_problem_step_step")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_problem_step_person_id")),
        sa.ForeignKeyConstraint(["problem_id"], ["problem.id"], name=op.f("fk_problem_step_problem_id")),
        sa.PrimaryKeyConstraint("problem_id", "step", name=op.f("pk_problem_step")),
    )
    op.alter_column("issued_paper", "drafted_by", existing_type=sa.INTEGER(), nullable=True)
    for statement in (_PROBLEM, _FINDING, _SAMPLED):
        op.execute(statement)
    for table in _WRITTEN_ONCE:
        op.execute(
            f"CREATE TRIGGER keep_{table} BEFORE UPDATE ON {table}"
            " FOR EACH ROW EXECUTE FUNCTION geshao_refuse_change()"
        )
    for table in _NEVER_GO:
        op.execute(
            f"CREATE TRIGGER keep_every_{table} BEFORE DELETE OR TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION geshao_refuse_change()"
        )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    for table in ("problem", "problem_finding"):
        op.execute(f"DROP TRIGGER keep_{table} ON {table}")
        op.execute(f"DROP TRIGGER keep_every_{table} ON {table}")
    # The older release knows no paper without somebody who wrote it: whoever had it in hand first stands in.
    op.execute("ALTER TABLE issued_paper DISABLE TRIGGER keep_issued_paper")
    op.execute(
        "UPDATE issued_paper SET drafted_by = coalesce(edited_by, issued_by, (SELECT min(id) FROM person))"
        " WHERE drafted_by IS NULL"
    )
    op.execute("ALTER TABLE issued_paper ENABLE TRIGGER keep_issued_paper")
    op.alter_column("issued_paper", "drafted_by", existing_type=sa.INTEGER(), nullable=False)
    op.drop_table("problem_step")
    op.drop_index("ix_problem_sampled_problem_id", table_name="problem_sampled")
    op.drop_table("problem_sampled")
    op.drop_index("ix_problem_check_week", table_name="problem_check")
    op.drop_table("problem_check")
    op.drop_table("problem_sample")
