"""rules as data"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "237d86d3e728"
down_revision = "8108c2f11780"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        "backtest_job",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("rule_version", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("body", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("baseline_version", sa.Integer(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("grid_id", sa.Integer(), nullable=True),
        sa.Column("state", sa.String(length=20), server_default="queued", nullable=False),
        sa.Column("requested_by", sa.Integer(), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("progress", sa.Float(), server_default="0", nullable=False),
        sa.Column("result", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "state IN ('queued', 'running', 'done', 'failed')", name=op.f("ck_backtest_job_state")
        ),
        sa.CheckConstraint("progress BETWEEN 0 AND 1", name=op.f("ck_backtest_job_progress")),
        sa.CheckConstraint("until > since", name=op.f("ck_backtest_job_span")),
        sa.ForeignKeyConstraint(
            ["baseline_version"], ["rule_set.version"], name=op.f("fk_backtest_job_baseline_version")
        ),
        sa.ForeignKeyConstraint(["grid_id"], ["grid.id"], name=op.f("fk_backtest_job_grid_id")),
        sa.ForeignKeyConstraint(["requested_by"], ["person.id"], name=op.f("fk_backtest_job_requested_by")),
        sa.ForeignKeyConstraint(
            ["rule_version"], ["rule_set.version"], name=op.f("fk_backtest_job_rule_version")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_backtest_job")),
    )
    op.create_index("ix_backtest_job_rule_version_id", "backtest_job", ["rule_version", "id"], unique=False)
    op.create_index(
        "uq_backtest_job_open",
        "backtest_job",
        ["rule_version"],
        unique=True,
        postgresql_where=sa.text("state IN ('queued', 'running')"),
    )
    op.create_table(
        "response_level",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("level", sa.String(length=20), nullable=False),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("valid_to", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "level IN ('none', 'yellow', 'orange', 'red')", name=op.f("ck_response_level_level")
        ),
        sa.CheckConstraint(
            "valid_to IS NULL OR valid_to >= valid_from", name=op.f("ck_response_level_validity")
        ),
        sa.ForeignKeyConstraint(["author_id"], ["person.id"], name=op.f("fk_response_level_author_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_response_level")),
    )
    op.create_index(
        "uq_response_level_open",
        "response_level",
        ["valid_to"],
        unique=True,
        postgresql_where=sa.text("valid_to IS NULL"),
        postgresql_nulls_not_distinct=True,
    )
    op.create_table(
        "silence",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("grid_id", sa.Integer(), nullable=False),
        sa.Column("station_id", sa.Integer(), nullable=True),
        sa.Column("pollutants", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.Column("kinds", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancelled_by", sa.Integer(), nullable=True),
        sa.Column("cancel_reason", sa.String(length=500), nullable=True),
        sa.Column("start_told_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("end_told_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("kind IN ('silence', 'maintenance')", name=op.f("ck_silence_kind")),
        sa.CheckConstraint(
            "(cancelled_at IS NULL) = (cancelled_by IS NULL)", name=op.f("ck_silence_cancelled")
        ),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_silence_ends")),
        sa.ForeignKeyConstraint(["author_id"], ["person.id"], name=op.f("fk_silence_author_id")),
        sa.ForeignKeyConstraint(["cancelled_by"], ["person.id"], name=op.f("fk_silence_cancelled_by")),
        sa.ForeignKeyConstraint(["grid_id"], ["grid.id"], name=op.f("fk_silence_grid_id")),
        sa.ForeignKeyConstraint(["station_id"], ["station.id"], name=op.f("fk_silence_station_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_silence")),
    )
    op.create_index(
        "ix_silence_ends_at",
        "silence",
        ["ends_at"],
        unique=False,
        postgresql_where=sa.text("end_told_at IS NULL"),
    )
    op.create_index("ix_silence_grid_id_id", "silence", ["grid_id", "id"], unique=False)
    op.add_column("alert", sa.Column("suppressed_by", sa.Integer(), nullable=True))
    op.add_column("alert", sa.Column("released_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index(
        "ix_alert_suppressed_by",
        "alert",
        ["suppressed_by"],
        postgresql_where=sa.text("suppressed_by IS NOT NULL"),
    )
    op.create_index(
        "ix_alert_held",
        "alert",
        ["suppressed_by"],
        postgresql_where=sa.text("suppressed_by IS NOT NULL AND released_at IS NULL AND state = 'open'"),
    )
    op.create_foreign_key(op.f("fk_alert_suppressed_by"), "alert", "silence", ["suppressed_by"], ["id"])
    op.add_column("rule_set", sa.Column("note", sa.Text(), server_default="", nullable=False))
    op.add_column("rule_set", sa.Column("parent_version", sa.Integer(), nullable=True))
    op.add_column("rule_set", sa.Column("revision", sa.Integer(), server_default="1", nullable=False))
    op.add_column("rule_set", sa.Column("changed_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("rule_set", sa.Column("back_tested_at", sa.DateTime(timezone=True), nullable=True))
    op.create_foreign_key(
        op.f("fk_rule_set_parent_version"), "rule_set", "rule_set", ["parent_version"], ["version"]
    )
    op.drop_constraint(op.f("ck_rule_set_state"), "rule_set", type_="check")
    op.create_check_constraint(
        op.f("ck_rule_set_state"), "rule_set", "state IN ('draft', 'back_tested', 'active', 'retired')"
    )
    op.add_column("work_order", sa.Column("false_alarm", sa.String(length=20), nullable=True))
    op.create_check_constraint(
        op.f("ck_work_order_false_alarm"),
        "work_order",
        "false_alarm IS NULL OR (state IN ('closed', 'void') AND false_alarm IN ("
        "'instrument_fault', 'no_source_found', 'regional', 'natural', 'duplicate', 'maintenance', 'other'))",
    )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_constraint(op.f("ck_work_order_false_alarm"), "work_order", type_="check")
    op.drop_column("work_order", "false_alarm")
    # The release before knows no back-tested state; such a version may be edited there, so it is a draft again.
    op.execute("UPDATE rule_set SET state = 'draft' WHERE state = 'back_tested'")
    op.drop_constraint(op.f("ck_rule_set_state"), "rule_set", type_="check")
    op.create_check_constraint(
        op.f("ck_rule_set_state"), "rule_set", "state IN ('draft', 'active', 'retired')"
    )
    op.drop_constraint(op.f("fk_rule_set_parent_version"), "rule_set", type_="foreignkey")
    op.drop_column("rule_set", "back_tested_at")
    op.drop_column("rule_set", "changed_at")
    op.drop_column("rule_set", "revision")
    op.drop_column("rule_set", "parent_version")
    op.drop_column("rule_set", "note")
    op.drop_constraint(op.f("fk_alert_suppressed_by"), "alert", type_="foreignkey")
    op.drop_index("ix_alert_held", table_name="alert")
    op.drop_index("ix_alert_suppressed_by", table_name="alert")
    op.drop_column("alert", "released_at")
    op.drop_column("alert", "suppressed_by")
    op.drop_index("ix_silence_grid_id_id", table_name="silence")
    op.drop_index("ix_silence_ends_at", table_name="silence", postgresql_where=sa.text("end_told_at IS NULL"))
    op.drop_table("silence")
    op.drop_index(
        "uq_response_level_open",
        table_name="response_level",
        postgresql_where=sa.text("valid_to IS NULL"),
        postgresql_nulls_not_distinct=True,
    )
    op.drop_table("response_level")
    op.drop_index(
        "uq_backtest_job_open",
        table_name="backtest_job",
        postgresql_where=sa.text("state IN ('queued', 'running')"),
    )
    op.drop_index("ix_backtest_job_rule_version_id", table_name="backtest_job")
    op.drop_table("backtest_job")
