"""notices to people"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

_OLD_STATES = "state IN ('pending', 'sending', 'sent', 'failed')"
_STATES = "state IN ('pending', 'sending', 'sent', 'delivered', 'failed', 'unknown', 'superseded')"
_OLD_CHANNELS = "channel IN ('mqtt', 'webhook')"
_CHANNELS = "channel IN ('mqtt', 'webhook', 'wecom', 'dingtalk', 'feishu', 'email', 'sms')"
_WAITS = "(state IN ('pending', 'sending')) = (next_at IS NOT NULL)"

revision = "63fde88c5674"
down_revision = "b123b7888236"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        "way_health",
        sa.Column("way", sa.String(length=40), nullable=False),
        sa.Column("failures", sa.Integer(), server_default="0", nullable=False),
        sa.Column("failing_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("succeeded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("down_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.String(length=300), nullable=True),
        sa.PrimaryKeyConstraint("way", name=op.f("pk_way_health")),
    )
    op.create_table(
        "act_link",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("act", sa.String(length=20), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "act IN ('dispatch', 'acknowledge', 'feedback', 'report', 'accept', 'return', 'void')",
            name=op.f("ck_act_link_act"),
        ),
        sa.CheckConstraint("expires_at > created_at", name=op.f("ck_act_link_validity")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_act_link_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_act_link")),
    )
    op.create_index("ix_act_link_expires_at", "act_link", ["expires_at"], unique=False)
    op.create_table(
        "contact",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("channel", sa.String(length=20), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("masked", sa.String(length=80), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("verified_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("code_digest", sa.LargeBinary(length=32), nullable=True),
        sa.Column("code_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("code_tries", sa.Integer(), server_default="0", nullable=False),
        sa.CheckConstraint(
            "channel IN ('mqtt', 'webhook', 'wecom', 'dingtalk', 'feishu', 'email', 'sms')",
            name=op.f("ck_contact_channel"),
        ),
        sa.CheckConstraint("code_tries BETWEEN 0 AND 5", name=op.f("ck_contact_code_tries")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_contact_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact")),
        sa.UniqueConstraint(
            "person_id", "channel", "digest", name=op.f("uq_contact_person_id_channel_digest")
        ),
    )
    op.create_table(
        "notice_rule",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("about", sa.String(length=20), nullable=False),
        sa.Column("channel", sa.String(length=20), nullable=True),
        sa.Column("after_s", sa.Integer(), server_default="0", nullable=False),
        sa.Column("min_level", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint(
            "about IN ('dispatched', 'returned', 'reported', 'warning', 'breach', 'escalation', 'request', 'task', 'upward', 'unrouted', 'gap', 'channel', 'test')",
            name=op.f("ck_notice_rule_about"),
        ),
        sa.CheckConstraint(
            "channel IS NULL OR channel IN ('mqtt', 'webhook', 'wecom', 'dingtalk', 'feishu', 'email', 'sms')",
            name=op.f("ck_notice_rule_channel"),
        ),
        sa.CheckConstraint("after_s BETWEEN 0 AND 86400", name=op.f("ck_notice_rule_after_s")),
        sa.CheckConstraint("min_level BETWEEN 1 AND 9", name=op.f("ck_notice_rule_min_level")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_notice_rule_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice_rule")),
        sa.UniqueConstraint(
            "person_id",
            "about",
            "channel",
            name=op.f("uq_notice_rule_person_id_about_channel"),
            postgresql_nulls_not_distinct=True,
        ),
    )
    op.create_table(
        "notice_target",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("grid_id", sa.Integer(), nullable=False),
        sa.Column("channel", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("masked", sa.String(length=80), nullable=False),
        sa.Column("classes", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("created_by", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "channel IN ('mqtt', 'webhook', 'wecom', 'dingtalk', 'feishu', 'email', 'sms')",
            name=op.f("ck_notice_target_channel"),
        ),
        sa.ForeignKeyConstraint(["created_by"], ["person.id"], name=op.f("fk_notice_target_created_by")),
        sa.ForeignKeyConstraint(["grid_id"], ["grid.id"], name=op.f("fk_notice_target_grid_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice_target")),
    )
    op.create_index(
        "ix_notice_target_grid_id",
        "notice_target",
        ["grid_id"],
        unique=False,
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "quiet_hours",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("begins", sa.Time(), nullable=False),
        sa.Column("ends", sa.Time(), nullable=False),
        sa.CheckConstraint("begins <> ends", name=op.f("ck_quiet_hours_span")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_quiet_hours_person_id")),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_quiet_hours")),
    )
    op.add_column("outbox", sa.Column("about", sa.String(length=20), nullable=True))
    op.add_column(
        "outbox", sa.Column("urgent", sa.Boolean(), server_default=sa.text("false"), nullable=False)
    )
    op.add_column("outbox", sa.Column("held", sa.String(length=20), nullable=True))
    op.add_column("outbox", sa.Column("person_id", sa.Integer(), nullable=True))
    op.add_column("outbox", sa.Column("tried_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("outbox", sa.Column("carried_by", sa.BigInteger(), nullable=True))
    op.add_column("outbox", sa.Column("again", sa.Boolean(), server_default=sa.text("false"), nullable=False))
    op.create_index(
        "ix_outbox_tried_at",
        "outbox",
        ["channel", "lane", "tried_at"],
        unique=False,
        postgresql_where=sa.text("about IS NOT NULL"),
    )
    op.drop_constraint(op.f("ck_outbox_state"), "outbox", type_="check")
    op.create_check_constraint(op.f("ck_outbox_state"), "outbox", _STATES)
    op.drop_constraint(op.f("ck_outbox_channel"), "outbox", type_="check")
    op.create_check_constraint(op.f("ck_outbox_channel"), "outbox", _CHANNELS)
    op.create_check_constraint(op.f("ck_outbox_next_at"), "outbox", _WAITS)
    op.drop_index("ix_outbox_failed", table_name="outbox", postgresql_where=sa.text("state = 'failed'"))
    op.create_index(
        "ix_outbox_failed", "outbox", ["id"], postgresql_where=sa.text("state IN ('failed', 'unknown')")
    )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    # Notices to people go, and webhooks of grids: the older release knows neither where they go to nor how.
    op.execute(
        "DELETE FROM outbox WHERE about IS NOT NULL OR destination LIKE 'target:%' OR state = 'superseded'"
    )
    op.execute("UPDATE outbox SET state = 'sent' WHERE state = 'delivered'")
    op.execute("UPDATE outbox SET state = 'failed' WHERE state = 'unknown'")
    op.drop_index(
        "ix_outbox_failed", table_name="outbox", postgresql_where=sa.text("state IN ('failed', 'unknown')")
    )
    op.create_index("ix_outbox_failed", "outbox", ["id"], postgresql_where=sa.text("state = 'failed'"))
    op.drop_constraint(op.f("ck_outbox_next_at"), "outbox", type_="check")
    op.drop_constraint(op.f("ck_outbox_channel"), "outbox", type_="check")
    op.create_check_constraint(op.f("ck_outbox_channel"), "outbox", _OLD_CHANNELS)
    op.drop_constraint(op.f("ck_outbox_state"), "outbox", type_="check")
    op.create_check_constraint(op.f("ck_outbox_state"), "outbox", _OLD_STATES)
    op.drop_index("ix_outbox_tried_at", table_name="outbox", postgresql_where=sa.text("about IS NOT NULL"))
    op.drop_column("outbox", "again")
    op.drop_column("outbox", "carried_by")
    op.drop_column("outbox", "tried_at")
    op.drop_column("outbox", "person_id")
    op.drop_column("outbox", "held")
    op.drop_column("outbox", "urgent")
    op.drop_column("outbox", "about")
    op.drop_table("quiet_hours")
    op.drop_index(
        "ix_notice_target_grid_id", table_name="notice_target", postgresql_where=sa.text("ended_at IS NULL")
    )
    op.drop_table("notice_target")
    op.drop_table("notice_rule")
    op.drop_table("contact")
    op.drop_index("ix_act_link_expires_at", table_name="act_link")
    op.drop_table("act_link")
    op.drop_table("way_health")
