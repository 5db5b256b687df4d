"""who answers, lists and yearly duties"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "25ddd3b40e1c"
down_revision = "19669ff03abe"
branch_labels = None
depends_on = None


_ROLES = "'administrator', 'duty_officer', 'chief', 'supervisor', 'patroller', 'viewer'"
_WITH_SUB_CHIEF = _ROLES.replace("'chief', ", "'chief', 'sub_chief', ")
_KEPT = ("grid_office", "yearly_record", "training_attendee")
_LIST = "id, grid_id, kind, as_of, place, contact, document, body, digest, entered_by, entered_at"
_YEARLY = "id, grid_id, year, kind, due_on, readings_version, opened_at"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        "grid_office",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("grid_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("head", sa.String(length=100), nullable=False),
        sa.Column("document", sa.String(length=300), nullable=False),
        sa.Column("entered_by", sa.Integer(), nullable=False),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["entered_by"], ["person.id"], name=op.f("fk_grid_office_entered_by")),
        sa.ForeignKeyConstraint(["grid_id"], ["grid.id"], name=op.f("fk_grid_office_grid_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_grid_office")),
    )
    op.create_index("ix_grid_office_grid_id", "grid_office", ["grid_id"], unique=False)
    op.create_table(
        "staff_list",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("grid_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("place", sa.String(length=300), nullable=True),
        sa.Column("contact", sa.String(length=300), nullable=True),
        sa.Column("document", sa.String(length=300), nullable=True),
        sa.Column("body", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("entered_by", sa.Integer(), nullable=False),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("noted_by", sa.Integer(), nullable=True),
        sa.Column("noted_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(kind = 'published') = (place IS NOT NULL) AND (kind = 'published') = (contact IS NOT NULL)",
            name=op.f("ck_staff_list_published"),
        ),
        sa.CheckConstraint(
            "(noted_at IS NULL) = (noted_by IS NULL) AND (noted_at IS NULL OR kind = 'filed')",
            name=op.f("ck_staff_list_noted"),
        ),
        sa.CheckConstraint("kind = 'published' OR document IS NOT NULL", name=op.f("ck_staff_list_filed")),
        sa.CheckConstraint("kind IN ('filed', 'published')", name=op.f("ck_staff_list_kind")),
        sa.ForeignKeyConstraint(["entered_by"], ["person.id"], name=op.f("fk_staff_list_entered_by")),
        sa.ForeignKeyConstraint(["grid_id"], ["grid.id"], name=op.f("fk_staff_list_grid_id")),
        sa.ForeignKeyConstraint(["noted_by"], ["person.id"], name=op.f("fk_staff_list_noted_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_list")),
    )
    op.create_index("ix_staff_list_grid_id_kind", "staff_list", ["grid_id", "kind", "id"], unique=False)
    op.create_table(
        "duty_cover",
        sa.Column("duty_id", sa.Integer(), nullable=False),
        sa.Column("grid_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["duty_id"], ["duty.id"], name=op.f("fk_duty_cover_duty_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["grid_id"], ["grid.id"], name=op.f("fk_duty_cover_grid_id")),
        sa.PrimaryKeyConstraint("duty_id", "grid_id", name=op.f("pk_duty_cover")),
    )
    op.create_index("ix_duty_cover_grid_id", "duty_cover", ["grid_id"], unique=False)
    op.create_table(
        "yearly_duty",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("grid_id", sa.Integer(), nullable=False),
        sa.Column("year", sa.SmallInteger(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("readings_version", sa.Integer(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reminded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("overdue_told_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "kind IN ('plan', 'letter', 'training', 'summary')", name=op.f("ck_yearly_duty_kind")
        ),
        sa.CheckConstraint("year BETWEEN 2013 AND 2200", name=op.f("ck_yearly_duty_year")),
        sa.ForeignKeyConstraint(["grid_id"], ["grid.id"], name=op.f("fk_yearly_duty_grid_id")),
        sa.ForeignKeyConstraint(
            ["readings_version"],
            ["supervision_readings.version"],
            name=op.f("fk_yearly_duty_readings_version"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_yearly_duty")),
        sa.UniqueConstraint("grid_id", "year", "kind", name=op.f("uq_yearly_duty_grid_id_year_kind")),
    )
    op.create_index("ix_yearly_duty_due_on", "yearly_duty", ["due_on"], unique=False)
    op.create_table(
        "yearly_record",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("duty_id", sa.Integer(), nullable=False),
        sa.Column("done_on", sa.Date(), nullable=False),
        sa.Column("document", sa.String(length=300), nullable=False),
        sa.Column("note", sa.String(length=1000), nullable=True),
        sa.Column("entered_by", sa.Integer(), nullable=False),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["duty_id"], ["yearly_duty.id"], name=op.f("fk_yearly_record_duty_id")),
        sa.ForeignKeyConstraint(["entered_by"], ["person.id"], name=op.f("fk_yearly_record_entered_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_yearly_record")),
    )
    op.create_index("ix_yearly_record_duty_id", "yearly_record", ["duty_id"], unique=False)
    op.create_table(
        "training_attendee",
        sa.Column("record_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("position BETWEEN 0 AND 999", name=op.f("ck_training_attendee_position")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_training_attendee_person_id")),
        sa.ForeignKeyConstraint(
            ["record_id"], ["yearly_record.id"], name=op.f("fk_training_attendee_record_id")
        ),
        sa.PrimaryKeyConstraint("record_id", "position", name=op.f("pk_training_attendee")),
    )
    op.create_index("ix_training_attendee_person_id", "training_attendee", ["person_id"], unique=False)
    op.add_column("duty", sa.Column("post", sa.String(length=20), nullable=True))
    op.add_column("duty", sa.Column("full_time", sa.Boolean(), nullable=True))
    _roles(_WITH_SUB_CHIEF)
    op.create_check_constraint(
        op.f("ck_duty_post"), "duty", "post IS NULL OR (role = 'chief' AND post IN ('party', 'government'))"
    )
    op.create_check_constraint(op.f("ck_duty_full_time"), "duty", "full_time IS NULL OR role = 'supervisor'")
    _guard()


def _roles(roles: str) -> None:
    op.drop_constraint(op.f("ck_duty_role"), "duty", type_="check")
    op.create_check_constraint(op.f("ck_duty_role"), "duty", f"role IN ({roles})")


def _guard() -> None:
    # Of a filed list only one thing is written later, once; of a yearly duty, when people were told.
    for table, columns, more in (
        ("staff_list", _LIST, "OLD.noted_at IS NOT NULL OR "),
        ("yearly_duty", _YEARLY, ""),
    ):
        before, after = (", ".join(f"{row}.{name}" for name in columns.split(", ")) for row in ("OLD", "NEW"))
        op.execute(
            f"CREATE TRIGGER keep_{table} BEFORE UPDATE ON {table} FOR EACH ROW WHEN ("
            f"{more}({before}) IS DISTINCT FROM ({after})) EXECUTE FUNCTION geshao_refuse_change()"
        )
        op.execute(
            f"CREATE TRIGGER keep_every_{table} BEFORE DELETE OR TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION geshao_refuse_change()"
        )
    for table in _KEPT:
        op.execute(
            f"CREATE TRIGGER keep_{table} BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION geshao_refuse_change()"
        )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_column("duty", "full_time")
    op.drop_column("duty", "post")
    op.drop_index("ix_training_attendee_person_id", table_name="training_attendee")
    op.drop_table("training_attendee")
    op.drop_index("ix_yearly_record_duty_id", table_name="yearly_record")
    op.drop_table("yearly_record")
    op.drop_index("ix_yearly_duty_due_on", table_name="yearly_duty")
    op.drop_table("yearly_duty")
    op.drop_index("ix_duty_cover_grid_id", table_name="duty_cover")
    op.drop_table("duty_cover")
    op.drop_index("ix_staff_list_grid_id_kind", table_name="staff_list")
    op.drop_table("staff_list")
    op.drop_index("ix_grid_office_grid_id", table_name="grid_office")
    op.drop_table("grid_office")
    # There is no such role before this migration.
    op.execute("DELETE FROM duty WHERE role = 'sub_chief'")
    _roles(_ROLES)
