"""The whole life of every label: its number in the batch, to whom it was handed out, what became of it, and who
else claims it"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from itertools import groupby
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from alembic import op

from equipment.core import clock
from equipment.core.ids import id_in, new_id
from equipment.storage.columns import Instant

revision = "0035"
down_revision = "0034"

KINDS = {"label.bound": "bound", "label.lost": "lost", "label.damaged": "damaged", "label.replaced": "replaced"}
AT_ONCE = 2000
STEP = sa.table(
    "label_step",
    sa.column("code", sa.String),
    sa.column("id", sa.Uuid),
    sa.column("kind", sa.String),
    sa.column("at", Instant(timezone=True)),
    sa.column("on", sa.Date),
    sa.column("organisation_id", sa.Uuid),
    sa.column("equipment_id", sa.Uuid),
    sa.column("user_id", sa.Uuid),
    sa.column("bound", sa.Integer),
    sa.column("other_code", sa.String),
    sa.column("reason", sa.String),
)
LABEL = sa.table(
    "label",
    sa.column("code", sa.String),
    sa.column("status", sa.String),
    sa.column("equipment_id", sa.Uuid),
    sa.column("organisation_id", sa.Uuid),
    sa.column("bound_at", Instant(timezone=True)),
)
PIECE = sa.table(
    "equipment",
    sa.column("id", sa.Uuid),
    sa.column("owner_id", sa.Uuid),
    sa.column("use_unit_id", sa.Uuid),
    sa.column("updated_at", Instant(timezone=True)),
)
EVENT = sa.table(
    "event",
    sa.column("subject", sa.String),
    sa.column("seq", sa.Integer),
    sa.column("at", Instant(timezone=True)),
    sa.column("actor", sa.String),
    sa.column("verb", sa.String),
    sa.column("payload", sa.Text),
)
USER = sa.table("user", sa.column("id", sa.Uuid))


def upgrade() -> None:
    op.add_column("label", sa.Column("number", sa.Integer(), nullable=True))
    op.add_column("label", sa.Column("handout_id", sa.Uuid(), nullable=True))
    op.execute(
        "UPDATE label SET number = numbered.place FROM (SELECT code, row_number() OVER "
        "(PARTITION BY batch_id ORDER BY code) AS place FROM label WHERE batch_id IS NOT NULL) AS numbered "
        "WHERE numbered.code = label.code"
    )
    op.drop_index("ix_label_batch", table_name="label")
    op.create_index("ix_label_batch", "label", ["batch_id", "number"])
    op.create_table(
        "label_step",
        sa.Column("code", sa.String(length=15), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("at", Instant(timezone=True), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=True),
        sa.Column("equipment_id", sa.Uuid(), nullable=True),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("bound", sa.Integer(), nullable=False),
        sa.Column("other_code", sa.String(length=15), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        *_keys("label_step", "organisation", "organisation_id"),
        *_keys("label_step", "user", "user_id"),
        sa.PrimaryKeyConstraint("code", "id", name=op.f("pk_label_step")),
        info={"kind": "keyed"},
    )
    op.create_index("ix_label_step_organisation", "label_step", ["organisation_id", "on", "kind", "bound"])
    op.create_index("ix_label_step_equipment", "label_step", ["equipment_id"])
    _handouts()
    _claims()
    _steps_so_far(op.get_bind())


def _keys(table: str, target: str, *names: str) -> Iterator[sa.ForeignKeyConstraint]:
    for name in names:
        yield sa.ForeignKeyConstraint([name], [f"{target}.id"], name=op.f(f"fk_{table}_{name}"))


def _handouts() -> None:
    op.create_table(
        "label_handout",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("batch_id", sa.Uuid(), nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in ("first_no", "last_no", "labels")),
        sa.Column("to_organisation_id", sa.Uuid(), nullable=False),
        sa.Column("to_user_id", sa.Uuid(), nullable=True),
        sa.Column("post", sa.String(length=60), nullable=False),
        sa.Column("receipt_no", sa.String(length=20), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("at", Instant(timezone=True), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("received_by", sa.Uuid(), nullable=True),
        sa.Column("received_at", Instant(timezone=True), nullable=True),
        sa.Column("returned_labels", sa.Integer(), nullable=False),
        sa.Column("returned_by", sa.Uuid(), nullable=True),
        sa.Column("returned_at", Instant(timezone=True), nullable=True),
        sa.CheckConstraint(
            "first_no >= 1 AND last_no >= first_no AND labels >= 1", name=op.f("ck_label_handout_numbers")
        ),
        *_keys("label_handout", "organisation", "organisation_id", "to_organisation_id"),
        *_keys("label_handout", "user", "to_user_id", "user_id", "received_by", "returned_by"),
        sa.PrimaryKeyConstraint("organisation_id", "id", name=op.f("pk_label_handout")),
        info={"kind": "organisation"},
    )
    op.create_index("ix_label_handout_batch", "label_handout", ["batch_id", "first_no"])


def _claims() -> None:
    is_open = sa.text("state = 'open'")
    op.create_table(
        "label_claim",
        sa.Column("equipment_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(length=15), nullable=False),
        sa.Column("claimed_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("at", Instant(timezone=True), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", Instant(timezone=True), nullable=True),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.CheckConstraint(
            "(state = 'open') = (decided_at IS NULL)", name=op.f("ck_label_claim_decided")
        ),
        *_keys("label_claim", "organisation", "organisation_id"),
        *_keys("label_claim", "user", "user_id", "decided_by"),
        sa.PrimaryKeyConstraint("equipment_id", "id", name=op.f("pk_label_claim")),
        info={"kind": "equipment"},
    )
    op.create_index("ix_label_claim_code", "label_claim", ["code"])
    op.create_index(
        "uq_label_claim_open",
        "label_claim",
        ["equipment_id", "code", "claimed_id"],
        unique=True,
        sqlite_where=is_open,
        postgresql_where=is_open,
    )


def _steps_so_far(connection: sa.Connection) -> None:
    """The life of every label so far, from what the ledger says of pieces; what it does not say (labels that
    came with an import or a demonstration), from the label itself, without a person."""
    for part in _parts(_from_events(connection)):
        connection.execute(sa.insert(STEP), part)
    for part in _parts(_without_events(connection)):
        connection.execute(sa.insert(STEP), part)


def _parts(steps: Iterator[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    part: list[dict[str, Any]] = []
    for step in steps:
        part.append(step)
        if len(part) == AT_ONCE:
            yield part
            part = []
    if part:
        yield part


def _from_events(connection: sa.Connection) -> Iterator[dict[str, Any]]:
    people = set(connection.scalars(sa.select(USER.c.id)))
    events = sa.select(EVENT).where(EVENT.c.verb.in_([*KINDS, "status"])).order_by(EVENT.c.subject, EVENT.c.seq)
    rows = connection.execute(events.where(EVENT.c.subject.startswith("equipment:"))).all()
    for subject, lines in groupby(rows, key=lambda event: event.subject):
        key = UUID(subject.partition(":")[2])
        piece = connection.execute(sa.select(PIECE).where(PIECE.c.id == key)).one_or_none()
        now: dict[str, str] = {}
        for event in lines:
            payload = json.loads(event.payload)
            who = id_in(event.actor.removeprefix("user:"))
            for code, kind in _happened(event.verb, payload, now):
                yield _step(
                    code,
                    kind if kind != "bound" or now.get(code) != "lost" else "back",
                    event.at,
                    piece,
                    (kind == "bound") - (now.get(code) == "bound"),
                    user_id=who if who in people else None,
                    other_code=payload.get("new", "") if kind == "replaced" else "",
                    reason=str(payload.get("reason") or "")[:200],
                )
                now[code] = kind


def _happened(verb: str, payload: dict[str, Any], now: dict[str, str]) -> list[tuple[str, str]]:
    """(code, kind) of what one line of a piece says of its labels."""
    if verb == "status":
        ends = payload.get("to") in ("scrapped", "cancelled")
        return [(code, "void") for code, kind in now.items() if kind != "void"] if ends else []
    return [(payload["old" if verb == "label.replaced" else "code"], KINDS[verb])]


def _without_events(connection: sa.Connection) -> Iterator[dict[str, Any]]:
    told = sa.select(STEP.c.code).where(STEP.c.code == LABEL.c.code, STEP.c.kind == "bound")
    bare = sa.select(LABEL, PIECE.c.owner_id, PIECE.c.use_unit_id, PIECE.c.updated_at, PIECE.c.id).where(
        PIECE.c.id == LABEL.c.equipment_id, LABEL.c.bound_at.is_not(None), ~told.exists()
    )
    for label in connection.execute(bare.order_by(LABEL.c.code)).all():
        yield _step(label.code, "bound", label.bound_at, label, 1)
        if label.status in ("lost", "damaged", "replaced", "void"):
            yield _step(label.code, label.status, max(label.updated_at, label.bound_at), label, -1)


def _step(code: str, kind: str, at: datetime, piece: Any, bound: int, **more: object) -> dict[str, Any]:
    usual = {"user_id": None, "other_code": "", "reason": ""}
    return {
        "code": code,
        "id": new_id(),
        "kind": kind,
        "at": at,
        "on": clock.site_day(at),
        "organisation_id": (piece.owner_id or piece.use_unit_id) if piece else None,
        "equipment_id": piece.id if piece else None,
        "bound": bound,
        **usual,
        **more,
    }


def downgrade() -> None:
    op.drop_table("label_claim")
    op.drop_table("label_handout")
    op.drop_table("label_step")
    op.drop_index("ix_label_batch", table_name="label")
    op.drop_column("label", "handout_id")
    op.drop_column("label", "number")
    op.create_index("ix_label_batch", "label", ["batch_id"])
