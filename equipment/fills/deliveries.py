"""收瓶: whose bottles came in, who took them, and how many there are of each kind: distinct bottles, each as
its last scan found it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from datetime import date, datetime, timedelta
from uuid import UUID

import orjson
from sqlalchemy import Select, select

from equipment.core import clock
from equipment.core.errors import Conflict, Invalid, NotFound
from equipment.core.verdict import Verdict
from equipment.core.words import N_
from equipment.fills.models import Delivery, Scan
from equipment.fills.reason_rules import pile_of
from equipment.fills.states import Pile
from equipment.intake.actions import Receipts
from equipment.intake.rules import content_of
from equipment.ledger.actions import locked_heads, record, subject_of
from equipment.people.rules import Viewer
from equipment.people.scope import visible
from equipment.register.models import Equipment, Label
from equipment.register.rules import EquipmentStatus
from equipment.storage.db import session

BEGINNINGS = Receipts("delivery", "delivery_id")
GONE = (EquipmentStatus.SCRAPPED, EquipmentStatus.CANCELLED)
Counts = dict[str, int]


def open_delivery(key: UUID, happened_at: datetime, *, by: Viewer) -> Delivery:
    """Bottles are being unloaded. The same message again is the delivery that is there."""
    assert by.organisation_id is not None
    subject = subject_of("organisation", by.organisation_id)
    locked_heads(session.connection(), [subject])
    content = content_of(happened_at=happened_at)
    message = BEGINNINGS.received(content, sender=by.organisation_id, key=key, about=key)
    if message.answer is not None:
        return delivery_of(key, by=by)
    delivery = Delivery(
        organisation_id=by.organisation_id,
        id=key,
        device_id=by.device_id,
        user_id=by.user_id,
        from_whom="",
        opened_at=clock.now(),
        closed_at=None,
    )
    session.add(delivery)
    rows = [delivery, message.keep(str(key))]
    record(session(), subject, "delivery.opened", actor=by.actor, payload={"delivery": key}, rows=rows)
    return delivery


def close_delivery(delivery: Delivery, from_whom: str, *, by: Viewer) -> Delivery:
    """All are unloaded, and whose they were; the same again changes nothing."""
    if not from_whom.strip():
        raise Invalid({"from_whom": N_("Say whose bottles they are.")})
    if delivery.closed_at is not None:
        if delivery.from_whom == from_whom.strip():
            return delivery
        raise Conflict({"from_whom": N_("This delivery is closed already.")})
    delivery.from_whom, delivery.closed_at = from_whom.strip(), clock.now()
    record(
        session(),
        subject_of("organisation", delivery.organisation_id),
        "delivery.closed",
        actor=by.actor,
        payload={"delivery": delivery.id, "bottles": counts_of([delivery.id])[delivery.id]},
        rows=[delivery],
    )
    return delivery


def delivery_of(key: UUID, *, by: Viewer) -> Delivery:
    """One delivery that the viewer may see; NotFound otherwise."""
    delivery = session.scalar(visible(by, Delivery).where(Delivery.id == key))
    if delivery is None:
        raise NotFound
    return delivery


def delivery_at(device_id: UUID) -> Delivery | None:
    """What is being unloaded at this device now."""
    being_unloaded = select(Delivery).where(Delivery.device_id == device_id, Delivery.closed_at.is_(None))
    return session.scalar(being_unloaded.order_by(Delivery.opened_at.desc()).limit(1))


def deliveries(viewer: Viewer, since: date | None = None, until: date | None = None) -> Select[Delivery]:
    """Every delivery the viewer may see, that was begun on these days."""
    rows = visible(viewer, Delivery)
    if since is not None:
        rows = rows.where(Delivery.opened_at >= clock.site_midnight(since))
    if until is not None:
        rows = rows.where(Delivery.opened_at < clock.site_midnight(until + timedelta(days=1)))
    return rows


def counts_of(ids: Collection[UUID]) -> dict[UUID, Counts]:
    """Of each delivery: distinct bottles by pile, every pile named."""
    gone = (
        select(Label.code)
        .join(Equipment, Equipment.id == Label.equipment_id)
        .where(Label.code == Scan.code, Equipment.status.in_(GONE))
    )
    scans = select(
        Scan.delivery_id, Scan.equipment_id, Scan.code, Scan.answer, gone.exists().label("is_gone")
    ).where(Scan.delivery_id.in_(ids))
    piles: dict[UUID, dict[object, Pile]] = {key: {} for key in ids}
    for row in session.execute(scans.order_by(Scan.received_at)):
        reasons = Verdict.from_json(orjson.loads(row.answer)["reasons"]).reasons
        bottle = row.equipment_id or row.code
        piles[row.delivery_id][bottle] = pile_of(reasons, is_gone=row.is_gone and row.equipment_id is None)
    counts = {key: Counter(map(str, bottles.values())) for key, bottles in piles.items()}
    return {key: {pile.value: count[pile.value] for pile in Pile} for key, count in counts.items()}


def bottles_on_pile(organisation_id: UUID, pile: Pile, since: datetime) -> list[UUID]:
    """The bottles that this station took in since then and that stand on that pile, each as its last scan
    sorted it, in the order in which they came."""
    scans = (
        select(Scan.equipment_id, Scan.answer)
        .where(
            Scan.organisation_id == organisation_id,
            Scan.delivery_id.is_not(None),
            Scan.equipment_id.is_not(None),
            Scan.received_at >= since,
        )
        .order_by(Scan.received_at)
    )
    piles = {
        row.equipment_id: pile_of(Verdict.from_json(orjson.loads(row.answer)["reasons"]).reasons)
        for row in session.execute(scans)
    }
    return [bottle for bottle, sorted_to in piles.items() if sorted_to is pile]
