"""What a stranger's phone sends once it has a signal: a report that was written on the public page."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from flask import Response, jsonify
from flask_babel import force_locale
from pydantic import BaseModel, Field

from equipment.core.errors import Invalid
from equipment.core.words import N_
from equipment.life.forms import ReportForm
from equipment.life.public_views import REPORTS_PER_ADDRESS, language_of_page, status_of, status_url, take_in
from equipment.life.states import ReportKind
from equipment.web import api, public
from equipment.web.language import translate
from equipment.web.limits import remote_address, wait_s
from equipment.web.openapi import Answered
from equipment.web.problems import code_of_status

routes = api.blueprint("public_api", __name__)


class ReportMessageForm(BaseModel):
    """What somebody at a label says is wrong, as the page behind the label sends it."""

    code: str = Field(max_length=400, description="What the label says.")
    report_id: UUID | None = None
    kind: ReportKind
    description: str = ""
    phone: str = ""
    happened_at: datetime | None = None
    photo: api.File | None = None


class ReportResponse(Answered):
    """The number of the report, and the page on which it can be followed."""

    number: str
    url: str


@routes.post("/reports")
@public
@api.described(
    form=ReportMessageForm, answer=ReportResponse, statuses=(201, 200), problems=(400, 403, 404, 409, 429)
)
def post_report() -> tuple[Response, int]:
    """The fields of the page's form with `code`, `report_id` and `happened_at`, multipart; the same again
    gets the same number."""
    with force_locale(language_of_page()):
        try:
            form = ReportForm()
            report, fresh = take_in(form.code.data, form)
        except Invalid as error:
            status, fields = status_of(error), error.fields.items()
            texts = {name: translate(message) for name, message in fields}
            title = N_("Something in it cannot be accepted.")
            answer = api.problem(code_of_status(status), title, status=status, fields=texts)
            if status == 429:
                answer.headers["Retry-After"] = str(wait_s(REPORTS_PER_ADDRESS, "report", remote_address()))
            return answer, status
    return jsonify({"number": report.number, "url": status_url(report)}), 201 if fresh else 200
