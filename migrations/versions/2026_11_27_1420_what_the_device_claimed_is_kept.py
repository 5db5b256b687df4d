"""what the device claimed of a photo is kept as it was written"""

from alembic import op

revision = "e90b4c7d2a15"
down_revision = "c41e7d5a8f20"
branch_labels = None
depends_on = None

_OLD = "id, digest, size, media_type, filename, uploaded_by, uploaded_at"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_check_constraint(op.f("ck_evidence_original"), "evidence", "octet_length(original_digest) = 32")
    _keep(f"{_OLD}, original_digest")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    _keep(_OLD)
    op.drop_constraint(op.f("ck_evidence_original"), "evidence", type_="check")


def _keep(columns: str) -> None:
    before, after = (", ".join(f"{row}.{name}" for name in columns.split(", ")) for row in ("OLD", "NEW"))
    op.execute("DROP TRIGGER keep_evidence ON evidence")
    op.execute(
        "CREATE TRIGGER keep_evidence BEFORE UPDATE ON evidence FOR EACH ROW WHEN ("
        f"({before}) IS DISTINCT FROM ({after})"
        " OR OLD.order_id IS NOT NULL"
        " AND (OLD.order_id, OLD.used_for, OLD.round) IS DISTINCT FROM (NEW.order_id, NEW.used_for, NEW.round)"
        ") EXECUTE FUNCTION geshao_refuse_change()"
    )
