"""Whom an announced value of a rule concerns, so that reminders reach them ahead of its day"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from equipment.storage.columns import Instant

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "rule_announcement",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("category", sa.String(length=30), nullable=False),
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("moved", sa.Integer(), nullable=False),
        sa.Column("blocked", sa.Integer(), nullable=False),
        sa.Column("counted_at", Instant(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_rule_announcement_organisation_id")
        ),
        sa.PrimaryKeyConstraint("organisation_id", "id", name=op.f("pk_rule_announcement")),
        info={"kind": "organisation"},
    )
    op.create_index("ix_rule_announcement_since", "rule_announcement", ["since"], unique=False)
    op.create_index(
        "ix_rule_announcement_key", "rule_announcement", ["category", "key", "since"], unique=False
    )


def downgrade() -> None:
    op.drop_table("rule_announcement")
