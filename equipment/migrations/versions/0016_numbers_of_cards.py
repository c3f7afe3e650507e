"""Numbers of cards in one form: what was given out before keeps its spelling, its form stands beside it; of two
cards in force with one number the older one counts until somebody decides"""

from __future__ import annotations

import re
import unicodedata

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
IN_FORCE = sa.text("status = 'valid' AND NOT doubled")
card = sa.table(
    "card",
    sa.column("id", sa.Uuid()),
    sa.column("uid", sa.String()),
    sa.column("status", sa.String()),
    sa.column("number", sa.String()),
    sa.column("doubled", sa.Boolean()),
)


def number_of(uid: str) -> str:
    upper = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", uid).upper())
    return re.sub(r"[\W_]+", "", upper)[:40]


def upgrade() -> None:
    op.add_column("card", sa.Column("number", sa.String(length=40), server_default="", nullable=False))
    op.add_column("card", sa.Column("doubled", sa.Boolean(), server_default=sa.false(), nullable=False))
    connection, in_force = op.get_bind(), set()
    for row in connection.execute(sa.select(card.c.id, card.c.uid, card.c.status).order_by(card.c.id)).all():
        number = number_of(row.uid)
        doubled = row.status == "valid" and number in in_force
        if row.status == "valid":
            in_force.add(number)
        connection.execute(
            sa.update(card).where(card.c.id == row.id).values(number=number, doubled=doubled)
        )
    with op.batch_alter_table("card") as table:
        table.alter_column("number", existing_type=sa.String(length=40), server_default=None)
        table.alter_column("doubled", existing_type=sa.Boolean(), server_default=None)
    op.create_index(
        "uq_card_number", "card", ["number"], unique=True, sqlite_where=IN_FORCE, postgresql_where=IN_FORCE
    )
    op.create_index("ix_card_number", "card", ["number"])
    op.create_index("ix_card_user_id", "card", ["user_id"])


def downgrade() -> None:
    for index in ("ix_card_user_id", "ix_card_number", "uq_card_number"):
        op.drop_index(index, table_name="card")
    with op.batch_alter_table("card") as table:
        table.drop_column("doubled")
        table.drop_column("number")
