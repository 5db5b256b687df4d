"""the record: chains of orders, append-only tables, summaries, causes, drills"""

import sqlalchemy as sa
from alembic import op

revision = "cc542f5bb8aa"
down_revision = "63fde88c5674"
branch_labels = None
depends_on = None

_CAUSES = (
    "cause_code IS NULL OR cause_code IN ('construction_dust', 'road_dust', 'open_burning', 'bulk_materials',"
    " 'industrial_stack', 'coal_heating', 'catering', 'vehicles', 'straw', 'other', 'none_found')"
)
_CHAINED = "(order_id IS NULL) = (order_seq IS NULL) AND (order_id IS NULL) = (order_hash IS NULL)"
# The chain of each order, over what is there: one sorted pass in the server, however long the journal is.
_LINK = """
CREATE FUNCTION pg_temp.link(previous bytea, written text) RETURNS bytea LANGUAGE sql IMMUTABLE
RETURN sha256(previous || convert_to(written, 'UTF8'))
"""
_CHAIN = """
CREATE AGGREGATE pg_temp.chain(text) (sfunc = pg_temp.link, stype = bytea, initcond =
    '\\x0000000000000000000000000000000000000000000000000000000000000000')
"""
_INSTANT = """
CREATE FUNCTION pg_temp.said(at timestamptz) RETURNS text LANGUAGE sql STABLE
RETURN to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS')
       || CASE WHEN to_char(at, 'US') = '000000' THEN '' ELSE '.' || to_char(at, 'US') END || '+00:00'
"""
_FILL = """
UPDATE journal j SET order_seq = c.seq, order_hash = c.hash
  FROM (
    SELECT id, row_number() OVER of_order AS seq, pg_temp.chain(
             '[' || id || ',"' || kind || '","' || pg_temp.said(occurred_at) || '","' || pg_temp.said(recorded_at)
             || '",' || coalesce(grid_id::text, 'null') || ',' || order_id || ',' || coalesce(alert_id::text, 'null')
             || ',' || coalesce(actor_id::text, 'null') || ']' || data::text
           ) OVER of_order AS hash
      FROM journal WHERE order_id IS NOT NULL WINDOW of_order AS (PARTITION BY order_id ORDER BY id)
  ) c
 WHERE j.id = c.id
"""
_REFUSE = """
CREATE FUNCTION geshao_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% keeps what was written: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'restrict_violation';
END $$
"""
_APPEND_ONLY = ("feedback", "disposal_report", "review")
_EVIDENCE = """
CREATE TRIGGER keep_evidence BEFORE UPDATE ON evidence FOR EACH ROW WHEN (
    (OLD.id, OLD.digest, OLD.size, OLD.media_type, OLD.filename, OLD.uploaded_by, OLD.uploaded_at)
        IS DISTINCT FROM
    (NEW.id, NEW.digest, NEW.size, NEW.media_type, NEW.filename, NEW.uploaded_by, NEW.uploaded_at)
    OR OLD.order_id IS NOT NULL
        AND (OLD.order_id, OLD.used_for, OLD.round) IS DISTINCT FROM (NEW.order_id, NEW.used_for, NEW.round)
) EXECUTE FUNCTION geshao_refuse_change()
"""
_TRIGGERS = {
    "journal": ("keep_journal",),
    "feedback": ("keep_feedback",),
    "disposal_report": ("keep_disposal_report",),
    "review": ("keep_review",),
    "evidence": ("keep_evidence", "keep_cited_evidence"),
    "work_order": ("keep_drill",),
    "order_summary": ("keep_signed_summary", "keep_summary"),
}


def _guard() -> None:
    op.execute(_REFUSE)
    op.execute(
        "CREATE TRIGGER keep_journal BEFORE UPDATE OR DELETE OR TRUNCATE ON journal"
        " FOR EACH STATEMENT EXECUTE FUNCTION geshao_refuse_change()"
    )
    for table in _APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER keep_{table} BEFORE UPDATE OR DELETE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION geshao_refuse_change()"
        )
    op.execute(_EVIDENCE)
    op.execute(
        "CREATE TRIGGER keep_cited_evidence BEFORE DELETE ON evidence FOR EACH ROW"
        " WHEN (OLD.order_id IS NOT NULL) EXECUTE FUNCTION geshao_refuse_change()"
    )
    op.execute(
        "CREATE TRIGGER keep_drill BEFORE UPDATE OF drill ON work_order FOR EACH ROW"
        " WHEN (OLD.drill IS DISTINCT FROM NEW.drill) EXECUTE FUNCTION geshao_refuse_change()"
    )
    op.execute(
        "CREATE TRIGGER keep_signed_summary BEFORE UPDATE ON order_summary FOR EACH ROW"
        " WHEN (OLD.signed_at IS NOT NULL) EXECUTE FUNCTION geshao_refuse_change()"
    )
    op.execute(
        "CREATE TRIGGER keep_summary BEFORE DELETE ON order_summary"
        " FOR EACH STATEMENT EXECUTE FUNCTION geshao_refuse_change()"
    )


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute(
        "SET LOCAL statement_timeout = 0"
    )  # a long journal takes longer than a statement of the service may
    op.create_table(
        "order_summary",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), server_default="1", nullable=False),
        sa.Column("draft", sa.Text(), nullable=False),
        sa.Column("inputs_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("drafted_by", sa.Integer(), nullable=False),
        sa.Column("drafted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("edited_by", sa.Integer(), nullable=True),
        sa.Column("edited_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("signed_by", sa.Integer(), nullable=True),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(edited_at IS NULL) = (edited_by IS NULL)", name=op.f("ck_order_summary_edited")),
        sa.CheckConstraint("(signed_at IS NULL) = (signed_by IS NULL)", name=op.f("ck_order_summary_signed")),
        sa.CheckConstraint("version >= 1", name=op.f("ck_order_summary_version")),
        sa.ForeignKeyConstraint(["drafted_by"], ["person.id"], name=op.f("fk_order_summary_drafted_by")),
        sa.ForeignKeyConstraint(["edited_by"], ["person.id"], name=op.f("fk_order_summary_edited_by")),
        sa.ForeignKeyConstraint(["order_id"], ["work_order.id"], name=op.f("fk_order_summary_order_id")),
        sa.ForeignKeyConstraint(["signed_by"], ["person.id"], name=op.f("fk_order_summary_signed_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_summary")),
        sa.UniqueConstraint("order_id", "version", name=op.f("uq_order_summary_order_id_version")),
    )
    op.create_index(
        "uq_order_summary_draft",
        "order_summary",
        ["order_id"],
        unique=True,
        postgresql_where=sa.text("signed_at IS NULL"),
    )
    op.add_column("feedback", sa.Column("cause_code", sa.String(length=20), nullable=True))
    op.create_check_constraint(op.f("ck_feedback_cause_code"), "feedback", _CAUSES)
    op.add_column(
        "work_order", sa.Column("drill", sa.Boolean(), server_default=sa.text("false"), nullable=False)
    )
    op.create_check_constraint(op.f("ck_work_order_drill"), "work_order", "NOT drill OR alert_id IS NULL")
    op.create_index("ix_work_order_dispatched_at", "work_order", ["dispatched_at"], unique=False)
    op.create_index(
        "ix_work_order_drill", "work_order", ["id"], unique=False, postgresql_where=sa.text("drill")
    )
    op.add_column("journal", sa.Column("on_behalf_of_id", sa.Integer(), nullable=True))
    op.add_column("journal", sa.Column("client_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("journal", sa.Column("order_seq", sa.Integer(), nullable=True))
    op.add_column("journal", sa.Column("order_hash", sa.LargeBinary(length=32), nullable=True))
    for statement in (_LINK, _CHAIN, _INSTANT, _FILL):
        op.execute(statement)
    for dropped in ("AGGREGATE pg_temp.chain(text)", "FUNCTION pg_temp.link", "FUNCTION pg_temp.said"):
        op.execute(f"DROP {dropped}")
    op.create_check_constraint(op.f("ck_journal_order_chain"), "journal", _CHAINED)
    op.drop_index(op.f("ix_journal_order_id_id"), table_name="journal")
    op.create_index(
        "uq_journal_order_seq",
        "journal",
        ["order_id", "order_seq"],
        unique=True,
        postgresql_where=sa.text("order_id IS NOT NULL"),
    )
    _guard()


def downgrade() -> None:
    """What was told with a device's time, or for somebody else, no longer verifies: the older row has no place for it."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    for table, triggers in _TRIGGERS.items():
        for trigger in triggers:
            op.execute(f"DROP TRIGGER {trigger} ON {table}")
    op.execute("DROP FUNCTION geshao_refuse_change()")
    op.drop_index("ix_work_order_dispatched_at", table_name="work_order")
    op.drop_index("ix_work_order_drill", table_name="work_order")
    op.drop_column("work_order", "drill")
    op.drop_index("uq_journal_order_seq", table_name="journal")
    op.create_index(
        op.f("ix_journal_order_id_id"),
        "journal",
        ["order_id", "id"],
        unique=False,
        postgresql_where=sa.text("order_id IS NOT NULL"),
    )
    op.drop_constraint(op.f("ck_journal_order_chain"), "journal", type_="check")
    op.drop_column("journal", "order_hash")
    op.drop_column("journal", "order_seq")
    op.drop_column("journal", "client_at")
    op.drop_column("journal", "on_behalf_of_id")
    op.drop_column("feedback", "cause_code")
    op.drop_table("order_summary")
