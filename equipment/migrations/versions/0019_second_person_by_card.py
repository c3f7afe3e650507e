"""Whoever's card was shown is asked whether it was him: until when, and who said no"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from equipment.storage.columns import Document, Instant

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    op.add_column("visit", sa.Column("cards_until", Instant(timezone=True), nullable=True))
    op.add_column("visit", sa.Column("denied", Document, server_default="[]", nullable=False))
    op.create_index(op.f("ix_visit_cards_until"), "visit", ["cards_until"])


def downgrade() -> None:
    op.drop_index(op.f("ix_visit_cards_until"), "visit")
    op.drop_column("visit", "denied")
    op.drop_column("visit", "cards_until")
