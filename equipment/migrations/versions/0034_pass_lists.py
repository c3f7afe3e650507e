"""Lists of bottles that may be filled without a network"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from equipment.storage.columns import Instant

revision = "0034"
down_revision = "0033"


def upgrade() -> None:
    op.create_table(
        "pass_list",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("bottles", sa.Integer(), nullable=False),
        sa.Column("issued_at", Instant(timezone=True), nullable=False),
        sa.Column("as_of", Instant(timezone=True), nullable=False),
        sa.Column("pack", sa.String(length=80), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_pass_list_organisation_id")
        ),
        sa.PrimaryKeyConstraint("organisation_id", "sequence", name=op.f("pk_pass_list")),
        info={"kind": "organisation"},
    )


def downgrade() -> None:
    op.drop_table("pass_list")
