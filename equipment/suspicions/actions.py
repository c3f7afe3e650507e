"""What the bureau decides about a suspicion, and the amounts that a station states."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from equipment.core import clock
from equipment.core.errors import Conflict, Invalid, NotAllowed
from equipment.core.ids import new_id
from equipment.core.words import N_, Message
from equipment.fills.models import Fill
from equipment.fills.station import pack_of
from equipment.hazards.findings import find
from equipment.hazards.rules import FindingSource
from equipment.ledger.actions import record
from equipment.people.models import Organisation
from equipment.people.rules import SYSTEM, Action, Thing, Viewer, may
from equipment.people.scope import visible
from equipment.register.models import Equipment
from equipment.storage.db import session
from equipment.suspicions.models import DeclaredStock, StatedAmount, Suspicion
from equipment.suspicions.states import OF_CONDUCT, SUSPICION_CHANGES, AmountSource, SuspicionState

REASON_LENGTH, MOST_BOTTLES = 300, 1_000_000


def may_decide(viewer: Viewer) -> bool:
    """Only the bureau."""
    return viewer.oversees and may(viewer, Action.APPROVE, Thing.FINDING)


def decide(
    suspicion: Suspicion, state: SuspicionState, reason: str, *, at: UUID | None = None, by: Viewer
) -> None:
    """Cleared, followed up, or a finding; always with a reason. A finding is recorded at the bottle, or at
    that one (`at`) of its bottles, and is no hazard yet: that is decided where findings are. What is about
    a station's days, or about what people did at lifts, is the fault of no piece: it stands as found true,
    in the organisation's chain."""
    if not may_decide(by):
        raise NotAllowed(N_("The bureau decides about suspicions."))
    if state not in SUSPICION_CHANGES[SuspicionState(suspicion.state)]:
        raise Conflict({"state": N_("This was decided already.")})
    if not reason.strip():
        raise Invalid({"reason": N_("Give the reason.")})
    if state is SuspicionState.FINDING and suspicion.kind not in OF_CONDUCT:
        piece_id = suspicion.equipment_id or (at if at in _bottles_of(suspicion) else None)
        if piece_id is None:
            raise Invalid({"at": N_("A finding is about a bottle: choose one of those listed.")})
        piece = session.get_one(Equipment, piece_id)
        description = f"疑点查实：{reason.strip()}"
        finding = find(
            piece, source=FindingSource.FILL_CHECK, description=description, by=by, source_id=suspicion.id
        )
        suspicion.finding_id = finding.id
    suspicion.state, suspicion.reason = state, reason.strip()[:REASON_LENGTH]
    suspicion.decided_at, suspicion.decided_by = clock.now(), by.user_id
    record(
        session(),
        f"organisation:{suspicion.organisation_id}",
        f"suspicion.{state}",
        actor=by.actor,
        rows=[suspicion],
        payload={"suspicion": suspicion.id, "reason": suspicion.reason},
    )


def _bottles_of(suspicion: Suspicion) -> set[UUID]:
    keys = [UUID(key) for key in suspicion.records]
    fills = visible(SYSTEM, Fill).where(Fill.id.in_(keys)).with_only_columns(Fill.equipment_id)
    return set(session.scalars(fills))


def state_amount(
    station_id: UUID, on: date, gas: str, source: AmountSource, grams: int, paper_no: str, *, by: Viewer
) -> StatedAmount:
    """What a scale, a meter or a tanker says of a day."""
    if on > clock.today():
        raise Invalid({"on": N_("This day has not come yet.")})
    if gas not in pack_of(on).gases:
        raise Invalid({"gas": N_("Choose one of the list.")})
    if grams <= 0:
        raise Invalid({"kg": N_("Enter a number greater than zero.")})
    amount = StatedAmount(
        organisation_id=station_id,
        id=new_id(),
        on=on,
        gas=gas,
        source=source,
        grams=grams,
        paper_no=paper_no.strip()[:60],
        user_id=by.user_id,
        stated_at=clock.now(),
        taken_back_reason="",
    )
    session.add(amount)
    _note(amount, "amount.stated", by)
    return amount


def declare_stock(station: Organisation, bottles: int, *, by: Viewer) -> DeclaredStock:
    """How many bottles the station says it has today."""
    if not 0 <= bottles <= MOST_BOTTLES:
        raise Invalid({"bottles": Message(N_("From 0 to %(most)d."), {"most": MOST_BOTTLES})})
    declared = DeclaredStock(
        organisation_id=station.id,
        id=new_id(),
        area=station.area,
        on=clock.today(),
        bottles=bottles,
        user_id=by.user_id,
        declared_at=clock.now(),
    )
    session.add(declared)
    subject, payload = f"organisation:{station.id}", {"bottles": bottles}
    record(session(), subject, "stock.declared", actor=by.actor, rows=[declared], payload=payload)
    return declared


def take_back(amount: StatedAmount, reason: str, *, by: Viewer) -> None:
    """A slip: it stays readable and counts no more."""
    if not reason.strip():
        raise Invalid({"reason": N_("Give the reason.")})
    if amount.taken_back_at is not None:
        raise Conflict({"": Message(N_("This was taken back already."))})
    amount.taken_back_at, amount.taken_back_by = clock.now(), by.user_id
    amount.taken_back_reason = reason.strip()[:200]
    _note(amount, "amount.taken_back", by)


def _note(amount: StatedAmount, verb: str, by: Viewer) -> None:
    payload = {"amount": amount.id, "on": amount.on, "gas": amount.gas, "grams": amount.grams}
    subject = f"organisation:{amount.organisation_id}"
    record(session(), subject, verb, actor=by.actor, rows=[amount], payload=payload)
