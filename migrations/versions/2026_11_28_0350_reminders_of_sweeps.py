"""reminders of sweeps"""

import sqlalchemy as sa
from alembic import op

revision = "9b27d4f1c6e8"
down_revision = "5c1e7a90d3b4"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        "sweep_reminder",
        sa.Column("grid_id", sa.Integer(), nullable=False),
        sa.Column("quarter", sa.Date(), nullable=False),
        sa.Column("overdue", sa.Boolean(), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "extract(day FROM quarter) = 1 AND extract(month FROM quarter) IN (1, 4, 7, 10)",
            name=op.f("ck_sweep_reminder_quarter"),
        ),
        sa.ForeignKeyConstraint(["grid_id"], ["grid.id"], name=op.f("fk_sweep_reminder_grid_id")),
        sa.PrimaryKeyConstraint("grid_id", "quarter", "overdue", name=op.f("pk_sweep_reminder")),
    )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_table("sweep_reminder")
