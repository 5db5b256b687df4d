"""who is on duty, units and conflicts"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

# What has been stays: a turn that began before its post's `settled_to` is only ever cut or lengthened at its end,
# and that never to before it.
_TURNS = """
CREATE FUNCTION duty_turn_has_been() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    post duty_post%ROWTYPE;
BEGIN
    SELECT * INTO STRICT post FROM duty_post WHERE id = coalesce(NEW.post_id, OLD.post_id);
    IF TG_OP = 'INSERT' THEN
        IF NEW.on_from < post.settled_to THEN
            RAISE EXCEPTION 'a turn cannot be put into what has been';
        END IF;
        IF NEW.follows_at IS NULL AND NEW.on_from <> post.planned_from THEN
            RAISE EXCEPTION 'the first turn of a post begins with its plan';
        END IF;
        RETURN NEW;
    END IF;
    IF TG_OP = 'DELETE' THEN
        IF OLD.on_from < post.settled_to THEN
            RAISE EXCEPTION 'a turn that has begun cannot be removed';
        END IF;
        RETURN OLD;
    END IF;
    IF (NEW.id, NEW.post_id, NEW.person_id, NEW.gap, NEW.on_from, NEW.follows_at, NEW.why, NEW.for_person_id)
       IS DISTINCT FROM
       (OLD.id, OLD.post_id, OLD.person_id, OLD.gap, OLD.on_from, OLD.follows_at, OLD.why, OLD.for_person_id)
       OR OLD.on_to <= post.settled_to OR NEW.on_to < post.settled_to THEN
        RAISE EXCEPTION 'a turn is only cut or lengthened, and only ahead';
    END IF;
    RETURN NEW;
END $$
"""
_POSTS = """
CREATE FUNCTION duty_post_goes_on() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.id, NEW.grid_id, NEW.role, NEW.planned_from) IS DISTINCT FROM
       (OLD.id, OLD.grid_id, OLD.role, OLD.planned_from) OR NEW.settled_to < OLD.settled_to THEN
        RAISE EXCEPTION 'a post stays what it is, and what is settled stays settled';
    END IF;
    RETURN NEW;
END $$
"""
# At the commit: the chain of turns reaches as far as the post says.
_WHOLE = """
CREATE FUNCTION duty_turns_reach() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    which int;
BEGIN
    IF TG_TABLE_NAME = 'duty_post' THEN
        which := NEW.id;
    ELSE
        which := coalesce(NEW.post_id, OLD.post_id);
    END IF;
    IF EXISTS (SELECT 1 FROM duty_post p WHERE p.id = which AND p.planned_to IS DISTINCT FROM
               coalesce((SELECT max(t.on_to) FROM duty_turn t WHERE t.post_id = p.id), p.planned_from)) THEN
        RAISE EXCEPTION 'the turns of a post reach as far as it is planned';
    END IF;
    RETURN NULL;
END $$
"""
_TRIGGERS = (
    "CREATE TRIGGER has_been BEFORE INSERT OR UPDATE OR DELETE ON duty_turn"
    " FOR EACH ROW EXECUTE FUNCTION duty_turn_has_been()",
    "CREATE TRIGGER goes_on BEFORE UPDATE ON duty_post FOR EACH ROW EXECUTE FUNCTION duty_post_goes_on()",
    "CREATE CONSTRAINT TRIGGER reach AFTER INSERT OR UPDATE ON duty_post DEFERRABLE INITIALLY DEFERRED"
    " FOR EACH ROW EXECUTE FUNCTION duty_turns_reach()",
    "CREATE CONSTRAINT TRIGGER reach AFTER UPDATE OR DELETE ON duty_turn DEFERRABLE INITIALLY DEFERRED"
    " FOR EACH ROW EXECUTE FUNCTION duty_turns_reach()",
)
revision = "c57e9c0de4cc"
down_revision = "a28aa9e5e08d"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        "source_category",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_source_category")),
        sa.UniqueConstraint("name", name=op.f("uq_source_category_name")),
    )
    op.create_table(
        "duty_post",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("grid_id", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("planned_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("planned_to", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_to", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("role IN ('supervisor', 'chief', 'duty_officer')", name=op.f("ck_duty_post_role")),
        sa.CheckConstraint(
            "planned_to >= planned_from AND settled_to >= planned_from", name=op.f("ck_duty_post_plan")
        ),
        sa.ForeignKeyConstraint(["grid_id"], ["grid.id"], name=op.f("fk_duty_post_grid_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_duty_post")),
        sa.UniqueConstraint("grid_id", "role", name=op.f("uq_duty_post_grid_id_role")),
    )
    op.create_table(
        "unit",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("grid_id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["created_by"], ["person.id"], name=op.f("fk_unit_created_by")),
        sa.ForeignKeyConstraint(["grid_id"], ["grid.id"], name=op.f("fk_unit_grid_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unit")),
        sa.UniqueConstraint("code", name=op.f("uq_unit_code")),
    )
    op.create_table(
        "category_duty",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("category_id", sa.Integer(), nullable=False),
        sa.Column("grid_id", sa.Integer(), nullable=False),
        sa.Column("lead_unit_id", sa.Integer(), nullable=False),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("valid_to", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        postgresql.ExcludeConstraint(
            (sa.text("int8range(category_id, category_id, '[]')"), "&&"),
            (sa.text("int8range(grid_id, grid_id, '[]')"), "&&"),
            (sa.text("tstzrange(valid_from, valid_to)"), "&&"),
            using="gist",
            name="ex_category_duty_overlap",
        ),
        sa.CheckConstraint(
            "valid_to IS NULL OR valid_to >= valid_from", name=op.f("ck_category_duty_validity")
        ),
        sa.ForeignKeyConstraint(["author_id"], ["person.id"], name=op.f("fk_category_duty_author_id")),
        sa.ForeignKeyConstraint(
            ["category_id"], ["source_category.id"], name=op.f("fk_category_duty_category_id")
        ),
        sa.ForeignKeyConstraint(["grid_id"], ["grid.id"], name=op.f("fk_category_duty_grid_id")),
        sa.ForeignKeyConstraint(["lead_unit_id"], ["unit.id"], name=op.f("fk_category_duty_lead_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_category_duty")),
    )
    op.create_table(
        "conflict_of_interest",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("source_id", sa.Integer(), nullable=True),
        sa.Column("station_id", sa.Integer(), nullable=True),
        sa.Column("grid_id", sa.Integer(), nullable=True),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("valid_to", sa.DateTime(timezone=True), nullable=True),
        sa.Column("declared_by", sa.Integer(), nullable=False),
        sa.Column("declared_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.Integer(), nullable=True),
        sa.Column("end_reason", sa.String(length=500), nullable=True),
        sa.CheckConstraint(
            "(ended_at IS NULL) = (ended_by IS NULL)", name=op.f("ck_conflict_of_interest_ended")
        ),
        sa.CheckConstraint(
            "num_nonnulls(source_id, station_id, grid_id) = 1", name=op.f("ck_conflict_of_interest_subject")
        ),
        sa.CheckConstraint(
            "valid_to IS NULL OR valid_to >= valid_from", name=op.f("ck_conflict_of_interest_validity")
        ),
        sa.ForeignKeyConstraint(
            ["declared_by"], ["person.id"], name=op.f("fk_conflict_of_interest_declared_by")
        ),
        sa.ForeignKeyConstraint(["ended_by"], ["person.id"], name=op.f("fk_conflict_of_interest_ended_by")),
        sa.ForeignKeyConstraint(["grid_id"], ["grid.id"], name=op.f("fk_conflict_of_interest_grid_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_conflict_of_interest_person_id")),
        sa.ForeignKeyConstraint(["source_id"], ["source.id"], name=op.f("fk_conflict_of_interest_source_id")),
        sa.ForeignKeyConstraint(
            ["station_id"], ["station.id"], name=op.f("fk_conflict_of_interest_station_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conflict_of_interest")),
    )
    op.create_index("ix_conflict_of_interest_person_id", "conflict_of_interest", ["person_id"], unique=False)
    op.create_table(
        "duty_absence",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("post_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("stand_in_id", sa.Integer(), nullable=True),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancelled_by", sa.Integer(), nullable=True),
        sa.Column("cancel_reason", sa.String(length=500), nullable=True),
        postgresql.ExcludeConstraint(
            (sa.text("int8range(post_id, post_id, '[]')"), "&&"),
            (sa.text("int8range(person_id, person_id, '[]')"), "&&"),
            (sa.text("tstzrange(starts_at, GREATEST(starts_at, LEAST(ends_at, cancelled_at)))"), "&&"),
            using="gist",
            name="ex_duty_absence_overlap",
        ),
        sa.CheckConstraint(
            "(cancelled_at IS NULL) = (cancelled_by IS NULL)", name=op.f("ck_duty_absence_cancelled")
        ),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_duty_absence_length")),
        sa.CheckConstraint("stand_in_id <> person_id", name=op.f("ck_duty_absence_stand_in")),
        sa.ForeignKeyConstraint(["author_id"], ["person.id"], name=op.f("fk_duty_absence_author_id")),
        sa.ForeignKeyConstraint(["cancelled_by"], ["person.id"], name=op.f("fk_duty_absence_cancelled_by")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_duty_absence_person_id")),
        sa.ForeignKeyConstraint(["post_id"], ["duty_post.id"], name=op.f("fk_duty_absence_post_id")),
        sa.ForeignKeyConstraint(["stand_in_id"], ["person.id"], name=op.f("fk_duty_absence_stand_in_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_duty_absence")),
    )
    op.create_table(
        "duty_gap_told",
        sa.Column("post_id", sa.Integer(), nullable=False),
        sa.Column("on_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("gap", sa.String(length=40), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["post_id"], ["duty_post.id"], name=op.f("fk_duty_gap_told_post_id")),
        sa.PrimaryKeyConstraint("post_id", "on_from", "gap", name=op.f("pk_duty_gap_told")),
    )
    op.create_table(
        "duty_override",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("post_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancelled_by", sa.Integer(), nullable=True),
        sa.Column("cancel_reason", sa.String(length=500), nullable=True),
        postgresql.ExcludeConstraint(
            (sa.text("int8range(post_id, post_id, '[]')"), "&&"),
            (sa.text("tstzrange(starts_at, GREATEST(starts_at, LEAST(ends_at, cancelled_at)))"), "&&"),
            using="gist",
            name="ex_duty_override_overlap",
        ),
        sa.CheckConstraint(
            "(cancelled_at IS NULL) = (cancelled_by IS NULL)", name=op.f("ck_duty_override_cancelled")
        ),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_duty_override_length")),
        sa.ForeignKeyConstraint(["author_id"], ["person.id"], name=op.f("fk_duty_override_author_id")),
        sa.ForeignKeyConstraint(["cancelled_by"], ["person.id"], name=op.f("fk_duty_override_cancelled_by")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_duty_override_person_id")),
        sa.ForeignKeyConstraint(["post_id"], ["duty_post.id"], name=op.f("fk_duty_override_post_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_duty_override")),
    )
    op.create_table(
        "duty_rotation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("post_id", sa.Integer(), nullable=False),
        sa.Column("shift_h", sa.Integer(), nullable=False),
        sa.Column("handover", sa.Time(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("valid_to", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_by", sa.Integer(), nullable=True),
        sa.Column("end_reason", sa.String(length=500), nullable=True),
        postgresql.ExcludeConstraint(
            (sa.text("int8range(post_id, post_id, '[]')"), "&&"),
            (sa.text("tstzrange(valid_from, valid_to)"), "&&"),
            using="gist",
            name="ex_duty_rotation_overlap",
        ),
        sa.CheckConstraint("shift_h BETWEEN 1 AND 744", name=op.f("ck_duty_rotation_shift")),
        sa.CheckConstraint(
            "valid_to IS NULL OR valid_to >= valid_from", name=op.f("ck_duty_rotation_validity")
        ),
        sa.ForeignKeyConstraint(["author_id"], ["person.id"], name=op.f("fk_duty_rotation_author_id")),
        sa.ForeignKeyConstraint(["ended_by"], ["person.id"], name=op.f("fk_duty_rotation_ended_by")),
        sa.ForeignKeyConstraint(["post_id"], ["duty_post.id"], name=op.f("fk_duty_rotation_post_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_duty_rotation")),
    )
    op.create_table(
        "duty_turn",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("post_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("gap", sa.String(length=40), nullable=True),
        sa.Column("on_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("on_to", sa.DateTime(timezone=True), nullable=False),
        sa.Column("follows_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("why", sa.String(length=20), nullable=False),
        sa.Column("for_person_id", sa.Integer(), nullable=True),
        postgresql.ExcludeConstraint(
            (sa.text("int8range(post_id, post_id, '[]')"), "&&"),
            (sa.text("tstzrange(on_from, on_to)"), "&&"),
            using="gist",
            name="ex_duty_turn_overlap",
        ),
        sa.CheckConstraint(
            "(person_id IS NULL) = (gap IS NOT NULL) AND (gap IS NOT NULL) = (why = 'gap')",
            name=op.f("ck_duty_turn_answer"),
        ),
        sa.CheckConstraint(
            "gap IS NULL OR gap IN ('absent_without_stand_in', 'duty_ended', 'nobody_on_duty', 'not_planned')",
            name=op.f("ck_duty_turn_gap"),
        ),
        sa.CheckConstraint(
            "why <> 'stand_in' OR for_person_id IS NOT NULL", name=op.f("ck_duty_turn_stand_in")
        ),
        sa.CheckConstraint(
            "why IN ('shift', 'standing', 'override', 'stand_in', 'gap')", name=op.f("ck_duty_turn_why")
        ),
        sa.CheckConstraint("follows_at = on_from", name=op.f("ck_duty_turn_no_hole")),
        sa.CheckConstraint("on_to > on_from", name=op.f("ck_duty_turn_length")),
        sa.ForeignKeyConstraint(["for_person_id"], ["person.id"], name=op.f("fk_duty_turn_for_person_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_duty_turn_person_id")),
        sa.ForeignKeyConstraint(
            ["post_id", "follows_at"], ["duty_turn.post_id", "duty_turn.on_to"], name="follows"
        ),
        sa.ForeignKeyConstraint(["post_id"], ["duty_post.id"], name=op.f("fk_duty_turn_post_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_duty_turn")),
        sa.UniqueConstraint(
            "post_id",
            "follows_at",
            name=op.f("uq_duty_turn_post_id_follows_at"),
            postgresql_nulls_not_distinct=True,
        ),
        sa.UniqueConstraint("post_id", "on_to", name=op.f("uq_duty_turn_post_id_on_to")),
    )
    op.create_index(
        "ix_duty_turn_gap",
        "duty_turn",
        ["on_from"],
        unique=False,
        postgresql_where=sa.text("gap IS NOT NULL"),
    )
    op.create_table(
        "unit_member",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("valid_to", sa.DateTime(timezone=True), nullable=True),
        sa.Column("author_id", sa.Integer(), nullable=False),
        postgresql.ExcludeConstraint(
            (sa.text("int8range(unit_id, unit_id, '[]')"), "&&"),
            (sa.text("int8range(person_id, person_id, '[]')"), "&&"),
            (sa.text("tstzrange(valid_from, valid_to)"), "&&"),
            using="gist",
            name="ex_unit_member_overlap",
        ),
        sa.CheckConstraint(
            "valid_to IS NULL OR valid_to >= valid_from", name=op.f("ck_unit_member_validity")
        ),
        sa.ForeignKeyConstraint(["author_id"], ["person.id"], name=op.f("fk_unit_member_author_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_unit_member_person_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_unit_member_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unit_member")),
    )
    op.create_table(
        "category_co_handler",
        sa.Column("duty_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["duty_id"], ["category_duty.id"], name=op.f("fk_category_co_handler_duty_id")
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_category_co_handler_unit_id")),
        sa.PrimaryKeyConstraint("duty_id", "unit_id", name=op.f("pk_category_co_handler")),
    )
    op.create_table(
        "duty_rotation_member",
        sa.Column("rotation_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.CheckConstraint("position BETWEEN 0 AND 99", name=op.f("ck_duty_rotation_member_position")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_duty_rotation_member_person_id")),
        sa.ForeignKeyConstraint(
            ["rotation_id"], ["duty_rotation.id"], name=op.f("fk_duty_rotation_member_rotation_id")
        ),
        sa.PrimaryKeyConstraint("rotation_id", "position", name=op.f("pk_duty_rotation_member")),
    )
    op.create_table(
        "order_unit",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("part", sa.String(length=20), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("part IN ('lead', 'co_handler')", name=op.f("ck_order_unit_part")),
        sa.ForeignKeyConstraint(["order_id"], ["work_order.id"], name=op.f("fk_order_unit_order_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_order_unit_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_unit")),
        sa.UniqueConstraint("order_id", "unit_id", name=op.f("uq_order_unit_order_id_unit_id")),
    )
    op.create_index(
        "uq_order_unit_lead",
        "order_unit",
        ["order_id"],
        unique=True,
        postgresql_where=sa.text("part = 'lead'"),
    )
    op.add_column("work_order", sa.Column("category", sa.String(length=60), nullable=True))
    for statement in (_TURNS, _POSTS, _WHOLE, *_TRIGGERS):
        op.execute(statement)


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_column("work_order", "category")
    op.drop_index("uq_order_unit_lead", table_name="order_unit", postgresql_where=sa.text("part = 'lead'"))
    op.drop_table("order_unit")
    op.drop_table("duty_rotation_member")
    op.drop_table("category_co_handler")
    op.drop_table("unit_member")
    op.drop_index("ix_duty_turn_gap", table_name="duty_turn", postgresql_where=sa.text("gap IS NOT NULL"))
    op.drop_table("duty_turn")
    op.drop_table("duty_rotation")
    op.drop_table("duty_override")
    op.drop_table("duty_gap_told")
    op.drop_table("duty_absence")
    op.drop_index("ix_conflict_of_interest_person_id", table_name="conflict_of_interest")
    op.drop_table("conflict_of_interest")
    op.drop_table("category_duty")
    op.drop_table("unit")
    op.drop_table("duty_post")
    op.drop_table("source_category")
    op.execute("DROP FUNCTION duty_turns_reach()")
    op.execute("DROP FUNCTION duty_post_goes_on()")
    op.execute("DROP FUNCTION duty_turn_has_been()")
