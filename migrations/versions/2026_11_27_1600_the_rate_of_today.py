"""the board's rate of today has its index"""

from alembic import op

revision = "b7d05e3f9a62"
down_revision = "e90b4c7d2a15"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_index(
        "ix_sla_clock_met",
        "sla_clock",
        ["stopped_at"],
        postgresql_include=["grid_id", "order_id"],
        postgresql_where="state = 'met'",
    )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_index("ix_sla_clock_met", table_name="sla_clock")
