"""A fill says who looked it over, who checked after, which scale gave the amount, and its manifold"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from equipment.storage.columns import Document, Instant

revision = "0031"
down_revision = "0030"

PEOPLE = ("checked_by", "rechecked_by")
IDS = ("instrument_id", "manifold_id", "recheck_instrument_id")
GRAMS = ("residual_g", "recheck_g", "solvent_g")
INSTANTS = ("started_at", "resting_since")


def upgrade() -> None:
    with op.batch_alter_table("fill") as batch_op:
        for name in PEOPLE:
            batch_op.add_column(sa.Column(name, sa.Uuid(), nullable=True))
            batch_op.create_foreign_key(op.f(f"fk_fill_{name}"), "user", [name], ["id"])
        for name in IDS:
            batch_op.add_column(sa.Column(name, sa.Uuid(), nullable=True))
        for name in GRAMS:
            batch_op.add_column(sa.Column(name, sa.Integer(), nullable=True))
        for name in INSTANTS:
            batch_op.add_column(sa.Column(name, Instant(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("steps", Document, server_default=sa.text("'[]'"), nullable=False))
    op.add_column("scan", sa.Column("manifold_id", sa.Uuid(), nullable=True))
    in_one = sa.text("manifold_id IS NOT NULL")
    for table in ("fill", "scan"):
        op.create_index(
            f"ix_{table}_manifold", table, ["manifold_id"], sqlite_where=in_one, postgresql_where=in_one
        )


def downgrade() -> None:
    for table in ("scan", "fill"):
        op.drop_index(f"ix_{table}_manifold", table_name=table)
    op.drop_column("scan", "manifold_id")
    with op.batch_alter_table("fill") as batch_op:
        batch_op.drop_column("steps")
        for name in (*INSTANTS, *GRAMS, *IDS):
            batch_op.drop_column(name)
        for name in PEOPLE:
            batch_op.drop_constraint(op.f(f"fk_fill_{name}"), type_="foreignkey")
            batch_op.drop_column(name)
