"""assessment points and months"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "19669ff03abe"
down_revision = "a8521ad1df96"
branch_labels = None
depends_on = None

# What was claimed stays as it was claimed; each thing that became of it is written once, and a withdrawal ends it.
_POINT = """
CREATE TRIGGER keep_assessment_point BEFORE UPDATE ON assessment_point FOR EACH ROW WHEN (
    OLD.state = 'withdrawn'
    OR to_jsonb(OLD) - ARRAY['state', 'objected_by', 'objected_at', 'objected_why', 'upheld_by', 'upheld_at',
                             'upheld_why', 'withdrawn_by', 'withdrawn_at', 'withdrawn_why']
       IS DISTINCT FROM
       to_jsonb(NEW) - ARRAY['state', 'objected_by', 'objected_at', 'objected_why', 'upheld_by', 'upheld_at',
                             'upheld_why', 'withdrawn_by', 'withdrawn_at', 'withdrawn_why']
    OR (OLD.objected_at IS NOT NULL AND (OLD.objected_by, OLD.objected_at, OLD.objected_why)
        IS DISTINCT FROM (NEW.objected_by, NEW.objected_at, NEW.objected_why))
    OR (OLD.upheld_at IS NOT NULL AND (OLD.upheld_by, OLD.upheld_at, OLD.upheld_why)
        IS DISTINCT FROM (NEW.upheld_by, NEW.upheld_at, NEW.upheld_why))
) EXECUTE FUNCTION geshao_refuse_change()
"""
_POINTS = """
CREATE TRIGGER keep_assessment_points BEFORE DELETE ON assessment_point FOR EACH STATEMENT
EXECUTE FUNCTION geshao_refuse_change()
"""
# Of a signed month only one thing ever happens: a later version takes its place.
_MONTH = """
CREATE TRIGGER keep_assessment_month BEFORE UPDATE ON assessment_month FOR EACH ROW WHEN (
    to_jsonb(OLD) - ARRAY['state', 'signed_by', 'signed_at'] IS DISTINCT FROM
    to_jsonb(NEW) - ARRAY['state', 'signed_by', 'signed_at']
    OR (OLD.state <> 'draft' AND (
        NOT (OLD.state = 'signed' AND NEW.state = 'superseded')
        OR (OLD.signed_by, OLD.signed_at) IS DISTINCT FROM (NEW.signed_by, NEW.signed_at)
    ))
) EXECUTE FUNCTION geshao_refuse_change()
"""
_MONTHS = """
CREATE TRIGGER keep_assessment_months BEFORE DELETE ON assessment_month FOR EACH ROW WHEN (OLD.state <> 'draft')
EXECUTE FUNCTION geshao_refuse_change()
"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        "assessment_month",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("readings_version", sa.Integer(), nullable=False),
        sa.Column("inputs", sa.LargeBinary(), nullable=False),
        sa.Column("inputs_digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("result", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("why", sa.Text(), nullable=True),
        sa.Column("frozen_by", sa.Integer(), nullable=False),
        sa.Column("frozen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("signed_by", sa.Integer(), nullable=True),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state = 'draft') = (signed_at IS NULL) AND (signed_at IS NULL) = (signed_by IS NULL)",
            name=op.f("ck_assessment_month_signed"),
        ),
        sa.CheckConstraint(
            "state IN ('draft', 'signed', 'superseded')", name=op.f("ck_assessment_month_state")
        ),
        sa.CheckConstraint("extract(day FROM month) = 1", name=op.f("ck_assessment_month_month")),
        sa.CheckConstraint("signed_by <> frozen_by", name=op.f("ck_assessment_month_second_hand")),
        sa.ForeignKeyConstraint(["frozen_by"], ["person.id"], name=op.f("fk_assessment_month_frozen_by")),
        sa.ForeignKeyConstraint(
            ["readings_version"],
            ["supervision_readings.version"],
            name=op.f("fk_assessment_month_readings_version"),
        ),
        sa.ForeignKeyConstraint(["signed_by"], ["person.id"], name=op.f("fk_assessment_month_signed_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assessment_month")),
        sa.UniqueConstraint("month", "version", name=op.f("uq_assessment_month_month_version")),
    )
    op.create_index(
        "uq_assessment_month_draft",
        "assessment_month",
        ["month"],
        unique=True,
        postgresql_where=sa.text("state = 'draft'"),
    )
    op.create_index(
        "uq_assessment_month_in_force",
        "assessment_month",
        ["month"],
        unique=True,
        postgresql_where=sa.text("state = 'signed'"),
    )
    op.create_table(
        "assessment_point",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("grid_id", sa.Integer(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("item", sa.String(length=10), nullable=False),
        sa.Column("ground", sa.String(length=30), nullable=True),
        sa.Column("article", sa.String(length=60), nullable=False),
        sa.Column("count", sa.SmallInteger(), server_default="1", nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("record_kind", sa.String(length=20), nullable=False),
        sa.Column("record_ref", sa.String(length=200), nullable=False),
        sa.Column("problem_id", sa.BigInteger(), nullable=True),
        sa.Column("evidence", sa.String(length=500), nullable=True),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("proposed_by", sa.Integer(), nullable=True),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("object_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("objected_by", sa.Integer(), nullable=True),
        sa.Column("objected_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("objected_why", sa.Text(), nullable=True),
        sa.Column("upheld_by", sa.Integer(), nullable=True),
        sa.Column("upheld_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("upheld_why", sa.Text(), nullable=True),
        sa.Column("withdrawn_by", sa.Integer(), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_why", sa.Text(), nullable=True),
        sa.CheckConstraint("(item = 'fail') = (ground IS NOT NULL)", name=op.f("ck_assessment_point_fails")),
        sa.CheckConstraint(
            "count = 1 OR (count BETWEEN 2 AND 100 AND item IN ('4', '5', '6', '7') AND record_kind = 'document' AND problem_id IS NULL)",
            name=op.f("ck_assessment_point_count"),
        ),
        sa.CheckConstraint(
            "ground IS NULL OR ground IN ('national_exposure', 'leader_instruction', 'repeated_reports', 'grave_consequences', 'bad_influence')",
            name=op.f("ck_assessment_point_ground"),
        ),
        sa.CheckConstraint(
            "item IN ('1', '2', '3', '4', '5', '6', '7', '8', '9', '10', 'bonus', 'fail')",
            name=op.f("ck_assessment_point_item"),
        ),
        sa.CheckConstraint(
            "num_nonnulls(objected_by, objected_at, objected_why) IN (0, 3) AND objected_at < object_until AND (state <> 'objected' OR objected_at IS NOT NULL)",
            name=op.f("ck_assessment_point_objected"),
        ),
        sa.CheckConstraint(
            "num_nonnulls(upheld_by, upheld_at, upheld_why) IN (0, 3) AND (state <> 'upheld' OR upheld_at IS NOT NULL) AND (upheld_at IS NULL OR objected_at IS NOT NULL OR item = 'bonus')",
            name=op.f("ck_assessment_point_upheld"),
        ),
        sa.CheckConstraint(
            "num_nonnulls(withdrawn_by, withdrawn_at, withdrawn_why) IN (0, 3) AND (state = 'withdrawn') = (withdrawn_at IS NOT NULL)",
            name=op.f("ck_assessment_point_withdrawn"),
        ),
        sa.CheckConstraint(
            "record_kind <> 'problem' OR problem_id IS NOT NULL", name=op.f("ck_assessment_point_problem")
        ),
        sa.CheckConstraint(
            "record_kind IN ('problem', 'order', 'up_report', 'registry', 'document')",
            name=op.f("ck_assessment_point_record_kind"),
        ),
        sa.CheckConstraint(
            "state IN ('proposed', 'objected', 'upheld', 'withdrawn')", name=op.f("ck_assessment_point_state")
        ),
        sa.CheckConstraint("extract(day FROM month) = 1", name=op.f("ck_assessment_point_month")),
        sa.CheckConstraint(
            "upheld_by <> proposed_by AND withdrawn_by <> proposed_by AND upheld_by <> objected_by AND withdrawn_by <> objected_by",
            name=op.f("ck_assessment_point_second_hand"),
        ),
        sa.ForeignKeyConstraint(["grid_id"], ["grid.id"], name=op.f("fk_assessment_point_grid_id")),
        sa.ForeignKeyConstraint(["objected_by"], ["person.id"], name=op.f("fk_assessment_point_objected_by")),
        sa.ForeignKeyConstraint(["problem_id"], ["problem.id"], name=op.f("fk_assessment_point_problem_id")),
        sa.ForeignKeyConstraint(["proposed_by"], ["person.id"], name=op.f("fk_assessment_point_proposed_by")),
        sa.ForeignKeyConstraint(["upheld_by"], ["person.id"], name=op.f("fk_assessment_point_upheld_by")),
        sa.ForeignKeyConstraint(
            ["withdrawn_by"], ["person.id"], name=op.f("fk_assessment_point_withdrawn_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assessment_point")),
    )
    op.create_index("ix_assessment_point_month", "assessment_point", ["month", "grid_id"], unique=False)
    op.create_index(
        "uq_assessment_point_record",
        "assessment_point",
        ["grid_id", "month", "item", "ground", "record_kind", "record_ref"],
        unique=True,
        postgresql_where=sa.text("state <> 'withdrawn'"),
        postgresql_nulls_not_distinct=True,
    )
    op.create_index(
        "uq_assessment_point_undiscovered",
        "assessment_point",
        ["problem_id"],
        unique=True,
        postgresql_where=sa.text("item = '4' AND state <> 'withdrawn' AND problem_id IS NOT NULL"),
    )
    for trigger in (_POINT, _POINTS, _MONTH, _MONTHS):
        op.execute(trigger)


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_table("assessment_point")
    op.drop_table("assessment_month")
