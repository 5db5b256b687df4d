"""deliveries of the air, and warnings of targets"""

import sqlalchemy as sa
from alembic import op

revision = "d3a95f0c71e2"
down_revision = "25ddd3b40e1c"
branch_labels = None
depends_on = None

_KEPT = ("air_import", "air_target_warning")


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        "air_import",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("document", sa.String(length=300), nullable=False),
        sa.Column("hourly", sa.Boolean(), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("stations", sa.Integer(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("entered_by", sa.Integer(), nullable=False),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("first_day <= last_day", name=op.f("ck_air_import_days")),
        sa.CheckConstraint("octet_length(digest) = 32", name=op.f("ck_air_import_digest")),
        sa.ForeignKeyConstraint(["entered_by"], ["person.id"], name=op.f("fk_air_import_entered_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_air_import")),
    )
    op.create_table(
        "air_target_warning",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("grid_id", sa.Integer(), nullable=True),
        sa.Column("station_id", sa.Integer(), nullable=True),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("pollutant", sa.String(length=10), nullable=False),
        sa.Column("target", sa.Numeric(precision=8, scale=3), nullable=False),
        sa.Column("to_date", sa.Numeric(precision=12, scale=3), nullable=False),
        sa.Column("remaining", sa.SmallInteger(), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("extract(day FROM month) = 1", name=op.f("ck_air_target_warning_month")),
        sa.CheckConstraint("num_nonnulls(grid_id, station_id) = 1", name=op.f("ck_air_target_warning_of")),
        sa.ForeignKeyConstraint(["grid_id"], ["grid.id"], name=op.f("fk_air_target_warning_grid_id")),
        sa.ForeignKeyConstraint(
            ["station_id"], ["station.id"], name=op.f("fk_air_target_warning_station_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_air_target_warning")),
    )
    op.create_index(
        "uq_air_target_warning",
        "air_target_warning",
        ["month", "pollutant", "grid_id", "station_id"],
        unique=True,
        postgresql_nulls_not_distinct=True,
    )
    op.add_column("air_day", sa.Column("import_id", sa.Integer(), nullable=True))
    op.create_foreign_key(op.f("fk_air_day_import_id"), "air_day", "air_import", ["import_id"], ["id"])
    for table in _KEPT:
        op.execute(
            f"CREATE TRIGGER keep_{table} BEFORE UPDATE OR DELETE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION geshao_refuse_change()"
        )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_constraint(op.f("fk_air_day_import_id"), "air_day", type_="foreignkey")
    op.drop_column("air_day", "import_id")
    op.drop_index(
        "uq_air_target_warning", table_name="air_target_warning", postgresql_nulls_not_distinct=True
    )
    op.drop_table("air_target_warning")
    op.drop_table("air_import")
