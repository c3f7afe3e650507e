"""A failed inspection is a state of its own: the piece says when it failed, instead of being overdue since the day before"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

# Only after a failed inspection did the day of a piece lie before the day of its duty.
FAILED = """
UPDATE equipment SET inspection_failed_on = (
    SELECT due.due_on FROM due
    WHERE due.equipment_id = equipment.id AND due.kind = 'inspection' AND due.state = 'open'
    AND due.due_on > equipment.inspection_due_on
)
WHERE EXISTS (
    SELECT 1 FROM due
    WHERE due.equipment_id = equipment.id AND due.kind = 'inspection' AND due.state = 'open'
    AND due.due_on > equipment.inspection_due_on
)
"""


def upgrade() -> None:
    op.add_column("equipment", sa.Column("inspection_failed_on", sa.Date(), nullable=True))
    op.execute(FAILED)
    failed = sa.text("inspection_failed_on IS NOT NULL")
    op.create_index(
        "ix_equipment_failed", "equipment", ["area"], sqlite_where=failed, postgresql_where=failed
    )
    open_and_failed = sa.text("state = 'open' AND origin = 'failed'")
    op.create_index(
        "ix_due_failed",
        "due",
        ["kind", "area"],
        sqlite_where=open_and_failed,
        postgresql_where=open_and_failed,
    )


def downgrade() -> None:
    op.drop_index("ix_due_failed", table_name="due")
    op.drop_index("ix_equipment_failed", table_name="equipment")
    op.drop_column("equipment", "inspection_failed_on")
