"""hj212 intake"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "8108c2f11780"
down_revision = "46f4220a4c9f"
branch_labels = None
depends_on = None

BEFORE = (
    "'not_json', 'schema', 'no_values', 'bad_time', 'future', 'too_old', 'too_many', 'oversize', 'bad_topic', "
    "'unknown_station', 'wrong_grid', 'internal', 'unsupported'"
)
ADDED = (
    "'bad_frame', 'bad_length', 'bad_crc', 'bad_field', 'bad_mn', 'bad_part', 'incomplete', "
    "'unsupported_command', 'unsupported_system'"
)


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        "hj212_part",
        sa.Column("station_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("pno", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("pnum", sa.Integer(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("topic", sa.String(length=512), nullable=False),
        sa.Column("frame", sa.LargeBinary(), nullable=False),
        sa.Column("joined_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("pno BETWEEN 1 AND pnum", name=op.f("ck_hj212_part_pno")),
        sa.PrimaryKeyConstraint("station_id", "key", "pno", name=op.f("pk_hj212_part")),
    )
    op.create_index("ix_hj212_part_received_at", "hj212_part", ["received_at"], unique=False)
    op.add_column(
        "station",
        sa.Column("hj212", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
    )
    op.drop_constraint(op.f("ck_quarantine_reason"), "quarantine", type_="check")
    op.create_check_constraint(op.f("ck_quarantine_reason"), "quarantine", f"reason IN ({BEFORE}, {ADDED})")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    # Every frame waits as `unsupported` again, once for each topic: the release before reads none.
    op.execute(
        f"""
        WITH gone AS (DELETE FROM quarantine WHERE reason IN ({ADDED}) RETURNING *)
        INSERT INTO quarantine (received_at, last_received_at, count, topic, station, reason, detail, payload,
                                truncated, digest, replayed_at, replayed_by)
        SELECT received_at, last_received_at, count, topic, station, 'unsupported', detail, payload,
               truncated, digest, replayed_at, replayed_by
          FROM gone
        ON CONFLICT (topic, reason, digest) WHERE replayed_at IS NULL DO NOTHING
        """
    )
    op.execute(
        """
        INSERT INTO quarantine (received_at, last_received_at, topic, station, reason, detail, payload, digest)
        SELECT p.received_at, p.received_at, p.topic, s.code, 'unsupported', 'a part that waited for others',
               p.frame, sha256(p.frame)
          FROM hj212_part p JOIN station s ON s.id = p.station_id
         WHERE p.joined_at IS NULL
        ON CONFLICT (topic, reason, digest) WHERE replayed_at IS NULL DO NOTHING
        """
    )
    op.drop_constraint(op.f("ck_quarantine_reason"), "quarantine", type_="check")
    op.create_check_constraint(op.f("ck_quarantine_reason"), "quarantine", f"reason IN ({BEFORE})")
    op.drop_column("station", "hj212")
    op.drop_index("ix_hj212_part_received_at", table_name="hj212_part")
    op.drop_table("hj212_part")
