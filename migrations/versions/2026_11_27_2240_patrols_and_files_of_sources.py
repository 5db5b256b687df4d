"""patrols and files of sources"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "15992e721423"
down_revision = "698722358a9a"
branch_labels = None
depends_on = None

_KEPT = ("source_version", "sweep_entry", "patrol_visit", "patrol_photo", "patrol_summary")
# Of a document and of a plan only one thing ever happens: they are withdrawn, or end.
_DOCUMENT = """
CREATE TRIGGER keep_source_document BEFORE UPDATE ON source_document FOR EACH ROW WHEN (
    OLD.withdrawn_at IS NOT NULL
    OR (OLD.id, OLD.source_id, OLD.kind, OLD.number, OLD.dated, OLD.valid_until, OLD.evidence_id, OLD.added_by,
        OLD.added_at) IS DISTINCT FROM
       (NEW.id, NEW.source_id, NEW.kind, NEW.number, NEW.dated, NEW.valid_until, NEW.evidence_id, NEW.added_by,
        NEW.added_at)
) EXECUTE FUNCTION geshao_refuse_change()
"""
_PLAN = """
CREATE TRIGGER keep_patrol_plan BEFORE UPDATE ON patrol_plan FOR EACH ROW WHEN (
    OLD.to_on IS NOT NULL
    OR (OLD.id, OLD.grid_id, OLD.source_id, OLD.name, OLD.lon, OLD.lat, OLD.per_day, OLD.within_m, OLD.from_on,
        OLD.made_by, OLD.made_at) IS DISTINCT FROM
       (NEW.id, NEW.grid_id, NEW.source_id, NEW.name, NEW.lon, NEW.lat, NEW.per_day, NEW.within_m, NEW.from_on,
        NEW.made_by, NEW.made_at)
) EXECUTE FUNCTION geshao_refuse_change()
"""
# A finished sweep stays as it was finished.
_SWEEP = """
CREATE TRIGGER keep_source_sweep BEFORE UPDATE ON source_sweep FOR EACH ROW WHEN (
    OLD.finished_at IS NOT NULL
    OR (OLD.id, OLD.grid_id, OLD.quarter, OLD.due_on, OLD.opened_by, OLD.opened_at) IS DISTINCT FROM
       (NEW.id, NEW.grid_id, NEW.quarter, NEW.due_on, NEW.opened_by, NEW.opened_at)
) EXECUTE FUNCTION geshao_refuse_change()
"""
_LIST = """
CREATE TRIGGER keep_key_source_list BEFORE UPDATE ON key_source_list FOR EACH ROW WHEN (
    (OLD.state <> 'draft' AND (
        NOT (OLD.state = 'signed' AND NEW.state = 'superseded')
        OR (OLD.signed_by, OLD.signed_at) IS DISTINCT FROM (NEW.signed_by, NEW.signed_at)))
    OR (OLD.id, OLD.grid_id, OLD.year, OLD.version, OLD.body, OLD.digest, OLD.why, OLD.proposed_by, OLD.proposed_at)
       IS DISTINCT FROM
       (NEW.id, NEW.grid_id, NEW.year, NEW.version, NEW.body, NEW.digest, NEW.why, NEW.proposed_by, NEW.proposed_at)
) EXECUTE FUNCTION geshao_refuse_change()
"""
_LISTS = """
CREATE TRIGGER keep_key_source_lists BEFORE DELETE ON key_source_list FOR EACH ROW WHEN (OLD.state <> 'draft')
EXECUTE FUNCTION geshao_refuse_change()
"""
_SOURCE = {
    "kind": "kind IN ('industry', 'catering', 'vehicle_repair', 'construction', 'stockyard', 'livestock', 'other')",
    "state": "state IN ('active', 'closed')",
    "credit_code": "credit_code ~ '^[0-9A-Z]{18}$'",
    "version": "version >= 1",
}
_FIRST_VERSIONS = """
INSERT INTO source_version (source_id, version, body, changed_at)
SELECT s.id, 1, jsonb_build_object(
           'name', s.name, 'grid', g.code, 'lon', s.lon, 'lat', s.lat, 'category', s.category,
           'pollutants', s.pollutants, 'kind', s.kind, 'state', s.state, 'legal_name', NULL, 'credit_code', NULL,
           'contact', NULL, 'phone', NULL, 'permit', NULL, 'permit_until', NULL, 'emissions', '{}'::jsonb),
       clock_timestamp()
  FROM source s JOIN grid g ON g.id = s.grid_id
"""
_SPELLS = """
INSERT INTO source_spell (source_id, from_on)
SELECT id, (clock_timestamp() AT TIME ZONE 'Asia/Shanghai')::date FROM source
"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        "key_source_list",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("grid_id", sa.Integer(), nullable=False),
        sa.Column("year", sa.SmallInteger(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("why", sa.Text(), nullable=True),
        sa.Column("proposed_by", sa.Integer(), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("signed_by", sa.Integer(), nullable=True),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state = 'draft') = (signed_at IS NULL) AND (signed_at IS NULL) = (signed_by IS NULL)",
            name=op.f("ck_key_source_list_signed"),
        ),
        sa.CheckConstraint(
            "state IN ('draft', 'signed', 'superseded')", name=op.f("ck_key_source_list_state")
        ),
        sa.CheckConstraint("octet_length(digest) = 32", name=op.f("ck_key_source_list_digest")),
        sa.CheckConstraint("signed_by <> proposed_by", name=op.f("ck_key_source_list_two_hands")),
        sa.CheckConstraint("year BETWEEN 2013 AND 2200", name=op.f("ck_key_source_list_year")),
        sa.ForeignKeyConstraint(["grid_id"], ["grid.id"], name=op.f("fk_key_source_list_grid_id")),
        sa.ForeignKeyConstraint(["proposed_by"], ["person.id"], name=op.f("fk_key_source_list_proposed_by")),
        sa.ForeignKeyConstraint(["signed_by"], ["person.id"], name=op.f("fk_key_source_list_signed_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_key_source_list")),
        sa.UniqueConstraint(
            "grid_id", "year", "version", name=op.f("uq_key_source_list_grid_id_year_version")
        ),
    )
    op.create_index(
        "uq_key_source_list_draft",
        "key_source_list",
        ["grid_id", "year"],
        unique=True,
        postgresql_where=sa.text("state = 'draft'"),
    )
    op.create_index(
        "uq_key_source_list_in_force",
        "key_source_list",
        ["grid_id", "year"],
        unique=True,
        postgresql_where=sa.text("state = 'signed'"),
    )
    op.create_table(
        "patrol_summary",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("grid_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("first_on", sa.Date(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("made_by", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "kind <> 'county_week' OR extract(isodow FROM first_on) = 1",
            name=op.f("ck_patrol_summary_first_on"),
        ),
        sa.CheckConstraint("kind IN ('town_day', 'county_week')", name=op.f("ck_patrol_summary_kind")),
        sa.CheckConstraint("octet_length(digest) = 32", name=op.f("ck_patrol_summary_digest")),
        sa.ForeignKeyConstraint(["grid_id"], ["grid.id"], name=op.f("fk_patrol_summary_grid_id")),
        sa.ForeignKeyConstraint(["made_by"], ["person.id"], name=op.f("fk_patrol_summary_made_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_patrol_summary")),
        sa.UniqueConstraint(
            "grid_id",
            "kind",
            "first_on",
            "version",
            name=op.f("uq_patrol_summary_grid_id_kind_first_on_version"),
        ),
    )
    op.create_table(
        "source_sweep",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("grid_id", sa.Integer(), nullable=False),
        sa.Column("quarter", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("opened_by", sa.Integer(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_by", sa.Integer(), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("outcome", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.CheckConstraint(
            "due_on >= quarter AND due_on < quarter + INTERVAL '3 months'",
            name=op.f("ck_source_sweep_due_on"),
        ),
        sa.CheckConstraint(
            "num_nonnulls(finished_at, finished_by, outcome) IN (0, 3)", name=op.f("ck_source_sweep_finished")
        ),
        sa.CheckConstraint(
            "extract(day FROM quarter) = 1 AND extract(month FROM quarter) IN (1, 4, 7, 10)",
            name=op.f("ck_source_sweep_quarter"),
        ),
        sa.ForeignKeyConstraint(["finished_by"], ["person.id"], name=op.f("fk_source_sweep_finished_by")),
        sa.ForeignKeyConstraint(["grid_id"], ["grid.id"], name=op.f("fk_source_sweep_grid_id")),
        sa.ForeignKeyConstraint(["opened_by"], ["person.id"], name=op.f("fk_source_sweep_opened_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_source_sweep")),
        sa.UniqueConstraint("grid_id", "quarter", name=op.f("uq_source_sweep_grid_id_quarter")),
    )
    op.create_table(
        "patrol_plan",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("grid_id", sa.Integer(), nullable=False),
        sa.Column("source_id", sa.Integer(), nullable=True),
        sa.Column("name", sa.String(length=100), nullable=True),
        sa.Column("lon", sa.Float(), nullable=True),
        sa.Column("lat", sa.Float(), nullable=True),
        sa.Column("per_day", sa.SmallInteger(), nullable=False),
        sa.Column("within_m", sa.Integer(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("to_on", sa.Date(), nullable=True),
        sa.Column("made_by", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_by", sa.Integer(), nullable=True),
        sa.CheckConstraint("(to_on IS NULL) = (ended_by IS NULL)", name=op.f("ck_patrol_plan_ended")),
        sa.CheckConstraint(
            "lon BETWEEN -180 AND 180 AND lat BETWEEN -90 AND 90", name=op.f("ck_patrol_plan_position")
        ),
        sa.CheckConstraint("num_nonnulls(name, lon, lat) IN (0, 3)", name=op.f("ck_patrol_plan_point")),
        sa.CheckConstraint("num_nonnulls(source_id, name) = 1", name=op.f("ck_patrol_plan_of")),
        sa.CheckConstraint("per_day BETWEEN 1 AND 12", name=op.f("ck_patrol_plan_per_day")),
        sa.CheckConstraint("to_on >= from_on", name=op.f("ck_patrol_plan_order")),
        sa.CheckConstraint("within_m BETWEEN 50 AND 5000", name=op.f("ck_patrol_plan_within_m")),
        sa.ForeignKeyConstraint(["ended_by"], ["person.id"], name=op.f("fk_patrol_plan_ended_by")),
        sa.ForeignKeyConstraint(["grid_id"], ["grid.id"], name=op.f("fk_patrol_plan_grid_id")),
        sa.ForeignKeyConstraint(["made_by"], ["person.id"], name=op.f("fk_patrol_plan_made_by")),
        sa.ForeignKeyConstraint(["source_id"], ["source.id"], name=op.f("fk_patrol_plan_source_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_patrol_plan")),
    )
    op.create_index("ix_patrol_plan_grid_id", "patrol_plan", ["grid_id"], unique=False)
    op.create_index(
        "uq_patrol_plan_source",
        "patrol_plan",
        ["source_id"],
        unique=True,
        postgresql_where=sa.text("to_on IS NULL AND source_id IS NOT NULL"),
    )
    op.create_table(
        "source_spell",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("source_id", sa.Integer(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("to_on", sa.Date(), nullable=True),
        sa.CheckConstraint("to_on >= from_on", name=op.f("ck_source_spell_order")),
        sa.ForeignKeyConstraint(["source_id"], ["source.id"], name=op.f("fk_source_spell_source_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_source_spell")),
    )
    op.create_index("ix_source_spell_source_id", "source_spell", ["source_id"], unique=False)
    op.create_index(
        "uq_source_spell_open",
        "source_spell",
        ["source_id"],
        unique=True,
        postgresql_where=sa.text("to_on IS NULL"),
    )
    op.create_table(
        "source_version",
        sa.Column("source_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("body", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("why", sa.String(length=500), nullable=True),
        sa.Column("changed_by", sa.Integer(), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["changed_by"], ["person.id"], name=op.f("fk_source_version_changed_by")),
        sa.ForeignKeyConstraint(["source_id"], ["source.id"], name=op.f("fk_source_version_source_id")),
        sa.PrimaryKeyConstraint("source_id", "version", name=op.f("pk_source_version")),
    )
    op.create_table(
        "sweep_entry",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("sweep_id", sa.Integer(), nullable=False),
        sa.Column("source_id", sa.Integer(), nullable=False),
        sa.Column("found", sa.String(length=20), nullable=False),
        sa.Column("note", sa.String(length=500), nullable=True),
        sa.Column("found_by", sa.Integer(), nullable=False),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("found IN ('seen', 'new', 'gone')", name=op.f("ck_sweep_entry_found")),
        sa.ForeignKeyConstraint(["found_by"], ["person.id"], name=op.f("fk_sweep_entry_found_by")),
        sa.ForeignKeyConstraint(["source_id"], ["source.id"], name=op.f("fk_sweep_entry_source_id")),
        sa.ForeignKeyConstraint(["sweep_id"], ["source_sweep.id"], name=op.f("fk_sweep_entry_sweep_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sweep_entry")),
    )
    op.create_index(
        "ix_sweep_entry_sweep_id_source_id", "sweep_entry", ["sweep_id", "source_id", "id"], unique=False
    )
    op.create_table(
        "patrol_visit",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("source_id", sa.Integer(), nullable=True),
        sa.Column("plan_id", sa.Integer(), nullable=True),
        sa.Column("grid_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("visited_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lon", sa.Float(), nullable=True),
        sa.Column("lat", sa.Float(), nullable=True),
        sa.Column("accuracy_m", sa.Float(), nullable=True),
        sa.Column("distance_m", sa.Float(), nullable=True),
        sa.Column("within_m", sa.Integer(), nullable=False),
        sa.Column("flaw", sa.String(length=20), nullable=True),
        sa.Column("found", sa.String(length=20), nullable=False),
        sa.Column("note", sa.String(length=1000), nullable=True),
        sa.CheckConstraint(
            "(visited_at AT TIME ZONE 'Asia/Shanghai')::date = day", name=op.f("ck_patrol_visit_day")
        ),
        sa.CheckConstraint("flaw IN ('unplaced', 'vague', 'far')", name=op.f("ck_patrol_visit_flaw")),
        sa.CheckConstraint(
            "found IN ('fine', 'shut') OR note IS NOT NULL", name=op.f("ck_patrol_visit_note")
        ),
        sa.CheckConstraint(
            "found IN ('fine', 'stopped', 'problem', 'shut')", name=op.f("ck_patrol_visit_found")
        ),
        sa.CheckConstraint(
            "lon BETWEEN -180 AND 180 AND lat BETWEEN -90 AND 90", name=op.f("ck_patrol_visit_position")
        ),
        sa.CheckConstraint(
            "num_nonnulls(lon, lat, distance_m) IN (0, 3)", name=op.f("ck_patrol_visit_place")
        ),
        sa.CheckConstraint("num_nonnulls(source_id, plan_id) = 1", name=op.f("ck_patrol_visit_of")),
        sa.ForeignKeyConstraint(["grid_id"], ["grid.id"], name=op.f("fk_patrol_visit_grid_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_patrol_visit_person_id")),
        sa.ForeignKeyConstraint(["plan_id"], ["patrol_plan.id"], name=op.f("fk_patrol_visit_plan_id")),
        sa.ForeignKeyConstraint(["source_id"], ["source.id"], name=op.f("fk_patrol_visit_source_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_patrol_visit")),
        sa.UniqueConstraint(
            "person_id", "plan_id", "visited_at", name=op.f("uq_patrol_visit_person_id_plan_id_visited_at")
        ),
        sa.UniqueConstraint(
            "person_id",
            "source_id",
            "visited_at",
            name=op.f("uq_patrol_visit_person_id_source_id_visited_at"),
        ),
    )
    op.create_index("ix_patrol_visit_grid_id_day", "patrol_visit", ["grid_id", "day"], unique=False)
    op.create_index(
        "ix_patrol_visit_plan_id_day",
        "patrol_visit",
        ["plan_id", "day"],
        unique=False,
        postgresql_where=sa.text("plan_id IS NOT NULL"),
    )
    op.create_index("ix_patrol_visit_source_id_day", "patrol_visit", ["source_id", "day"], unique=False)
    op.create_table(
        "patrol_photo",
        sa.Column("visit_id", sa.BigInteger(), nullable=False),
        sa.Column("evidence_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["evidence_id"], ["evidence.id"], name=op.f("fk_patrol_photo_evidence_id")),
        sa.ForeignKeyConstraint(["visit_id"], ["patrol_visit.id"], name=op.f("fk_patrol_photo_visit_id")),
        sa.PrimaryKeyConstraint("visit_id", "evidence_id", name=op.f("pk_patrol_photo")),
        sa.UniqueConstraint("evidence_id", name=op.f("uq_patrol_photo_evidence_id")),
    )
    op.create_table(
        "source_document",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("source_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("number", sa.String(length=100), nullable=False),
        sa.Column("dated", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("evidence_id", sa.Uuid(), nullable=True),
        sa.Column("added_by", sa.Integer(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_by", sa.Integer(), nullable=True),
        sa.Column("withdrawn_why", sa.String(length=500), nullable=True),
        sa.CheckConstraint(
            "kind IN ('assessment', 'acceptance', 'permit', 'facility_log', 'emergency_plan', 'risk_report', 'monitoring', 'other')",
            name=op.f("ck_source_document_kind"),
        ),
        sa.CheckConstraint(
            "num_nonnulls(withdrawn_at, withdrawn_by, withdrawn_why) IN (0, 3)",
            name=op.f("ck_source_document_withdrawn"),
        ),
        sa.CheckConstraint("valid_until >= dated", name=op.f("ck_source_document_validity")),
        sa.ForeignKeyConstraint(["added_by"], ["person.id"], name=op.f("fk_source_document_added_by")),
        sa.ForeignKeyConstraint(
            ["evidence_id"], ["evidence.id"], name=op.f("fk_source_document_evidence_id")
        ),
        sa.ForeignKeyConstraint(["source_id"], ["source.id"], name=op.f("fk_source_document_source_id")),
        sa.ForeignKeyConstraint(
            ["withdrawn_by"], ["person.id"], name=op.f("fk_source_document_withdrawn_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_source_document")),
        sa.UniqueConstraint("evidence_id", name=op.f("uq_source_document_evidence_id")),
    )
    op.create_index("ix_source_document_source_id", "source_document", ["source_id"], unique=False)
    op.add_column("source", sa.Column("kind", sa.String(length=20), server_default="other", nullable=False))
    op.add_column("source", sa.Column("state", sa.String(length=20), server_default="active", nullable=False))
    op.add_column("source", sa.Column("legal_name", sa.String(length=200), nullable=True))
    op.add_column("source", sa.Column("credit_code", sa.String(length=18), nullable=True))
    op.add_column("source", sa.Column("contact", sa.String(length=100), nullable=True))
    op.add_column("source", sa.Column("phone", sa.String(length=40), nullable=True))
    op.add_column("source", sa.Column("permit", sa.String(length=60), nullable=True))
    op.add_column("source", sa.Column("permit_until", sa.Date(), nullable=True))
    op.add_column(
        "source",
        sa.Column(
            "emissions",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'::jsonb"),
            nullable=False,
        ),
    )
    op.add_column("source", sa.Column("version", sa.Integer(), server_default="1", nullable=False))
    for name, held in _SOURCE.items():
        op.create_check_constraint(op.f(f"ck_source_{name}"), "source", held)
    op.execute(_FIRST_VERSIONS)
    op.execute(_SPELLS)
    for table in _KEPT:
        op.execute(
            f"CREATE TRIGGER keep_{table} BEFORE UPDATE OR DELETE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION geshao_refuse_change()"
        )
    for trigger in (_DOCUMENT, _PLAN, _SWEEP, _LIST, _LISTS):
        op.execute(trigger)
    for table in ("source_document", "patrol_plan", "source_sweep"):
        op.execute(
            f"CREATE TRIGGER keep_every_{table} BEFORE DELETE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION geshao_refuse_change()"
        )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_column("source", "version")
    op.drop_column("source", "emissions")
    op.drop_column("source", "permit_until")
    op.drop_column("source", "permit")
    op.drop_column("source", "phone")
    op.drop_column("source", "contact")
    op.drop_column("source", "credit_code")
    op.drop_column("source", "legal_name")
    op.drop_column("source", "state")
    op.drop_column("source", "kind")
    op.drop_index("ix_source_document_source_id", table_name="source_document")
    op.drop_table("source_document")
    op.drop_table("patrol_photo")
    op.drop_index("ix_patrol_visit_source_id_day", table_name="patrol_visit")
    op.drop_index(
        "ix_patrol_visit_plan_id_day",
        table_name="patrol_visit",
        postgresql_where=sa.text("plan_id IS NOT NULL"),
    )
    op.drop_index("ix_patrol_visit_grid_id_day", table_name="patrol_visit")
    op.drop_table("patrol_visit")
    op.drop_index("ix_sweep_entry_sweep_id_source_id", table_name="sweep_entry")
    op.drop_table("sweep_entry")
    op.drop_table("source_version")
    op.drop_index(
        "uq_source_spell_open", table_name="source_spell", postgresql_where=sa.text("to_on IS NULL")
    )
    op.drop_index("ix_source_spell_source_id", table_name="source_spell")
    op.drop_table("source_spell")
    op.drop_index(
        "uq_patrol_plan_source",
        table_name="patrol_plan",
        postgresql_where=sa.text("to_on IS NULL AND source_id IS NOT NULL"),
    )
    op.drop_index("ix_patrol_plan_grid_id", table_name="patrol_plan")
    op.drop_table("patrol_plan")
    op.drop_table("source_sweep")
    op.drop_table("patrol_summary")
    op.drop_index(
        "uq_key_source_list_in_force",
        table_name="key_source_list",
        postgresql_where=sa.text("state = 'signed'"),
    )
    op.drop_index(
        "uq_key_source_list_draft", table_name="key_source_list", postgresql_where=sa.text("state = 'draft'")
    )
    op.drop_table("key_source_list")
