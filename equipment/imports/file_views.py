"""Files that go with imports: the template, the workbook of what is wrong, a saved matching of columns."""

from __future__ import annotations

import json
from uuid import UUID

from flask import Blueprint, Response, redirect, url_for
from flask_babel import get_locale, gettext

from equipment import web
from equipment.core.errors import NotFound
from equipment.files.views import handed_out
from equipment.imports.forms import TemplateForm
from equipment.imports.queries import batch, task_of_batch
from equipment.people.rules import Action, Thing
from equipment.register import lists
from equipment.storage.db import transaction
from equipment.tasks.actions import enqueue
from equipment.tasks.queries import wait_for

pages = Blueprint("import_files", __name__, url_prefix="/register/import")
UNTYPED = "application/octet-stream"


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
    return handed_out(task.file_sha256, UNTYPED, task.file_name)


@pages.post("/template")
@web.allows(Action.CREATE, Thing.IMPORT)
def template() -> web.Answer:
    form = TemplateForm()
    form.category.choices = [(kind.key, "") for kind in lists.categories_of(web.viewer())]
    if not form.validate_on_submit():
        raise NotFound
    with transaction():
        task = enqueue(
            "register.template",
            {"category": form.category.data},
            by=web.viewer(),
            title=gettext("Template for an import"),
            locale=str(get_locale()),
        )
    task = wait_for(task)
    if task.file_sha256:
        return handed_out(task.file_sha256, UNTYPED, task.file_name)
    return redirect(url_for("tasks.task", task_id=task.id))
