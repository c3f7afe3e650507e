"""Numbers of visit records, who voided one, who asked for a signature

Records of before get the next numbers of their firm and month, in the order in which the visits began.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import equipment.storage.columns

revision = "0057"
down_revision = "0056"

MONTHS = {
    "sqlite": """substr("on", 1, 4) || substr("on", 6, 2)""",
    "postgresql": """to_char("on", 'YYYYMM')""",
}
NUMBERED = """
WITH ended AS (
  SELECT equipment_id, id, organisation_id, {month} AS month,
    row_number() OVER (PARTITION BY organisation_id, {month} ORDER BY opened_at, id) AS count
  FROM visit WHERE state <> 'open' AND NOT (state = 'void' AND dispute_reason = '')
)
UPDATE visit SET number = 'WB-' || ended.month || '-' || {count}
FROM ended WHERE ended.equipment_id = visit.equipment_id AND ended.id = visit.id
"""
COUNTS = {"sqlite": "printf('%05d', ended.count)", "postgresql": "lpad(ended.count::text, 5, '0')"}
COUNTED = """
INSERT INTO visit_counter (organisation_id, month, latest)
SELECT organisation_id, {month}, count(*) FROM visit WHERE number <> '' GROUP BY organisation_id, {month}
"""


def upgrade() -> None:
    op.create_table(
        "visit_counter",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("month", sa.String(length=6), nullable=False),
        sa.Column("latest", sa.Integer(), nullable=False),
        sa.CheckConstraint("latest > 0", name=op.f("ck_visit_counter_counts")),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_visit_counter_organisation_id_organisation"),
        ),
        sa.PrimaryKeyConstraint("organisation_id", "month", name=op.f("pk_visit_counter")),
    )
    instant = equipment.storage.columns.Instant(timezone=True)
    with op.batch_alter_table("visit") as batch_op:
        batch_op.add_column(sa.Column("number", sa.String(length=24), server_default="", nullable=False))
        batch_op.add_column(sa.Column("voided_by", sa.Uuid(), nullable=True))
        batch_op.add_column(sa.Column("voided_at", instant, nullable=True))
        batch_op.add_column(sa.Column("reminded_by", sa.Uuid(), nullable=True))
        batch_op.add_column(sa.Column("reminded_at", instant, nullable=True))
        batch_op.create_check_constraint(
            op.f("ck_visit_voided_by_somebody"), "(voided_by IS NULL) = (voided_at IS NULL)"
        )
        batch_op.create_check_constraint(
            op.f("ck_visit_voided_is_void"), "voided_at IS NULL OR state = 'void'"
        )
    dialect = op.get_bind().dialect.name
    op.execute(NUMBERED.format(month=MONTHS[dialect], count=COUNTS[dialect]))
    op.execute(COUNTED.format(month=MONTHS[dialect]))


def downgrade() -> None:
    with op.batch_alter_table("visit") as batch_op:
        batch_op.drop_constraint(op.f("ck_visit_voided_is_void"), type_="check")
        batch_op.drop_constraint(op.f("ck_visit_voided_by_somebody"), type_="check")
        for name in ("reminded_at", "reminded_by", "voided_at", "voided_by", "number"):
            batch_op.drop_column(name)
    op.drop_table("visit_counter")
