"""Lists that another system reads on are walked by an index: fills as they ended, the rest as it was received"""

from __future__ import annotations

from alembic import op

revision = "0024"
down_revision = "0023"
WALKED = {
    "ix_fill_closed": ("fill", "closed_at"),
    "ix_swipe_received": ("swipe", "received_at"),
    "ix_visit_received": ("visit", "received_at"),
    "ix_inspection_received": ("inspection", "received_at"),
}


def upgrade() -> None:
    for name, (table, at) in WALKED.items():
        op.create_index(name, table, [at, "id"])


def downgrade() -> None:
    for name, (table, _at) in WALKED.items():
        op.drop_index(name, table_name=table)
