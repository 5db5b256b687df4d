"""one event one alert"""

import json

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

_SPINE = "'exceedance_hour', 'exceedance_short', 'sudden_rise', 'offline'"
_ADDED = (
    "'sustained_high', 'above_neighbours', 'episode', 'flat_line', 'implausible', 'spike', 'spike_burst', 'noise', "
    "'attenuated', 'offset', 'drift', 'humidity', 'clock_shift', 'moved', 'network_silence'"
)
_ALL = (
    "'exceedance_hour', 'exceedance_short', 'sudden_rise', 'sustained_high', 'above_neighbours', 'episode', "
    "'flat_line', 'implausible', 'spike', 'spike_burst', 'noise', 'attenuated', 'offset', 'drift', 'humidity', "
    "'clock_shift', 'moved', 'offline', 'network_silence'"
)
# What the detectors of the release before ask for, as it shipped them.
_BEFORE = json.dumps(
    {
        "sudden_rise": {
            "ratio": 2.0,
            "short_s": 600,
            "min_samples": 3,
            "confirm": 3,
            "baseline_s": 3600,
            "max_cadence_s": 300,
            "coarse_baseline_s": 10800,
            "coverage": 0.5,
            "max_gap_cadences": 3.0,
            "limits": {
                "pm25": {"level": 60, "steps": {"notice": 35, "serious": 105, "critical": 210}},
                "pm10": {"level": 120, "steps": {"notice": 60, "serious": 180, "critical": 360}},
                "so2": {"level": 150, "steps": {"notice": 75, "serious": 225, "critical": 450}},
                "no2": {"level": 100, "steps": {"notice": 50, "serious": 150, "critical": 300}},
                "co": {"level": 4, "steps": {"notice": 2, "serious": 6, "critical": 12}},
                "o3": {"level": 160, "steps": {"notice": 80, "serious": 240, "critical": 480}},
            },
            "clear": {"share": 0.5, "for_s": 600, "max_open_s": 10800},
        },
        "offline": {"severity": "notice", "cadences": 3},
        "stale_after_s": 10800,
    }
)

revision = "67847c5efc4c"
down_revision = "5b1d0c7e94aa"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        "reading_flag",
        sa.Column("station_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("observed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("pollutant", sa.String(length=10), nullable=False),
        sa.Column("level", sa.SmallInteger(), nullable=False),
        sa.Column("test", sa.String(length=30), nullable=False),
        sa.Column("rule_version", sa.Integer(), nullable=False),
        sa.CheckConstraint("level IN (2, 3, 4, 9)", name=op.f("ck_reading_flag_level")),
        sa.PrimaryKeyConstraint("station_id", "observed_at", "pollutant", name=op.f("pk_reading_flag")),
    )
    op.create_index("ix_reading_flag_observed_at", "reading_flag", ["observed_at"], unique=False)
    op.create_table(
        "alert_member",
        sa.Column("alert_id", sa.BigInteger(), nullable=False),
        sa.Column("station_id", sa.Integer(), nullable=False),
        sa.Column("joined_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "pollutants",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'[]'::jsonb"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(["alert_id"], ["alert.id"], name=op.f("fk_alert_member_alert_id")),
        sa.ForeignKeyConstraint(["station_id"], ["station.id"], name=op.f("fk_alert_member_station_id")),
        sa.PrimaryKeyConstraint("alert_id", "station_id", name=op.f("pk_alert_member")),
    )
    op.create_index("ix_alert_member_station_id", "alert_member", ["station_id"], unique=False)
    op.add_column("alert", sa.Column("event_key", sa.BigInteger(), nullable=True))
    op.add_column(
        "alert",
        sa.Column(
            "pollutants",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'[]'::jsonb"),
            nullable=False,
        ),
    )
    op.create_index(
        "uq_alert_event_key",
        "alert",
        ["event_key"],
        unique=True,
        postgresql_where=sa.text("event_key IS NOT NULL"),
    )
    op.drop_constraint(op.f("ck_alert_kind"), "alert", type_="check")
    op.create_check_constraint(op.f("ck_alert_kind"), "alert", f"kind IN ({_ALL})")
    # The detectors of this release do not ask for these; what is new they have shipped values for.
    op.execute(
        "UPDATE rule_set SET body = (body - 'sudden_rise' - 'offline' - 'stale_after_s')"
        " #- '{exceedance_hour,clear,for_s}' #- '{exceedance_short,clear,for_s}'"
    )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.get_bind().execute(
        sa.text(
            "UPDATE rule_set SET body = jsonb_set(jsonb_set(body - 'network' - 'quality' || CAST(:before AS jsonb),"
            " '{exceedance_hour,clear,for_s}', '600'), '{exceedance_short,clear,for_s}', '600')"
        ),
        {"before": _BEFORE},
    )
    # What the release before does not know ends, under the name that comes nearest.
    op.execute(
        "UPDATE alert SET state = 'cleared', cleared_at = coalesce(cleared_at, greatest(last_at, detected_at)), "
        "kind = CASE scope WHEN 'instrument' THEN 'offline' ELSE 'sudden_rise' END "
        f"WHERE kind IN ({_ADDED})"
    )
    op.drop_constraint(op.f("ck_alert_kind"), "alert", type_="check")
    op.create_check_constraint(op.f("ck_alert_kind"), "alert", f"kind IN ({_SPINE})")
    op.drop_index("uq_alert_event_key", table_name="alert", postgresql_where=sa.text("event_key IS NOT NULL"))
    op.drop_column("alert", "pollutants")
    op.drop_column("alert", "event_key")
    op.drop_index("ix_alert_member_station_id", table_name="alert_member")
    op.drop_table("alert_member")
    op.drop_index("ix_reading_flag_observed_at", table_name="reading_flag")
    op.drop_table("reading_flag")
