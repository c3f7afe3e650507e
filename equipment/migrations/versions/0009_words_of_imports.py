"""Words of workbooks that the bureau has given a meaning"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from equipment.storage.columns import Instant

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.create_table(
        "import_word",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("category", sa.String(length=30), nullable=False),
        sa.Column("about", sa.String(length=40), nullable=False),
        sa.Column("word", sa.String(length=60), nullable=False),
        sa.Column("meaning", sa.String(length=40), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("added_by", sa.Uuid(), nullable=False),
        sa.Column("added_at", Instant(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["added_by"], ["user.id"], name=op.f("fk_import_word_added_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_word")),
        info={"kind": "reference"},
    )
    op.create_index("ix_import_word_category", "import_word", ["category", "since"], unique=False)


def downgrade() -> None:
    op.drop_table("import_word")
