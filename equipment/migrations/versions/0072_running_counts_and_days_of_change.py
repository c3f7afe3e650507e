"""Running counts, and indexes by the days on which things changed"""
from __future__ import annotations

import sqlalchemy as sa
from alembic import op


revision = '0072'
down_revision = '0071'


def upgrade() -> None:
    op.create_table('running_count',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('subject', sa.String(length=24), nullable=False),
    sa.Column('place', sa.String(length=36), nullable=False),
    sa.Column('kind', sa.String(length=30), nullable=False),
    sa.Column('day', sa.Date(), nullable=True),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.CheckConstraint('number <> 0', name=op.f('ck_running_count_number')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_running_count')),
    info={'kind': 'keyed'}
    )
    with op.batch_alter_table('running_count', schema=None) as batch_op:
        batch_op.create_index('ix_running_count_sum', ['subject', 'day', 'place', 'kind', 'number'], unique=False)

    with op.batch_alter_table('due', schema=None) as batch_op:
        batch_op.create_index('ix_due_open_area', ['kind', 'due_on', 'origin', 'area', 'category', 'equipment_id'], unique=False, sqlite_where=sa.text("state = 'open'"), postgresql_where=sa.text("state = 'open'"))

    with op.batch_alter_table('equipment', schema=None) as batch_op:
        batch_op.create_index('ix_equipment_registered', ['registered_on', 'area'], unique=False)

    with op.batch_alter_table('coordinates', schema=None) as batch_op:
        batch_op.create_index('ix_coordinates_proposed', ['equipment_id'], unique=False, sqlite_where=sa.text("state = 'proposed'"), postgresql_where=sa.text("state = 'proposed'"))

    with op.batch_alter_table('hazard', schema=None) as batch_op:
        batch_op.create_index('ix_hazard_closed_day', ['closed_on', 'area'], unique=False)
        batch_op.create_index('ix_hazard_found_day', ['found_on', 'area'], unique=False)

    with op.batch_alter_table('standing', schema=None) as batch_op:
        batch_op.create_index('ix_standing_gone', ['from_on', 'area'], unique=False, sqlite_where=sa.text("until_on IS NULL AND status IN ('scrapped', 'cancelled')"), postgresql_where=sa.text("until_on IS NULL AND status IN ('scrapped', 'cancelled')"))
        batch_op.create_index('ix_standing_left', ['status', 'until_on', 'from_on', 'category', 'area', 'equipment_id'], unique=False, sqlite_where=sa.text('until_on IS NOT NULL'), postgresql_where=sa.text('until_on IS NOT NULL'))



def downgrade() -> None:
    with op.batch_alter_table('standing', schema=None) as batch_op:
        batch_op.drop_index('ix_standing_left', sqlite_where=sa.text('until_on IS NOT NULL'), postgresql_where=sa.text('until_on IS NOT NULL'))
        batch_op.drop_index('ix_standing_gone', sqlite_where=sa.text("until_on IS NULL AND status IN ('scrapped', 'cancelled')"), postgresql_where=sa.text("until_on IS NULL AND status IN ('scrapped', 'cancelled')"))

    with op.batch_alter_table('hazard', schema=None) as batch_op:
        batch_op.drop_index('ix_hazard_found_day')
        batch_op.drop_index('ix_hazard_closed_day')

    with op.batch_alter_table('coordinates', schema=None) as batch_op:
        batch_op.drop_index('ix_coordinates_proposed', sqlite_where=sa.text("state = 'proposed'"), postgresql_where=sa.text("state = 'proposed'"))

    with op.batch_alter_table('equipment', schema=None) as batch_op:
        batch_op.drop_index('ix_equipment_registered')

    with op.batch_alter_table('due', schema=None) as batch_op:
        batch_op.drop_index('ix_due_open_area', sqlite_where=sa.text("state = 'open'"), postgresql_where=sa.text("state = 'open'"))

    with op.batch_alter_table('running_count', schema=None) as batch_op:
        batch_op.drop_index('ix_running_count_sum')

    op.drop_table('running_count')
