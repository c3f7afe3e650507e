"""本系统标牌: the lifts that have none, plates made for them and printed, hung by a scan at the lift, and the list
of all of them with what is out of date."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from uuid import UUID

from flask import Blueprint, flash, render_template, request
from flask_babel import gettext, ngettext

from equipment import web
from equipment.core import clock
from equipment.core.chunks import chunks
from equipment.core.errors import Conflict, Invalid
from equipment.core.ids import id_in
from equipment.core.words import N_
from equipment.labels.layouts import PLATE_NOTE
from equipment.labels.plate_facts import PLATE_FACTS, plate_facts
from equipment.labels.plate_forms import HangForm, MakePlatesForm, TickedLiftsForm
from equipment.labels.plate_listing import (
    OUTDATED,
    PlateStand,
    lift_ids,
    lifts_to_plate,
    listed_plates,
    plates,
)
from equipment.labels.plates import (
    AT_ONCE,
    MOST_PLATES,
    hang_plate,
    make_plates,
    new_plates,
    obstacles,
    plate_scanned,
    refused_words,
    too_many,
)
from equipment.labels.views import begin_print
from equipment.people.rules import Action, Thing, may
from equipment.register.models import Equipment, LiftPlate
from equipment.register.plate_conditions import conditions_of
from equipment.register.queries import pieces
from equipment.register.rules import READABLE, PlateCondition
from equipment.storage.db import session, transaction
from equipment.web.forms import checked, labelled, show_errors
from equipment.web.pages import area_options, arguments, counted, exported, paginate

pages = Blueprint("lift_plates", __name__)
SHOWN = 12  # lifts whose plates are shown before they are made
WHY = [condition for condition in PlateCondition if condition not in READABLE]


@pages.get("/plates/make")
@web.allows(Action.CREATE, Thing.LABEL)
def candidates() -> web.Answer:
    """The lifts at which no plate can be read: all of the list, or those that are ticked."""
    viewer, filters = web.viewer(), arguments()
    sorts = {"area": (Equipment.area, Equipment.address, Equipment.id)}
    page = paginate(lifts_to_plate(viewer, filters), sorts, default="area")
    return render_template(
        "labels/plates_to_make.html",
        page=page,
        why=[*labelled(WHY), (OUTDATED, gettext("Our plate is out of date"))],
        areas=area_options(viewer),
        conditions=conditions_of(row.id for row in page.rows),
        most=MOST_PLATES,
    )


@pages.post("/plates/make/chosen")
@web.allows(Action.CREATE, Thing.LABEL)
def chosen() -> web.Answer:
    """The size is chosen, and what would stand on the plates is looked at, before any is made."""
    form = TickedLiftsForm()
    return _before(MakePlatesForm(formdata=None), form.id.data, "")


@pages.get("/plates/make/chosen")
@web.allows(Action.CREATE, Thing.LABEL)
def whole() -> web.Answer:
    """The same for the whole list behind the filters of the address, or for one lift."""
    one = id_in(request.args.get("lift", ""))
    return _before(MakePlatesForm(formdata=None), [one] if one else [], "" if one else "1")


def _before(form: MakePlatesForm, ticked: Sequence[UUID], whole: str) -> str:
    viewer = web.viewer()
    ids = lift_ids(viewer, arguments(), MOST_PLATES) if whole else list(ticked)
    lifts = list(pieces(viewer, ids[:SHOWN]))
    against = obstacles(lifts)
    return render_template(
        "labels/plates_before.html",
        form=form,
        ticked=[] if whole else ids,
        whole=whole,
        number=len(ids),
        excess=too_many(len(ids)),
        lifts=lifts,
        against=against,
        facts=plate_facts(lifts, clock.today()),
        names=PLATE_FACTS,
        note=PLATE_NOTE,
    )


@pages.post("/plates/make")
@web.allows(Action.CREATE, Thing.LABEL)
def make() -> web.Answer:
    """Make the plates, a chunk to a transaction, and have them printed through the print ledger."""
    viewer, form = web.viewer(), MakePlatesForm()
    ids = lift_ids(viewer, arguments(), MOST_PLATES) if form.whole.data else form.id.data
    try:
        checked(form)
        if not ids:
            raise Invalid({"": N_("Choose at least one lift.")})
        if excess := too_many(len(ids)):
            raise Invalid({"": excess})
        against = obstacles(pieces(viewer, ids))
        if len(against) == len(ids):
            words = "；".join(
                f"{gettext(why.label)}（{number}）" for why, number in refused_words(against.values())
            )
            raise Conflict({"": gettext("No plate is made: %(why)s", why=words)})
        with transaction():
            batch = new_plates(form.size.data, by=viewer, note=form.note.data)
    except Invalid as error:
        show_errors(form, error)
        return _before(form, form.id.data, form.whole.data), form.http_status
    for some in chunks(ids, AT_ONCE):
        with transaction():
            make_plates(session.merge(batch), pieces(viewer, some), by=viewer)
    batch = session.merge(batch)
    if batch.count < len(ids):
        left = len(ids) - batch.count
        flash(ngettext("%(num)s lift gets no plate.", "%(num)s lifts get no plate.", left), "warning")
    return begin_print({"batch": str(batch.id), "layout": batch.layout, "output": "pdf"}, batch.count)


@pages.route("/plates/ours", methods=["GET", "POST"])
@web.allows(Action.SEE, Thing.EQUIPMENT)
def index() -> web.Answer:
    viewer, filters = web.viewer(), arguments()
    title = gettext("Plates of ours")
    if taken := exported("plates.export", filters, by=viewer, title=title):
        return taken
    sorts = {"made": (LiftPlate.made_at, LiftPlate.code), "hung": (LiftPlate.hung_at, LiftPlate.code)}
    page = paginate(plates(viewer, filters), sorts, default="-made")
    return render_template(
        "labels/plates_of_ours.html",
        page=replace(page, rows=listed_plates(viewer, page.rows)),
        states=[*labelled(PlateStand), (OUTDATED, gettext("Out of date, to be exchanged"))],
        areas=area_options(viewer),
        may_make=may(viewer, Action.CREATE, Thing.LABEL),
        without=counted(lifts_to_plate(viewer, {})) if may(viewer, Action.CREATE, Thing.LABEL) else 0,
    )


@pages.get("/plates/hang")
@web.allows(Action.SEE, Thing.EQUIPMENT)
def hanging() -> web.Answer:
    """挂牌 on site: the plate is scanned where it hangs now."""
    return _hanging({})


@pages.post("/plates/hang")
@web.allows(Action.SEE, Thing.EQUIPMENT)
def hang() -> web.Answer:
    viewer, form = web.viewer(), HangForm()
    try:
        with transaction():
            plate = hang_plate(form.scan, by=viewer)
        _plate, lift = plate_scanned(plate.code, viewer)
    except Invalid as error:
        return _hanging({"problem": web.field_texts(error), "code": form.code.data}), 409
    return _hanging({"plate": plate, "lift": lift})


def _hanging(shown: Mapping[str, object]) -> str:
    return render_template(
        "labels/hang.html", **{"problem": "", "plate": None, "lift": None, "code": "", **shown}
    )
