from __future__ import annotations

from flask import Blueprint, render_template_string
from rehearsals.models import Rehearsal

from equipment import web
from equipment.people.rules import Action, Thing
from equipment.people.scope import visible
from equipment.storage.db import session

pages = Blueprint("rehearsals", __name__)
PAGE = '{% extends "base.html" %}{% block content %}<ul>{% for rehearsal in rehearsals %}<li>{{ rehearsal.planned_on }}</li>{% endfor %}</ul>{% endblock %}'


@pages.get("/rehearsals")
@web.allows(Action.SEE, Thing.EQUIPMENT)
def index() -> web.Answer:
    rehearsals = session.scalars(visible(web.viewer(), Rehearsal).order_by(Rehearsal.planned_on)).all()
    return render_template_string(PAGE, rehearsals=rehearsals)
