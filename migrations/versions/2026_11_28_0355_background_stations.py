"""background stations"""

import sqlalchemy as sa
from alembic import op

revision = "7d1b60c94e2f"
down_revision = "9b27d4f1c6e8"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.add_column("station", sa.Column("purpose", sa.String(20), server_default="evaluation", nullable=False))
    op.create_check_constraint(
        op.f("ck_station_purpose"), "station", "purpose IN ('evaluation', 'background')"
    )
    op.create_check_constraint(
        op.f("ck_station_background"), "station", "purpose = 'evaluation' OR kind = 'reference'"
    )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_column("station", "purpose")
