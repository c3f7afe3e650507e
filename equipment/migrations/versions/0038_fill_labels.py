"""Every filled bottle has its label, printed or with a number; each station says which"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from equipment.storage.columns import Instant

revision = "0038"
down_revision = "0037"


def upgrade() -> None:
    op.create_table(
        "fill_label_setting",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("mode", sa.String(12), nullable=False),
        sa.Column("layout", sa.String(12), nullable=False),
        sa.Column("first_number", sa.String(30), nullable=False),
        sa.Column("changed_at", Instant(timezone=True), nullable=False),
        sa.Column("changed_by", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_fill_label_setting_organisation_id")
        ),
        sa.ForeignKeyConstraint(["changed_by"], ["user.id"], name=op.f("fk_fill_label_setting_changed_by")),
        sa.PrimaryKeyConstraint("organisation_id", name=op.f("pk_fill_label_setting")),
    )
    op.create_table(
        "fill_label",
        sa.Column("equipment_id", sa.Uuid(), nullable=False),
        sa.Column("fill_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("area", sa.String(12), nullable=False),
        sa.Column("category", sa.String(30), nullable=False),
        sa.Column("mode", sa.String(12), nullable=False),
        sa.Column("number", sa.String(30), nullable=False),
        sa.Column("prints", sa.Integer(), nullable=False),
        sa.Column("at", Instant(timezone=True), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("device_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "(mode = 'preprinted') = (number <> '')", name=op.f("ck_fill_label_preprinted_has_number")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_fill_label_organisation_id")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_fill_label_user_id")),
        sa.ForeignKeyConstraint(["device_id"], ["device.id"], name=op.f("fk_fill_label_device_id")),
        sa.PrimaryKeyConstraint("equipment_id", "fill_id", name=op.f("pk_fill_label")),
    )
    op.create_index("ix_fill_label_number", "fill_label", ["organisation_id", "number"])
    op.create_index("ix_fill_label_at", "fill_label", ["organisation_id", "at"])


def downgrade() -> None:
    op.drop_table("fill_label")
    op.drop_table("fill_label_setting")
