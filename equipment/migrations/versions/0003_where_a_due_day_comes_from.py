"""Where a due day comes from: the rule, the papers at registration, or nobody knows; and what the rule says
beside the papers"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"

UNKNOWN, DIFFERS = "state = 'open' AND origin = 'unknown'", "state = 'open' AND rule_on IS NOT NULL"


def upgrade() -> None:
    json = sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql")
    op.add_column("due", sa.Column("origin", sa.String(length=8), server_default="rule", nullable=False))
    op.add_column("due", sa.Column("rule_on", sa.Date(), nullable=True))
    op.add_column("due", sa.Column("rule_explanation", json, nullable=True))
    for name, columns, where in (
        ("ix_due_unknown", ["kind", "category", "area"], UNKNOWN),
        ("ix_due_differs", ["area", "due_on"], DIFFERS),
    ):
        op.create_index(
            name, "due", columns, unique=False, sqlite_where=sa.text(where), postgresql_where=sa.text(where)
        )


def downgrade() -> None:
    op.drop_index("ix_due_differs", "due")
    op.drop_index("ix_due_unknown", "due")
    for column in ("rule_explanation", "rule_on", "origin"):
        op.drop_column("due", column)
