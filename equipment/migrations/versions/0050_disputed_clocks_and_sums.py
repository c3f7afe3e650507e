"""Fills doubted for their time are decided; scans without a fill and sums of fills are found by indexes"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy import text

import equipment.storage.columns

revision = "0050"
down_revision = "0049"

WITHOUT_FILL = text("fill_id IS NULL AND purpose = 'fill'")
FILLED = text("state = 'filled' AND NOT superseded AND bundle_fill_id IS NULL")


def upgrade() -> None:
    op.create_table(
        "clock_decision",
        sa.Column("equipment_id", sa.Uuid(), nullable=False),
        sa.Column("scan_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("area", sa.String(length=12), nullable=False),
        sa.Column("category", sa.String(length=30), nullable=False),
        sa.Column("device_at", equipment.storage.columns.Instant(timezone=True), nullable=False),
        sa.Column("received_at", equipment.storage.columns.Instant(timezone=True), nullable=False),
        sa.Column("ruling", sa.String(length=12), nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("finding_id", sa.Uuid(), nullable=True),
        sa.Column("ruled_by", sa.Uuid(), nullable=True),
        sa.Column("ruled_at", equipment.storage.columns.Instant(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_clock_decision_organisation_id")
        ),
        sa.ForeignKeyConstraint(["ruled_by"], ["user.id"], name=op.f("fk_clock_decision_ruled_by")),
        sa.PrimaryKeyConstraint("equipment_id", "scan_id", name=op.f("pk_clock_decision")),
        info={"kind": "equipment"},
    )
    op.create_index(
        "ix_scan_without_fill",
        "scan",
        ["received_at"],
        sqlite_where=WITHOUT_FILL,
        postgresql_where=WITHOUT_FILL,
    )
    op.create_index(
        "ix_fill_sums",
        "fill",
        [
            "on",
            "organisation_id",
            "gas",
            "net_g",
            "area",
            "category",
            "equipment_id",
            "state",
            "superseded",
            "bundle_fill_id",
        ],
        sqlite_where=FILLED,
        postgresql_where=FILLED,
    )


def downgrade() -> None:
    op.drop_index("ix_fill_sums", "fill")
    op.drop_index("ix_scan_without_fill", "scan")
    op.drop_table("clock_decision")
