"""Reminders of one kind stand together: each notice names its topic, those of before too"""

from __future__ import annotations

from collections import defaultdict
from uuid import UUID

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
PART = 500
# Sources whose notices are of one topic each; dues are told apart by kind, category and what is wrong.
LISTED = "paper application arranged sign finding hazard recheck report no_report open_items".split()
APART = ("unknown", "failed")

notice = sa.table(
    "notice", sa.column("id", sa.Uuid()), sa.column("duty", sa.String), sa.column("topic", sa.String)
)
due = sa.table(
    "due",
    sa.column("id", sa.Uuid()),
    sa.column("kind", sa.String),
    sa.column("category", sa.String),
    sa.column("origin", sa.String),
)


def upgrade() -> None:
    op.add_column("notice", sa.Column("topic", sa.String(length=80), server_default="", nullable=False))
    connection = op.get_bind()
    for prefix in LISTED:
        named = notice.c.duty.like(f"{prefix}:%")
        connection.execute(sa.update(notice).where(named).values(topic=f"{prefix}:"))
    query = sa.select(notice.c.id, notice.c.duty).where(notice.c.duty.like("due:%")).order_by(notice.c.id)
    last = None
    while rows := connection.execute(
        (query if last is None else query.where(notice.c.id > last)).limit(PART)
    ).all():
        last = rows[-1].id
        of_dues = {row.id: UUID(row.duty.split(":")[1]) for row in rows}
        dues = connection.execute(sa.select(due).where(due.c.id.in_(set(of_dues.values())))).all()
        topics = {
            row.id: f"due:{row.kind}:{row.category}:{row.origin if row.origin in APART else ''}" for row in dues
        }
        by_topic: dict[str, list[UUID]] = defaultdict(list)
        for notice_id, due_id in of_dues.items():
            by_topic[topics.get(due_id, "")].append(notice_id)
        for topic, ids in by_topic.items():
            connection.execute(sa.update(notice).where(notice.c.id.in_(ids)).values(topic=topic))


def downgrade() -> None:
    op.drop_column("notice", "topic")
