"""reports of correction on acts, and answers to statements"""

import sqlalchemy as sa
from alembic import op

revision = "5c1e7a90d3b4"
down_revision = "cb3216f3458a"
branch_labels = None
depends_on = None

_OLD_STEPS = "'propose', 'decline', 'sign', 'draft', 'issue', 'hold', 'object', 'complete', 'withdraw'"
_STEPS = (
    "'propose', 'decline', 'sign', 'draft', 'issue', 'hold', 'object', 'answer', 'report', 'accept_report',"
    " 'return_report', 'complete', 'withdraw'"
)
_OLD_MOVING = "state,number,decided_by,decided_at,paper_id,follow_up_due"
_MOVING = f"{_OLD_MOVING},report,report_due"
_OLD_RULES = "OLD.follow_up_due IS NOT NULL AND OLD.follow_up_due IS DISTINCT FROM NEW.follow_up_due"
# A report is demanded as the act is held; it goes to and fro until it is accepted, and is due anew as it is sent back.
_RULES = f"""{_OLD_RULES}
    OR OLD.report IS DISTINCT FROM NEW.report
        AND (coalesce(OLD.report, ''), coalesce(NEW.report, '')) NOT IN (
            ('', 'awaited'), ('awaited', 'given'), ('returned', 'given'), ('given', 'accepted'), ('given', 'returned')
        )
    OR OLD.report IS NULL AND NEW.report IS NOT NULL AND OLD.state <> 'signed'
    OR OLD.report_due IS DISTINCT FROM NEW.report_due
        AND NOT (OLD.report IS NULL OR OLD.report = 'given' AND NEW.report = 'returned')"""
_TRIGGER = """
CREATE TRIGGER keep_supervisory_act BEFORE UPDATE ON supervisory_act FOR EACH ROW WHEN (
    to_jsonb(OLD) - '{{{moving}}}'::text[]
        IS DISTINCT FROM
    to_jsonb(NEW) - '{{{moving}}}'::text[]
    OR OLD.state <> 'proposed'
        AND (OLD.number, OLD.decided_by, OLD.decided_at) IS DISTINCT FROM (NEW.number, NEW.decided_by, NEW.decided_at)
    OR OLD.state <> NEW.state AND (OLD.state, NEW.state) NOT IN (
        ('proposed', 'signed'), ('proposed', 'declined'), ('signed', 'held'), ('signed', 'withdrawn'),
        ('held', 'completed'), ('held', 'withdrawn')
    )
    OR OLD.state IN ('declined', 'completed', 'withdrawn') AND OLD IS DISTINCT FROM NEW
    OR {rules}
) EXECUTE FUNCTION geshao_refuse_change()
"""


def _steps(steps: str) -> None:
    name = op.f("ck_supervisory_act_step_step")
    op.drop_constraint(name, "supervisory_act_step", type_="check")
    op.create_check_constraint(name, "supervisory_act_step", f"step IN ({steps})")


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("DROP TRIGGER keep_supervisory_act ON supervisory_act")
    op.add_column("supervisory_act", sa.Column("report", sa.String(length=20), nullable=True))
    op.add_column("supervisory_act", sa.Column("report_due", sa.Date(), nullable=True))
    op.create_check_constraint(
        op.f("ck_supervisory_act_report"),
        "supervisory_act",
        "report IN ('awaited', 'given', 'returned', 'accepted')",
    )
    op.create_check_constraint(
        op.f("ck_supervisory_act_report_due"),
        "supervisory_act",
        "(report IS NULL) = (report_due IS NULL)"
        " AND (report IS NULL OR state IN ('held', 'completed', 'withdrawn'))",
    )
    op.create_check_constraint(
        op.f("ck_supervisory_act_corrected"),
        "supervisory_act",
        "state <> 'completed' OR report IS NULL OR report = 'accepted'",
    )
    _steps(_STEPS)
    op.execute(_TRIGGER.format(moving=_MOVING, rules=_RULES))


def downgrade() -> None:
    # Steps of these kinds are kept by triggers: while there are any, the older list refuses and nothing is undone.
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("DROP TRIGGER keep_supervisory_act ON supervisory_act")
    _steps(_OLD_STEPS)
    for name in ("corrected", "report_due", "report"):
        op.drop_constraint(op.f(f"ck_supervisory_act_{name}"), "supervisory_act", type_="check")
    op.drop_column("supervisory_act", "report_due")
    op.drop_column("supervisory_act", "report")
    op.execute(_TRIGGER.format(moving=_OLD_MOVING, rules=_OLD_RULES))
