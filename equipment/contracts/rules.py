"""Whether a lift may come under a contract, what its days and its people may be, who may be sent where,
and why a
lift has no contract. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from equipment.contracts.states import ContractGap
from equipment.core.words import N_, Message
from equipment.register.rules import EquipmentStatus

LONGEST_YEARS = 10  # a period beyond that is a slip of the keyboard; no rule sets it
MAINTAINED = (EquipmentStatus.IN_USE, EquipmentStatus.LOCKED, EquipmentStatus.NOT_YET)


@dataclass(frozen=True, slots=True)
class CoveredDays:
    """A contract that counts for a lift: whose it is, its number, its days, as a refusal names them."""

    firm_id: UUID
    firm: str
    number: str
    from_on: date
    until_on: date
    contract_id: UUID | None = None

    def meets(self, from_on: date, until_on: date) -> bool:
        """Whether the two share a day."""
        return self.from_on <= until_on and from_on <= self.until_on


@dataclass(frozen=True, slots=True)
class CandidateLift:
    """What decides whether a lift may come under a contract: what it is, whose, its status, and the other
    contracts that count for it."""

    is_lift: bool
    is_of_unit: bool
    status: EquipmentStatus
    covered: Sequence[CoveredDays] = ()


def lift_problem(lift: CandidateLift, firm: UUID, from_on: date, until_on: date) -> Message | str | None:
    """Why this lift may not come under this firm's contract of these days; None when nothing stands against
    it."""
    if not lift.is_lift:
        return N_("It is no lift, escalator or moving walk.")
    if lift.status not in MAINTAINED:
        text = N_("It is %(status)s on file: a contract is for lifts in use. Put it into use first.")
        return Message(text, {"status": lift.status.label})
    if not lift.is_of_unit:
        return N_("It is on file with another use unit.")
    other = next((days for days in lift.covered if days.meets(from_on, until_on)), None)
    if other is None:
        return None
    facts = {
        "number": other.number,
        "firm": other.firm,
        "from": other.from_on.isoformat(),
        "until": other.until_on.isoformat(),
    }
    if other.firm_id == firm:
        return Message(
            N_(
                "It is under your contract %(number)s from %(from)s to %(until)s already: renew that one, or "
                "let the new one begin after it."
            ),
            facts,
        )
    return Message(
        N_(
            "It is under contract %(number)s of %(firm)s from %(from)s to %(until)s: that one has to end "
            "before yours begins."
        ),
        facts,
    )


def period_problems(from_on: date, until_on: date) -> dict[str, Message | str]:
    """What is wrong with the days of a contract, by field."""
    if until_on < from_on:
        return {"until_on": N_("The last day is before the first.")}
    if until_on.year - from_on.year > LONGEST_YEARS:
        return {
            "until_on": Message(N_("More than %(years)d years: check the year."), {"years": LONGEST_YEARS})
        }
    return {}


def people_problem(people: int, needed: int, *, one_allowed: bool) -> Message | None:
    """Why a contract may not have so few technicians for a visit; the bureau decides whether one is
    enough."""
    if people >= needed or (people == 1 and one_allowed):
        return None
    text = N_(
        "A visit needs %(needed)d technicians here: the bureau has not allowed maintenance by one "
        "(choices of the bureau, “Maintenance by one technician”)."
    )
    return Message(text, {"needed": needed})


def people_needed(pack: int, contracted: int | None, *, one_allowed: bool) -> int:
    """How many technicians a visit needs: what the contract says, never fewer than the pack unless the bureau
    allows one."""
    if contracted is None or contracted == pack:
        return pack
    return contracted if contracted > pack or one_allowed else pack


@dataclass(frozen=True, slots=True)
class TechnicianFacts:
    """Who is to be sent: whose he is, whether his account is open, his role and certificate."""

    name: str
    is_of_firm: bool
    works: bool
    is_technician: bool
    is_certified: bool


def technician_problem(person: TechnicianFacts) -> Message | None:
    """Why this person cannot be sent to a lift; None when he can."""
    text = ""
    if not person.is_of_firm:
        text = N_("%(name)s does not work for your firm.")
    elif not person.works:
        text = N_("%(name)s's account is closed.")
    elif not person.is_technician:
        text = N_("%(name)s is no technician.")
    elif not person.is_certified:
        text = N_("%(name)s has no valid certificate T on file.")
    return Message(text, {"name": person.name}) if text else None


def on_duty(assigned: Iterable[UUID], absences: Iterable[tuple[UUID, UUID]]) -> frozenset[UUID]:
    """Who goes on a day where `assigned` are the lift's technicians and each of `absences` is (who is
    away, who
    stands in for him)."""
    stand_ins: dict[UUID, set[UUID]] = {}
    for absent, other in absences:
        stand_ins.setdefault(absent, set()).add(other)
    return frozenset(person for one in assigned for person in stand_ins.get(one, {one}))


def gap_of(firm_id: UUID | None, last_until: date | None, on: date) -> ContractGap:
    """Why a lift without a contract in force on a day has none."""
    if last_until is not None and last_until < on:
        return ContractGap.ENDED
    return ContractGap.NO_CONTRACT if firm_id is not None else ContractGap.NO_FIRM
