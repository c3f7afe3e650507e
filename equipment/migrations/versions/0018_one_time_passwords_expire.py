"""one-time passwords expire: until when each lets its person in"""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa
from alembic import op

from equipment.core import clock
from equipment.storage.columns import Instant

revision = "0018"
down_revision = "0017"
AFTER_UPGRADE = timedelta(days=3)


def upgrade() -> None:
    op.add_column("user", sa.Column("one_time_until", Instant(timezone=True), nullable=True))
    user = sa.table("user", sa.column("must_change", sa.Boolean()), sa.column("one_time_until", Instant()))
    handed_out = sa.update(user).where(user.c.must_change)
    op.execute(handed_out.values(one_time_until=clock.now() + AFTER_UPGRADE))


def downgrade() -> None:
    op.drop_column("user", "one_time_until")
