"""the stored stream that detection reads"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "5b1d0c7e94aa"
down_revision = "237d86d3e728"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        "detection_inbox",
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("kind IN ('readings', 'control')", name=op.f("ck_detection_inbox_kind")),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_detection_inbox")),
    )
    # Packed numbers hardly compress, and the attempt costs the server more than the bytes.
    op.execute("ALTER TABLE detection_inbox ALTER COLUMN body SET STORAGE EXTERNAL")
    # Rows come and go all the time: what is dead must not pile up before the living.
    op.execute(
        "ALTER TABLE detection_inbox SET (autovacuum_vacuum_scale_factor = 0.05, toast.autovacuum_vacuum_scale_factor = 0.05)"
    )
    op.create_table(
        "detection_cursor",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("moved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "told",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'::jsonb"),
            nullable=False,
        ),
        sa.CheckConstraint("id = 1", name=op.f("ck_detection_cursor_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_detection_cursor")),
    )
    op.execute(
        "ALTER TABLE detection_cursor SET (fillfactor = 10, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 500)"
    )
    op.create_table(
        "detection_state",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("format", sa.Integer(), nullable=False),
        sa.Column("rule_version", sa.String(length=64), nullable=False),
        sa.Column("parts", sa.Integer(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_detection_state")),
    )
    op.create_index("ix_detection_state_seq", "detection_state", ["seq"], unique=False)
    op.create_table(
        "detection_state_part",
        sa.Column("state_id", sa.BigInteger(), nullable=False),
        sa.Column("part", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["state_id"],
            ["detection_state.id"],
            name=op.f("fk_detection_state_part_state_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("state_id", "part", name=op.f("pk_detection_state_part")),
    )
    op.execute("ALTER TABLE detection_state_part ALTER COLUMN body SET STORAGE EXTERNAL")
    op.create_table(
        "detection_exception",
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("treatment", sa.String(length=10), nullable=False),
        sa.Column("skipped", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("events_lost", sa.Integer(), server_default="0", nullable=False),
        sa.Column("error", sa.String(length=500), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "treatment IN ('whole', 'pieces', 'skipped')", name=op.f("ck_detection_exception_treatment")
        ),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_detection_exception")),
    )
    op.create_table(
        "intake_cover",
        sa.Column("grid", sa.String(length=32), nullable=False),
        sa.Column("shard", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("mark", sa.String(length=64), nullable=False),
        sa.Column("covered_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("grid", "shard", name=op.f("pk_intake_cover")),
    )
    op.drop_constraint(op.f("ck_intake_beat_one_row"), "intake_beat", type_="check")
    op.create_check_constraint(op.f("ck_intake_beat_shard"), "intake_beat", "id >= 1")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("DELETE FROM intake_beat WHERE id > 1")
    op.drop_constraint(op.f("ck_intake_beat_shard"), "intake_beat", type_="check")
    op.create_check_constraint(op.f("ck_intake_beat_one_row"), "intake_beat", "id = 1")
    op.drop_table("intake_cover")
    op.drop_table("detection_exception")
    op.drop_table("detection_state_part")
    op.drop_index("ix_detection_state_seq", table_name="detection_state")
    op.drop_table("detection_state")
    op.drop_table("detection_cursor")
    op.drop_table("detection_inbox")
