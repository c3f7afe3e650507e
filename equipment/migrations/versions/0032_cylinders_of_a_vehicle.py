"""Lists and scans find the cylinders of a vehicle by its plate"""

from __future__ import annotations

from alembic import op

revision = "0032"
down_revision = "0031"

PLATES = {
    "sqlite": "json_extract(details, '$.vehicle_plate')",
    "postgresql": "details ->> 'vehicle_plate'",
}


def upgrade() -> None:
    plate = PLATES[op.get_bind().dialect.name]
    op.execute(
        "INSERT INTO facet (equipment_id, field, value, area, organisation_id, category) "
        f"SELECT id, 'vehicle_plate', {plate}, area, coalesce(use_unit_id, owner_id), category FROM equipment "
        f"WHERE category = 'cylinder' AND {plate} IS NOT NULL"
    )


def downgrade() -> None:
    op.execute("DELETE FROM facet WHERE field = 'vehicle_plate'")
