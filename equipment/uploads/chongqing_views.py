"""/api/authService/login and /api/wlw/maintenance: the elevator upload interface of Chongqing as it was
measured. Firms whose systems speak it connect without a change. On with CHONGQING=1 (docs/chongqing.md)."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import date
from http import HTTPStatus
from typing import BinaryIO, cast

import structlog
from apiflask import APIBlueprint
from flask import Response, current_app, g, jsonify, request
from itsdangerous import BadData, URLSafeTimedSerializer
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import BadRequest, HTTPException, UnsupportedMediaType
from werkzeug.exceptions import NotFound as NoAddress

from equipment import web
from equipment.core import clock
from equipment.core.errors import Busy, Conflict, Invalid, NotAllowed, NotFound, Refused
from equipment.core.fields import Fields
from equipment.core.ids import id_in
from equipment.core.words import N_, Message
from equipment.files.actions import take
from equipment.files.content import checked
from equipment.maintenance.actions import progress_of
from equipment.maintenance.api import progress_json
from equipment.people.accounts import one_time_password
from equipment.people.credentials import hashed_password
from equipment.people.models import Device, Organisation
from equipment.people.queries import device_of_token, device_with_id
from equipment.people.rules import DeviceKind, Viewer
from equipment.storage.db import in_transaction, session
from equipment.storage.disk import is_disk_full
from equipment.uploads import chongqing
from equipment.uploads import chongqing_rules as rules
from equipment.uploads.api import LARGEST_PAPER_MB, count_message, once
from equipment.uploads.attempts import about, list_message
from equipment.uploads.records import firm_of
from equipment.uploads.states import UploadOutcome, UploadStep
from equipment.web import api, viewer
from equipment.web.language import translate
from equipment.web.limits import limited

LOGINS = "60 per minute"  # of one address; ours
AGAIN_S = 5
READ = ("application/x-www-form-urlencoded", "multipart/form-data", "application/json", "")
METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]

# not in the document of our own interface, whose conventions it does not keep
routes = APIBlueprint("chongqing", __name__, url_prefix="/api", enable_openapi=False)


def framework(status: int) -> Response:
    """The second shape of errors there: what its framework says before the interface is asked."""
    at = clock.site_time(clock.now()).isoformat(timespec="milliseconds")
    phrase = HTTPStatus(status).phrase
    response = jsonify({"timestamp": at, "status": status, "error": phrase, "path": request.path})
    response.status_code = status
    return response


def told(code: str | int, message: str, content: object = None) -> Response:
    """The first shape, HTTP 200 whatever it says."""
    return jsonify({"code": code, "message": message, "data": content})


def done(content: object, *, is_new: bool = False) -> Response:
    g.upload_outcome = UploadOutcome.RECORDED if is_new else UploadOutcome.AGAIN
    return told(rules.SUCCESS, rules.DONE, content)


def refused(message: str, code: str = rules.FAILED) -> Response:
    g.upload_outcome = UploadOutcome.REFUSED
    return told(code, message)


def _invalid(error: Invalid) -> Response:
    fields = {name: translate(text) for name, text in error.fields.items()}
    return refused(rules.in_one_text(fields, {*request.form, *request.files}))


def _http(error: HTTPException) -> Response:
    response = framework(error.code or 500)
    response.headers.extend([pair for pair in error.get_headers() if pair[0] == "Retry-After"])
    return response


def _later(error: Busy | OperationalError) -> Response:
    """Nothing was recorded: the same again a little later works."""
    if isinstance(error, OperationalError):
        structlog.get_logger().error("database", error=str(error.orig))
    is_full = isinstance(error, OperationalError) and is_disk_full(error)
    response = framework(507 if is_full else 503)
    response.headers["Retry-After"] = str(AGAIN_S)
    return response


routes.register_error_handler(Invalid, _invalid)
routes.register_error_handler(Conflict, _invalid)
routes.register_error_handler(NotAllowed, lambda error: refused(translate(error.message)))
routes.register_error_handler(
    NotFound, lambda _error: refused(translate(N_("There is no such thing, or it is not yours to see.")))
)
routes.register_error_handler(
    Refused, lambda error: refused("；".join(reason.code for reason in error.verdict.refusals))
)
routes.register_error_handler(Busy, _later)
routes.register_error_handler(OperationalError, _later)
routes.register_error_handler(HTTPException, _http)


def _signer() -> URLSafeTimedSerializer:
    keys = [*current_app.config["SECRET_KEY_FALLBACKS"], current_app.config["SECRET_KEY"]]
    return URLSafeTimedSerializer(keys, salt="chongqing")


def _bearer() -> tuple[Viewer, Device] | None:
    """The device behind the access token: nobody once it is too old, or its device was revoked."""
    scheme, _, shown = request.headers.get("Authorization", "").partition(" ")
    try:
        key = id_in(str(_signer().loads(shown, max_age=rules.TOKEN_S)))
    except BadData:
        return None
    caller = device_with_id(key) if key and scheme.lower() == "bearer" else None
    return caller if caller and caller[1].kind == DeviceKind.FIRM_SYSTEM else None


@routes.before_request
def _enter() -> Response | None:
    """Who asks comes first, then what kind of body it is: that order was measured."""
    if web.access_of(current_app.view_functions[request.endpoint or ""]) != "token":
        return None
    caller = _bearer()
    if caller is None:
        response = jsonify({"code": 401, "message": "认证失败"})
        response.status_code = 401
        return response
    g.viewer, g.device = caller
    count_message()
    if request.mimetype not in READ:
        raise UnsupportedMediaType
    return None


@routes.after_request
def _note(response: Response) -> Response:
    """Every message stands in the list of uploads, a refused one with what it was told."""
    outcome: UploadOutcome | None = g.get("upload_outcome")
    body = response.get_json(silent=True) or {}
    is_told = outcome in (None, UploadOutcome.REFUSED, UploadOutcome.LATER)
    problem = {"code": str(body.get("code", "")), "title": body.get("message") or body.get("error") or ""}
    list_message(response.status_code, Fields(problem if is_told else {}), outcome)
    return response


def _form() -> dict[str, str]:
    """What the body says; a field that comes several times is read by whoever expects that."""
    return {name: text.strip() for name, text in request.form.items()}


def _lacking(form: Mapping[str, str], fields: tuple[str, ...]) -> Response | None:
    """The answer to a message in which one of these says nothing; Invalid where one says too much."""
    if wrong := rules.too_long(form):
        text = N_("At most %(number)s characters")
        raise Invalid({name: Message(text, {"number": most}) for name, most in wrong.items()})
    field = rules.first_lacking(form, fields)
    return refused(rules.lacks(field), rules.LACKING) if field else None


@routes.get("/authService/login")
@web.public
@limited(LOGINS, "GET")
def login() -> Response:
    """username: the firm's credit code; appcode and key: the id of its device; secret: the device's token."""
    asked = {name: text.strip() for name, text in request.args.items()}
    if field := rules.first_lacking(asked, rules.LOGIN):
        return told(int(rules.LACKING), rules.lacks(field))
    caller = device_of_token(asked["secret"])
    if caller is None or caller[1].kind != DeviceKind.FIRM_SYSTEM:
        return _wrong_login()
    device = caller[1]
    firm = session.get_one(Organisation, device.organisation_id)
    is_device = str(device.id) == asked["appcode"].lower() == asked["key"].lower()
    if not is_device or asked["username"].upper() != firm.credit_code or device_with_id(device.id) is None:
        return _wrong_login()
    content = {"access_token": str(_signer().dumps(str(device.id))), "expires_in": rules.TOKEN_S}
    return told(int(rules.SUCCESS), rules.DONE, content)


@routes.post("/authService/login")
@web.public
def login_by_post() -> Response:
    """The text of the interface says POST, the real one takes GET alone."""
    if request.mimetype != "application/json":
        raise UnsupportedMediaType
    return _wrong_login()


def _wrong_login() -> Response:
    return told(int(rules.FAILED), "操作失败!")


@routes.post("/wlw/maintenance/entity/queryID")
@api.token(DeviceKind.FIRM_SYSTEM)
def query_unit() -> Response:
    """The use unit of a credit code."""
    form = _form()
    if answer := _lacking(form, ("organizationCode",)):
        return answer
    firm_of(viewer())
    units = [
        {"entityID": rules.digits_of(unit.id), "unitName": unit.name, "organizationCode": unit.credit_code}
        for unit in chongqing.units_with(form["organizationCode"])
    ]
    return done(units)


@routes.post("/wlw/maintenance/entity/updateServiceState")
@api.token(DeviceKind.FIRM_SYSTEM)
def update_relation() -> Response:
    """A service relation begins, with its contract, or ends."""
    form, who, file = _form(), viewer(), request.files.get("contractFile")
    about(UploadStep.CONTRACT, form.get("useUnitName") or form.get("useUnitEntityID", ""))
    if answer := _lacking(form, rules.RELATION):
        return answer
    if form["changState"] == rules.ENDED:
        last_on = chongqing.day_of(form, "serviceEndDate") if form.get("serviceEndDate") else clock.today()
        unit = form["useUnitEntityID"], form["useUnitName"]
        return done(None, is_new=in_transaction(lambda: chongqing.end_relation(*unit, last_on, by=who)))
    _must_begin(form)
    if file is None:
        raise BadRequest
    if answer := _lacking(form, rules.RELATION_DAYS):
        return answer
    firm_of(who)  # before anything is put on disk
    from_on, until_on = (chongqing.day_of(form, name) for name in rules.RELATION_DAYS)
    relation = chongqing.Relation(form["useUnitEntityID"], form["useUnitName"], from_on, until_on)
    paper = take(
        cast(BinaryIO, file.stream),
        file.filename or "contract",
        "contract",
        largest_mb=LARGEST_PAPER_MB,
        field="contractFile",
    )
    contract, is_new = once(lambda: chongqing.establish(relation, paper, by=who))
    state = {"contractNumber": contract.number, "state": contract.state}
    return done({**state, "stateText": translate(contract.state.label)}, is_new=is_new)


@routes.post("/wlw/maintenance/entity/updateWorkState")
@api.token(DeviceKind.FIRM_SYSTEM)
def update_worker() -> Response:
    """A technician begins to work for the firm, with his certificate, or leaves it."""
    form, who, file = _form(), viewer(), request.files.get("certificateFile")
    about(UploadStep.PERSON, form.get("workManName", ""))
    if answer := _lacking(form, rules.WORKER):
        return answer
    mobile, certificate = form["workManPhone"], form["workManCertificate"]
    if form["changState"] == rules.ENDED:
        user, is_new = in_transaction(lambda: chongqing.let_go(mobile, certificate, by=who))
        return done({"id": rules.digits_of(user.id)}, is_new=is_new)
    _must_begin(form)
    if file is None:
        return refused(rules.NO_CERTIFICATE)
    if answer := _lacking(form, rules.WORKER_DAYS):
        return answer
    from_on, until_on = (chongqing.day_of(form, name) for name in rules.WORKER_DAYS)
    scan = checked(cast(BinaryIO, file.stream), largest_mb=LARGEST_PAPER_MB, field="certificateFile")
    worker = chongqing.Worker(
        form["workManName"], mobile, certificate, from_on, until_on, hashlib.sha256(scan.content).hexdigest()
    )
    nobody_knows = hashed_password(one_time_password(), "")
    user, is_new = once(lambda: chongqing.bring_worker(worker, nobody_knows, by=who))
    return done({"id": rules.digits_of(user.id)}, is_new=is_new)


def _must_begin(form: Mapping[str, str]) -> None:
    if form["changState"] != rules.ESTABLISHED:
        raise Invalid({"changState": N_("0 begins, 1 ends.")})


@routes.post("/wlw/maintenance/entity/queryWorkList")
@api.token(DeviceKind.FIRM_SYSTEM)
def query_workers() -> Response:
    """The technicians with the ids that records name them by."""
    form, who = _form(), viewer()
    state = form.get("changState", "")
    working = None if not state else state == rules.ESTABLISHED
    holds_on: date | None = chongqing.day_of(form, "workEndDate") if form.get("workEndDate") else None
    if not chongqing.has_relation(who):
        return refused(rules.NO_RELATION)
    return done(chongqing.listed_workers(working, holds_on, by=who))


@routes.post("/wlw/maintenance/equipment/queryElevatorInfo")
@api.token(DeviceKind.FIRM_SYSTEM)
def query_lifts() -> Response:
    """Lifts by the numbers that they carry."""
    form, who = _form(), viewer()
    numbers = {name: form[name] for name in rules.LIFT_NUMBERS if form.get(name)}
    if not numbers:
        return refused(rules.lacks("/".join(rules.LIFT_NUMBERS)), rules.LACKING)
    firm_of(who)
    return done(chongqing.lifts_with(numbers, by=who))


@routes.post("/wlw/maintenance/elevator/maintenanceRecord")
@api.token(DeviceKind.FIRM_SYSTEM)
def post_record() -> Response:
    """A maintenance record that names its technicians by id."""
    return _record(rules.RECORD)


@routes.post("/wlw/maintenance/record/uploadMaintainRecord")
@api.token(DeviceKind.FIRM_SYSTEM)
def post_record_in_names() -> Response:
    """A maintenance record that names its technicians by name."""
    return _record(rules.RECORD_IN_NAMES)


def _record(fields: tuple[str, ...]) -> Response:
    sent, who = _form(), viewer()
    about(UploadStep.VISIT, sent.get("originalRecordId", ""), sent.get("elevatorCode", ""))
    problems = rules.problem_codes(request.form.getlist("problemCode"))
    form = {name: sent.get(name, "") for name in fields} | {"problemCode": ",".join(problems)}
    if answer := _lacking(form, fields):
        return answer
    visit, is_new = once(lambda: chongqing.bring_record(form, problems, by=who))
    progress = progress_json(progress_of(visit))
    content = {"originalRecordId": form["originalRecordId"], "number": visit.number}
    more = {name: progress[name] for name in ("state", "counted", "missing")}
    return done(content | more, is_new=is_new)


@routes.route("/wlw/", defaults={"rest": ""}, methods=METHODS)
@routes.route("/wlw/<path:rest>", methods=METHODS)
@web.public
def nowhere(rest: str) -> Response:
    """Whatever else is asked below it, whoever asks."""
    raise NoAddress(rest)
