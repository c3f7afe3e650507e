"""How well a swipe shows that somebody stood at the lift, what the flags of a visit rest on, and where pieces
stand"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from equipment.storage.columns import Document, Instant

revision = "0022"
down_revision = "0021"
ENDS = "('opened', 'closed')"


def upgrade() -> None:
    for column in (
        sa.Column("grade", sa.String(length=14), server_default="typed", nullable=False),
        sa.Column("how", sa.String(length=8), nullable=True),
        sa.Column("latitude", sa.Integer(), nullable=True),
        sa.Column("longitude", sa.Integer(), nullable=True),
        sa.Column("datum", sa.String(length=6), nullable=True),
        sa.Column("accuracy_m", sa.Integer(), nullable=True),
        sa.Column("distance_m", sa.Integer(), nullable=True),
        sa.Column("fence", sa.String(length=12), server_default="", nullable=False),
    ):
        op.add_column("swipe", column)
    op.create_index("ix_swipe_user_on", "swipe", ["user_id", "on"], unique=False)
    op.add_column("visit", sa.Column("grade", sa.String(length=14), server_default="", nullable=False))
    op.add_column("visit", sa.Column("flag_facts", Document, server_default="[]", nullable=False))
    _grade()
    in_force = sa.text("state = 'in_force'")
    op.create_table(
        "coordinates",
        sa.Column("equipment_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=True),
        sa.Column("area", sa.String(length=12), nullable=False),
        sa.Column("category", sa.String(length=30), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("source", sa.String(length=10), nullable=False),
        sa.Column("latitude", sa.Integer(), nullable=False),
        sa.Column("longitude", sa.Integer(), nullable=False),
        sa.Column("datum", sa.String(length=6), nullable=False),
        sa.Column("accuracy_m", sa.Integer(), nullable=True),
        sa.Column("wgs84_latitude", sa.Integer(), nullable=False),
        sa.Column("wgs84_longitude", sa.Integer(), nullable=False),
        sa.Column("readings", sa.Integer(), nullable=False),
        sa.Column("stated_at", Instant(timezone=True), nullable=False),
        sa.Column("stated_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", Instant(timezone=True), nullable=True),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.PrimaryKeyConstraint("equipment_id", "id", name=op.f("pk_coordinates")),
        info={"kind": "equipment"},
    )
    op.create_index("ix_coordinates_area", "coordinates", ["area", "state"], unique=False)
    op.create_index(
        "uq_coordinates_in_force",
        "coordinates",
        ["equipment_id"],
        unique=True,
        sqlite_where=in_force,
        postgresql_where=in_force,
    )


def _grade() -> None:
    """What earlier swipes and visits are worth: a phone said nothing of how it came by a code or where it
    was."""
    op.execute("UPDATE swipe SET grade = 'scan' WHERE via = 'phone'")
    op.execute("UPDATE swipe SET grade = via WHERE via IN ('reader', 'plate')")
    for grade in ("reader", "plate", "scan"):  # the worse end is written last
        op.execute(
            f"UPDATE visit SET grade = '{grade}' WHERE late_entry IS FALSE AND EXISTS (SELECT 1 FROM swipe "
            f"WHERE swipe.visit_id = visit.id AND swipe.equipment_id = visit.equipment_id "
            f"AND swipe.outcome IN {ENDS} AND swipe.grade = '{grade}')"
        )
    # A correction has no swipes of its own; corrections may correct corrections.
    connection = op.get_bind()
    begun = (
        "UPDATE visit SET grade = (SELECT earlier.grade FROM visit AS earlier WHERE earlier.id = "
        "visit.supersedes_id AND earlier.equipment_id = visit.equipment_id) WHERE grade = '' AND EXISTS "
        "(SELECT 1 FROM visit AS earlier WHERE earlier.id = visit.supersedes_id "
        "AND earlier.equipment_id = visit.equipment_id AND earlier.grade <> '')"
    )
    while connection.execute(sa.text(begun)).rowcount:
        pass


def downgrade() -> None:
    op.drop_table("coordinates")
    op.drop_column("visit", "flag_facts")
    op.drop_column("visit", "grade")
    op.drop_index("ix_swipe_user_on", table_name="swipe")
    for column in (
        "fence",
        "distance_m",
        "accuracy_m",
        "datum",
        "longitude",
        "latitude",
        "how",
        "grade",
    ):
        op.drop_column("swipe", column)
