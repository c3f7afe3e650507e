"""How many bottles stations say they have"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from equipment.storage.columns import Instant

revision = "0043"
down_revision = "0042"


def upgrade() -> None:
    op.create_table(
        "declared_stock",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("area", sa.String(length=12), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("bottles", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("declared_at", Instant(timezone=True), nullable=False),
        sa.CheckConstraint("bottles >= 0", name=op.f("ck_declared_stock_no_less_than_none")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_declared_stock_organisation_id")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_declared_stock_user_id")),
        sa.PrimaryKeyConstraint("organisation_id", "id", name=op.f("pk_declared_stock")),
        info={"kind": "organisation"},
    )
    op.create_index("ix_declared_stock_day", "declared_stock", ["organisation_id", "on"])


def downgrade() -> None:
    op.drop_table("declared_stock")
