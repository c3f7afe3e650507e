"""The API against its own document: what every route says of itself is what it does, with a token and without,
for messages of the shapes it describes and for others."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from typing import Any
from unittest import SkipTest

import pytest
import schemathesis
from flask import Flask, Response
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from pydantic import BaseModel, TypeAdapter, ValidationError
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    allow_header_conformance,
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from equipment.fills.listing import FLAGS
from equipment.fills.states import FillState
from equipment.people.rules import DeviceKind, OrganisationKind, Role
from equipment.web.api import Query, RequestBody
from equipment.web.openapi import contract_of, routes
from tests import make
from tests.contract import faults_of
from tests.fills.conftest import hall_of

CHECKS: list[Any] = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    allow_header_conformance,
    negative_data_rejection,
]
EXAMPLES, OF_STRANGERS = 5, 2
quick = settings(
    deadline=None,
    database=None,
    derandomize=True,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


def document(app: Flask) -> dict[str, Any]:
    answer: dict[str, Any] = app.test_client().get("/api/v1/openapi.json").get_json()
    return answer


ARGUMENT = re.compile(r"<(?:[^<>:]+:)?([^<>]+)>")


@pytest.fixture
def tokens(app: Flask) -> Mapping[DeviceKind, str]:
    """A device of each kind, whose person is certified."""
    station, firm = make.station(), make.organisation(OrganisationKind.FIRM)
    filler = make.user(station, Role.OPERATOR, certificate="P")
    technician = make.user(firm, Role.TECHNICIAN, certificate="T")
    manager = make.user(firm, Role.FIRM_MANAGER)
    lift = make.equipment("elevator", maintenance_firm_id=firm.id)
    return {
        DeviceKind.FLOOR: make.device(station, DeviceKind.FLOOR, person=filler)[1],
        DeviceKind.CONTROLLER: make.device(station, DeviceKind.CONTROLLER, person=filler)[1],
        DeviceKind.UPLOAD: make.device(station, DeviceKind.UPLOAD, person=filler)[1],
        DeviceKind.READER: make.device(firm, DeviceKind.READER, equipment_id=lift.id)[1],
        DeviceKind.PHONE: make.device(firm, DeviceKind.PHONE, person=technician)[1],
        DeviceKind.GATEWAY: make.device(firm, DeviceKind.GATEWAY)[1],
        DeviceKind.FIRM_SYSTEM: make.device(firm, DeviceKind.FIRM_SYSTEM, person=manager)[1],
    }


def send_all(
    app: Flask,
    mode: GenerationMode,
    token_for: Callable[[tuple[DeviceKind, ...]], str],
    examples: int = EXAMPLES,
) -> int:
    """Send generated requests of every operation and hold each answer to the document; how many there were."""
    kinds = {
        f"{rule.endpoint.replace('_api.', '_')}": getattr(view, "device_kinds", ())
        for rule, _method, view in routes(app)
    }
    answers = 0
    for result in schemathesis.openapi.from_wsgi("/api/v1/openapi.json", app).get_all_operations():
        operation = result.ok()
        token = token_for(kinds[operation.definition.raw["operationId"]])
        answers += answered(operation, mode, {"Authorization": f"Bearer {token}"} if token else {}, examples)
    return answers


def answered(operation: Any, mode: GenerationMode, headers: Mapping[str, str], examples: int) -> int:
    """How many requests of one operation were sent; none where nothing can differ from what it describes."""
    number = 0

    @settings(quick, max_examples=examples)
    @given(case=operation.as_strategy(generation_mode=mode))
    def send(case: Any) -> None:
        nonlocal number
        case.call_and_validate(headers=headers, checks=CHECKS)
        number += 1

    with suppress(Unsatisfiable, SkipTest):
        send()
    return number


def test_messages_of_the_described_shapes_are_answered_as_described(
    app: Flask, tokens: Mapping[DeviceKind, str]
) -> None:
    number = send_all(app, GenerationMode.POSITIVE, lambda kinds: tokens[kinds[0]] if kinds else "")
    assert number > 20 * EXAMPLES / 2


def test_messages_of_other_shapes_are_refused_as_described(
    app: Flask, tokens: Mapping[DeviceKind, str]
) -> None:
    number = send_all(app, GenerationMode.NEGATIVE, lambda kinds: tokens[kinds[0]] if kinds else "")
    assert number > 20


@pytest.mark.parametrize("token", ["", "nobody's"])
def test_strangers_are_answered_as_described(app: Flask, token: str) -> None:
    assert send_all(app, GenerationMode.POSITIVE, lambda _kinds: token, OF_STRANGERS) > 20


def test_every_route_says_what_it_takes_and_answers(app: Flask) -> None:
    operations = document(app)["paths"]
    silent, bare = [], []
    for rule, method, view in routes(app):
        contract = contract_of(view)
        if contract.answer is None:
            silent.append(rule.rule)
        if method in ("POST", "PUT", "PATCH") and contract.body is None and contract.form is None:
            bare.append(rule.rule)
        assert inspect.getdoc(view), rule.rule
    assert (silent, bare) == ([], [])
    assert len(operations) >= 20


def test_tokens_are_asked_for_where_the_document_says_so(app: Flask) -> None:
    spec = document(app)
    asks = {
        f"{method} {path}"
        for path, methods in spec["paths"].items()
        for method, operation in methods.items()
        if operation["security"]
    }
    guarded = {
        " ".join((method.lower(), ARGUMENT.sub(r"{\1}", rule.rule)))
        for rule, method, view in routes(app)
        if getattr(view, "access", None) == "token"
    }
    assert asks == guarded
    assert spec["components"]["securitySchemes"]["device"]["scheme"] == "bearer"


def test_the_document_tells_a_connecting_engineer_what_is_needed(app: Flask) -> None:
    spec = document(app)
    schemas, paths = spec["components"]["schemas"], spec["paths"]
    scan, fill = paths["/api/v1/fills"]["post"], schemas["FillResponse"]["properties"]
    assert "ValidationError" not in schemas
    assert sorted(scan["responses"]) == [
        *("200", "201", "401", "403", "408", "409", "413", "422", "500", "503", "507")
    ]
    assert list(scan["responses"]["409"]["content"]) == ["application/problem+json"]
    assert sorted(schemas["ProblemResponse"]["properties"]) == [
        *("code", "fields", "reasons", "request_id", "status", "title", "type")
    ]
    assert "card" in schemas["ScanMessage"]["properties"]["operator"]["description"]
    assert schemas["FillState"]["enum"] == [state.value for state in FillState]
    assert all(f"`{state}`: {state.label}" in schemas["FillState"]["description"] for state in FillState)
    assert fill["flags"]["items"]["enum"] == list(FLAGS)
    assert "R07" in schemas["ReasonResponse"]["properties"]["code"]["enum"]
    photo = paths["/api/v1/fills/{fill_id}/photos"]["post"]["requestBody"]["content"]
    assert photo["multipart/form-data"]["schema"] == {"$ref": "#/components/schemas/PhotoForm"}
    assert schemas["PhotoForm"]["properties"]["photo"]["format"] == "binary"
    assert "429" in paths["/api/v1/duty"]["post"]["responses"]
    limited = paths["/api/v1/duty"]["post"]["responses"]
    assert {"RateLimit", "RateLimit-Policy", "Retry-After"} == set(limited["429"]["headers"])
    assert {"RateLimit", "RateLimit-Policy"} == set(limited["200"]["headers"])


def below(model: type[BaseModel]) -> Iterator[type[BaseModel]]:
    for special in model.__subclasses__():
        yield special
        yield from below(special)


def test_digits_are_no_time_and_no_day_in_any_message(app: Flask) -> None:
    """Pydantic alone counts them as seconds since 1970, the last two as a day as well."""
    times = {
        f"{model.__name__}.{name}": TypeAdapter(field.rebuild_annotation())
        for model in (*below(RequestBody), *below(Query))
        for name, field in model.model_fields.items()
        if "datetime." in str(field.annotation)
    }
    assert times.keys() >= {"ScanMessage.happened_at", "SwipeBody.happened_at", "ListQuery.since"}
    read = [
        f"{digits} in {name}"
        for name, field in times.items()
        for digits in ("1767000000", "1767000000.5", "20261123", "1767052800", "0")
        if is_taken(field.validate_json, f'"{digits}"') or is_taken(field.validate_python, digits)
    ]
    assert read == []


def is_taken(read: Callable[[str], object], text: str) -> bool:
    try:
        read(text)
    except ValidationError:
        return False
    return True


@pytest.mark.parametrize("gross", ["31000", True, 31000.5, -1, None])
def test_an_integer_is_a_number(app: Flask, gross: object) -> None:
    hall = hall_of(app)
    fill_id = hall.scan(hall.bottle().label_code or "").get_json()["fill_id"]
    answer = hall.result(fill_id, gross_g=gross)
    assert (answer.status_code, list(answer.get_json()["fields"])) == (422, ["gross_g"])


def test_a_whole_number_may_be_written_with_a_point(app: Flask) -> None:
    hall = hall_of(app)
    fill_id = hall.scan(hall.bottle().label_code or "").get_json()["fill_id"]
    assert hall.result(fill_id, gross_g=31000.0).get_json()["gross_g"] == 31000


@pytest.mark.parametrize(
    ("response", "faults"),
    [
        (Response('{"ok": true}', mimetype="application/json"), []),
        (Response("{}", 418), ["GET /api/v1/ping answered 418, which is not declared"]),
        (Response("yes"), ["GET /api/v1/ping answered 200 as text/html"]),
        (
            Response('{"ok": true, "more": 1}', mimetype="application/json"),
            [
                "GET /api/v1/ping answered 200: : "
                "Additional properties are not allowed ('more' was unexpected)"
            ],
        ),
        (
            Response('{"type": "about:blank"}', 503, mimetype="application/json"),
            [
                "GET /api/v1/ping answered 503 without Retry-After",
                "GET /api/v1/ping answered 503 as application/json",
            ],
        ),
    ],
)
def test_an_answer_that_the_document_does_not_tell_of_is_noticed(
    app: Flask, response: Response, faults: list[str]
) -> None:
    with app.test_request_context("/api/v1/ping"):
        assert faults_of(app, response) == faults
