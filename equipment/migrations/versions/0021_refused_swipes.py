"""Refused swipes are listed: by outcome, the newest first"""

from __future__ import annotations

from alembic import op

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    op.create_index("ix_swipe_outcome", "swipe", ["outcome", "received_at"])


def downgrade() -> None:
    op.drop_index("ix_swipe_outcome", table_name="swipe")
