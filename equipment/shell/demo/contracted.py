"""Maintenance contracts of the demonstration: most lifts have one, of every kind; some firms are on file
without,
a few contracts end soon, lifts went from firm to firm, some are nobody's; and who of the leading firm goes
where."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta
from uuid import UUID

from equipment.contracts import actions, assigning, handing_over
from equipment.contracts.actions import ContractTerms
from equipment.contracts.facing import follow_contracts
from equipment.contracts.models import Assignment, Contract, ContractLift, Handover
from equipment.contracts.queries import contract_of, handover_of
from equipment.contracts.states import ContractKind, ContractState
from equipment.core import clock
from equipment.core.ids import new_id
from equipment.people.rules import SYSTEM, OrganisationKind, Role
from equipment.people.scope import visible
from equipment.register.actions import change
from equipment.register.models import Equipment
from equipment.register.rules import EquipmentStatus
from equipment.regulation.elevator_details import MaintenanceMode
from equipment.shell.demo.city import City, Unit
from equipment.shell.demo.floor import person_of
from equipment.shell.demo.lifts import LEADING_FIRM
from equipment.shell.demo.pieces import Piece
from equipment.storage.db import session, transaction

KINDS = (ContractKind.PARTIAL, ContractKind.PARTIAL, ContractKind.FULL, ContractKind.LABOUR)
WITHOUT = 19  # every so many lifts: the firm is on file, a contract is not
MOVED = 4  # lifts of each story of the weeks
UNASSIGNED = 23
STATED, ENDING = 6, 9  # every so many contracts: not confirmed yet, or ending within weeks


def contract_rows(city: City, lifts: list[Piece]) -> list[Piece]:
    """The contracts of the year, one for each use unit and firm, and who of the leading firm goes where.
    What comes
    back are lifts without one, for the stories of the weeks."""
    firms = {unit.id: unit for unit in city.of(OrganisationKind.FIRM)}
    covered: dict[tuple[UUID, UUID], list[Piece]] = defaultdict(list)
    moved = movable(lifts)
    apart = {lift.id for lift in moved}
    for number, lift in enumerate(lifts):
        if lift.id not in apart and number % WITHOUT != 3 and lift.row["status"] != EquipmentStatus.STOPPED:
            covered[lift.unit.id, lift.row["maintenance_firm_id"]].append(lift)
    numbers: dict[UUID, int] = defaultdict(int)
    for (unit_id, firm_id), group in covered.items():
        numbers[firm_id] += 1
        _contract(city, firms[firm_id], unit_id, group, numbers[firm_id])
    _assignments(city, lifts[:LEADING_FIRM])
    return moved


def movable(lifts: list[Piece]) -> list[Piece]:
    """Lifts of one firm beside the leading one, for which firms change."""
    quiet = [lift for lift in lifts[LEADING_FIRM:] if lift.story == ""]
    by_side: dict[tuple[UUID, UUID], list[Piece]] = defaultdict(list)
    for lift in quiet:
        by_side[lift.row["maintenance_firm_id"], lift.unit.id].append(lift)
    groups = sorted(by_side.values(), key=lambda group: (-len(group), group[0].row["serial"]))
    return [lift for group in groups[:MOVED] for lift in group]


def _contract(city: City, firm: Unit, unit_id: UUID, group: list[Piece], number: int) -> None:
    book, today = city.book, city.today
    since = today - timedelta(days=40 + number * 13 % 280)
    until = since + timedelta(days=364)
    if number % ENDING == 4:
        until = today + timedelta(days=8 + number % 45)
    is_waiting = number % STATED == 2 or unit_id == city.of(OrganisationKind.USE_UNIT)[1].id
    state = ContractState.STATED if is_waiting else ContractState.CONFIRMED
    at = clock.site_midnight(since - timedelta(days=6)) + timedelta(hours=10)
    boss = firm.one(Role.FIRM_MANAGER)
    contract = book.add(
        Contract,
        organisation_id=firm.id,
        id=book.id(),
        use_unit_id=unit_id,
        number=f"{firm.name[:2]}维字{since.year}-{number:03}",
        kind=KINDS[number % len(KINDS)],
        mode=MaintenanceMode.ON_DEMAND if number % 17 == 5 else MaintenanceMode.REGULAR,
        people=2,
        from_on=since,
        until_on=until,
        state=state,
        entered_by=boss["id"],
        entered_at=at,
    )
    if state is ContractState.CONFIRMED:
        contract["decided_by"] = group[0].unit.one(Role.SAFETY_OFFICER)["id"]
        contract["decided_at"] = at + timedelta(days=1)
    stated = {"contract": contract["id"], "number": contract["number"]}
    book.tell(at, "contract", contract["id"], "contract.entered", [(Contract, contract)], by=boss, **stated)
    for lift in group:
        covered = book.add(
            ContractLift,
            equipment_id=lift.id,
            id=book.id(),
            organisation_id=firm.id,
            contract_id=contract["id"],
            from_on=since,
            until_on=until,
            counts=True,
            area=lift.row["area"],
            category="elevator",
        )
        rows = [(ContractLift, covered)]
        book.tell(at, "equipment", lift.id, "contract.entered", rows, by=boss, **stated)


def _assignments(city: City, lifts: list[Piece]) -> None:
    """Two technicians to each lift of the leading firm, as they went there before; a few are nobody's."""
    book, firm = city.book, city.of(OrganisationKind.FIRM)[0]
    people, boss = firm.people[Role.TECHNICIAN], firm.one(Role.FIRM_MANAGER)
    since = city.today - timedelta(days=60)
    at = clock.site_midnight(since) + timedelta(hours=8)
    for number, lift in enumerate(lifts):
        if number % UNASSIGNED == 11:
            continue
        place = lift.id.int % len(people)
        for person in (people[place], people[(place + 1) % len(people)]):
            row = book.add(
                Assignment,
                equipment_id=lift.id,
                id=book.id(),
                organisation_id=firm.id,
                user_id=person["id"],
                from_on=since,
                assigned_by=boss["id"],
                at=at,
                area=lift.row["area"],
                category="elevator",
            )
            book.tell(at, "equipment", lift.id, "assigned", [(Assignment, row)], by=boss)


def contracts_of_weeks(city: City, moved: list[Piece]) -> None:
    """Firms that change: one hand-over accepted, one open, lifts that nobody took, lifts of nobody; a
    team, and
    somebody who stands in today."""
    firms = {unit.id: unit for unit in city.of(OrganisationKind.FIRM)}
    leading = city.of(OrganisationKind.FIRM)[0]
    groups: dict[tuple[UUID, UUID], list[Piece]] = defaultdict(list)
    for lift in moved:
        groups[lift.row["maintenance_firm_id"], lift.unit.id].append(lift)
    for number, ((firm_id, _unit_id), group) in enumerate(groups.items()):
        if number == MOVED - 1:
            _nobodys(city, group)
            continue
        _ended(city, firms[firm_id], group, number)
        if number < 2:
            _taken_over(city, leading, group, number)
    with transaction():
        boss = person_of(leading, Role.FIRM_MANAGER)
        crew = [person["id"] for person in leading.people[Role.TECHNICIAN]]
        assigning.save_team(None, "城区一班", crew[:3], by=boss)
        assigning.save_team(None, "城区二班", crew[4:7], by=boss)
        days = (city.today, city.today + timedelta(days=1))
        assigning.stand_in(crew[6], crew[0], *days, "参加培训", by=boss)


def _terms(city: City, number: str, since: int, until: int) -> ContractTerms:
    return ContractTerms(
        number=number,
        kind=ContractKind.FULL,
        mode=MaintenanceMode.REGULAR,
        people=2,
        from_on=city.today + timedelta(days=since),
        until_on=city.today + timedelta(days=until),
    )


def _at(city: City, days: int, hour: int) -> datetime:
    return clock.site_midnight(city.today - timedelta(days=days)) + timedelta(hours=hour)


def _ended(city: City, firm: Unit, group: list[Piece], number: int) -> None:
    """A contract of a year that its use unit ended some days ago."""
    by = person_of(firm, Role.FIRM_MANAGER)
    ids, unit = [lift.id for lift in group], group[0].unit
    safe = person_of(unit, Role.SAFETY_OFFICER)
    with clock.played(_at(city, 30, 9)), transaction():
        terms = _terms(city, f"旧维字{city.today.year}-{number + 1:02}", -200, 120)
        contract = actions.enter(terms, firm.id, unit.id, ids, by=by, key=new_id())
        key = contract.id
    with clock.played(_at(city, 9, 10)), transaction():
        last = city.today - timedelta(days=7)
        actions.end(contract_of(key, by=safe), last, "维保质量不满意，协商终止", by=safe)
    with clock.played(_at(city, 6, 1)):
        follow_contracts(city.today - timedelta(days=6))


def _taken_over(city: City, firm: Unit, group: list[Piece], number: int) -> None:
    """The next firm's contract; the hand-over is accepted, or waits."""
    by, unit = person_of(firm, Role.FIRM_MANAGER), group[0].unit
    safe = person_of(unit, Role.SAFETY_OFFICER)
    with clock.played(_at(city, 5, 9)), transaction():
        terms = _terms(city, f"新维字{city.today.year}-{number + 1:02}", -4, 360)
        ids = [lift.id for lift in group]
        key = actions.enter(terms, firm.id, unit.id, ids, by=by, key=new_id()).id
    with clock.played(_at(city, 5, 15)), transaction():
        actions.confirm(contract_of(key, by=safe), by=safe)
    with clock.played(_at(city, 4, 1)):
        follow_contracts(city.today - timedelta(days=4))
    if number:
        return
    waiting = visible(SYSTEM, Handover).where(Handover.to_id == firm.id, Handover.use_unit_id == unit.id)
    handover = session.scalars(waiting).one()
    former = person_of(_firm_of(city, handover.organisation_id), Role.FIRM_MANAGER)
    with clock.played(_at(city, 3, 10)), transaction():
        ticked = [(item["text"], True) for item in handover.things]
        handing_over.set_things(handover_of(handover.id, by=former), ticked, by=former)
        handing_over.accept(handover_of(handover.id, by=by), by=by)


def _firm_of(city: City, key: UUID) -> Unit:
    return next(unit for unit in city.of(OrganisationKind.FIRM) if unit.id == key)


def _nobodys(city: City, group: list[Piece]) -> None:
    """Lifts whose firm gave up its licence."""
    with clock.played(_at(city, 12, 9)), transaction():
        for lift in group[:2]:
            piece = session.get_one(Equipment, lift.id)
            change(piece, {"maintenance_firm_id": None}, by=SYSTEM, reason="维保单位许可证已注销")
