"""SHA-256 of a photo as the camera gave it, where a smaller one was sent"""

import sqlalchemy as sa
from alembic import op

revision = "c41e7d5a8f20"
down_revision = "6d1f0a93be57"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.add_column("evidence", sa.Column("original_digest", sa.LargeBinary(32), nullable=True))


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_column("evidence", "original_digest")
