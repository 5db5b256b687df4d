"""the spine"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "46f4220a4c9f"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        "engine_beat",
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("passed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_engine_beat")),
    )
    op.create_table(
        "grid",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), server_default="administrative", nullable=False),
        sa.Column("parent_id", sa.Integer(), nullable=True),
        sa.Column("boundary", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.Column(
            "aliases",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'[]'::jsonb"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "(level = 1) = (parent_id IS NULL)", name=op.f("ck_grid_only_level_1_has_no_parent")
        ),
        sa.CheckConstraint("level BETWEEN 1 AND 4", name=op.f("ck_grid_level")),
        sa.ForeignKeyConstraint(["parent_id"], ["grid.id"], name=op.f("fk_grid_parent_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_grid")),
        sa.UniqueConstraint("code", name=op.f("uq_grid_code")),
    )
    op.create_index("ix_grid_parent_id", "grid", ["parent_id"], unique=False)
    op.create_table(
        "intake_beat",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("connected_since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_intake_beat_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_intake_beat")),
    )
    op.create_table(
        "journal",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("grid_id", sa.Integer(), nullable=True),
        sa.Column("order_id", sa.BigInteger(), nullable=True),
        sa.Column("alert_id", sa.BigInteger(), nullable=True),
        sa.Column("actor_id", sa.Integer(), nullable=True),
        sa.Column("data", postgresql.JSON(astext_type=sa.Text()), nullable=False),
        sa.Column("hash", sa.LargeBinary(length=32), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_journal")),
    )
    op.create_index("ix_journal_grid_id_id", "journal", ["grid_id", "id"], unique=False)
    op.create_index(
        "ix_journal_order_id_id",
        "journal",
        ["order_id", "id"],
        unique=False,
        postgresql_where=sa.text("order_id IS NOT NULL"),
    )
    op.create_table(
        "outbox",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("channel", sa.String(length=20), nullable=False),
        sa.Column("destination", sa.String(length=500), nullable=False),
        sa.Column("lane", sa.String(length=80), nullable=False),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("payload", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("state", sa.String(length=20), server_default="pending", nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.String(length=300), nullable=True),
        sa.CheckConstraint("channel IN ('mqtt', 'webhook')", name=op.f("ck_outbox_channel")),
        sa.CheckConstraint("state IN ('pending', 'sending', 'sent', 'failed')", name=op.f("ck_outbox_state")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
        sa.UniqueConstraint("key", name=op.f("uq_outbox_key")),
    )
    op.create_index(
        "ix_outbox_failed", "outbox", ["id"], unique=False, postgresql_where=sa.text("state = 'failed'")
    )
    op.create_index(
        "ix_outbox_lane",
        "outbox",
        ["channel", "lane", "id"],
        unique=False,
        postgresql_where=sa.text("next_at IS NOT NULL"),
    )
    op.create_index(
        "ix_outbox_next_at",
        "outbox",
        ["next_at"],
        unique=False,
        postgresql_where=sa.text("next_at IS NOT NULL"),
    )
    op.create_table(
        "person",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("username", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("phone", sa.String(length=40), nullable=True),
        sa.Column("password_hash", sa.String(length=200), nullable=True),
        sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person")),
        sa.UniqueConstraint("username", name=op.f("uq_person_username")),
    )
    op.create_table(
        "quarantine",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("count", sa.Integer(), server_default="1", nullable=False),
        sa.Column("topic", sa.String(length=512), nullable=False),
        sa.Column("station", sa.String(length=64), nullable=True),
        sa.Column("reason", sa.String(length=40), nullable=False),
        sa.Column("detail", sa.String(length=500), nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=False),
        sa.Column("truncated", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("replayed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("replayed_by", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "reason IN ('not_json', 'schema', 'no_values', 'bad_time', 'future', 'too_old', 'too_many', 'oversize', 'bad_topic', 'unknown_station', 'wrong_grid', 'internal', 'unsupported')",
            name=op.f("ck_quarantine_reason"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quarantine")),
    )
    op.create_index("ix_quarantine_last_received_at", "quarantine", ["last_received_at"], unique=False)
    op.create_index(
        "uq_quarantine_waiting",
        "quarantine",
        ["topic", "reason", "digest"],
        unique=True,
        postgresql_where=sa.text("replayed_at IS NULL"),
    )
    op.create_table(
        "reading",
        sa.Column("station_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("observed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=True),
        sa.Column("pm25", sa.Double(), nullable=True),
        sa.Column("pm10", sa.Double(), nullable=True),
        sa.Column("so2", sa.Double(), nullable=True),
        sa.Column("no2", sa.Double(), nullable=True),
        sa.Column("co", sa.Double(), nullable=True),
        sa.Column("o3", sa.Double(), nullable=True),
        sa.Column("temperature", sa.Double(), nullable=True),
        sa.Column("humidity", sa.Double(), nullable=True),
        sa.Column("pressure", sa.Double(), nullable=True),
        sa.Column("wind_speed", sa.Double(), nullable=True),
        sa.Column("wind_direction", sa.Double(), nullable=True),
        sa.Column("lon", sa.Double(), nullable=True),
        sa.Column("lat", sa.Double(), nullable=True),
        sa.PrimaryKeyConstraint("station_id", "observed_at", name=op.f("pk_reading")),
        postgresql_partition_by="RANGE (observed_at)",
    )
    op.create_table(
        "reading_version",
        sa.Column("station_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("observed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("superseded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=True),
        sa.Column("pm25", sa.Double(), nullable=True),
        sa.Column("pm10", sa.Double(), nullable=True),
        sa.Column("so2", sa.Double(), nullable=True),
        sa.Column("no2", sa.Double(), nullable=True),
        sa.Column("co", sa.Double(), nullable=True),
        sa.Column("o3", sa.Double(), nullable=True),
        sa.Column("temperature", sa.Double(), nullable=True),
        sa.Column("humidity", sa.Double(), nullable=True),
        sa.Column("pressure", sa.Double(), nullable=True),
        sa.Column("wind_speed", sa.Double(), nullable=True),
        sa.Column("wind_direction", sa.Double(), nullable=True),
        sa.Column("lon", sa.Double(), nullable=True),
        sa.Column("lat", sa.Double(), nullable=True),
        sa.PrimaryKeyConstraint("station_id", "observed_at", "version", name=op.f("pk_reading_version")),
    )
    op.create_table(
        "rule_set",
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("body", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("author", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("activated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("state IN ('draft', 'active', 'retired')", name=op.f("ck_rule_set_state")),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_rule_set")),
    )
    op.create_index(
        "uq_rule_set_active", "rule_set", ["state"], unique=True, postgresql_where=sa.text("state = 'active'")
    )
    op.create_table(
        "sla_policy",
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("body", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("author", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_sla_policy")),
    )
    op.create_table(
        "api_key",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_api_key_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_key")),
        sa.UniqueConstraint("digest", name=op.f("uq_api_key_digest")),
    )
    op.create_table(
        "duty",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("grid_id", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("valid_to", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "role IN ('administrator', 'duty_officer', 'chief', 'supervisor', 'patroller', 'viewer')",
            name=op.f("ck_duty_role"),
        ),
        sa.CheckConstraint("valid_to IS NULL OR valid_to > valid_from", name=op.f("ck_duty_validity")),
        sa.ForeignKeyConstraint(["grid_id"], ["grid.id"], name=op.f("fk_duty_grid_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_duty_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_duty")),
    )
    op.create_index("ix_duty_grid_id_role", "duty", ["grid_id", "role"], unique=False)
    op.create_index(
        "uq_duty_open",
        "duty",
        ["person_id", "grid_id", "role"],
        unique=True,
        postgresql_where=sa.text("valid_to IS NULL"),
    )
    op.create_table(
        "idempotency_key",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("request_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("body", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_idempotency_key_person_id")),
        sa.PrimaryKeyConstraint("person_id", "key", name=op.f("pk_idempotency_key")),
    )
    op.create_index("ix_idempotency_key_created_at", "idempotency_key", ["created_at"], unique=False)
    op.create_table(
        "order_counter",
        sa.Column("year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("grid_id", sa.Integer(), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["grid_id"], ["grid.id"], name=op.f("fk_order_counter_grid_id")),
        sa.PrimaryKeyConstraint("year", "grid_id", name=op.f("pk_order_counter")),
    )
    op.create_table(
        "source",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("grid_id", sa.Integer(), nullable=False),
        sa.Column("lon", sa.Double(), nullable=False),
        sa.Column("lat", sa.Double(), nullable=False),
        sa.Column("category", sa.String(length=60), nullable=False),
        sa.Column(
            "pollutants",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'[]'::jsonb"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(["grid_id"], ["grid.id"], name=op.f("fk_source_grid_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_source")),
        sa.UniqueConstraint("code", name=op.f("uq_source_code")),
    )
    op.create_index("ix_source_grid_id", "source", ["grid_id"], unique=False)
    op.create_table(
        "station",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("grid_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("lon", sa.Double(), nullable=False),
        sa.Column("lat", sa.Double(), nullable=False),
        sa.Column("cadence_s", sa.Integer(), server_default="60", nullable=False),
        sa.Column("secret_hash", sa.String(length=200), nullable=True),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_observed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_received_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("said_offline_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("kind IN ('micro', 'reference')", name=op.f("ck_station_kind")),
        sa.CheckConstraint("cadence_s BETWEEN 1 AND 86400", name=op.f("ck_station_cadence")),
        sa.CheckConstraint(
            "lon BETWEEN -180 AND 180 AND lat BETWEEN -90 AND 90", name=op.f("ck_station_position")
        ),
        sa.ForeignKeyConstraint(["grid_id"], ["grid.id"], name=op.f("fk_station_grid_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_station")),
        sa.UniqueConstraint("code", name=op.f("uq_station_code")),
    )
    op.create_index("ix_station_grid_id", "station", ["grid_id"], unique=False)
    op.create_table(
        "alert",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("station_id", sa.Integer(), nullable=False),
        sa.Column("grid_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("pollutant", sa.String(length=10), nullable=True),
        sa.Column("scope", sa.String(length=20), nullable=False),
        sa.Column("severity", sa.String(length=20), nullable=False),
        sa.Column("state", sa.String(length=20), server_default="open", nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("detected_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("cleared_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("peak", sa.Double(), nullable=True),
        sa.Column("why", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("rule_version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("order_due", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("(state = 'cleared') = (cleared_at IS NOT NULL)", name=op.f("ck_alert_cleared")),
        sa.CheckConstraint(
            "kind IN ('exceedance_hour', 'exceedance_short', 'sudden_rise', 'offline')",
            name=op.f("ck_alert_kind"),
        ),
        sa.CheckConstraint("scope IN ('local', 'regional', 'instrument')", name=op.f("ck_alert_scope")),
        sa.CheckConstraint("severity IN ('notice', 'serious', 'critical')", name=op.f("ck_alert_severity")),
        sa.CheckConstraint("state IN ('open', 'cleared')", name=op.f("ck_alert_state")),
        sa.ForeignKeyConstraint(["grid_id"], ["grid.id"], name=op.f("fk_alert_grid_id")),
        sa.ForeignKeyConstraint(["rule_version"], ["rule_set.version"], name=op.f("fk_alert_rule_version")),
        sa.ForeignKeyConstraint(["station_id"], ["station.id"], name=op.f("fk_alert_station_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alert")),
    )
    op.create_index("ix_alert_grid_id_id", "alert", ["grid_id", "id"], unique=False)
    op.create_index("ix_alert_order_id", "alert", ["order_id"], unique=False)
    op.create_index("ix_alert_station_id_id", "alert", ["station_id", "id"], unique=False)
    op.create_index(
        "uq_alert_open",
        "alert",
        ["station_id", "kind", "pollutant"],
        unique=True,
        postgresql_where=sa.text("state = 'open'"),
        postgresql_nulls_not_distinct=True,
    )
    op.create_table(
        "work_order",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("grid_id", sa.Integer(), nullable=False),
        sa.Column("station_id", sa.Integer(), nullable=True),
        sa.Column("alert_id", sa.BigInteger(), nullable=True),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("round", sa.Integer(), server_default="1", nullable=False),
        sa.Column("severity", sa.String(length=20), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("policy_version", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("created_by", sa.Integer(), nullable=True),
        sa.Column("dispatched_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("acknowledged_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("feedback_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reported_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state IN ('closed', 'void')) = (closed_at IS NOT NULL)", name=op.f("ck_work_order_closed")
        ),
        sa.CheckConstraint(
            "severity IN ('notice', 'serious', 'critical')", name=op.f("ck_work_order_severity")
        ),
        sa.CheckConstraint(
            "state IN ('dispatched', 'acknowledged', 'on_site', 'reported', 'returned', 'closed', 'void')",
            name=op.f("ck_work_order_state"),
        ),
        sa.CheckConstraint("round >= 1", name=op.f("ck_work_order_round")),
        sa.ForeignKeyConstraint(["alert_id"], ["alert.id"], name=op.f("fk_work_order_alert_id")),
        sa.ForeignKeyConstraint(["created_by"], ["person.id"], name=op.f("fk_work_order_created_by")),
        sa.ForeignKeyConstraint(["grid_id"], ["grid.id"], name=op.f("fk_work_order_grid_id")),
        sa.ForeignKeyConstraint(
            ["policy_version"], ["sla_policy.version"], name=op.f("fk_work_order_policy_version")
        ),
        sa.ForeignKeyConstraint(["station_id"], ["station.id"], name=op.f("fk_work_order_station_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_work_order")),
        sa.UniqueConstraint("number", name=op.f("uq_work_order_number")),
    )
    op.create_index("ix_work_order_grid_id_id", "work_order", ["grid_id", "id"], unique=False)
    op.create_index(
        "ix_work_order_open",
        "work_order",
        ["grid_id", "id"],
        unique=False,
        postgresql_where=sa.text("state NOT IN ('closed', 'void')"),
    )
    op.create_index(
        "uq_work_order_alert_id",
        "work_order",
        ["alert_id"],
        unique=True,
        postgresql_where=sa.text("alert_id IS NOT NULL"),
    )
    op.create_index(
        "uq_work_order_working",
        "work_order",
        ["station_id"],
        unique=True,
        postgresql_where=sa.text(
            "state IN ('dispatched', 'acknowledged', 'on_site') AND alert_id IS NOT NULL"
        ),
    )
    op.create_table(
        "disposal_report",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("measures", sa.Text(), nullable=False),
        sa.Column("result", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["order_id"], ["work_order.id"], name=op.f("fk_disposal_report_order_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_disposal_report_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_disposal_report")),
        sa.UniqueConstraint("order_id", "round", name=op.f("uq_disposal_report_order_id_round")),
    )
    op.create_table(
        "evidence",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("media_type", sa.String(length=100), nullable=False),
        sa.Column("filename", sa.String(length=200), nullable=False),
        sa.Column("uploaded_by", sa.Integer(), nullable=False),
        sa.Column("grid_id", sa.Integer(), nullable=False),
        sa.Column("uploaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=True),
        sa.Column("used_for", sa.String(length=20), nullable=True),
        sa.Column("round", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["grid_id"], ["grid.id"], name=op.f("fk_evidence_grid_id")),
        sa.ForeignKeyConstraint(["order_id"], ["work_order.id"], name=op.f("fk_evidence_order_id")),
        sa.ForeignKeyConstraint(["uploaded_by"], ["person.id"], name=op.f("fk_evidence_uploaded_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evidence")),
    )
    op.create_index("ix_evidence_order_id", "evidence", ["order_id"], unique=False)
    op.create_table(
        "feedback",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("finding", sa.Text(), nullable=False),
        sa.Column("cause", sa.String(length=200), nullable=True),
        sa.Column("location", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["order_id"], ["work_order.id"], name=op.f("fk_feedback_order_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_feedback_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feedback")),
        sa.UniqueConstraint("order_id", "round", name=op.f("uq_feedback_order_id_round")),
    )
    op.create_table(
        "order_handler",
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["order_id"], ["work_order.id"], name=op.f("fk_order_handler_order_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_order_handler_person_id")),
        sa.PrimaryKeyConstraint("order_id", "person_id", name=op.f("pk_order_handler")),
    )
    op.create_table(
        "review",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("decision", sa.String(length=10), nullable=False),
        sa.Column("comment", sa.Text(), nullable=True),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "decision = 'accept' OR comment IS NOT NULL", name=op.f("ck_review_return_has_comment")
        ),
        sa.CheckConstraint("decision IN ('accept', 'return')", name=op.f("ck_review_decision")),
        sa.ForeignKeyConstraint(["order_id"], ["work_order.id"], name=op.f("fk_review_order_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_review_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_review")),
        sa.UniqueConstraint("order_id", "round", name=op.f("uq_review_order_id_round")),
    )
    op.create_table(
        "sla_clock",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("grid_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("original_due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("stopped_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("stopped_by", sa.String(length=20), nullable=True),
        sa.Column("breached_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("plan", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("step", sa.Integer(), server_default="0", nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("policy_version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(state = 'breached') = (breached_at IS NOT NULL)", name=op.f("ck_sla_clock_breached")
        ),
        sa.CheckConstraint(
            "kind IN ('acknowledge', 'feedback', 'report', 'review', 'rework')",
            name=op.f("ck_sla_clock_kind"),
        ),
        sa.CheckConstraint(
            "state <> 'met' OR (stopped_at IS NOT NULL AND stopped_at <= due_at)",
            name=op.f("ck_sla_clock_met"),
        ),
        sa.CheckConstraint(
            "state IN ('running', 'met', 'breached', 'void')", name=op.f("ck_sla_clock_state")
        ),
        sa.CheckConstraint(
            "breached_at IS NULL OR breached_at = due_at", name=op.f("ck_sla_clock_breached_at_due")
        ),
        sa.CheckConstraint(
            "due_at >= started_at AND original_due_at >= started_at", name=op.f("ck_sla_clock_due")
        ),
        sa.CheckConstraint(
            "stopped_at IS NULL OR next_at IS NULL", name=op.f("ck_sla_clock_stopped_is_quiet")
        ),
        sa.ForeignKeyConstraint(["grid_id"], ["grid.id"], name=op.f("fk_sla_clock_grid_id")),
        sa.ForeignKeyConstraint(["order_id"], ["work_order.id"], name=op.f("fk_sla_clock_order_id")),
        sa.ForeignKeyConstraint(
            ["policy_version"], ["sla_policy.version"], name=op.f("fk_sla_clock_policy_version")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sla_clock")),
        sa.UniqueConstraint("order_id", "kind", "round", name=op.f("uq_sla_clock_order_id_kind_round")),
    )
    op.create_index(
        "ix_sla_clock_next_at",
        "sla_clock",
        ["next_at"],
        unique=False,
        postgresql_where=sa.text("next_at IS NOT NULL"),
    )
    op.create_index(
        "ix_sla_clock_running",
        "sla_clock",
        ["grid_id", "due_at"],
        unique=False,
        postgresql_where=sa.text("stopped_at IS NULL"),
    )
    op.create_table(
        "unrouted",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("alert_id", sa.BigInteger(), nullable=False),
        sa.Column("grid_id", sa.Integer(), nullable=True),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("order_id", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["alert_id"], ["alert.id"], name=op.f("fk_unrouted_alert_id")),
        sa.ForeignKeyConstraint(["grid_id"], ["grid.id"], name=op.f("fk_unrouted_grid_id")),
        sa.ForeignKeyConstraint(["order_id"], ["work_order.id"], name=op.f("fk_unrouted_order_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unrouted")),
    )
    op.create_index(
        "ix_unrouted_waiting",
        "unrouted",
        ["created_at"],
        unique=False,
        postgresql_where=sa.text("resolved_at IS NULL"),
    )
    op.create_index("uq_unrouted_alert_id", "unrouted", ["alert_id"], unique=True)
    op.create_table(
        "escalation",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("clock_id", sa.BigInteger(), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("planned_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("detected_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["clock_id"], ["sla_clock.id"], name=op.f("fk_escalation_clock_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_escalation")),
        sa.UniqueConstraint("clock_id", "level", name=op.f("uq_escalation_clock_id_level")),
    )
    op.create_table(
        "sla_breach",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("clock_id", sa.BigInteger(), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("grid_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("breached_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("detected_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["clock_id"], ["sla_clock.id"], name=op.f("fk_sla_breach_clock_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sla_breach")),
        sa.UniqueConstraint("clock_id", name=op.f("uq_sla_breach_clock_id")),
    )
    op.create_index("ix_sla_breach_grid_id_id", "sla_breach", ["grid_id", "id"], unique=False)

    # These churn: a sweep right after 100,000 due clocks cost 90 times the usual until a vacuum had passed.
    for table in ("sla_clock", "outbox", "station", "engine_beat"):
        op.execute(
            f"ALTER TABLE {table} SET (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.02,"
            " autovacuum_vacuum_threshold = 500, autovacuum_vacuum_cost_delay = 0)"
        )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_index("ix_sla_breach_grid_id_id", table_name="sla_breach")
    op.drop_table("sla_breach")
    op.drop_table("escalation")
    op.drop_index("uq_unrouted_alert_id", table_name="unrouted")
    op.drop_index(
        "ix_unrouted_waiting", table_name="unrouted", postgresql_where=sa.text("resolved_at IS NULL")
    )
    op.drop_table("unrouted")
    op.drop_index(
        "ix_sla_clock_running", table_name="sla_clock", postgresql_where=sa.text("stopped_at IS NULL")
    )
    op.drop_index(
        "ix_sla_clock_next_at", table_name="sla_clock", postgresql_where=sa.text("next_at IS NOT NULL")
    )
    op.drop_table("sla_clock")
    op.drop_table("review")
    op.drop_table("order_handler")
    op.drop_table("feedback")
    op.drop_index("ix_evidence_order_id", table_name="evidence")
    op.drop_table("evidence")
    op.drop_table("disposal_report")
    op.drop_index(
        "uq_work_order_working",
        table_name="work_order",
        postgresql_where=sa.text(
            "state IN ('dispatched', 'acknowledged', 'on_site') AND alert_id IS NOT NULL"
        ),
    )
    op.drop_index(
        "uq_work_order_alert_id", table_name="work_order", postgresql_where=sa.text("alert_id IS NOT NULL")
    )
    op.drop_index(
        "ix_work_order_open",
        table_name="work_order",
        postgresql_where=sa.text("state NOT IN ('closed', 'void')"),
    )
    op.drop_index("ix_work_order_grid_id_id", table_name="work_order")
    op.drop_table("work_order")
    op.drop_index(
        "uq_alert_open",
        table_name="alert",
        postgresql_where=sa.text("state = 'open'"),
        postgresql_nulls_not_distinct=True,
    )
    op.drop_index("ix_alert_station_id_id", table_name="alert")
    op.drop_index("ix_alert_order_id", table_name="alert")
    op.drop_index("ix_alert_grid_id_id", table_name="alert")
    op.drop_table("alert")
    op.drop_index("ix_station_grid_id", table_name="station")
    op.drop_table("station")
    op.drop_index("ix_source_grid_id", table_name="source")
    op.drop_table("source")
    op.drop_table("order_counter")
    op.drop_index("ix_idempotency_key_created_at", table_name="idempotency_key")
    op.drop_table("idempotency_key")
    op.drop_index("uq_duty_open", table_name="duty", postgresql_where=sa.text("valid_to IS NULL"))
    op.drop_index("ix_duty_grid_id_role", table_name="duty")
    op.drop_table("duty")
    op.drop_table("api_key")
    op.drop_table("sla_policy")
    op.drop_index("uq_rule_set_active", table_name="rule_set", postgresql_where=sa.text("state = 'active'"))
    op.drop_table("rule_set")
    op.drop_table("reading_version")
    op.drop_table("reading")
    op.drop_index(
        "uq_quarantine_waiting", table_name="quarantine", postgresql_where=sa.text("replayed_at IS NULL")
    )
    op.drop_index("ix_quarantine_last_received_at", table_name="quarantine")
    op.drop_table("quarantine")
    op.drop_table("person")
    op.drop_index("ix_outbox_next_at", table_name="outbox", postgresql_where=sa.text("next_at IS NOT NULL"))
    op.drop_index("ix_outbox_lane", table_name="outbox", postgresql_where=sa.text("next_at IS NOT NULL"))
    op.drop_index("ix_outbox_failed", table_name="outbox", postgresql_where=sa.text("state = 'failed'"))
    op.drop_table("outbox")
    op.drop_index(
        "ix_journal_order_id_id", table_name="journal", postgresql_where=sa.text("order_id IS NOT NULL")
    )
    op.drop_index("ix_journal_grid_id_id", table_name="journal")
    op.drop_table("journal")
    op.drop_table("intake_beat")
    op.drop_index("ix_grid_parent_id", table_name="grid")
    op.drop_table("grid")
    op.drop_table("engine_beat")
