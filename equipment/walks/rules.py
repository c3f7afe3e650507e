"""What a round holds and what may be made of what was seen. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from equipment.core.words import N_, Message
from equipment.register.rules import EquipmentStatus
from equipment.regulation.categories import CATEGORIES
from equipment.regulation.category import CountingUnit
from equipment.regulation.planning import INSPECTIONS, DueKind
from equipment.walks.states import WalkClosing, WalkOutcome, WalkSettlement

TOWNSHIP, COUNTY = 9, 6  # digits of a township's and of a county's code
NOTE_LENGTH, REASON_LENGTH = 500, 300
# What the law asks for by a day: visits, self-checks and tests of parts are the unit's own work.
WALKED_DUTIES = (*INSPECTIONS, DueKind.SELF_TEST)
# Bottles (只) are refused at the station: nobody goes to see them.
WALKED_CATEGORIES = tuple(kind.key for kind in CATEGORIES if kind.counted_in == CountingUnit.SET)

SETTLEMENTS: Mapping[WalkOutcome, tuple[WalkSettlement, ...]] = {
    WalkOutcome.IN_USE: (WalkSettlement.HAZARD,),
    WalkOutcome.STOPPED: (WalkSettlement.STOP,),
    WalkOutcome.REMOVED: (WalkSettlement.CANCEL,),
    WalkOutcome.ABSENT: (WalkSettlement.DOUBT, WalkSettlement.CANCEL),
    WalkOutcome.APPLIED: (WalkSettlement.APPLY,),
    WalkOutcome.INSPECTED: (WalkSettlement.APPLY,),
}
# A piece leaves the rate's denominator, or is doubted, by these: never without saying how it is known.
SHRINKING = (WalkOutcome.STOPPED, WalkOutcome.REMOVED, WalkOutcome.ABSENT)
# The keys of the paper: its tick boxes from left to right.
KEYS: Mapping[str, WalkOutcome] = {str(number): outcome for number, outcome in enumerate(WalkOutcome, 1)}


def office_area(area: str) -> str:
    """The area of the office that walks a piece: its township where it has one, else what it has."""
    return area[:TOWNSHIP]


def round_number(month: date, area: str) -> str:
    return f"HC-{month:%Y%m}-{area}"


@dataclass(frozen=True, slots=True)
class PieceNow:
    """A piece of an open round as the register has it now."""

    status: EquipmentStatus
    area: str
    is_due: bool  # the duty of its row is still overdue, or not known where it was not known


def closing(now: PieceNow, walked_in: str) -> WalkClosing | None:
    """Why its row closes by itself; None while somebody must still look or decide."""
    if now.status is not EquipmentStatus.IN_USE:
        return WalkClosing.OUT_OF_USE
    if office_area(now.area) != walked_in:
        return WalkClosing.ELSEWHERE
    return None if now.is_due else WalkClosing.NOT_OVERDUE


def proof_problem(outcome: WalkOutcome, photos: int, remark: str) -> Message | None:
    """Nobody takes a piece out of use by a tap alone: a photo, or words on how it is known."""
    if outcome in SHRINKING and not photos and not remark.strip():
        return Message(N_("No photo: say in the remark how it is known."))
    return None


def settling_problem(settler: str, outcome: WalkOutcome, settlement: WalkSettlement) -> Message | None:
    """Why this office may not settle it so: what changes the register or goes to a body is the county's."""
    if settlement not in SETTLEMENTS[outcome]:
        return Message(N_("This is not what follows from what was seen."))
    if settlement is not WalkSettlement.HAZARD and len(settler) > COUNTY:
        return Message(N_("The county office or the city settles this."))
    return None


def days_overdue(due_on: date | None, on: date) -> int | None:
    """None where no inspection is known."""
    return (on - due_on).days if due_on is not None else None
