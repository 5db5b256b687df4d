"""notices of decisions and of the watchdog"""

from alembic import op

_NEW = "'decided', 'watchdog'"
_OLD = (
    "'dispatched', 'returned', 'reported', 'warning', 'breach', 'escalation', 'request', 'task', 'upward', 'unrouted',"
    " 'gap', 'channel', 'test'"
)

revision = "3b7e52c9d0a4"
down_revision = "f8c5ae572c96"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    _allow(f"{_OLD}, {_NEW}")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute(f"DELETE FROM notice_rule WHERE about IN ({_NEW})")
    op.execute(f"DELETE FROM outbox WHERE about IN ({_NEW})")
    op.execute("UPDATE notice_target SET classes = classes - 'decided' - 'watchdog'")
    _allow(_OLD)


def _allow(classes: str) -> None:
    op.drop_constraint(op.f("ck_notice_rule_about"), "notice_rule", type_="check")
    op.create_check_constraint(op.f("ck_notice_rule_about"), "notice_rule", f"about IN ({classes})")
