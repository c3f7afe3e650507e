"""Plates of lifts: claims to one, losses, ours with what stands on them; visits of the province's exports"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from equipment.storage.columns import Document, Instant

revision = "0055"
down_revision = "0054"


def upgrade() -> None:
    with op.batch_alter_table("plate_proposal", schema=None) as batch_op:
        for name, length in (("how", 8), ("writing", 8), ("further", 8)):
            batch_op.add_column(sa.Column(name, sa.String(length=length), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("held_by", sa.Uuid(), nullable=True))
    _losses()
    _ours()
    _province()


def _losses() -> None:
    open_now = sa.text("ended_at IS NULL")
    op.create_table(
        "plate_loss",
        sa.Column("equipment_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("what", sa.String(length=12), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("at", Instant(timezone=True), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("ended_at", Instant(timezone=True), nullable=True),
        sa.Column("ended_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint("reason <> ''", name=op.f("ck_plate_loss_has_reason")),
        sa.CheckConstraint("ended_at IS NULL OR ended_at >= at", name=op.f("ck_plate_loss_order")),
        sa.PrimaryKeyConstraint("equipment_id", "id", name=op.f("pk_plate_loss")),
        info={"kind": "equipment"},
    )
    op.create_index(
        "uq_plate_loss_open",
        "plate_loss",
        ["equipment_id"],
        unique=True,
        sqlite_where=open_now,
        postgresql_where=open_now,
    )


def _ours() -> None:
    op.create_table(
        "lift_plate",
        sa.Column("equipment_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(length=15), nullable=False),
        sa.Column("batch_id", sa.Uuid(), nullable=False),
        sa.Column("size", sa.String(length=20), nullable=False),
        sa.Column("facts", Document, nullable=False),
        sa.Column("made_at", Instant(timezone=True), nullable=False),
        sa.Column("made_by", sa.Uuid(), nullable=True),
        sa.Column("hung_at", Instant(timezone=True), nullable=True),
        sa.Column("hung_on", sa.Date(), nullable=True),
        sa.Column("hung_by", sa.Uuid(), nullable=True),
        sa.Column("how", sa.String(length=8), nullable=False, server_default=""),
        sa.Column("latitude", sa.Integer(), nullable=True),
        sa.Column("longitude", sa.Integer(), nullable=True),
        sa.Column("datum", sa.String(length=6), nullable=True),
        sa.Column("accuracy_m", sa.Integer(), nullable=True),
        sa.Column("distance_m", sa.Integer(), nullable=True),
        sa.CheckConstraint("(hung_at IS NULL) = (hung_on IS NULL)", name=op.f("ck_lift_plate_hung_has_day")),
        sa.PrimaryKeyConstraint("equipment_id", "code", name=op.f("pk_lift_plate")),
        info={"kind": "equipment"},
    )
    op.create_index("ix_lift_plate_batch", "lift_plate", ["batch_id"])
    op.create_index("ix_lift_plate_code", "lift_plate", ["code"])


def _province() -> None:
    op.create_table(
        "province_swipe",
        sa.Column("equipment_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("visit_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("area", sa.String(length=12), nullable=False),
        sa.Column("category", sa.String(length=30), nullable=False),
        sa.Column("linked", sa.Boolean(), nullable=False),
        sa.Column("settles", sa.Boolean(), nullable=False),
        sa.Column("batch_id", sa.Uuid(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("file_name", sa.String(length=200), nullable=False),
        sa.Column("row_no", sa.Integer(), nullable=False),
        sa.Column("stated", Document, nullable=False),
        sa.Column("entered_at", Instant(timezone=True), nullable=False),
        sa.Column("entered_by", sa.Uuid(), nullable=True),
        sa.Column("taken_back_at", Instant(timezone=True), nullable=True),
        sa.Column("taken_back_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint("NOT (linked AND settles)", name=op.f("ck_province_swipe_linked_settles_nothing")),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_province_swipe_organisation_id_organisation"),
        ),
        sa.PrimaryKeyConstraint("equipment_id", "id", name=op.f("pk_province_swipe")),
        info={"kind": "equipment"},
    )
    op.create_index("ix_province_swipe_batch", "province_swipe", ["batch_id", "row_no"])
    op.create_index("ix_province_swipe_visit", "province_swipe", ["equipment_id", "visit_id"])


def downgrade() -> None:
    op.drop_table("province_swipe")
    op.drop_table("lift_plate")
    op.drop_table("plate_loss")
    with op.batch_alter_table("plate_proposal", schema=None) as batch_op:
        for name in ("held_by", "further", "writing", "how"):
            batch_op.drop_column(name)
