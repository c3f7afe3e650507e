"""刷卡记录: what readers and phones were answered, refused swipes first."""

from __future__ import annotations

from dataclasses import replace

from flask import Blueprint, render_template
from flask_babel import gettext

from equipment import web
from equipment.core.errors import NotAllowed
from equipment.core.words import Message
from equipment.maintenance.list_views import options
from equipment.maintenance.models import Swipe
from equipment.maintenance.states import SwipeReason
from equipment.maintenance.swipe_list import SwipeChoice, filtered_swipes, listed_swipes, may_look_through
from equipment.people.rules import Action, Thing
from equipment.web.forms import labelled
from equipment.web.language import translate
from equipment.web.pages import arguments, exported, paginate

pages = Blueprint("swipes", __name__)
UNSAID = {"minutes": "…"}  # numbers of single swipes, in a list of all reasons


@pages.route("/swipes", methods=["GET", "POST"])
@web.allows(Action.SEE, Thing.VISIT)
def index() -> web.Answer:
    who, filters = web.viewer(), arguments()
    if not may_look_through(who):
        raise NotAllowed
    if taken := exported("swipes.export", filters, by=who, title=gettext("Swipes")):
        return taken
    sorts = {"at": (Swipe.received_at, Swipe.id), "happened": (Swipe.happened_at, Swipe.id)}
    page = paginate(filtered_swipes(who, filters), sorts, default="-at")
    offered = options(who)
    return render_template(
        "maintenance/swipes.html",
        page=replace(page, rows=listed_swipes(who, page.rows)),
        filters=filters,
        choices=labelled(SwipeChoice)[1:],
        reasons=[(str(reason), translate(Message(reason.label, UNSAID))) for reason in SwipeReason],
        areas=offered["areas"],
        firms=offered["firms"],
    )
