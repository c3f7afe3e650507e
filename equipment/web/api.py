"""JSON conventions of /api/v1: bearer tokens, problem bodies (RFC 9457), parsing, times with offset."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress
from datetime import date, datetime
from typing import Annotated, Any, TypeVar

import structlog
from apiflask import APIBlueprint, APIFlask
from flask import Response, current_app, g, jsonify, request
from pydantic import BaseModel, BeforeValidator, Field, Strict, ValidationError, WithJsonSchema
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from equipment.core import faults
from equipment.core.days import day_in
from equipment.core.errors import Busy, Conflict, Invalid, NotAllowed, NotFound, OtherContent, Refused
from equipment.core.verdict import ReasonJson, Verdict
from equipment.core.words import N_, Message
from equipment.people.models import Device
from equipment.people.queries import device_of_token
from equipment.people.rules import DeviceKind
from equipment.storage.disk import is_disk_full
from equipment.web import access_of, problem_page
from equipment.web.incoming import NUL_IN_JSON
from equipment.web.language import translate
from equipment.web.openapi import PROBLEM, RouteContract, document
from equipment.web.problems import PROBLEMS, ProblemCode, code_of_status

F = TypeVar("F", bound=Callable[..., Any])
B = TypeVar("B", bound=BaseModel)

# a clock that lost its battery shows 1970: that is recorded; anything farther off is no clock
EPOCH, FARTHEST = 1970, 2090
OFFSET = N_("a time needs its offset, such as 2026-11-23T08:30:00+08:00")
WRITTEN_TIME = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(:\d\d(\.\d+)?)?([Zz]|[+-]\d\d:?\d\d)?", re.ASCII)
WRITTEN_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
NOT_UTF8 = N_("This is not UTF-8.")
BUSY_S = 5  # a sender that heard "later" tries again after so long

described = RouteContract  # `@api.described(body=..., answer=..., statuses=(201, 200))` above a view


def written_time(value: object) -> object:
    """The time that a text says as RFC 3339 writes it, seconds and the colon of its offset at will. Digits
    alone are none, neither as a number nor in quotes: pydantic would count them as seconds or milliseconds
    since 1970, and 20261123 as a day in August 1970."""
    if not isinstance(value, str):
        return value
    at = None
    with suppress(ValueError):
        if WRITTEN_TIME.fullmatch(value.strip()):
            at = datetime.fromisoformat(value.strip().upper())
    if at is None:
        raise ValueError(N_("This cannot be read."))
    if at.tzinfo is None:
        raise ValueError(OFFSET)
    if not EPOCH <= at.year <= FARTHEST:
        raise ValueError(N_("no clock shows this year"))
    return at


def written_day(value: object) -> object:
    """The day that a text says as ISO 8601 writes it."""
    day = day_in(value) if isinstance(value, str) and WRITTEN_DAY.fullmatch(value.strip()) else None
    if day is None:
        raise ValueError(N_("This cannot be read."))
    return day


def as_whole(value: object) -> object:
    """31000.0 is a whole number too, as JSON has it; "31000" is none."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def as_typed(value: object) -> object:
    """The `+` of an offset means a blank in an address, and hardly anybody writes it as %2B."""
    return value.replace(" ", "+") if isinstance(value, str) else value


OffsetTime = Annotated[
    datetime, Strict(), BeforeValidator(written_time), Field(description="RFC 3339, with its offset.")
]
QueryTime = Annotated[OffsetTime, BeforeValidator(as_typed)]
Day = Annotated[date, BeforeValidator(written_day), Field(description="YYYY-MM-DD.")]
Whole = Annotated[int, BeforeValidator(as_whole)]
File = Annotated[bytes, WithJsonSchema({"type": "string", "format": "binary"})]  # of a multipart form


class RequestBody(BaseModel):
    """Base of every request body: unknown fields are refused, so that a misspelt one is noticed, and a text
    is not taken for a number."""

    model_config = {"extra": "forbid", "str_strip_whitespace": True, "strict": True}


class Query(BaseModel):
    """Base of what stands behind the question mark of an address: always texts."""

    model_config = {"extra": "forbid", "str_strip_whitespace": True}


def token(*kinds: DeviceKind) -> Callable[[F], F]:
    """Open a view to devices of these kinds that show their token; sets `g.viewer` and `g.device`."""

    def mark(view: F) -> F:
        view.access = "token"  # type: ignore[attr-defined]
        view.device_kinds = kinds  # type: ignore[attr-defined]
        return view

    return mark


def _check_token() -> Response | None:
    """Find the device of the bearer token, for a view that is opened to tokens;
    a problem response when there is none."""
    view = current_app.view_functions[request.endpoint or ""]
    if access_of(view) != "token":
        return None
    scheme, _, shown = request.headers.get("Authorization", "").partition(" ")
    caller = device_of_token(shown) if scheme.lower() == "bearer" and shown else None
    if caller is None:
        text = N_("A valid device token is needed: Authorization: Bearer <token>.")
        response = problem(ProblemCode.UNKNOWN_SENDER, text)
        response.headers["WWW-Authenticate"] = "Bearer"
        return response
    kinds: tuple[DeviceKind, ...] = getattr(view, "device_kinds", ())
    if kinds and caller[1].kind not in kinds:
        return problem(ProblemCode.WRONG_DEVICE, N_("This kind of device may not do this."))
    g.viewer, g.device = caller
    return None


def device() -> Device:
    calling: Device = g.device
    return calling


def query(model: type[B]) -> B:
    """What the address asks for behind its question mark, as `model`."""
    try:
        return model.model_validate(request.args.to_dict())
    except ValidationError as error:
        raise Invalid(faults_of(error)) from error


def body(model: type[B], raw: bytes | None = None) -> B:
    """The request's JSON as `model`, or one part of it; 422 when it is no JSON, with a text per field
    otherwise."""
    raw = request.get_data() if raw is None else raw
    if NUL_IN_JSON in raw:  # no text of ours has one, and PostgreSQL takes none
        raise Invalid({"": N_("This cannot be read.")})
    try:
        return model.model_validate_json(raw)
    except ValidationError as error:
        if any(fault["type"] == "json_invalid" for fault in error.errors()):
            raise Invalid({"": N_("This is not JSON.") if _is_utf8(raw) else NOT_UTF8}) from error
        raise Invalid(faults_of(error)) from error


def _is_utf8(raw: bytes) -> bool:
    try:
        raw.decode()
    except UnicodeDecodeError:
        return False
    return True


def faults_of(error: ValidationError) -> dict[str, Message | str]:
    """What pydantic found wrong, by field: `checks.P8`."""
    return {
        ".".join(str(part) for part in fault["loc"]): faults.fault_message(fault) for fault in error.errors()
    }


def problem(code: ProblemCode, title: str, *, status: int = 0, **more: object) -> Response:
    """A problem body by a row of the table; `status` where HTTP said one that has no row of its own."""
    status = status or PROBLEMS[code].http
    response = jsonify(
        {
            "type": "about:blank",
            "status": status,
            "code": code,
            "title": translate(title),
            "request_id": g.get("request_id"),
            **more,
        }
    )
    response.status_code = status
    response.mimetype = PROBLEM
    if status == 503:
        response.headers["Retry-After"] = str(BUSY_S)
    return response


def http_problem(error: HTTPException) -> Response:
    """A problem body with what HTTP says beside it: which methods there are, how long to wait."""
    status = error.code or 500
    response = problem(code_of_status(status), error.name, status=status)
    for name, value in error.get_headers():
        if name in ("Allow", "Retry-After"):
            response.headers[name] = value
    return response


def _fields(error: Invalid) -> dict[str, str]:
    return {name: translate(message) for name, message in error.fields.items()}


def reasons_json(verdict: Verdict) -> list[ReasonJson]:
    return verdict.as_json()


def _database(error: OperationalError) -> Response:
    structlog.get_logger().error("database", error=str(error.orig))
    if is_disk_full(error):
        return problem(
            ProblemCode.DISK_FULL, N_("The disk is full; nothing was recorded. Send it again later.")
        )
    text = N_("The database cannot be reached; nothing was recorded. Send it again later.")
    return problem(ProblemCode.DATABASE_AWAY, text)


def register_errors(blueprint: APIBlueprint) -> None:
    """Every API blueprint answers errors as problem+json."""
    handle = blueprint.register_error_handler
    answers: tuple[tuple[type[Exception], ProblemCode, str], ...] = (
        (NotFound, ProblemCode.NOT_FOUND, N_("There is no such thing, or it is not yours to see.")),
        (Busy, ProblemCode.BUSY, N_("Too much is going on at the moment. Send it again.")),
        (
            RequestEntityTooLarge,
            ProblemCode.TOO_LARGE,
            N_("The file is larger than allowed. Take a smaller photo or split the file."),
        ),
    )
    for kind, code, title in answers:
        handle(kind, lambda _error, code=code, title=title: problem(code, title))
    faults: tuple[tuple[type[Invalid], ProblemCode, str], ...] = (
        (OtherContent, ProblemCode.OTHER_CONTENT, N_("The same id was sent before with other content.")),
        (
            Conflict,
            ProblemCode.CONFLICT,
            N_("It does not fit what is on record already; nothing was changed."),
        ),
        (Invalid, ProblemCode.INVALID, N_("Something in it cannot be accepted.")),
    )
    for fault, code, title in faults:
        handle(fault, lambda error, code=code, title=title: problem(code, title, fields=_fields(error)))
    handle(NotAllowed, lambda error: problem(ProblemCode.NOT_ALLOWED, translate(error.message)))
    handle(
        Refused,
        lambda error: problem(
            ProblemCode.RULE_REFUSES, N_("A rule says no."), reasons=reasons_json(error.verdict)
        ),
    )
    handle(OperationalError, _database)
    handle(HTTPException, http_problem)


def blueprint(name: str, import_name: str) -> APIBlueprint:
    """An API blueprint of a slice: same prefix, same errors, tokens checked before its views."""
    routes = APIBlueprint(name, import_name, url_prefix="/api/v1")
    register_errors(routes)
    routes.before_request(_check_token)
    return routes


def init_app(app: APIFlask) -> None:
    """An address that no route has, or a method it does not take:
    a problem body under /api/, a page elsewhere."""

    def unrouted(error: HTTPException) -> Any:
        if request.path.startswith("/api/"):
            return http_problem(error)
        return problem_page(error.code or 500)

    app.register_error_handler(HTTPException, unrouted)
    app.spec_processor(document)
