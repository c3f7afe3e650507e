"""标签: issued in batches, bound to a piece (绑码), lost, damaged, replaced, void; a code is never used twice.
Whatever happens to one is a step of its life (标签流水), with day and person."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select

from equipment.core import clock
from equipment.core.errors import Conflict, Invalid
from equipment.core.ids import new_id
from equipment.core.words import N_
from equipment.ledger.actions import record, subject_of
from equipment.people.rules import SYSTEM, Viewer
from equipment.register import search
from equipment.register.models import Equipment, Label, LabelStep, LiftPlate
from equipment.register.queries import resolve
from equipment.register.ring import fresh_code
from equipment.register.rules import (
    STEP_OF,
    EquipmentStatus,
    LabelStatus,
    LabelStepKind,
    Outcome,
    label_problem,
)
from equipment.storage.db import Base, session

AFTER_LIFE = (EquipmentStatus.SCRAPPED, EquipmentStatus.CANCELLED)


def issue_for(equipment: Equipment, *, by: Viewer) -> Label:
    """A fresh label for a piece, bound at once: to be printed for it."""
    label = Label(
        code=fresh_code(),
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
    if label.status == LabelStatus.LOST and label.equipment_id == equipment.id:
        return report_label(label, LabelStatus.BOUND, by=by)  # the label of this piece was found again
    if label.status in (LabelStatus.BOUND, LabelStatus.LOST, LabelStatus.DAMAGED):
        raise Conflict({"code": N_("This label is on another piece already.")})
    _allow(label, LabelStatus.BOUND)
    plate = _reserved(label, equipment)
    if equipment.label_code:
        raise Conflict({"code": N_("This piece has a label already: replace that one.")})
    if (
        by is not SYSTEM
        and not by.oversees
        and plate is None
        and label.organisation_id not in (None, by.organisation_id, equipment.owner_id, equipment.use_unit_id)
    ):
        raise Conflict({"code": N_("This label was issued to another organisation.")})
    label.equipment_id, label.bound_at = equipment.id, clock.now()
    step = _become(label, LabelStatus.BOUND, equipment, by=by)
    equipment.label_code, equipment.updated_at = label.code, clock.now()
    rows: list[Base] = [equipment, label, step]
    if plate is not None and plate.hung_at is None:
        plate.hung_at, plate.hung_on, plate.hung_by = clock.now(), clock.today(), by.user_id
        rows.append(plate)
    _tell(equipment, "label.bound", rows, by, code=label.code)
    return label


def _reserved(label: Label, equipment: Equipment) -> LiftPlate | None:
    """The plate that this code was made for, which goes to its own lift and to no other."""
    plate = session.scalar(select(LiftPlate).where(LiftPlate.code == label.code))
    if plate is not None and plate.equipment_id != equipment.id:
        raise Conflict({"code": N_("This plate was made for another lift.")})
    return plate


def report_label(label: Label, status: LabelStatus, *, by: Viewer) -> Label:
    """A label that fell off, cannot be read, or was found again; the piece stays findable by it
    until it is replaced."""
    _allow(label, status)
    equipment = session.get_one(Equipment, label.equipment_id)
    step = _become(label, status, equipment, by=by)
    _tell(equipment, f"label.{status}", [label, step], by, code=label.code)
    return label


def note_printed_again(label: Label, reason: str, *, was_damaged: bool, by: Viewer) -> None:
    """The label of a piece is printed once more with the same code, since no readable copy of it exists. One
    that was on the piece and could not be read counts among the losses of the month, as if replaced."""
    equipment = session.get_one(Equipment, label.equipment_id)
    holder, steps = holder_of(equipment), list[Base]()
    if was_damaged:
        steps = [
            _step(label, LabelStepKind.DAMAGED, equipment, holder, -1, by=by, reason=reason),
            _step(label, LabelStepKind.BOUND, equipment, holder, 1, by=by, reason=reason),
        ]
    _tell(equipment, "label.printed_again", [label, *steps], by, code=label.code, reason=reason)


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
    step = _become(former, LabelStatus.REPLACED, equipment, by=by, reason=reason.strip())
    equipment.label_code = None
    fresh = bind_label(new, equipment, by=by) if new else issue_for(equipment, by=by)
    former.replaced_by = step.other_code = fresh.code
    words = {"old": former.code, "new": fresh.code, "reason": reason.strip()}
    _tell(equipment, "label.replaced", [former, step], by, **words)
    return fresh


def void_label(label: Label, *, by: Viewer, reason: str = "") -> None:
    """End a blank label for ever, because it was spoilt or lost before use."""
    _allow(label, LabelStatus.VOID)
    step = _become(label, LabelStatus.VOID, None, by=by, reason=reason)
    record(
        session(),
        subject_of("label_batch", label.batch_id or label.code),
        "label.void",
        actor=by.actor,
        rows=[label, step],
        payload={"code": label.code, **({"reason": reason} if reason else {})},
    )


def void_all(equipment: Equipment, labels: list[Label], *, by: Viewer) -> list[Label | LabelStep]:
    """End every label of a piece whose life is over; the caller ledgers these rows."""
    rows: list[Label | LabelStep] = []
    for label in labels:
        if label.status != LabelStatus.VOID:
            rows += [label, _become(label, LabelStatus.VOID, equipment, by=by)]
    equipment.label_code = None
    return rows


def take_off(label: Label, reason: str, *, by: Viewer) -> None:
    """End a bound label for ever: its code stands on two pieces, or on the wrong one. The piece waits for
    another."""
    _allow(label, LabelStatus.VOID)
    equipment = session.get_one(Equipment, label.equipment_id)
    step = _become(label, LabelStatus.VOID, equipment, by=by, reason=reason)
    equipment.label_code, equipment.updated_at = None, clock.now()
    _tell(equipment, "label.void", [equipment, label, step], by, code=label.code, reason=reason)


def holder_of(equipment: Equipment) -> UUID | None:
    """Whose label it is while it is on this piece."""
    return equipment.owner_id or equipment.use_unit_id


def moved_label(equipment: Equipment, former: UUID | None, *, by: Viewer) -> list[LabelStep]:
    """A piece changed hands with its label on it: one fewer there, one more here; the caller ledgers it."""
    label = session.get(Label, equipment.label_code) if equipment.label_code else None
    if label is None or label.status != LabelStatus.BOUND or former == holder_of(equipment):
        return []
    return [
        _step(label, LabelStepKind.MOVED, equipment, former, -1, by=by),
        _step(label, LabelStepKind.MOVED, equipment, holder_of(equipment), 1, by=by),
    ]


def _become(
    label: Label, status: LabelStatus, equipment: Equipment | None, *, by: Viewer, reason: str = ""
) -> LabelStep:
    """Change the status, and keep it as a step of the label's life."""
    kind = (
        LabelStepKind.BACK
        if label.status == LabelStatus.LOST and status == LabelStatus.BOUND
        else STEP_OF[status]
    )
    bound = (status == LabelStatus.BOUND) - (label.status == LabelStatus.BOUND)
    label.status = status
    holder = label.organisation_id if equipment is None else holder_of(equipment)
    return _step(label, kind, equipment, holder, bound, by=by, reason=reason)


def _step(
    label: Label,
    kind: LabelStepKind,
    equipment: Equipment | None,
    holder: UUID | None,
    bound: int,
    *,
    by: Viewer,
    reason: str = "",
) -> LabelStep:
    step = LabelStep(
        code=label.code,
        id=new_id(),
        kind=kind,
        at=clock.now(),
        on=clock.today(),
        organisation_id=holder,
        equipment_id=equipment.id if equipment is not None else None,
        user_id=by.user_id,
        bound=bound,
        other_code="",
        reason=reason[:200],
    )
    session.add(step)
    return step


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


def _tell(equipment: Equipment, verb: str, rows: list[Base], by: Viewer, **payload: str) -> None:
    record(session(), subject_of("equipment", equipment.id), verb, actor=by.actor, rows=rows, payload=payload)
    search.index(session.connection(), [equipment.id])
