"""the board of open clocks, and what the service finds wrong with itself"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

_CODES = (
    "code IN ('clock_unjudged', 'escalation_missing', 'order_without_clocks', 'order_without_holder',"
    " 'alert_without_order', 'unrouted_waiting', 'outbox_old', 'engine_stopped', 'detection_behind')"
)
revision = "601c14cc4b48"
down_revision = "f9886638e87a"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        "watchdog_finding",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("subject", sa.String(length=120), server_default="", nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen", sa.DateTime(timezone=True), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("examples", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(_CODES, name=op.f("ck_watchdog_finding_code")),
        sa.CheckConstraint("count >= 1", name=op.f("ck_watchdog_finding_count")),
        sa.CheckConstraint(
            "last_seen >= since AND (ended_at IS NULL OR ended_at >= since)",
            name=op.f("ck_watchdog_finding_span"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_watchdog_finding")),
    )
    op.create_index(
        "uq_watchdog_finding_open",
        "watchdog_finding",
        ["code", "subject"],
        unique=True,
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_index(
        "ix_alert_wanting",
        "alert",
        ["id"],
        unique=False,
        postgresql_where=sa.text("state = 'open' AND scope = 'local' AND order_due AND order_id IS NULL"),
    )
    op.create_index(
        "ix_work_order_open_id",
        "work_order",
        ["id"],
        unique=False,
        postgresql_where=sa.text("state NOT IN ('closed', 'void')"),
    )
    op.create_index(
        "ix_outbox_waiting",
        "outbox",
        ["channel", "created_at"],
        unique=False,
        postgresql_where=sa.text("next_at IS NOT NULL"),
    )
    op.create_index(
        "ix_sla_breach_breached_at",
        "sla_breach",
        ["breached_at"],
        unique=False,
        postgresql_include=["grid_id", "kind"],
    )
    op.drop_index(
        "ix_sla_clock_running", table_name="sla_clock", postgresql_where=sa.text("stopped_at IS NULL")
    )
    op.create_index(
        "ix_sla_clock_late",
        "sla_clock",
        ["id"],
        unique=False,
        postgresql_where=sa.text("state = 'breached' AND stopped_at IS NULL"),
    )
    op.create_index(
        "ix_sla_clock_open",
        "sla_clock",
        ["grid_id", "due_at"],
        unique=False,
        postgresql_include=["kind", "state"],
        postgresql_where=sa.text("stopped_at IS NULL"),
    )
    op.create_index(
        "ix_sla_clock_unjudged",
        "sla_clock",
        ["due_at"],
        unique=False,
        postgresql_where=sa.text("state = 'running'"),
    )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_index(
        "ix_sla_clock_unjudged", table_name="sla_clock", postgresql_where=sa.text("state = 'running'")
    )
    op.drop_index(
        "ix_sla_clock_open",
        table_name="sla_clock",
        postgresql_include=["kind", "state"],
        postgresql_where=sa.text("stopped_at IS NULL"),
    )
    op.drop_index(
        "ix_sla_clock_late",
        table_name="sla_clock",
        postgresql_where=sa.text("state = 'breached' AND stopped_at IS NULL"),
    )
    op.create_index(
        "ix_sla_clock_running",
        "sla_clock",
        ["grid_id", "due_at"],
        unique=False,
        postgresql_where=sa.text("stopped_at IS NULL"),
    )
    op.drop_index(
        "ix_sla_breach_breached_at", table_name="sla_breach", postgresql_include=["grid_id", "kind"]
    )
    op.drop_index(
        "ix_work_order_open_id",
        table_name="work_order",
        postgresql_where=sa.text("state NOT IN ('closed', 'void')"),
    )
    op.drop_index("ix_outbox_waiting", table_name="outbox", postgresql_where=sa.text("next_at IS NOT NULL"))
    op.drop_index(
        "ix_alert_wanting",
        table_name="alert",
        postgresql_where=sa.text("state = 'open' AND scope = 'local' AND order_due AND order_id IS NULL"),
    )
    op.drop_index(
        "uq_watchdog_finding_open",
        table_name="watchdog_finding",
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.drop_table("watchdog_finding")
