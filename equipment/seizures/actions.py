"""Seizures are decided, served, prolonged, and their goods released, handed over or disposed of; each
step has its line in the chain of the decision. A registered piece is locked while it is held."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import func

from equipment.core import clock
from equipment.core.errors import Conflict, Invalid, NotAllowed
from equipment.core.ids import new_id
from equipment.core.words import N_, Message
from equipment.files import store
from equipment.files.actions import StoredDocument
from equipment.ledger import actions as ledger
from equipment.orders.actions import NO_OFFICE, area_of, is_within
from equipment.orders.models import InspectorOfOrder
from equipment.orders.queries import issuer_for
from equipment.people.models import Organisation
from equipment.people.rules import SYSTEM, Action, OrganisationKind, Thing, Viewer, may
from equipment.people.scope import visible
from equipment.register.actions import change_status
from equipment.register.models import Equipment
from equipment.register.rules import EQUIPMENT_CHANGES, EquipmentStatus
from equipment.regulation.seizure_numbers import officers_needed
from equipment.regulation.supervision_numbers import OTHER_RULE, broken_rules
from equipment.seizures.models import SeizedGoods, Seizure, SeizureExtension
from equipment.seizures.queries import goods_of
from equipment.seizures.rules import (
    GOODS_CHANGES,
    GoodsState,
    SeizureKind,
    SeizureService,
    SeizureState,
    officers_problem,
    receipt_problem,
    seizure_number,
    seizure_state,
)
from equipment.storage.db import Base, session

MOST_GOODS = 60
NOT_NOW = N_("This step is not possible now: look at where the seizure stands.")
BACK_TO = (EquipmentStatus.IN_USE, EquipmentStatus.STOPPED)


@dataclass(frozen=True, slots=True, kw_only=True)
class GoodsDraft:
    """One line of the goods list as it is written."""

    name: str
    quantity: int | None
    spec: str = ""
    unit: str = ""
    condition: str = ""
    place: str = ""
    piece: Equipment | None = None
    photo: StoredDocument | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SeizureDraft:
    """What is written of a decision; `rule` is a code of the pack, `rule_text` is needed for another rule."""

    unit: Organisation
    kind: SeizureKind
    reason: str
    rule: str
    goods: Sequence[GoodsDraft]
    officers: Sequence[InspectorOfOrder]
    issued_on: date
    until_on: date
    rule_text: str = ""
    order_id: UUID | None = None
    check_id: UUID | None = None


class SeizureReceipt(NamedTuple):
    """送达回证: how the decision was served, to whom, who saw it."""

    way: SeizureService
    at: datetime
    receiver: str = ""
    witness: str = ""
    note: str = ""


class GoodsStep(NamedTuple):
    """What becomes of lines of the goods list: by which document, who received them."""

    state: GoodsState
    on: date
    document: str
    receiver: str = ""
    note: str = ""


def decide(draft: SeizureDraft, *, by: Viewer) -> Seizure:
    """A decision under the next number of its office, with its goods held from now on."""
    if not may(by, Action.CREATE, Thing.SEIZURE) or by.user_id is None:
        raise NotAllowed
    office = issuer_for(by.area)
    if office is None:
        raise Invalid({"": NO_OFFICE})
    _check(draft, by)
    year = draft.issued_on.year
    sequence = _next_sequence(office.area, draft.kind, year)
    seizure = Seizure(
        organisation_id=draft.unit.id,
        id=new_id(),
        area=area_of(draft.unit, by),
        kind=draft.kind,
        issuer_area=office.area,
        issuer_name=office.name,
        review_body=office.review_body,
        court=office.court,
        year=year,
        sequence=sequence,
        number=seizure_number(office.sign, draft.kind, year, sequence),
        unit_name=draft.unit.name,
        unit_address=draft.unit.address,
        issued_on=draft.issued_on,
        issued_at=clock.now(),
        issued_by=by.user_id,
        officers=list(draft.officers),
        reason=draft.reason.strip(),
        rule=draft.rule[:30],
        rule_text=_cited(draft),
        until_on=draft.until_on,
        order_id=draft.order_id,
        check_id=draft.check_id,
        state=SeizureState.RUNNING,
    )
    rows: list[Base] = []
    for number, one in enumerate(draft.goods, 1):
        rows += _held(seizure, number, one)
    session.add_all([seizure, *rows])
    payload = {"number": seizure.number, "until_on": seizure.until_on, "goods": len(draft.goods)}
    _record(seizure, "seizure.decided", by, rows, **payload)
    for one in draft.goods:
        if one.piece is not None and _can_lock(one.piece):
            change_status(one.piece, EquipmentStatus.LOCKED, reason=seizure.number, by=by)
    return seizure


def serve(seizure: Seizure, receipt: SeizureReceipt, *, by: Viewer) -> None:
    """送达: once."""
    _hold(seizure)
    if seizure.service_way is not None:
        raise Conflict({"": N_("This decision has been served already.")})
    wrong = dict(receipt_problem(receipt.way, receipt.receiver, receipt.witness, receipt.note))
    if receipt.at > clock.now():
        wrong["at"] = Message(N_("This time has not come yet."))
    elif clock.site_day(receipt.at) < seizure.issued_on:
        wrong["at"] = Message(N_("This is before the decision."))
    if wrong:
        raise Invalid(wrong)
    seizure.service_way, seizure.served_at = receipt.way, receipt.at
    seizure.receiver, seizure.witness = receipt.receiver.strip()[:60], receipt.witness.strip()[:60]
    seizure.service_note = receipt.note.strip()[:300]
    _record(seizure, "seizure.served", by, way=receipt.way)


def prolong(seizure: Seizure, until: date, document: str, reason: str, *, by: Viewer) -> None:
    """延长期限, by a document of its own."""
    _hold(seizure)
    if seizure.state is SeizureState.ENDED:
        raise Conflict({"": NOT_NOW})
    wrong: dict[str, Message | str] = {}
    if until <= seizure.until_on:
        wrong["until"] = N_("The new last day must lie after the old one.")
    if not reason.strip():
        wrong["reason"] = N_("Give the reason.")
    if wrong:
        raise Invalid(wrong)
    extension = SeizureExtension(
        organisation_id=seizure.organisation_id,
        id=new_id(),
        seizure_id=seizure.id,
        area=seizure.area,
        was_on=seizure.until_on,
        until_on=until,
        document=document.strip()[:80],
        reason=reason.strip()[:300],
        by=by.user_id,
        at=clock.now(),
    )
    session.add(extension)
    seizure.until_on = until
    _record(seizure, "seizure.prolonged", by, [extension], until=until, reason=extension.reason)


def settle(seizure: Seizure, numbers: Collection[int], step: GoodsStep, *, by: Viewer) -> None:
    """解除, 移交, 处置: of some lines or all, each with its document; the last one held ends the seizure."""
    _hold(seizure)
    listed = goods_of(seizure)
    chosen = [row for row in listed if row.no in set(numbers)]
    _check_step(seizure, chosen, step)
    if any(step.state not in GOODS_CHANGES[GoodsState(row.state)] for row in chosen):
        raise Conflict({"": NOT_NOW})
    for row in chosen:
        row.state, row.settled_on, row.document = step.state, step.on, step.document.strip()[:80]
        row.settled_to, row.settled_note = step.receiver.strip()[:120], step.note.strip()[:300]
    seizure.state = seizure_state([GoodsState(row.state) for row in listed])
    ended = seizure.state is SeizureState.ENDED
    seizure.ended_on = (seizure.ended_on or step.on) if ended else None
    payload = {"goods": sorted(row.no for row in chosen), "document": step.document.strip()}
    _record(seizure, f"seizure.{step.state}", by, chosen, **payload)
    if step.state is GoodsState.RELEASED:
        for row in chosen:
            _unlock(seizure, row, by)


def _check_step(seizure: Seizure, chosen: Sequence[SeizedGoods], step: GoodsStep) -> None:
    wrong: dict[str, Message | str] = {}
    if not chosen:
        wrong["goods"] = N_("Tick at least one line of the goods list.")
    if step.state is GoodsState.HELD:
        raise Conflict({"": NOT_NOW})
    if not step.document.strip():
        wrong["document"] = N_("Give the number of the document.")
    if step.state is not GoodsState.DISPOSED and not step.receiver.strip():
        wrong["receiver"] = N_("Say who received it.")
    if step.on > clock.today():
        wrong["on"] = N_("This day has not come yet.")
    elif step.on < seizure.issued_on:
        wrong["on"] = N_("This is before the decision.")
    if wrong:
        raise Invalid(wrong)


def _check(draft: SeizureDraft, by: Viewer) -> None:
    """Invalid with everything that keeps this from being a decision."""
    wrong: dict[str, Message | str] = {}
    if draft.unit.kind == OrganisationKind.REGULATOR or not is_within(draft.unit, by):
        wrong["unit"] = N_("This unit belongs to another area.")
    if not draft.reason.strip():
        wrong["reason"] = N_("Give the reason.")
    offered = broken_rules(draft.issued_on)
    if draft.rule not in offered or (draft.rule == OTHER_RULE and not draft.rule_text.strip()):
        wrong["rule"] = N_("Name the rule and the article that it rests on.")
    if draft.issued_on > clock.today():
        wrong["issued_on"] = N_("This day has not come yet.")
    if draft.until_on < draft.issued_on:
        wrong["until_on"] = N_("The last day lies before the decision.")
    needed = officers_needed(draft.issued_on).integer
    if problem := officers_problem([person["name"].strip() for person in draft.officers], needed):
        wrong["officers"] = problem
    if problem := _goods_problem(draft.goods):
        wrong["goods"] = problem
    if wrong:
        raise Invalid(wrong)


def _goods_problem(goods: Sequence[GoodsDraft]) -> Message | None:
    if not goods:
        return Message(N_("The goods list needs at least one line."))
    if len(goods) > MOST_GOODS:
        return Message(N_("At most %(most)s lines in one goods list."), {"most": MOST_GOODS})
    for number, one in enumerate(goods, 1):
        if not one.name.strip():
            return Message(N_("Line %(num)s: name the goods."), {"num": number})
        if one.quantity is None or one.quantity < 1:
            return Message(N_("Line %(num)s: give the quantity."), {"num": number})
    ids = [one.piece.id for one in goods if one.piece is not None]
    held = visible(SYSTEM, SeizedGoods).where(
        SeizedGoods.equipment_id.in_(ids), SeizedGoods.state == GoodsState.HELD
    )
    if len(set(ids)) < len(ids) or (ids and session.scalar(held.limit(1)) is not None):
        return Message(N_("One of these pieces is held already."))
    return None


def _cited(draft: SeizureDraft) -> str:
    text = draft.rule_text.strip()
    if draft.rule == OTHER_RULE:
        return text[:400]
    offered = broken_rules(draft.issued_on)[draft.rule]
    cited = f"{offered.cited}：{offered.text.zh}"
    return (f"{cited}。{text}" if text else cited)[:400]


def _held(seizure: Seizure, number: int, draft: GoodsDraft) -> list[Base]:
    photo, piece = draft.photo, draft.piece
    row = SeizedGoods(
        organisation_id=seizure.organisation_id,
        seizure_id=seizure.id,
        no=number,
        area=seizure.area,
        name=draft.name.strip()[:100],
        spec=draft.spec.strip()[:100],
        quantity=draft.quantity,
        unit=draft.unit.strip()[:10],
        condition=draft.condition.strip()[:200],
        place=draft.place.strip()[:120],
        equipment_id=piece.id if piece else None,
        status_before=str(piece.status) if piece is not None and _can_lock(piece) else "",
        sha256=photo.content.sha256 if photo else None,
        media_type=photo.content.media_type if photo else "",
        state=GoodsState.HELD,
        document="",
        settled_to="",
        settled_note="",
    )
    return [row, *([store.name(photo.content)] if photo else [])]


def _can_lock(piece: Equipment) -> bool:
    return EquipmentStatus.LOCKED in EQUIPMENT_CHANGES[EquipmentStatus(piece.status)]


def _unlock(seizure: Seizure, row: SeizedGoods, by: Viewer) -> None:
    """A piece that this decision locked stands as before; what was locked for another reason stays so."""
    piece = session.get(Equipment, row.equipment_id) if row.equipment_id and row.status_before else None
    if piece is None or piece.status != EquipmentStatus.LOCKED or piece.block_reason != seizure.number:
        return
    before = EquipmentStatus(row.status_before)
    to = before if before in BACK_TO else EquipmentStatus.STOPPED
    change_status(piece, to, reason=f"{seizure.number} {row.document}", by=by)


def _next_sequence(area: str, kind: SeizureKind, year: int) -> int:
    """The next number of the year at an office, whose chain is held from here on."""
    ledger.locked_heads(session.connection(), [ledger.subject_of("issuing_office", area)])
    numbered = visible(SYSTEM, Seizure).where(
        Seizure.issuer_area == area, Seizure.kind == kind, Seizure.year == year
    )
    return (session.scalar(numbered.with_only_columns(func.max(Seizure.sequence))) or 0) + 1


def _hold(seizure: Seizure) -> None:
    """In line with whoever else changes it."""
    session.flush()
    ledger.locked_heads(session.connection(), [ledger.subject_of("seizure", seizure.id)])
    session.refresh(seizure)


def _record(seizure: Seizure, verb: str, by: Viewer, beside: Sequence[Base] = (), **payload: object) -> None:
    ledger.record(
        session(),
        ledger.subject_of("seizure", seizure.id),
        verb,
        actor=by.actor,
        payload={"seizure": seizure.id, **payload},
        rows=[seizure, *beside],
    )
