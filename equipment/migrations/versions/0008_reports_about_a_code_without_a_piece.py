"""A report of the public may be about a code that leads to no piece: forged, unknown, not on anything yet"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def answered() -> sa.CheckConstraint:
    """SQLite copies the table, and its checks only where they are named."""
    return sa.CheckConstraint(
        "(state IN ('answered', 'filed')) = (answered_at IS NOT NULL)",
        name=op.f("ck_public_report_answered_has_time"),
    )


def upgrade() -> None:
    with op.batch_alter_table("public_report", table_args=(answered(),)) as table:
        table.alter_column("equipment_id", existing_type=sa.Uuid(), nullable=True)
        table.add_column(sa.Column("code", sa.String(length=200), server_default="", nullable=False))


def downgrade() -> None:
    op.execute("DELETE FROM public_report WHERE equipment_id IS NULL")
    with op.batch_alter_table("public_report", table_args=(answered(),)) as table:
        table.drop_column("code")
        table.alter_column("equipment_id", existing_type=sa.Uuid(), nullable=False)
