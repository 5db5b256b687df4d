"""reports that come with a check-in"""

import sqlalchemy as sa
from alembic import op

revision = "5c0e83b7a1d4"
down_revision = "7d1b60c94e2f"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.add_column("up_report", sa.Column("visit_id", sa.BigInteger(), nullable=True))
    op.create_foreign_key(
        op.f("fk_up_report_visit_id_patrol_visit"), "up_report", "patrol_visit", ["visit_id"], ["id"]
    )
    op.create_unique_constraint(op.f("uq_up_report_visit_id"), "up_report", ["visit_id"])


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_column("up_report", "visit_id")
