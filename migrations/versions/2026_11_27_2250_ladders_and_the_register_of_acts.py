"""ladders and the register of acts"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "a8521ad1df96"
down_revision = "bf4d75a86281"
branch_labels = None
depends_on = None

# Nobody but a chief of the prefecture decides, whatever way the row comes: a duty in force at that instant.
_CHIEF = """
CREATE FUNCTION geshao_chief_decides() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT 1 FROM duty d JOIN grid g ON g.id = d.grid_id
         WHERE d.person_id = NEW.decided_by AND d.role = 'chief' AND g.level = 1
           AND d.valid_from <= NEW.decided_at AND (d.valid_to IS NULL OR d.valid_to > NEW.decided_at)
    ) THEN
        RAISE EXCEPTION '% is decided by a chief of the prefecture', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$
"""
_DECIDED = """
CREATE TRIGGER chief_decides_{table} BEFORE INSERT ON {table} FOR EACH ROW
WHEN (NEW.decided_at IS NOT NULL) EXECUTE FUNCTION geshao_chief_decides()
"""
_DECIDES = """
CREATE TRIGGER chief_decides_{table}_later BEFORE UPDATE ON {table} FOR EACH ROW
WHEN (NEW.decided_at IS NOT NULL AND OLD.decided_at IS NULL) EXECUTE FUNCTION geshao_chief_decides()
"""
# A proposal is decided once and overtaken once; what it rests on is kept.
_PROPOSAL = """
CREATE TRIGGER keep_ladder_proposal BEFORE UPDATE ON ladder_proposal FOR EACH ROW WHEN (
    to_jsonb(OLD) - '{state,decided_by,decided_at,decided_why,overtaken_at,overtaken_by}'::text[]
        IS DISTINCT FROM
    to_jsonb(NEW) - '{state,decided_by,decided_at,decided_why,overtaken_at,overtaken_by}'::text[]
    OR (OLD.state <> 'open' OR OLD.overtaken_at IS NOT NULL)
        AND (OLD.state, OLD.decided_by, OLD.decided_at, OLD.decided_why) IS DISTINCT FROM
            (NEW.state, NEW.decided_by, NEW.decided_at, NEW.decided_why)
    OR OLD.overtaken_at IS NOT NULL AND OLD.overtaken_at IS DISTINCT FROM NEW.overtaken_at
    OR OLD.overtaken_by IS NOT NULL AND OLD.overtaken_by IS DISTINCT FROM NEW.overtaken_by
) EXECUTE FUNCTION geshao_refuse_change()
"""
# Of an act only its state goes on, by the ways there are; its paper may be drafted anew until one is issued.
_ACT = """
CREATE TRIGGER keep_supervisory_act BEFORE UPDATE ON supervisory_act FOR EACH ROW WHEN (
    to_jsonb(OLD) - '{state,number,decided_by,decided_at,paper_id,follow_up_due}'::text[]
        IS DISTINCT FROM
    to_jsonb(NEW) - '{state,number,decided_by,decided_at,paper_id,follow_up_due}'::text[]
    OR OLD.state <> 'proposed'
        AND (OLD.number, OLD.decided_by, OLD.decided_at) IS DISTINCT FROM (NEW.number, NEW.decided_by, NEW.decided_at)
    OR OLD.state <> NEW.state AND (OLD.state, NEW.state) NOT IN (
        ('proposed', 'signed'), ('proposed', 'declined'), ('signed', 'held'), ('signed', 'withdrawn'),
        ('held', 'completed'), ('held', 'withdrawn')
    )
    OR OLD.state IN ('declined', 'completed', 'withdrawn') AND OLD IS DISTINCT FROM NEW
    OR OLD.follow_up_due IS NOT NULL AND OLD.follow_up_due IS DISTINCT FROM NEW.follow_up_due
) EXECUTE FUNCTION geshao_refuse_change()
"""
_KEPT = ("ladder_proposal", "supervisory_act", "supervisory_act_step")
_STEPS = """
CREATE TRIGGER keep_supervisory_act_steps BEFORE UPDATE ON supervisory_act_step
FOR EACH STATEMENT EXECUTE FUNCTION geshao_refuse_change()
"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        "supervisory_act_counter",
        sa.Column("year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("year", name=op.f("pk_supervisory_act_counter")),
    )
    op.create_table(
        "ladder_proposal",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("grid_id", sa.Integer(), nullable=False),
        sa.Column("ladder", sa.String(length=20), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("subject", sa.String(length=120), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("by", sa.String(length=20), nullable=False),
        sa.Column("in_public", sa.Boolean(), nullable=False),
        sa.Column("article", sa.String(length=40), nullable=False),
        sa.Column("basis", sa.LargeBinary(), nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(length=20), server_default="open", nullable=False),
        sa.Column("decided_by", sa.Integer(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_why", sa.Text(), nullable=True),
        sa.Column("overtaken_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("overtaken_by", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "(state = 'open') = (decided_at IS NULL) AND (decided_at IS NULL) = (decided_by IS NULL)",
            name=op.f("ck_ladder_proposal_decided"),
        ),
        sa.CheckConstraint(
            "by IN ('office', 'deputy_leader', 'main_leader')", name=op.f("ck_ladder_proposal_by")
        ),
        sa.CheckConstraint(
            "kind IN ('notice', 'interview', 'inspection', 'accountability')",
            name=op.f("ck_ladder_proposal_kind"),
        ),
        sa.CheckConstraint(
            "ladder IN ('share', 'last_place', 'last_in_year', 'failed', 'failed_year', 'falsified', 'uncorrected')",
            name=op.f("ck_ladder_proposal_ladder"),
        ),
        sa.CheckConstraint(
            "state <> 'declined' OR decided_why IS NOT NULL", name=op.f("ck_ladder_proposal_declined")
        ),
        sa.CheckConstraint("state IN ('open', 'signed', 'declined')", name=op.f("ck_ladder_proposal_state")),
        sa.CheckConstraint("extract(day FROM month) = 1", name=op.f("ck_ladder_proposal_month")),
        sa.CheckConstraint(
            "overtaken_by IS NULL OR overtaken_at IS NOT NULL", name=op.f("ck_ladder_proposal_overtaken")
        ),
        sa.CheckConstraint("since <= month", name=op.f("ck_ladder_proposal_since")),
        sa.ForeignKeyConstraint(["decided_by"], ["person.id"], name=op.f("fk_ladder_proposal_decided_by")),
        sa.ForeignKeyConstraint(["grid_id"], ["grid.id"], name=op.f("fk_ladder_proposal_grid_id")),
        sa.ForeignKeyConstraint(
            ["overtaken_by"], ["ladder_proposal.id"], name=op.f("fk_ladder_proposal_overtaken_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ladder_proposal")),
    )
    op.create_index("ix_ladder_proposal_month", "ladder_proposal", ["month"], unique=False)
    op.create_index(
        "uq_ladder_proposal_standing",
        "ladder_proposal",
        ["grid_id", "ladder", "month", "subject"],
        unique=True,
        postgresql_where=sa.text("overtaken_at IS NULL"),
    )
    op.create_table(
        "supervisory_act",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("number", sa.String(length=40), nullable=True),
        sa.Column("grid_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("by", sa.String(length=20), nullable=False),
        sa.Column("in_public", sa.Boolean(), nullable=False),
        sa.Column("article", sa.String(length=40), nullable=False),
        sa.Column("proposal_id", sa.Integer(), nullable=True),
        sa.Column("ground", sa.String(length=20), nullable=True),
        sa.Column("document", sa.String(length=300), nullable=True),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.Column("period_from", sa.Date(), nullable=False),
        sa.Column("period_to", sa.Date(), nullable=False),
        sa.Column("proposed_by", sa.Integer(), nullable=True),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.Integer(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("paper_id", sa.Integer(), nullable=True),
        sa.Column("follow_up_due", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "(decided_at IS NULL) = (decided_by IS NULL) AND (state = 'declined' OR decided_by IS DISTINCT FROM proposed_by)",
            name=op.f("ck_supervisory_act_decided"),
        ),
        sa.CheckConstraint(
            "(state = 'proposed') = (decided_at IS NULL)", name=op.f("ck_supervisory_act_undecided")
        ),
        sa.CheckConstraint(
            "(state IN ('proposed', 'declined')) = (number IS NULL)", name=op.f("ck_supervisory_act_number")
        ),
        sa.CheckConstraint(
            "NOT (state IN ('proposed', 'declined')) OR paper_id IS NULL",
            name=op.f("ck_supervisory_act_paper"),
        ),
        sa.CheckConstraint(
            "by IN ('office', 'deputy_leader', 'main_leader')", name=op.f("ck_supervisory_act_by")
        ),
        sa.CheckConstraint(
            "ground IN ('target_missed', 'inspection_slow', 'measures_missing', 'grave_violation')",
            name=op.f("ck_supervisory_act_ground"),
        ),
        sa.CheckConstraint(
            "in_public = false OR kind = 'interview'", name=op.f("ck_supervisory_act_in_public")
        ),
        sa.CheckConstraint(
            "kind IN ('notice', 'interview', 'inspection', 'accountability')",
            name=op.f("ck_supervisory_act_kind"),
        ),
        sa.CheckConstraint(
            "state <> 'held' OR follow_up_due IS NOT NULL", name=op.f("ck_supervisory_act_held")
        ),
        sa.CheckConstraint(
            "state IN ('proposed', 'declined', 'signed', 'issued', 'held', 'completed', 'withdrawn') AND state <> 'issued'",
            name=op.f("ck_supervisory_act_state"),
        ),
        sa.CheckConstraint(
            "(proposal_id IS NULL) = (ground IS NOT NULL)", name=op.f("ck_supervisory_act_origin")
        ),
        sa.CheckConstraint(
            "(proposal_id IS NULL) = (proposed_by IS NOT NULL)", name=op.f("ck_supervisory_act_proposed")
        ),
        sa.CheckConstraint("period_from <= period_to", name=op.f("ck_supervisory_act_period")),
        sa.ForeignKeyConstraint(["decided_by"], ["person.id"], name=op.f("fk_supervisory_act_decided_by")),
        sa.ForeignKeyConstraint(["grid_id"], ["grid.id"], name=op.f("fk_supervisory_act_grid_id")),
        sa.ForeignKeyConstraint(["paper_id"], ["issued_paper.id"], name=op.f("fk_supervisory_act_paper_id")),
        sa.ForeignKeyConstraint(
            ["proposal_id"], ["ladder_proposal.id"], name=op.f("fk_supervisory_act_proposal_id")
        ),
        sa.ForeignKeyConstraint(["proposed_by"], ["person.id"], name=op.f("fk_supervisory_act_proposed_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_supervisory_act")),
        sa.UniqueConstraint("number", name=op.f("uq_supervisory_act_number")),
        sa.UniqueConstraint("proposal_id", name=op.f("uq_supervisory_act_proposal_id")),
    )
    op.create_index(
        "ix_supervisory_act_due",
        "supervisory_act",
        ["follow_up_due"],
        unique=False,
        postgresql_where=sa.text("state = 'held'"),
    )
    op.create_index("ix_supervisory_act_grid_id_id", "supervisory_act", ["grid_id", "id"], unique=False)
    op.create_table(
        "supervisory_act_step",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("act_id", sa.Integer(), nullable=False),
        sa.Column("step", sa.String(length=20), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.Integer(), nullable=False),
        sa.Column(
            "said",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'::jsonb"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "step IN ('propose', 'decline', 'sign', 'draft', 'issue', 'hold', 'object', 'complete', 'withdraw')",
            name=op.f("ck_supervisory_act_step_step"),
        ),
        sa.ForeignKeyConstraint(
            ["act_id"], ["supervisory_act.id"], name=op.f("fk_supervisory_act_step_act_id")
        ),
        sa.ForeignKeyConstraint(["by"], ["person.id"], name=op.f("fk_supervisory_act_step_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_supervisory_act_step")),
    )
    op.create_index(
        "ix_supervisory_act_step_act_id_id", "supervisory_act_step", ["act_id", "id"], unique=False
    )
    op.execute(_CHIEF)
    for table in ("ladder_proposal", "supervisory_act"):
        op.execute(_DECIDED.format(table=table))
        op.execute(_DECIDES.format(table=table))
    op.execute(_PROPOSAL)
    op.execute(_ACT)
    op.execute(_STEPS)
    for table in _KEPT:
        op.execute(
            f"CREATE TRIGGER keep_every_{table} BEFORE DELETE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION geshao_refuse_change()"
        )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_index("ix_supervisory_act_step_act_id_id", table_name="supervisory_act_step")
    op.drop_table("supervisory_act_step")
    op.drop_index("ix_supervisory_act_grid_id_id", table_name="supervisory_act")
    op.drop_index(
        "ix_supervisory_act_due", table_name="supervisory_act", postgresql_where=sa.text("state = 'held'")
    )
    op.drop_table("supervisory_act")
    op.drop_index(
        "uq_ladder_proposal_standing",
        table_name="ladder_proposal",
        postgresql_where=sa.text("overtaken_at IS NULL"),
    )
    op.drop_index("ix_ladder_proposal_month", table_name="ladder_proposal")
    op.drop_table("ladder_proposal")
    op.drop_table("supervisory_act_counter")
    op.execute("DROP FUNCTION geshao_chief_decides()")
