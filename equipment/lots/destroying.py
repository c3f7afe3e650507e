"""销毁: scrapped bottles of one owner made unusable, with witness and photos. A result scraps a bottle and
voids its code; this completes it, once for ever."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import Select, exists, func, select

from equipment.core import clock
from equipment.core.days import day_in
from equipment.core.errors import Conflict, Invalid, NotAllowed, NotFound
from equipment.core.ids import NOBODY, id_in
from equipment.core.words import N_, Message
from equipment.dues.applications import AT_ONCE
from equipment.files.actions import About, StoredDocument, attach_to_many
from equipment.inspections.models import Inspection
from equipment.inspections.queries import COUNTS
from equipment.inspections.rules import Conclusion
from equipment.intake.actions import Receipts
from equipment.intake.rules import content_of
from equipment.ledger import actions as ledger
from equipment.ledger.evidence import row
from equipment.lots.actions import snapshot_of
from equipment.lots.models import Destroyed, Destruction, LotRow
from equipment.lots.queries import lot_of, rows_of
from equipment.lots.states import BenchVerdict, DestructionMethod
from equipment.people.models import Organisation
from equipment.people.rules import SYSTEM, Action, OrganisationKind, Thing, Viewer, may
from equipment.people.scope import visible, within
from equipment.register.models import Equipment, Label, Standing
from equipment.register.naming import called
from equipment.register.queries import pieces
from equipment.register.rules import EquipmentStatus
from equipment.regulation.categories import CATEGORIES
from equipment.regulation.cylinder_numbers import destruction_methods
from equipment.regulation.packs import Value
from equipment.regulation.queries import rules
from equipment.storage.columns import Sorts
from equipment.storage.db import session

DESTRUCTIONS = Receipts("destruction", "destruction_id")
FILLED = tuple(kind.key for kind in CATEGORIES if kind.filled)
CYLINDER = "cylinder"
SORTS: Sorts = {"on": (Destruction.on, Destruction.id), "number": (Destruction.number, Destruction.id)}
SINCE = (
    select(func.max(Standing.from_on))
    .where(Standing.equipment_id == Equipment.id, Standing.status == EquipmentStatus.SCRAPPED)
    .correlate(Equipment)
    .scalar_subquery()
)
WAITING_SORTS: Sorts = {"since": (SINCE, Equipment.id), "number": (Equipment.own_number, Equipment.id)}


@dataclass(frozen=True, slots=True, kw_only=True)
class DestructionDraft:
    """What is entered of a destruction."""

    on: date
    method: DestructionMethod
    witness: str
    document_no: str
    remark: str = ""


def destroy(
    key: UUID, ids: Collection[UUID], draft: DestructionDraft, photos: Sequence[StoredDocument], *, by: Viewer
) -> Destruction:
    """Record it. The same message again is the record that is there; a bottle that was destroyed already is
    named, and nothing is recorded."""
    if by.organisation_id is None or not may_destroy(by):
        raise NotAllowed(N_("The inspection body or the owner records a destruction."))
    ledger.locked_heads(
        session.connection(),
        [ledger.subject_of("destruction", key), *(ledger.subject_of("equipment", one) for one in ids)],
    )
    message = DESTRUCTIONS.received(_content(ids, draft), sender=by.organisation_id, key=key, about=key)
    if message.answer is not None:
        return destruction_of(key, by=by)
    bottles = pieces(by, ids)
    owner = _owner_of(bottles, ids, by)
    _check(draft, photos, bottles, by)
    destruction = Destruction(
        organisation_id=owner.id,
        id=key,
        number=_next_number(owner.id, draft.on),
        body_id=by.organisation_id,
        area=owner.area,
        category=CYLINDER,
        on=draft.on,
        method=draft.method,
        witness=draft.witness.strip()[:60],
        document_no=draft.document_no.strip()[:60],
        remark=draft.remark.strip()[:300],
        bottles=len(bottles),
        photos=[photo.content.sha256 for photo in photos],
        recorded_by=by.user_id,
        recorded_at=clock.now(),
    )
    session.add(destruction)
    _record_bottles(destruction, bottles, by)
    abouts = [About(one.id, one.area, one.category, "destruction", key) for one in bottles]
    for photo in photos:
        attach_to_many(abouts, photo, by=by)
    ledger.record(
        session(),
        ledger.subject_of("destruction", key),
        "destruction.recorded",
        actor=by.actor,
        payload={"destruction": key, "number": destruction.number, "bottles": len(bottles), "on": draft.on},
        rows=[destruction, message.keep(str(key))],
    )
    return destruction


def may_destroy(by: Viewer) -> bool:
    """Whether the viewer's role records destructions at all."""
    of_body = by.organisation_kind is OrganisationKind.BODY and may(by, Action.APPROVE, Thing.LOT)
    return of_body or (not by.oversees and may(by, Action.CHANGE, Thing.LOT))


def methods(on: date) -> Value:
    """What makes a scrapped bottle unusable on that day, with its citation."""
    return destruction_methods(rules(CYLINDER), on)


def destructions(viewer: Viewer, filters: Mapping[str, str]) -> Select[Destruction]:
    """Records with these filters of the address bar."""
    listed = visible(viewer, Destruction)
    if filters.get("method") in set(DestructionMethod):
        listed = listed.where(Destruction.method == filters["method"])
    if filters.get("area", "").isdecimal():
        listed = listed.where(within(Destruction.area, filters["area"]))
    since, until = day_in(filters.get("on_from", "")), day_in(filters.get("on_until", ""))
    if since:
        listed = listed.where(Destruction.on >= since)
    return listed.where(Destruction.on <= until) if until else listed


def destruction_of(key: UUID, *, by: Viewer) -> Destruction:
    """One record that the viewer may see; NotFound otherwise."""
    record = session.scalar(visible(by, Destruction).where(Destruction.id == key))
    if record is None:
        raise NotFound
    return record


def bottles_of(destruction: Destruction) -> Select[Destroyed]:
    """The bottles of a record that the viewer was given."""
    return (
        visible(SYSTEM, Destroyed)
        .where(Destroyed.destruction_id == destruction.id)
        .order_by(Destroyed.equipment_id)
    )


def waiting(viewer: Viewer, filters: Mapping[str, str]) -> Select[Equipment, date]:
    """Scrapped bottles that nobody has destroyed on record, each with the day since when it is scrapped; of
    one lot where `lot` names it."""
    listed = (
        visible(viewer, Equipment)
        .where(
            Equipment.status == EquipmentStatus.SCRAPPED,
            Equipment.category.in_(FILLED),
            ~exists().where(Destroyed.equipment_id == Equipment.id),
        )
        .add_columns(SINCE)
    )
    if filters.get("lot"):
        lot = lot_of(id_in(filters["lot"]) or NOBODY, by=viewer)
        scrapped = rows_of(lot).where(LotRow.verdict == BenchVerdict.SCRAP).order_by(None)
        listed = listed.where(Equipment.id.in_(scrapped.with_only_columns(LotRow.equipment_id)))
    if filters.get("unit"):
        listed = listed.where(Equipment.owner_id == (id_in(filters["unit"]) or NOBODY))
    if filters.get("area", "").isdecimal():
        listed = listed.where(within(Equipment.area, filters["area"]))
    return listed


def last_codes(ids: Collection[UUID]) -> dict[UUID, str]:
    """The last label of each of these pieces, void or not."""
    labels = visible(SYSTEM, Label).where(Label.equipment_id.in_(ids)).order_by(Label.issued_at, Label.code)
    return {label.equipment_id: label.code for label in session.scalars(labels) if label.equipment_id}


def _owner_of(bottles: Sequence[Equipment], ids: Collection[UUID], by: Viewer) -> Organisation:
    if not bottles or len(bottles) != len(set(ids)) or len(bottles) > AT_ONCE:
        text = N_("Choose 1 to %(most)s scrapped bottles of yours.")
        raise Invalid({"": Message(text, {"most": AT_ONCE})})
    for one in bottles:
        if by.organisation_id not in (one.owner_id, one.use_unit_id, one.inspection_body_id):
            raise NotFound
    owners = {one.owner_id or one.use_unit_id for one in bottles}
    if len(owners) > 1 or None in owners:
        raise Invalid({"": N_("One record is about the bottles of one owner.")})
    return session.get_one(Organisation, owners.pop())


def _check(
    draft: DestructionDraft, photos: Sequence[StoredDocument], bottles: Sequence[Equipment], by: Viewer
) -> None:
    """Everything that is wrong with a record, by field; bottles that cannot be destroyed are named."""
    ids = [one.id for one in bottles]
    before = visible(SYSTEM, Destroyed).where(Destroyed.equipment_id.in_(ids))
    names = {one.id: called(one) for one in bottles}
    gone = [f"{names[one.equipment_id]}（{one.on.isoformat()}）" for one in session.scalars(before)]
    if gone:
        text = N_("Destroyed on record already, and never again: %(bottles)s")
        raise Conflict({"": Message(text, {"bottles": "、".join(gone)})})
    alive = [names[one.id] for one in bottles if one.status != EquipmentStatus.SCRAPPED]
    if alive:
        text = N_("Not scrapped on file; record the result of the inspection first: %(bottles)s")
        raise Conflict({"": Message(text, {"bottles": "、".join(alive)})})
    wrong: dict[str, str | Message] = {}
    if draft.on > clock.today():
        wrong["on"] = N_("This day has not come yet.")
    elif (first := _scrapped_on(ids)) is not None and draft.on < first:
        wrong["on"] = Message(N_("One of them was scrapped on %(day)s only."), {"day": first.isoformat()})
    if str(draft.method) not in methods(draft.on).table.texts("enough"):
        wrong["method"] = N_("That is not enough: the bottle must be crushed or cut apart.")
    if not draft.witness.strip() or draft.witness.strip() == by.name:
        wrong["witness"] = N_("Enter who witnessed it: another person than who records it.")
    if not draft.document_no.strip():
        wrong["document_no"] = N_("Enter the number of the document.")
    if not photos:
        wrong["photos"] = N_("Add a photo of the destroyed bottles.")
    if wrong:
        raise Invalid(wrong)


def _scrapped_on(ids: Collection[UUID]) -> date | None:
    """The latest day on which one of these was scrapped."""
    since = visible(SYSTEM, Standing).where(
        Standing.equipment_id.in_(ids), Standing.status == EquipmentStatus.SCRAPPED
    )
    return session.scalar(since.with_only_columns(func.max(Standing.from_on)))


def _record_bottles(destruction: Destruction, bottles: Sequence[Equipment], by: Viewer) -> None:
    """A row and a line for every bottle: its code, its numbers, why it was scrapped."""
    ids = [one.id for one in bottles]
    codes, reasons = last_codes(ids), _reasons(ids)
    rows = [
        Destroyed(
            equipment_id=one.id,
            destruction_id=destruction.id,
            organisation_id=destruction.organisation_id,
            area=one.area,
            category=one.category,
            on=destruction.on,
            snapshot=snapshot_of(one),
            code=codes.get(one.id, ""),
            reason=reasons.get(one.id, "")[:300],
        )
        for one in bottles
    ]
    session.add_all(rows)
    session.flush()
    lines = [
        ledger.EventDraft(
            ledger.subject_of("equipment", one.equipment_id),
            "destroyed",
            {"destruction": destruction.id, "on": destruction.on, "method": destruction.method},
            [row(one)],
        )
        for one in rows
    ]
    ledger.append(session.connection(), lines, actor=by.actor)


def _reasons(ids: Collection[UUID]) -> dict[UUID, str]:
    """Why an inspection scrapped each of these."""
    results = visible(SYSTEM, Inspection).where(
        Inspection.equipment_id.in_(ids), Inspection.conclusion == Conclusion.SCRAP, COUNTS
    )
    return {result.equipment_id: result.remark for result in session.scalars(results.order_by(Inspection.on))}


def _content(ids: Collection[UUID], draft: DestructionDraft) -> str:
    return content_of(
        bottles=sorted(map(str, ids)),
        on=draft.on,
        method=draft.method,
        witness=draft.witness.strip(),
        document_no=draft.document_no.strip(),
        remark=draft.remark.strip(),
    )


def _next_number(organisation_id: UUID, on: date) -> str:
    """The next number of the year among the records of an owner."""
    ledger.locked_heads(session.connection(), [ledger.subject_of("organisation", organisation_id)])
    begins = f"{on.year}-"
    numbered = visible(SYSTEM, Destruction).where(
        Destruction.organisation_id == organisation_id, Destruction.number.startswith(begins)
    )
    last = session.scalar(numbered.with_only_columns(func.max(Destruction.number)))
    return f"{begins}{int(last.removeprefix(begins)) + 1 if last else 1:04}"
