"""Evidence packs: the file of each, and the line of the ledger that holds the digest of its manifest"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from equipment.storage.columns import Instant

revision = "0023"
down_revision = "0022"


def upgrade() -> None:
    op.create_table(
        "pack",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("subject", sa.String(length=80), nullable=False),
        sa.Column("record_key", sa.String(length=160), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("made_at", Instant(timezone=True), nullable=False),
        sa.Column("line_count", sa.Integer(), nullable=False),
        sa.Column("line_no", sa.Integer(), nullable=False),
        sa.Column("manifest", sa.String(length=64), nullable=False),
        sa.Column("file_sha256", sa.String(length=64), nullable=False),
        sa.Column("seal_number", sa.Integer(), nullable=True),
        sa.Column("closed_at", Instant(timezone=True), nullable=True),
        sa.Column("stamped", sa.Boolean(), nullable=False),
        sa.CheckConstraint("0 < line_count AND line_count < line_no", name=op.f("ck_pack_line_follows")),
        sa.CheckConstraint(
            "(seal_number IS NULL) = (closed_at IS NULL)", name=op.f("ck_pack_closed_has_seal")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_pack_organisation_id_organisation")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_pack_user_id_user")),
        sa.PrimaryKeyConstraint("organisation_id", "id", name=op.f("pk_pack")),
    )
    op.create_index("ix_pack_user", "pack", ["user_id", "made_at"])
    op.create_index("ix_pack_seal", "pack", ["seal_number"])


def downgrade() -> None:
    op.drop_index("ix_pack_seal", table_name="pack")
    op.drop_index("ix_pack_user", table_name="pack")
    op.drop_table("pack")
