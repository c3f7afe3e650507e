"""待核实: fills that a phone let go by its list and we would have refused, both words side by side."""

from __future__ import annotations

from flask import Blueprint, render_template, request
from flask_babel import get_locale

from equipment import web
from equipment.fills.models import ForbiddenFill
from equipment.fills.queries import cylinders_of
from equipment.fills.reason_views import reason_text
from equipment.fills.states import Ruling
from equipment.passes.disputes import disputed_fills, disputes_of
from equipment.people.rules import Action, Thing
from equipment.register.lists import names_of
from equipment.web.language import translate
from equipment.web.pages import area_options, arguments, paginate

pages = Blueprint("passes", __name__)
SORTS = {"at": (ForbiddenFill.received_at, ForbiddenFill.scan_id)}


@pages.get("/fills/disputed")
@web.allows(Action.SEE, Thing.FILL)
def disputed() -> web.Answer:
    """The list that somebody works off: the undecided first unless the address asks for others."""
    ruling = request.args.get("ruling", Ruling.PENDING.value)
    args = arguments()
    page = paginate(disputed_fills(web.viewer(), {**args, "ruling": ruling}), SORTS, default="-at")
    language = str(get_locale() or "zh")
    return render_template(
        "passes/disputed.html",
        page=page,
        disputes={dispute.scan.id: dispute for dispute in disputes_of(page.rows)},
        pieces=cylinders_of(page.rows),
        stations=names_of(row.organisation_id for row in page.rows),
        reasons={row.scan_id: [reason_text(reason, language) for reason in row.reasons] for row in page.rows},
        rulings=[(each.value, translate(each.label)) for each in Ruling],
        ruling=ruling,
        args=args,
        areas=area_options(web.viewer()),
    )
