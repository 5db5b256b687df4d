"""when a person last signed in"""

import sqlalchemy as sa
from alembic import op

revision = "c4a91e6d2f38"
down_revision = "c41e8a6f5d20"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.add_column("person", sa.Column("last_signed_in_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_column("person", "last_signed_in_at")
