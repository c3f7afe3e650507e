"""停止使用 beside the status of a piece: put on by a serious or major hazard, lifted by its re-check"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.add_column("equipment", sa.Column("stop_use_since", sa.Date(), nullable=True))
    where = sa.text("stop_use_since IS NOT NULL")
    op.create_index(
        "ix_equipment_stop_use", "equipment", ["area"], unique=False, sqlite_where=where, postgresql_where=where
    )
    # Hazards that stand already stop their pieces as well, from the day they were found.
    op.execute(
        "UPDATE equipment SET stop_use_since = (SELECT min(hazard.found_on) FROM hazard"
        " WHERE hazard.equipment_id = equipment.id AND hazard.closed_on IS NULL"
        " AND hazard.grade IN ('serious', 'major')) WHERE id IN (SELECT equipment_id FROM hazard"
        " WHERE closed_on IS NULL AND grade IN ('serious', 'major'))"
    )


def downgrade() -> None:
    op.drop_index("ix_equipment_stop_use", "equipment")
    op.drop_column("equipment", "stop_use_since")
