"""A firm's own numbers: each stands for one record of ours, and the same number with other words is a
conflict that names the fields."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from uuid import UUID, uuid5

from equipment.core import clock
from equipment.core.errors import NotAllowed, NotFound
from equipment.core.words import N_
from equipment.intake.models import Receipt
from equipment.ledger import actions as ledger
from equipment.people.rules import SYSTEM, Action, Role, Thing, Viewer, may
from equipment.people.scope import visible
from equipment.storage.db import session
from equipment.uploads.models import UploadedRecord
from equipment.uploads.states import UploadKind

ANSWERING = N_(
    "Nobody answers for what this system sends: name a manager of your firm for it (organisation, devices)."
)


def firm_of(by: Viewer) -> UUID:
    """The firm whose system asks. Somebody who manages it answers for what the system says."""
    if (
        by.organisation_id is None
        or not may(by, Action.APPROVE, Thing.VISIT)
        or Role.FIRM_MANAGER not in by.roles
    ):
        raise NotAllowed(ANSWERING)
    return by.organisation_id


def key_of(firm_id: UUID, kind: UploadKind, record_id: str) -> UUID:
    """The id that a firm's own number makes: the same number is the same record, whoever sends it again."""
    return uuid5(firm_id, f"{kind}/{record_id}")


def recorded(firm_id: UUID, kind: UploadKind, record_id: str) -> UploadedRecord | None:
    """What is on record under this number of the firm."""
    rows = visible(SYSTEM, UploadedRecord).where(
        UploadedRecord.organisation_id == firm_id,
        UploadedRecord.kind == kind,
        UploadedRecord.record_id == record_id,
    )
    return session.scalar(rows)


def target_of(by: Viewer, kind: UploadKind, record_id: str) -> UploadedRecord:
    """The same, NotFound where the firm has sent nothing under this number."""
    row = recorded(firm_of(by), kind, record_id)
    if row is None:
        raise NotFound
    return row


def numbers_of(kind: UploadKind, targets: Iterable[UUID]) -> Mapping[UUID, str]:
    """By record of ours, the number that its firm's own system knows it under."""
    rows = visible(SYSTEM, UploadedRecord).where(
        UploadedRecord.kind == kind, UploadedRecord.target_id.in_(set(targets))
    )
    return {row.target_id: row.record_id for row in session.scalars(rows)}


def visit_numbers(visits: Collection[UUID]) -> Mapping[UUID, str]:
    """The same of visits, for whoever lies to the left."""
    return numbers_of(UploadKind.VISIT, visits)


def put_on_record(
    firm_id: UUID,
    kind: UploadKind,
    record_id: str,
    target_id: UUID,
    receipt: Receipt,
    *,
    by: Viewer,
    equipment_id: UUID | None = None,
) -> UploadedRecord:
    """The number stands for this record from now on: one line of the chain that the record is told in, with
    the receipt of its message."""
    row = UploadedRecord(
        organisation_id=firm_id,
        kind=kind,
        record_id=record_id,
        target_id=target_id,
        equipment_id=equipment_id,
        device_id=by.device_id,
        received_at=clock.now(),
    )
    session.add(row)
    about = (
        ledger.subject_of("equipment", equipment_id)
        if equipment_id
        else ledger.subject_of("organisation", firm_id)
    )
    payload = {"kind": kind, "number": record_id, "record": target_id}
    ledger.record(session(), about, "upload.numbered", actor=by.actor, payload=payload, rows=[row, receipt])
    return row
