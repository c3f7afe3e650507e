"""/integrate: the page that alone suffices to connect a scale, a reader or another system. Its tables come
from where /api/v1/openapi.json comes from, its words from integrate_text.py, in the language of the page."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple, cast

from apiflask import APIFlask
from flask import Blueprint, Response, current_app, render_template, request
from markupsafe import Markup, escape

from equipment.core import clock
from equipment.core.config import ROOT
from equipment.core.errors import NotFound
from equipment.core.words import Labelled
from equipment.fills.listing import FLAGS
from equipment.fills.queries import codes
from equipment.people.rules import DeviceKind
from equipment.shell.integrate_text import sections
from equipment.web import public, settings
from equipment.web.language import choose, translate
from equipment.web.openapi import PREFIX, contract_of, description_of, routes
from equipment.web.problems import PROBLEMS

pages = Blueprint("integrate", __name__)
EXAMPLES = ROOT / "docs" / "examples"
Schema = Mapping[str, Any]  # a part of the document, whose shape OpenAPI 3.1 defines


class FieldRow(NamedTuple):
    """A field of a message or an answer."""

    name: str
    kind: Markup
    needed: bool
    text: Markup


class RouteRow(NamedTuple):
    """A route as the page shows it."""

    method: str
    path: str
    text: Markup
    devices: str
    fields: list[FieldRow]
    form: str
    answer: str
    statuses: str


class AnswerShape(NamedTuple):
    """What an object of an answer holds, or which words a text may be."""

    name: str
    fields: list[FieldRow]
    words: list[tuple[str, str]]


@pages.get("/integrate")
@public
def page() -> str:
    """Everything an integrator needs, in one page."""
    document = cast(APIFlask, current_app).spec
    schemas: Mapping[str, Schema] = document["components"]["schemas"]
    return render_template(
        "shell/integrate.html",
        host=request.host_url.rstrip("/"),
        sections=sections(settings()),
        problems=PROBLEMS,
        codes=codes(clock.today()),
        flags=FLAGS,
        routes=list(_routes(document, schemas)),
        shapes=list(_shapes(schemas, _bodies(document))),
        coded=coded,
        name="en" if choose() == "en" else "zh",
    )


@pages.get("/integrate/<any(controller,gateway,firm):name>.py")
@public
def programme(name: str) -> Response:
    """A programme to start from: it plays a scale controller, a lift's gateway or the system of a firm."""
    path = EXAMPLES / f"{name}.py"
    if not path.exists():
        raise NotFound
    response = Response(path.read_bytes(), mimetype="text/x-python")
    response.headers["Content-Disposition"] = f'attachment; filename="{path.name}"'
    return response


def coded(text: object) -> Markup:
    """A text in the language of the page, with what stands between backticks as code."""
    parts = translate(text).split("`")
    return Markup("").join(
        Markup("<code>{}</code>").format(part) if place % 2 else part for place, part in enumerate(parts)
    )


def _routes(document: Schema, schemas: Mapping[str, Schema]) -> Iterator[RouteRow]:
    for rule, method, view in routes(current_app):
        path = re.sub(r"<(?:[^<>:]+:)?([^<>]+)>", r"{\1}", rule.rule)
        operation = document["paths"][path][method.lower()]
        kinds: tuple[DeviceKind, ...] = getattr(view, "device_kinds", ())
        is_token = getattr(view, "access", None) == "token"
        contract = contract_of(view)
        fields = [
            FieldRow(row["name"], _kind(row["schema"], schemas), row["required"], _text(row))
            for row in operation["parameters"]
            if row["in"] == "query"
        ]
        body = contract.body or contract.form
        if body is not None:
            fields += _fields(schemas[body.__name__], schemas)
        yield RouteRow(
            method,
            path.removeprefix(PREFIX.rstrip("/")),
            coded(description_of(view)),
            "、".join(translate(kind) for kind in kinds or DeviceKind) if is_token else "",
            fields,
            "multipart/form-data" if contract.form else "",
            contract.answer.__name__ if contract.answer else "",
            ", ".join(operation["responses"]),
        )


def _bodies(document: Schema) -> set[str]:
    """The shapes whose fields stand with their route, and nowhere else."""
    contents = (
        content["schema"].get("$ref", "")
        for operations in document["paths"].values()
        for operation in operations.values()
        for content in operation.get("requestBody", {}).get("content", {}).values()
    )
    own = {reference.rpartition("/")[2] for reference in contents if reference}
    others = str([schema.get("properties") for schema in document["components"]["schemas"].values()])
    return {name for name in own if f"schemas/{name}'" not in others}


def _shapes(schemas: Mapping[str, Schema], bodies: set[str]) -> Iterator[AnswerShape]:
    labels = {kind.__name__: kind for kind in _labelled(Labelled)}
    for name, schema in sorted(schemas.items()):
        if name in bodies:
            continue
        words = [
            (word, translate(labels[name](word)) if name in labels else "") for word in schema.get("enum", ())
        ]
        yield AnswerShape(name, _fields(schema, schemas), words)


def _labelled(kind: type[Labelled]) -> Iterator[type[Labelled]]:
    for inner in kind.__subclasses__():
        yield inner
        yield from _labelled(inner)


def _fields(schema: Schema, schemas: Mapping[str, Schema]) -> list[FieldRow]:
    needed = schema.get("required", ())
    return [
        FieldRow(name, _kind(part, schemas), name in needed, _text(part))
        for name, part in schema.get("properties", {}).items()
    ]


def _text(part: Schema) -> Markup:
    """What is said of a field; what its schema explains behind that stands in tables of its own."""
    return coded(part.get("description", "").partition("\n\n")[0])


def _kind(schema: Schema, schemas: Mapping[str, Schema]) -> Markup:
    """What a field may be, in a few words; other shapes are links."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return Markup('<a href="#{0}">{0}</a>').format(name)
    if "const" in schema:
        return Markup("<code>{}</code>").format(schema["const"])
    choices = schema.get("anyOf") or schema.get("oneOf")
    if choices:
        kinds = dict.fromkeys(_kind(choice, schemas) for choice in choices)
        return Markup(" | ").join(kinds)
    if schema.get("type") == "array":
        return Markup("[{}]").format(_kind(schema.get("items", {}), schemas))
    if schema.get("type") == "object" and isinstance(schema.get("additionalProperties"), Mapping):
        return Markup("{{…: {}}}").format(_kind(schema["additionalProperties"], schemas))
    if schema.get("type") == "object" and "patternProperties" in schema:
        (pattern,) = schema["patternProperties"].values()
        return Markup("{{…: {}}}").format(_kind(pattern, schemas))
    if 0 < len(schema.get("enum", ())) < 9:
        return Markup(" | ").join(Markup("<code>{}</code>").format(word) for word in schema["enum"])
    return escape(schema.get("format") or schema.get("type") or "—")
