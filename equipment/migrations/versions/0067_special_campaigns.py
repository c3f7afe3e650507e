"""Special campaigns"""
from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy import Text  # Alembic writes JSONB(astext_type=Text())
from sqlalchemy.dialects import postgresql
import equipment.storage.columns

revision = '0067'
down_revision = '0066'


def upgrade() -> None:
    op.create_table('campaign',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('number', sa.String(length=30), nullable=False),
    sa.Column('area', sa.String(length=12), nullable=False),
    sa.Column('state', sa.String(length=10), nullable=False),
    sa.Column('title', sa.String(length=120), nullable=False),
    sa.Column('document', sa.String(length=80), nullable=False),
    sa.Column('task', sa.Text(), nullable=False),
    sa.Column('from_on', sa.Date(), nullable=False),
    sa.Column('until_on', sa.Date(), nullable=False),
    sa.Column('scope', sa.JSON().with_variant(postgresql.JSONB(astext_type=Text()), 'postgresql'), nullable=False),
    sa.Column('share', sa.Integer(), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('created_at', equipment.storage.columns.Instant(timezone=True), nullable=False),
    sa.Column('created_by', sa.Uuid(), nullable=True),
    sa.Column('issued_at', equipment.storage.columns.Instant(timezone=True), nullable=True),
    sa.Column('issued_by', sa.Uuid(), nullable=True),
    sa.Column('ended_at', equipment.storage.columns.Instant(timezone=True), nullable=True),
    sa.Column('ended_by', sa.Uuid(), nullable=True),
    sa.Column('statement', sa.Text(), nullable=False),
    sa.Column('withdrawn_reason', sa.String(length=300), nullable=False),
    sa.CheckConstraint("(state = 'ended') <= (statement <> '')", name=op.f('ck_campaign_ended_has_statement')),
    sa.CheckConstraint("(state = 'withdrawn') = (withdrawn_reason <> '')", name=op.f('ck_campaign_withdrawn_has_reason')),
    sa.CheckConstraint("(state IN ('ended', 'withdrawn')) = (ended_at IS NOT NULL)", name=op.f('ck_campaign_ended_has_time')),
    sa.CheckConstraint("(state IN ('running', 'ended')) <= (issued_at IS NOT NULL)", name=op.f('ck_campaign_issued_has_time')),
    sa.CheckConstraint('share IS NULL OR (share >= 1 AND share <= 100)', name=op.f('ck_campaign_share')),
    sa.CheckConstraint('until_on >= from_on', name=op.f('ck_campaign_days')),
    sa.ForeignKeyConstraint(['created_by'], ['user.id'], name=op.f('fk_campaign_created_by')),
    sa.ForeignKeyConstraint(['ended_by'], ['user.id'], name=op.f('fk_campaign_ended_by')),
    sa.ForeignKeyConstraint(['issued_by'], ['user.id'], name=op.f('fk_campaign_issued_by')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_campaign')),
    info={'kind': 'keyed'}
    )
    with op.batch_alter_table('campaign', schema=None) as batch_op:
        batch_op.create_index('ix_campaign_area', ['area', 'state', 'until_on'], unique=False)
        batch_op.create_index('uq_campaign_number', ['number'], unique=True)

    op.create_table('campaign_item',
    sa.Column('campaign_id', sa.Uuid(), nullable=False),
    sa.Column('version', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('no', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('area', sa.String(length=12), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('rule', sa.String(length=30), nullable=False),
    sa.Column('rule_text', sa.String(length=300), nullable=False),
    sa.Column('is_key', sa.Boolean(), nullable=False),
    sa.ForeignKeyConstraint(['campaign_id'], ['campaign.id'], name=op.f('fk_campaign_item_campaign_id')),
    sa.PrimaryKeyConstraint('campaign_id', 'version', 'no', name=op.f('pk_campaign_item')),
    info={'kind': 'keyed'}
    )
    op.create_table('campaign_list',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('campaign_id', sa.Uuid(), nullable=False),
    sa.Column('area', sa.String(length=12), nullable=False),
    sa.Column('until_on', sa.Date(), nullable=False),
    sa.Column('in_scope', sa.Integer(), nullable=False),
    sa.Column('opened_at', equipment.storage.columns.Instant(timezone=True), nullable=False),
    sa.Column('ended_at', equipment.storage.columns.Instant(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['campaign_id'], ['campaign.id'], name=op.f('fk_campaign_list_campaign_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_campaign_list')),
    info={'kind': 'keyed'}
    )
    with op.batch_alter_table('campaign_list', schema=None) as batch_op:
        batch_op.create_index('ix_campaign_list_area', ['area', 'ended_at'], unique=False)
        batch_op.create_index('uq_campaign_list_office', ['campaign_id', 'area'], unique=True)

    op.create_table('campaign_row',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('campaign_id', sa.Uuid(), nullable=False),
    sa.Column('list_id', sa.Uuid(), nullable=False),
    sa.Column('row_no', sa.Integer(), nullable=False),
    sa.Column('area', sa.String(length=12), nullable=False),
    sa.Column('equipment_id', sa.Uuid(), nullable=True),
    sa.Column('unit_id', sa.Uuid(), nullable=True),
    sa.Column('category', sa.String(length=30), nullable=False),
    sa.Column('place_area', sa.String(length=12), nullable=False),
    sa.Column('state', sa.String(length=10), nullable=False),
    sa.Column('joined_on', sa.Date(), nullable=True),
    sa.Column('moved_from', sa.String(length=12), nullable=False),
    sa.Column('happened_at', equipment.storage.columns.Instant(timezone=True), nullable=True),
    sa.Column('received_at', equipment.storage.columns.Instant(timezone=True), nullable=True),
    sa.Column('checked_by', sa.Uuid(), nullable=True),
    sa.Column('doubted', sa.Boolean(), server_default=sa.false(), nullable=False),
    sa.Column('note', sa.String(length=500), nullable=False),
    sa.Column('absent_why', sa.String(length=10), nullable=True),
    sa.Column('dropping', sa.String(length=14), nullable=True),
    sa.Column('same_as', sa.Uuid(), nullable=True),
    sa.Column('latitude', sa.Integer(), nullable=True),
    sa.Column('longitude', sa.Integer(), nullable=True),
    sa.Column('accuracy_m', sa.Integer(), nullable=True),
    sa.CheckConstraint("(equipment_id IS NULL) = (category = '')", name=op.f('ck_campaign_row_piece_has_category')),
    sa.CheckConstraint("(state = 'absent') = (absent_why IS NOT NULL)", name=op.f('ck_campaign_row_absent_says_why')),
    sa.CheckConstraint("(state = 'dropped') = (dropping IS NOT NULL)", name=op.f('ck_campaign_row_dropped_says_why')),
    sa.CheckConstraint("(state IN ('sound', 'faulty', 'absent')) = (happened_at IS NOT NULL)", name=op.f('ck_campaign_row_checked_has_time')),
    sa.CheckConstraint('(happened_at IS NULL) = (received_at IS NULL)', name=op.f('ck_campaign_row_happened_arrived')),
    sa.CheckConstraint('equipment_id IS NOT NULL OR unit_id IS NOT NULL', name=op.f('ck_campaign_row_about_something')),
    sa.ForeignKeyConstraint(['campaign_id'], ['campaign.id'], name=op.f('fk_campaign_row_campaign_id')),
    sa.ForeignKeyConstraint(['checked_by'], ['user.id'], name=op.f('fk_campaign_row_checked_by')),
    sa.ForeignKeyConstraint(['list_id'], ['campaign_list.id'], name=op.f('fk_campaign_row_list_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_campaign_row')),
    info={'kind': 'keyed'}
    )
    with op.batch_alter_table('campaign_row', schema=None) as batch_op:
        batch_op.create_index('ix_campaign_row_piece', ['equipment_id', 'state'], unique=False)
        batch_op.create_index('ix_campaign_row_same', ['same_as'], unique=False)
        batch_op.create_index('ix_campaign_row_state', ['campaign_id', 'state', 'area'], unique=False)
        batch_op.create_index('ix_campaign_row_unit', ['unit_id', 'state'], unique=False)
        batch_op.create_index('uq_campaign_row_no', ['list_id', 'row_no'], unique=True)
        batch_op.create_index('uq_campaign_row_piece', ['campaign_id', 'equipment_id'], unique=True)
        batch_op.create_index('uq_campaign_row_unit', ['campaign_id', 'unit_id'], unique=True, sqlite_where=sa.text('equipment_id IS NULL'), postgresql_where=sa.text('equipment_id IS NULL'))

    op.create_table('campaign_photo',
    sa.Column('row_id', sa.Uuid(), nullable=False),
    sa.Column('sha256', sa.String(length=64), nullable=False),
    sa.Column('area', sa.String(length=12), nullable=False),
    sa.Column('item_no', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(length=200), nullable=False),
    sa.Column('media_type', sa.String(length=80), nullable=False),
    sa.Column('size', sa.Integer(), nullable=False),
    sa.Column('user_id', sa.Uuid(), nullable=True),
    sa.Column('at', equipment.storage.columns.Instant(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['row_id'], ['campaign_row.id'], name=op.f('fk_campaign_photo_row_id')),
    sa.ForeignKeyConstraint(['user_id'], ['user.id'], name=op.f('fk_campaign_photo_user_id')),
    sa.PrimaryKeyConstraint('row_id', 'sha256', name=op.f('pk_campaign_photo')),
    info={'kind': 'keyed'}
    )
    op.create_table('campaign_problem',
    sa.Column('row_id', sa.Uuid(), nullable=False),
    sa.Column('item_no', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('campaign_id', sa.Uuid(), nullable=False),
    sa.Column('area', sa.String(length=12), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('rule', sa.String(length=30), nullable=False),
    sa.Column('rule_text', sa.String(length=300), nullable=False),
    sa.Column('is_key', sa.Boolean(), nullable=False),
    sa.Column('put_right', sa.Boolean(), nullable=False),
    sa.Column('equipment_id', sa.Uuid(), nullable=True),
    sa.Column('unit_id', sa.Uuid(), nullable=True),
    sa.Column('finding_id', sa.Uuid(), nullable=True),
    sa.ForeignKeyConstraint(['campaign_id'], ['campaign.id'], name=op.f('fk_campaign_problem_campaign_id')),
    sa.ForeignKeyConstraint(['row_id'], ['campaign_row.id'], name=op.f('fk_campaign_problem_row_id')),
    sa.PrimaryKeyConstraint('row_id', 'item_no', name=op.f('pk_campaign_problem')),
    info={'kind': 'keyed'}
    )
    with op.batch_alter_table('campaign_problem', schema=None) as batch_op:
        batch_op.create_index('ix_campaign_problem_campaign', ['campaign_id', 'item_no'], unique=False)



def downgrade() -> None:
    with op.batch_alter_table('campaign_problem', schema=None) as batch_op:
        batch_op.drop_index('ix_campaign_problem_campaign')

    op.drop_table('campaign_problem')
    op.drop_table('campaign_photo')
    with op.batch_alter_table('campaign_row', schema=None) as batch_op:
        batch_op.drop_index('uq_campaign_row_unit', sqlite_where=sa.text('equipment_id IS NULL'), postgresql_where=sa.text('equipment_id IS NULL'))
        batch_op.drop_index('uq_campaign_row_piece')
        batch_op.drop_index('uq_campaign_row_no')
        batch_op.drop_index('ix_campaign_row_unit')
        batch_op.drop_index('ix_campaign_row_state')
        batch_op.drop_index('ix_campaign_row_same')
        batch_op.drop_index('ix_campaign_row_piece')

    op.drop_table('campaign_row')
    with op.batch_alter_table('campaign_list', schema=None) as batch_op:
        batch_op.drop_index('uq_campaign_list_office')
        batch_op.drop_index('ix_campaign_list_area')

    op.drop_table('campaign_list')
    op.drop_table('campaign_item')
    with op.batch_alter_table('campaign', schema=None) as batch_op:
        batch_op.drop_index('uq_campaign_number')
        batch_op.drop_index('ix_campaign_area')

    op.drop_table('campaign')
