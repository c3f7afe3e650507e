"""Labels are issued in batches to an organisation; a code is never used twice."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import func, insert, select

from equipment.core import clock
from equipment.core.errors import Invalid
from equipment.core.ids import new_id
from equipment.core.words import N_, Message
from equipment.labels.models import LabelBatch
from equipment.ledger.actions import EventDraft, append, record, subject_of
from equipment.ledger.evidence import row_values
from equipment.people.rules import Viewer
from equipment.register.models import Label
from equipment.register.ring import fresh_code
from equipment.register.rules import LabelStatus, PrintState
from equipment.storage.db import session

CHUNK = 200  # labels issued in one transaction: the writer is not held longer
LARGEST_BATCH = 20_000
LONGEST_NOTE = 120


def new_batch(
    count: int, organisation_id: UUID, *, by: Viewer, layout: str = "a4-24", note: str = ""
) -> LabelBatch:
    """An empty batch; its codes are issued by `fill_batch`, chunk by chunk."""
    if not 0 < count <= LARGEST_BATCH:
        raise Invalid({"count": Message(N_("Between 1 and %(most)s labels"), {"most": LARGEST_BATCH})})
    batch = LabelBatch(
        organisation_id=organisation_id,
        id=new_id(),
        count=count,
        layout=layout,
        note=note.strip()[:LONGEST_NOTE],
        user_id=by.user_id,
        created_at=clock.now(),
    )
    session.add(batch)
    record(
        session(),
        subject_of("label_batch", batch.id),
        "issued",
        actor=by.actor,
        payload={"count": count, "organisation": organisation_id, "layout": layout, "note": batch.note},
    )
    return batch


def fill_batch(batch: LabelBatch, count: int, *, by: Viewer) -> list[str]:
    """Issue so many blank codes for a batch, numbered on."""
    at = clock.now()
    codes = [fresh_code() for _ in range(count)]
    last = session.scalar(select(func.max(Label.number)).where(Label.batch_id == batch.id)) or 0
    rows = [
        {
            "code": code,
            "status": LabelStatus.ISSUED,
            "equipment_id": None,
            "organisation_id": batch.organisation_id,
            "batch_id": batch.id,
            "issued_at": at,
            "bound_at": None,
            "replaced_by": None,
            "number": last + place,
            "handout_id": None,
            "print_state": PrintState.TO_PRINT,
            "print_id": None,
        }
        for place, code in enumerate(codes, 1)
    ]
    connection = session.connection()
    connection.execute(insert(Label), rows)
    append(
        connection,
        [
            EventDraft(
                subject_of("label_batch", batch.id),
                "labels.issued",
                {"codes": codes, "first": last + 1},
                [row_values(Label, row) for row in rows],
            )
        ],
        actor=by.actor,
    )
    return codes


def issue_labels(
    count: int, organisation_id: UUID, *, by: Viewer, layout: str = "a4-24", note: str = ""
) -> LabelBatch:
    """Issue blank labels to an organisation, all in the caller's transaction."""
    batch = new_batch(count, organisation_id, by=by, layout=layout, note=note)
    session.flush()
    for done in range(0, count, CHUNK):
        fill_batch(batch, min(CHUNK, count - done), by=by)
    return batch
