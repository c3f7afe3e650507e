"""Scales, gauges and meters of any unit as instruments: what stood on file of a station's scales stays as it was."""
from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy import Text  # Alembic writes JSONB(astext_type=Text())

import equipment.storage.columns

revision = '0071'
down_revision = '0070'


def upgrade() -> None:
    op.create_table('verification_list_row',
    sa.Column('organisation_id', sa.Uuid(), nullable=False),
    sa.Column('list_id', sa.Uuid(), nullable=False),
    sa.Column('row_no', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('area', sa.String(length=12), nullable=False),
    sa.Column('instrument_id', sa.Uuid(), nullable=False),
    sa.Column('unit_id', sa.Uuid(), nullable=False),
    sa.Column('due_on', sa.Date(), nullable=True),
    sa.Column('verification_id', sa.Uuid(), nullable=True),
    sa.ForeignKeyConstraint(['organisation_id'], ['organisation.id'], name=op.f('fk_verification_list_row_organisation_id')),
    sa.ForeignKeyConstraint(['unit_id'], ['organisation.id'], name=op.f('fk_verification_list_row_unit_id')),
    sa.PrimaryKeyConstraint('organisation_id', 'list_id', 'row_no', name=op.f('pk_verification_list_row')),
    info={'kind': 'organisation'}
    )
    with op.batch_alter_table('verification_list_row', schema=None) as batch_op:
        batch_op.create_index('ix_verification_list_row_instrument', ['instrument_id'], unique=False)

    op.create_table('instrument_check',
    sa.Column('organisation_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('instrument_id', sa.Uuid(), nullable=False),
    sa.Column('result', sa.String(length=8), nullable=False),
    sa.Column('checked_on', sa.Date(), nullable=False),
    sa.Column('checker', sa.String(length=60), nullable=False),
    sa.Column('note', sa.String(length=300), nullable=False),
    sa.Column('sha256', sa.String(length=64), nullable=True),
    sa.Column('file_name', sa.String(length=200), nullable=False),
    sa.Column('media_type', sa.String(length=80), nullable=False),
    sa.Column('entered_by', sa.Uuid(), nullable=True),
    sa.Column('entered_at', equipment.storage.columns.Instant(timezone=True), nullable=False),
    sa.CheckConstraint("result = 'good' OR note <> ''", name=op.f('ck_instrument_check_bad_has_words')),
    sa.ForeignKeyConstraint(['entered_by'], ['user.id'], name=op.f('fk_instrument_check_entered_by')),
    sa.ForeignKeyConstraint(['organisation_id'], ['organisation.id'], name=op.f('fk_instrument_check_organisation_id')),
    sa.PrimaryKeyConstraint('organisation_id', 'id', name=op.f('pk_instrument_check')),
    info={'kind': 'organisation'}
    )
    with op.batch_alter_table('instrument_check', schema=None) as batch_op:
        batch_op.create_index('ix_instrument_check_of', ['instrument_id', 'checked_on'], unique=False)

    op.create_table('instrument_verification',
    sa.Column('organisation_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('instrument_id', sa.Uuid(), nullable=False),
    sa.Column('result', sa.String(length=8), nullable=False),
    sa.Column('body', sa.String(length=100), nullable=False),
    sa.Column('number', sa.String(length=60), nullable=False),
    sa.Column('verified_on', sa.Date(), nullable=False),
    sa.Column('valid_until', sa.Date(), nullable=True),
    sa.Column('note', sa.String(length=300), nullable=False),
    sa.Column('sha256', sa.String(length=64), nullable=True),
    sa.Column('file_name', sa.String(length=200), nullable=False),
    sa.Column('media_type', sa.String(length=80), nullable=False),
    sa.Column('entered_by', sa.Uuid(), nullable=True),
    sa.Column('entered_at', equipment.storage.columns.Instant(timezone=True), nullable=False),
    sa.Column('voided_at', equipment.storage.columns.Instant(timezone=True), nullable=True),
    sa.Column('voided_by', sa.Uuid(), nullable=True),
    sa.Column('void_reason', sa.String(length=300), nullable=False),
    sa.CheckConstraint("(result = 'passed') = (valid_until IS NOT NULL)", name=op.f('ck_instrument_verification_passed_has_last_day')),
    sa.CheckConstraint("(void_reason = '') = (voided_at IS NULL)", name=op.f('ck_instrument_verification_void_has_reason')),
    sa.CheckConstraint('valid_until IS NULL OR valid_until >= verified_on', name=op.f('ck_instrument_verification_days')),
    sa.ForeignKeyConstraint(['entered_by'], ['user.id'], name=op.f('fk_instrument_verification_entered_by')),
    sa.ForeignKeyConstraint(['organisation_id'], ['organisation.id'], name=op.f('fk_instrument_verification_organisation_id')),
    sa.ForeignKeyConstraint(['voided_by'], ['user.id'], name=op.f('fk_instrument_verification_voided_by')),
    sa.PrimaryKeyConstraint('organisation_id', 'id', name=op.f('pk_instrument_verification')),
    info={'kind': 'organisation'}
    )
    with op.batch_alter_table('instrument_verification', schema=None) as batch_op:
        batch_op.create_index('ix_instrument_verification_of', ['instrument_id', 'verified_on'], unique=False)
        batch_op.create_index('uq_instrument_verification_number', ['instrument_id', 'number'], unique=True, sqlite_where=sa.text('voided_at IS NULL'), postgresql_where=sa.text('voided_at IS NULL'))

    op.create_table('verification_list',
    sa.Column('organisation_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('area', sa.String(length=12), nullable=False),
    sa.Column('number', sa.String(length=30), nullable=False),
    sa.Column('title', sa.String(length=160), nullable=False),
    sa.Column('body', sa.String(length=100), nullable=False),
    sa.Column('due_until', sa.Date(), nullable=False),
    sa.Column('drawn_by', sa.Uuid(), nullable=True),
    sa.Column('drawn_at', equipment.storage.columns.Instant(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['drawn_by'], ['user.id'], name=op.f('fk_verification_list_drawn_by')),
    sa.ForeignKeyConstraint(['organisation_id'], ['organisation.id'], name=op.f('fk_verification_list_organisation_id')),
    sa.PrimaryKeyConstraint('organisation_id', 'id', name=op.f('pk_verification_list')),
    sa.UniqueConstraint('number', name=op.f('uq_verification_list_number')),
    info={'kind': 'organisation'}
    )
    with op.batch_alter_table('verification_list', schema=None) as batch_op:
        batch_op.create_index('ix_verification_list_area', ['area'], unique=False)

    with op.batch_alter_table('instrument', schema=None) as batch_op:
        for name, length in (('maker', 100), ('model', 60), ('measures', 60), ('accuracy', 40), ('place', 100), ('stop_reason', 200)):
            batch_op.add_column(sa.Column(name, sa.String(length=length), nullable=False, server_default=''))
        batch_op.add_column(sa.Column('equipment_id', sa.Uuid(), nullable=True))
        batch_op.add_column(sa.Column('statutory', sa.Boolean(), nullable=False, server_default=sa.true()))
        batch_op.add_column(sa.Column('failed', sa.Boolean(), nullable=False, server_default=sa.false()))
        for name in ('stopped_on', 'scrapped_on', 'verified_on', 'checked_on', 'check_due_on', 'known_on', 'stated_until'):
            batch_op.add_column(sa.Column(name, sa.Date(), nullable=True))
        batch_op.alter_column('verified_until', existing_type=sa.DATE(), nullable=True)
    # what is known of them begins with today; the day that stood on file stays beside later certificates
    instrument = sa.table(
        'instrument', *(sa.column(name) for name in ('verified_until', 'stated_until', 'known_on', 'stopped_on', 'active'))
    )
    op.execute(instrument.update().values(stated_until=instrument.c.verified_until, known_on=sa.func.current_date()))
    op.execute(instrument.update().where(instrument.c.active == sa.false()).values(stopped_on=sa.func.current_date()))
    with op.batch_alter_table('instrument', schema=None) as batch_op:
        batch_op.alter_column('known_on', existing_type=sa.DATE(), nullable=False)
        batch_op.create_check_constraint(op.f('ck_instrument_scrapped_is_out_of_use'), 'scrapped_on IS NULL OR active IS FALSE')
        batch_op.create_check_constraint(op.f('ck_instrument_failed_is_out_of_use'), 'failed IS FALSE OR active IS FALSE')
        batch_op.create_check_constraint(op.f('ck_instrument_in_use_is_not_stopped'), 'active IS FALSE OR stopped_on IS NULL')
        batch_op.create_index('ix_instrument_check', ['check_due_on'], unique=False)
        batch_op.create_index('ix_instrument_piece', ['equipment_id'], unique=False)
        batch_op.create_index('ix_instrument_verified', ['verified_until'], unique=False)
    # reminders of their days come from the instruments themselves from now on
    paper_due = sa.table('paper_due', sa.column('kind'), sa.column('state'))
    op.execute(
        paper_due.update().where(paper_due.c.kind == 'instrument', paper_due.c.state == 'open').values(state='superseded')
    )


def downgrade() -> None:
    instrument = sa.table('instrument', sa.column('verified_until'), sa.column('known_on'))
    op.execute(
        instrument.update().where(instrument.c.verified_until.is_(None)).values(verified_until=instrument.c.known_on)
    )
    with op.batch_alter_table('instrument', schema=None) as batch_op:
        batch_op.drop_index('ix_instrument_verified')
        batch_op.drop_index('ix_instrument_piece')
        batch_op.drop_index('ix_instrument_check')
        for name in ('scrapped_is_out_of_use', 'failed_is_out_of_use', 'in_use_is_not_stopped'):
            batch_op.drop_constraint(op.f(f'ck_instrument_{name}'), type_='check')
        batch_op.alter_column('verified_until',
               existing_type=sa.DATE(),
               nullable=False)
        batch_op.drop_column('stated_until')
        batch_op.drop_column('known_on')
        batch_op.drop_column('check_due_on')
        batch_op.drop_column('checked_on')
        batch_op.drop_column('verified_on')
        batch_op.drop_column('scrapped_on')
        batch_op.drop_column('stopped_on')
        batch_op.drop_column('stop_reason')
        batch_op.drop_column('failed')
        batch_op.drop_column('statutory')
        batch_op.drop_column('equipment_id')
        batch_op.drop_column('place')
        batch_op.drop_column('accuracy')
        batch_op.drop_column('measures')
        batch_op.drop_column('model')
        batch_op.drop_column('maker')

    with op.batch_alter_table('verification_list', schema=None) as batch_op:
        batch_op.drop_index('ix_verification_list_area')

    op.drop_table('verification_list')
    with op.batch_alter_table('instrument_verification', schema=None) as batch_op:
        batch_op.drop_index('uq_instrument_verification_number', sqlite_where=sa.text('voided_at IS NULL'), postgresql_where=sa.text('voided_at IS NULL'))
        batch_op.drop_index('ix_instrument_verification_of')

    op.drop_table('instrument_verification')
    with op.batch_alter_table('instrument_check', schema=None) as batch_op:
        batch_op.drop_index('ix_instrument_check_of')

    op.drop_table('instrument_check')
    with op.batch_alter_table('verification_list_row', schema=None) as batch_op:
        batch_op.drop_index('ix_verification_list_row_instrument')

    op.drop_table('verification_list_row')
