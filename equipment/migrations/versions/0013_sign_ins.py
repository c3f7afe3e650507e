"""sign-ins and refusals: what a session is, and what locks an account at one place"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from equipment.storage.columns import Instant

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    op.create_table(
        "sign_in",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("means", sa.String(length=10), nullable=False),
        sa.Column("outcome", sa.String(length=10), nullable=False),
        sa.Column("place", sa.String(length=90), nullable=False),
        sa.Column("address", sa.String(length=45), nullable=False),
        sa.Column("agent", sa.String(length=200), nullable=False),
        sa.Column("at", Instant(timezone=True), nullable=False),
        sa.Column("seen_at", Instant(timezone=True), nullable=True),
        sa.Column("ended_at", Instant(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_sign_in_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in")),
    )
    op.create_index("ix_sign_in_at", "sign_in", ["at"], unique=False)
    op.create_index("ix_sign_in_user_id_at", "sign_in", ["user_id", "at"], unique=False)
    op.drop_column("user", "failed")
    op.drop_column("user", "locked_until")


def downgrade() -> None:
    op.add_column("user", sa.Column("locked_until", Instant(timezone=True), nullable=True))
    op.add_column("user", sa.Column("failed", sa.Integer(), nullable=False, server_default="0"))
    op.drop_table("sign_in")
