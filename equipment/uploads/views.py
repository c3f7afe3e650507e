"""/uploads: what the systems of maintenance firms sent, and why something was refused."""

from __future__ import annotations

from dataclasses import replace

from flask import Blueprint, render_template
from flask_babel import gettext

from equipment import web
from equipment.core.ids import id_in
from equipment.people.rules import Action, Thing, may
from equipment.uploads.listing import (
    WINDOW_DAYS,
    counts_of,
    filtered_attempts,
    firms_with_systems,
    listed_attempts,
    systems_of,
)
from equipment.uploads.models import UploadAttempt
from equipment.uploads.states import UploadOutcome, UploadStep
from equipment.web.forms import labelled
from equipment.web.pages import arguments, exported, paginate

pages = Blueprint("uploads", __name__)


@pages.route("/uploads", methods=["GET", "POST"])
@web.allows(Action.SEE, Thing.UPLOAD)
def index() -> web.Answer:
    """What was refused stands first; the systems with whoever answers for them, and how much came."""
    who, filters = web.viewer(), arguments()
    if taken := exported("uploads.export", filters, by=who, title=gettext("Uploads")):
        return taken
    page = paginate(
        filtered_attempts(who, filters), {"at": (UploadAttempt.at, UploadAttempt.id)}, default="-at"
    )
    return render_template(
        "uploads/list.html",
        page=replace(page, rows=listed_attempts(who, page.rows)),
        filters=filters,
        counts=counts_of(who, id_in(filters.get("firm", ""))),
        systems=systems_of(who),
        days=WINDOW_DAYS,
        outcomes=[*labelled(UploadOutcome), ("all", gettext("All messages"))],
        steps=labelled(UploadStep),
        firms=firms_with_systems(who),
        organisation_id=None if who.oversees else who.organisation_id,
        may_enrol=may(who, Action.CREATE, Thing.DEVICE) and not who.oversees,
    )
