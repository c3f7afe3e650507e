"""What photos look like, and the months of maintenance firms"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy import Text  # JSONB(astext_type=Text())
from sqlalchemy.dialects import postgresql

import equipment.storage.columns

revision = "0060"
down_revision = "0059"


def upgrade() -> None:
    op.create_table(
        "photo_mark",
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("mark", sa.String(length=16), nullable=False),
        sa.Column("fine", sa.String(length=64), nullable=False),
        sa.Column("band_0", sa.Integer(), nullable=True),
        sa.Column("band_1", sa.Integer(), nullable=True),
        sa.Column("band_2", sa.Integer(), nullable=True),
        sa.Column("band_3", sa.Integer(), nullable=True),
        sa.Column("at", equipment.storage.columns.Instant(timezone=True), nullable=False),
        sa.CheckConstraint("(mark = '') = (band_0 IS NULL)", name=op.f("ck_photo_mark_plain_has_no_bands")),
        sa.CheckConstraint("(mark = '') = (fine = '')", name=op.f("ck_photo_mark_both_or_none")),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_photo_mark")),
        info={"kind": "keyed"},
    )
    for number in range(4):
        op.create_index(f"ix_photo_mark_band_{number}", "photo_mark", [f"band_{number}"])
    op.create_table(
        "firm_month",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("area", sa.String(length=12), nullable=False),
        sa.Column(
            "counts",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=Text()), "postgresql"),
            nullable=False,
        ),
        sa.Column("pack", sa.String(length=64), nullable=False),
        sa.Column("final_at", equipment.storage.columns.Instant(timezone=True), nullable=False),
        sa.CheckConstraint("area <> ''", name=op.f("ck_firm_month_of_an_area")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_firm_month_organisation_id")
        ),
        sa.PrimaryKeyConstraint("organisation_id", "month", "area", name=op.f("pk_firm_month")),
        info={"kind": "organisation"},
    )
    op.create_index("ix_firm_month_month", "firm_month", ["month", "area"])


def downgrade() -> None:
    op.drop_table("firm_month")
    op.drop_table("photo_mark")
