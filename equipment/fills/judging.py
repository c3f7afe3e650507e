"""One scan judged: the facts of the piece, the station and the person brought together for `rules.may_fill`."""
from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from pydantic import ValidationError

from equipment.core.verdict import Reason, Verdict
from equipment.fills.pieces import Inspected, Piece
from equipment.fills.rules import FillFacts, Make, may_fill
from equipment.fills.states import ScanPurpose
from equipment.fills.station import CYLINDER, Station, sheet_of
from equipment.register.rules import Outcome
from equipment.regulation.cylinder_details import CylinderDetails

NOT_CYLINDER = "not_cylinder"


@dataclass(slots=True, kw_only=True)
class Asked:
    """One scan as it came in. `days` are those it is judged on: one, or two where the device's word cannot be checked."""

    scan_id: UUID
    code: str
    gas: str
    content: str
    happened_at: datetime
    received_at: datetime
    on: date
    days: Sequence[date]
    station: Station
    actor: str
    device_id: UUID | None
    person: UUID | None
    operator: str = ""
    bay: str = ""
    checks: Mapping[str, bool | str] = field(default_factory=dict)
    purpose: ScanPurpose = ScanPurpose.FILL
    outcome: Outcome | None = None  # known already where the code is not one of ours; else the label row decides
    equipment_id: UUID | None = None
    flags: tuple[str, ...] = ()
    contact: bool = False  # whether the device's last contact is to be written down

    @property
    def organisation_id(self) -> UUID:
        return self.station.organisation_id

    @property
    def drift_s(self) -> int:
        """How far the device's clock is behind ours, its word taken for granted."""
        return round((self.received_at - self.happened_at).total_seconds())


@dataclass(slots=True)
class Judged:
    """The verdict with what it was made of."""

    verdict: Verdict
    facts: FillFacts
    details: CylinderDetails | None = None
    make: Make | None = None
    user_id: UUID | None = None


def judge(asked: Asked, reading: str, piece: Piece | None, inspected: Inspected, open_elsewhere: bool) -> Judged:
    """Every reason there is, on the strictest of the days that count."""
    details = details_of(piece) if piece is not None and piece.category == CYLINDER else None
    if piece is not None and piece.category != CYLINDER:
        reading = NOT_CYLINDER
    gas = asked.gas or (piece.medium if piece is not None else "")
    found: list[Judged] = []
    for on in dict.fromkeys(asked.days):
        user_id, operator = asked.station.operator(asked.operator, asked.person, on)
        make = sheet_of(on).make_of(details) if details else None
        facts = FillFacts(reading=reading, gas=gas, licence=asked.station.licence_for(gas, on), operator=operator,
                          **(_of_piece(piece, details, inspected, asked.organisation_id) if piece is not None else {}),
                          open_elsewhere=open_elsewhere)
        verdict = may_fill(asked.station.book(on), make, facts, asked.checks)
        found.append(Judged(verdict, facts, details, make, user_id))
    return found[0] if len(found) == 1 else _strictest(found)


def details_of(piece: Piece) -> CylinderDetails | None:
    """None where an import left something that is no cylinder: then it is judged as of unknown medium."""
    try:
        return CylinderDetails.model_validate(piece.details)
    except ValidationError:
        return None


def _of_piece(piece: Piece, details: CylinderDetails | None, inspected: Inspected, organisation_id: UUID) -> dict[str, Any]:
    return {
        "own": organisation_id in (piece.owner_id, piece.use_unit_id), "medium": piece.medium, "status": str(piece.status),
        "registered": piece.registered_on is not None, "verified": piece.verified, "inspection_due_on": piece.inspection_due_on,
        "end_of_life_on": piece.end_of_life_on, "last_conclusion": inspected.conclusion, "inspected_on": inspected.on,
        "filled_on": piece.filled_on, "made_on": piece.made_on, "block_reason": piece.block_reason, "treat_code": piece.treat_code,
        "tare_known": details is None or details.tare_g is not None, "screw_guard": details.screw_guard if details else None,
        "head_mark": details.head_mark if details else None,
    }


def _strictest(found: Sequence[Judged]) -> Judged:
    """All reasons of all days, each with its hardest effect."""
    reasons: dict[str, Reason] = {}
    for reason in (reason for judged in found for reason in judged.verdict.reasons):
        if reason.code not in reasons or (reason.effect.refuses and not reasons[reason.code].effect.refuses):
            reasons[reason.code] = reason
    last = found[-1]
    return Judged(Verdict(tuple(reasons[code] for code in sorted(reasons))), last.facts, last.details, last.make, last.user_id)
