"""维保单位评价: every firm of a month for the bureau; one firm's months, for itself too; what is behind each."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from flask_babel import gettext

from equipment import web
from equipment.core import clock
from equipment.core.errors import NotFound
from equipment.core.months import month_end
from equipment.firms import listing, queries
from equipment.firms.counting import CATEGORY
from equipment.firms.rules import DEFINITIONS, Number, Rating, fraction
from equipment.firms.score_rules import CRITERIA
from equipment.people.models import Organisation
from equipment.people.rules import Action, Thing
from equipment.regulation.firm_numbers import final_after_days, score_points
from equipment.regulation.queries import rules
from equipment.suspicions.lift_words import lift_note
from equipment.suspicions.queries import found_true
from equipment.web.language import translate
from equipment.web.pages import SIZE, Page, area_options, arguments, exported

pages = Blueprint("firms", __name__)


@pages.route("/firms", methods=["GET", "POST"])
@web.allows(Action.SEE, Thing.FIRM_RATING)
def index() -> web.Answer:
    """All firms of a month; a firm comes to its own page."""
    who, today, args = web.viewer(), clock.today(), arguments()
    if not who.oversees:
        if who.organisation_id is None or queries.firm_of(who, who.organisation_id) is None:
            raise NotFound
        return redirect(url_for("firms.show", firm_id=who.organisation_id))
    month = listing.asked_month(args.get("month", ""))
    area = listing.asked_area(who, args.get("area", ""))
    asked = {"month": f"{month:%Y-%m}", "area": area}
    if taken := exported("firms.export", asked, by=who, title=gettext("Maintenance firms rated")):
        return taken
    rated = queries.ratings(month, area)
    return render_template(
        "firms/list.html",
        page=Page(rated, len(rated), False, 1, max(1, len(rated)), "", args),
        args=args,
        areas=area_options(who),
        month=month,
        months=_month_choices(),
        area=area,
        final=queries.is_final(month),
        published=queries.is_published(month),
        ratings=[(rating, DEFINITIONS[rating]) for rating in Rating],
        today=today,
    )


def _month_choices() -> list[tuple[str, str]]:
    return [(f"{month:%Y-%m}", f"{month:%Y-%m}") for month in queries.months_shown(clock.today())]


@pages.get("/firms/<uuid:firm_id>")
@web.allows(Action.SEE, Thing.FIRM_RATING)
def show(firm_id: UUID) -> web.Answer:
    """One firm's month: rates with the records behind them, the score line by line, the months before."""
    who, today, args = web.viewer(), clock.today(), arguments()
    firm = _firm(firm_id)
    month = listing.asked_month(args.get("month", ""))
    area = listing.asked_area(who, args.get("area", ""))
    rated = queries.rating_of(month, area, firm_id)
    published = queries.is_published(month)
    months = queries.months_shown(today)
    return render_template(
        "firms/show.html",
        firm=firm,
        rated=rated,
        month=month,
        months=_month_choices(),
        args=args,
        area=area,
        areas=area_options(who),
        final=queries.is_final(month),
        final_after=final_after_days(rules(CATEGORY), today),
        published=published,
        shows_score=who.oversees or published,
        place=queries.place_in_ranking(month, firm_id) if published else None,
        ranking=queries.ratings(month, "") if published else [],
        ratings=[(rating, DEFINITIONS[rating], listing.PARTS_SHOWN[rating]) for rating in Rating],
        history=queries.history(who, firm_id, months),
        fraction=fraction,
        true_ones=[(row, lift_note(row.kind, row.figures)) for row in found_true(who, firm_id)],
        bureau=who.oversees,
        county_names=listing.area_names(),
    )


def _firm(firm_id: UUID) -> Organisation:
    firm = queries.firm_of(web.viewer(), firm_id)
    if firm is None:
        raise NotFound
    return firm


@pages.route("/firms/<uuid:firm_id>/behind", methods=["GET", "POST"])
@web.allows(Action.SEE, Thing.FIRM_RATING)
def behind(firm_id: UUID) -> web.Answer:
    """The records behind one count of a firm's month."""
    who, args, firm = web.viewer(), arguments(), _firm(firm_id)
    if args.get("number") not in set(Number):
        raise NotFound
    number = Number(args["number"])
    if number is Number.FORGED and not who.oversees:
        raise NotFound
    month = listing.asked_month(args.get("month", ""))
    area = listing.asked_area(who, args.get("area", ""))
    asked = {"firm": str(firm_id), "number": str(number), "month": f"{month:%Y-%m}", "area": area}
    if taken := exported("firms.behind", asked, by=who, title=translate(number.label)):
        return taken
    records = queries.records_behind(month, area, firm_id, number)
    last = max(1, -(-len(records) // SIZE))
    leaf = min(max(1, request.args.get("page", 1, type=int)), last)
    part = records[(leaf - 1) * SIZE : leaf * SIZE]
    rows = listing.behind_rows(part, translate)
    return render_template(
        "firms/behind.html",
        page=Page(rows, len(records), False, leaf, SIZE, "", args),
        firm=firm,
        number=number,
        month=month,
        final=queries.is_final(month),
        back=url_for("firms.show", firm_id=firm_id, month=asked["month"], area=args.get("area")),
        area_names=listing.area_names(),
    )


@pages.get("/firms/points")
@web.allows(Action.SEE, Thing.FIRM_RATING)
def points() -> web.Answer:
    """The points table, and which of its lines this system holds data for; a firm reads it once it is
    adopted."""
    who, today = web.viewer(), clock.today()
    adopted = queries.is_published(today)
    if not who.oversees and not adopted:
        raise NotFound
    table = score_points(rules(CATEGORY), month_end(today))
    return render_template(
        "firms/points.html",
        criteria=[(criterion, table[criterion.key]) for criterion in CRITERIA],
        base=table["base"],
        adopted=adopted,
        adoption=queries.adoption(today),
        keys={criterion.key: f"firm_score.{criterion.key}" for criterion in CRITERIA},
    )
