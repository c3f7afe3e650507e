"""理赔: something happened at an insured lift; the insurer is told, takes it on or not, and pays."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from equipment.core import clock
from equipment.core.errors import Conflict, Invalid
from equipment.core.ids import id_in, new_id
from equipment.core.words import N_, Message
from equipment.hazards.models import Hazard
from equipment.insurance.models import InsuranceCase, Policy
from equipment.insurance.queries import insured_lift, policies_at
from equipment.insurance.rules import CaseRecord, covers
from equipment.insurance.states import CASE_CHANGES, CaseState
from equipment.ledger import actions as ledger
from equipment.maintenance.models import Visit
from equipment.people.rules import Viewer
from equipment.people.scope import visible
from equipment.register.models import Equipment
from equipment.storage.db import session

MODELS: dict[CaseRecord, type[Visit] | type[Hazard]] = {CaseRecord.VISIT: Visit, CaseRecord.HAZARD: Hazard}
MOST_LINKS = 20


def tell(
    piece: Equipment,
    policy_id: UUID | None,
    on: date,
    event: str,
    claimed_fen: int | None,
    links: Sequence[str] = (),
    *,
    by: Viewer,
) -> InsuranceCase:
    """What happened on a day at a lift is told to the insurer of a policy that covered it then."""
    if on > clock.today():
        raise Invalid({"on": N_("This day has not come yet.")})
    if not event.strip():
        raise Invalid({"event": N_("Say what happened.")})
    policy = policy_then(piece, policy_id, on)
    case = InsuranceCase(
        equipment_id=piece.id,
        id=new_id(),
        organisation_id=by.organisation_id,
        area=piece.area,
        category=piece.category,
        holder_id=policy.organisation_id,
        policy_id=policy.id,
        on=on,
        event=event.strip(),
        claimed_fen=claimed_fen,
        state=CaseState.REPORTED,
        reply="",
        links=_links(piece, links, by),
        reported_by=by.user_id,
        reported_at=clock.now(),
    )
    session.add(case)
    _record(case, "insurance_case.told", by, on=on, policy=policy.id)
    return case


def policy_then(piece: Equipment, policy_id: UUID | None, on: date) -> Policy:
    """The chosen one of the policies that covered the lift that day; without a choice the only one."""
    lift = insured_lift(piece)
    covering = {
        policy.id: policy for policy, terms in policies_at([piece])[piece.id] if covers(terms, lift, on)
    }
    if not covering:
        text = N_("No policy covered this lift on %(day)s.")
        raise Invalid({"on": Message(text, {"day": on.isoformat()})})
    if policy_id is None and len(covering) == 1:
        return next(iter(covering.values()))
    if policy_id not in covering:
        raise Invalid({"policy": N_("Choose one of the policies that covered the lift on that day.")})
    return covering[policy_id]


def accept(case: InsuranceCase, reply: str, *, by: Viewer) -> InsuranceCase:
    """The insurer takes it on."""
    _hold(case)
    return _move(case, CaseState.ACCEPTED, reply, by)


def decline(case: InsuranceCase, reply: str, *, by: Viewer) -> InsuranceCase:
    """The insurer does not take it on, and says why."""
    if not reply.strip():
        raise Invalid({"reply": N_("Give the reason of the insurer.")})
    _hold(case)
    return _move(case, CaseState.DECLINED, reply, by)


def pay(case: InsuranceCase, paid_fen: int | None, on: date, reply: str, *, by: Viewer) -> InsuranceCase:
    """The insurer paid."""
    if paid_fen is None:
        raise Invalid({"paid": N_("Give the amount in yuan.")})
    _hold(case)
    if not case.on <= on <= clock.today():
        raise Invalid({"on": N_("This day lies before the event, or has not come yet.")})
    if case.state is CaseState.ACCEPTED:
        case.paid_fen, case.paid_on = paid_fen, on
    return _move(case, CaseState.PAID, reply, by)


def _hold(case: InsuranceCase) -> None:
    """In line with whoever else moves it."""
    session.flush()
    ledger.locked_heads(session.connection(), [ledger.subject_of("equipment", case.equipment_id)])
    session.refresh(case)


def _move(case: InsuranceCase, to: CaseState, reply: str, by: Viewer) -> InsuranceCase:
    if case.state is to:
        return case
    if to not in CASE_CHANGES[case.state]:
        raise Conflict({"": Message(N_("This case is “%(state)s” already."), {"state": case.state.label})})
    case.state = to
    case.reply = reply.strip()[:300]
    case.moved_by, case.moved_at = by.user_id, clock.now()
    _record(case, f"insurance_case.{to}", by, paid=case.paid_fen)
    return case


def _links(piece: Equipment, links: Sequence[str], by: Viewer) -> list[object]:
    """Records of this lift that the viewer sees; a rescue call by its number as typed."""
    stored: list[object] = []
    for link in dict.fromkeys(links[:MOST_LINKS]):
        kind, _, key = link.partition(":")
        if kind == CaseRecord.CALL and key.strip():
            stored.append(f"{CaseRecord.CALL}:{key.strip()[:40]}")
            continue
        model = MODELS.get(CaseRecord(kind)) if kind in set(CaseRecord) else None
        record_id = id_in(key)
        if model is None or record_id is None:
            raise Invalid({"links": N_("Choose records of this lift.")})
        wanted = visible(by, model).where(model.equipment_id == piece.id, model.id == record_id)
        if session.scalar(wanted) is None:
            raise Invalid({"links": N_("Choose records of this lift.")})
        stored.append(link)
    return stored


def _record(case: InsuranceCase, verb: str, by: Viewer, **payload: object) -> None:
    subject = ledger.subject_of("equipment", case.equipment_id)
    stated = {"insurance_case": case.id, **payload}
    ledger.record(session(), subject, verb, actor=by.actor, payload=stated, rows=[case])
