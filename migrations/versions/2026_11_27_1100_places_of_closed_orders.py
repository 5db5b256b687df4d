"""places of closed orders, found by index"""

import sqlalchemy as sa
from alembic import op

revision = "6d1f0a93be57"
down_revision = "3b7e52c9d0a4"
branch_labels = None
depends_on = None

_SOURCE = "(why #>> '{upwind,sources,0,code}')"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_index(
        "ix_work_order_station_id",
        "work_order",
        ["station_id", "id"],
        postgresql_where=sa.text("station_id IS NOT NULL"),
    )
    op.create_index("ix_station_place", "station", ["lat", "lon"])
    op.create_index(
        "ix_alert_source", "alert", [sa.text(_SOURCE)], postgresql_where=sa.text(f"{_SOURCE} IS NOT NULL")
    )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_index("ix_alert_source", "alert")
    op.drop_index("ix_station_place", "station")
    op.drop_index("ix_work_order_station_id", "work_order")
