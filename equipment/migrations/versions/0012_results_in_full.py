"""Results in full: the report's clock, who issued, checked and reviewed, open items, re-inspections; rows of lists
that could not be done"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"

TEXTS = (("next_reason", 300), ("issued_by", 120), ("checked_by", 60), ("reviewed_by", 60), ("notice_no", 60), ("feedback", 300))


def upgrade() -> None:
    for name, length in TEXTS:
        op.add_column("inspection", sa.Column(name, sa.String(length=length), server_default="", nullable=False))
    op.add_column("inspection", sa.Column("open_items", sa.Text(), server_default="", nullable=False))
    op.add_column("inspection", sa.Column("early", sa.Boolean(), server_default=sa.false(), nullable=False))
    for name in ("report_due_on", "feedback_on"):
        op.add_column("inspection", sa.Column(name, sa.Date(), nullable=True))
    for name in ("visit_id", "repeats_id"):
        op.add_column("inspection", sa.Column(name, sa.Uuid(), nullable=True))
    op.create_index("ix_inspection_report", "inspection", ["organisation_id", "report_no"])
    for index, name in (("ix_inspection_awaiting", "report_due_on"), ("ix_inspection_feedback", "feedback_on")):
        known = sa.text(f"{name} IS NOT NULL")
        op.create_index(index, "inspection", ["organisation_id", name], sqlite_where=known, postgresql_where=known)
    op.add_column("due_list_row", sa.Column("early", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("due_list_row", sa.Column("not_done", sa.String(length=20), nullable=True))
    op.add_column("due_list_row", sa.Column("again_on", sa.Date(), nullable=True))


def downgrade() -> None:
    for name in ("again_on", "not_done", "early"):
        op.drop_column("due_list_row", name)
    for index in ("ix_inspection_feedback", "ix_inspection_awaiting", "ix_inspection_report"):
        op.drop_index(index, table_name="inspection")
    names = [name for name, _length in TEXTS]
    for name in (*names, "open_items", "early", "report_due_on", "feedback_on", "visit_id", "repeats_id"):
        op.drop_column("inspection", name)
