"""本系统标牌 of lifts: made for lifts where none can be read, printed through the print ledger, hung by a scan at
the lift, exchanged when what stands on them is out of date."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, select

from equipment.core import clock
from equipment.core.errors import Conflict, Invalid, NotAllowed, NotFound
from equipment.core.geo import GeoPosition, distance_m, stored_degrees
from equipment.core.ids import new_id
from equipment.core.words import N_, Labelled, Message
from equipment.labels.layouts import PLATE_KEYS
from equipment.labels.models import LabelBatch
from equipment.labels.plate_facts import changed_facts, plate_facts
from equipment.ledger.actions import locked_heads, record, subject_of
from equipment.people.rules import Viewer
from equipment.people.scope import visible
from equipment.register.actions import bind_label, replace_label
from equipment.register.binding import AFTER_LIFE
from equipment.register.coordinates import point_of
from equipment.register.identifiers import void_identifier
from equipment.register.models import Equipment, Label, LiftPlate
from equipment.register.plate_conditions import PLATED, conditions_of
from equipment.register.plates import PlateRights, end_loss, numbers_on_plates, open_loss
from equipment.register.queries import resolve
from equipment.register.ring import fresh_code
from equipment.register.rules import PLATES, LabelStatus, Outcome, PlateCondition, PrintState
from equipment.storage.db import session

AT_ONCE = 200  # plates made in one transaction
MOST_PLATES = 2_000  # in one batch
NO_PLATE = N_("This is no plate that was made for a lift.")


class PlateObstacle(Labelled):
    """Why no plate of ours is made for a lift."""

    READABLE = "readable", N_("Its plate can be read: that one counts"), "grey"
    SOUND = "sound", N_("Our plate hangs there and is up to date"), "grey"
    WAITING = "made", N_("A plate is made already and not hung yet"), "amber"
    OVER = "over", N_("The life of this piece is over."), "grey"
    NO_LIFT = "no_lift", N_("This piece carries no plate"), "grey"


def obstacles(lifts: Sequence[Equipment]) -> dict[UUID, PlateObstacle]:
    """Which of these lifts get no plate of ours, and why; the others do."""
    conditions, waiting = conditions_of(lift.id for lift in lifts), waiting_plates_of(lifts)
    outdated = {plate.equipment_id for plate in outdated_plates(hung_plates_of(lifts))}
    against: dict[UUID, PlateObstacle] = {}
    for lift in lifts:
        condition = conditions.get(lift.id)
        if lift.category not in PLATED:
            against[lift.id] = PlateObstacle.NO_LIFT
        elif lift.status in AFTER_LIFE:
            against[lift.id] = PlateObstacle.OVER
        elif condition is PlateCondition.FOREIGN:
            against[lift.id] = PlateObstacle.READABLE
        elif lift.id in waiting:
            against[lift.id] = PlateObstacle.WAITING
        elif condition is PlateCondition.OURS and lift.id not in outdated:
            against[lift.id] = PlateObstacle.SOUND
    return against


def waiting_plates_of(lifts: Sequence[Equipment]) -> dict[UUID, LiftPlate]:
    """The plates that were made for these lifts and wait to be hung."""
    rows = (
        select(LiftPlate)
        .join(Label, Label.code == LiftPlate.code)
        .where(LiftPlate.equipment_id.in_([lift.id for lift in lifts]), Label.status == LabelStatus.ISSUED)
    )
    return {plate.equipment_id: plate for plate in session.scalars(rows)}


def hung_plates_of(lifts: Sequence[Equipment]) -> Sequence[LiftPlate]:
    rows = (
        select(LiftPlate)
        .join(Label, Label.code == LiftPlate.code)
        .where(LiftPlate.equipment_id.in_([lift.id for lift in lifts]), Label.status == LabelStatus.BOUND)
    )
    return session.scalars(rows).all()


def outdated_plates(plates: Sequence[LiftPlate]) -> list[LiftPlate]:
    """需换牌: those whose unit, firm, inspection month, phone ... is no more what was printed."""
    changes = changes_since(plates)
    return [plate for plate in plates if changes[plate.code]]


def changes_since(plates: Sequence[LiftPlate]) -> dict[str, dict[str, tuple[str, str]]]:
    """By code, what of a plate differs from the register: key -> (printed, now)."""
    lifts = session.scalars(
        select(Equipment).where(Equipment.id.in_({plate.equipment_id for plate in plates}))
    ).all()
    now = plate_facts(lifts, clock.today())
    return {plate.code: changed_facts(plate.facts, now[plate.equipment_id]) for plate in plates}


def new_plates(size: str, *, by: Viewer, note: str = "") -> LabelBatch:
    """An empty batch of plates of one size; the lifts come by `make_plates`, chunk by chunk."""
    if size not in PLATE_KEYS:
        raise Invalid({"size": N_("Choose the size.")})
    if by.organisation_id is None:
        raise NotAllowed
    batch = LabelBatch(
        organisation_id=by.organisation_id,
        id=new_id(),
        count=0,
        layout=size,
        note=note.strip()[:120],
        user_id=by.user_id,
        created_at=clock.now(),
    )
    session.add(batch)
    payload = {"layout": size, "organisation": by.organisation_id, "note": batch.note}
    record(session(), subject_of("label_batch", batch.id), "plates.begun", actor=by.actor, payload=payload)
    return batch


def make_plates(batch: LabelBatch, lifts: Sequence[Equipment], *, by: Viewer) -> list[LiftPlate]:
    """A plate with a fresh code for each of these lifts that may have one, reserved for it and to be printed.
    The lifts' chains are taken first: two people at once make one plate."""
    locked_heads(session.connection(), [subject_of("equipment", lift.id) for lift in lifts])
    against = obstacles(lifts)
    wanted = [lift for lift in lifts if lift.id not in against]
    last = session.scalar(select(func.max(Label.number)).where(Label.batch_id == batch.id)) or 0
    facts, plates = plate_facts(wanted, clock.today()), list[LiftPlate]()
    for number, lift in enumerate(wanted, last + 1):
        label = Label(
            code=fresh_code(),
            status=LabelStatus.ISSUED,
            organisation_id=batch.organisation_id,
            batch_id=batch.id,
            issued_at=clock.now(),
            number=number,
            print_state=PrintState.TO_PRINT,
        )
        session.add(label)
        plates.append(reserve_plate(label, lift, batch.layout, facts[lift.id], by=by))
    batch.count = last + len(wanted)
    return plates


def reserve_plate(
    label: Label, lift: Equipment, size: str, facts: Mapping[str, str], *, by: Viewer
) -> LiftPlate:
    """The code is this lift's alone from now on, and proves nothing until it is scanned there."""
    assert label.batch_id is not None
    plate = LiftPlate(
        equipment_id=lift.id,
        code=label.code,
        batch_id=label.batch_id,
        size=size,
        facts=dict(facts),
        made_at=clock.now(),
        made_by=by.user_id,
    )
    session.add(plate)
    record(
        session(),
        subject_of("equipment", lift.id),
        "plate.made",
        actor=by.actor,
        rows=[plate, label],
        payload={"code": label.code, "batch": label.batch_id, "size": size},
    )
    return plate


def remake_plates(spoilt: Sequence[Label], fresh: Sequence[Label], *, by: Viewer) -> None:
    """Of plates that came out badly: the fresh code is reserved for the same lift, with what is true
    today."""
    rows = session.scalars(select(LiftPlate).where(LiftPlate.code.in_([label.code for label in spoilt])))
    plates = {plate.code: plate for plate in rows}
    lifts = session.scalars(
        select(Equipment).where(Equipment.id.in_({plate.equipment_id for plate in plates.values()}))
    ).all()
    facts, by_id = plate_facts(lifts, clock.today()), {lift.id: lift for lift in lifts}
    for old, new in zip(spoilt, fresh, strict=True):
        if plate := plates.get(old.code):
            lift = by_id[plate.equipment_id]
            reserve_plate(new, lift, plate.size, facts[lift.id], by=by)


@dataclass(frozen=True, slots=True)
class HangingScan:
    """What a phone sends from the lift: the code as read, by what, and where it was."""

    code: str
    how: str = ""
    position: GeoPosition | None = None


def plate_scanned(code: str, by: Viewer) -> tuple[LiftPlate, Equipment]:
    """The plate that was made for a lift of this person's, and the lift; what else it is is said in words."""
    resolved = resolve(code)
    plate = (
        session.scalar(visible(by, LiftPlate).where(LiftPlate.code == resolved.code))
        if resolved.code
        else None
    )
    if plate is None:
        raise Invalid({"code": AGAINST.get(resolved.outcome, NO_PLATE)})
    lift = session.get(Equipment, plate.equipment_id)
    if lift is None:
        raise NotFound
    return plate, lift


AGAINST = {
    Outcome.FOUND: N_("This code is on a piece already: it is no plate that waits to be hung."),
    Outcome.BLANK: N_("This is a blank label, or a plate that was made for a lift that is not yours."),
    Outcome.VOID: N_("This code is void and is never used again."),
    Outcome.FORGED: N_("This looks like a label of ours, but is none."),
    Outcome.MISTYPED: N_("This looks like a label of ours with a slip: scan it, or type it again."),
}


def hang_plate(scan: HangingScan, *, by: Viewer) -> LiftPlate:
    """挂牌: scanned at the lift that it was made for, it is bound; the label or plate of ours that was there is
    replaced, and what was reported lost is settled. Sent twice it is done once."""
    plate, lift = plate_scanned(scan.code, by)
    rights = PlateRights.of(by, lift)
    if not (rights.bind or rights.propose):
        raise NotAllowed(N_("Only its unit, its maintenance firm and the bureau hang a plate at a lift."))
    locked_heads(session.connection(), [subject_of("equipment", lift.id)])
    session.refresh(lift)
    session.refresh(plate)
    label = session.get_one(Label, plate.code, populate_existing=True)
    if plate.hung_at is not None and label.status == LabelStatus.BOUND:
        return plate
    if label.status != LabelStatus.ISSUED:
        raise Conflict({"code": N_("This code is void and is never used again.")})
    if label.print_state not in (PrintState.DRAWN, PrintState.PRINTED):
        raise Conflict({"code": N_("This plate was never printed: what you scanned is no plate of ours.")})
    plate.hung_at, plate.hung_on, plate.hung_by = clock.now(), clock.today(), by.user_id
    plate.how = scan.how if scan.how in ("camera", "nfc") else ""
    _note_position(plate, scan.position)
    if lift.label_code:
        replace_label(lift.label_code, plate.code, "换挂本系统标牌", by=by)
    else:
        bind_label(plate.code, lift, by=by)
    if open_loss(lift.id) is not None:
        for former in numbers_on_plates(lift.id, PLATES):
            void_identifier(former, reason="原牌已报脱损，换挂本系统标牌", by=by)
        end_loss(lift, by=by)
    payload = {"code": plate.code, "metres": plate.distance_m}
    subject = subject_of("equipment", lift.id)
    record(session(), subject, "plate.hung", actor=by.actor, rows=[plate], payload=payload)
    return plate


def _note_position(plate: LiftPlate, here: GeoPosition | None) -> None:
    if here is None or not here.point.is_on_earth:
        return
    plate.latitude, plate.longitude = map(stored_degrees, here.point)
    plate.datum, plate.accuracy_m = here.datum, here.accuracy_m
    stands = point_of(plate.equipment_id)
    plate.distance_m = round(distance_m(here.wgs84, stands)) if stands is not None else None


def refused_words(against: Iterable[PlateObstacle]) -> list[tuple[PlateObstacle, int]]:
    """Why how many of the chosen lifts get no plate."""
    reasons = list(against)
    return [(reason, reasons.count(reason)) for reason in PlateObstacle if reason in reasons]


def too_many(number: int) -> Message | None:
    """Why a batch of so many plates is not begun."""
    if number <= MOST_PLATES:
        return None
    return Message(N_("At most %(most)s plates in one batch: narrow the list."), {"most": MOST_PLATES})
