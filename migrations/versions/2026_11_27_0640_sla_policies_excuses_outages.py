"""sla policies excuses outages"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

# The newest was in force; all of them had been made out of settings.
_ACTIVE = """
UPDATE sla_policy SET state = 'retired', from_settings = true, activated_at = created_at;
"""
_NEWEST = """
UPDATE sla_policy SET state = 'active' WHERE version = (SELECT max(version) FROM sla_policy)
"""
_REFUSE = """
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% of % refused: %', TG_OP, TG_TABLE_NAME, TG_ARGV[0] USING ERRCODE = 'integrity_constraint_violation';
END $$
"""
_TRIGGERS = (
    "CREATE TRIGGER breach_stands BEFORE UPDATE OR DELETE ON sla_breach FOR EACH ROW"
    " EXECUTE FUNCTION refuse_change('a breach is never deleted and never moved')",
    "CREATE TRIGGER breach_stands BEFORE UPDATE ON sla_clock FOR EACH ROW"
    " WHEN (OLD.breached_at IS NOT NULL AND (NEW.breached_at IS DISTINCT FROM OLD.breached_at"
    " OR NEW.due_at IS DISTINCT FROM OLD.due_at OR NEW.state IS DISTINCT FROM OLD.state))"
    " EXECUTE FUNCTION refuse_change('a breach is never deleted and never moved')",
    "CREATE TRIGGER breached_stays BEFORE DELETE ON sla_clock FOR EACH ROW WHEN (OLD.breached_at IS NOT NULL)"
    " EXECUTE FUNCTION refuse_change('a breach is never deleted and never moved')",
    "CREATE TRIGGER outage_stands BEFORE UPDATE OR DELETE ON outage FOR EACH ROW"
    " EXECUTE FUNCTION refuse_change('an outage that is over is never rewritten')",
    "CREATE TRIGGER body_stands BEFORE UPDATE ON sla_policy FOR EACH ROW"
    " WHEN (OLD.state <> 'draft' AND NEW.body IS DISTINCT FROM OLD.body)"
    " EXECUTE FUNCTION refuse_change('a policy that was tried keeps its body')",
)
revision = "f8c5ae572c96"
down_revision = "745b11553320"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        "outage",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("detected_by", sa.String(length=120), nullable=False),
        postgresql.ExcludeConstraint(
            (sa.text("tstzrange(began_at, ended_at)"), "&&"),
            where=sa.text("kind = 'broker'"),
            using="gist",
            name="ex_outage_broker",
        ),
        postgresql.ExcludeConstraint(
            (sa.text("tstzrange(began_at, ended_at)"), "&&"),
            where=sa.text("kind = 'database'"),
            using="gist",
            name="ex_outage_database",
        ),
        postgresql.ExcludeConstraint(
            (sa.text("tstzrange(began_at, ended_at)"), "&&"),
            where=sa.text("kind = 'engine'"),
            using="gist",
            name="ex_outage_engine",
        ),
        postgresql.ExcludeConstraint(
            (sa.text("tstzrange(began_at, ended_at)"), "&&"),
            where=sa.text("kind = 'intake'"),
            using="gist",
            name="ex_outage_intake",
        ),
        sa.CheckConstraint("kind IN ('database', 'engine', 'broker', 'intake')", name=op.f("ck_outage_kind")),
        sa.CheckConstraint("ended_at > began_at", name=op.f("ck_outage_span")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outage")),
    )
    op.create_index("ix_outage_began_at", "outage", ["began_at"], unique=False)
    op.create_table(
        "sla_application",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("policy_version", sa.Integer(), nullable=False),
        sa.Column("grid_id", sa.Integer(), nullable=True),
        sa.Column("states", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("dry_run_id", sa.Integer(), nullable=True),
        sa.Column("result", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["dry_run_id"], ["sla_application.id"], name=op.f("fk_sla_application_dry_run_id")
        ),
        sa.ForeignKeyConstraint(["grid_id"], ["grid.id"], name=op.f("fk_sla_application_grid_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_sla_application_person_id")),
        sa.ForeignKeyConstraint(
            ["policy_version"], ["sla_policy.version"], name=op.f("fk_sla_application_policy_version")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sla_application")),
        sa.UniqueConstraint("dry_run_id", name=op.f("uq_sla_application_dry_run_id")),
    )
    op.create_table(
        "sla_trial",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("policy_version", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("grid_id", sa.Integer(), nullable=True),
        sa.Column("result", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("until > since", name=op.f("ck_sla_trial_span")),
        sa.ForeignKeyConstraint(["grid_id"], ["grid.id"], name=op.f("fk_sla_trial_grid_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_sla_trial_person_id")),
        sa.ForeignKeyConstraint(
            ["policy_version"], ["sla_policy.version"], name=op.f("fk_sla_trial_policy_version")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sla_trial")),
    )
    op.create_index("ix_sla_trial_policy_version_id", "sla_trial", ["policy_version", "id"], unique=False)
    op.create_table(
        "sla_excuse",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("breach_id", sa.BigInteger(), nullable=False),
        sa.Column("ground", sa.String(length=20), nullable=False),
        sa.Column("seconds", sa.Double(), nullable=False),
        sa.Column("state", sa.String(length=20), server_default="proposed", nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("proposed_by", sa.Integer(), nullable=True),
        sa.Column("plea", sa.String(length=500), server_default="", nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.Integer(), nullable=True),
        sa.Column("reason", sa.String(length=500), nullable=True),
        sa.CheckConstraint(
            "(state = 'proposed') = (decided_by IS NULL) AND (decided_by IS NULL) = (decided_at IS NULL) AND (decided_by IS NULL) = (reason IS NULL)",
            name=op.f("ck_sla_excuse_decided"),
        ),
        sa.CheckConstraint(
            "ground IN ('wrong_dispatch', 'outage', 'captured_in_time', 'other')",
            name=op.f("ck_sla_excuse_ground"),
        ),
        sa.CheckConstraint("state IN ('proposed', 'approved', 'declined')", name=op.f("ck_sla_excuse_state")),
        sa.CheckConstraint(
            "decided_by IS NULL OR proposed_by IS NULL OR decided_by <> proposed_by",
            name=op.f("ck_sla_excuse_two_people"),
        ),
        sa.CheckConstraint("seconds >= 0", name=op.f("ck_sla_excuse_seconds")),
        sa.ForeignKeyConstraint(["breach_id"], ["sla_breach.id"], name=op.f("fk_sla_excuse_breach_id")),
        sa.ForeignKeyConstraint(["decided_by"], ["person.id"], name=op.f("fk_sla_excuse_decided_by")),
        sa.ForeignKeyConstraint(["proposed_by"], ["person.id"], name=op.f("fk_sla_excuse_proposed_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sla_excuse")),
        sa.UniqueConstraint("breach_id", "ground", name=op.f("uq_sla_excuse_breach_id_ground")),
    )
    op.create_index(
        "ix_sla_excuse_proposed",
        "sla_excuse",
        ["id"],
        unique=False,
        postgresql_where=sa.text("state = 'proposed'"),
    )
    op.add_column("escalation", sa.Column("repeat", sa.Integer(), server_default="0", nullable=False))
    op.drop_constraint(op.f("uq_escalation_clock_id_level"), "escalation", type_="unique")
    op.create_unique_constraint(
        op.f("uq_escalation_clock_id_level_repeat"), "escalation", ["clock_id", "level", "repeat"]
    )
    op.add_column(
        "holder_segment", sa.Column("misdispatched", sa.Boolean(), server_default="false", nullable=False)
    )
    op.create_index("ix_sla_breach_detected_at", "sla_breach", ["detected_at"], unique=False)
    op.add_column(
        "sla_clock",
        sa.Column("traits", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
    )
    op.add_column(
        "sla_clock",
        sa.Column("stops", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
    )
    op.add_column(
        "sla_policy", sa.Column("state", sa.String(length=20), server_default="retired", nullable=False)
    )
    op.add_column(
        "sla_policy", sa.Column("from_settings", sa.Boolean(), server_default="false", nullable=False)
    )
    op.add_column("sla_policy", sa.Column("note", sa.Text(), server_default="", nullable=False))
    op.add_column("sla_policy", sa.Column("parent_version", sa.Integer(), nullable=True))
    op.add_column("sla_policy", sa.Column("revision", sa.Integer(), server_default="1", nullable=False))
    op.add_column("sla_policy", sa.Column("changed_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("sla_policy", sa.Column("tried_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("sla_policy", sa.Column("activated_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("sla_policy", sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True))
    op.alter_column("sla_policy", "state", server_default=None)
    op.execute(_ACTIVE)
    op.execute(_NEWEST)
    op.create_check_constraint(
        op.f("ck_sla_policy_state"), "sla_policy", "state IN ('draft', 'tried', 'active', 'retired')"
    )
    op.create_index(
        "uq_sla_policy_active",
        "sla_policy",
        ["state"],
        unique=True,
        postgresql_where=sa.text("state = 'active'"),
    )
    op.create_foreign_key(
        op.f("fk_sla_policy_parent_version"), "sla_policy", "sla_policy", ["parent_version"], ["version"]
    )
    for table in ("engine_beat", "intake_beat"):
        heard = sa.Column(
            "heard_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        )
        op.add_column(table, heard)
    op.execute(_REFUSE)
    for trigger in _TRIGGERS:
        op.execute(trigger)


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("DROP FUNCTION refuse_change() CASCADE")
    op.drop_column("engine_beat", "heard_at")
    op.drop_column("intake_beat", "heard_at")
    op.drop_table("sla_excuse")
    op.drop_table("sla_trial")
    op.drop_table("sla_application")
    op.drop_table("outage")
    # The older release goes by the newest version, and knows no repeats.
    op.drop_constraint(op.f("fk_sla_policy_parent_version"), "sla_policy", type_="foreignkey")
    op.execute("DELETE FROM sla_policy WHERE state IN ('draft', 'tried')")
    op.execute("DELETE FROM escalation WHERE repeat > 0")
    op.drop_index(
        "uq_sla_policy_active", table_name="sla_policy", postgresql_where=sa.text("state = 'active'")
    )
    op.drop_column("sla_policy", "retired_at")
    op.drop_column("sla_policy", "activated_at")
    op.drop_column("sla_policy", "tried_at")
    op.drop_column("sla_policy", "changed_at")
    op.drop_column("sla_policy", "revision")
    op.drop_column("sla_policy", "parent_version")
    op.drop_column("sla_policy", "note")
    op.drop_column("sla_policy", "from_settings")
    op.drop_constraint(op.f("ck_sla_policy_state"), "sla_policy", type_="check")
    op.drop_column("sla_policy", "state")
    op.drop_column("sla_clock", "stops")
    op.drop_column("sla_clock", "traits")
    op.drop_index("ix_sla_breach_detected_at", table_name="sla_breach")
    op.drop_column("holder_segment", "misdispatched")
    op.drop_constraint(op.f("uq_escalation_clock_id_level_repeat"), "escalation", type_="unique")
    op.create_unique_constraint(
        op.f("uq_escalation_clock_id_level"),
        "escalation",
        ["clock_id", "level"],
        postgresql_nulls_not_distinct=False,
    )
    op.drop_column("escalation", "repeat")
