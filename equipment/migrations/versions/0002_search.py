"""Full-text search over the register, written by hand: its shape differs between the engines"""
from __future__ import annotations

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("CREATE TABLE equipment_text (equipment_id UUID PRIMARY KEY, words TSVECTOR NOT NULL)")
        op.execute("CREATE INDEX ix_equipment_text_words ON equipment_text USING GIN (words)")
        return
    op.execute("CREATE VIRTUAL TABLE equipment_text USING fts5(equipment_id UNINDEXED, words, "
               "tokenize = 'unicode61 remove_diacritics 0', detail = 'none')")


def downgrade() -> None:
    op.execute("DROP TABLE equipment_text")
