"""review, verdicts, spot checks, candidates"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

# Version 1 of the rules of review, as it was when the schema began to hold them.
_FIRST = """
INSERT INTO review_policy (version, body, author, note, created_at) VALUES (1, $body$
{
  "checklist": [
    {"key": "seen_in_time", "zh": "是否第一时间到达现场,并在1小时内反馈", "en": "Was the site seen at once, with feedback within an hour?", "source": "body §3(三)"},
    {"key": "cause_named", "zh": "原因是否查明(发现问题)", "en": "Is the cause named?", "source": "body §3(三)"},
    {"key": "measure_fits", "zh": "措施是否对症、到位(处置问题)", "en": "Does the measure fit the cause?", "source": "body §3(三)"},
    {"key": "before_after", "zh": "处置前后佐证是否齐全(反馈结果)", "en": "Is there evidence of before and after?", "source": "body §3(三)"},
    {"key": "people_named", "zh": "责任人是否明确", "en": "Are the people named who answer for it?", "source": "annex 1 art. 14"},
    {"key": "verdict_looked_at", "zh": "是否已查看监测数据复测结论", "en": "Was the verdict of the station looked at?", "source": "body §3(五)"}
  ],
  "by_cause": {},
  "checklist_required": false,
  "watch": {"enough_minutes": 120.0, "longest_hours": 24.0, "held": 3, "held_hourly": 2, "share": 0.3, "regional_share": 0.5},
  "recurrence": {"days": 7.0, "radius_m": 500.0},
  "spot_check": {"due_days": 7}
}
$body$, 'geshao', '', now())
"""
_APPEND_ONLY = """
CREATE FUNCTION review_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a review is never changed' USING ERRCODE = 'integrity_constraint_violation';
END
$$
"""
_CLAIMS = "claims IS NULL OR claims IN ('recovered', 'improved', 'no_source', 'instrument')"
_VERDICT = "verdict IS NULL OR verdict IN ('pending', 'recovered', 'not_recovered', 'regional', 'no_data')"
_OVERRIDE = "decision <> 'accept' OR verdict IS DISTINCT FROM 'not_recovered' OR override_reason IS NOT NULL"
revision = "745b11553320"
down_revision = "cc542f5bb8aa"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        "review_policy",
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("body", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("author", sa.String(length=64), nullable=False),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_review_policy")),
    )
    op.create_table(
        "spot_draw",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("grid_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=20), server_default="committed", nullable=False),
        sa.Column("from_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("size", sa.Integer(), nullable=True),
        sa.Column("share", sa.Double(), nullable=True),
        sa.Column("method", sa.Integer(), nullable=False),
        sa.Column("seed", sa.String(length=64), nullable=False),
        sa.Column("commitment", sa.LargeBinary(length=32), nullable=False),
        sa.Column("due_days", sa.Integer(), nullable=False),
        sa.Column("committed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("committed_by", sa.Integer(), nullable=False),
        sa.Column("drawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("drawn_by", sa.Integer(), nullable=True),
        sa.Column(
            "population",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'[]'::jsonb"),
            nullable=False,
        ),
        sa.Column("population_hash", sa.LargeBinary(length=32), nullable=True),
        postgresql.ExcludeConstraint(
            (sa.text("tstzrange(from_at, until_at)"), "&&"), using="gist", name="ex_spot_draw_period"
        ),
        sa.CheckConstraint(
            "(state = 'drawn') = (drawn_at IS NOT NULL) AND (state = 'drawn') = (population_hash IS NOT NULL)",
            name=op.f("ck_spot_draw_drawn"),
        ),
        sa.CheckConstraint("state IN ('committed', 'drawn')", name=op.f("ck_spot_draw_state")),
        sa.CheckConstraint("(size IS NULL) <> (share IS NULL)", name=op.f("ck_spot_draw_how_many")),
        sa.CheckConstraint("share IS NULL OR (share > 0 AND share <= 1)", name=op.f("ck_spot_draw_share")),
        sa.CheckConstraint("size IS NULL OR size > 0", name=op.f("ck_spot_draw_size")),
        sa.CheckConstraint("until_at > from_at", name=op.f("ck_spot_draw_period")),
        sa.ForeignKeyConstraint(["committed_by"], ["person.id"], name=op.f("fk_spot_draw_committed_by")),
        sa.ForeignKeyConstraint(["drawn_by"], ["person.id"], name=op.f("fk_spot_draw_drawn_by")),
        sa.ForeignKeyConstraint(["grid_id"], ["grid.id"], name=op.f("fk_spot_draw_grid_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_spot_draw")),
    )
    op.create_table(
        "order_link",
        sa.Column("order_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("earlier_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column(
            "facts",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'::jsonb"),
            nullable=False,
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind IN ('recurrence', 'rework')", name=op.f("ck_order_link_kind")),
        sa.CheckConstraint("order_id <> earlier_id", name=op.f("ck_order_link_two")),
        sa.ForeignKeyConstraint(["earlier_id"], ["work_order.id"], name=op.f("fk_order_link_earlier_id")),
        sa.ForeignKeyConstraint(["order_id"], ["work_order.id"], name=op.f("fk_order_link_order_id")),
        sa.PrimaryKeyConstraint("order_id", "earlier_id", "kind", name=op.f("pk_order_link")),
    )
    op.create_index("ix_order_link_earlier_id", "order_link", ["earlier_id"], unique=False)
    op.create_table(
        "order_verdict",
        sa.Column("order_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("round", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("station_id", sa.Integer(), nullable=False),
        sa.Column("alert_id", sa.BigInteger(), nullable=False),
        sa.Column("pollutant", sa.String(length=10), nullable=False),
        sa.Column("reported_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("claims", sa.String(length=20), nullable=True),
        sa.Column("until_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("policy_version", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=20), server_default="pending", nullable=False),
        sa.Column("relapsed", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("mismatch", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("mismatch_told_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("judged_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "figures",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'::jsonb"),
            nullable=False,
        ),
        sa.Column(
            "series",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'::jsonb"),
            nullable=False,
        ),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "claims IS NULL OR claims IN ('recovered', 'improved', 'no_source', 'instrument')",
            name=op.f("ck_order_verdict_claims"),
        ),
        sa.CheckConstraint(
            "state IN ('pending', 'recovered', 'not_recovered', 'regional', 'no_data')",
            name=op.f("ck_order_verdict_state"),
        ),
        sa.CheckConstraint("until_at > reported_at", name=op.f("ck_order_verdict_until")),
        sa.ForeignKeyConstraint(["alert_id"], ["alert.id"], name=op.f("fk_order_verdict_alert_id")),
        sa.ForeignKeyConstraint(["order_id"], ["work_order.id"], name=op.f("fk_order_verdict_order_id")),
        sa.ForeignKeyConstraint(
            ["policy_version"], ["review_policy.version"], name=op.f("fk_order_verdict_policy_version")
        ),
        sa.ForeignKeyConstraint(["station_id"], ["station.id"], name=op.f("fk_order_verdict_station_id")),
        sa.PrimaryKeyConstraint("order_id", "round", name=op.f("pk_order_verdict")),
    )
    op.create_index(
        "ix_order_verdict_next_at",
        "order_verdict",
        ["next_at"],
        unique=False,
        postgresql_where=sa.text("next_at IS NOT NULL"),
    )
    op.create_table(
        "spot_check",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("draw_id", sa.Integer(), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("grid_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=20), server_default="open", nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("checker_id", sa.Integer(), nullable=True),
        sa.Column("assigned_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("assigned_by", sa.Integer(), nullable=True),
        sa.Column("finding", sa.Text(), nullable=True),
        sa.Column(
            "evidence",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'[]'::jsonb"),
            nullable=False,
        ),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(state = 'open') = (checked_at IS NULL)", name=op.f("ck_spot_check_checked")),
        sa.CheckConstraint(
            "state = 'open' OR (finding IS NOT NULL AND checker_id IS NOT NULL)",
            name=op.f("ck_spot_check_finding"),
        ),
        sa.CheckConstraint("state IN ('open', 'passed', 'failed')", name=op.f("ck_spot_check_state")),
        sa.CheckConstraint(
            "(checker_id IS NULL) = (assigned_at IS NULL)", name=op.f("ck_spot_check_assigned")
        ),
        sa.ForeignKeyConstraint(["assigned_by"], ["person.id"], name=op.f("fk_spot_check_assigned_by")),
        sa.ForeignKeyConstraint(["checker_id"], ["person.id"], name=op.f("fk_spot_check_checker_id")),
        sa.ForeignKeyConstraint(["draw_id"], ["spot_draw.id"], name=op.f("fk_spot_check_draw_id")),
        sa.ForeignKeyConstraint(["grid_id"], ["grid.id"], name=op.f("fk_spot_check_grid_id")),
        sa.ForeignKeyConstraint(["order_id"], ["work_order.id"], name=op.f("fk_spot_check_order_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_spot_check")),
    )
    op.create_index(
        "ix_spot_check_open",
        "spot_check",
        ["due_at"],
        unique=False,
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_index("ix_spot_check_order_id", "spot_check", ["order_id"], unique=False)
    op.create_index("uq_spot_check_draw_id_order_id", "spot_check", ["draw_id", "order_id"], unique=True)
    op.create_table(
        "rectification_candidate",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("grid_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("state", sa.String(length=20), server_default="open", nullable=False),
        sa.Column("new_order_id", sa.BigInteger(), nullable=True),
        sa.Column("spot_check_id", sa.Integer(), nullable=True),
        sa.Column(
            "facts",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'::jsonb"),
            nullable=False,
        ),
        sa.Column("policy_version", sa.Integer(), nullable=False),
        sa.Column("raised_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.Integer(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("rework_order_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "(state = 'open') = (decided_at IS NULL) AND (decided_at IS NULL) = (decided_by IS NULL) AND (decided_at IS NULL) = (reason IS NULL)",
            name=op.f("ck_rectification_candidate_decided"),
        ),
        sa.CheckConstraint("kind IN ('incomplete', 'sham')", name=op.f("ck_rectification_candidate_kind")),
        sa.CheckConstraint(
            "rework_order_id IS NULL OR state = 'upheld'", name=op.f("ck_rectification_candidate_rework")
        ),
        sa.CheckConstraint(
            "state IN ('open', 'upheld', 'dismissed')", name=op.f("ck_rectification_candidate_state")
        ),
        sa.ForeignKeyConstraint(
            ["decided_by"], ["person.id"], name=op.f("fk_rectification_candidate_decided_by")
        ),
        sa.ForeignKeyConstraint(["grid_id"], ["grid.id"], name=op.f("fk_rectification_candidate_grid_id")),
        sa.ForeignKeyConstraint(
            ["new_order_id"], ["work_order.id"], name=op.f("fk_rectification_candidate_new_order_id")
        ),
        sa.ForeignKeyConstraint(
            ["order_id"], ["work_order.id"], name=op.f("fk_rectification_candidate_order_id")
        ),
        sa.ForeignKeyConstraint(
            ["policy_version"],
            ["review_policy.version"],
            name=op.f("fk_rectification_candidate_policy_version"),
        ),
        sa.ForeignKeyConstraint(
            ["rework_order_id"], ["work_order.id"], name=op.f("fk_rectification_candidate_rework_order_id")
        ),
        sa.ForeignKeyConstraint(
            ["spot_check_id"], ["spot_check.id"], name=op.f("fk_rectification_candidate_spot_check_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rectification_candidate")),
    )
    op.create_index(
        "ix_rectification_candidate_grid_id_id", "rectification_candidate", ["grid_id", "id"], unique=False
    )
    op.create_index(
        "uq_rectification_candidate_open",
        "rectification_candidate",
        ["order_id", "kind"],
        unique=True,
        postgresql_where=sa.text("state = 'open'"),
    )
    op.add_column("disposal_report", sa.Column("claims", sa.String(length=20), nullable=True))
    op.add_column(
        "review",
        sa.Column("checklist", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
    )
    op.add_column(
        "review",
        sa.Column(
            "reasons",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'[]'::jsonb"),
            nullable=False,
        ),
    )
    op.add_column("review", sa.Column("override_reason", sa.Text(), nullable=True))
    op.add_column("review", sa.Column("verdict", sa.String(length=20), nullable=True))
    op.add_column("review", sa.Column("policy_version", sa.Integer(), nullable=True))
    op.create_foreign_key(
        op.f("fk_review_policy_version"), "review", "review_policy", ["policy_version"], ["version"]
    )
    op.create_check_constraint(op.f("ck_disposal_report_claims"), "disposal_report", _CLAIMS)
    op.create_check_constraint(op.f("ck_review_verdict"), "review", _VERDICT)
    op.create_check_constraint(op.f("ck_review_override"), "review", _OVERRIDE)
    op.create_index(
        "ix_work_order_closed_at",
        "work_order",
        ["closed_at"],
        unique=False,
        postgresql_where=sa.text("state = 'closed'"),
    )
    op.execute(_FIRST)
    op.execute(_APPEND_ONLY)
    for table in ("review", "review_policy"):
        op.execute(
            f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION review_is_append_only()"
        )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    for table in ("review", "review_policy"):
        op.execute(f"DROP TRIGGER append_only ON {table}")
    op.execute("DROP FUNCTION review_is_append_only()")
    op.drop_index("ix_work_order_closed_at", table_name="work_order")
    op.drop_constraint(op.f("ck_review_override"), "review", type_="check")
    op.drop_constraint(op.f("ck_review_verdict"), "review", type_="check")
    op.drop_constraint(op.f("ck_disposal_report_claims"), "disposal_report", type_="check")
    op.drop_constraint(op.f("fk_review_policy_version"), "review", type_="foreignkey")
    op.drop_column("review", "policy_version")
    op.drop_column("review", "verdict")
    op.drop_column("review", "override_reason")
    op.drop_column("review", "reasons")
    op.drop_column("review", "checklist")
    op.drop_column("disposal_report", "claims")
    op.drop_index(
        "uq_rectification_candidate_open",
        table_name="rectification_candidate",
        postgresql_where=sa.text("state = 'open'"),
    )
    op.drop_index("ix_rectification_candidate_grid_id_id", table_name="rectification_candidate")
    op.drop_table("rectification_candidate")
    op.drop_index("uq_spot_check_draw_id_order_id", table_name="spot_check")
    op.drop_index("ix_spot_check_order_id", table_name="spot_check")
    op.drop_index("ix_spot_check_open", table_name="spot_check", postgresql_where=sa.text("state = 'open'"))
    op.drop_table("spot_check")
    op.drop_index(
        "ix_order_verdict_next_at",
        table_name="order_verdict",
        postgresql_where=sa.text("next_at IS NOT NULL"),
    )
    op.drop_table("order_verdict")
    op.drop_index("ix_order_link_earlier_id", table_name="order_link")
    op.drop_table("order_link")
    op.drop_table("spot_draw")
    op.drop_table("review_policy")
