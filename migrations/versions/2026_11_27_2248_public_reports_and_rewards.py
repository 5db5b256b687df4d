"""public reports and rewards"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "cb3216f3458a"
down_revision = "15992e721423"
branch_labels = None
depends_on = None

_ROLES = ("administrator", "duty_officer", "chief", "sub_chief", "supervisor", "patroller", "viewer")
# What somebody reported stays as it was said; only what became of it is written, and an answer that solved it stays.
_REPORT = """
CREATE FUNCTION geshao_keep_public_report() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE moving text[] := ARRAY['state', 'grid_id', 'moved_at', 'mark', 'same_as', 'problem_id', 'answer', 'solved',
    'answered_by', 'answered_at', 'closed_at', 'rating', 'rating_note', 'rated_at'];
BEGIN
    IF to_jsonb(OLD) - moving IS DISTINCT FROM to_jsonb(NEW) - moving THEN
        RAISE EXCEPTION 'what was reported never changes' USING ERRCODE = 'restrict_violation';
    END IF;
    IF OLD.mark IS DISTINCT FROM NEW.mark AND NEW.mark IS NOT NULL THEN
        RAISE EXCEPTION 'who reported never changes' USING ERRCODE = 'restrict_violation';
    END IF;
    IF OLD.rating IS NOT NULL AND (OLD.rating, OLD.rating_note, OLD.rated_at)
        IS DISTINCT FROM (NEW.rating, NEW.rating_note, NEW.rated_at) THEN
        RAISE EXCEPTION 'a rating never changes' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$
"""
_KEEP = (
    "CREATE TRIGGER keep_public_report BEFORE UPDATE ON public_report"
    " FOR EACH ROW EXECUTE FUNCTION geshao_keep_public_report()",
    "CREATE TRIGGER keep_every_public_report BEFORE DELETE ON public_report"
    " FOR EACH ROW EXECUTE FUNCTION geshao_refuse_change()",
    "CREATE TRIGGER keep_public_report_step BEFORE UPDATE OR DELETE ON public_report_step"
    " FOR EACH ROW EXECUTE FUNCTION geshao_refuse_change()",
    "CREATE TRIGGER keep_public_report_policy BEFORE UPDATE OR DELETE ON public_report_policy"
    " FOR EACH ROW EXECUTE FUNCTION geshao_refuse_change()",
    # The amount that was proposed is the amount that is paid; what is declined or paid is over.
    "CREATE TRIGGER keep_report_reward BEFORE UPDATE ON report_reward FOR EACH ROW WHEN ("
    " OLD.state IN ('declined', 'paid')"
    " OR (OLD.report_id, OLD.amount, OLD.ground, OLD.policy_version, OLD.proposed_by, OLD.proposed_at)"
    " IS DISTINCT FROM (NEW.report_id, NEW.amount, NEW.ground, NEW.policy_version, NEW.proposed_by, NEW.proposed_at)"
    " OR (OLD.decided_by IS NOT NULL AND (OLD.decided_by, OLD.decided_at, OLD.decided_why)"
    " IS DISTINCT FROM (NEW.decided_by, NEW.decided_at, NEW.decided_why))"
    ") EXECUTE FUNCTION geshao_refuse_change()",
    "CREATE TRIGGER keep_every_report_reward BEFORE DELETE ON report_reward"
    " FOR EACH ROW EXECUTE FUNCTION geshao_refuse_change()",
)


def _roles(*names: str) -> None:
    op.drop_constraint(op.f("ck_duty_role"), "duty", type_="check")
    op.create_check_constraint(op.f("ck_duty_role"), "duty", f"role IN ({', '.join(map(repr, names))})")


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        "public_report_counter",
        sa.Column("year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("year", name=op.f("pk_public_report_counter")),
    )
    op.create_table(
        "public_report_policy",
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("body", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("made_by", sa.Integer(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["made_by"], ["person.id"], name=op.f("fk_public_report_policy_made_by")),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_public_report_policy")),
    )
    op.create_table(
        "public_report",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("tracking", sa.LargeBinary(length=32), nullable=False),
        sa.Column("channel", sa.String(length=20), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("category", sa.String(length=20), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("place", sa.String(length=200), nullable=True),
        sa.Column("lon", sa.Float(), nullable=True),
        sa.Column("lat", sa.Float(), nullable=True),
        sa.Column("media_url", sa.String(length=500), nullable=True),
        sa.Column("grid_id", sa.Integer(), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("moved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_by", sa.Integer(), nullable=True),
        sa.Column("mark", sa.LargeBinary(length=32), nullable=True),
        sa.Column("same_as", sa.BigInteger(), nullable=True),
        sa.Column("problem_id", sa.BigInteger(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("solved", sa.Boolean(), nullable=True),
        sa.Column("answered_by", sa.Integer(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("rating", sa.SmallInteger(), nullable=True),
        sa.Column("rating_note", sa.String(length=500), nullable=True),
        sa.Column("rated_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(channel = 'open311') = (sent_by IS NOT NULL)", name=op.f("ck_public_report_sender")
        ),
        sa.CheckConstraint(
            "(state = 'answered') = (solved IS NOT NULL)", name=op.f("ck_public_report_solved")
        ),
        sa.CheckConstraint(
            "(state = 'merged') = (same_as IS NOT NULL)", name=op.f("ck_public_report_merged")
        ),
        sa.CheckConstraint(
            "(state IN ('answered', 'rejected')) = (answer IS NOT NULL) AND num_nonnulls(answer, answered_by, answered_at) IN (0, 3)",
            name=op.f("ck_public_report_answer"),
        ),
        sa.CheckConstraint(
            "(state IN ('answered', 'rejected', 'merged')) = (closed_at IS NOT NULL)",
            name=op.f("ck_public_report_closed"),
        ),
        sa.CheckConstraint(
            "category IN ('scattered', 'enterprise', 'coal_boiler', 'dust', 'burning', 'black_water', 'sewage', 'waste', 'film', 'livestock', 'noise', 'other')",
            name=op.f("ck_public_report_category"),
        ),
        sa.CheckConstraint("channel IN ('web', 'open311')", name=op.f("ck_public_report_channel")),
        sa.CheckConstraint(
            "state IN ('received', 'accepted', 'answered', 'rejected', 'merged')",
            name=op.f("ck_public_report_state"),
        ),
        sa.CheckConstraint("(lon IS NULL) = (lat IS NULL)", name=op.f("ck_public_report_position")),
        sa.CheckConstraint("(rating IS NULL) = (rated_at IS NULL)", name=op.f("ck_public_report_rated")),
        sa.CheckConstraint(
            "lon BETWEEN -180 AND 180 AND lat BETWEEN -90 AND 90", name=op.f("ck_public_report_degrees")
        ),
        sa.CheckConstraint("lon IS NOT NULL OR place IS NOT NULL", name=op.f("ck_public_report_somewhere")),
        sa.CheckConstraint("rating BETWEEN 1 AND 5", name=op.f("ck_public_report_rating")),
        sa.CheckConstraint("same_as <> id", name=op.f("ck_public_report_own_double")),
        sa.ForeignKeyConstraint(["answered_by"], ["person.id"], name=op.f("fk_public_report_answered_by")),
        sa.ForeignKeyConstraint(["grid_id"], ["grid.id"], name=op.f("fk_public_report_grid_id")),
        sa.ForeignKeyConstraint(["problem_id"], ["problem.id"], name=op.f("fk_public_report_problem_id")),
        sa.ForeignKeyConstraint(["same_as"], ["public_report.id"], name=op.f("fk_public_report_same_as")),
        sa.ForeignKeyConstraint(["sent_by"], ["person.id"], name=op.f("fk_public_report_sent_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_public_report")),
        sa.UniqueConstraint("number", name=op.f("uq_public_report_number")),
        sa.UniqueConstraint("tracking", name=op.f("uq_public_report_tracking")),
    )
    op.create_index("ix_public_report_grid_id_id", "public_report", ["grid_id", "id"], unique=False)
    op.create_index(
        "ix_public_report_open",
        "public_report",
        ["category", "received_at"],
        unique=False,
        postgresql_where=sa.text("state IN ('received', 'accepted')"),
    )
    op.create_index(
        "ix_public_report_problem_id",
        "public_report",
        ["problem_id"],
        unique=False,
        postgresql_where=sa.text("problem_id IS NOT NULL"),
    )
    op.create_index(
        "ix_public_report_same_as",
        "public_report",
        ["same_as"],
        unique=False,
        postgresql_where=sa.text("same_as IS NOT NULL"),
    )
    op.create_index(
        "ix_public_report_sent_by",
        "public_report",
        ["sent_by", "id"],
        unique=False,
        postgresql_where=sa.text("sent_by IS NOT NULL"),
    )
    op.create_table(
        "public_report_photo",
        sa.Column("report_id", sa.BigInteger(), nullable=False),
        sa.Column("place", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("media_type", sa.String(length=40), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["report_id"], ["public_report.id"], name=op.f("fk_public_report_photo_report_id")
        ),
        sa.PrimaryKeyConstraint("report_id", "place", name=op.f("pk_public_report_photo")),
    )
    op.create_table(
        "public_report_step",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("report_id", sa.BigInteger(), nullable=False),
        sa.Column("act", sa.String(length=20), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.Integer(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("from_grid_id", sa.Integer(), nullable=True),
        sa.Column("to_grid_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "act IN ('accept', 'merge', 'refer', 'reject', 'answer', 'link')",
            name=op.f("ck_public_report_step_act"),
        ),
        sa.ForeignKeyConstraint(["by"], ["person.id"], name=op.f("fk_public_report_step_by")),
        sa.ForeignKeyConstraint(
            ["from_grid_id"], ["grid.id"], name=op.f("fk_public_report_step_from_grid_id")
        ),
        sa.ForeignKeyConstraint(
            ["report_id"], ["public_report.id"], name=op.f("fk_public_report_step_report_id")
        ),
        sa.ForeignKeyConstraint(["to_grid_id"], ["grid.id"], name=op.f("fk_public_report_step_to_grid_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_public_report_step")),
    )
    op.create_index(
        "ix_public_report_step_report_id", "public_report_step", ["report_id", "id"], unique=False
    )
    op.create_table(
        "report_reward",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("report_id", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("amount", sa.Numeric(precision=10, scale=2), nullable=False),
        sa.Column("ground", sa.Text(), nullable=False),
        sa.Column("policy_version", sa.Integer(), nullable=False),
        sa.Column("proposed_by", sa.Integer(), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.Integer(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_why", sa.Text(), nullable=True),
        sa.Column("paid_by", sa.Integer(), nullable=True),
        sa.Column("paid_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("paid_on", sa.Date(), nullable=True),
        sa.Column("document", sa.String(length=200), nullable=True),
        sa.CheckConstraint(
            "(state = 'paid') = (paid_at IS NOT NULL) AND num_nonnulls(paid_by, paid_at, paid_on, document) IN (0, 4)",
            name=op.f("ck_report_reward_paid"),
        ),
        sa.CheckConstraint(
            "(state = 'proposed') = (decided_at IS NULL) AND num_nonnulls(decided_by, decided_at) IN (0, 2) AND (state = 'declined') <= (decided_why IS NOT NULL)",
            name=op.f("ck_report_reward_decided"),
        ),
        sa.CheckConstraint(
            "state IN ('proposed', 'approved', 'declined', 'paid')", name=op.f("ck_report_reward_state")
        ),
        sa.CheckConstraint("amount > 0", name=op.f("ck_report_reward_amount")),
        sa.CheckConstraint("decided_by <> proposed_by", name=op.f("ck_report_reward_second_person")),
        sa.CheckConstraint("paid_by <> decided_by", name=op.f("ck_report_reward_third_act")),
        sa.ForeignKeyConstraint(["decided_by"], ["person.id"], name=op.f("fk_report_reward_decided_by")),
        sa.ForeignKeyConstraint(["paid_by"], ["person.id"], name=op.f("fk_report_reward_paid_by")),
        sa.ForeignKeyConstraint(["proposed_by"], ["person.id"], name=op.f("fk_report_reward_proposed_by")),
        sa.ForeignKeyConstraint(["report_id"], ["public_report.id"], name=op.f("fk_report_reward_report_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_reward")),
    )
    op.create_index("ix_report_reward_state", "report_reward", ["state", "id"], unique=False)
    op.create_index(
        "uq_report_reward_live",
        "report_reward",
        ["report_id"],
        unique=True,
        postgresql_where=sa.text("state <> 'declined'"),
    )
    op.create_table(
        "reporter_identity",
        sa.Column("report_id", sa.BigInteger(), nullable=False),
        sa.Column("key_id", sa.String(length=40), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("sealed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["report_id"], ["public_report.id"], name=op.f("fk_reporter_identity_report_id")
        ),
        sa.PrimaryKeyConstraint("report_id", name=op.f("pk_reporter_identity")),
    )

    _roles(*_ROLES, "identity_keeper")
    op.execute(_REPORT)
    for statement in _KEEP:
        op.execute(statement)


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("DELETE FROM duty WHERE role = 'identity_keeper'")
    _roles(*_ROLES)
    op.drop_table("reporter_identity")
    op.drop_index(
        "uq_report_reward_live", table_name="report_reward", postgresql_where=sa.text("state <> 'declined'")
    )
    op.drop_index("ix_report_reward_state", table_name="report_reward")
    op.drop_table("report_reward")
    op.drop_index("ix_public_report_step_report_id", table_name="public_report_step")
    op.drop_table("public_report_step")
    op.drop_table("public_report_photo")
    op.drop_index(
        "ix_public_report_sent_by",
        table_name="public_report",
        postgresql_where=sa.text("sent_by IS NOT NULL"),
    )
    op.drop_index(
        "ix_public_report_same_as",
        table_name="public_report",
        postgresql_where=sa.text("same_as IS NOT NULL"),
    )
    op.drop_index(
        "ix_public_report_problem_id",
        table_name="public_report",
        postgresql_where=sa.text("problem_id IS NOT NULL"),
    )
    op.drop_index(
        "ix_public_report_open",
        table_name="public_report",
        postgresql_where=sa.text("state IN ('received', 'accepted')"),
    )
    op.drop_index("ix_public_report_grid_id_id", table_name="public_report")
    op.drop_table("public_report")
    op.drop_table("public_report_policy")
    op.drop_table("public_report_counter")
    op.execute("DROP FUNCTION geshao_keep_public_report()")
