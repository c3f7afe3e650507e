"""How contracts and the lifts under them read in lists."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from equipment.contracts.models import Contract, ContractLift
from equipment.contracts.queries import counts_of, pieces_of
from equipment.people.rules import Viewer
from equipment.register.lists import names_of
from equipment.register.models import Equipment
from equipment.register.naming import called
from equipment.register.queries import pieces


@dataclass(frozen=True, slots=True)
class ContractRow:
    """One contract of a list with the names of its sides and how many lifts it has."""

    contract: Contract
    firm: str
    unit: str
    lifts: int


def contract_rows(contracts: Sequence[Contract]) -> list[ContractRow]:
    """Rows of a list, in two queries."""
    names = names_of({key for row in contracts for key in (row.organisation_id, row.use_unit_id)})
    counts = counts_of(contracts)
    return [
        ContractRow(
            row, names.get(row.organisation_id, ""), names.get(row.use_unit_id, ""), counts.get(row.id, 0)
        )
        for row in contracts
    ]


@dataclass(frozen=True, slots=True)
class CoveredLift:
    """One lift under a contract; `is_seen`: the viewer may open it."""

    row: ContractLift
    piece: Equipment
    is_seen: bool
    firm: str  # on file, where that is another one

    @property
    def name(self) -> str:
        return called(self.piece)

    @property
    def until_on(self) -> date:
        return self.row.until_on


def covered_rows(rows: Sequence[ContractLift], viewer: Viewer) -> dict[UUID, CoveredLift]:
    """The lifts of a page of a contract, in three queries."""
    lifts = pieces_of(row.equipment_id for row in rows)
    own = {piece.id for piece in pieces(viewer, lifts)}
    firms = names_of({piece.maintenance_firm_id for piece in lifts.values() if piece.maintenance_firm_id})
    return {
        row.id: CoveredLift(
            row,
            lifts[row.equipment_id],
            row.equipment_id in own,
            firms.get(firm, "")
            if (firm := lifts[row.equipment_id].maintenance_firm_id) and firm != row.organisation_id
            else "",
        )
        for row in rows
    }
