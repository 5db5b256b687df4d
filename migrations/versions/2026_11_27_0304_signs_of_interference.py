"""signs of interference"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

_APPEND_ONLY = """
CREATE FUNCTION integrity_sign_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'evidence is never changed' USING ERRCODE = 'integrity_constraint_violation';
END
$$
"""

revision = "6dcb1a9abae2"
down_revision = "67847c5efc4c"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        "integrity_part",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("part", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("parts", sa.SmallInteger(), nullable=False),
        sa.Column("gathered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("judged_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "judged_at IS NULL OR gathered_at IS NOT NULL", name=op.f("ck_integrity_part_judged")
        ),
        sa.CheckConstraint("part >= 0 AND part < parts", name=op.f("ck_integrity_part_part")),
        sa.PrimaryKeyConstraint("day", "part", name=op.f("pk_integrity_part")),
    )
    op.create_index(
        "ix_integrity_part_unjudged",
        "integrity_part",
        ["day", "part"],
        unique=False,
        postgresql_where=sa.text("judged_at IS NULL"),
    )
    op.create_table(
        "station_day",
        sa.Column("station_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("hours", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("octet_length(hours) = 864", name=op.f("ck_station_day_hours")),
        sa.PrimaryKeyConstraint("station_id", "day", name=op.f("pk_station_day")),
    )
    # Packed numbers hardly compress.
    op.execute("ALTER TABLE station_day ALTER COLUMN hours SET STORAGE EXTERNAL")
    op.create_index("ix_station_day_day", "station_day", ["day"], unique=False)
    op.create_table(
        "integrity_case",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("station_id", sa.Integer(), nullable=False),
        sa.Column("grid_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=20), server_default="open", nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.Integer(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("seconded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("seconded_by", sa.Integer(), nullable=True),
        sa.CheckConstraint("(state = 'open') = (decided_at IS NULL)", name=op.f("ck_integrity_case_decided")),
        sa.CheckConstraint(
            "state IN ('open', 'confirmed', 'dismissed')", name=op.f("ck_integrity_case_state")
        ),
        sa.CheckConstraint(
            "(decided_at IS NULL) = (decided_by IS NULL) AND (decided_at IS NULL) = (reason IS NULL)",
            name=op.f("ck_integrity_case_decision"),
        ),
        sa.CheckConstraint(
            "(seconded_at IS NULL) = (seconded_by IS NULL) AND (seconded_by IS NULL OR (decided_by IS NOT NULL AND seconded_by <> decided_by))",
            name=op.f("ck_integrity_case_seconded"),
        ),
        sa.ForeignKeyConstraint(["decided_by"], ["person.id"], name=op.f("fk_integrity_case_decided_by")),
        sa.ForeignKeyConstraint(["grid_id"], ["grid.id"], name=op.f("fk_integrity_case_grid_id")),
        sa.ForeignKeyConstraint(["seconded_by"], ["person.id"], name=op.f("fk_integrity_case_seconded_by")),
        sa.ForeignKeyConstraint(["station_id"], ["station.id"], name=op.f("fk_integrity_case_station_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_integrity_case")),
    )
    op.create_index("ix_integrity_case_grid_id_id", "integrity_case", ["grid_id", "id"], unique=False)
    op.create_index("ix_integrity_case_station_id_id", "integrity_case", ["station_id", "id"], unique=False)
    op.create_index(
        "uq_integrity_case_open",
        "integrity_case",
        ["station_id"],
        unique=True,
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_table(
        "integrity_sign",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("station_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("rule_version", sa.Integer(), nullable=False),
        sa.Column("evidence", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column(
            "alert_ids",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'[]'::jsonb"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "kind IN ('moved', 'muffled', 'cut', 'changed')", name=op.f("ck_integrity_sign_kind")
        ),
        sa.CheckConstraint("until_at >= began_at", name=op.f("ck_integrity_sign_span")),
        sa.ForeignKeyConstraint(["case_id"], ["integrity_case.id"], name=op.f("fk_integrity_sign_case_id")),
        sa.ForeignKeyConstraint(
            ["rule_version"], ["rule_set.version"], name=op.f("fk_integrity_sign_rule_version")
        ),
        sa.ForeignKeyConstraint(["station_id"], ["station.id"], name=op.f("fk_integrity_sign_station_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_integrity_sign")),
        sa.UniqueConstraint(
            "case_id", "kind", "began_at", name=op.f("uq_integrity_sign_case_id_kind_began_at")
        ),
    )
    op.create_index(
        "ix_integrity_sign_station_id_kind",
        "integrity_sign",
        ["station_id", "kind", "until_at"],
        unique=False,
    )
    op.create_table(
        "integrity_look",
        sa.Column("alert_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("station_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "kind IN ('moved', 'muffled', 'cut', 'changed')", name=op.f("ck_integrity_look_kind")
        ),
        sa.ForeignKeyConstraint(["alert_id"], ["alert.id"], name=op.f("fk_integrity_look_alert_id")),
        sa.ForeignKeyConstraint(["station_id"], ["station.id"], name=op.f("fk_integrity_look_station_id")),
        sa.PrimaryKeyConstraint("alert_id", name=op.f("pk_integrity_look")),
    )
    op.create_index("ix_integrity_look_next_at", "integrity_look", ["next_at"], unique=False)
    op.execute(_APPEND_ONLY)
    op.execute(
        "CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON integrity_sign"
        " FOR EACH ROW EXECUTE FUNCTION integrity_sign_is_append_only()"
    )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_index("ix_integrity_look_next_at", table_name="integrity_look")
    op.drop_table("integrity_look")
    op.drop_index("ix_integrity_sign_station_id_kind", table_name="integrity_sign")
    op.drop_table("integrity_sign")
    op.execute("DROP FUNCTION integrity_sign_is_append_only()")
    op.drop_index(
        "uq_integrity_case_open", table_name="integrity_case", postgresql_where=sa.text("state = 'open'")
    )
    op.drop_index("ix_integrity_case_station_id_id", table_name="integrity_case")
    op.drop_index("ix_integrity_case_grid_id_id", table_name="integrity_case")
    op.drop_table("integrity_case")
    op.drop_index("ix_station_day_day", table_name="station_day")
    op.drop_table("station_day")
    op.drop_index(
        "ix_integrity_part_unjudged",
        table_name="integrity_part",
        postgresql_where=sa.text("judged_at IS NULL"),
    )
    op.drop_table("integrity_part")
