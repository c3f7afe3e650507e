"""What the interface of Chongqing (chongqing_rules.py) brings and asks for, put into our words: a service
relation is a contract, a technician with his certificate a person, a maintenance record a visit without
answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from sqlalchemy import func, or_, select

from equipment.contracts import actions as contracts
from equipment.contracts.actions import ELEVATOR, ContractTerms
from equipment.contracts.models import Contract, ContractLift
from equipment.contracts.queries import MAINTAINED
from equipment.contracts.states import COUNTING, ContractKind, ContractState
from equipment.core import clock
from equipment.core.days import day_in
from equipment.core.errors import Invalid
from equipment.core.fields import Fields
from equipment.core.words import N_, Message
from equipment.files.actions import StoredDocument
from equipment.intake.rules import content_of
from equipment.maintenance.models import Visit
from equipment.maintenance.reported import ReportedEnd, ReportedVisit
from equipment.people.codes import mobile_number
from equipment.people.models import Certificate, Organisation, User
from equipment.people.rules import SYSTEM, Viewer
from equipment.people.scope import visible
from equipment.register.codes import normal, parse
from equipment.register.models import Equipment, Identifier
from equipment.register.queries import resolve_own
from equipment.register.rules import IdentifierKind
from equipment.regulation.elevator_details import MaintenanceMode
from equipment.regulation.elevator_numbers import technician_certificate, technicians_at_least
from equipment.regulation.queries import rules
from equipment.rescue.contacts import FIRM, serving
from equipment.rescue.rules import spelt_phone
from equipment.storage.db import session
from equipment.uploads import agreements, staff, visits
from equipment.uploads.chongqing_rules import (
    ENDED,
    ESTABLISHED,
    PEOPLE_BY_ID,
    PEOPLE_BY_NAME,
    RECORD_ID,
    WORK_TYPES,
    digits_of,
    one_called,
    site_moment,
)
from equipment.uploads.records import firm_of, key_of
from equipment.uploads.states import UploadKind

STANDING = (ContractState.PROPOSED, *COUNTING)
ENDED_BY = "维保单位系统报告：维保服务关系结束（updateServiceState，changState 1）"
UNREAD_TIME = N_("Write the time as 2026-11-23 08:30:00.")
UNREAD_DAY = N_("Write the day as 2026-11-23.")


@dataclass(frozen=True, slots=True)
class Relation:
    """维保服务关系 with a use unit, by the id and the name that entity/queryID gave."""

    unit: str
    unit_name: str
    from_on: date
    until_on: date


@dataclass(frozen=True, slots=True)
class Worker:
    """A technician; the days are those of his contract of employment, `scan` the digest of his certificate's
    file."""

    name: str
    mobile: str
    certificate: str
    from_on: date
    until_on: date
    scan: str


def day_of(form: Mapping[str, str], field: str) -> date:
    day = day_in(form.get(field, "").strip()[:10])
    if day is None:
        raise Invalid({field: UNREAD_DAY})
    return day


def units_with(credit_code: str) -> Sequence[Organisation]:
    """The use unit of a credit code, as a list of one or none."""
    units = select(Organisation).where(
        Organisation.credit_code == credit_code.strip().upper(),
        Organisation.active,
        Organisation.kind.in_(agreements.UNITS),
    )
    return session.scalars(units).all()


def unit_called(number: str, name: str) -> Organisation:
    """The use unit of an id. Its name must fit: an id that was mixed up would bind another unit."""
    candidates = select(Organisation.id).where(Organisation.active, Organisation.kind.in_(agreements.UNITS))
    key = one_called(number.strip(), session.scalars(candidates))
    if key is None:
        text = N_("No use unit has this id: ask for it by the credit code (entity/queryID).")
        raise Invalid({"useUnitEntityID": text})
    unit = session.get_one(Organisation, key)
    if name.strip() not in (unit.name, unit.short_name):
        raise Invalid(
            {"useUnitName": Message(N_("The use unit of this id is %(name)s."), {"name": unit.name})}
        )
    return unit


def establish(relation: Relation, paper: StoredDocument, *, by: Viewer) -> tuple[Contract, bool]:
    """(the contract, whether the message was new). That interface names neither lifts nor number, nor what
    the price covers: it is for all lifts of the unit that the firm maintains or nobody does, and for
    the least that a price covers. The firm corrects it on the contract's page."""
    unit = unit_called(relation.unit, relation.unit_name)
    number = f"cq-{digits_of(unit.id)}-{relation.from_on:%Y%m%d}"
    terms = ContractTerms(
        number=number,
        kind=ContractKind.LABOUR,
        mode=MaintenanceMode.REGULAR,
        people=technicians_at_least(rules(ELEVATOR), clock.today()).integer,
        from_on=relation.from_on,
        until_on=relation.until_on,
    )
    content = content_of(
        serviceStartDate=relation.from_on, serviceEndDate=relation.until_on, contractFile=paper.content.sha256
    )
    contract, is_new = agreements.bring_contract(
        number, terms, unit.credit_code or unit.name, (), content, by=by
    )
    if is_new:
        contracts.add_paper(contract, paper, by=by)
    return contract, is_new


def end_relation(number: str, name: str, last_on: date, *, by: Viewer) -> bool:
    """Every contract of the two that would go on after that day ends on it; whether any did. Invalid where
    there never was one."""
    unit = unit_called(number, name)
    ours = visible(by, Contract).where(
        Contract.organisation_id == firm_of(by), Contract.use_unit_id == unit.id, Contract.state.in_(STANDING)
    )
    every = session.scalars(ours.order_by(Contract.from_on, Contract.id)).all()
    if not every:
        raise Invalid({"useUnitEntityID": N_("Your firm has no contract with this use unit.")})
    running = [one for one in every if one.is_running and one.last_on > last_on]
    for contract in running:
        agreements.end(contract, last_on, ENDED_BY, by=by)
    return bool(running)


def has_relation(by: Viewer) -> bool:
    """Whether the firm has a contract with anybody that is not over yet."""
    ours = visible(by, Contract).where(
        Contract.organisation_id == firm_of(by),
        Contract.state.in_(STANDING),
        func.coalesce(Contract.ended_on, Contract.until_on) >= clock.today(),
    )
    return session.scalar(ours.limit(1)) is not None


def bring_worker(worker: Worker, nobody_knows: str, *, by: Viewer) -> tuple[User, bool]:
    """(the technician, whether the message was new). Whoever had left works here again."""
    stated = staff.StatedPerson(_number_of(worker, by), worker.name, worker.mobile, _certificates(worker, by))
    content = content_of(
        workManName=worker.name, workManCertificate=worker.certificate, certificateFile=worker.scan
    )
    user, is_new = staff.bring_person(stated, nobody_knows, content, by=by)
    if is_new and not user.active:
        staff.change_person(user, name=None, certificates=(), works=True, by=by)
    return user, is_new


def _number_of(worker: Worker, by: Viewer) -> str:
    """That interface gives people no number: phone and days make one, so that other days are another message
    of the same person. No phone number stands in the ledger for it."""
    text = f"{mobile_number(worker.mobile)}/{worker.from_on}/{worker.until_on}"
    return f"cq-{digits_of(key_of(firm_of(by), UploadKind.PERSON, text))}"


def _certificates(worker: Worker, by: Viewer) -> list[staff.StatedCertificate]:
    """It says no days of the certificate: those of the contract of employment stand in for them. A
    certificate that is on file with other days, which nobody sent that way, stays as it is."""
    code = str(technician_certificate(rules(ELEVATOR), clock.today()).value)
    stated = staff.StatedCertificate(code, worker.certificate, worker.from_on, worker.until_on)
    held = visible(by, Certificate).where(
        Certificate.code == code, Certificate.number == worker.certificate.strip().upper()
    )
    on_file = session.scalar(held)
    if on_file is None:
        return [stated]
    before = replace(worker, from_on=on_file.valid_from, until_on=on_file.valid_until)
    return [stated] if _was_brought(before, by) else []


def _was_brought(worker: Worker, by: Viewer) -> bool:
    """Whether the person came by this interface with these days."""
    key = key_of(firm_of(by), UploadKind.PERSON, _number_of(worker, by))
    return key in staff.PEOPLE.earlier(session.connection(), [key])


def let_go(mobile: str, certificate: str, *, by: Viewer) -> tuple[User, bool]:
    """(the technician, whether he worked here until now)."""
    people = (one for one in staff.technicians_of(by) if one.mobile == mobile_number(mobile))
    user = next(people, None)
    if user is None:
        raise Invalid({"workManPhone": N_("No technician of your firm has this number.")})
    numbers = {one.number for one in staff.certificates_of(by, [user.id])}
    if certificate.strip().upper() not in numbers:
        text = N_("%(name)s has no certificate of this number on file.")
        raise Invalid({"workManCertificate": Message(text, {"name": user.name})})
    worked = user.active
    staff.change_person(user, name=None, certificates=(), works=False, by=by)
    return user, worked


def listed_workers(working: bool | None, holds_on: date | None, *, by: Viewer) -> list[dict[str, object]]:
    """The technicians with their ids; `holds_on` leaves out whose certificate has ended before."""
    people = [one for one in staff.technicians_of(by) if working is None or one.active is working]
    ends: dict[UUID, Certificate] = {}
    for one in staff.certificates_of(by, [person.id for person in people]):
        ends.setdefault(one.user_id, one)  # the one that ends last comes first
    rows = list[dict[str, object]]()
    for person in people:
        held = ends.get(person.id)
        if holds_on is None or (held is not None and held.valid_until >= holds_on):
            rows.append(
                {
                    "id": digits_of(person.id),
                    "workManName": person.name,
                    "workManPhone": person.mobile,
                    "workManCertificate": held.number if held else "",
                    "workStartDate": held.valid_from.isoformat() if held else "",
                    "workEndDate": held.valid_until.isoformat() if held else "",
                    "changState": ESTABLISHED if person.active else ENDED,
                }
            )
    return rows


def lifts_with(numbers: Mapping[str, str], *, by: Viewer) -> list[dict[str, object]]:
    """The lifts of the firm that carry all of these numbers."""
    lifts = visible(by, Equipment).where(Equipment.category.in_(MAINTAINED))
    if serial := numbers.get("factoryNumber"):
        lifts = lifts.where(or_(Equipment.serial == serial, Equipment.serial == normal(serial)))
    kinds = {
        "registrationCode": IdentifierKind.REGISTRATION_CODE,
        "deviceCode": IdentifierKind.EQUIPMENT_CODE,
    }
    for name, kind in kinds.items():
        if number := numbers.get(name):
            carriers = select(Identifier.equipment_id).where(
                Identifier.value == normal(number), Identifier.kind == kind, Identifier.voided_at.is_(None)
            )
            lifts = lifts.where(Equipment.id.in_(carriers))
    rows = session.scalars(lifts.order_by(Equipment.id).limit(contracts.MOST)).all()
    return _lift_rows(rows)


def _lift_rows(lifts: Sequence[Equipment]) -> list[dict[str, object]]:
    """As that interface writes them. The safety officer is who stands in the record of the lift; the phone is
    that of his unit, since nobody's own number is given away here."""
    carried = select(Identifier).where(
        Identifier.equipment_id.in_([lift.id for lift in lifts]),
        Identifier.kind == IdentifierKind.EQUIPMENT_CODE,
        Identifier.voided_at.is_(None),
    )
    codes = {one.equipment_id: one.shown for one in session.scalars(carried)}
    phones = serving(lifts, FIRM)
    unit_ids = {lift.use_unit_id for lift in lifts if lift.use_unit_id}
    units = {
        unit.id: unit for unit in session.scalars(select(Organisation).where(Organisation.id.in_(unit_ids)))
    }
    rows = list[dict[str, object]]()
    for lift in lifts:
        unit, phone = units.get(lift.use_unit_id) if lift.use_unit_id else None, phones.get(lift.id)
        rows.append(
            {
                "elevatorCode": digits_of(lift.id),
                "deviceCode": codes.get(lift.id, ""),
                "factoryNumber": lift.serial,
                "insideNumber": lift.own_number,
                "useUnitName": unit.name if unit else "",
                "elevatorAdminister": Fields(lift.details).text("safety_officer", ""),
                "elevatorAdministerPhone": unit.phone if unit else "",
                "emergencyPhone": spelt_phone(phone.digits) if phone else "",
            }
        )
    return rows


def bring_record(form: Mapping[str, str], problems: Sequence[str], *, by: Viewer) -> tuple[Visit, bool]:
    """(the visit, whether the message was new). All that was sent is what it is known again by; it answers no
    item, so it does not count until the answers come."""
    if not RECORD_ID.fullmatch(form["originalRecordId"]):
        text = N_("Up to 64 letters, digits and . _ : - without blanks.")
        raise Invalid({"originalRecordId": text})
    reported = _reported(form, by)
    lift = visits.lift_called(by, _lift_number(form["elevatorCode"], by), reported)
    meant = resolve_own(by, parse(form["deviceCode"])).equipment_id
    if meant not in (None, lift.id):  # a record of the wrong lift would stand for ever there
        raise Invalid({"deviceCode": N_("This is the number of another lift than elevatorCode.")})
    brought = visits.BroughtVisit(form["originalRecordId"], str(lift.id), reported, (), None, problems)
    content = content_of(**{**form, "problemCode": list(problems)})
    return visits.bring_visit(brought, content, by=by)


def _reported(form: Mapping[str, str], by: Viewer) -> ReportedVisit:
    duty = WORK_TYPES.get(form["workType"])
    arrived, left = site_moment(form["startTime"]), site_moment(form["endTime"])
    wrong: dict[str, Message | str] = {}
    if duty is None:
        wrong["workType"] = Message(N_("One of %(codes)s."), {"codes": ", ".join(WORK_TYPES)})
    wrong |= {name: UNREAD_TIME for name, at in (("startTime", arrived), ("endTime", left)) if at is None}
    if day_in(form["nextMaintenanceDate"][:10]) is None:
        wrong["nextMaintenanceDate"] = UNREAD_DAY
    if wrong or duty is None or arrived is None or left is None:
        raise Invalid(wrong)
    return ReportedVisit(duty, ReportedEnd(arrived), ReportedEnd(left), _people(form, by))


def _people(form: Mapping[str, str], by: Viewer) -> list[UUID]:
    """Who was there: the same one twice is one person who was alone."""
    firm_of(by)
    technicians, people, wrong = staff.technicians_of(by), list[UUID](), dict[str, Message | str]()
    by_name = PEOPLE_BY_NAME[0] in form
    for field in PEOPLE_BY_NAME if by_name else PEOPLE_BY_ID:
        called = [
            one.id for one in technicians if form[field] == (one.name if by_name else digits_of(one.id))
        ]
        if len(called) == 1:
            people += called
        elif called:
            wrong[field] = N_("Several technicians of your firm have this name: send the id.")
        else:
            wrong[field] = N_("No technician of your firm: send the person first (entity/updateWorkState).")
    if wrong:
        raise Invalid(wrong)
    return list(dict.fromkeys(people))


def _lift_number(code: str, by: Viewer) -> str:
    """Our id behind the number that equipment/queryElevatorInfo gave, also of a lift that the firm maintained
    once; any other number that the lift carries stays as it is."""
    lifts = visible(by, Equipment).where(Equipment.category.in_(MAINTAINED))
    under = visible(SYSTEM, ContractLift).where(ContractLift.organisation_id == firm_of(by))
    keys = [
        *session.scalars(lifts.with_only_columns(Equipment.id)),
        *session.scalars(under.with_only_columns(ContractLift.equipment_id)),
    ]
    key = one_called(code, keys)
    return str(key) if key else code
