"""Scrapped bottles are destroyed on record"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy import Text
from sqlalchemy.dialects import postgresql

from equipment.storage.columns import Instant

revision = "0042"
down_revision = "0041"
DOCUMENT = sa.JSON().with_variant(postgresql.JSONB(astext_type=Text()), "postgresql")


def upgrade() -> None:
    op.create_table(
        "destruction",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.String(length=24), nullable=False),
        sa.Column("body_id", sa.Uuid(), nullable=False),
        sa.Column("area", sa.String(length=12), nullable=False),
        sa.Column("category", sa.String(length=30), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("method", sa.String(length=10), nullable=False),
        sa.Column("witness", sa.String(length=60), nullable=False),
        sa.Column("document_no", sa.String(length=60), nullable=False),
        sa.Column("remark", sa.String(length=300), nullable=False),
        sa.Column("bottles", sa.Integer(), nullable=False),
        sa.Column("photos", DOCUMENT, nullable=False),
        sa.Column("recorded_by", sa.Uuid(), nullable=True),
        sa.Column("recorded_at", Instant(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["body_id"], ["organisation.id"], name=op.f("fk_destruction_body_id")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_destruction_organisation_id")
        ),
        sa.ForeignKeyConstraint(["recorded_by"], ["user.id"], name=op.f("fk_destruction_recorded_by")),
        sa.PrimaryKeyConstraint("organisation_id", "id", name=op.f("pk_destruction")),
        sa.UniqueConstraint("organisation_id", "number", name=op.f("uq_destruction_organisation_id_number")),
        info={"kind": "organisation"},
    )
    op.create_index("ix_destruction_area", "destruction", ["category", "area", "on"])
    op.create_index("ix_destruction_body", "destruction", ["body_id", "on"])
    op.create_table(
        "destroyed",
        sa.Column("equipment_id", sa.Uuid(), nullable=False),
        sa.Column("destruction_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("area", sa.String(length=12), nullable=False),
        sa.Column("category", sa.String(length=30), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("snapshot", DOCUMENT, nullable=False),
        sa.Column("code", sa.String(length=15), nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.PrimaryKeyConstraint("equipment_id", name=op.f("pk_destroyed")),
        info={"kind": "equipment"},
    )
    op.create_index("ix_destroyed_destruction", "destroyed", ["destruction_id"])


def downgrade() -> None:
    op.drop_table("destroyed")
    op.drop_table("destruction")
