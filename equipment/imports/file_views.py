"""Files that go with imports: the template, the workbook of what is wrong, a saved matching of columns."""

from __future__ import annotations

import json
from uuid import UUID

from flask import Blueprint, Response
from flask_babel import gettext

from equipment import web
from equipment.core.errors import NotFound
from equipment.files.views import handed_out
from equipment.imports.course_views import blank_book
from equipment.imports.forms import TemplateForm
from equipment.imports.queries import batch, task_of_batch
from equipment.people.rules import Action, Thing
from equipment.register import lists
from equipment.tasks.sheets import WORKBOOK_TYPE

pages = Blueprint("import_files", __name__, url_prefix="/register/import")


@pages.get("/<uuid:batch_id>/mapping.json")
@web.allows(Action.SEE, Thing.IMPORT)
def save_mapping(batch_id: UUID) -> Response:
    import_batch = batch(web.viewer(), batch_id)
    answer = Response(
        json.dumps(import_batch.mapping, ensure_ascii=False, indent=1), mimetype="application/json"
    )
    answer.headers.set("Content-Disposition", "attachment", filename=f"mapping-{import_batch.category}.json")
    return answer


@pages.get("/<uuid:batch_id>/errors")
@web.allows(Action.SEE, Thing.IMPORT)
def errors(batch_id: UUID) -> web.Answer:
    task = task_of_batch(web.viewer(), batch(web.viewer(), batch_id))
    if task is None or not task.file_sha256:
        raise NotFound
    return handed_out(task.file_sha256, WORKBOOK_TYPE, task.file_name)


@pages.post("/template")
@web.allows(Action.CREATE, Thing.IMPORT)
def template() -> web.Answer:
    form = TemplateForm()
    form.category.choices = [(kind.key, "") for kind in lists.categories_of(web.viewer())]
    if not form.validate_on_submit():
        raise NotFound
    return blank_book("register.template", gettext("Template for an import"), category=form.category.data)
