"""存证包: asked for on the page of a piece or record, listed and handed out to whoever asked."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, Response, flash, redirect, render_template, url_for
from flask_babel import gettext

from equipment import web
from equipment.core.words import N_
from equipment.files.views import handed_out
from equipment.packs import actions
from equipment.packs.archive import ZIP_TYPE
from equipment.packs.models import Pack
from equipment.packs.queries import my_packs, pack_of, topic
from equipment.packs.states import PackKind
from equipment.people.rules import Action, Thing
from equipment.storage.db import transaction
from equipment.web.language import translate
from equipment.web.pages import paginate

pages = Blueprint("packs", __name__)
TITLES = {
    PackKind.PIECE: N_("Evidence pack of %(name)s"),
    PackKind.FILL: N_("Evidence pack of a fill of %(name)s"),
    PackKind.VISIT: N_("Evidence pack of a visit at %(name)s"),
    PackKind.HAZARD: N_("Evidence pack of a hazard of %(name)s"),
    PackKind.DUE_LIST: N_("Evidence pack of due-list %(name)s"),
}


@pages.get("/packs")
@web.allows(Action.SEE, Thing.PACK)
def listed() -> web.Answer:
    page = paginate(my_packs(web.viewer()), {"made": (Pack.made_at, Pack.id)}, default="-made")
    return render_template("packs/packs.html", page=page)


@pages.get("/packs/<uuid:pack_id>")
@web.allows(Action.SEE, Thing.PACK)
def show(pack_id: UUID) -> web.Answer:
    return render_template("packs/pack.html", pack=pack_of(web.viewer(), pack_id))


@pages.get("/packs/<uuid:pack_id>/file")
@web.allows(Action.SEE, Thing.PACK)
def file(pack_id: UUID) -> Response:
    pack = pack_of(web.viewer(), pack_id)
    name = f"{pack.title} {pack.made_at:%Y%m%d} {translate(pack.state.label)}.zip"
    return handed_out(pack.file_sha256, ZIP_TYPE, name)


@pages.post("/packs/piece/<uuid:equipment_id>")
@web.allows(Action.CREATE, Thing.PACK)
def of_piece(equipment_id: UUID) -> web.Answer:
    return _asked_for(PackKind.PIECE, equipment_id)


@pages.post("/packs/due-list/<uuid:list_id>")
@web.allows(Action.CREATE, Thing.PACK)
def of_list(list_id: UUID) -> web.Answer:
    return _asked_for(PackKind.DUE_LIST, list_id)


@pages.post("/packs/<any(fill, visit, hazard):kind>/<uuid:equipment_id>/<uuid:record_id>")
@web.allows(Action.CREATE, Thing.PACK)
def of_record(kind: str, equipment_id: UUID, record_id: UUID) -> web.Answer:
    return _asked_for(PackKind(kind), equipment_id, record_id)


def _asked_for(kind: PackKind, key: UUID, record_id: UUID | None = None) -> web.Answer:
    """In line for the jobs process; one at a time for each person."""
    who = web.viewer()
    with transaction():
        about = topic(who, kind, key, record_id)
        title = translate(TITLES[kind]) % {"name": translate(about.name)}
        task_id, fresh = actions.ask(about, title, key, record_id, by=who)
    if fresh:
        flash(gettext("It is being made; you can leave this page."), "info")
    else:
        text = gettext("Your last evidence pack is still being made. Ask for the next when it is here.")
        flash(text, "warning")
    return redirect(url_for("tasks.task", task_id=task_id), 303)
