"""Lots of bottles to the inspection body"""
from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy import Text  # Alembic writes JSONB(astext_type=Text())
from sqlalchemy.dialects import postgresql
from equipment.storage.columns import Instant

revision = '0033'
down_revision = '0032'


def upgrade() -> None:
    op.create_table('lot_row',
    sa.Column('organisation_id', sa.Uuid(), nullable=False),
    sa.Column('lot_id', sa.Uuid(), nullable=False),
    sa.Column('row_no', sa.Integer(), nullable=False),
    sa.Column('equipment_id', sa.Uuid(), nullable=True),
    sa.Column('code', sa.String(length=200), nullable=False),
    sa.Column('snapshot', sa.JSON().with_variant(postgresql.JSONB(astext_type=Text()), 'postgresql'), nullable=False),
    sa.Column('state', sa.String(length=10), nullable=False),
    sa.Column('difference', sa.String(length=10), nullable=True),
    sa.Column('packed_by', sa.Uuid(), nullable=True),
    sa.Column('packed_at', Instant(timezone=True), nullable=False),
    sa.Column('received_by', sa.Uuid(), nullable=True),
    sa.Column('received_at', Instant(timezone=True), nullable=True),
    sa.Column('verdict', sa.String(length=10), nullable=True),
    sa.Column('reasons', sa.JSON().with_variant(postgresql.JSONB(astext_type=Text()), 'postgresql'), nullable=False),
    sa.Column('remark', sa.String(length=300), nullable=False),
    sa.Column('valve_until', sa.Date(), nullable=True),
    sa.Column('corrected', sa.JSON().with_variant(postgresql.JSONB(astext_type=Text()), 'postgresql'), nullable=False),
    sa.Column('judged_by', sa.Uuid(), nullable=True),
    sa.Column('judged_at', Instant(timezone=True), nullable=True),
    sa.Column('inspection_id', sa.Uuid(), nullable=True),
    sa.Column('left_at', Instant(timezone=True), nullable=True),
    sa.CheckConstraint("(state <> 'judged' AND state <> 'left') OR verdict IS NOT NULL", name=op.f('ck_lot_row_judged')),
    sa.CheckConstraint("state <> 'left' OR left_at IS NOT NULL", name=op.f('ck_lot_row_left_at')),
    sa.ForeignKeyConstraint(['judged_by'], ['user.id'], name=op.f('fk_lot_row_judged_by')),
    sa.ForeignKeyConstraint(['packed_by'], ['user.id'], name=op.f('fk_lot_row_packed_by')),
    sa.ForeignKeyConstraint(['received_by'], ['user.id'], name=op.f('fk_lot_row_received_by')),
    sa.PrimaryKeyConstraint('organisation_id', 'lot_id', 'row_no', name=op.f('pk_lot_row')),
    info={'kind': 'organisation'}
    )
    with op.batch_alter_table('lot_row', schema=None) as batch_op:
        batch_op.create_index('ix_lot_row_equipment', ['equipment_id', 'packed_at'], unique=False)
        batch_op.create_index('ix_lot_row_in_a_lot', ['equipment_id'], unique=False, sqlite_where=sa.text("state IN ('packed', 'received', 'judged')"), postgresql_where=sa.text("state IN ('packed', 'received', 'judged')"))

    op.create_table('lot',
    sa.Column('organisation_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('number', sa.String(length=24), nullable=False),
    sa.Column('body_id', sa.Uuid(), nullable=False),
    sa.Column('area', sa.String(length=12), nullable=False),
    sa.Column('category', sa.String(length=30), nullable=False),
    sa.Column('state', sa.String(length=10), nullable=False),
    sa.Column('note', sa.String(length=300), nullable=False),
    sa.Column('opened_by', sa.Uuid(), nullable=True),
    sa.Column('opened_at', Instant(timezone=True), nullable=False),
    sa.Column('device_id', sa.Uuid(), nullable=True),
    sa.Column('carrier', sa.String(length=60), nullable=False),
    sa.Column('handed_by', sa.Uuid(), nullable=True),
    sa.Column('handed_at', Instant(timezone=True), nullable=True),
    sa.Column('received_by', sa.Uuid(), nullable=True),
    sa.Column('received_at', Instant(timezone=True), nullable=True),
    sa.Column('receipt_note', sa.String(length=300), nullable=False),
    sa.Column('withdrawn_at', Instant(timezone=True), nullable=True),
    sa.Column('withdrawn_reason', sa.String(length=300), nullable=False),
    sa.Column('inspected_on', sa.Date(), nullable=True),
    sa.Column('report_no', sa.String(length=60), nullable=False),
    sa.Column('reviewed_by', sa.String(length=60), nullable=False),
    sa.Column('finished_at', Instant(timezone=True), nullable=True),
    sa.Column('changed_at', Instant(timezone=True), nullable=False),
    sa.CheckConstraint("(state IN ('packing', 'withdrawn')) OR handed_at IS NOT NULL", name=op.f('ck_lot_handed_at')),
    sa.ForeignKeyConstraint(['body_id'], ['organisation.id'], name=op.f('fk_lot_body_id')),
    sa.ForeignKeyConstraint(['device_id'], ['device.id'], name=op.f('fk_lot_device_id')),
    sa.ForeignKeyConstraint(['handed_by'], ['user.id'], name=op.f('fk_lot_handed_by')),
    sa.ForeignKeyConstraint(['opened_by'], ['user.id'], name=op.f('fk_lot_opened_by')),
    sa.ForeignKeyConstraint(['organisation_id'], ['organisation.id'], name=op.f('fk_lot_organisation_id')),
    sa.ForeignKeyConstraint(['received_by'], ['user.id'], name=op.f('fk_lot_received_by')),
    sa.PrimaryKeyConstraint('organisation_id', 'id', name=op.f('pk_lot')),
    sa.UniqueConstraint('organisation_id', 'number', name=op.f('uq_lot_organisation_id_number')),
    info={'kind': 'organisation'}
    )
    with op.batch_alter_table('lot', schema=None) as batch_op:
        batch_op.create_index('ix_lot_area', ['category', 'area', 'state'], unique=False)
        batch_op.create_index('ix_lot_body', ['body_id', 'state'], unique=False)
        batch_op.create_index('ix_lot_changed', ['changed_at', 'id'], unique=False)



def downgrade() -> None:
    with op.batch_alter_table('lot', schema=None) as batch_op:
        batch_op.drop_index('ix_lot_changed')
        batch_op.drop_index('ix_lot_body')
        batch_op.drop_index('ix_lot_area')

    op.drop_table('lot')
    with op.batch_alter_table('lot_row', schema=None) as batch_op:
        batch_op.drop_index('ix_lot_row_in_a_lot', sqlite_where=sa.text("state IN ('packed', 'received', 'judged')"), postgresql_where=sa.text("state IN ('packed', 'received', 'judged')"))
        batch_op.drop_index('ix_lot_row_equipment')

    op.drop_table('lot_row')
