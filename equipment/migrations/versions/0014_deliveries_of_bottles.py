"""收瓶 is a record: whose bottles came in, and the scans that were made of them"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from equipment.storage.columns import Instant

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    op.create_table(
        "delivery",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("device_id", sa.Uuid(), nullable=True),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("from_whom", sa.String(length=100), nullable=False),
        sa.Column("opened_at", Instant(timezone=True), nullable=False),
        sa.Column("closed_at", Instant(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["device_id"], ["device.id"], name=op.f("fk_delivery_device_id")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_delivery_organisation_id")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_delivery_user_id")),
        sa.PrimaryKeyConstraint("organisation_id", "id", name=op.f("pk_delivery")),
        info={"kind": "organisation"},
    )
    op.create_index("ix_delivery_device", "delivery", ["device_id", "closed_at"], unique=False)
    op.create_index("ix_delivery_opened", "delivery", ["organisation_id", "opened_at"], unique=False)
    op.add_column("scan", sa.Column("delivery_id", sa.Uuid(), nullable=True))
    named = sa.text("delivery_id IS NOT NULL")
    op.create_index(
        "ix_scan_delivery", "scan", ["delivery_id"], sqlite_where=named, postgresql_where=named
    )


def downgrade() -> None:
    op.drop_index("ix_scan_delivery", table_name="scan")
    op.drop_column("scan", "delivery_id")
    op.drop_table("delivery")
