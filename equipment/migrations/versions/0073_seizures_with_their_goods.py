"""Seizures with their goods, and how their periods were prolonged."""
from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy import Text  # Alembic writes JSONB(astext_type=Text())
from sqlalchemy.dialects import postgresql
import equipment.storage.columns

revision = '0073'
down_revision = '0072'


def upgrade() -> None:
    op.create_table('seized_goods',
    sa.Column('organisation_id', sa.Uuid(), nullable=False),
    sa.Column('seizure_id', sa.Uuid(), nullable=False),
    sa.Column('no', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('area', sa.String(length=12), nullable=False),
    sa.Column('name', sa.String(length=100), nullable=False),
    sa.Column('spec', sa.String(length=100), nullable=False),
    sa.Column('quantity', sa.Integer(), nullable=False),
    sa.Column('unit', sa.String(length=10), nullable=False),
    sa.Column('condition', sa.String(length=200), nullable=False),
    sa.Column('place', sa.String(length=120), nullable=False),
    sa.Column('equipment_id', sa.Uuid(), nullable=True),
    sa.Column('status_before', sa.String(length=12), nullable=False),
    sa.Column('sha256', sa.String(length=64), nullable=True),
    sa.Column('media_type', sa.String(length=80), nullable=False),
    sa.Column('state', sa.String(length=12), nullable=False),
    sa.Column('settled_on', sa.Date(), nullable=True),
    sa.Column('document', sa.String(length=80), nullable=False),
    sa.Column('settled_to', sa.String(length=120), nullable=False),
    sa.Column('settled_note', sa.String(length=300), nullable=False),
    sa.CheckConstraint("(state = 'held') = (settled_on IS NULL)", name=op.f('ck_seized_goods_settled_has_day')),
    sa.CheckConstraint("state = 'held' OR document <> ''", name=op.f('ck_seized_goods_settled_has_document')),
    sa.CheckConstraint('quantity > 0', name=op.f('ck_seized_goods_quantity')),
    sa.ForeignKeyConstraint(['organisation_id'], ['organisation.id'], name=op.f('fk_seized_goods_organisation_id')),
    sa.PrimaryKeyConstraint('organisation_id', 'seizure_id', 'no', name=op.f('pk_seized_goods')),
    info={'kind': 'organisation'}
    )
    with op.batch_alter_table('seized_goods', schema=None) as batch_op:
        batch_op.create_index('ix_seized_goods_piece', ['equipment_id'], unique=False)
        batch_op.create_index('ix_seized_goods_state', ['area', 'state'], unique=False)

    op.create_table('seizure',
    sa.Column('organisation_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('area', sa.String(length=12), nullable=False),
    sa.Column('kind', sa.String(length=8), nullable=False),
    sa.Column('issuer_area', sa.String(length=12), nullable=False),
    sa.Column('issuer_name', sa.String(length=120), nullable=False),
    sa.Column('review_body', sa.String(length=120), nullable=False),
    sa.Column('court', sa.String(length=120), nullable=False),
    sa.Column('year', sa.Integer(), nullable=False),
    sa.Column('sequence', sa.Integer(), nullable=False),
    sa.Column('number', sa.String(length=60), nullable=False),
    sa.Column('unit_name', sa.String(length=120), nullable=False),
    sa.Column('unit_address', sa.String(length=200), nullable=False),
    sa.Column('issued_on', sa.Date(), nullable=False),
    sa.Column('issued_at', equipment.storage.columns.Instant(timezone=True), nullable=False),
    sa.Column('issued_by', sa.Uuid(), nullable=False),
    sa.Column('officers', sa.JSON().with_variant(postgresql.JSONB(astext_type=Text()), 'postgresql'), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('rule', sa.String(length=30), nullable=False),
    sa.Column('rule_text', sa.String(length=400), nullable=False),
    sa.Column('until_on', sa.Date(), nullable=False),
    sa.Column('order_id', sa.Uuid(), nullable=True),
    sa.Column('check_id', sa.Uuid(), nullable=True),
    sa.Column('state', sa.String(length=8), nullable=False),
    sa.Column('service_way', sa.String(length=8), nullable=True),
    sa.Column('served_at', equipment.storage.columns.Instant(timezone=True), nullable=True),
    sa.Column('receiver', sa.String(length=60), nullable=False),
    sa.Column('witness', sa.String(length=60), nullable=False),
    sa.Column('service_note', sa.String(length=300), nullable=False),
    sa.Column('ended_on', sa.Date(), nullable=True),
    sa.CheckConstraint("(state = 'ended') = (ended_on IS NOT NULL)", name=op.f('ck_seizure_ended_has_day')),
    sa.CheckConstraint("service_way IS NULL OR service_way <> 'left' OR witness <> ''", name=op.f('ck_seizure_witness')),
    sa.CheckConstraint('(service_way IS NULL) = (served_at IS NULL)', name=op.f('ck_seizure_served_has_way')),
    sa.CheckConstraint('until_on >= issued_on', name=op.f('ck_seizure_days')),
    sa.ForeignKeyConstraint(['issued_by'], ['user.id'], name=op.f('fk_seizure_issued_by')),
    sa.ForeignKeyConstraint(['organisation_id'], ['organisation.id'], name=op.f('fk_seizure_organisation_id')),
    sa.PrimaryKeyConstraint('organisation_id', 'id', name=op.f('pk_seizure')),
    info={'kind': 'organisation'}
    )
    with op.batch_alter_table('seizure', schema=None) as batch_op:
        batch_op.create_index('ix_seizure_order', ['order_id'], unique=False)
        batch_op.create_index('ix_seizure_state', ['area', 'state', 'until_on'], unique=False)
        batch_op.create_index('uq_seizure_number', ['issuer_area', 'kind', 'year', 'sequence'], unique=True)

    op.create_table('seizure_extension',
    sa.Column('organisation_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('seizure_id', sa.Uuid(), nullable=False),
    sa.Column('area', sa.String(length=12), nullable=False),
    sa.Column('was_on', sa.Date(), nullable=False),
    sa.Column('until_on', sa.Date(), nullable=False),
    sa.Column('document', sa.String(length=80), nullable=False),
    sa.Column('reason', sa.String(length=300), nullable=False),
    sa.Column('by', sa.Uuid(), nullable=True),
    sa.Column('at', equipment.storage.columns.Instant(timezone=True), nullable=False),
    sa.CheckConstraint('until_on > was_on', name=op.f('ck_seizure_extension_later')),
    sa.ForeignKeyConstraint(['by'], ['user.id'], name=op.f('fk_seizure_extension_by')),
    sa.ForeignKeyConstraint(['organisation_id'], ['organisation.id'], name=op.f('fk_seizure_extension_organisation_id')),
    sa.PrimaryKeyConstraint('organisation_id', 'id', name=op.f('pk_seizure_extension')),
    info={'kind': 'organisation'}
    )


def downgrade() -> None:
    op.drop_table('seizure_extension')
    with op.batch_alter_table('seizure', schema=None) as batch_op:
        batch_op.drop_index('uq_seizure_number')
        batch_op.drop_index('ix_seizure_state')
        batch_op.drop_index('ix_seizure_order')

    op.drop_table('seizure')
    with op.batch_alter_table('seized_goods', schema=None) as batch_op:
        batch_op.drop_index('ix_seized_goods_state')
        batch_op.drop_index('ix_seized_goods_piece')

    op.drop_table('seized_goods')
