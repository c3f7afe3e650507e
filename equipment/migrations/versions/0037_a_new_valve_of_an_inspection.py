"""The new valve that a cylinder got at its inspection"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0036"


def upgrade() -> None:
    op.add_column("inspection", sa.Column("valve_until", sa.Date(), nullable=True))


def downgrade() -> None:
    op.drop_column("inspection", "valve_until")
