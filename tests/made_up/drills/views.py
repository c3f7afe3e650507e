from __future__ import annotations

from drills.models import Drill
from flask import Blueprint, render_template_string

from equipment import web
from equipment.people.rules import Action, Thing
from equipment.people.scope import visible
from equipment.storage.db import session

pages = Blueprint("drills", __name__)
PAGE = '{% extends "base.html" %}{% block content %}<ul>{% for drill in drills %}<li>{{ drill.planned_on }}</li>{% endfor %}</ul>{% endblock %}'


@pages.get("/drills")
@web.allows(Action.SEE, Thing.EQUIPMENT)
def index() -> web.Answer:
    drills = session.scalars(visible(web.viewer(), Drill).order_by(Drill.planned_on)).all()
    return render_template_string(PAGE, drills=drills)
