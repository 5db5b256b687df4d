"""shifts at the desk, and the notes at their end"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "b7d3f0a94c61"
down_revision = "b7d05e3f9a62"
branch_labels = None
depends_on = None

_TOLD = "id, grid_id, shift_id, written_by, written_at, remarks, digest"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("SET LOCAL statement_timeout = 0")  # the index of a long journal takes its time
    op.create_table(
        "desk_shift",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("grid_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_by", sa.Integer(), nullable=True),
        sa.CheckConstraint("(closed_at IS NULL) = (closed_by IS NULL)", name=op.f("ck_desk_shift_closed")),
        sa.CheckConstraint("closed_at IS NULL OR closed_at >= opened_at", name=op.f("ck_desk_shift_span")),
        sa.ForeignKeyConstraint(["closed_by"], ["person.id"], name=op.f("fk_desk_shift_closed_by")),
        sa.ForeignKeyConstraint(["grid_id"], ["grid.id"], name=op.f("fk_desk_shift_grid_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_desk_shift_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_desk_shift")),
    )
    op.create_index(
        "uq_desk_shift_open",
        "desk_shift",
        ["grid_id", "person_id"],
        unique=True,
        postgresql_where=sa.text("closed_at IS NULL"),
    )
    op.create_table(
        "desk_note",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("grid_id", sa.Integer(), nullable=False),
        sa.Column("shift_id", sa.BigInteger(), nullable=False),
        sa.Column("written_by", sa.Integer(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("risks", postgresql.JSON(astext_type=sa.Text()), nullable=False),
        sa.Column("remarks", sa.Text(), nullable=True),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("confirmed_by", sa.Integer(), nullable=True),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("confirm_remark", sa.String(length=500), nullable=True),
        sa.CheckConstraint(
            "(confirmed_at IS NULL) = (confirmed_by IS NULL)", name=op.f("ck_desk_note_confirmed")
        ),
        sa.CheckConstraint("confirmed_by <> written_by", name=op.f("ck_desk_note_two_people")),
        sa.CheckConstraint("confirmed_at >= written_at", name=op.f("ck_desk_note_span")),
        sa.CheckConstraint(
            "confirm_remark IS NULL OR confirmed_at IS NOT NULL", name=op.f("ck_desk_note_confirm_remark")
        ),
        sa.ForeignKeyConstraint(["confirmed_by"], ["person.id"], name=op.f("fk_desk_note_confirmed_by")),
        sa.ForeignKeyConstraint(["grid_id"], ["grid.id"], name=op.f("fk_desk_note_grid_id")),
        sa.ForeignKeyConstraint(["shift_id"], ["desk_shift.id"], name=op.f("fk_desk_note_shift_id")),
        sa.ForeignKeyConstraint(["written_by"], ["person.id"], name=op.f("fk_desk_note_written_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_desk_note")),
        sa.UniqueConstraint("shift_id", name=op.f("uq_desk_note_shift_id")),
    )
    op.create_index("ix_desk_note_grid_id_id", "desk_note", ["grid_id", "id"], unique=False)
    op.create_index(
        "ix_desk_note_waiting",
        "desk_note",
        ["grid_id", "id"],
        unique=False,
        postgresql_where=sa.text("confirmed_at IS NULL"),
    )
    op.create_index(
        "ix_journal_muted",
        "journal",
        ["grid_id", "id"],
        unique=False,
        postgresql_where=sa.text("kind = 'board.muted'"),
    )
    _guard()


def _guard() -> None:
    before, after = (", ".join(f"{row}.{name}" for name in _TOLD.split(", ")) for row in ("OLD", "NEW"))
    op.execute(
        "CREATE TRIGGER keep_desk_note BEFORE UPDATE ON desk_note FOR EACH ROW WHEN ("
        f"OLD.confirmed_at IS NOT NULL OR ({before}) IS DISTINCT FROM ({after})"
        " OR OLD.risks::text IS DISTINCT FROM NEW.risks::text"
        ") EXECUTE FUNCTION geshao_refuse_change()"
    )
    op.execute(
        "CREATE TRIGGER keep_desk_shift BEFORE UPDATE ON desk_shift FOR EACH ROW WHEN ("
        "OLD.closed_at IS NOT NULL OR (OLD.id, OLD.grid_id, OLD.person_id, OLD.opened_at)"
        " IS DISTINCT FROM (NEW.id, NEW.grid_id, NEW.person_id, NEW.opened_at)"
        ") EXECUTE FUNCTION geshao_refuse_change()"
    )
    for table in ("desk_note", "desk_shift"):
        op.execute(
            f"CREATE TRIGGER keep_every_{table} BEFORE DELETE OR TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION geshao_refuse_change()"
        )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_index("ix_journal_muted", table_name="journal", postgresql_where=sa.text("kind = 'board.muted'"))
    op.drop_table("desk_note")
    op.drop_table("desk_shift")
