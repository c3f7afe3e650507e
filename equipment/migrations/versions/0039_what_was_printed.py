"""Which labels of a batch are printed"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0039"
down_revision = "0038"


def upgrade() -> None:
    op.add_column("label", sa.Column("print_state", sa.String(length=10), nullable=True))
    op.add_column("label", sa.Column("print_id", sa.Uuid(), nullable=True))
    # Files of earlier batches held every blank label; what is on a piece came out of a printer.
    op.execute(
        "UPDATE label SET print_state = CASE WHEN status = 'issued' THEN 'drawn' ELSE 'printed' END "
        "WHERE batch_id IS NOT NULL"
    )


def downgrade() -> None:
    op.drop_column("label", "print_id")
    op.drop_column("label", "print_state")
