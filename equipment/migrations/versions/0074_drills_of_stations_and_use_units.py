"""Drills of filling stations and use units: held at no single piece."""
from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0074'
down_revision = '0073'


def upgrade() -> None:
    with op.batch_alter_table('drill', schema=None) as batch_op:
        batch_op.alter_column('equipment_id', existing_type=sa.Uuid(), nullable=True)
