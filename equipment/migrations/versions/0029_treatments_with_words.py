"""What was done with a refused bottle has its words, who did it, and the second person"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"

PEOPLE = ("treated_by", "treated_second")


def upgrade() -> None:
    with op.batch_alter_table("fill") as batch_op:
        batch_op.add_column(
            sa.Column("treatment_remark", sa.String(length=200), server_default="", nullable=False)
        )
        for name in PEOPLE:
            batch_op.add_column(sa.Column(name, sa.Uuid(), nullable=True))
            batch_op.create_foreign_key(op.f(f"fk_fill_{name}"), "user", [name], ["id"])


def downgrade() -> None:
    with op.batch_alter_table("fill") as batch_op:
        for name in PEOPLE:
            batch_op.drop_constraint(op.f(f"fk_fill_{name}"), type_="foreignkey")
            batch_op.drop_column(name)
        batch_op.drop_column("treatment_remark")
