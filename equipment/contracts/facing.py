"""The firm on file as the face of the contract in force: set when one begins, taken away when one ends and
none follows; every lift whose contract changed is planned anew, and what one firm leaves to the next is
written down (移交)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import or_

from equipment.contracts.handing_over import FirmChange, leave
from equipment.contracts.models import Contract, ContractLift
from equipment.contracts.queries import contracts_at, lifts_of
from equipment.contracts.states import RUNNING, ContractState
from equipment.core.errors import Invalid
from equipment.dues.actions import plan_pieces
from equipment.ledger import actions as ledger
from equipment.ledger.evidence import row
from equipment.people.rules import SYSTEM
from equipment.people.scope import visible
from equipment.register.actions import change
from equipment.register.models import Equipment
from equipment.storage.db import session, transaction

AT_ONCE = 50  # lifts of one transaction of the night
PLANNED_AT_ONCE = 200


def put_in_force(ids: Sequence[UUID], on: date) -> int:
    """Let the register say of these lifts what their contracts say on a day; the caller has locked their
    chains. A contract that is over takes its firm away once: whoever is put on file later stays. Answers how
    many lifts changed their firm."""
    contracts, over = contracts_at(ids, on), _over(ids, on)
    pieces = session.scalars(
        visible(SYSTEM, Equipment).where(Equipment.id.in_(ids)).execution_options(populate_existing=True)
    ).all()
    leaving: dict[FirmChange, list[Equipment]] = defaultdict(list)
    same = []
    for piece in pieces:
        contract, former, ended = contracts.get(piece.id), piece.maintenance_firm_id, over.get(piece.id)
        firm = contract.organisation_id if contract else former
        was_by_contract = ended is not None and ended.organisation_id == former
        if contract is None and was_by_contract:
            firm = None
        if firm == former:
            same.append(piece.id)
            continue
        of_contract = ended.contract_id if ended is not None and was_by_contract else None
        leaving[FirmChange(former, firm, of_contract)].append(piece)
    leave(leaving, on)  # what is open is what the former firm leaves: before anything is planned anew
    for move, changed in leaving.items():
        for piece in changed:
            contract = contracts.get(piece.id)
            reason = f"维保合同 {contract.number}" if contract else "维保合同已终止"
            change(piece, {"maintenance_firm_id": move.firm}, by=SYSTEM, reason=reason)
    _carry_out(over.values())
    for start in range(0, len(same), PLANNED_AT_ONCE):
        plan_pieces(same[start : start + PLANNED_AT_ONCE])
    return len(pieces) - len(same)


def _over(ids: Sequence[UUID], on: date) -> dict[UUID, ContractLift]:
    """By lift, the contract whose last day has gone by and whose end the register has not followed yet."""
    rows = visible(SYSTEM, ContractLift).where(
        ContractLift.equipment_id.in_(ids),
        ContractLift.counts,
        ContractLift.until_on < on,
        ContractLift.carried_out.is_(False),
    )
    return {lift.equipment_id: lift for lift in session.scalars(rows.order_by(ContractLift.until_on))}


def _carry_out(rows: Iterable[ContractLift]) -> None:
    drafts = []
    for lift in rows:
        lift.carried_out = True
        drafts.append(lift)
    session.flush()
    ledger.append(
        session.connection(),
        [
            ledger.EventDraft(
                ledger.subject_of("equipment", lift.equipment_id),
                "contract.left",
                {"contract": lift.contract_id, "last_on": lift.until_on},
                [row(lift)],
            )
            for lift in drafts
        ],
        actor=SYSTEM.actor,
    )


def let_go(ids: Sequence[UUID], firm_id: UUID, on: date, number: str) -> None:
    """Take a firm away from lifts that it had by a contract which counts no more."""
    contracts = contracts_at(ids, on)
    for piece in session.scalars(visible(SYSTEM, Equipment).where(Equipment.id.in_(ids))):
        if piece.id not in contracts and piece.maintenance_firm_id == firm_id:
            change(piece, {"maintenance_firm_id": None}, by=SYSTEM, reason=f"维保合同 {number}".strip())


def follow_contracts(on: date) -> Mapping[str, int]:
    """The night's work, which opens its own transactions: contracts whose last day has gone by end, and every
    lift says what its contract says. Run twice it finds nothing to do."""
    counts = {"ended": 0, "lifts": 0, "left": 0}
    over = visible(SYSTEM, Contract).where(
        Contract.state.in_(RUNNING), or_(Contract.ended_on < on, Contract.until_on < on)
    )
    for key in list(session.execute(over.with_only_columns(Contract.organisation_id, Contract.id))):
        session.rollback()
        with transaction():
            counts["ended"] += _end_by_time(key[0], key[1], on)
    ids = _differing(on)
    session.rollback()
    for start in range(0, len(ids), AT_ONCE):
        part = ids[start : start + AT_ONCE]
        try:
            with transaction():
                counts["lifts"] += _follow(part, on)
        except Invalid:  # one of them is wrong in the register: the others are not held up by it
            for one in part:
                try:
                    with transaction():
                        counts["lifts"] += _follow([one], on)
                except Invalid:
                    counts["left"] += 1
    return counts


def _follow(ids: Sequence[UUID], on: date) -> int:
    ledger.locked_heads(session.connection(), [ledger.subject_of("equipment", key) for key in ids])
    return put_in_force(ids, on)


def _end_by_time(firm_id: UUID, key: UUID, on: date) -> int:
    ledger.locked_heads(session.connection(), [ledger.subject_of("contract", key)])
    contract = session.get_one(Contract, (firm_id, key), populate_existing=True)
    if not contract.is_running or contract.last_on >= on:
        return 0
    contract.state, contract.ended_on = ContractState.ENDED, contract.last_on
    ledger.record(
        session(),
        ledger.subject_of("contract", key),
        "contract.ended",
        actor=SYSTEM.actor,
        payload={"contract": key, "number": contract.number, "last_on": contract.ended_on},
        rows=[contract],
    )
    ids = [lift.equipment_id for lift in session.scalars(lifts_of(contract)) if lift.counts]
    _follow(ids, on)
    return 1


def _differing(on: date) -> list[UUID]:
    """The lifts whose firm on file is not that of their contract in force, and those whose contract is
    over."""
    rows = visible(SYSTEM, ContractLift).where(ContractLift.counts)
    begun = rows.join(Equipment, Equipment.id == ContractLift.equipment_id).where(
        ContractLift.from_on <= on,
        ContractLift.until_on >= on,
        Equipment.maintenance_firm_id.is_distinct_from(ContractLift.organisation_id),
    )
    over = rows.where(ContractLift.until_on < on, ContractLift.carried_out.is_(False))
    ids = {
        key
        for wanted in (begun, over)
        for key in session.scalars(
            wanted.with_only_columns(ContractLift.equipment_id, maintain_column_froms=True)
        )
    }
    return sorted(ids)
