"""requests beside the states"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "b123b7888236"
down_revision = "c57e9c0de4cc"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        "order_request",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("grid_id", sa.Integer(), nullable=False),
        sa.Column("decides_grid_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("clock_id", sa.BigInteger(), nullable=True),
        sa.Column("until_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("proposed_grid_id", sa.Integer(), nullable=True),
        sa.Column("asked", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("filed_by", sa.Integer(), nullable=False),
        sa.Column("filed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.Integer(), nullable=True),
        sa.Column("comment", sa.Text(), nullable=True),
        sa.Column("granted", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(kind = 'extension') = (clock_id IS NOT NULL)", name=op.f("ck_order_request_clock")
        ),
        sa.CheckConstraint("(kind = 'recusal') = (reason IS NULL)", name=op.f("ck_order_request_private")),
        sa.CheckConstraint(
            "(kind = 'transfer') = (proposed_grid_id IS NOT NULL)", name=op.f("ck_order_request_proposed")
        ),
        sa.CheckConstraint(
            "(kind IN ('extension', 'suspension')) = (until_at IS NOT NULL)",
            name=op.f("ck_order_request_until"),
        ),
        sa.CheckConstraint("(state = 'pending') = (ended_at IS NULL)", name=op.f("ck_order_request_ended")),
        sa.CheckConstraint(
            "(state IN ('approved', 'rejected')) = (decided_by IS NOT NULL)",
            name=op.f("ck_order_request_decided"),
        ),
        sa.CheckConstraint(
            "kind IN ('extension', 'transfer', 'joint', 'recusal', 'suspension', 'void')",
            name=op.f("ck_order_request_kind"),
        ),
        sa.CheckConstraint(
            "state <> 'rejected' OR comment IS NOT NULL", name=op.f("ck_order_request_rejection_has_comment")
        ),
        sa.CheckConstraint(
            "state IN ('pending', 'approved', 'rejected', 'withdrawn', 'lapsed')",
            name=op.f("ck_order_request_state"),
        ),
        sa.CheckConstraint(
            "decided_by IS NULL OR decided_by <> filed_by", name=op.f("ck_order_request_two_people")
        ),
        sa.ForeignKeyConstraint(["clock_id"], ["sla_clock.id"], name=op.f("fk_order_request_clock_id")),
        sa.ForeignKeyConstraint(["decided_by"], ["person.id"], name=op.f("fk_order_request_decided_by")),
        sa.ForeignKeyConstraint(
            ["decides_grid_id"], ["grid.id"], name=op.f("fk_order_request_decides_grid_id")
        ),
        sa.ForeignKeyConstraint(["filed_by"], ["person.id"], name=op.f("fk_order_request_filed_by")),
        sa.ForeignKeyConstraint(["grid_id"], ["grid.id"], name=op.f("fk_order_request_grid_id")),
        sa.ForeignKeyConstraint(["order_id"], ["work_order.id"], name=op.f("fk_order_request_order_id")),
        sa.ForeignKeyConstraint(
            ["proposed_grid_id"], ["grid.id"], name=op.f("fk_order_request_proposed_grid_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_request")),
    )
    op.create_index("ix_order_request_grid_id_id", "order_request", ["grid_id", "id"], unique=False)
    op.create_index("ix_order_request_order_id", "order_request", ["order_id"], unique=False)
    op.create_index(
        "uq_order_request_pending",
        "order_request",
        ["order_id", "kind"],
        unique=True,
        postgresql_where=sa.text("state = 'pending'"),
    )
    op.create_table(
        "order_recusal",
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("request_id", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("declared_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lifted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lifted_by", sa.Integer(), nullable=True),
        sa.CheckConstraint("(lifted_at IS NULL) = (lifted_by IS NULL)", name=op.f("ck_order_recusal_lifted")),
        sa.ForeignKeyConstraint(["lifted_by"], ["person.id"], name=op.f("fk_order_recusal_lifted_by")),
        sa.ForeignKeyConstraint(["order_id"], ["work_order.id"], name=op.f("fk_order_recusal_order_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_order_recusal_person_id")),
        sa.ForeignKeyConstraint(
            ["request_id"], ["order_request.id"], name=op.f("fk_order_recusal_request_id")
        ),
        sa.PrimaryKeyConstraint("order_id", "person_id", name=op.f("pk_order_recusal")),
    )
    op.create_index("ix_order_recusal_request_id", "order_recusal", ["request_id"], unique=False)
    op.add_column("work_order", sa.Column("suspended_until", sa.DateTime(timezone=True), nullable=True))
    op.add_column("work_order", sa.Column("transfer_locked_at", sa.DateTime(timezone=True), nullable=True))
    op.create_check_constraint(
        op.f("ck_work_order_suspended"),
        "work_order",
        "suspended_until IS NULL OR state IN ('on_site', 'returned')",
    )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_constraint(op.f("ck_work_order_suspended"), "work_order", type_="check")
    op.drop_column("work_order", "transfer_locked_at")
    op.drop_column("work_order", "suspended_until")
    op.drop_index("ix_order_recusal_request_id", table_name="order_recusal")
    op.drop_table("order_recusal")
    op.drop_index(
        "uq_order_request_pending", table_name="order_request", postgresql_where=sa.text("state = 'pending'")
    )
    op.drop_index("ix_order_request_order_id", table_name="order_request")
    op.drop_index("ix_order_request_grid_id_id", table_name="order_request")
    op.drop_table("order_request")
