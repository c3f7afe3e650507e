"""Lists of fills by day, person, flag and reason"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0040"
down_revision = "0039"


def upgrade() -> None:
    op.create_index("ix_fill_day", "fill", ["on", "received_at"], unique=False)
    op.create_index("ix_fill_user_on", "fill", ["user_id", "on"], unique=False)
    for name, column in (("ix_fill_flagged", "flags"), ("ix_fill_reasoned", "verdict")):
        some = sa.text(f"{column} <> '[]'")
        columns = ["on", "received_at"]
        op.create_index(name, "fill", columns, unique=False, sqlite_where=some, postgresql_where=some)


def downgrade() -> None:
    for name in ("ix_fill_reasoned", "ix_fill_flagged", "ix_fill_user_on", "ix_fill_day"):
        op.drop_index(name, table_name="fill")
