"""贴牌刷卡率 on screen: the figure with its definition and its two parts, by county, and the lifts that are
missing by reason, each list as long as its number."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask_babel import gettext

from equipment import web
from equipment.maintenance.listing import lift_name
from equipment.maintenance.plate_rate import (
    COUNTS,
    PLATE_SWIPE_DEFINITION,
    WHOLE,
    PlateGap,
    asked_day,
    figures_by_county,
    gaps_of,
    last_swipes,
    lifts_behind,
    plate_figures,
)
from equipment.people.rules import Action, Thing, may
from equipment.register.lists import area_names
from equipment.register.models import Equipment
from equipment.regulation.queries import counted_grades, rules
from equipment.web.forms import labelled
from equipment.web.pages import area_options, arguments, exported, paginate

pages = Blueprint("plate_rates", __name__)


@pages.route("/plates/rate", methods=["GET", "POST"])
@web.allows(Action.SEE, Thing.VISIT)
def index() -> web.Answer:
    viewer, filters = web.viewer(), arguments()
    title = gettext("Lifts and their plates and swipes")
    if taken := exported("plate_gaps.export", filters, by=viewer, title=title):
        return taken
    on, area = asked_day(filters), filters.get("area", "")
    area = area if area.isdecimal() else viewer.area
    sorts = {"area": (Equipment.area, Equipment.address, Equipment.id)}
    page = paginate(lifts_behind(viewer, filters), sorts, default="area")
    counties = figures_by_county(viewer, area, on)
    return render_template(
        "maintenance/plate_rate.html",
        page=page,
        on=on,
        area=area,
        figures=plate_figures(viewer, area, on),
        counties=counties,
        names=area_names([*counties, *(row.area for row in page.rows)]),
        gaps=gaps_of(viewer, page.rows, on),
        swipes=last_swipes(page.rows, on),
        reasons=list(PlateGap),
        choices=[*labelled(PlateGap), (COUNTS, gettext("Counts")), (WHOLE, gettext("All lifts in use"))],
        areas=area_options(viewer),
        definition=PLATE_SWIPE_DEFINITION,
        grades=counted_grades(on),
        period=rules("elevator").value("visit_days.half_month", on),
        may_import=viewer.oversees and may(viewer, Action.CREATE, Thing.IMPORT),
        may_make=may(viewer, Action.CREATE, Thing.LABEL),
        lift_name=lift_name,
    )
