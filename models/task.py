"""Tasks that a level-2 grid hands down to its levels 3 and 4 (annex 1 art. 6-8)."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, one_of
from models.enums import TaskState


class Task(Base):
    """A part of an order's work, or what is done about a report from below, with a deadline of its own."""

    __tablename__ = "task"
    __table_args__ = (
        CheckConstraint(one_of("state", TaskState), name="state"),
        CheckConstraint("(order_id IS NULL) <> (report_id IS NULL)", name="one_subject"),
        CheckConstraint("parent_task_id <> id", name="own_parent"),
        CheckConstraint("due_at > handed_at", name="due"),
        CheckConstraint("(taken_at IS NULL) = (taken_by IS NULL)", name="taken"),
        CheckConstraint("state <> 'taken' OR taken_at IS NOT NULL", name="taken_by_somebody"),
        CheckConstraint("(state IN ('done', 'taken_back')) = (finished_at IS NOT NULL)", name="finished"),
        CheckConstraint("(state = 'done') = (finding IS NOT NULL)", name="done_has_finding"),
        CheckConstraint("state <> 'done' OR finished_by IS NOT NULL", name="done_by_somebody"),
        CheckConstraint("(state = 'taken_back') = (reason IS NOT NULL)", name="taken_back_has_reason"),
        Index("ix_task_grid_id_id", "grid_id", "id"),
        Index("ix_task_order_id", "order_id", postgresql_where=text("order_id IS NOT NULL")),
        Index("ix_task_report_id", "report_id", postgresql_where=text("report_id IS NOT NULL")),
        Index(
            "ix_task_parent_task_id", "parent_task_id", postgresql_where=text("parent_task_id IS NOT NULL")
        ),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    order_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("work_order.id"))
    report_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("up_report.id"))
    """Instead of an order: the report from below that was handed back as this task."""
    parent_task_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("task.id"))
    """The township's task of which this one is a village's part."""
    grid_id: Mapped[int] = mapped_column(ForeignKey("grid.id"))
    """Of level 3 or 4: who is to do it."""
    from_grid_id: Mapped[int] = mapped_column(ForeignKey("grid.id"))
    """Who handed it down, and may take it back."""
    state: Mapped[str] = mapped_column(String(20))
    text: Mapped[str] = mapped_column(Text)
    due_at: Mapped[datetime]
    handed_at: Mapped[datetime]
    handed_by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    taken_at: Mapped[datetime | None]
    taken_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    finished_at: Mapped[datetime | None]
    finished_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    """NULL where it was taken back because its order ended."""
    finding: Mapped[str | None] = mapped_column(Text)
    reason: Mapped[str | None] = mapped_column(String(500))
    """Why it was taken back."""
