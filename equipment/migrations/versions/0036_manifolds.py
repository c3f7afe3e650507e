"""汇流排: bottles that are filled together have one record"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from equipment.storage.columns import Document, Instant

revision = "0036"
down_revision = "0035"

PEOPLE = ("user_id", "started_by", "ended_by")


def upgrade() -> None:
    op.create_table(
        "manifold",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("bay", sa.String(length=20), nullable=False),
        sa.Column("gas", sa.String(length=10), nullable=False),
        sa.Column("instrument_id", sa.Uuid(), nullable=True),
        sa.Column("device_id", sa.Uuid(), nullable=True),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("opened_at", Instant(timezone=True), nullable=False),
        sa.Column("started_at", Instant(timezone=True), nullable=True),
        sa.Column("started_by", sa.Uuid(), nullable=True),
        sa.Column("ended_at", Instant(timezone=True), nullable=True),
        sa.Column("ended_by", sa.Uuid(), nullable=True),
        sa.Column("pressure_kpa", sa.Integer(), nullable=True),
        sa.Column("temperature_dc", sa.Integer(), nullable=True),
        sa.Column("taken_off", Document, nullable=False),
        sa.ForeignKeyConstraint(["device_id"], ["device.id"], name=op.f("fk_manifold_device_id")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_manifold_organisation_id")
        ),
        *(sa.ForeignKeyConstraint([name], ["user.id"], name=op.f(f"fk_manifold_{name}")) for name in PEOPLE),
        sa.PrimaryKeyConstraint("organisation_id", "id", name=op.f("pk_manifold")),
        info={"kind": "organisation"},
    )
    op.create_index("ix_manifold_opened", "manifold", ["organisation_id", "opened_at"], unique=False)
    running = sa.text("state IN ('open', 'filling')")
    op.create_index(
        "uq_manifold_running",
        "manifold",
        ["organisation_id", "bay"],
        unique=True,
        sqlite_where=running,
        postgresql_where=running,
    )


def downgrade() -> None:
    op.drop_table("manifold")
