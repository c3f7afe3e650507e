"""GET /errors: the table of problems, for programs and those who write them."""

from __future__ import annotations

from hashlib import sha256
from typing import cast

from flask import Response, jsonify, request
from pydantic import Field

from equipment.web import api, public
from equipment.web.language import translate
from equipment.web.openapi import Answered
from equipment.web.problems import PROBLEMS, ProblemCode

routes = api.blueprint("errors_api", __name__)


class ProblemRow(Answered):
    """One kind of problem."""

    code: ProblemCode
    http: int
    retryable: bool = Field(description="The same message may work later, as it is.")
    field: str = Field(description="The member of the body that names what is wrong; empty where none does.")
    hint: str = Field(description="What to do, in the language that was asked for.")


class ErrorsResponse(Answered):
    """Every problem that the API answers with; codes are added, never changed."""

    errors: list[ProblemRow]


@routes.get("/errors")
@public
@api.described(answer=ErrorsResponse, statuses=(200, 304), tagged=True)
def errors() -> Response:
    """What problem bodies say in `code`: which may be sent again, which member names the fault, what to do.
    Ask with `If-None-Match`."""
    rows = [
        {"code": code, **problem._asdict(), "hint": translate(problem.hint)}
        for code, problem in PROBLEMS.items()
    ]
    response = jsonify({"errors": rows})
    response.set_etag(sha256(response.get_data()).hexdigest()[:32])
    response.cache_control.no_cache = True
    response.headers["Vary"] = "Accept-Language"
    return cast(Response, response.make_conditional(request))
