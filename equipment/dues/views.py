"""What is due (/dues): every filter people use, each day explained with its citation; 报检 from the list; an
approved delay."""

from __future__ import annotations

from dataclasses import asdict, replace
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext, ngettext
from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from equipment import web
from equipment.core import clock
from equipment.core.errors import Invalid, NotAllowed, NotFound
from equipment.core.months import month_end
from equipment.core.words import N_, Labelled
from equipment.dues import actions, decisions, lists
from equipment.dues.filters import (
    ALL,
    EVERY_INSPECTION,
    FAILED,
    LATE,
    ON_TIME,
    OVERDUE,
    SORTS,
    UNKNOWN,
    WINDOWS,
    Filters,
    differences,
    due_rows,
    wanted,
)
from equipment.dues.forms import DueOptions, ExtendForm, PapersForm, RingForm
from equipment.dues.kinds import due_kind, due_kinds
from equipment.dues.models import Due
from equipment.dues.queries import open_due, parties_of, settlement_of
from equipment.dues.rules import FactKind, may_settle
from equipment.people.models import Organisation
from equipment.people.rules import Action, OrganisationKind, Thing, Viewer, may
from equipment.register.models import Equipment
from equipment.register.queries import piece
from equipment.register.views import with_amounts
from equipment.regulation.categories import CATEGORIES, category
from equipment.regulation.planning import INSPECTIONS, DueKind
from equipment.regulation.settling import DueParty
from equipment.storage.db import session, transaction
from equipment.web.forms import show_errors, submitted
from equipment.web.language import translate
from equipment.web.pages import area_options, exported, page_url, paginate

pages = Blueprint("dues", __name__)
# a visit is not put off
EXTENDABLE = (*INSPECTIONS, DueKind.SELF_TEST, DueKind.SAFETY_VALVE, DueKind.END_OF_LIFE)


def filters_of(viewer: Viewer) -> Filters:
    """The filters of this request; who maintains sees visits first, everybody else inspections."""
    maintains = viewer.organisation_kind == OrganisationKind.FIRM
    return Filters.of(request.args, **({"kind": ""} if maintains else {}))


@pages.route("/dues", methods=["GET", "POST"])
@web.allows(Action.SEE, Thing.DUE)
def index() -> web.Answer:
    who, filters = web.viewer(), filters_of(web.viewer())
    query = {"filters": asdict(filters), "sort": request.args.get("sort", "due_on")}
    if taken := exported("dues.export", query, by=who, title=gettext("What is due")):
        return taken
    rows_wanted = wanted(who, filters, clock.today())
    page = paginate(rows_wanted, SORTS, default="due_on", scalars=False)
    page = replace(with_amounts(page, rows_wanted, Due.category), rows=due_rows(page.rows))
    to_record = {
        row.due.id
        for row in page.rows
        if _counts_today(row.due)
        and may_settle(
            who, category(row.equipment.category), due_kind(row.due.kind), parties_of(row.equipment)
        )
    }
    return render_template(
        "dues/index.html",
        page=page,
        filters=filters,
        filters_named=asdict(filters),
        today=clock.today(),
        due_kind=due_kind,
        may_apply=may(who, Action.CREATE, Thing.APPLICATION),
        may_see_lots=who.oversees and may(who, Action.SEE, Thing.LOT),
        may_see_organisations=who.oversees or who.organisation_kind is OrganisationKind.FIRM,
        may_lot=may(who, Action.CREATE, Thing.LOT) and who.organisation_kind is OrganisationKind.STATION,
        to_record=to_record,
        settlement_of=settlement_of,
        inspections=INSPECTIONS,
        may_list=may(who, Action.CREATE, Thing.DUE_LIST),
        may_decide=decides(who),
        extendable=EXTENDABLE if may(who, Action.APPROVE, Thing.EQUIPMENT) else (),
        supervision=lists.is_supervision(who),
        **options(who),
    )


def _counts_today(due: Due) -> bool:
    """What is done before its earliest day does not settle it: nobody is led there."""
    return due.earliest_on is None or due.earliest_on <= clock.today()


def options(viewer: Viewer) -> DueOptions:
    """What the filters offer this viewer."""
    return {
        "areas": area_options(viewer),
        "categories": [(owner.key, translate(owner.label)) for owner in CATEGORIES],
        "kinds": [
            *([(EVERY_INSPECTION, gettext("Every inspection"))] if viewer.oversees else []),
            *((kind.value, translate(kind.label)) for kind in due_kinds() if _met(viewer, kind)),
        ],
        "windows": [(window, _window(window)) for window in WINDOWS if window != ALL],
        "hazchem": [("1", gettext("Related to dangerous chemicals"))],
        "applied": [(ON_TIME, gettext("Applied for")), (LATE, gettext("Not applied for"))],
        "bodies": _named(OrganisationKind.BODY) if viewer.oversees else [],
        "firms": _named(OrganisationKind.FIRM) if viewer.oversees else [],
        "shows_unit": viewer.oversees
        or viewer.organisation_kind in (OrganisationKind.BODY, OrganisationKind.FIRM),
    }


def _met(viewer: Viewer, kind: Labelled) -> bool:
    """Whether the viewer meets this kind at all: an inspection body, only what it settles itself."""
    if not isinstance(kind, DueKind):
        return viewer.organisation_kind != OrganisationKind.BODY
    settlements = [owner.settlements[kind] for owner in CATEGORIES if kind in owner.settlements]
    if viewer.organisation_kind == OrganisationKind.BODY:
        return any(DueParty.BODY in settlement.by for settlement in settlements)
    return bool(settlements)


def _window(window: str) -> str:
    named = {
        OVERDUE: _l("Overdue"),
        FAILED: _l("Inspection failed"),
        UNKNOWN: _l("Inspection state not known"),
    }
    return str(named.get(window) or gettext("Overdue and the next %(days)s days", days=window))


def _named(kind: OrganisationKind) -> list[tuple[str, str]]:
    organisations = (
        select(Organisation.id, Organisation.name)
        .where(Organisation.kind == kind, Organisation.active)
        .order_by(Organisation.name)
    )
    return [(str(row.id), row.name) for row in session.execute(organisations)]


@pages.get("/dues/papers")
@web.allows(Action.SEE, Thing.DUE)
def papers() -> web.Answer:
    """Day one: inspections whose day on paper is not the rule's, both with their reason; who inspects the
    pieces decides which stands."""
    return papers_page(PapersForm(formdata=None))


def papers_page(form: PapersForm) -> str:
    who, filters = web.viewer(), Filters.of(request.args)
    page = paginate(differences(who, filters), SORTS, default="due_on", scalars=False)
    page = replace(page, rows=due_rows(page.rows))
    deciding = decides(who)
    return render_template(
        "dues/papers.html", page=page, filters=filters, may_decide=deciding, form=form, **options(who)
    )


def decides(viewer: Viewer) -> bool:
    """Whose page it is to choose on; of which pieces, `decisions.may_decide` says."""
    return may(viewer, Action.CREATE, Thing.DUE_LIST)


@pages.post("/dues/papers")
@web.allows(Action.CREATE, Thing.DUE_LIST)
def decide() -> web.Answer:
    who, form, decided = web.viewer(), PapersForm(), 0
    if not form.validate_on_submit():
        return papers_page(form), 422
    stands = FactKind.BY_RULE if form.stands.data == "rule" else FactKind.BY_PAPER
    ids: list[UUID] = form.id.data
    try:
        for start in range(0, len(ids), decisions.AT_ONCE):
            with transaction():
                chosen = [piece(who, equipment_id) for equipment_id in ids[start : start + decisions.AT_ONCE]]
                decided += decisions.decide(chosen, stands, form.reason.data, by=who)
    except Invalid as error:
        show_errors(form, error)
        return papers_page(form), 422
    flash(ngettext("Decided for %(num)s piece.", "Decided for %(num)s pieces.", decided), "success")
    return redirect(page_url())


@pages.route("/dues/<uuid:equipment_id>/ring", methods=["GET", "POST"])
@web.allows(Action.SEE, Thing.DUE)
def ring(equipment_id: UUID) -> web.Answer:
    """检验情况不明: what the ring of a bottle, or the last report of a lift, says of its inspection."""
    who = web.viewer()
    equipment = piece(who, equipment_id)
    if not reads_rings(who):
        raise NotAllowed(N_("A station, an inspector or the bureau records what a ring says."))
    form = RingForm()

    def note() -> Equipment:
        next_on, piece_now = form.next_on.data, piece(who, equipment_id)
        decisions.note_ring(
            piece_now, form.inspected_on.data, next_on=month_end(next_on) if next_on else None, by=who
        )
        return piece_now

    if submitted(form, note):
        flash(gettext("The inspection is on record; the next one is planned."), "success")
        if request.args.get("back") == "floor":  # the bottle stands at the scale: scan it again
            return redirect(url_for("floor.page"))
        return redirect(url_for("life.whole", equipment_id=equipment_id, _anchor="dues"))
    page = render_template("dues/ring.html", equipment=equipment, form=form)
    return (page, 422) if request.method == "POST" else page


def reads_rings(viewer: Viewer) -> bool:
    return (
        may(viewer, Action.CREATE, Thing.FILL)
        or may(viewer, Action.CHANGE, Thing.EQUIPMENT)
        or may(viewer, Action.CREATE, Thing.DUE_LIST)
    )


@pages.route("/dues/<uuid:equipment_id>/<kind>/extend", methods=["GET", "POST"])
@web.allows(Action.APPROVE, Thing.EQUIPMENT)
def extend(equipment_id: UUID, kind: str) -> web.Answer:
    """延期检验: a later day, with the reason that whoever looks will read."""
    who = web.viewer()
    equipment, due = _open(who, equipment_id, kind)
    form = ExtendForm()

    def delay() -> Due:
        piece_now, due_now = _open(who, equipment_id, kind)
        actions.extend(piece_now, due_kind(kind), form.until.data, form.reason.data, by=who)
        return due_now

    if submitted(form, delay):
        flash(gettext("The delay has been approved."), "success")
        return redirect(url_for("life.whole", equipment_id=equipment_id, _anchor="dues"))
    page = render_template("dues/extend.html", equipment=equipment, due=due, form=form)
    return (page, 422) if request.method == "POST" else page


def _open(viewer: Viewer, equipment_id: UUID, kind: str) -> tuple[Equipment, Due]:
    equipment = piece(viewer, equipment_id)
    due = open_due(equipment_id, due_kind(kind), viewer) if kind in due_kinds() else None
    if due is None:
        raise NotFound
    return equipment, due
