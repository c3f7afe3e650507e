"""本单位维保项目: the manager keeps the items of his firm, technicians read them, the bureau sees who has none."""

from __future__ import annotations

from collections.abc import Sequence
from typing import BinaryIO, NamedTuple, cast
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext

from equipment import web
from equipment.checklists import actions
from equipment.checklists.forms import ApproveForm, BeginListForm, ManualForm, OwnItemForm, PasteForm, kinds
from equipment.checklists.models import FirmChecklist
from equipment.checklists.queries import in_force, lacking_lists, lists_of, versions_of
from equipment.checklists.rules import ItemChange, OwnItem, changes, in_walking_order, item_of
from equipment.checklists.states import ListState
from equipment.core import clock
from equipment.core.errors import NotFound
from equipment.core.ids import id_in
from equipment.files.actions import StoredDocument, take
from equipment.files.views import handed_out
from equipment.people.models import User
from equipment.people.rules import Action, Thing, may
from equipment.people.scope import seen
from equipment.register.lists import names_of
from equipment.regulation.checklists import LiftPlace, by_place
from equipment.storage.db import session, transaction
from equipment.web.forms import Form, checked, submitted

pages = Blueprint("firm_checklists", __name__)


class KindRow(NamedTuple):
    """One kind of lift with the versions of one firm."""

    firm: str
    catalogue: str
    now: FirmChecklist | None  # in force today
    newest: FirmChecklist


@pages.route("/checklists", methods=["GET", "POST"])
@web.allows(Action.SEE, Thing.CHECKLIST)
def index() -> web.Answer:
    """By firm and kind: the version in force, the draft, and which lifts have no items at all."""
    who, today = web.viewer(), clock.today()
    form = BeginListForm()
    if may(who, Action.CREATE, Thing.CHECKLIST) and request.method == "POST":
        draft = submitted(form, lambda: actions.begin(form.catalogue.data, by=who, annex=form.annex.data))
        if draft is not None:
            return redirect(_address(draft, "firm_checklists.edit"))
    lists, lacking = lists_of(who), lacking_lists(who, today)
    firms = names_of({*(row.organisation_id for row in lists), *(row.firm_id for row in lacking)})
    newest: dict[tuple[UUID, str], FirmChecklist] = {}
    for row in lists:
        newest.setdefault((row.organisation_id, row.catalogue), row)
    rows = [
        KindRow(firms.get(firm, ""), code, _of_today(lists, firm, code), row)
        for (firm, code), row in newest.items()
    ]
    page = render_template(
        "checklists/index.html",
        rows=rows,
        lacking=lacking,
        lacking_lifts=sum(row.lifts for row in lacking),
        firms=firms,
        kinds=dict(kinds()),
        form=form,
        may_begin=may(who, Action.CREATE, Thing.CHECKLIST),
        of_all=who.oversees,
    )
    return page, form.http_status if form.errors else 200


def _of_today(lists: Sequence[FirmChecklist], firm: UUID, catalogue: str) -> FirmChecklist | None:
    """The version in force; the newest come first."""
    today = clock.today()
    approved = (row for row in lists if (row.organisation_id, row.catalogue) == (firm, catalogue))
    return next((row for row in approved if row.from_on and row.approved_at and row.from_on <= today), None)


@pages.get("/checklists/<uuid:organisation_id>/<uuid:list_id>")
@web.allows(Action.SEE, Thing.CHECKLIST)
def show(organisation_id: UUID, list_id: UUID) -> web.Answer:
    """One version by place, and what it says otherwise than another (the one before it, unless asked)."""
    own, who = _own(organisation_id, list_id), web.viewer()
    versions = versions_of(who, organisation_id, own.catalogue)
    wanted = id_in(request.args.get("against", ""))
    before = next(
        (one for one in versions if (one.id == wanted if wanted else one.version == own.version - 1)), None
    )
    in_use = in_force(organisation_id, own.catalogue, clock.today())
    return render_template(
        "checklists/show.html",
        own=own,
        kind=dict(kinds())[own.catalogue],
        firm=names_of([organisation_id]).get(organisation_id, ""),
        places=by_place(tuple(item_of(one) for one in in_walking_order(own.items))),
        versions=versions,
        before=before,
        changes=[_change(one) for one in changes(before.items, own.items)] if before else [],
        in_use=in_use is not None and in_use.id == own.id,
        approved_by=session.get_one(User, own.approved_by).name if own.approved_by else "",
        may_begin=own.state == ListState.PUBLISHED and may(who, Action.CREATE, Thing.CHECKLIST),
        may_edit=own.state == ListState.DRAFT and may(who, Action.CHANGE, Thing.CHECKLIST),
    )


class ShownChange(NamedTuple):
    """One difference in words."""

    code: str
    before: str
    after: str


def _change(change: ItemChange) -> ShownChange:
    return ShownChange(change.code, _words(change.before), _words(change.after))


def _words(own: OwnItem | None) -> str:
    if own is None:
        return ""
    item = item_of(own)
    place = gettext(LiftPlace(item.place).label)
    limits = "；".join(f"{one.name.zh} {one.limit}" for one in item.readings)
    key = gettext("key item") if item.key else ""
    parts = [gettext(item.added_in.label), place, item.name.zh, item.must.zh, limits, key]
    return " · ".join(part for part in parts if part)


@pages.get("/checklists/<uuid:organisation_id>/<uuid:list_id>/manual")
@web.allows(Action.SEE, Thing.CHECKLIST)
def manual(organisation_id: UUID, list_id: UUID) -> web.Answer:
    own = _own(organisation_id, list_id)
    if not own.file_sha256:
        raise NotFound
    return handed_out(own.file_sha256, own.file_type, own.file_name)


@pages.get("/checklists/<uuid:organisation_id>/<uuid:list_id>/edit")
@web.allows(Action.CHANGE, Thing.CHECKLIST)
def edit(organisation_id: UUID, list_id: UUID) -> web.Answer:
    own = _own(organisation_id, list_id)
    if own.state != ListState.DRAFT:
        return redirect(_address(own, "firm_checklists.show"))
    return _edit_page(own)


def _edit_page(own: FirmChecklist, form: Form | None = None) -> web.Answer:
    """The draft with its forms; `form` is the one that was sent and is not right."""

    def of(kind: type[Form]) -> Form:
        return form if isinstance(form, kind) else kind(formdata=None)

    chosen = next((one for one in own.items if one["code"] == request.args.get("item")), None)
    item_form, manual_form, approve_form = of(OwnItemForm), of(ManualForm), of(ApproveForm)
    if chosen is not None and form is None:
        _fill(item_form, chosen)
    if form is None:
        manual_form["manual"].data, approve_form["from_on"].data = own.manual, clock.today()
    page = render_template(
        "checklists/edit.html",
        own=own,
        kind=dict(kinds())[own.catalogue],
        places=by_place(tuple(item_of(one) for one in in_walking_order(own.items))),
        form=form,
        chosen=chosen,
        item_form=item_form,
        paste_form=of(PasteForm),
        manual_form=manual_form,
        approve_form=approve_form,
    )
    return page, form.http_status if form is not None else 200


def _fill(form: Form, own: OwnItem) -> None:
    item = item_of(own)
    for name in ("code", "visit", "place", "name", "must", "key"):
        form[name].data = own[name]
    for reading in item.readings[:1]:
        form["reading"].data, form["unit"].data = reading.name.zh, reading.unit
        form["at_least"].data = "" if reading.at_least is None else reading.number(reading.at_least)
        form["at_most"].data = "" if reading.at_most is None else reading.number(reading.at_most)


@pages.post("/checklists/<uuid:organisation_id>/<uuid:list_id>/item")
@web.allows(Action.CHANGE, Thing.CHECKLIST)
def item(organisation_id: UUID, list_id: UUID) -> web.Answer:
    own, form = _own(organisation_id, list_id), OwnItemForm()
    done = submitted(form, lambda: actions.put_item(own, form.own_item(), by=web.viewer()))
    return _back(own, gettext("The item is in the draft.")) if done else _edit_page(own, form)


@pages.post("/checklists/<uuid:organisation_id>/<uuid:list_id>/remove")
@web.allows(Action.CHANGE, Thing.CHECKLIST)
def remove(organisation_id: UUID, list_id: UUID) -> web.Answer:
    own, form = _own(organisation_id, list_id), OwnItemForm()
    with transaction():
        actions.take_item_away(own, form.code.data or "", by=web.viewer())
    return _back(own, gettext("The item is out of the draft."))


@pages.post("/checklists/<uuid:organisation_id>/<uuid:list_id>/paste")
@web.allows(Action.CHANGE, Thing.CHECKLIST)
def paste(organisation_id: UUID, list_id: UUID) -> web.Answer:
    own, form, who = _own(organisation_id, list_id), PasteForm(), web.viewer()
    taken = submitted(form, lambda: actions.paste(own, form.rows.data, by=who, replace=form.replace.data))
    if taken is None:
        return _edit_page(own, form)
    return _back(own, gettext("%(num)d items taken.", num=taken))


@pages.post("/checklists/<uuid:organisation_id>/<uuid:list_id>/manual")
@web.allows(Action.CHANGE, Thing.CHECKLIST)
def name_manual(organisation_id: UUID, list_id: UUID) -> web.Answer:
    own, form, who = _own(organisation_id, list_id), ManualForm(), web.viewer()
    done = submitted(form, lambda: actions.name_manual(own, form.manual.data, _document(form), by=who))
    return _back(own, gettext("Saved.")) if done else _edit_page(own, form)


def _document(form: ManualForm) -> StoredDocument | None:
    file = form.file.data
    return take(cast(BinaryIO, file.stream), file.filename, "manual") if file and file.filename else None


@pages.post("/checklists/<uuid:organisation_id>/<uuid:list_id>/approve")
@web.allows(Action.APPROVE, Thing.CHECKLIST)
def approve(organisation_id: UUID, list_id: UUID) -> web.Answer:
    own, form, who = _own(organisation_id, list_id), ApproveForm(), web.viewer()
    done = submitted(form, lambda: actions.approve(own, form.from_on.data, by=who))
    if not done:
        return _edit_page(own, form)
    flash(
        gettext("Approved: visits from %(day)s on have these items.", day=form.from_on.data.isoformat()),
        "success",
    )
    return redirect(_address(own, "firm_checklists.show"))


@pages.post("/checklists/<uuid:organisation_id>/<uuid:list_id>/next")
@web.allows(Action.CREATE, Thing.CHECKLIST)
def begin_next(organisation_id: UUID, list_id: UUID) -> web.Answer:
    """The next version, beginning with the items of the newest one."""
    own, who, form = _own(organisation_id, list_id), web.viewer(), Form()
    checked(form)
    with transaction():
        draft = actions.begin(own.catalogue, by=who)
    return redirect(_address(draft, "firm_checklists.edit"))


def _own(organisation_id: UUID, list_id: UUID) -> FirmChecklist:
    own = seen(web.viewer(), FirmChecklist, list_id)
    if own.organisation_id != organisation_id:
        raise NotFound
    return own


def _address(own: FirmChecklist, endpoint: str) -> str:
    return url_for(endpoint, organisation_id=own.organisation_id, list_id=own.id)


def _back(own: FirmChecklist, text: str) -> web.Answer:
    flash(text, "success")
    return redirect(_address(own, "firm_checklists.edit") + "#items")
