"""标签: issued in batches, bound to a piece (绑码), lost, damaged, replaced, void; a code is never used twice."""

from __future__ import annotations

from equipment.core import clock
from equipment.core.errors import Conflict, Invalid
from equipment.core.words import N_
from equipment.ledger.actions import record, subject_of
from equipment.people.rules import SYSTEM, Viewer
from equipment.register import search
from equipment.register.codes import make_code
from equipment.register.models import Equipment, Label
from equipment.register.queries import resolve
from equipment.register.ring import keys
from equipment.register.rules import EquipmentStatus, LabelStatus, Outcome, label_problem
from equipment.storage.db import session

AFTER_LIFE = (EquipmentStatus.SCRAPPED, EquipmentStatus.CANCELLED)


def issue_for(equipment: Equipment, *, by: Viewer) -> Label:
    """A fresh label for a piece, bound at once: to be printed for it."""
    label = Label(
        code=make_code(keys()),
        status=LabelStatus.ISSUED,
        organisation_id=equipment.owner_id or equipment.use_unit_id,
        issued_at=clock.now(),
    )
    session.add(label)
    session.flush()
    return bind_label(label.code, equipment, by=by)


def bind_label(code: str, equipment: Equipment, *, by: Viewer) -> Label:
    """绑码: put a blank label on a piece. The same label on the same piece again changes nothing."""
    label = _label(code)
    if label.equipment_id == equipment.id and label.status == LabelStatus.BOUND:
        return label
    if equipment.status in AFTER_LIFE:
        raise Conflict({"code": N_("A scrapped piece gets no label.")})
    if label.status == LabelStatus.BOUND:
        raise Conflict({"code": N_("This label is on another piece already.")})
    _allow(label, LabelStatus.BOUND)
    if equipment.label_code:
        raise Conflict({"code": N_("This piece has a label already: replace that one.")})
    if (
        by is not SYSTEM
        and not by.oversees
        and label.organisation_id not in (None, by.organisation_id, equipment.owner_id, equipment.use_unit_id)
    ):
        raise Conflict({"code": N_("This label was issued to another organisation.")})
    label.status, label.equipment_id, label.bound_at = LabelStatus.BOUND, equipment.id, clock.now()
    equipment.label_code, equipment.updated_at = label.code, clock.now()
    _tell(equipment, "label.bound", [equipment, label], by, code=label.code)
    return label


def report_label(label: Label, status: LabelStatus, *, by: Viewer) -> Label:
    """A label that fell off, cannot be read, or was found again; the piece stays findable by it
    until it is replaced."""
    _allow(label, status)
    label.status = status
    equipment = session.get_one(Equipment, label.equipment_id)
    _tell(equipment, f"label.{status}", [label], by, code=label.code)
    return label


def replace_label(old: str, new: str, reason: str, *, by: Viewer) -> Label:
    """A new label in place of a lost or damaged one, which is void from now on. `new` may be "" for
    a freshly made code."""
    if not reason.strip():
        raise Invalid({"reason": N_("Say why.")})
    former = _label(old)
    _allow(former, LabelStatus.REPLACED)
    if resolve(new).code == former.code:
        raise Conflict({"new": N_("This is the label that is to be replaced.")})
    equipment = session.get_one(Equipment, former.equipment_id)
    former.status, equipment.label_code = LabelStatus.REPLACED, None
    fresh = bind_label(new, equipment, by=by) if new else issue_for(equipment, by=by)
    former.replaced_by = fresh.code
    _tell(equipment, "label.replaced", [former], by, old=former.code, new=fresh.code, reason=reason.strip())
    return fresh


def void_label(label: Label, *, by: Viewer) -> None:
    """End a blank label for ever, because it was spoilt or lost before use."""
    _allow(label, LabelStatus.VOID)
    label.status = LabelStatus.VOID
    record(
        session(),
        subject_of("label_batch", label.batch_id or label.code),
        "label.void",
        actor=by.actor,
        rows=[label],
        payload={"code": label.code},
    )


def void_all(equipment: Equipment, labels: list[Label]) -> list[Label]:
    """End every label of a piece whose life is over; the caller ledgers it."""
    ended = [label for label in labels if label.status != LabelStatus.VOID]
    for label in ended:
        label.status = LabelStatus.VOID
    equipment.label_code = None
    return ended


def _label(code: str) -> Label:
    resolved = resolve(code)
    label = session.get(Label, resolved.code) if resolved.label_status is not None else None
    if label is None:
        raise Conflict(
            {
                "code": N_("Several pieces carry this number")
                if resolved.outcome == Outcome.AMBIGUOUS
                else N_("This is not one of our labels.")
            }
        )
    return label


def _allow(label: Label, status: LabelStatus) -> None:
    problem = label_problem(LabelStatus(label.status), status)
    if problem is not None:
        raise Conflict({"code": problem})


def _tell(equipment: Equipment, verb: str, rows: list[Equipment | Label], by: Viewer, **payload: str) -> None:
    record(session(), subject_of("equipment", equipment.id), verb, actor=by.actor, rows=rows, payload=payload)
    search.index(session.connection(), [equipment.id])
