"""待核实: fills that the bureau decides, the device's word and ours side by side."""

from __future__ import annotations

from dataclasses import replace

from flask import Blueprint, render_template, request
from flask_babel import get_locale
from sqlalchemy import select

from equipment import web
from equipment.core.words import N_
from equipment.fills.queries import cylinders_of
from equipment.fills.reason_views import reason_text
from equipment.fills.states import Ruling
from equipment.passes.disputes import DisputeKind, dispute_keys, disputes_with
from equipment.people.rules import Action, Thing
from equipment.register.lists import names_of
from equipment.web.language import translate
from equipment.web.pages import paginate

pages = Blueprint("passes", __name__)
RULINGS = {
    Ruling.PENDING: N_("To be verified"),
    Ruling.VIOLATION: N_("A violation"),
    Ruling.NO_VIOLATION: N_("No violation"),
}


@pages.get("/fills/disputed")
@web.allows(Action.SEE, Thing.FILL)
def disputed() -> web.Answer:
    """The list that somebody works off: the undecided first unless the address asks for others."""
    ruling, kind = request.args.get("ruling", Ruling.PENDING.value), request.args.get("kind", "")
    keys = dispute_keys(web.viewer(), kind, ruling if ruling in set(Ruling) else "").c
    sorts = {"at": (keys.received_at, keys.scan_id)}
    wanted = select(keys.equipment_id, keys.scan_id, keys.kind)
    page = paginate(wanted, sorts, default="-at", scalars=False)
    page = replace(page, rows=disputes_with([tuple(row) for row in page.rows]))
    language = str(get_locale() or "zh")
    fills = [row.by_list.forbidden if row.by_list else row.fill for row in page.rows]
    return render_template(
        "passes/disputed.html",
        page=page,
        pieces=cylinders_of(fills),
        stations=names_of(fill.organisation_id for fill in fills),
        reasons={
            row.by_list.scan.id: [reason_text(reason, language) for reason in row.by_list.forbidden.reasons]
            for row in page.rows
            if row.by_list
        },
        rulings=[(each.value, translate(label)) for each, label in RULINGS.items()],
        kinds=[(each.value, translate(each.label)) for each in DisputeKind],
        ruling=ruling,
        kind=kind,
    )
