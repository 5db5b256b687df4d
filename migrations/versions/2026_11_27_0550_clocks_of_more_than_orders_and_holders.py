"""clocks of more than orders, and holders"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

_OLD_KINDS = "kind IN ('acknowledge', 'feedback', 'report', 'review', 'rework')"
_KINDS = "kind IN ('acknowledge', 'feedback', 'report', 'review', 'rework', 'decision', 'task', 'triage', 'recheck')"
# Every order was held by the grid it was dispatched to, until it was closed or withdrawn.
_HOLDERS = """
INSERT INTO holder_segment (order_id, grid_id, held_from, held_to, why)
SELECT id, grid_id, dispatched_at, greatest(closed_at, dispatched_at), 'dispatch' FROM work_order
"""
revision = "f9886638e87a"
down_revision = "6dcb1a9abae2"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        "holder_segment",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("grid_id", sa.Integer(), nullable=False),
        sa.Column("held_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("held_to", sa.DateTime(timezone=True), nullable=True),
        sa.Column("follows_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("why", sa.String(length=20), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        postgresql.ExcludeConstraint(
            (sa.text("int8range(order_id, order_id, '[]')"), "&&"),
            (sa.text("tstzrange(held_from, held_to)"), "&&"),
            using="gist",
            name="ex_holder_segment_overlap",
        ),
        sa.CheckConstraint("why IN ('dispatch', 'transfer', 'recusal')", name=op.f("ck_holder_segment_why")),
        sa.CheckConstraint(
            "follows_at IS NULL OR follows_at = held_from", name=op.f("ck_holder_segment_no_gap")
        ),
        sa.CheckConstraint("held_to IS NULL OR held_to >= held_from", name=op.f("ck_holder_segment_length")),
        sa.ForeignKeyConstraint(["grid_id"], ["grid.id"], name=op.f("fk_holder_segment_grid_id")),
        sa.ForeignKeyConstraint(
            ["order_id", "follows_at"], ["holder_segment.order_id", "holder_segment.held_to"], name="follows"
        ),
        sa.ForeignKeyConstraint(["order_id"], ["work_order.id"], name=op.f("fk_holder_segment_order_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_holder_segment_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_holder_segment")),
        sa.UniqueConstraint(
            "order_id",
            "follows_at",
            name=op.f("uq_holder_segment_order_id_follows_at"),
            postgresql_nulls_not_distinct=True,
        ),
        sa.UniqueConstraint("order_id", "held_to", name=op.f("uq_holder_segment_order_id_held_to")),
    )
    op.create_index("ix_holder_segment_grid_id", "holder_segment", ["grid_id"], unique=False)
    op.create_index(
        "uq_holder_segment_open",
        "holder_segment",
        ["order_id"],
        unique=True,
        postgresql_where=sa.text("held_to IS NULL"),
    )
    op.alter_column("escalation", "order_id", existing_type=sa.BIGINT(), nullable=True)
    op.add_column("sla_breach", sa.Column("subject_id", sa.BigInteger(), nullable=True))
    op.alter_column("sla_breach", "order_id", existing_type=sa.BIGINT(), nullable=True)
    op.add_column("sla_clock", sa.Column("subject_id", sa.BigInteger(), nullable=True))
    op.add_column("sla_clock", sa.Column("label", sa.String(length=40), nullable=True))
    op.alter_column("sla_clock", "order_id", existing_type=sa.BIGINT(), nullable=True)
    op.drop_constraint(op.f("uq_sla_clock_order_id_kind_round"), "sla_clock", type_="unique")
    op.create_index(
        "ix_sla_clock_subject",
        "sla_clock",
        ["kind", "subject_id"],
        unique=False,
        postgresql_where=sa.text("subject_id IS NOT NULL"),
    )
    op.create_unique_constraint(
        op.f("uq_sla_clock_order_id_kind_round_subject_id"),
        "sla_clock",
        ["order_id", "kind", "round", "subject_id"],
        postgresql_nulls_not_distinct=True,
    )
    op.drop_constraint(op.f("ck_sla_clock_kind"), "sla_clock", type_="check")
    op.create_check_constraint(op.f("ck_sla_clock_kind"), "sla_clock", _KINDS)
    op.create_check_constraint(
        op.f("ck_sla_clock_subject"),
        "sla_clock",
        "order_id IS NOT NULL OR (subject_id IS NOT NULL AND label IS NOT NULL)",
    )
    op.execute(_HOLDERS)


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    # What the older schema cannot hold goes.
    late = "SELECT id FROM sla_clock WHERE subject_id IS NOT NULL"
    op.execute(f"DELETE FROM escalation WHERE clock_id IN ({late})")
    op.execute(f"DELETE FROM sla_breach WHERE clock_id IN ({late})")
    op.execute("DELETE FROM sla_clock WHERE subject_id IS NOT NULL")
    op.drop_constraint(op.f("ck_sla_clock_subject"), "sla_clock", type_="check")
    op.drop_constraint(op.f("ck_sla_clock_kind"), "sla_clock", type_="check")
    op.create_check_constraint(op.f("ck_sla_clock_kind"), "sla_clock", _OLD_KINDS)
    op.drop_constraint(op.f("uq_sla_clock_order_id_kind_round_subject_id"), "sla_clock", type_="unique")
    op.drop_index(
        "ix_sla_clock_subject", table_name="sla_clock", postgresql_where=sa.text("subject_id IS NOT NULL")
    )
    op.create_unique_constraint(
        op.f("uq_sla_clock_order_id_kind_round"),
        "sla_clock",
        ["order_id", "kind", "round"],
        postgresql_nulls_not_distinct=False,
    )
    op.alter_column("sla_clock", "order_id", existing_type=sa.BIGINT(), nullable=False)
    op.drop_column("sla_clock", "label")
    op.drop_column("sla_clock", "subject_id")
    op.alter_column("sla_breach", "order_id", existing_type=sa.BIGINT(), nullable=False)
    op.drop_column("sla_breach", "subject_id")
    op.alter_column("escalation", "order_id", existing_type=sa.BIGINT(), nullable=False)
    op.drop_index(
        "uq_holder_segment_open", table_name="holder_segment", postgresql_where=sa.text("held_to IS NULL")
    )
    op.drop_index("ix_holder_segment_grid_id", table_name="holder_segment")
    op.drop_table("holder_segment")
