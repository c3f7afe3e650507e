"""Two people's answers and remarks of one visit are both held: remarks by person"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from equipment.storage.columns import Document

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    op.add_column("visit", sa.Column("remarks", Document, server_default="{}", nullable=False))


def downgrade() -> None:
    op.drop_column("visit", "remarks")
