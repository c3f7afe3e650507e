"""人工放行 and 倒残 are records of their own"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from equipment.storage.columns import Document, Instant

revision = "0045"
down_revision = "0044"


def upgrade() -> None:
    op.create_table(
        "fill_override",
        sa.Column("equipment_id", sa.Uuid(), nullable=False),
        sa.Column("scan_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("area", sa.String(length=12), nullable=False),
        sa.Column("category", sa.String(length=30), nullable=False),
        sa.Column("codes", Document, nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("second_id", sa.Uuid(), nullable=False),
        sa.Column("at", Instant(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_fill_override_organisation_id")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_fill_override_user_id")),
        sa.ForeignKeyConstraint(["second_id"], ["user.id"], name=op.f("fk_fill_override_second_id")),
        sa.PrimaryKeyConstraint("equipment_id", "scan_id", name=op.f("pk_fill_override")),
        info={"kind": "equipment"},
    )
    op.create_index("ix_fill_override_area", "fill_override", ["category", "at", "area"], unique=False)
    op.create_index("ix_fill_override_station", "fill_override", ["organisation_id", "at"], unique=False)
    op.create_table(
        "emptying",
        sa.Column("equipment_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("area", sa.String(length=12), nullable=False),
        sa.Column("category", sa.String(length=30), nullable=False),
        sa.Column("gas", sa.String(length=10), nullable=False),
        sa.Column("device_id", sa.Uuid(), nullable=True),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("happened_at", Instant(timezone=True), nullable=False),
        sa.Column("at", Instant(timezone=True), nullable=False),
        *(
            sa.Column(name, sa.Integer(), nullable=True)
            for name in ("before_g", "after_g", "recovered_g", "before_kpa", "after_kpa")
        ),
        sa.CheckConstraint(
            "(before_g IS NULL) = (after_g IS NULL)", name=op.f("ck_emptying_weights_in_pairs")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_emptying_organisation_id")
        ),
        sa.ForeignKeyConstraint(["device_id"], ["device.id"], name=op.f("fk_emptying_device_id")),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_emptying_user_id")),
        sa.PrimaryKeyConstraint("equipment_id", "id", name=op.f("pk_emptying")),
        info={"kind": "equipment"},
    )
    op.create_index("ix_emptying_area", "emptying", ["category", "at", "area"], unique=False)
    op.create_index("ix_emptying_station", "emptying", ["organisation_id", "at"], unique=False)


def downgrade() -> None:
    op.drop_table("emptying")
    op.drop_table("fill_override")
