"""Rounds of the overdue list"""
from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy import Text  # Alembic writes JSONB(astext_type=Text())

import equipment.storage.columns

revision = '0066'
down_revision = '0065'


def upgrade() -> None:
    op.create_table('walk',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('number', sa.String(length=24), nullable=False),
    sa.Column('area', sa.String(length=12), nullable=False),
    sa.Column('month', sa.Date(), nullable=False),
    sa.Column('opened_at', equipment.storage.columns.Instant(timezone=True), nullable=False),
    sa.Column('opened_by', sa.Uuid(), nullable=True),
    sa.Column('due_on', sa.Date(), nullable=False),
    sa.Column('with_unknown', sa.Boolean(), server_default=sa.false(), nullable=False),
    sa.Column('closed_at', equipment.storage.columns.Instant(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['opened_by'], ['user.id'], name=op.f('fk_walk_opened_by')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_walk')),
    sa.UniqueConstraint('area', 'month', name='one_of_a_month'),
    info={'kind': 'keyed'}
    )
    with op.batch_alter_table('walk', schema=None) as batch_op:
        batch_op.create_index('ix_walk_open', ['closed_at', 'area'], unique=False)

    op.create_table('walk_row',
    sa.Column('equipment_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('walk_id', sa.Uuid(), nullable=False),
    sa.Column('row_no', sa.Integer(), nullable=False),
    sa.Column('area', sa.String(length=12), nullable=False),
    sa.Column('category', sa.String(length=30), nullable=False),
    sa.Column('use_unit_id', sa.Uuid(), nullable=True),
    sa.Column('state', sa.String(length=10), nullable=False),
    sa.Column('duty', sa.String(length=24), nullable=False),
    sa.Column('due_on', sa.Date(), nullable=True),
    sa.Column('applied', sa.Boolean(), server_default=sa.false(), nullable=False),
    sa.Column('outcome', sa.String(length=10), nullable=True),
    sa.Column('note', sa.String(length=500), nullable=False),
    sa.Column('happened_at', equipment.storage.columns.Instant(timezone=True), nullable=True),
    sa.Column('received_at', equipment.storage.columns.Instant(timezone=True), nullable=True),
    sa.Column('walked_by', sa.Uuid(), nullable=True),
    sa.Column('via', sa.String(length=6), nullable=True),
    sa.Column('doubted', sa.Boolean(), server_default=sa.false(), nullable=False),
    sa.Column('latitude', sa.Integer(), nullable=True),
    sa.Column('longitude', sa.Integer(), nullable=True),
    sa.Column('accuracy_m', sa.Integer(), nullable=True),
    sa.Column('sent_back_reason', sa.String(length=300), nullable=False),
    sa.Column('sent_back_at', equipment.storage.columns.Instant(timezone=True), nullable=True),
    sa.Column('sent_back_by', sa.Uuid(), nullable=True),
    sa.Column('settlement', sa.String(length=8), nullable=True),
    sa.Column('settled_at', equipment.storage.columns.Instant(timezone=True), nullable=True),
    sa.Column('settled_by', sa.Uuid(), nullable=True),
    sa.Column('settled_note', sa.String(length=300), nullable=False),
    sa.Column('result', sa.String(length=80), nullable=False),
    sa.Column('closing', sa.String(length=12), nullable=True),
    sa.CheckConstraint("(state <> 'to_walk' OR outcome IS NULL) AND (state NOT IN ('walked', 'settled') OR outcome IS NOT NULL)", name=op.f('ck_walk_row_walked_has_outcome')),
    sa.CheckConstraint("(state = 'closed') = (closing IS NOT NULL)", name=op.f('ck_walk_row_closed_says_why')),
    sa.CheckConstraint("(state = 'settled') = (settlement IS NOT NULL) AND (settlement IS NULL) = (settled_at IS NULL)", name=op.f('ck_walk_row_settled_whole')),
    sa.CheckConstraint('(outcome IS NULL) = (happened_at IS NULL) AND (outcome IS NULL) = (received_at IS NULL)', name=op.f('ck_walk_row_outcome_has_time')),
    sa.ForeignKeyConstraint(['sent_back_by'], ['user.id'], name=op.f('fk_walk_row_sent_back_by')),
    sa.ForeignKeyConstraint(['settled_by'], ['user.id'], name=op.f('fk_walk_row_settled_by')),
    sa.ForeignKeyConstraint(['walked_by'], ['user.id'], name=op.f('fk_walk_row_walked_by')),
    sa.PrimaryKeyConstraint('equipment_id', 'id', name=op.f('pk_walk_row')),
    sa.UniqueConstraint('equipment_id', 'walk_id', name='once_in_a_walk'),
    info={'kind': 'equipment'}
    )
    with op.batch_alter_table('walk_row', schema=None) as batch_op:
        batch_op.create_index('ix_walk_row_state', ['state', 'area', 'outcome'], unique=False)
        batch_op.create_index('ix_walk_row_walk', ['walk_id', 'row_no'], unique=False)
        batch_op.create_index('uq_walk_row_open', ['equipment_id'], unique=True, sqlite_where=sa.text("state IN ('to_walk', 'walked')"), postgresql_where=sa.text("state IN ('to_walk', 'walked')"))



def downgrade() -> None:
    with op.batch_alter_table('walk_row', schema=None) as batch_op:
        batch_op.drop_index('uq_walk_row_open', sqlite_where=sa.text("state IN ('to_walk', 'walked')"), postgresql_where=sa.text("state IN ('to_walk', 'walked')"))
        batch_op.drop_index('ix_walk_row_walk')
        batch_op.drop_index('ix_walk_row_state')

    op.drop_table('walk_row')
    with op.batch_alter_table('walk', schema=None) as batch_op:
        batch_op.drop_index('ix_walk_open')

    op.drop_table('walk')
