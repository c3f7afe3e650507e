"""A contract from the firm's statement to its end: entered, answered by the use unit, changed, ended,
withdrawn.

Who maintains a lift on file (`maintenance_firm_id`) is the face of the contract in force: while one is, it
says so, and an edit that says otherwise is refused (`keep_the_face`). Without a contract what was registered,
imported or edited stands as it is ("firm on file, contract not").
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from uuid import UUID

from equipment.contracts.facing import let_go, put_in_force
from equipment.contracts.models import Contract, ContractLift, ContractPaper
from equipment.contracts.queries import contracts_at, covered_days, lifts_of, papers_of
from equipment.contracts.rules import (
    CandidateLift,
    CoveredDays,
    lift_problem,
    people_problem,
    period_problems,
)
from equipment.contracts.states import CONTRACT_CHANGES, COUNTING, UNANSWERED, ContractKind, ContractState
from equipment.core import clock
from equipment.core.errors import Conflict, Invalid, NotAllowed, NotFound
from equipment.core.ids import new_id
from equipment.core.words import N_, Message
from equipment.files import store
from equipment.files.actions import StoredDocument
from equipment.ledger import actions as ledger
from equipment.ledger.evidence import row
from equipment.people.models import Organisation
from equipment.people.rules import SYSTEM, OrganisationKind, Viewer
from equipment.people.scope import visible
from equipment.register.models import Equipment
from equipment.register.naming import called
from equipment.register.rules import EquipmentStatus
from equipment.regulation.categories import category
from equipment.regulation.elevator_details import MaintenanceMode
from equipment.regulation.elevator_numbers import technicians_at_least
from equipment.regulation.queries import one_person_allowed, rules
from equipment.storage.db import Base, session

MOST = 500  # lifts of one contract
NAMED = 6  # lifts that a refusal names
ELEVATOR = "elevator"
S = ContractState


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractTerms:
    """What the paper says, but for whose lifts: its number, what the price covers, by which plan, how many
    technicians, from which day to which (both included)."""

    number: str
    kind: ContractKind
    mode: MaintenanceMode
    people: int
    from_on: date
    until_on: date
    note: str = ""


def enter(
    terms: ContractTerms,
    firm_id: UUID | None,
    unit_id: UUID | None,
    lifts: Sequence[UUID],
    *,
    by: Viewer,
    key: UUID | None = None,
    renews: Contract | None = None,
    names: Mapping[UUID, str] | None = None,
) -> Contract:
    """A firm's statement, or the bureau's entry, which needs nobody's answer. The same form again is the
    contract that is there. `names` is what refusals call lifts that the viewer does not see yet."""
    if not by.oversees and (
        by.organisation_kind is not OrganisationKind.FIRM or by.organisation_id != firm_id
    ):
        raise NotAllowed(N_("Only the firm itself or the bureau enters a maintenance contract."))
    firm, unit = (
        _party(firm_id, OrganisationKind.FIRM),
        session.get(Organisation, unit_id) if unit_id else None,
    )
    if firm is None:
        raise Invalid({"firm": N_("Choose the maintenance firm.")})
    if unit is None:
        raise Invalid({"unit": N_("Choose the use unit.")})
    there = session.scalar(
        visible(SYSTEM, Contract).where(Contract.organisation_id == firm.id, Contract.id == key)
    )
    if there is not None:
        return there
    _check_terms(terms, {"number", "kind", "mode", "people", "from_on", "until_on"})
    if terms.until_on < clock.today():
        raise Invalid({"until_on": N_("This contract is over already: enter the one that is in force.")})
    ids = list(dict.fromkeys(lifts))
    pieces = _locked(firm.id, ids, by)
    _number_is_free(terms.number, firm.id)
    covered = covered_days(ids)
    _refuse(_against(pieces, covered, firm.id, unit.id, terms), names)
    state = S.CONFIRMED if by.oversees else S.PROPOSED if _takes(pieces, firm.id) else S.STATED
    contract = Contract(
        organisation_id=firm.id,
        id=key or new_id(),
        use_unit_id=unit.id,
        state=state,
        renews_id=renews.id if renews else None,
        entered_by=by.user_id,
        entered_at=clock.now(),
        **_columns(terms),
    )
    if by.oversees:
        contract.decided_by, contract.decided_at = by.user_id, clock.now()
    session.add(contract)
    rows = _new_rows(contract, pieces, covered)
    _record(contract, "contract.entered", by, rows, lifts=len(rows), unit=unit.id)
    _put_in_force(ids)
    return contract


def amend(contract: Contract, terms: ContractTerms, *, by: Viewer) -> Contract:
    """Correct what was entered. What the firm changes of a confirmed one waits for the use unit again."""
    _lock(contract, by, contract.organisation_id)
    if contract.state not in (*UNANSWERED, S.CONFIRMED):
        raise Conflict({"": _stands(contract)})
    _check_terms(terms, {name for name in ("people",) if terms.people != contract.people} | {"until_on"})
    before = terms_of(contract)
    if before == terms:
        return contract
    rows = list(session.scalars(lifts_of(contract)))
    ids = [lift.equipment_id for lift in rows]
    pieces = _locked(contract.organisation_id, ids, by)
    if terms.number != before.number:
        _number_is_free(terms.number, contract.organisation_id)
    if contract.ended_on is not None and terms.until_on < contract.ended_on:
        raise Invalid({"until_on": N_("It was ended for a later day already.")})
    if (terms.from_on, terms.until_on) != (before.from_on, before.until_on):
        _check_days(pieces, covered_days(ids, but=contract.id), contract, terms)
        for lift in rows:
            whole = (lift.from_on, lift.until_on) == (before.from_on, contract.last_on)
            if whole:
                lift.duties_from = terms.from_on if lift.duties_from == lift.from_on else lift.duties_from
                lift.from_on, lift.until_on = terms.from_on, contract.ended_on or terms.until_on
    for name, value in _columns(terms).items():
        setattr(contract, name, value)
    if contract.state is S.CONFIRMED and not by.oversees:
        contract.state = S.STATED
    changed = {name: str(value) for name, value in _columns(terms).items() if getattr(before, name) != value}
    _record(contract, "contract.amended", by, rows, changes=changed)
    _put_in_force(ids)
    return contract


def add_lifts(
    contract: Contract,
    lifts: Sequence[UUID],
    from_on: date,
    *,
    by: Viewer,
    names: Mapping[UUID, str] | None = None,
) -> int:
    """Lifts that come under a contract that is there, from a day on: answers how many."""
    _lock(contract, by, contract.organisation_id)
    if contract.state not in (*UNANSWERED, S.CONFIRMED) or contract.last_on < clock.today():
        raise Conflict({"": _stands(contract)})
    inside = {lift.equipment_id: lift for lift in session.scalars(lifts_of(contract))}
    ids = [key for key in dict.fromkeys(lifts) if key not in inside]
    if not contract.from_on <= from_on <= contract.last_on:
        raise Invalid({"from_on": N_("The contract does not hold on this day.")})
    pieces = _locked(contract.organisation_id, ids, by)
    covered = covered_days(ids)
    terms = terms_of(contract)
    if len(inside) + len(ids) > MOST:
        raise Invalid({"lifts": Message(N_("A contract has at most %(most)d lifts."), {"most": MOST})})
    unit_id = contract.use_unit_id
    _refuse(_against(pieces, covered, contract.organisation_id, unit_id, terms, from_on), names)
    if contract.state is not S.PROPOSED and not by.oversees and _takes(pieces, contract.organisation_id):
        raise Invalid(
            {
                "lifts": N_(
                    "Another firm is on file for some of them: enter a contract of its own for these, which "
                    "the use unit confirms before it counts."
                )
            }
        )
    if contract.state is S.CONFIRMED and not by.oversees:
        contract.state = S.STATED
    rows = _new_rows(contract, pieces, covered, from_on)
    _record(contract, "contract.widened", by, rows, lifts=len(rows))
    _put_in_force(ids)
    return len(rows)


def take_out(contract: Contract, equipment_id: UUID, last_on: date, *, by: Viewer) -> None:
    """One lift leaves the contract; the day is its last under it."""
    _lock(contract, by, contract.organisation_id)
    lift = session.scalar(lifts_of(contract).where(ContractLift.equipment_id == equipment_id))
    if lift is None:
        raise NotFound
    if contract.state not in (*UNANSWERED, S.CONFIRMED):
        raise Conflict({"": _stands(contract)})
    if last_on > lift.until_on or (last_on < clock.today() and lift.from_on <= last_on and not by.oversees):
        raise Invalid({"last_on": N_("Choose a day from today to the last day of the contract.")})
    _locked(contract.organisation_id, [equipment_id], by)
    if last_on < lift.from_on:
        _uncount(contract, [lift], by)
        return
    lift.until_on = last_on
    _record(contract, "contract.narrowed", by, [lift], last_on=last_on)
    _put_in_force([equipment_id])


def confirm(contract: Contract, *, by: Viewer) -> Contract:
    """The use unit, or the bureau, stands for it too. What was only proposed counts from now on."""
    _lock_answer(contract, by)
    if contract.state is S.CONFIRMED:
        return contract
    rows = list(session.scalars(lifts_of(contract)))
    ids = [lift.equipment_id for lift in rows]
    was = contract.state
    if was is S.PROPOSED:
        pieces = _locked(contract.organisation_id, ids, by)
        covered = covered_days(ids, but=contract.id)
        terms = terms_of(contract)
        _refuse(_against(pieces, covered, contract.organisation_id, contract.use_unit_id, terms))
    _move(contract, S.CONFIRMED)
    contract.decided_by, contract.decided_at, contract.decision_reason = by.user_id, clock.now(), ""
    if was is S.PROPOSED:
        by_id = {piece.id: piece for piece in pieces}
        for lift in rows:
            lift.counts = True
            lift.duties_from = _duties_from(contract, by_id[lift.equipment_id], covered, lift.from_on)
    _record(contract, "contract.confirmed", by, rows if was is S.PROPOSED else ())
    _put_in_force(ids)
    return contract


def decline(contract: Contract, reason: str, *, by: Viewer) -> Contract:
    """The use unit, or the bureau, says that there is no such contract: it counts no more."""
    _lock_answer(contract, by)
    return _drop(contract, S.DECLINED, reason, by)


def withdraw(contract: Contract, reason: str, *, by: Viewer) -> Contract:
    """The firm takes back what the use unit has not confirmed, or what has not begun."""
    _lock(contract, by, contract.organisation_id)
    if contract.state is S.CONFIRMED and contract.from_on <= clock.today():
        raise Conflict({"": N_("It is in force and confirmed: end it with a day.")})
    return _drop(contract, S.WITHDRAWN, reason, by)


def end(contract: Contract, last_on: date, reason: str, *, by: Viewer) -> Contract:
    """Either side, or the bureau, ends it before its time: the day is its last. Afterwards the lifts have no
    firm on file unless another contract follows."""
    _lock(contract, by, contract.organisation_id, contract.use_unit_id)
    if not contract.is_running:
        raise Conflict({"": _stands(contract)})
    if not reason.strip():
        raise Invalid({"reason": N_("Give the reason.")})
    if last_on < clock.today() and not by.oversees:
        raise Invalid({"last_on": N_("A contract is not ended for days that have gone by.")})
    if not contract.from_on <= last_on <= contract.until_on:
        raise Invalid({"last_on": N_("The contract does not hold on this day.")})
    rows = [lift for lift in session.scalars(lifts_of(contract)) if lift.until_on > last_on]
    _locked(contract.organisation_id, [lift.equipment_id for lift in rows], by)
    contract.ended_on, contract.end_reason = last_on, reason.strip()[:300]
    for lift in rows:
        lift.counts = lift.counts and lift.from_on <= last_on
        lift.until_on = max(last_on, lift.from_on)
    if last_on < clock.today():
        _move(contract, S.ENDED)
    _record(contract, "contract.ending", by, rows, last_on=last_on, reason=contract.end_reason)
    _put_in_force([lift.equipment_id for lift in rows])
    return contract


def add_paper(contract: Contract, document: StoredDocument, *, by: Viewer) -> ContractPaper:
    """The signed contract, as a file; the same content again is the paper that is there."""
    _lock(contract, by, contract.organisation_id, contract.use_unit_id)
    for paper in papers_of(contract):
        if paper.sha256 == document.content.sha256:
            return paper
    stored = store.name(document.content)
    paper = ContractPaper(
        organisation_id=contract.organisation_id,
        id=new_id(),
        contract_id=contract.id,
        name=document.name,
        sha256=document.content.sha256,
        media_type=document.content.media_type,
        size=document.content.size,
        user_id=by.user_id,
        at=clock.now(),
    )
    session.add(paper)
    _record(contract, "contract.paper", by, (), beside=[paper, stored], sha256=paper.sha256)
    return paper


def keep_the_face(equipment: Equipment, _by: Viewer) -> None:
    """After every change of a piece: while a contract is in force its firm is the one on file, and nothing
    else takes its place."""
    if not category(equipment.category).visit_kinds or equipment.status in (
        EquipmentStatus.SCRAPPED,
        EquipmentStatus.CANCELLED,
        EquipmentStatus.MOVED_OUT,
    ):
        return
    contract = contracts_at([equipment.id], clock.today()).get(equipment.id)
    if contract is None or contract.organisation_id == equipment.maintenance_firm_id:
        return
    firm = session.get_one(Organisation, contract.organisation_id)
    text = N_(
        "Contract %(number)s of %(firm)s is in force until %(until)s: end it first, then another firm can "
        "take its place."
    )
    facts = {"number": contract.number, "firm": firm.name, "until": contract.last_on.isoformat()}
    raise Conflict({"maintenance_firm_id": Message(text, facts)})


def _party(key: UUID | None, kind: OrganisationKind) -> Organisation | None:
    party = session.get(Organisation, key) if key else None
    return party if party is not None and party.kind is kind and party.active else None


def _columns(terms: ContractTerms) -> dict[str, object]:
    return {field.name: getattr(terms, field.name) for field in fields(terms)}


def terms_of(contract: Contract) -> ContractTerms:
    """What stands in it now."""
    return ContractTerms(**{field.name: getattr(contract, field.name) for field in fields(ContractTerms)})


def _check_terms(terms: ContractTerms, changed: set[str]) -> None:
    problems: dict[str, Message | str] = dict(period_problems(terms.from_on, terms.until_on))
    if not terms.number.strip():
        problems["number"] = N_("Give the number of the contract.")
    if "people" in changed:
        needed = technicians_at_least(rules(ELEVATOR), terms.from_on).integer
        allowed = one_person_allowed(clock.today())
        if problem := people_problem(terms.people, needed, one_allowed=allowed):
            problems["people"] = problem
    if problems:
        raise Invalid(problems)


def _number_is_free(number: str, firm_id: UUID) -> None:
    """Behind the lock of the firm's chain."""
    taken = visible(SYSTEM, Contract).where(Contract.organisation_id == firm_id, Contract.number == number)
    if session.scalar(taken.with_only_columns(Contract.id)) is not None:
        raise Invalid({"number": N_("The firm has a contract with this number already.")})


def _locked(firm_id: UUID, ids: Sequence[UUID], by: Viewer) -> Sequence[Equipment]:
    """The lifts as they stand behind the locks of their chains and of the firm's: nobody else gives them to a
    firm meanwhile."""
    if not ids:
        raise Invalid({"lifts": N_("Choose at least one lift.")})
    if len(ids) > MOST:
        raise Invalid({"lifts": Message(N_("A contract has at most %(most)d lifts."), {"most": MOST})})
    session.flush()
    subjects = [ledger.subject_of("organisation", firm_id)]
    subjects += [ledger.subject_of("equipment", key) for key in ids]
    ledger.locked_heads(session.connection(), subjects)
    pieces = session.scalars(
        visible(SYSTEM, Equipment)
        .where(Equipment.id.in_(ids))
        .order_by(Equipment.id)
        .execution_options(populate_existing=True)
    ).all()
    if len(pieces) != len(ids) or (by.oversees and not all(lift.area.startswith(by.area) for lift in pieces)):
        raise NotFound
    return pieces


def _takes(pieces: Iterable[Equipment], firm_id: UUID) -> bool:
    """Whether any of these lifts has another firm on file."""
    return any(piece.maintenance_firm_id not in (None, firm_id) for piece in pieces)


def _against(
    pieces: Sequence[Equipment],
    covered: Mapping[UUID, list[CoveredDays]],
    firm_id: UUID,
    unit_id: UUID,
    terms: ContractTerms,
    from_on: date | None = None,
) -> dict[Equipment, Message | str]:
    """By lift, why it cannot come under the contract."""
    against = {}
    for piece in pieces:
        candidate = CandidateLift(
            is_lift=bool(category(piece.category).visit_kinds),
            is_of_unit=unit_id in (piece.use_unit_id, piece.owner_id),
            status=EquipmentStatus(piece.status),
            covered=covered.get(piece.id, ()),
        )
        problem = lift_problem(candidate, firm_id, from_on or terms.from_on, terms.until_on)
        if problem is not None:
            against[piece] = problem
    return against


def _check_days(
    pieces: Sequence[Equipment],
    covered: Mapping[UUID, list[CoveredDays]],
    contract: Contract,
    terms: ContractTerms,
) -> None:
    """Of lifts that are in it already only the days are asked: one may have been stopped since."""
    candidates = {
        piece: CandidateLift(True, True, EquipmentStatus.IN_USE, covered.get(piece.id, ()))
        for piece in pieces
    }
    problems = {
        piece: lift_problem(lift, contract.organisation_id, terms.from_on, terms.until_on)
        for piece, lift in candidates.items()
    }
    _refuse({piece: problem for piece, problem in problems.items() if problem is not None})


def _refuse(against: Mapping[Equipment, Message | str], names: Mapping[UUID, str] | None = None) -> None:
    """Every lift that cannot come under the contract, by name and with the reason; the first few."""
    if not against:
        return
    text = N_("%(lift)s: %(reason)s")
    named = [
        Message(text, {"lift": (names or {}).get(piece.id) or _name(piece), "reason": reason})
        for piece, reason in list(against.items())[:NAMED]
    ]
    problems: dict[str, Message | str] = {f"lifts{place or ''}": one for place, one in enumerate(named)}
    if len(against) > NAMED:
        more = N_("and %(number)d more lifts that cannot be in it")
        problems["more"] = Message(more, {"number": len(against) - NAMED})
    raise Invalid(problems)


def _name(piece: Equipment) -> str:
    return f"{called(piece)} {piece.address}".strip()


def _new_rows(
    contract: Contract,
    pieces: Sequence[Equipment],
    covered: Mapping[UUID, list[CoveredDays]],
    from_on: date | None = None,
) -> list[ContractLift]:
    begins, counts = from_on or contract.from_on, contract.state in COUNTING
    rows = [
        ContractLift(
            equipment_id=piece.id,
            id=new_id(),
            organisation_id=contract.organisation_id,
            contract_id=contract.id,
            from_on=begins,
            until_on=contract.last_on,
            counts=counts,
            duties_from=_duties_from(contract, piece, covered, begins) if counts else None,
            area=piece.area,
            category=piece.category,
        )
        for piece in pieces
    ]
    session.add_all(rows)
    return rows


def _duties_from(
    contract: Contract, piece: Equipment, covered: Mapping[UUID, list[CoveredDays]], begins: date
) -> date | None:
    """From when the firm answers for the visits: a firm that comes new to the lift from its first day; one
    that
    was there already, under a contract or without, goes on from its own last visit."""
    before = [days for days in covered.get(piece.id, ()) if days.until_on < begins]
    last = max(before, key=lambda days: days.until_on, default=None)
    if last is not None and last.firm_id == contract.organisation_id:
        carried = visible(SYSTEM, ContractLift).where(
            ContractLift.equipment_id == piece.id, ContractLift.contract_id == last.contract_id
        )
        return session.scalars(carried.with_only_columns(ContractLift.duties_from)).first()
    return None if piece.maintenance_firm_id == contract.organisation_id else begins


def _put_in_force(ids: Sequence[UUID]) -> None:
    session.flush()
    put_in_force(ids, clock.today())


def _drop(contract: Contract, to: ContractState, reason: str, by: Viewer) -> Contract:
    if contract.state is to:
        return contract
    if not reason.strip():
        raise Invalid({"reason": N_("Give the reason.")})
    rows = list(session.scalars(lifts_of(contract)))
    _locked(contract.organisation_id, [lift.equipment_id for lift in rows], by)
    _move(contract, to)
    contract.decided_by, contract.decided_at = by.user_id, clock.now()
    contract.decision_reason = reason.strip()[:300]
    _uncount(contract, rows, by, verb=f"contract.{to}", reason=contract.decision_reason)
    return contract


def _uncount(
    contract: Contract,
    rows: Sequence[ContractLift],
    by: Viewer,
    *,
    verb: str = "contract.narrowed",
    reason: str = "",
) -> None:
    """These lifts count for nothing any more: the firm goes from those that it came new to by this
    contract."""
    brought = [lift.equipment_id for lift in rows if lift.counts and lift.duties_from == lift.from_on]
    for lift in rows:
        lift.counts, lift.duties_from = False, None
    _record(contract, verb, by, rows, reason=reason)
    session.flush()
    let_go(brought, contract.organisation_id, clock.today(), contract.number)
    _put_in_force([lift.equipment_id for lift in rows])


def _lock(contract: Contract, by: Viewer, *sides: UUID) -> None:
    """In line with whoever else changes it; the bureau may do every step of what it sees."""
    if not by.oversees and by.organisation_id not in sides:
        if by.organisation_id in (contract.organisation_id, contract.use_unit_id):
            raise NotAllowed(N_("This is for the other side to do."))
        raise NotFound
    session.flush()
    ledger.locked_heads(session.connection(), [ledger.subject_of("contract", contract.id)])
    session.refresh(contract)


def _lock_answer(contract: Contract, by: Viewer) -> None:
    _lock(contract, by, contract.use_unit_id)
    if contract.state not in (*UNANSWERED, S.CONFIRMED, S.DECLINED):
        raise Conflict({"": _stands(contract)})


def _move(contract: Contract, to: ContractState) -> None:
    if to not in CONTRACT_CHANGES[ContractState(contract.state)]:
        raise Conflict({"": _stands(contract)})
    contract.state = to


def _stands(contract: Contract) -> Message:
    text = N_("This contract is “%(state)s” already.")
    return Message(text, {"state": ContractState(contract.state).label})


def _record(
    contract: Contract,
    verb: str,
    by: Viewer,
    changed: Sequence[ContractLift] = (),
    *,
    beside: Sequence[Base] = (),
    **payload: object,
) -> None:
    """One line in the chain of the contract, and one in that of each lift it changes something for."""
    stated = {"contract": contract.id, "number": contract.number, **payload}
    subject = ledger.subject_of("contract", contract.id)
    ledger.record(session(), subject, verb, actor=by.actor, payload=stated, rows=[contract, *beside])
    drafts = [
        ledger.EventDraft(ledger.subject_of("equipment", lift.equipment_id), verb, stated, [row(lift)])
        for lift in changed
    ]
    ledger.append(session.connection(), drafts, actor=by.actor)
