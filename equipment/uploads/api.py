"""/api/v1/firm: people, contracts and lifts for the systems of maintenance firms."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import BinaryIO, TypeVar, cast

from apiflask import APIBlueprint
from flask import Response, after_this_request, g, jsonify, request
from flask_babel import get_locale
from sqlalchemy.exc import IntegrityError

from equipment.contracts import actions as contracts
from equipment.contracts.actions import ContractTerms
from equipment.contracts.models import Contract
from equipment.contracts.queries import papers_of
from equipment.contracts.states import ContractKind
from equipment.core import clock
from equipment.core.errors import Invalid
from equipment.core.fields import Fields
from equipment.core.words import N_, Labelled
from equipment.files.actions import take
from equipment.intake.rules import content_of
from equipment.maintenance.states import ItemAnswer, ReadBy
from equipment.people.accounts import one_time_password
from equipment.people.credentials import hashed_password
from equipment.people.models import User
from equipment.people.rules import DeviceKind
from equipment.regulation.clauses import HAZARD_CLAUSES, uploads
from equipment.regulation.elevator_details import MaintenanceMode
from equipment.regulation.planning import VISITS
from equipment.storage.db import in_transaction, session
from equipment.uploads import agreements, staff
from equipment.uploads.api_forms import (
    CertificateBody,
    ContractBody,
    ContractChange,
    ContractEndBody,
    ContractPaperMessage,
    ContractRecordResponse,
    FirmCodesResponse,
    InterfaceResponse,
    LeavingLiftBody,
    MoreLiftsBody,
    PeopleResponse,
    PersonBody,
    PersonChange,
    PersonResponse,
    ReasonBody,
)
from equipment.uploads.attempts import about, note_attempt
from equipment.uploads.records import numbers_of, target_of
from equipment.uploads.states import UploadKind, UploadStep
from equipment.web import api, settings, viewer
from equipment.web.language import translate
from equipment.web.limits import count, parsed, say_limits

T = TypeVar("T")

PER_MINUTE = 600
INTERFACE = Fields(tomllib.loads((Path(__file__).parent / "interface.toml").read_text("utf-8")))
LARGEST_PAPER_MB = 20


def blueprint(name: str) -> APIBlueprint:
    """Routes for the systems of firms: how often each may ask is counted, every message is listed."""
    routes = api.blueprint(name, __name__)
    routes.before_request(count_message)
    routes.after_request(note_attempt)
    return routes


def count_message() -> None:
    """By device, so that firms behind one address do not wait for each other."""
    (rate,), key = parsed(f"{PER_MINUTE} per minute"), ("firm", str(g.device.id) if "device" in g else "")
    after_this_request(partial(say_limits, [rate], key))
    count(rate, *key)


def once(write: Callable[[], T]) -> T:
    """One message in a transaction of its own; whoever was a moment slower with the same number is a
    replay."""
    try:
        return in_transaction(write)
    except IntegrityError:
        return in_transaction(write)


routes = blueprint("firm_api")


@routes.get("/firm/interface")
@api.token(DeviceKind.FIRM_SYSTEM)
@api.described(answer=InterfaceResponse, problems=(429,))
def interface() -> Response:
    """Which version of this interface is in force, what has changed and what will end, how often and how much
    may be sent."""
    language = "en" if str(get_locale()) == "en" else "zh"
    changes = [
        {
            "on": change.day("on").isoformat(),
            "path": change.text("path"),
            "text": change.text(language),
            "ends_on": iso(change.day("ends_on") if "ends_on" in change else None),
        }
        for change in INTERFACE.tables("changes")
    ]
    return jsonify(
        {
            "version": INTERFACE.text("version"),
            "since": INTERFACE.day("since").isoformat(),
            "per_minute": PER_MINUTE,
            "largest_photo_mb": settings().upload_limit // (1024 * 1024),
            "timeout_s": 30,
            "changes": changes,
        }
    )


@routes.get("/firm/codes")
@api.token(DeviceKind.FIRM_SYSTEM)
@api.described(answer=FirmCodesResponse, problems=(429,))
def codes() -> Response:
    """All lists of words that messages choose from, with the days from which they hold."""
    today = clock.today()

    def words(kinds: Iterable[Labelled]) -> list[dict[str, object]]:
        return [{"code": str(kind), "text": translate(kind.label)} for kind in kinds]

    problems = [
        {
            "code": one.code,
            "text": one.text.in_language(str(get_locale())),
            "since": one.citation.since.isoformat() if one.citation.since else None,
            "verified": one.citation.confidence.verified,
        }
        for one in uploads(HAZARD_CLAUSES, today)
    ]
    return jsonify(
        {
            "on": today.isoformat(),
            "duties": words(VISITS),
            "answers": words(ItemAnswer),
            "read_by": words(ReadBy),
            "contract_kinds": words(ContractKind),
            "modes": words(MaintenanceMode),
            "problems": problems,
        }
    )


@routes.post("/firm/people")
@api.token(DeviceKind.FIRM_SYSTEM)
@api.described(body=PersonBody, answer=PersonResponse, statuses=(201, 200), problems=(409, 429))
def post_person() -> tuple[Response, int]:
    """A technician. Who is on file with this number already is the same person; the answer has our id."""
    about(UploadStep.PERSON, number_in_body(), is_new=True)
    body, who = api.body(PersonBody), viewer()
    stated = staff.StatedPerson(body.record_id, body.name, body.mobile, _certificates(body.certificates))
    content = staff.person_content(stated)
    nobody_knows = hashed_password(one_time_password(), "")
    person, is_new = once(lambda: staff.bring_person(stated, nobody_knows, content, by=who))
    return jsonify(_person_json(person)), 201 if is_new else 200


@routes.patch("/firm/people/<record_id>")
@api.token(DeviceKind.FIRM_SYSTEM)
@api.described(body=PersonChange, answer=PersonResponse, problems=(409, 429))
def patch_person(record_id: str) -> Response:
    """A renewed certificate, a corrected name, somebody who left."""
    about(UploadStep.PERSON, record_id)
    body, who = api.body(PersonChange), viewer()

    def change() -> User:
        person = session.get_one(User, target_of(who, UploadKind.PERSON, record_id).target_id)
        return staff.change_person(
            person, name=body.name, certificates=_certificates(body.certificates), works=body.works, by=who
        )

    return jsonify(_person_json(in_transaction(change)))


@routes.get("/firm/people")
@api.token(DeviceKind.FIRM_SYSTEM)
@api.described(answer=PeopleResponse, problems=(429,))
def list_people() -> Response:
    """All technicians of the firm, by whatever way they came on file; those who left too."""
    people = staff.technicians_of(viewer())
    return jsonify({"people": _people_json(people)})


def _certificates(bodies: Iterable[CertificateBody]) -> list[staff.StatedCertificate]:
    return [staff.StatedCertificate(one.code, one.number, one.valid_from, one.valid_until) for one in bodies]


def _person_json(person: User) -> dict[str, object]:
    return _people_json([person])[0]


def _people_json(people: Sequence[User]) -> list[dict[str, object]]:
    who, ids = viewer(), [person.id for person in people]
    numbers = numbers_of(UploadKind.PERSON, ids)
    held: dict[object, list[dict[str, object]]] = {}
    for one in staff.certificates_of(who, ids):
        held.setdefault(one.user_id, []).append(
            {
                "code": one.code,
                "number": one.number,
                "valid_from": one.valid_from.isoformat(),
                "valid_until": one.valid_until.isoformat(),
            }
        )
    return [
        {
            "record_id": numbers.get(person.id, ""),
            "person_id": str(person.id),
            "name": person.name,
            "mobile": person.mobile,
            "works": person.active,
            "certificates": held.get(person.id, []),
        }
        for person in people
    ]


@routes.post("/firm/contracts")
@api.token(DeviceKind.FIRM_SYSTEM)
@api.described(body=ContractBody, answer=ContractRecordResponse, statuses=(201, 200), problems=(409, 429))
def post_contract() -> tuple[Response, int]:
    """A maintenance contract. It counts as the firm's statement until the use unit answers; one that takes
    lifts from another firm waits for it."""
    about(UploadStep.CONTRACT, number_in_body(), is_new=True)
    body, who = api.body(ContractBody), viewer()
    terms = ContractTerms(
        number=body.number,
        kind=body.kind,
        mode=body.mode,
        people=body.people,
        from_on=body.from_on,
        until_on=body.until_on,
        note=body.note,
    )
    content = content_of(**body.model_dump(mode="json", exclude={"record_id"}))
    contract, is_new = once(
        lambda: agreements.bring_contract(body.record_id, terms, body.use_unit, body.lifts, content, by=who)
    )
    return jsonify(contract_json(contract, body.record_id)), 201 if is_new else 200


@routes.get("/firm/contracts/<record_id>")
@api.token(DeviceKind.FIRM_SYSTEM)
@api.described(answer=ContractRecordResponse, problems=(429,))
def get_contract(record_id: str) -> Response:
    """A contract as it stands now: whether the use unit has answered, which lifts count."""
    return jsonify(contract_json(agreements.contract_called(viewer(), record_id), record_id))


def _changed(record_id: str, step: Callable[[Contract], Contract]) -> Response:
    who = viewer()
    contract = in_transaction(lambda: step(agreements.contract_called(who, record_id)))
    return jsonify(contract_json(contract, record_id))


@routes.patch("/firm/contracts/<record_id>")
@api.token(DeviceKind.FIRM_SYSTEM)
@api.described(body=ContractChange, answer=ContractRecordResponse, problems=(409, 429))
def patch_contract(record_id: str) -> Response:
    """What was entered is corrected; the same again changes nothing."""
    about(UploadStep.CONTRACT, record_id)
    body, who = api.body(ContractChange), viewer()
    given = body.model_dump(exclude_none=True)

    def amend(contract: Contract) -> Contract:
        return contracts.amend(contract, replace(contracts.terms_of(contract), **given), by=who)

    return _changed(record_id, amend)


@routes.post("/firm/contracts/<record_id>/lifts")
@api.token(DeviceKind.FIRM_SYSTEM)
@api.described(body=MoreLiftsBody, answer=ContractRecordResponse, problems=(409, 429))
def post_lifts(record_id: str) -> Response:
    """Further lifts under a contract; those that are in it already stay as they are."""
    about(UploadStep.CONTRACT, record_id)
    body, who = api.body(MoreLiftsBody), viewer()
    return _changed(record_id, lambda one: agreements.widen(one, body.lifts, body.from_on, by=who))


@routes.post("/firm/contracts/<record_id>/leaving")
@api.token(DeviceKind.FIRM_SYSTEM)
@api.described(body=LeavingLiftBody, answer=ContractRecordResponse, problems=(409, 429))
def post_leaving(record_id: str) -> Response:
    """A lift leaves a contract."""
    about(UploadStep.CONTRACT, record_id)
    body, who = api.body(LeavingLiftBody), viewer()
    return _changed(record_id, lambda one: agreements.narrow(one, body.lift, body.last_on, by=who))


@routes.post("/firm/contracts/<record_id>/end")
@api.token(DeviceKind.FIRM_SYSTEM)
@api.described(body=ContractEndBody, answer=ContractRecordResponse, problems=(409, 429))
def post_end(record_id: str) -> Response:
    """A contract ends before its time."""
    about(UploadStep.CONTRACT, record_id)
    body, who = api.body(ContractEndBody), viewer()
    return _changed(record_id, lambda one: agreements.end(one, body.last_on, body.reason, by=who))


@routes.post("/firm/contracts/<record_id>/withdrawal")
@api.token(DeviceKind.FIRM_SYSTEM)
@api.described(body=ReasonBody, answer=ContractRecordResponse, problems=(409, 429))
def post_contract_withdrawal(record_id: str) -> Response:
    """A contract is taken back that the use unit has not confirmed, or that has not begun."""
    about(UploadStep.WITHDRAWAL, record_id)
    body, who = api.body(ReasonBody), viewer()
    return _changed(record_id, lambda one: agreements.withdraw(one, body.reason, by=who))


@routes.post("/firm/contracts/<record_id>/papers")
@api.token(DeviceKind.FIRM_SYSTEM)
@api.described(form=ContractPaperMessage, answer=ContractRecordResponse, problems=(409, 429))
def post_contract_paper(record_id: str) -> Response:
    """The signed contract as a file, multipart field `paper`."""
    about(UploadStep.CONTRACT_PAPER, record_id)
    who, file = viewer(), request.files.get("paper")
    agreements.contract_called(who, record_id)
    if file is None:
        raise Invalid({"paper": N_("Send the file as multipart field “paper”.")})
    paper = take(
        cast(BinaryIO, file.stream), file.filename or "contract", "contract", largest_mb=LARGEST_PAPER_MB
    )

    def add(contract: Contract) -> Contract:
        contracts.add_paper(contract, paper, by=who)
        return contract

    return _changed(record_id, add)


def contract_json(contract: Contract, record_id: str) -> dict[str, object]:
    lifts = [
        {
            "lift_id": str(lift.equipment_id),
            "from_on": lift.from_on.isoformat(),
            "until_on": lift.until_on.isoformat(),
            "counts": lift.counts,
        }
        for lift in agreements.lifts_under(contract)
    ]
    return {
        "record_id": record_id,
        "contract_id": str(contract.id),
        "number": contract.number,
        "kind": contract.kind,
        "mode": contract.mode,
        "people": contract.people,
        "from_on": contract.from_on.isoformat(),
        "until_on": contract.until_on.isoformat(),
        "ended_on": iso(contract.ended_on),
        "state": contract.state,
        "state_text": translate(contract.state.label),
        "use_unit_id": str(contract.use_unit_id),
        "note": contract.note,
        "papers": len(papers_of(contract)),
        "lifts": lifts,
    }


def number_in_body(name: str = "record_id") -> str:
    """What a message names, before it is known to be sound: a refusal is listed under it."""
    body = request.get_json(silent=True)
    return str(body.get(name, "")) if isinstance(body, dict) else ""


def iso(day: date | None) -> str | None:
    """A day as answers say it."""
    return day.isoformat() if day else None
