"""Which sandboxes are switched on"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy import Text
from sqlalchemy.dialects import postgresql

from equipment.storage.columns import Instant

revision = "0052"
down_revision = "0051"
DOCUMENT = sa.JSON().with_variant(postgresql.JSONB(astext_type=Text()), "postgresql")


def upgrade() -> None:
    op.create_table(
        "sandbox",
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("place", sa.String(length=30), nullable=False),
        sa.Column("since", Instant(timezone=True), nullable=False),
        sa.Column("token_hashes", DOCUMENT, nullable=False),
        sa.PrimaryKeyConstraint("kind", name=op.f("pk_sandbox")),
    )


def downgrade() -> None:
    op.drop_table("sandbox")
