"""Fills of the cylinders in a bundle"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0047"
down_revision = "0046"


def upgrade() -> None:
    with op.batch_alter_table("fill", schema=None) as batch_op:
        batch_op.add_column(sa.Column("bundle_id", sa.Uuid(), nullable=True))
        batch_op.add_column(sa.Column("bundle_fill_id", sa.Uuid(), nullable=True))
        batch_op.create_index(
            "ix_fill_bundle",
            ["bundle_fill_id"],
            unique=False,
            sqlite_where=sa.text("bundle_fill_id IS NOT NULL"),
            postgresql_where=sa.text("bundle_fill_id IS NOT NULL"),
        )


def downgrade() -> None:
    with op.batch_alter_table("fill", schema=None) as batch_op:
        batch_op.drop_index("ix_fill_bundle")
        batch_op.drop_column("bundle_fill_id")
        batch_op.drop_column("bundle_id")
