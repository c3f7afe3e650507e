"""A signature has a kind: the unit's own account, on site, on paper; what is disputed has a day to be decided by"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from equipment.storage.columns import Instant

revision = "0026"
down_revision = "0025"

BEFORE = (("signed_has_time", "(state = 'signed') = (signed_at IS NOT NULL)"),)
NOW = (
    ("signed_has_time", "state NOT IN ('signed', 'on_site', 'unobjected') OR signed_at IS NOT NULL"),
    ("unsigned_has_none", "state NOT IN ('open', 'unconfirmed', 'to_sign', 'expired') OR signed_at IS NULL"),
    ("signed_by_account", "state <> 'signed' OR signature_kind IN ('', 'account')"),
    ("account_is_known", "signature_kind <> 'account' OR signed_by IS NOT NULL"),
)
TEXTS = (("signature_kind", 8), ("disputed_from", 12), ("decision", 8), ("decision_reason", 300))


def upgrade() -> None:
    op.create_table(
        "visit_signature",
        sa.Column("equipment_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("visit_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("area", sa.String(length=12), nullable=False),
        sa.Column("category", sa.String(length=30), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("signer_id", sa.Uuid(), nullable=True),
        sa.Column("signer_name", sa.String(length=60), nullable=False),
        sa.Column("taken_by", sa.Uuid(), nullable=True),
        sa.Column("at", Instant(timezone=True), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("link_sha256", sa.String(length=64), nullable=False),
        sa.Column("objected_at", Instant(timezone=True), nullable=True),
        sa.CheckConstraint(
            "signer_id IS NOT NULL OR kind = 'paper'", name=op.f("ck_visit_signature_signer_chosen")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_visit_signature_organisation_id")
        ),
        sa.PrimaryKeyConstraint("equipment_id", "id", name=op.f("pk_visit_signature")),
        info={"kind": "equipment"},
    )
    op.create_index(op.f("ix_visit_signature_visit"), "visit_signature", ["equipment_id", "visit_id"])
    op.create_index(op.f("ix_visit_signature_link"), "visit_signature", ["link_sha256"])
    with op.batch_alter_table("visit") as table:
        for name, length in TEXTS:
            table.add_column(sa.Column(name, sa.String(length=length), server_default="", nullable=False))
        for name in ("signer_id", "decided_by"):
            table.add_column(sa.Column(name, sa.Uuid(), nullable=True))
        for name in ("object_until", "decide_until"):
            table.add_column(sa.Column(name, sa.Date(), nullable=True))
        table.add_column(sa.Column("decided_at", Instant(timezone=True), nullable=True))
        table.drop_constraint(op.f("ck_visit_signed_has_time"), type_="check")
        for name, text in NOW:
            table.create_check_constraint(op.f(f"ck_visit_{name}"), text)
    op.create_index(op.f("ix_visit_object_until"), "visit", ["state", "object_until"])


def downgrade() -> None:
    """What only this version knows becomes what the one before would have called it."""
    op.execute("UPDATE visit SET state = 'signed' WHERE state IN ('on_site', 'unobjected')")
    op.execute("UPDATE visit SET state = 'to_sign' WHERE state = 'decided'")
    op.execute("UPDATE visit SET signed_at = NULL WHERE state <> 'signed'")
    op.drop_index(op.f("ix_visit_object_until"), "visit")
    with op.batch_alter_table("visit") as table:
        for name, _text in NOW:
            table.drop_constraint(op.f(f"ck_visit_{name}"), type_="check")
        for name, text in BEFORE:
            table.create_check_constraint(op.f(f"ck_visit_{name}"), text)
        for name in ("decided_at", "object_until", "decide_until", "signer_id", "decided_by"):
            table.drop_column(name)
        for name, _length in TEXTS:
            table.drop_column(name)
    op.drop_table("visit_signature")
