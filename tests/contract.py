"""Every answer of the API that any test sees is held to /api/v1/openapi.json as soon as it is given: its status,
its content type, its headers and its content."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any
from weakref import WeakKeyDictionary

from apiflask import APIFlask
from flask import Flask, Response, request, request_finished
from jsonschema_rs import Draft202012Validator, ValidationError
from werkzeug.exceptions import MethodNotAllowed, NotFound

from equipment.web.openapi import LINES, PREFIX, PROBLEM, SPEC, routes
from equipment.web.problems import PROBLEMS, ProblemCode

Json = dict[str, Any]
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
_of_app: WeakKeyDictionary[Flask, Json] = WeakKeyDictionary()
_of_routes: dict[tuple[str, ...], Json] = {}


def document_of(app: Flask) -> Json:
    """The document of an application; those with the same routes share one."""
    if app not in _of_app:
        assert isinstance(app, APIFlask)
        key = tuple(f"{method} {rule.rule}" for rule, method, _view in routes(app))
        if key not in _of_routes:
            with app.test_request_context():
                document = app.spec
            assert isinstance(document, dict)
            _of_routes[key] = document
        _of_app[app] = _of_routes[key]
    return _of_app[app]


@cache
def _validator(text: str) -> Draft202012Validator:
    return Draft202012Validator(json.loads(text), validate_formats=False)


def content_faults(document: Json, schema: Json, content: object) -> list[str]:
    """What is wrong with this content."""
    whole = schema | {"components": {"schemas": document["components"]["schemas"]}}
    validator = _validator(json.dumps(whole, sort_keys=True))
    return [_shown(error) for error in validator.iter_errors(content)]


def _shown(error: ValidationError) -> str:
    return f"{'/'.join(map(str, error.instance_path))}: {error.message[:200]}"


def content_of(response: Response) -> object:
    """The JSON of an answer, unpacked where it was asked for packed."""
    if response.headers.get("Content-Encoding") == "gzip":
        return json.loads(gzip.decompress(response.get_data()))
    return response.get_json(silent=True)


def faults_of(app: Flask, response: Response) -> list[str]:
    """How this answer to the request at hand differs from the document."""
    if request.url_rule is None:
        missed = isinstance(request.routing_exception, NotFound | MethodNotAllowed)
        if missed and response.mimetype != PROBLEM:
            return ["no problem body"]
        return code_faults(request.path, response.status_code, response.get_json()) if missed else []
    path, operation = operation_here(app)
    where = f"{request.method} {path} answered {response.status_code}"
    declared = operation["responses"].get(str(response.status_code))
    if declared is None:
        return [f"{where}, which is not declared"]
    missing = declared.get("headers", {}).keys() - set(response.headers.keys())
    faults = [f"{where} without {name}" for name in sorted(missing)]
    content = declared.get("content")
    if content is None:  # of 304 the body is left out on the way
        return faults
    if response.mimetype not in content:
        return [*faults, f"{where} as {response.mimetype}"]
    if response.mimetype == PROBLEM:
        faults += code_faults(where, response.status_code, response.get_json())
    schema = content[response.mimetype].get("schema", {})
    parts = [content_of(response)]
    if response.mimetype == LINES:
        parts = [json.loads(text) for text in response.get_data().split(b"\n") if text]
    return faults + [
        f"{where}: {fault}" for part in parts for fault in content_faults(document_of(app), schema, part)
    ]


def code_faults(where: str, status: int, problem: Json) -> list[str]:
    """Whether a problem body names a row of the table (GET /api/v1/errors) that is one of its status; `fields`
    and `reasons` stand where the row says so."""
    row = PROBLEMS.get(problem.get("code", ""))
    if row is None:
        return [f"{where} with no code of the table"]
    if row.http != status and problem["code"] not in (ProblemCode.BAD_REQUEST, ProblemCode.FAULT):
        return [f"{where} as {problem['code']}, which is {row.http}"]
    return [f"{where} as {problem['code']} without {row.field}"] if row.field not in {"", *problem} else []


def operation_here(app: Flask) -> tuple[str, Json]:
    """The operation that the request at hand asks for."""
    assert request.url_rule is not None
    names = {name: f"{{{name}}}" for name in request.url_rule.arguments}
    path = request.url_rule.rule
    for name, place in names.items():
        path = path.replace(f"<uuid:{name}>", place).replace(f"<{name}>", place)
    return path, document_of(app)["paths"][path][request.method.lower()]


@contextmanager
def held_to_contract() -> Iterator[list[str]]:
    """Collects how answers differ from the document, of every application and thread."""
    faults: list[str] = []

    def hold(sender: Flask, response: Response, **_more: object) -> None:
        if request.path.startswith(PREFIX) and request.endpoint != SPEC and request.method in METHODS:
            faults.extend(faults_of(sender, response))

    with request_finished.connected_to(hold):
        yield faults
