"""What a stranger's phone sends once it has a signal: a report that was written on the public page."""

from __future__ import annotations

from flask import Response, jsonify
from flask_babel import force_locale

from equipment.core.errors import Invalid
from equipment.core.words import N_
from equipment.life.forms import ReportForm
from equipment.life.public_views import language_of_page, status_of, status_url, take_in
from equipment.web import api, public
from equipment.web.language import translate

routes = api.blueprint("public_api", __name__)


@routes.post("/reports")
@public
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
            return api.problem(status, N_("Something in it cannot be accepted."), fields=texts), status
    return jsonify({"number": report.number, "url": status_url(report)}), 201 if fresh else 200
