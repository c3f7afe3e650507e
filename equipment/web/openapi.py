"""/api/v1/openapi.json: what the routes take and answer. Made from the code: a view says by `api.described`
what is its own, everything that holds for all stands here once. tests/contract.py holds all answers to it."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from flask import Flask, current_app
from pydantic import BaseModel, Field
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaMode, JsonSchemaValue, models_json_schema
from pydantic_core import core_schema
from werkzeug.routing import Rule

from equipment.core.verdict import Effect
from equipment.core.words import Labelled
from equipment.people.rules import DeviceKind
from equipment.web.problems import ProblemCode

F = TypeVar("F", bound=Callable[..., object])
Json = dict[str, Any]  # a part of the document, whose shape OpenAPI 3.1 defines
PREFIX, SPEC = "/api/v1/", "openapi.spec"
JSON, LINES, PROBLEM = "application/json", "application/x-ndjson", "application/problem+json"
FORM = "multipart/form-data"
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")

ABOUT = """\
What readers, scales, controllers, phones and other systems say and ask. docs/api.md walks through it.

- **Who asks**: `Authorization: Bearer <token>`. The manager of a station, firm, body or use unit enrols a
  device and sees its token once. No route here takes the cookie of a session, so none needs a CSRF token.
- **Ids** are UUIDs and made by the sender, best as version 7. The same id with the same content again gets
  the earlier answer (200) and adds nothing; with other content it is a conflict (409) that names the fields.
- **Times** are RFC 3339 with an offset. `happened_at` is the sender's clock; a message that waited says
  `queued`.
- **Numbers** are JSON numbers: an integer in quotes is refused. Weights are g, pressures kPa, temperatures
  0.1 °C.
- **Fields** that are not described are refused, so that a misspelt one is noticed.
- **Errors** are problem bodies (RFC 9457): `code` for programs (`GET /errors` says which may be sent again),
  `title` for people, `fields` by the name of the field.
- **Language** of texts: `Accept-Language: zh-CN` or `en`. Codes never change.
- **Again later**: 429 and 503 say in `Retry-After` after how many seconds. Routes that are limited say in
  `RateLimit-Policy` and `RateLimit` how often and how many are left (draft-ietf-httpapi-ratelimit-headers).
- **Sandbox**: a token that begins with `sandbox-` speaks to made-up pieces beside the city's. The rules are
  the real ones; every answer to it carries `X-Sandbox: 1`, and answers to other tokens do not.
"""
STATUSES: Mapping[int, str] = {
    200: "Done.",
    201: "Recorded.",
    304: "What you have is what stands here.",
    400: "This is no request of this page.",
    401: "No valid token.",
    403: "Not for this kind of device, organisation or person.",
    404: "There is no such thing, or it is not yours to see.",
    408: "The body did not arrive in time. Send it again.",
    409: "The same id said something else before, or this is no longer possible; `fields` say what.",
    413: "The body is larger than allowed.",
    422: "Something in it cannot be accepted; `fields` say what, or `reasons` which rule says no.",
    429: "Too many of these. Wait as long as `Retry-After` says.",
    500: "A fault on our side. Nothing was recorded; tell us the `request_id`.",
    503: "Too much is going on, or the database cannot be reached. Nothing was recorded; send it again.",
    507: "The disk is full. Nothing was recorded; send it again later.",
}
BEFORE = "The same message was recorded before: its answer again, nothing was added."
SCHEME = "The token of a device, shown once when it is enrolled."
HEADERS: Mapping[int, Json] = {
    401: {"WWW-Authenticate": {"schema": {"type": "string"}, "description": "Bearer"}},
    429: {"Retry-After": {"schema": {"type": "string", "pattern": "^[0-9]+$"}, "description": "Seconds."}},
    503: {"Retry-After": {"schema": {"type": "string", "pattern": "^[0-9]+$"}, "description": "Seconds."}},
}
LIMITED: Json = {
    "RateLimit-Policy": {"schema": {"type": "string"}, "description": '`"name";q=quota;w=seconds`'},
    "RateLimit": {"schema": {"type": "string"}, "description": '`"name";r=left;t=seconds until it is free`'},
}
TAGGED: Json = {"ETag": {"schema": {"type": "string"}, "description": "Of this content; for If-None-Match."}}


class Answered(BaseModel):
    """Base of every answer: it holds these fields and no others."""

    model_config = {"extra": "forbid"}


class CitationResponse(Answered):
    """依据: where a rule comes from, since when it is in force, and how sure the rule pack is of it."""

    document: str
    clause: str
    since: str | None
    confidence: str
    verified: bool
    pack: str


class RefusalResponse(Answered):
    """Why a rule says no."""

    code: str
    effect: Effect
    params: dict[str, object]
    citation: CitationResponse


class ProblemResponse(Answered):
    """What went wrong (RFC 9457)."""

    type: str
    status: int
    code: ProblemCode = Field(description="Of the table at GET /api/v1/errors, for programs.")
    title: str = Field(description="For people, in the language that was asked for.")
    request_id: str | None = Field(description="Names this request in our log.")
    fields: dict[str, str] = Field(
        {}, description='By field, what is wrong with it: `checks.P8`; "" is the message as a whole.'
    )
    reasons: list[RefusalResponse] = Field([], description="Which rules say no.")


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteContract:
    """What a view takes and answers beside what holds for all. `statuses` are those of success, `problems`
    those of errors that do not follow from its shape; `receipt`: body and answer may also be NDJSON, one such
    receipt a line."""

    body: type[BaseModel] | None = None
    form: type[BaseModel] | None = None
    query: type[BaseModel] | None = None
    answer: type[BaseModel] | None = None
    statuses: tuple[int, ...] = (200,)
    problems: tuple[int, ...] = ()
    receipt: type[BaseModel] | None = None
    tagged: bool = False

    def __call__(self, view: F) -> F:
        """Mark a view, which parses its body itself, once."""
        view.contract = self  # type: ignore[attr-defined]
        return view

    @property
    def models(self) -> list[type[BaseModel]]:
        return [
            model
            for model in (self.body, self.form, self.query, self.answer, self.receipt)
            if model is not None
        ]


class Explained(GenerateJsonSchema):
    """Members of the house's enums are explained, and a table whose keys have a form has no others."""

    def enum_schema(self, schema: core_schema.EnumSchema) -> JsonSchemaValue:
        members = schema["cls"]
        if not issubclass(members, Labelled):
            return super().enum_schema(schema)
        labels = "\n".join(f"- `{member}`: {member.label}" for member in members)
        explained = f"{inspect.cleandoc(members.__doc__ or '')}\n\n{labels}".strip()
        return super().enum_schema(schema) | {"description": explained}

    def dict_schema(self, schema: core_schema.DictSchema) -> JsonSchemaValue:
        table = super().dict_schema(schema)
        return table | ({"additionalProperties": False} if "patternProperties" in table else {})


def document(written: Json) -> Json:
    """The whole document; `written` is what APIFlask made of the same routes."""
    rules = list(routes(current_app))
    models = {model for _rule, _method, view in rules for model in contract_of(view).models}
    modes: list[tuple[type[BaseModel], JsonSchemaMode]] = [
        (model, "validation")
        for model in sorted(models | {ProblemResponse}, key=lambda model: model.__name__)
    ]
    _references, schemas = models_json_schema(
        modes, ref_template="#/components/schemas/{model}", schema_generator=Explained
    )
    paths: dict[str, Json] = {}
    for rule, method, view in rules:
        path = re.sub(r"<(?:[^<>:]+:)?([^<>]+)>", r"{\1}", rule.rule)
        paths.setdefault(path, {})[method.lower()] = _operation(rule, method, view, schemas["$defs"])
    return written | {
        "info": {"title": written["info"]["title"], "version": "1", "description": ABOUT},
        "servers": [{"url": "/"}],
        "externalDocs": {
            "url": "/integrate",
            "description": "All of it in words, with examples 接口对接说明",
        },
        "tags": sorted(
            ({"name": name} for name in {_tag(rule) for rule, _method, _view in rules}),
            key=lambda tag: tag["name"],
        ),
        "paths": dict(sorted(paths.items())),
        "components": {
            "schemas": schemas["$defs"],
            "securitySchemes": {"device": {"type": "http", "scheme": "bearer", "description": SCHEME}},
        },
    }


def routes(app: Flask) -> Iterator[tuple[Rule, str, Callable[..., object]]]:
    """Every route of the API with each of its methods and its view, by address."""
    for rule in sorted(app.url_map.iter_rules(), key=lambda rule: rule.rule):
        if rule.rule.startswith(PREFIX) and rule.endpoint != SPEC:
            for method in METHODS:
                if method in (rule.methods or ()):
                    yield rule, method, app.view_functions[rule.endpoint]


def contract_of(view: object) -> RouteContract:
    contract: RouteContract = getattr(view, "contract", RouteContract())
    return contract


def description_of(view: object) -> str:
    """What a route does, as its view says it."""
    return " ".join((inspect.getdoc(view) or "").split())


def _tag(rule: Rule) -> str:
    return rule.endpoint.partition(".")[0].removesuffix("_api")


def _operation(rule: Rule, method: str, view: Callable[..., object], schemas: Json) -> Json:
    contract = contract_of(view)
    text = description_of(view)
    summary = re.split(r"(?<=[.:;])\s", text, maxsplit=1)[0].rstrip(".:;")
    operation: Json = {
        "operationId": f"{_tag(rule)}_{rule.endpoint.partition('.')[2]}",
        "tags": [_tag(rule)],
        "summary": summary,
        "description": text,
        "parameters": _parameters(rule, contract, schemas),
        "responses": _responses(rule, method, view, contract),
        "security": [],
    }
    if getattr(view, "access", None) == "token":
        kinds: tuple[DeviceKind, ...] = getattr(view, "device_kinds", ())
        names = ", ".join(f"{kind.label} (`{kind}`)" for kind in kinds or DeviceKind)
        operation["description"] = f"{text}\n\nTokens of: {names}."
        operation["security"] = [{"device": []}]
    if contract.body is not None:
        schema = _schema(contract.body)
        content = {JSON: {"schema": schema}} | (
            {LINES: {"schema": {"type": "string"}}} if contract.receipt else {}
        )
        operation["requestBody"] = {"required": True, "content": content}
    if contract.form is not None:
        operation["requestBody"] = {"required": True, "content": {FORM: {"schema": _schema(contract.form)}}}
    return operation


def _schema(model: type[BaseModel]) -> Json:
    return {"$ref": f"#/components/schemas/{model.__name__}"}


def _parameters(rule: Rule, contract: RouteContract, schemas: Json) -> list[Json]:
    parameters: list[Json] = [
        {"in": "path", "name": name, "required": True, "schema": {"type": "string", "format": "uuid"}}
        for name in sorted(rule.arguments)
    ]
    if contract.query is not None:
        model = schemas.pop(contract.query.__name__, None) or contract.query.model_json_schema(
            schema_generator=Explained
        )
        parameters += [
            {
                "in": "query",
                "name": name,
                "required": name in model.get("required", ()),
                "description": schema.get("description", ""),
                "schema": {key: value for key, value in schema.items() if key != "description"},
            }
            for name, schema in model["properties"].items()
        ]
    if contract.tagged:
        parameters.append({"in": "header", "name": "If-None-Match", "schema": {"type": "string"}})
    return parameters


def _responses(rule: Rule, method: str, view: Callable[..., object], contract: RouteContract) -> Json:
    content = {JSON: {"schema": _schema(contract.answer) if contract.answer else {}}}
    if contract.receipt is not None:  # the schema of each line
        content[LINES] = {"schema": _schema(contract.receipt)}
    responses: Json = {}
    is_limited = getattr(view, "rate", None) is not None
    for status in contract.statuses:
        text = BEFORE if status == 200 and 201 in contract.statuses else STATUSES[status]
        responses[str(status)] = {"description": text} | ({} if status == 304 else {"content": content})
        headers = (TAGGED if contract.tagged else {}) | (LIMITED if is_limited else {})
        if headers:
            responses[str(status)]["headers"] = headers
    problem = {PROBLEM: {"schema": _schema(ProblemResponse)}}
    for status in sorted(problems_of(rule, method, view, contract)):
        responses[str(status)] = {"description": STATUSES[status], "content": problem}
        if status in HEADERS:
            is_counted = status == 429 and is_limited
            responses[str(status)]["headers"] = HEADERS[status] | (LIMITED if is_counted else {})
    return responses


def problems_of(rule: Rule, method: str, view: object, contract: RouteContract) -> set[int]:
    """The statuses of the errors that this route can answer with."""
    problems = {500, 503, *contract.problems}
    if getattr(view, "access", None) == "token":
        problems |= {401, 403}
    if rule.arguments:
        problems.add(404)
    if contract.body is not None or contract.form is not None:
        problems |= {408, 413, 422}
    if contract.query is not None:
        problems.add(422)
    if method != "GET":
        problems.add(507)
    if getattr(view, "rate", None) is not None:
        problems.add(429)
    return problems
