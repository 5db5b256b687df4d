"""the air of days and months"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "b7816c4d3493"
down_revision = "c4a91e6d2f38"
branch_labels = None
depends_on = None

_KEPT = ("air_published", "air_target", "supervision_readings")
# Of a signed month only one thing ever happens: a later version takes its place.
_MONTH = """
CREATE TRIGGER keep_air_month BEFORE UPDATE ON air_month FOR EACH ROW WHEN (
    OLD.state <> 'draft' AND (
        NOT (OLD.state = 'signed' AND NEW.state = 'superseded')
        OR (OLD.id, OLD.month, OLD.version, OLD.readings_version, OLD.inputs, OLD.inputs_digest, OLD.result, OLD.why,
            OLD.computed_by, OLD.computed_at, OLD.signed_by, OLD.signed_at) IS DISTINCT FROM
           (NEW.id, NEW.month, NEW.version, NEW.readings_version, NEW.inputs, NEW.inputs_digest, NEW.result, NEW.why,
            NEW.computed_by, NEW.computed_at, NEW.signed_by, NEW.signed_at)
    )
) EXECUTE FUNCTION geshao_refuse_change()
"""
_MONTHS = """
CREATE TRIGGER keep_air_months BEFORE DELETE ON air_month FOR EACH ROW WHEN (OLD.state <> 'draft')
EXECUTE FUNCTION geshao_refuse_change()
"""
_FIRST = """
INSERT INTO supervision_readings (valid_from, body, why, entered_at)
VALUES ('2013-01-01', '{}', 'the readings of the text the service begins with', clock_timestamp())
"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        "air_exclusion",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("grid_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("pollutants", postgresql.ARRAY(sa.String(length=10)), nullable=False),
        sa.Column("document", sa.String(length=300), nullable=False),
        sa.Column("entered_by", sa.Integer(), nullable=False),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_by", sa.Integer(), nullable=True),
        sa.Column("withdrawn_why", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "(withdrawn_at IS NULL) = (withdrawn_by IS NULL) AND (withdrawn_at IS NULL) = (withdrawn_why IS NULL)",
            name=op.f("ck_air_exclusion_withdrawn"),
        ),
        sa.CheckConstraint("cardinality(pollutants) > 0", name=op.f("ck_air_exclusion_pollutants")),
        sa.ForeignKeyConstraint(["entered_by"], ["person.id"], name=op.f("fk_air_exclusion_entered_by")),
        sa.ForeignKeyConstraint(["grid_id"], ["grid.id"], name=op.f("fk_air_exclusion_grid_id")),
        sa.ForeignKeyConstraint(["withdrawn_by"], ["person.id"], name=op.f("fk_air_exclusion_withdrawn_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_air_exclusion")),
    )
    op.create_index(
        "uq_air_exclusion_in_force",
        "air_exclusion",
        ["grid_id", "day"],
        unique=True,
        postgresql_where=sa.text("withdrawn_at IS NULL"),
    )
    op.create_table(
        "air_published",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("grid_id", sa.Integer(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("value", sa.Numeric(precision=6, scale=3), nullable=False),
        sa.Column(
            "figures",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'::jsonb"),
            nullable=False,
        ),
        sa.Column("rules", sa.String(length=100), nullable=False),
        sa.Column("document", sa.String(length=300), nullable=False),
        sa.Column("entered_by", sa.Integer(), nullable=False),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("extract(day FROM month) = 1", name=op.f("ck_air_published_month")),
        sa.CheckConstraint("value > 0 AND value < 100", name=op.f("ck_air_published_value")),
        sa.ForeignKeyConstraint(["entered_by"], ["person.id"], name=op.f("fk_air_published_entered_by")),
        sa.ForeignKeyConstraint(["grid_id"], ["grid.id"], name=op.f("fk_air_published_grid_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_air_published")),
        sa.UniqueConstraint(
            "grid_id", "month", "version", name=op.f("uq_air_published_grid_id_month_version")
        ),
    )
    op.create_table(
        "supervision_readings",
        sa.Column("version", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("body", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("entered_by", sa.Integer(), nullable=True),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["entered_by"], ["person.id"], name=op.f("fk_supervision_readings_entered_by")
        ),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_supervision_readings")),
        sa.UniqueConstraint("valid_from", "version", name=op.f("uq_supervision_readings_valid_from_version")),
    )
    op.create_table(
        "air_day",
        sa.Column("station_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("pm25_sum", sa.BigInteger(), nullable=True),
        sa.Column("pm25_count", sa.SmallInteger(), nullable=False),
        sa.Column("pm10_sum", sa.BigInteger(), nullable=True),
        sa.Column("pm10_count", sa.SmallInteger(), nullable=False),
        sa.Column("so2_sum", sa.BigInteger(), nullable=True),
        sa.Column("so2_count", sa.SmallInteger(), nullable=False),
        sa.Column("no2_sum", sa.BigInteger(), nullable=True),
        sa.Column("no2_count", sa.SmallInteger(), nullable=False),
        sa.Column("co_sum", sa.BigInteger(), nullable=True),
        sa.Column("co_count", sa.SmallInteger(), nullable=False),
        sa.Column("o3_sum", sa.BigInteger(), nullable=True),
        sa.Column("o3_count", sa.SmallInteger(), nullable=False),
        sa.Column("o3_windows", sa.SmallInteger(), nullable=False),
        sa.Column("hours", sa.LargeBinary(), nullable=False),
        sa.Column("source", sa.String(length=20), nullable=False),
        sa.Column("computed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("source IN ('readings', 'imported')", name=op.f("ck_air_day_source")),
        sa.CheckConstraint(
            "(pm25_count BETWEEN 0 AND 24) AND ((pm25_count = 0) = (pm25_sum IS NULL)) AND (pm10_count BETWEEN 0 AND 24) AND ((pm10_count = 0) = (pm10_sum IS NULL)) AND (so2_count BETWEEN 0 AND 24) AND ((so2_count = 0) = (so2_sum IS NULL)) AND (no2_count BETWEEN 0 AND 24) AND ((no2_count = 0) = (no2_sum IS NULL)) AND (co_count BETWEEN 0 AND 24) AND ((co_count = 0) = (co_sum IS NULL)) AND (o3_count BETWEEN 0 AND 24) AND ((o3_count = 0) = (o3_sum IS NULL))",
            name=op.f("ck_air_day_counted"),
        ),
        sa.CheckConstraint("o3_windows BETWEEN 0 AND 17", name=op.f("ck_air_day_o3_windows")),
        sa.CheckConstraint("octet_length(hours) = 576", name=op.f("ck_air_day_hours")),
        sa.ForeignKeyConstraint(["station_id"], ["station.id"], name=op.f("fk_air_day_station_id")),
        sa.PrimaryKeyConstraint("station_id", "day", name=op.f("pk_air_day")),
    )
    op.create_index("ix_air_day_day", "air_day", ["day"], unique=False)
    op.create_table(
        "air_gathering",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("gathered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("again_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "again_at IS NULL OR gathered_at IS NOT NULL", name=op.f("ck_air_gathering_again")
        ),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_air_gathering")),
    )
    op.create_table(
        "air_month",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("readings_version", sa.Integer(), nullable=False),
        sa.Column("inputs", sa.LargeBinary(), nullable=False),
        sa.Column("inputs_digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("result", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("why", sa.Text(), nullable=True),
        sa.Column("computed_by", sa.Integer(), nullable=False),
        sa.Column("computed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("signed_by", sa.Integer(), nullable=True),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state = 'draft') = (signed_at IS NULL) AND (signed_at IS NULL) = (signed_by IS NULL)",
            name=op.f("ck_air_month_signed"),
        ),
        sa.CheckConstraint("state IN ('draft', 'signed', 'superseded')", name=op.f("ck_air_month_state")),
        sa.CheckConstraint("extract(day FROM month) = 1", name=op.f("ck_air_month_month")),
        sa.ForeignKeyConstraint(["computed_by"], ["person.id"], name=op.f("fk_air_month_computed_by")),
        sa.ForeignKeyConstraint(
            ["readings_version"], ["supervision_readings.version"], name=op.f("fk_air_month_readings_version")
        ),
        sa.ForeignKeyConstraint(["signed_by"], ["person.id"], name=op.f("fk_air_month_signed_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_air_month")),
        sa.UniqueConstraint("month", "version", name=op.f("uq_air_month_month_version")),
    )
    op.create_index(
        "uq_air_month_draft", "air_month", ["month"], unique=True, postgresql_where=sa.text("state = 'draft'")
    )
    op.create_index(
        "uq_air_month_in_force",
        "air_month",
        ["month"],
        unique=True,
        postgresql_where=sa.text("state = 'signed'"),
    )
    op.create_table(
        "air_target",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("grid_id", sa.Integer(), nullable=True),
        sa.Column("station_id", sa.Integer(), nullable=True),
        sa.Column("year", sa.SmallInteger(), nullable=False),
        sa.Column("pollutant", sa.String(length=10), nullable=False),
        sa.Column("yearly", sa.Numeric(precision=8, scale=3), nullable=False),
        sa.Column("months", postgresql.ARRAY(sa.Numeric(precision=8, scale=3)), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("document", sa.String(length=300), nullable=False),
        sa.Column("entered_by", sa.Integer(), nullable=False),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "pollutant IN ('pm25', 'pm10', 'so2', 'no2', 'co', 'o3')", name=op.f("ck_air_target_pollutant")
        ),
        sa.CheckConstraint(
            "cardinality(months) = 12 AND 0 < ALL (months) AND yearly > 0",
            name=op.f("ck_air_target_positive"),
        ),
        sa.CheckConstraint("num_nonnulls(grid_id, station_id) = 1", name=op.f("ck_air_target_of")),
        sa.CheckConstraint("year BETWEEN 2013 AND 2200", name=op.f("ck_air_target_year")),
        sa.ForeignKeyConstraint(["entered_by"], ["person.id"], name=op.f("fk_air_target_entered_by")),
        sa.ForeignKeyConstraint(["grid_id"], ["grid.id"], name=op.f("fk_air_target_grid_id")),
        sa.ForeignKeyConstraint(["station_id"], ["station.id"], name=op.f("fk_air_target_station_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_air_target")),
    )
    op.create_index(
        "uq_air_target",
        "air_target",
        ["year", "pollutant", "grid_id", "station_id", "version"],
        unique=True,
        postgresql_nulls_not_distinct=True,
    )
    op.execute(_FIRST)
    op.execute(_MONTH)
    op.execute(_MONTHS)
    for table in _KEPT:
        op.execute(
            f"CREATE TRIGGER keep_{table} BEFORE UPDATE OR DELETE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION geshao_refuse_change()"
        )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_index("uq_air_target", table_name="air_target", postgresql_nulls_not_distinct=True)
    op.drop_table("air_target")
    op.drop_index(
        "uq_air_month_in_force", table_name="air_month", postgresql_where=sa.text("state = 'signed'")
    )
    op.drop_index("uq_air_month_draft", table_name="air_month", postgresql_where=sa.text("state = 'draft'"))
    op.drop_table("air_month")
    op.drop_table("air_gathering")
    op.drop_index("ix_air_day_day", table_name="air_day")
    op.drop_table("air_day")
    op.drop_table("supervision_readings")
    op.drop_table("air_published")
    op.drop_index(
        "uq_air_exclusion_in_force",
        table_name="air_exclusion",
        postgresql_where=sa.text("withdrawn_at IS NULL"),
    )
    op.drop_table("air_exclusion")
