"""Contracts that a viewer may see, which one counts for a lift on a day, and since when its firm answers for
the visits."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, exists, func
from sqlalchemy.orm import aliased

from equipment.contracts.models import Contract, ContractLift, ContractPaper, Handover
from equipment.contracts.rules import CoveredDays, people_needed
from equipment.contracts.states import RUNNING, ContractState
from equipment.core.ids import NOBODY, id_in
from equipment.people.models import User
from equipment.people.rules import SYSTEM, Viewer
from equipment.people.scope import seen, visible
from equipment.register.lists import names_of
from equipment.register.models import Equipment
from equipment.register.search import matching
from equipment.regulation.categories import CATEGORIES
from equipment.regulation.elevator_numbers import technicians_at_least
from equipment.regulation.queries import one_person_allowed, rules
from equipment.storage.columns import Sorts
from equipment.storage.db import session

MAINTAINED = tuple(kind.key for kind in CATEGORIES if kind.visit_kinds)
ENDING_DAYS = ("30", "60", "90")
SORTS: Sorts = {
    "until": (Contract.until_on, Contract.id),
    "from": (Contract.from_on, Contract.id),
    "number": (Contract.number, Contract.id),
}
OF_CONTRACT = and_(
    Contract.organisation_id == ContractLift.organisation_id, Contract.id == ContractLift.contract_id
)


def contract_at(equipment_id: UUID, on: date) -> Contract | None:
    """The contract that counts for a lift on that day, whatever became of it since."""
    return contracts_at([equipment_id], on).get(equipment_id)


def contracts_at(ids: Iterable[UUID], on: date) -> dict[UUID, Contract]:
    """By lift, the contract that counts for it on that day."""
    rows = session.execute(
        visible(SYSTEM, ContractLift)
        .join(Contract, OF_CONTRACT)
        .where(
            ContractLift.equipment_id.in_(list(ids)),
            ContractLift.counts,
            ContractLift.from_on <= on,
            ContractLift.until_on >= on,
        )
        .with_only_columns(ContractLift.equipment_id, Contract, maintain_column_froms=True)
    )
    return {row[0]: row[1] for row in rows}


def maintained_since(ids: Sequence[UUID], on: date) -> Mapping[UUID, date]:
    """By lift, since when the firm of the contract in force answers for its visits, where it came new to
    it."""
    rows = session.execute(
        visible(SYSTEM, ContractLift)
        .where(
            ContractLift.equipment_id.in_(ids),
            ContractLift.counts,
            ContractLift.from_on <= on,
            ContractLift.until_on >= on,
            ContractLift.duties_from.is_not(None),
        )
        .with_only_columns(ContractLift.equipment_id, ContractLift.duties_from)
    )
    return {row.equipment_id: row.duties_from for row in rows}


def people_at(equipment_id: UUID, category: str, on: date) -> int:
    """How many technicians a visit of that day needs: by the contract, within what pack and bureau allow."""
    needed = technicians_at_least(rules(category), on).integer
    contract = contract_at(equipment_id, on)
    contracted = contract.people if contract is not None else None
    return people_needed(needed, contracted, one_allowed=contracted == 1 and one_person_allowed(on))


def contract_of(key: UUID, *, by: Viewer) -> Contract:
    """The contract if the viewer may see it, NotFound otherwise."""
    return seen(by, Contract, key)


def lifts_of(contract: Contract) -> Select[ContractLift]:
    """The rows of a contract that the viewer was given."""
    return visible(SYSTEM, ContractLift).where(
        ContractLift.organisation_id == contract.organisation_id, ContractLift.contract_id == contract.id
    )


def pieces_of(ids: Iterable[UUID]) -> dict[UUID, Equipment]:
    """The lifts of rows that the viewer was given, as they stand now."""
    rows = visible(SYSTEM, Equipment).where(Equipment.id.in_(set(ids)))
    return {piece.id: piece for piece in session.scalars(rows)}


def counts_of(contracts: Sequence[Contract]) -> dict[UUID, int]:
    """How many lifts each of these contracts has."""
    counted = (
        visible(SYSTEM, ContractLift)
        .where(
            ContractLift.organisation_id.in_({row.organisation_id for row in contracts}),
            ContractLift.contract_id.in_([row.id for row in contracts]),
        )
        .with_only_columns(ContractLift.contract_id, func.count())
        .group_by(ContractLift.contract_id)
    )
    return {row[0]: row[1] for row in session.execute(counted)}


def papers_of(contract: Contract) -> Sequence[ContractPaper]:
    """The signed papers of a contract that the viewer was given, as they stand."""
    papers = visible(SYSTEM, ContractPaper).where(
        ContractPaper.organisation_id == contract.organisation_id,
        ContractPaper.contract_id == contract.id,
        ContractPaper.removed_at.is_(None),
    )
    return session.scalars(papers.order_by(ContractPaper.at, ContractPaper.id)).all()


def filtered_contracts(viewer: Viewer, filters: Mapping[str, str], on: date) -> Select[Contract]:
    """The contracts behind the filters of a list. `ending`: those in force that end within so many days and
    are followed by none."""
    contracts = visible(viewer, Contract)
    if filters.get("state") in set(ContractState):
        contracts = contracts.where(Contract.state == filters["state"])
    if filters.get("kind"):
        contracts = contracts.where(Contract.kind == filters["kind"])
    if filters.get("unit"):
        contracts = contracts.where(Contract.use_unit_id == (id_in(filters["unit"]) or NOBODY))
    if filters.get("firm"):
        contracts = contracts.where(Contract.organisation_id == (id_in(filters["firm"]) or NOBODY))
    if filters.get("ending") in ENDING_DAYS:
        contracts = ending(contracts, on, int(filters["ending"]))
    if filters.get("q", "").strip():
        contracts = contracts.where(_named(viewer, filters["q"].strip()))
    return contracts


def _named(viewer: Viewer, text: str) -> ColumnElement[bool]:
    lifts = (
        visible(SYSTEM, ContractLift)
        .join(Equipment, Equipment.id == ContractLift.equipment_id)
        .where(matching(viewer, text))
        .with_only_columns(ContractLift.contract_id)
    )
    return Contract.number.contains(text, autoescape=True) | Contract.id.in_(lifts)


def is_followed() -> ColumnElement[bool]:
    """Whether a contract of the same firm follows this one."""
    after = aliased(Contract)
    return exists().where(
        after.renews_id == Contract.id,
        after.organisation_id == Contract.organisation_id,
        after.state.in_(RUNNING),
    )


def ending(contracts: Select[Contract], on: date, days: int) -> Select[Contract]:
    """Those in force that end within so many days, and no contract follows them."""
    return contracts.where(
        Contract.state.in_(RUNNING),
        Contract.until_on >= on,
        Contract.until_on <= on + timedelta(days=days),
        ~is_followed(),
    )


def unanswered(viewer: Viewer) -> Select[Contract]:
    """The contracts that wait for the word of the viewer's use unit."""
    return visible(viewer, Contract).where(
        Contract.use_unit_id == viewer.organisation_id,
        Contract.state.in_((ContractState.PROPOSED, ContractState.STATED)),
    )


def covered_days(ids: Collection[UUID], *, but: UUID | None = None) -> dict[UUID, list[CoveredDays]]:
    """By lift, the contracts that count for it, the earliest first; `but` leaves one contract out."""
    rows = session.execute(
        visible(SYSTEM, ContractLift)
        .join(Contract, OF_CONTRACT)
        .where(ContractLift.equipment_id.in_(ids), ContractLift.counts)
        .order_by(ContractLift.from_on, ContractLift.id)
        .with_only_columns(ContractLift, Contract.number, maintain_column_froms=True)
    ).all()
    firms = names_of({lift.organisation_id for lift, _number in rows})
    days: dict[UUID, list[CoveredDays]] = {}
    for lift, number in rows:
        if lift.contract_id != but:
            firm = firms.get(lift.organisation_id, "")
            days.setdefault(lift.equipment_id, []).append(
                CoveredDays(lift.organisation_id, firm, number, lift.from_on, lift.until_on, lift.contract_id)
            )
    return days


def handover_of(key: UUID, *, by: Viewer) -> Handover:
    """The hand-over if the viewer may see it, NotFound otherwise."""
    return seen(by, Handover, key)


def people_named(ids: Iterable[UUID | None]) -> dict[UUID | None, str]:
    """Names of people of rows that the viewer was given."""
    users = visible(SYSTEM, User).where(User.id.in_({key for key in ids if key}))
    return {row.id: row.name for row in session.execute(users.with_only_columns(User.id, User.name))}
