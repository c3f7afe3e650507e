"""Readings, photos of items with what the phone says of them, and checklists that firms set themselves"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy import Text
from sqlalchemy.dialects import postgresql

from equipment.storage.columns import Instant

revision = "0056"
down_revision = "0055"
DOCUMENT = sa.JSON().with_variant(postgresql.JSONB(astext_type=Text()), "postgresql")


def upgrade() -> None:
    with op.batch_alter_table("visit", schema=None) as batch_op:
        batch_op.add_column(sa.Column("checklist_version", sa.Integer(), nullable=False, server_default="1"))
        batch_op.add_column(sa.Column("own_list_id", sa.Uuid(), nullable=True))
        batch_op.add_column(sa.Column("evidence", DOCUMENT, nullable=False, server_default="[]"))
    op.create_table(
        "firm_checklist",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("catalogue", sa.String(length=4), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=True),
        sa.Column("items", DOCUMENT, nullable=False),
        sa.Column("manual", sa.String(length=120), nullable=False),
        sa.Column("file_sha256", sa.String(length=64), nullable=True),
        sa.Column("file_name", sa.String(length=200), nullable=False),
        sa.Column("file_type", sa.String(length=80), nullable=False),
        sa.Column("approved_by", sa.Uuid(), nullable=True),
        sa.Column("approved_at", Instant(timezone=True), nullable=True),
        sa.Column("made_at", Instant(timezone=True), nullable=False),
        sa.CheckConstraint("version >= 1", name=op.f("ck_firm_checklist_version_counts")),
        sa.CheckConstraint(
            "state = 'draft' OR (approved_at IS NOT NULL AND approved_by IS NOT NULL AND from_on IS NOT NULL)",
            name=op.f("ck_firm_checklist_approved_by_somebody"),
        ),
        sa.ForeignKeyConstraint(
            ["approved_by"], ["user.id"], name=op.f("fk_firm_checklist_approved_by_user")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_firm_checklist_organisation_id_organisation"),
        ),
        sa.PrimaryKeyConstraint("organisation_id", "id", name=op.f("pk_firm_checklist")),
    )
    with op.batch_alter_table("firm_checklist", schema=None) as batch_op:
        batch_op.create_index(
            "uq_firm_checklist_version", ["organisation_id", "catalogue", "version"], unique=True
        )
        batch_op.create_index(
            "uq_firm_checklist_draft",
            ["organisation_id", "catalogue"],
            unique=True,
            sqlite_where=sa.text("state = 'draft'"),
            postgresql_where=sa.text("state = 'draft'"),
        )
    op.create_table(
        "visit_photo",
        sa.Column("equipment_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("visit_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("area", sa.String(length=12), nullable=False),
        sa.Column("category", sa.String(length=30), nullable=False),
        sa.Column("code", sa.String(length=10), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("taken_by", sa.Uuid(), nullable=True),
        sa.Column("taken_at", Instant(timezone=True), nullable=False),
        sa.Column("received_at", Instant(timezone=True), nullable=False),
        sa.Column("source", sa.String(length=8), nullable=False),
        sa.Column("stamped", sa.Boolean(), nullable=False),
        sa.Column("original_at", Instant(timezone=True), nullable=True),
        sa.Column("latitude", sa.Integer(), nullable=True),
        sa.Column("longitude", sa.Integer(), nullable=True),
        sa.Column("datum", sa.String(length=6), nullable=True),
        sa.Column("accuracy_m", sa.Integer(), nullable=True),
        sa.Column("distance_m", sa.Integer(), nullable=True),
        sa.Column("fence", sa.String(length=12), nullable=False),
        sa.Column("marks", DOCUMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_visit_photo_organisation_id_organisation")
        ),
        sa.PrimaryKeyConstraint("equipment_id", "id", name=op.f("pk_visit_photo")),
    )
    with op.batch_alter_table("visit_photo", schema=None) as batch_op:
        batch_op.create_index("ix_visit_photo_visit", ["equipment_id", "visit_id", "code"], unique=False)
        batch_op.create_index("ix_visit_photo_sha256", ["sha256"], unique=False)


def downgrade() -> None:
    op.drop_table("visit_photo")
    op.drop_table("firm_checklist")
    with op.batch_alter_table("visit", schema=None) as batch_op:
        batch_op.drop_column("evidence")
        batch_op.drop_column("own_list_id")
        batch_op.drop_column("checklist_version")
