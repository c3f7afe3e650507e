"""What cannot wait is told in the minute, by SMS with a receipt or by telephone: messages of a minute beside the
day's digest, and who called whom"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from equipment.storage.columns import Instant

revision = "0015"
down_revision = "0014"
DAY = ("organisation_id", "channel_id", "day")


def attempts() -> sa.CheckConstraint:
    """SQLite copies the table, and its checks only where they are named."""
    return sa.CheckConstraint("attempts >= 0", name=op.f("ck_digest_attempts"))


def upgrade() -> None:
    op.add_column("notice", sa.Column("minute", sa.String(length=5), server_default="", nullable=False))
    op.add_column("notice", sa.Column("called_at", Instant(timezone=True), nullable=True))
    op.add_column("notice", sa.Column("called_by", sa.Uuid(), nullable=True))
    with op.batch_alter_table("digest", table_args=(attempts(),)) as table:
        table.add_column(sa.Column("minute", sa.String(length=5), server_default="", nullable=False))
        table.add_column(sa.Column("receipt", sa.String(length=80), server_default="", nullable=False))
        table.drop_constraint(op.f("uq_digest_organisation_id_channel_id_day"), type_="unique")
        table.create_unique_constraint(
            op.f("uq_digest_organisation_id_channel_id_day_minute"), [*DAY, "minute"]
        )


def downgrade() -> None:
    op.execute("DELETE FROM digest WHERE minute <> ''")
    with op.batch_alter_table("digest", table_args=(attempts(),)) as table:
        table.drop_constraint(op.f("uq_digest_organisation_id_channel_id_day_minute"), type_="unique")
        table.create_unique_constraint(op.f("uq_digest_organisation_id_channel_id_day"), list(DAY))
        table.drop_column("receipt")
        table.drop_column("minute")
    for column in ("called_by", "called_at", "minute"):
        op.drop_column("notice", column)
