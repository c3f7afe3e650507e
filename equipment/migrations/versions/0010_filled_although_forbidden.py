"""Fills that went against a prohibition, with the bureau's ruling; the instant at which gas went in"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from equipment.storage.columns import Document, Instant

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.add_column("fill", sa.Column("filled_at", Instant(timezone=True), nullable=True))
    op.create_table(
        "forbidden_fill",
        sa.Column("equipment_id", sa.Uuid(), nullable=False),
        sa.Column("scan_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("area", sa.String(length=12), nullable=False),
        sa.Column("category", sa.String(length=30), nullable=False),
        sa.Column("reasons", Document, nullable=False),
        sa.Column("forbidden_at", Instant(timezone=True), nullable=True),
        sa.Column("refused_at", Instant(timezone=True), nullable=True),
        sa.Column("filled_at", Instant(timezone=True), nullable=False),
        sa.Column("received_at", Instant(timezone=True), nullable=False),
        sa.Column("finding_id", sa.Uuid(), nullable=False),
        sa.Column("ruling", sa.String(length=12), nullable=False),
        sa.Column("ruling_reason", sa.String(length=300), nullable=False),
        sa.Column("ruled_by", sa.Uuid(), nullable=True),
        sa.Column("ruled_at", Instant(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(ruling = 'pending') = (ruled_at IS NULL)", name=op.f("ck_forbidden_fill_ruled_at_once")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_forbidden_fill_organisation_id")
        ),
        sa.ForeignKeyConstraint(["ruled_by"], ["user.id"], name=op.f("fk_forbidden_fill_ruled_by")),
        sa.PrimaryKeyConstraint("equipment_id", "scan_id", name=op.f("pk_forbidden_fill")),
        info={"kind": "equipment"},
    )
    op.create_index("ix_forbidden_fill_area", "forbidden_fill", ["category", "ruling", "area"], unique=False)


def downgrade() -> None:
    op.drop_table("forbidden_fill")
    op.drop_column("fill", "filled_at")
