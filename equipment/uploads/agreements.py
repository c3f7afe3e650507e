"""Maintenance contracts that a firm's system brings. What counts, what waits for the use unit and what is
refused is decided as for a contract that is typed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date

from equipment.contracts import actions
from equipment.contracts.actions import ContractTerms
from equipment.contracts.choosing import ChosenLifts, chosen_lifts
from equipment.contracts.models import Contract, ContractLift
from equipment.contracts.queries import contract_of, lifts_of
from equipment.contracts.states import ContractState
from equipment.core.errors import Conflict, Invalid
from equipment.core.ids import id_in
from equipment.core.words import N_
from equipment.intake.actions import Receipts
from equipment.ledger.actions import locked_heads, subject_of
from equipment.people.rules import OrganisationKind, Viewer
from equipment.register.lists import organisation_named
from equipment.storage.db import session
from equipment.uploads.records import firm_of, key_of, put_on_record, target_of
from equipment.uploads.states import UploadKind

CONTRACTS = Receipts("firm_contract", "record_id")
UNITS = (OrganisationKind.USE_UNIT, OrganisationKind.STATION)


def bring_contract(
    record_id: str, terms: ContractTerms, unit: str, lifts: Sequence[str], content: str, *, by: Viewer
) -> tuple[Contract, bool]:
    """(the contract, whether the message was new); `unit` is the credit code or name of the use unit, each of
    `lifts` a number that the lift or its papers carry, or our id. Without any it is for all lifts of the unit
    that the firm maintains or nobody does."""
    firm_id = firm_of(by)
    locked_heads(session.connection(), [subject_of("organisation", firm_id)])
    key = key_of(firm_id, UploadKind.CONTRACT, record_id)
    message = CONTRACTS.received(content, sender=firm_id, key=key, about=firm_id)
    if message.answer is not None:
        return contract_of(key, by=by), False
    unit_id = organisation_named(unit, UNITS)
    if unit_id is None:
        text = N_("No use unit has this credit code or name: have it registered with the bureau first.")
        raise Invalid({"use_unit": text})
    chosen = _chosen(by, lifts) if lifts else chosen_lifts(by, unit_id=unit_id, whole_unit=True)
    contract = actions.enter(terms, firm_id, unit_id, chosen.ids, by=by, key=key, names=chosen.names)
    receipt = message.keep(json.dumps({"contract_id": str(contract.id)}))
    put_on_record(firm_id, UploadKind.CONTRACT, record_id, contract.id, receipt, by=by)
    return contract, True


def contract_called(by: Viewer, record_id: str) -> Contract:
    """The firm's contract under its own number."""
    return contract_of(target_of(by, UploadKind.CONTRACT, record_id).target_id, by=by)


def _chosen(by: Viewer, lifts: Sequence[str]) -> ChosenLifts:
    ids = [key for text in lifts if (key := id_in(text))]
    chosen = chosen_lifts(by, ids=ids, codes="\n".join(text for text in lifts if not id_in(text)))
    if missing := set(ids) - set(chosen.ids):
        raise Invalid(
            {f"lifts.{lifts.index(str(key))}": N_("No lift of yours has this id.") for key in missing}
        )
    return chosen


def widen(contract: Contract, lifts: Sequence[str], from_on: date, *, by: Viewer) -> Contract:
    """Further lifts from a day on; those that are in it already stay as they are."""
    chosen = _chosen(by, lifts)
    inside = set(session.scalars(lifts_of(contract).with_only_columns(ContractLift.equipment_id)))
    if set(chosen.ids) - inside:
        actions.add_lifts(contract, chosen.ids, from_on, by=by, names=chosen.names)
    return contract


def narrow(contract: Contract, lift: str, last_on: date, *, by: Viewer) -> Contract:
    """One lift leaves it; the same again changes nothing."""
    (key,) = _chosen(by, [lift]).ids
    row = session.scalar(lifts_of(contract).where(ContractLift.equipment_id == key))
    if row is None or row.until_on != last_on:
        actions.take_out(contract, key, last_on, by=by)
    return contract


def end(contract: Contract, last_on: date, reason: str, *, by: Viewer) -> Contract:
    """It ends on a day; the same again changes nothing."""
    if contract.ended_on == last_on:
        return contract
    return actions.end(contract, last_on, reason, by=by)


def withdraw(contract: Contract, reason: str, *, by: Viewer) -> Contract:
    """What the use unit has not confirmed, or what has not begun, is taken back; again it is back already."""
    if contract.state is ContractState.WITHDRAWN:
        return contract
    if not reason.strip():
        raise Invalid({"reason": N_("Give the reason.")})
    if contract.state in (ContractState.DECLINED, ContractState.ENDED):
        raise Conflict({"": N_("This contract is over already.")})
    return actions.withdraw(contract, reason, by=by)


def lifts_under(contract: Contract) -> Sequence[ContractLift]:
    return session.scalars(lifts_of(contract).order_by(ContractLift.from_on, ContractLift.equipment_id)).all()
