"""What a person decided of a row of an import, and what it would change of a piece on file"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from equipment.storage.columns import Document

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    with op.batch_alter_table("import_row") as table:
        table.add_column(sa.Column("decision", sa.String(length=8), server_default="", nullable=False))
        table.add_column(sa.Column("changes", Document, nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("import_row") as table:
        table.drop_column("changes")
        table.drop_column("decision")
