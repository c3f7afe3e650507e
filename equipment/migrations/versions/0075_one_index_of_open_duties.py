"""Open duties by day: the index that covers the counts serves the lists too."""
from __future__ import annotations

from alembic import op

revision = '0075'
down_revision = '0074'


def upgrade() -> None:
    with op.batch_alter_table('due', schema=None) as batch_op:
        batch_op.drop_index('ix_due_open_day')
