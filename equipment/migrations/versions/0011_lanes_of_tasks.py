"""In which lane long work waits"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    with op.batch_alter_table("task") as table:
        table.add_column(sa.Column("lane", sa.String(length=5), server_default="quick", nullable=False))


def downgrade() -> None:
    with op.batch_alter_table("task") as table:
        table.drop_column("lane")
