"""Labels are signed for with what is not there"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy import Text
from sqlalchemy.dialects import postgresql

revision = "0051"
down_revision = "0050"

DOCUMENT = sa.JSON().with_variant(postgresql.JSONB(astext_type=Text()), "postgresql")


def upgrade() -> None:
    with op.batch_alter_table("label_handout") as batch_op:
        batch_op.add_column(
            sa.Column(
                "missing", DOCUMENT, server_default=sa.text("'[]'"), nullable=False
            )
        )
        batch_op.add_column(sa.Column("difference", sa.String(length=200), server_default="", nullable=False))


def downgrade() -> None:
    with op.batch_alter_table("label_handout") as batch_op:
        batch_op.drop_column("difference")
        batch_op.drop_column("missing")
