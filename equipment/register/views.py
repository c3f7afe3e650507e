"""The register on the desk: lists, forms, status, scrapping, documents, identifiers. The page of
one piece is life/views.py."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from typing import BinaryIO, TypeVarTuple, cast
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import get_locale, gettext, ngettext
from sqlalchemy import Select, func
from sqlalchemy.orm import InstrumentedAttribute

from equipment import web
from equipment.core import clock
from equipment.core.errors import Invalid, NotAllowed, NotFound
from equipment.files.actions import About, StoredDocument, attach, take
from equipment.files.models import Attachment
from equipment.files.queries import attachments_of
from equipment.people.rules import Action, Role, Thing, may
from equipment.register import actions, forms, lists
from equipment.register.actions import OTHERS, confirming_word
from equipment.register.hooks import held_under, risk_colours
from equipment.register.models import Equipment, Identifier
from equipment.register.naming import called
from equipment.register.queries import piece, pieces, resolve
from equipment.register.rules import EQUIPMENT_CHANGES, EquipmentStatus, IdentifierKind, status_problem
from equipment.register.search import HITS
from equipment.regulation.categories import category
from equipment.regulation.category import Category
from equipment.regulation.queries import rules
from equipment.regulation.risk_numbers import RiskColour
from equipment.storage.db import session, transaction
from equipment.web.forms import checked, error_texts, labelled, submitted
from equipment.web.language import translate
from equipment.web.pages import Page, arguments, exported, paginate

pages = Blueprint("register", __name__)
Selected = TypeVarTuple("Selected")
pages.add_app_template_filter(lambda piece, first="own": translate(called(piece, first)), "called")


@pages.route("/equipment", methods=["GET", "POST"])
@web.allows(Action.SEE, Thing.EQUIPMENT)
def listing() -> web.Answer:
    viewer, filters = web.viewer(), arguments()
    if taken := exported("register.export", filters, by=viewer, title=gettext("Export of the list")):
        return taken
    code = resolve(filters["q"]) if filters.get("q") else None
    if (
        code is not None
        and code.equipment_id is not None
        and len(filters) == 1
        and (code.code or code.identifier)
    ):
        return redirect(url_for("life.whole", equipment_id=code.equipment_id))
    rows_wanted = lists.filtered(viewer, filters)
    page = paginate(rows_wanted, lists.SORTS, default="-entered", wide=lists.walking(viewer, filters))
    page = with_amounts(page, rows_wanted, Equipment.category, extents=True)
    kinds = lists.categories_of(viewer)
    only = filters.get("category") or (kinds[0].key if len(kinds) == 1 else "")
    options = {
        "category": [(kind.key, translate(kind.label)) for kind in kinds],
        "area": [(area.code, forms.indented(area)) for area in lists.areas_of(viewer)],
        "risk": labelled(RiskColour) if may(viewer, Action.SEE, Thing.RISK) else [],
        "status": [(status.value, translate(status.label)) for status in EquipmentStatus],
    }
    facets = [
        (
            lists.FACET + spec.name,
            translate(spec.label),
            [(choice.value, translate(choice.label)) for choice in spec.choices],
        )
        for spec in lists.facet_filters(only)
    ]
    return render_template(
        "register/list.html",
        page=page,
        options=options,
        hits=HITS,
        facets=facets,
        kind_of=kind_of,
        organisations=lists.organisation_names(page.rows),
        areas=lists.area_names(row.area for row in page.rows),
        risks=risk_colours([row.id for row in page.rows]) if options["risk"] else {},
        **_rights(),
    )


def with_amounts(
    page: Page, rows_wanted: Select[*Selected], column: InstrumentedAttribute[str], *, extents: bool = False
) -> Page:
    """A list of pieces counted as people count them: cylinders by 只, lifts by 台, both where it has both; with
    `extents` also what is added up of them, such as the km of pipelines."""
    kinds = lists.categories_of(web.viewer())
    if page.more or not page.total:
        return page
    if len(kinds) == 1 and not (extents and kinds[0].extent):
        return replace(page, amounts=[(page.total, kinds[0].counted_in)])
    summed = (lists.extent_sum(),) if extents else ()
    groups = rows_wanted.order_by(None).with_only_columns(
        column, func.count(), *summed, maintain_column_froms=True
    )
    numbers: Counter[str] = Counter()
    added: list[tuple[float, str]] = []
    for key, number, *stored in session.execute(groups.group_by(column)):
        kind = category(key)
        numbers[kind.counted_in] += number
        if kind.extent is not None and any(stored):
            added.append((kind.extent.shown(*stored), kind.extent.unit))
    return replace(page, amounts=[*((number, unit) for unit, number in sorted(numbers.items())), *added])


def _rights() -> dict[str, bool]:
    who = web.viewer()
    return {
        "may_create": may(who, Action.CREATE, Thing.EQUIPMENT),
        "may_import": may(who, Action.CREATE, Thing.IMPORT),
        "may_change": may(who, Action.CHANGE, Thing.EQUIPMENT),
        "may_hand_over": may(who, Action.CREATE, Thing.OWNERSHIP),
        "may_contract": may(who, Action.CREATE, Thing.CONTRACT),
        "may_label": may(who, Action.CREATE, Thing.LABEL),
    }


def kind_of(equipment: Equipment) -> str:
    """What a piece is, as its catalogue entry says; its category where it has none."""
    kind = category(equipment.category)
    catalogued = kind.catalogue.get(equipment.catalogue_code)
    return (
        (catalogued.en if str(get_locale()) == "en" else catalogued.zh)
        if catalogued
        else translate(kind.label)
    )


@pages.route("/equipment/new", methods=["GET", "POST"])
@web.allows(Action.CREATE, Thing.EQUIPMENT)
def new() -> web.Answer:
    kinds = lists.categories_of(web.viewer())
    key = request.values.get("category", "")
    if key not in {offered.key for offered in kinds}:
        return render_template("register/choose.html", kinds=kinds)
    kind = category(key)
    if request.method == "GET":
        return _form(kind, {"area": web.viewer().area, **_own_party()}, {}, None)
    typed = forms.typed()
    if "read" in typed:
        return _marks_read(kind, typed, None)
    try:
        document = _photo()
        with transaction():
            values = forms.believed_values(_kind_now(key), typed, {}, fresh=True)
            equipment = actions.register({**values, "category": key}, by=web.viewer())
            if document is not None:
                attach(About(equipment.id, equipment.area, equipment.category), document, by=web.viewer())
    except Invalid as error:
        return _form(kind, typed, error_texts(error), None, odd=isinstance(error, forms.NotBelieved)), 422
    flash(gettext("Registered. What is due has been planned."), "success")
    return redirect(url_for("life.whole", equipment_id=equipment.id))


def _kind_now(key: str) -> Category:
    """The category with the bureau's own values."""
    return category(key).under(rules(key))


def _own_party() -> dict[str, str]:
    """A station that registers is the owner unless it says otherwise."""
    who = web.viewer()
    if Role.STATION_OWNER not in who.roles or who.organisation_id is None:
        return {}
    return {"owner_id": lists.organisation_name(who.organisation_id)}


def _marks_read(kind: Category, typed: Mapping[str, str], equipment: Equipment | None) -> web.Answer:
    """The form again, filled with what the stamps or the code say; nothing is saved."""
    marks = _kind_now(kind.key).read_marks(typed.get("marks", ""), clock.today())
    if marks is None:
        raise NotFound
    reading = forms.with_marks(kind, typed, marks, fresh=equipment is None)
    return _form(kind, reading.typed, {}, equipment, reading)


def _photo() -> StoredDocument | None:
    """The photo of the stamps that came with a new piece."""
    photo = forms.StampPhotoForm().photo.data
    return take(cast("BinaryIO", photo.stream), photo.filename, "photo") if photo else None


def _form(
    kind: Category,
    typed: Mapping[str, str],
    problems: Mapping[str, str],
    equipment: Equipment | None,
    reading: forms.Reading | None = None,
    odd: bool = False,
) -> str:
    shown = forms.sections(kind, web.viewer(), typed, problems, fresh=equipment is None)
    named = {field.name for section in shown for field in section.inputs}
    others = [text for name, text in problems.items() if name not in named]
    return render_template(
        "register/form.html",
        kind=kind,
        sections=shown,
        problems=problems,
        others=others,
        equipment=equipment,
        reason=typed.get("reason", ""),
        marked=type(kind).read_marks is not Category.read_marks,
        marks=typed.get("marks", ""),
        reading=reading,
        labels={field.name: field.label for section in shown for field in section.inputs},
        photos=_photos(equipment) if equipment else [],
        odd=odd,
        confirmed=[name for name in typed if name.startswith(forms.AS_MARKED)],
    )


def _photos(equipment: Equipment) -> list[Attachment]:
    """The photos of the piece itself, so that stamps can be compared with what is typed."""
    return [
        document
        for document in attachments_of(web.viewer(), equipment.id, "equipment")
        if document.media_type.startswith("image/")
    ]


@pages.route("/equipment/<uuid:equipment_id>/edit", methods=["GET", "POST"])
@web.allows(Action.CHANGE, Thing.EQUIPMENT)
def edit(equipment_id: UUID) -> web.Answer:
    equipment = _mine(equipment_id)
    kind = category(equipment.category)
    if request.method == "GET":
        return _form(kind, forms.typed_of(equipment, kind), {}, equipment)
    typed = forms.typed()
    if "read" in typed:
        return _marks_read(kind, typed, equipment)
    try:
        with transaction():
            values = forms.believed_values(_kind_now(kind.key), typed, equipment.details, fresh=False)
            if equipment.verified is False and typed.get("verified") == "1":
                values |= {"verified": True, "unverified_reason": ""}
            actions.change(_mine(equipment_id), values, by=web.viewer(), reason=typed.get("reason", ""))
    except Invalid as error:
        return _form(
            kind, typed, error_texts(error), equipment, odd=isinstance(error, forms.NotBelieved)
        ), 422
    flash(gettext("Saved. What was there before stays in the ledger."), "success")
    return redirect(url_for("life.whole", equipment_id=equipment_id))


def _mine(equipment_id: UUID) -> Equipment:
    """The piece, when it is the viewer's to change: its firm and body see it, its owner, use unit and the
    bureau change it."""
    viewer, equipment = web.viewer(), piece(web.viewer(), equipment_id)
    if not actions.is_in_charge(equipment, viewer):
        raise NotAllowed(OTHERS)
    return equipment


@pages.route("/equipment/<uuid:equipment_id>/status", methods=["GET", "POST"])
@web.allows(Action.CHANGE, Thing.EQUIPMENT)
def status(equipment_id: UUID) -> web.Answer:
    equipment = _mine(equipment_id)
    offered = sorted(EQUIPMENT_CHANGES[EquipmentStatus(equipment.status)], key=list(EquipmentStatus).index)
    form = forms.StatusForm(
        status=request.args.get("status"), reason=request.args.get("reason"), on=clock.today()
    )
    if submitted(form, lambda: _change_status(_mine(equipment_id), form)):
        flash(gettext("The status has been changed."), "success")
        return redirect(url_for("life.whole", equipment_id=equipment_id))
    page = render_template(
        "register/status.html",
        equipment=equipment,
        offered=offered,
        held=actions.held_problem(equipment),
        form=form,
        word=confirming_word(equipment),
    )
    return (page, 422) if request.method == "POST" else page


def _change_status(equipment: Equipment, form: forms.StatusForm) -> Equipment:
    to, reason, on, by = EquipmentStatus(form.status.data), form.reason.data, form.on.data, web.viewer()
    if to == EquipmentStatus.SCRAPPED:
        return actions.scrap(equipment, typed=form.typed.data, reason=reason, by=by, on=on)
    return actions.change_status(equipment, to, reason=reason, by=by, on=on)


@pages.post("/equipment/bulk/stop")
@web.allows(Action.CHANGE, Thing.EQUIPMENT)
def stop_many() -> web.Answer:
    """停用 of the chosen ones; what cannot be stopped is left as it is and said."""
    reason = gettext("Stopped from the list")
    with transaction():
        listed = pieces(web.viewer(), forms.ChosenPiecesForm().id.data)
        held = held_under([equipment.id for equipment in listed])
        chosen = [
            equipment
            for equipment in listed
            if equipment.id not in held
            and status_problem(equipment.status, EquipmentStatus.STOPPED, reason) is None
        ]
        for equipment in chosen:
            actions.change_status(
                _mine(equipment.id), EquipmentStatus.STOPPED, reason=reason, by=web.viewer()
            )
    flash(
        ngettext("%(num)d piece was taken out of use.", "%(num)d pieces were taken out of use.", len(chosen)),
        "success" if chosen else "warning",
    )
    return redirect(request.referrer or url_for("register.listing"))


@pages.post("/equipment/<uuid:equipment_id>/identifiers")
@web.allows(Action.CHANGE, Thing.EQUIPMENT)
def add_identifier(equipment_id: UUID) -> web.Answer:
    form = forms.IdentifierForm()
    with transaction():
        equipment = _mine(equipment_id)
        checked(form)
        actions.add_identifier(equipment, IdentifierKind(form.kind.data), form.value.data, by=web.viewer())
    flash(gettext("The number has been added."), "success")
    return redirect(url_for("life.whole", equipment_id=equipment_id, _anchor="numbers"))


@pages.post("/equipment/<uuid:equipment_id>/identifiers/void")
@web.allows(Action.CHANGE, Thing.EQUIPMENT)
def void_identifier(equipment_id: UUID) -> web.Answer:
    form = forms.VoidIdentifierForm()
    with transaction():
        equipment = _mine(equipment_id)
        number = session.get(Identifier, (form.value.data, form.kind.data, equipment.id))
        if number is None:
            raise NotFound
        checked(form)
        actions.void_identifier(number, reason=form.reason.data, by=web.viewer())
    flash(gettext("The number is matched no longer."), "success")
    return redirect(url_for("life.whole", equipment_id=equipment_id, _anchor="numbers"))


@pages.post("/equipment/<uuid:equipment_id>/documents")
@web.allows(Action.CHANGE, Thing.EQUIPMENT)
def add_document(equipment_id: UUID) -> web.Answer:
    """A photo or PDF of the piece itself."""
    equipment, form = _mine(equipment_id), forms.DocumentForm()
    checked(form)
    upload = form.file.data
    document = take(cast("BinaryIO", upload.stream), upload.filename, form.kind.data)
    with transaction():
        attach(About(equipment.id, equipment.area, equipment.category), document, by=web.viewer())
    flash(gettext("The document has been kept."), "success")
    return redirect(url_for("life.whole", equipment_id=equipment_id, _anchor="documents"))
