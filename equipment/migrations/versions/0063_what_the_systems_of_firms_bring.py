"""What the systems of firms bring"""
from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy import Text  # Alembic writes JSONB(astext_type=Text())
from sqlalchemy.dialects import postgresql
import equipment.storage.columns

revision = '0063'
down_revision = '0062'


def upgrade() -> None:
    op.create_table('upload_attempt',
    sa.Column('organisation_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('device_id', sa.Uuid(), nullable=False),
    sa.Column('at', equipment.storage.columns.Instant(timezone=True), nullable=False),
    sa.Column('step', sa.String(length=16), nullable=False),
    sa.Column('record_id', sa.String(length=64), nullable=False),
    sa.Column('lift', sa.String(length=60), nullable=False),
    sa.Column('outcome', sa.String(length=10), nullable=False),
    sa.Column('status', sa.Integer(), nullable=False),
    sa.Column('code', sa.String(length=20), nullable=False),
    sa.Column('title', sa.String(length=300), nullable=False),
    sa.Column('fields', sa.JSON().with_variant(postgresql.JSONB(astext_type=Text()), 'postgresql'), nullable=False),
    sa.Column('request_id', sa.String(length=40), nullable=False),
    sa.ForeignKeyConstraint(['device_id'], ['device.id'], name=op.f('fk_upload_attempt_device_id')),
    sa.ForeignKeyConstraint(['organisation_id'], ['organisation.id'], name=op.f('fk_upload_attempt_organisation_id')),
    sa.PrimaryKeyConstraint('organisation_id', 'id', name=op.f('pk_upload_attempt')),
    info={'kind': 'organisation'}
    )
    with op.batch_alter_table('upload_attempt', schema=None) as batch_op:
        batch_op.create_index('ix_upload_attempt_all', ['at'], unique=False)
        batch_op.create_index('ix_upload_attempt_at', ['organisation_id', 'outcome', 'at'], unique=False)

    op.create_table('uploaded_record',
    sa.Column('organisation_id', sa.Uuid(), nullable=False),
    sa.Column('kind', sa.String(length=12), nullable=False),
    sa.Column('record_id', sa.String(length=64), nullable=False),
    sa.Column('target_id', sa.Uuid(), nullable=False),
    sa.Column('equipment_id', sa.Uuid(), nullable=True),
    sa.Column('device_id', sa.Uuid(), nullable=True),
    sa.Column('received_at', equipment.storage.columns.Instant(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['device_id'], ['device.id'], name=op.f('fk_uploaded_record_device_id')),
    sa.ForeignKeyConstraint(['organisation_id'], ['organisation.id'], name=op.f('fk_uploaded_record_organisation_id')),
    sa.PrimaryKeyConstraint('organisation_id', 'kind', 'record_id', name=op.f('pk_uploaded_record')),
    info={'kind': 'organisation'}
    )
    with op.batch_alter_table('uploaded_record', schema=None) as batch_op:
        batch_op.create_index('ix_uploaded_record_target', ['target_id'], unique=False)

    with op.batch_alter_table('visit', schema=None) as batch_op:
        batch_op.add_column(sa.Column('reported_by', sa.Uuid(), nullable=True))
        batch_op.create_index('ix_visit_number', ['number'], unique=False)



def downgrade() -> None:
    with op.batch_alter_table('visit', schema=None) as batch_op:
        batch_op.drop_index('ix_visit_number')
        batch_op.drop_column('reported_by')

    with op.batch_alter_table('uploaded_record', schema=None) as batch_op:
        batch_op.drop_index('ix_uploaded_record_target')

    op.drop_table('uploaded_record')
    with op.batch_alter_table('upload_attempt', schema=None) as batch_op:
        batch_op.drop_index('ix_upload_attempt_at')
        batch_op.drop_index('ix_upload_attempt_all')

    op.drop_table('upload_attempt')
