"""tasks handed down, reports upward, joint orders"""

import sqlalchemy as sa
from alembic import op

_ORDER_CHECKS = {
    "joint_role": "joint_role IS NULL OR joint_role IN ('parent', 'child')",
    "parent": "(parent_id IS NOT NULL) = (joint_role IS NOT NULL AND joint_role = 'child')",
    "own_parent": "parent_id <> id",
    "child_without_alert": "parent_id IS NULL OR alert_id IS NULL",
}
revision = "a28aa9e5e08d"
down_revision = "601c14cc4b48"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        "up_report_counter",
        sa.Column("year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("grid_id", sa.Integer(), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["grid_id"], ["grid.id"], name=op.f("fk_up_report_counter_grid_id")),
        sa.PrimaryKeyConstraint("year", "grid_id", name=op.f("pk_up_report_counter")),
    )
    op.create_table(
        "up_report",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("grid_id", sa.Integer(), nullable=False),
        sa.Column("at_grid_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("step", sa.Integer(), server_default="1", nullable=False),
        sa.Column("origin", sa.String(length=20), nullable=False),
        sa.Column("category", sa.String(length=20), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("place", sa.String(length=200), nullable=True),
        sa.Column("lon", sa.Float(), nullable=False),
        sa.Column("lat", sa.Float(), nullable=False),
        sa.Column("accuracy_m", sa.Float(), nullable=True),
        sa.Column("source_id", sa.Integer(), nullable=True),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("filed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("order_id", sa.BigInteger(), nullable=True),
        sa.Column("duplicate_of", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "(state = 'merged') = (num_nonnulls(duplicate_of, order_id) > 0 AND state <> 'ordered')",
            name=op.f("ck_up_report_merged"),
        ),
        sa.CheckConstraint(
            "(state IN ('collected', 'filed', 'referred')) = (decided_at IS NULL)",
            name=op.f("ck_up_report_decided"),
        ),
        sa.CheckConstraint(
            "category IN ('scattered', 'enterprise', 'coal_boiler', 'dust', 'burning', 'black_water', 'sewage', 'waste', 'film', 'livestock', 'noise', 'other')",
            name=op.f("ck_up_report_category"),
        ),
        sa.CheckConstraint("duplicate_of IS NULL OR state = 'merged'", name=op.f("ck_up_report_duplicate")),
        sa.CheckConstraint("origin IN ('patrol', 'public', 'other')", name=op.f("ck_up_report_origin")),
        sa.CheckConstraint("state <> 'ordered' OR order_id IS NOT NULL", name=op.f("ck_up_report_ordered")),
        sa.CheckConstraint(
            "state IN ('collected', 'filed', 'referred', 'solved', 'ordered', 'tasked', 'merged', 'dismissed')",
            name=op.f("ck_up_report_state"),
        ),
        sa.CheckConstraint("duplicate_of <> id", name=op.f("ck_up_report_own_duplicate")),
        sa.CheckConstraint("found_at <= filed_at", name=op.f("ck_up_report_found")),
        sa.CheckConstraint(
            "lon BETWEEN -180 AND 180 AND lat BETWEEN -90 AND 90", name=op.f("ck_up_report_position")
        ),
        sa.CheckConstraint("step >= 1", name=op.f("ck_up_report_step")),
        sa.ForeignKeyConstraint(["at_grid_id"], ["grid.id"], name=op.f("fk_up_report_at_grid_id")),
        sa.ForeignKeyConstraint(["duplicate_of"], ["up_report.id"], name=op.f("fk_up_report_duplicate_of")),
        sa.ForeignKeyConstraint(["grid_id"], ["grid.id"], name=op.f("fk_up_report_grid_id")),
        sa.ForeignKeyConstraint(["order_id"], ["work_order.id"], name=op.f("fk_up_report_order_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_up_report_person_id")),
        sa.ForeignKeyConstraint(["source_id"], ["source.id"], name=op.f("fk_up_report_source_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_up_report")),
        sa.UniqueConstraint("number", name=op.f("uq_up_report_number")),
    )
    op.create_index("ix_up_report_grid_id_id", "up_report", ["grid_id", "id"], unique=False)
    op.create_index(
        "ix_up_report_order_id",
        "up_report",
        ["order_id"],
        unique=False,
        postgresql_where=sa.text("order_id IS NOT NULL"),
    )
    op.create_index("ix_up_report_place", "up_report", ["category", "found_at"], unique=False)
    op.create_index(
        "ix_up_report_waiting",
        "up_report",
        ["at_grid_id", "id"],
        unique=False,
        postgresql_where=sa.text("decided_at IS NULL"),
    )
    op.create_table(
        "task",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=True),
        sa.Column("report_id", sa.BigInteger(), nullable=True),
        sa.Column("parent_task_id", sa.BigInteger(), nullable=True),
        sa.Column("grid_id", sa.Integer(), nullable=False),
        sa.Column("from_grid_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("handed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("handed_by", sa.Integer(), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("taken_by", sa.Integer(), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_by", sa.Integer(), nullable=True),
        sa.Column("finding", sa.Text(), nullable=True),
        sa.Column("reason", sa.String(length=500), nullable=True),
        sa.CheckConstraint("(state = 'done') = (finding IS NOT NULL)", name=op.f("ck_task_done_has_finding")),
        sa.CheckConstraint(
            "(state = 'taken_back') = (reason IS NOT NULL)", name=op.f("ck_task_taken_back_has_reason")
        ),
        sa.CheckConstraint(
            "(state IN ('done', 'taken_back')) = (finished_at IS NOT NULL)", name=op.f("ck_task_finished")
        ),
        sa.CheckConstraint(
            "state <> 'done' OR finished_by IS NOT NULL", name=op.f("ck_task_done_by_somebody")
        ),
        sa.CheckConstraint(
            "state <> 'taken' OR taken_at IS NOT NULL", name=op.f("ck_task_taken_by_somebody")
        ),
        sa.CheckConstraint("state IN ('handed', 'taken', 'done', 'taken_back')", name=op.f("ck_task_state")),
        sa.CheckConstraint("(order_id IS NULL) <> (report_id IS NULL)", name=op.f("ck_task_one_subject")),
        sa.CheckConstraint("(taken_at IS NULL) = (taken_by IS NULL)", name=op.f("ck_task_taken")),
        sa.CheckConstraint("due_at > handed_at", name=op.f("ck_task_due")),
        sa.CheckConstraint("parent_task_id <> id", name=op.f("ck_task_own_parent")),
        sa.ForeignKeyConstraint(["finished_by"], ["person.id"], name=op.f("fk_task_finished_by")),
        sa.ForeignKeyConstraint(["from_grid_id"], ["grid.id"], name=op.f("fk_task_from_grid_id")),
        sa.ForeignKeyConstraint(["grid_id"], ["grid.id"], name=op.f("fk_task_grid_id")),
        sa.ForeignKeyConstraint(["handed_by"], ["person.id"], name=op.f("fk_task_handed_by")),
        sa.ForeignKeyConstraint(["order_id"], ["work_order.id"], name=op.f("fk_task_order_id")),
        sa.ForeignKeyConstraint(["parent_task_id"], ["task.id"], name=op.f("fk_task_parent_task_id")),
        sa.ForeignKeyConstraint(["report_id"], ["up_report.id"], name=op.f("fk_task_report_id")),
        sa.ForeignKeyConstraint(["taken_by"], ["person.id"], name=op.f("fk_task_taken_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_task")),
    )
    op.create_index("ix_task_grid_id_id", "task", ["grid_id", "id"], unique=False)
    op.create_index(
        "ix_task_order_id",
        "task",
        ["order_id"],
        unique=False,
        postgresql_where=sa.text("order_id IS NOT NULL"),
    )
    op.create_index(
        "ix_task_parent_task_id",
        "task",
        ["parent_task_id"],
        unique=False,
        postgresql_where=sa.text("parent_task_id IS NOT NULL"),
    )
    op.create_index(
        "ix_task_report_id",
        "task",
        ["report_id"],
        unique=False,
        postgresql_where=sa.text("report_id IS NOT NULL"),
    )
    op.create_table(
        "up_report_step",
        sa.Column("report_id", sa.BigInteger(), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("grid_id", sa.Integer(), nullable=False),
        sa.Column("act", sa.String(length=20), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("acted_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "act IN ('forward', 'solve', 'order', 'task', 'merge', 'dismiss', 'refer')",
            name=op.f("ck_up_report_step_act"),
        ),
        sa.ForeignKeyConstraint(["grid_id"], ["grid.id"], name=op.f("fk_up_report_step_grid_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_up_report_step_person_id")),
        sa.ForeignKeyConstraint(["report_id"], ["up_report.id"], name=op.f("fk_up_report_step_report_id")),
        sa.PrimaryKeyConstraint("report_id", "step", name=op.f("pk_up_report_step")),
    )
    op.add_column(
        "disposal_report", sa.Column("unfinished_tasks_reason", sa.String(length=500), nullable=True)
    )
    op.add_column("disposal_report", sa.Column("open_children_reason", sa.String(length=500), nullable=True))
    op.add_column("evidence", sa.Column("report_id", sa.BigInteger(), nullable=True))
    op.add_column("evidence", sa.Column("task_id", sa.BigInteger(), nullable=True))
    op.create_index(
        "ix_evidence_report_id",
        "evidence",
        ["report_id"],
        unique=False,
        postgresql_where=sa.text("report_id IS NOT NULL"),
    )
    op.create_index(
        "ix_evidence_task_id",
        "evidence",
        ["task_id"],
        unique=False,
        postgresql_where=sa.text("task_id IS NOT NULL"),
    )
    op.create_foreign_key(op.f("fk_evidence_task_id"), "evidence", "task", ["task_id"], ["id"])
    op.create_foreign_key(op.f("fk_evidence_report_id"), "evidence", "up_report", ["report_id"], ["id"])
    op.add_column("work_order", sa.Column("joint_role", sa.String(length=10), nullable=True))
    op.add_column("work_order", sa.Column("parent_id", sa.BigInteger(), nullable=True))
    op.add_column("work_order", sa.Column("joint_reason", sa.String(length=500), nullable=True))
    op.add_column("work_order", sa.Column("origin_report_id", sa.BigInteger(), nullable=True))
    op.create_index(
        "ix_work_order_parent_id",
        "work_order",
        ["parent_id"],
        unique=False,
        postgresql_where=sa.text("parent_id IS NOT NULL"),
    )
    op.create_index(
        "uq_work_order_origin_report_id",
        "work_order",
        ["origin_report_id"],
        unique=True,
        postgresql_where=sa.text("origin_report_id IS NOT NULL"),
    )
    op.create_foreign_key(
        "fk_work_order_origin_report_id", "work_order", "up_report", ["origin_report_id"], ["id"]
    )
    op.create_foreign_key(op.f("fk_work_order_parent_id"), "work_order", "work_order", ["parent_id"], ["id"])
    for name, condition in _ORDER_CHECKS.items():
        op.create_check_constraint(op.f(f"ck_work_order_{name}"), "work_order", condition)
    op.create_check_constraint(
        op.f("ck_evidence_one_subject"), "evidence", "order_id IS NULL OR report_id IS NULL"
    )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    # What these clocks are about goes, and nobody could stop them any more; breaches stay.
    op.execute("UPDATE sla_clock SET next_at = NULL WHERE kind IN ('task', 'triage') AND stopped_at IS NULL")
    op.drop_constraint(op.f("ck_evidence_one_subject"), "evidence", type_="check")
    for name in _ORDER_CHECKS:
        op.drop_constraint(op.f(f"ck_work_order_{name}"), "work_order", type_="check")
    op.drop_constraint(op.f("fk_work_order_parent_id"), "work_order", type_="foreignkey")
    op.drop_constraint("fk_work_order_origin_report_id", "work_order", type_="foreignkey")
    op.drop_index(
        "uq_work_order_origin_report_id",
        table_name="work_order",
        postgresql_where=sa.text("origin_report_id IS NOT NULL"),
    )
    op.drop_index(
        "ix_work_order_parent_id", table_name="work_order", postgresql_where=sa.text("parent_id IS NOT NULL")
    )
    op.drop_column("work_order", "origin_report_id")
    op.drop_column("work_order", "joint_reason")
    op.drop_column("work_order", "parent_id")
    op.drop_column("work_order", "joint_role")
    op.drop_constraint(op.f("fk_evidence_report_id"), "evidence", type_="foreignkey")
    op.drop_constraint(op.f("fk_evidence_task_id"), "evidence", type_="foreignkey")
    op.drop_index(
        "ix_evidence_task_id", table_name="evidence", postgresql_where=sa.text("task_id IS NOT NULL")
    )
    op.drop_index(
        "ix_evidence_report_id", table_name="evidence", postgresql_where=sa.text("report_id IS NOT NULL")
    )
    op.drop_column("evidence", "task_id")
    op.drop_column("evidence", "report_id")
    op.drop_column("disposal_report", "open_children_reason")
    op.drop_column("disposal_report", "unfinished_tasks_reason")
    op.drop_table("up_report_step")
    op.drop_index("ix_task_report_id", table_name="task", postgresql_where=sa.text("report_id IS NOT NULL"))
    op.drop_index(
        "ix_task_parent_task_id", table_name="task", postgresql_where=sa.text("parent_task_id IS NOT NULL")
    )
    op.drop_index("ix_task_order_id", table_name="task", postgresql_where=sa.text("order_id IS NOT NULL"))
    op.drop_index("ix_task_grid_id_id", table_name="task")
    op.drop_table("task")
    op.drop_index(
        "ix_up_report_waiting", table_name="up_report", postgresql_where=sa.text("decided_at IS NULL")
    )
    op.drop_index("ix_up_report_place", table_name="up_report")
    op.drop_index(
        "ix_up_report_order_id", table_name="up_report", postgresql_where=sa.text("order_id IS NOT NULL")
    )
    op.drop_index("ix_up_report_grid_id_id", table_name="up_report")
    op.drop_table("up_report")
    op.drop_table("up_report_counter")
