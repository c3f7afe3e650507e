"""Joint applications, opinions, report forms, use marks, calendars"""
from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy import Text  # Alembic writes JSONB(astext_type=Text())

import equipment.storage.columns

revision = '0069'
down_revision = '0068'


def upgrade() -> None:
    op.create_table('calendar_feed',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('organisation_id', sa.Uuid(), nullable=False),
    sa.Column('user_id', sa.Uuid(), nullable=False),
    sa.Column('token_hash', sa.String(length=64), nullable=False),
    sa.Column('made_at', equipment.storage.columns.Instant(timezone=True), nullable=False),
    sa.Column('revoked_at', equipment.storage.columns.Instant(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['organisation_id'], ['organisation.id'], name=op.f('fk_calendar_feed_organisation_id')),
    sa.ForeignKeyConstraint(['user_id'], ['user.id'], name=op.f('fk_calendar_feed_user_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_calendar_feed')),
    sa.UniqueConstraint('token_hash', name=op.f('uq_calendar_feed_token_hash')),
    info={'kind': 'reference'}
    )
    with op.batch_alter_table('calendar_feed', schema=None) as batch_op:
        batch_op.create_index('uq_calendar_feed_open', ['user_id'], unique=True, sqlite_where=sa.text('revoked_at IS NULL'), postgresql_where=sa.text('revoked_at IS NULL'))

    op.create_table('joint_application',
    sa.Column('organisation_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('number', sa.String(length=24), nullable=False),
    sa.Column('to_id', sa.Uuid(), nullable=False),
    sa.Column('pieces', sa.Integer(), nullable=False),
    sa.Column('wish_on', sa.Date(), nullable=True),
    sa.Column('note', sa.String(length=300), nullable=False),
    sa.Column('made_by', sa.Uuid(), nullable=False),
    sa.Column('made_at', equipment.storage.columns.Instant(timezone=True), nullable=False),
    sa.CheckConstraint('pieces >= 1', name=op.f('ck_joint_application_names_pieces')),
    sa.ForeignKeyConstraint(['made_by'], ['user.id'], name=op.f('fk_joint_application_made_by')),
    sa.ForeignKeyConstraint(['organisation_id'], ['organisation.id'], name=op.f('fk_joint_application_organisation_id')),
    sa.ForeignKeyConstraint(['to_id'], ['organisation.id'], name=op.f('fk_joint_application_to_id')),
    sa.PrimaryKeyConstraint('organisation_id', 'id', name=op.f('pk_joint_application')),
    sa.UniqueConstraint('organisation_id', 'number', name=op.f('uq_joint_application_organisation_id_number')),
    info={'kind': 'organisation'}
    )
    with op.batch_alter_table('joint_application', schema=None) as batch_op:
        batch_op.create_index('ix_joint_application_made', ['organisation_id', 'made_at'], unique=False)
        batch_op.create_index('ix_joint_application_to', ['to_id', 'made_at'], unique=False)

    op.create_table('opinion',
    sa.Column('equipment_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('inspection_id', sa.Uuid(), nullable=False),
    sa.Column('organisation_id', sa.Uuid(), nullable=False),
    sa.Column('unit_id', sa.Uuid(), nullable=True),
    sa.Column('area', sa.String(length=12), nullable=False),
    sa.Column('category', sa.String(length=30), nullable=False),
    sa.Column('number', sa.String(length=60), nullable=False),
    sa.Column('issued_on', sa.Date(), nullable=False),
    sa.Column('feedback_on', sa.Date(), nullable=False),
    sa.Column('state', sa.String(length=10), nullable=False),
    sa.Column('issued_by', sa.Uuid(), nullable=True),
    sa.Column('issued_at', equipment.storage.columns.Instant(timezone=True), nullable=False),
    sa.Column('served_at', equipment.storage.columns.Instant(timezone=True), nullable=True),
    sa.Column('served_by', sa.Uuid(), nullable=True),
    sa.Column('moved_for', sa.String(length=300), server_default='', nullable=False),
    sa.Column('closed_at', equipment.storage.columns.Instant(timezone=True), nullable=True),
    sa.Column('closed_by', sa.Uuid(), nullable=True),
    sa.CheckConstraint("(state = 'closed') = (closed_at IS NOT NULL)", name=op.f('ck_opinion_closed_has_time')),
    sa.CheckConstraint('feedback_on >= issued_on', name=op.f('ck_opinion_answered_after')),
    sa.ForeignKeyConstraint(['closed_by'], ['user.id'], name=op.f('fk_opinion_closed_by')),
    sa.ForeignKeyConstraint(['issued_by'], ['user.id'], name=op.f('fk_opinion_issued_by')),
    sa.ForeignKeyConstraint(['organisation_id'], ['organisation.id'], name=op.f('fk_opinion_organisation_id')),
    sa.ForeignKeyConstraint(['served_by'], ['user.id'], name=op.f('fk_opinion_served_by')),
    sa.ForeignKeyConstraint(['unit_id'], ['organisation.id'], name=op.f('fk_opinion_unit_id')),
    sa.PrimaryKeyConstraint('equipment_id', 'id', name=op.f('pk_opinion')),
    sa.UniqueConstraint('equipment_id', 'inspection_id', name=op.f('uq_opinion_equipment_id_inspection_id')),
    info={'kind': 'equipment'}
    )
    with op.batch_alter_table('opinion', schema=None) as batch_op:
        batch_op.create_index('ix_opinion_area', ['area', 'state', 'feedback_on'], unique=False)
        batch_op.create_index('ix_opinion_body', ['organisation_id', 'state', 'feedback_on'], unique=False)
        batch_op.create_index('ix_opinion_number', ['organisation_id', 'number'], unique=False)
        batch_op.create_index('ix_opinion_unit', ['unit_id', 'state', 'feedback_on'], unique=False)

    op.create_table('opinion_item',
    sa.Column('equipment_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('organisation_id', sa.Uuid(), nullable=False),
    sa.Column('area', sa.String(length=12), nullable=False),
    sa.Column('category', sa.String(length=30), nullable=False),
    sa.Column('opinion_id', sa.Uuid(), nullable=False),
    sa.Column('item_no', sa.Integer(), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('state', sa.String(length=10), nullable=False),
    sa.Column('answer', sa.String(length=500), nullable=False),
    sa.Column('evidence_no', sa.String(length=80), nullable=False),
    sa.Column('answered_by', sa.Uuid(), nullable=True),
    sa.Column('answered_at', equipment.storage.columns.Instant(timezone=True), nullable=True),
    sa.Column('question', sa.String(length=300), nullable=False),
    sa.Column('decided_by', sa.Uuid(), nullable=True),
    sa.Column('decided_at', equipment.storage.columns.Instant(timezone=True), nullable=True),
    sa.CheckConstraint("state <> 'again' OR question <> ''", name=op.f('ck_opinion_item_asked_says_what')),
    sa.CheckConstraint("state IN ('open', 'again') OR answer <> ''", name=op.f('ck_opinion_item_answered_says_what')),
    sa.ForeignKeyConstraint(['answered_by'], ['user.id'], name=op.f('fk_opinion_item_answered_by')),
    sa.ForeignKeyConstraint(['decided_by'], ['user.id'], name=op.f('fk_opinion_item_decided_by')),
    sa.ForeignKeyConstraint(['organisation_id'], ['organisation.id'], name=op.f('fk_opinion_item_organisation_id')),
    sa.PrimaryKeyConstraint('equipment_id', 'id', name=op.f('pk_opinion_item')),
    sa.UniqueConstraint('equipment_id', 'opinion_id', 'item_no', name=op.f('uq_opinion_item_equipment_id_opinion_id_item_no')),
    info={'kind': 'equipment'}
    )
    op.create_table('report_form',
    sa.Column('organisation_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('form', sa.String(length=60), nullable=False),
    sa.Column('note', sa.String(length=120), nullable=False),
    sa.Column('set_by', sa.Uuid(), nullable=True),
    sa.Column('set_at', equipment.storage.columns.Instant(timezone=True), nullable=False),
    sa.Column('ended_by', sa.Uuid(), nullable=True),
    sa.Column('ended_at', equipment.storage.columns.Instant(timezone=True), nullable=True),
    sa.CheckConstraint("form <> ''", name=op.f('ck_report_form_says_something')),
    sa.ForeignKeyConstraint(['ended_by'], ['user.id'], name=op.f('fk_report_form_ended_by')),
    sa.ForeignKeyConstraint(['organisation_id'], ['organisation.id'], name=op.f('fk_report_form_organisation_id')),
    sa.ForeignKeyConstraint(['set_by'], ['user.id'], name=op.f('fk_report_form_set_by')),
    sa.PrimaryKeyConstraint('organisation_id', 'id', name=op.f('pk_report_form')),
    info={'kind': 'organisation'}
    )
    with op.batch_alter_table('report_form', schema=None) as batch_op:
        batch_op.create_index('ix_report_form_open', ['organisation_id', 'ended_at'], unique=False)

    op.create_table('use_mark',
    sa.Column('equipment_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('organisation_id', sa.Uuid(), nullable=False),
    sa.Column('area', sa.String(length=12), nullable=False),
    sa.Column('category', sa.String(length=30), nullable=False),
    sa.Column('inspection_id', sa.Uuid(), nullable=False),
    sa.Column('number', sa.String(length=24), nullable=False),
    sa.Column('code', sa.String(length=15), nullable=False),
    sa.Column('certificate_no', sa.String(length=60), nullable=False),
    sa.Column('next_on', sa.Date(), nullable=False),
    sa.Column('state', sa.String(length=10), nullable=False),
    sa.Column('copies', sa.Integer(), nullable=False),
    sa.Column('made_by', sa.Uuid(), nullable=True),
    sa.Column('made_at', equipment.storage.columns.Instant(timezone=True), nullable=False),
    sa.Column('reason', sa.String(length=200), nullable=False),
    sa.Column('ended_by', sa.Uuid(), nullable=True),
    sa.Column('ended_at', equipment.storage.columns.Instant(timezone=True), nullable=True),
    sa.CheckConstraint("(state = 'current') = (ended_at IS NULL)", name=op.f('ck_use_mark_ended_has_time')),
    sa.CheckConstraint("state NOT IN ('lost', 'spoilt') OR reason <> ''", name=op.f('ck_use_mark_gone_says_why')),
    sa.ForeignKeyConstraint(['ended_by'], ['user.id'], name=op.f('fk_use_mark_ended_by')),
    sa.ForeignKeyConstraint(['made_by'], ['user.id'], name=op.f('fk_use_mark_made_by')),
    sa.ForeignKeyConstraint(['organisation_id'], ['organisation.id'], name=op.f('fk_use_mark_organisation_id')),
    sa.PrimaryKeyConstraint('equipment_id', 'id', name=op.f('pk_use_mark')),
    info={'kind': 'equipment'}
    )
    with op.batch_alter_table('use_mark', schema=None) as batch_op:
        batch_op.create_index('ix_use_mark_made', ['organisation_id', 'made_at'], unique=False)
        batch_op.create_index('uq_use_mark_current', ['equipment_id'], unique=True, sqlite_where=sa.text("state = 'current'"), postgresql_where=sa.text("state = 'current'"))

    with op.batch_alter_table('application', schema=None) as batch_op:
        batch_op.add_column(sa.Column('joint_id', sa.Uuid(), nullable=True))
        batch_op.add_column(sa.Column('inspector_id', sa.Uuid(), nullable=True))
        batch_op.add_column(sa.Column('moved_for', sa.String(length=300), server_default='', nullable=False))
        batch_op.add_column(sa.Column('plan_no', sa.Integer(), server_default='0', nullable=False))
        batch_op.create_index('ix_application_joint', ['joint_id'], unique=False)
        batch_op.create_index('ix_application_planned', ['body_id', 'planned_on'], unique=False)
        batch_op.create_foreign_key(batch_op.f('fk_application_inspector_id'), 'user', ['inspector_id'], ['id'])

    with op.batch_alter_table('inspection', schema=None) as batch_op:
        batch_op.add_column(sa.Column('reported_on', sa.Date(), nullable=True))
        batch_op.create_index('ix_inspection_report_no', ['report_no'], unique=False)
        batch_op.create_index('ix_inspection_reported', ['organisation_id', 'reported_on'], unique=False)



def downgrade() -> None:
    with op.batch_alter_table('inspection', schema=None) as batch_op:
        batch_op.drop_index('ix_inspection_reported')
        batch_op.drop_index('ix_inspection_report_no')
        batch_op.drop_column('reported_on')

    with op.batch_alter_table('application', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('fk_application_inspector_id'), type_='foreignkey')
        batch_op.drop_index('ix_application_planned')
        batch_op.drop_index('ix_application_joint')
        batch_op.drop_column('plan_no')
        batch_op.drop_column('moved_for')
        batch_op.drop_column('inspector_id')
        batch_op.drop_column('joint_id')

    with op.batch_alter_table('use_mark', schema=None) as batch_op:
        batch_op.drop_index('uq_use_mark_current', sqlite_where=sa.text("state = 'current'"), postgresql_where=sa.text("state = 'current'"))
        batch_op.drop_index('ix_use_mark_made')

    op.drop_table('use_mark')
    with op.batch_alter_table('report_form', schema=None) as batch_op:
        batch_op.drop_index('ix_report_form_open')

    op.drop_table('report_form')
    op.drop_table('opinion_item')
    with op.batch_alter_table('opinion', schema=None) as batch_op:
        batch_op.drop_index('ix_opinion_unit')
        batch_op.drop_index('ix_opinion_number')
        batch_op.drop_index('ix_opinion_body')
        batch_op.drop_index('ix_opinion_area')

    op.drop_table('opinion')
    with op.batch_alter_table('joint_application', schema=None) as batch_op:
        batch_op.drop_index('ix_joint_application_to')
        batch_op.drop_index('ix_joint_application_made')

    op.drop_table('joint_application')
    with op.batch_alter_table('calendar_feed', schema=None) as batch_op:
        batch_op.drop_index('uq_calendar_feed_open', sqlite_where=sa.text('revoked_at IS NULL'), postgresql_where=sa.text('revoked_at IS NULL'))

    op.drop_table('calendar_feed')
