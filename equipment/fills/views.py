"""记录: the fills a viewer may see, one with its verdict and citations, corrections of swapped weights, records said to be wrong."""
from __future__ import annotations

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import get_locale, gettext
from werkzeug.wrappers import Response as BaseResponse

from equipment import web
from equipment.core import clock
from equipment.core.errors import Invalid, NotAllowed
from equipment.core.ids import id_in
from equipment.core.words import N_
from equipment.fills import actions, queries
from equipment.fills.corrections import settle_wrong_file, swap_weights
from equipment.fills.listing import FLAGS, wanted
from equipment.fills.models import Fill
from equipment.fills.photo_forms import sent_photo
from equipment.fills.photos import add_photo, photos_of, waits_for_its_record
from equipment.fills.reason_views import fill_told, item_texts
from equipment.fills.states import FillState, Treatment
from equipment.fills.station import sheet_of
from equipment.people.models import Organisation, User
from equipment.people.rules import Action, Role, Thing, may
from equipment.register.lists import names_of
from equipment.storage.db import session, transaction
from equipment.web.pages import area_options, arguments, exported, paginate

pages = Blueprint("fills", __name__)

SORTS = {"at": (Fill.received_at, Fill.id), "net": (Fill.net_g, Fill.id), "state": (Fill.state, Fill.received_at)}
TABS = {"": N_("All"), "unfinished": N_("Unfinished"), "wrong": N_("Record is wrong")}


@pages.get("/fills")
@web.allows(Action.SEE, Thing.FILL)
def listing() -> web.Answer:
    who, args = web.viewer(), arguments()
    if taken := exported("fills.export", args, by=who, title=gettext("Filling records")):
        return taken
    page = paginate(wanted(who, args), SORTS, default="-at")
    return render_template(
        "fills/list.html", page=page, pieces=queries.pieces_of(page.rows), stations=names_of(each.organisation_id for each in page.rows), args=args, tabs=TABS,
        states=[(each.value, gettext(each.label)) for each in FillState], gases=[(code, code) for code in sheet_of(clock.today()).gases], flags=FLAGS,
        areas=area_options(who), may_settle=may(who, Action.APPROVE, Thing.EQUIPMENT) or Role.INSPECTOR in who.roles,
    )


@pages.get("/fills/<uuid:equipment_id>/<uuid:fill_id>")
@web.allows(Action.SEE, Thing.FILL)
def show(equipment_id: UUID, fill_id: UUID) -> web.Answer:
    who, found = web.viewer(), queries.fill(web.viewer(), equipment_id, fill_id)
    language = str(get_locale() or "zh")
    return render_template(
        "fills/show.html", fill=found, piece=queries.pieces_of([found])[found.equipment_id], told=fill_told([found], language)[0], texts=item_texts(sheet_of(clock.today()).rules, language),
        station=session.get(Organisation, found.organisation_id), person=session.get(User, found.user_id) if found.user_id else None, flags=FLAGS,
        versions=queries.versions_of(who, found), treatments=list(Treatment), approver=session.get(User, found.approved_by) if found.approved_by else None,
        may_correct=Role.STATION_OWNER in who.roles and _is_ours(found) and found.gross_g is not None and not found.superseded,
        may_treat=_is_ours(found) and may(who, Action.CHANGE, Thing.FILL) and found.state in ("refused", "failed", "overfilled"),
        photos=photos_of(who, found), may_photograph=waits_for_its_record(found) and _is_ours(found) and may(who, Action.CHANGE, Thing.FILL),
        others=queries.weighed_on(who, found) if Role.STATION_OWNER in who.roles else [],
    )


@pages.post("/fills/<uuid:equipment_id>/<uuid:fill_id>/treatment")
@web.allows(Action.CHANGE, Thing.FILL)
def treat(equipment_id: UUID, fill_id: UUID) -> BaseResponse:
    with transaction():
        found, chosen = _ours(equipment_id, fill_id), request.form.get("treatment", "")
        if chosen not in set(Treatment):
            raise Invalid({"treatment": N_("Choose one of the list.")})
        actions.treat(found, Treatment(chosen), by=web.viewer())
    return redirect(url_for("fills.show", equipment_id=equipment_id, fill_id=fill_id))


@pages.post("/fills/<uuid:equipment_id>/<uuid:fill_id>/photos")
@web.allows(Action.CHANGE, Thing.FILL)
def photograph(equipment_id: UUID, fill_id: UUID) -> BaseResponse:
    """信息有误: what stamp and ring really say. What cannot be taken is told on the same page."""
    _ours(equipment_id, fill_id)
    try:
        photo = sent_photo()
        with transaction():
            add_photo(_ours(equipment_id, fill_id), photo, by=web.viewer())
        flash(gettext("The photo is kept with this record."), "success")
    except Invalid as error:
        flash(web.field_texts(error), "error")
    return redirect(url_for("fills.show", equipment_id=equipment_id, fill_id=fill_id))


@pages.post("/fills/<uuid:equipment_id>/<uuid:fill_id>/swap")
@web.allows(Action.CHANGE, Thing.FILL)
def swap(equipment_id: UUID, fill_id: UUID) -> BaseResponse:
    """Two bottles' weights entered crosswise, corrected as a pair by the station owner."""
    keys = [id_in(part) for part in request.form.get("other", "").split("/")]
    with transaction():
        who, found = web.viewer(), _ours(equipment_id, fill_id)
        if len(keys) != 2 or None in keys:
            raise Invalid({"other": N_("Choose two different fills.")})
        first, _second = swap_weights(found, queries.fill(who, keys[0], keys[1]), request.form.get("reason", ""), by=who)  # type: ignore[arg-type]
    flash(gettext("Both records are corrected; the old ones stay visible."), "success")
    return redirect(url_for("fills.show", equipment_id=first.equipment_id, fill_id=first.id))


@pages.post("/fills/settle")
@web.allows(Action.SEE, Thing.FILL)
def settle() -> BaseResponse:
    """信息有误, in bulk: the records were put right by the bureau or the inspection body."""
    reason = request.form.get("reason", "").strip() or gettext("Record put right in the register")
    with transaction():
        for given in request.form.getlist("id"):
            key = id_in(given)
            found = session.scalar(queries.wrong_files(web.viewer()).where(Fill.id == key)) if key else None
            if found is not None:
                settle_wrong_file(found, reason, by=web.viewer())
    return redirect(url_for("fills.listing", tab="wrong"))


def _ours(equipment_id: UUID, fill_id: UUID) -> Fill:
    """A fill of the viewer's own station: whose it is comes before what was typed."""
    found = queries.fill(web.viewer(), equipment_id, fill_id)
    if not _is_ours(found):
        raise NotAllowed
    return found


def _is_ours(fill: Fill) -> bool:
    return fill.organisation_id == web.viewer().organisation_id
