"""What changed in the register, and what left whose sight"""
from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import equipment.storage.columns

revision = '0049'
down_revision = '0048'


def upgrade() -> None:
    op.create_table('departure',
    sa.Column('organisation_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('equipment_id', sa.Uuid(), nullable=False),
    sa.Column('category', sa.String(length=30), nullable=False),
    sa.Column('at', equipment.storage.columns.Instant(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['organisation_id'], ['organisation.id'], name=op.f('fk_departure_organisation_id')),
    sa.PrimaryKeyConstraint('organisation_id', 'id', name=op.f('pk_departure')),
    info={'kind': 'organisation'}
    )
    with op.batch_alter_table('departure', schema=None) as batch_op:
        batch_op.create_index('ix_departure_at', ['organisation_id', 'at', 'id'], unique=False)

    op.create_index('ix_equipment_updated', 'equipment', ['category', 'updated_at', 'id'], unique=False)


def downgrade() -> None:
    op.drop_index('ix_equipment_updated', 'equipment')
    with op.batch_alter_table('departure', schema=None) as batch_op:
        batch_op.drop_index('ix_departure_at')

    op.drop_table('departure')
