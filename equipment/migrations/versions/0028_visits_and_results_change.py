"""Visits and results say when they last changed, so that whoever reads on hears of it"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from equipment.storage.columns import Instant

revision = "0028"
down_revision = "0027"

LATER = {"visit": ("closed_at", "signed_at", "decided_at"), "inspection": ()}


def upgrade() -> None:
    newest = "max" if op.get_bind().dialect.name == "sqlite" else "greatest"
    for table, later in LATER.items():
        op.add_column(
            table,
            sa.Column(
                "changed_at",
                Instant(timezone=True),
                server_default="1970-01-01 00:00:00.000000",
                nullable=False,
            ),
        )
        times = ["received_at", *(f"COALESCE({name}, received_at)" for name in later)]
        at = f"{newest}({', '.join(times)})" if later else times[0]
        op.execute(f"UPDATE {table} SET changed_at = {at}")  # noqa: S608  (words of this file)
        op.create_index(op.f(f"ix_{table}_changed"), table, ["changed_at", "id"])
    op.drop_index(op.f("ix_visit_received"), table_name="visit")


def downgrade() -> None:
    op.create_index(op.f("ix_visit_received"), "visit", ["received_at", "id"])
    for table in LATER:
        op.drop_index(op.f(f"ix_{table}_changed"), table_name=table)
        op.drop_column(table, "changed_at")
