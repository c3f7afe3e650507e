"""The technician's phone: today's lifts, the lift before signing in, the checklist item by item."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import BinaryIO, cast
from uuid import UUID

from flask import Blueprint, Response, flash, jsonify, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.datastructures import FileStorage

from equipment import web
from equipment.checklists.queries import own_list_of
from equipment.core import clock
from equipment.core.errors import Conflict, Invalid, NotFound
from equipment.core.geo import GeoPoint, stated_position
from equipment.core.ids import new_id
from equipment.core.visiting import UNPLACED, VisitingOrder, arranged
from equipment.core.words import N_
from equipment.files.actions import StoredDocument, take
from equipment.files.content import IMAGES
from equipment.maintenance import actions
from equipment.maintenance.answer_rules import LACKS
from equipment.maintenance.api import progress_json
from equipment.maintenance.api_forms import AnswersBody
from equipment.maintenance.checklist_forms import checklist_row
from equipment.maintenance.forms import ItemPhotoForm, JoinForm, RemarkForm, typed_replies
from equipment.maintenance.hooks import rescue_notice
from equipment.maintenance.listing import lift_name, listed_visits, people_of
from equipment.maintenance.models import Visit
from equipment.maintenance.photos import add_photo, photos_of
from equipment.maintenance.queries import (
    VISITED,
    annex_of,
    items_of,
    limits_of,
    list_at,
    names_of,
    next_task,
    unconfirmed_of,
    unfinished_of,
    unsigned_of,
    visit_at,
)
from equipment.maintenance.record_page_views import crew, other_remarks, record_page
from equipment.maintenance.states import ItemAnswer, VisitState
from equipment.maintenance.worklist import Light, done_today, jobs, last_place, placed
from equipment.people.device_views import phone_token
from equipment.people.queries import people_with
from equipment.people.rules import SYSTEM, Action, Role, Thing, may
from equipment.register.models import Equipment
from equipment.register.queries import piece
from equipment.regulation.checklists import annex_checklist, by_place, evidence_items
from equipment.regulation.elevator_details import ElevatorDetails
from equipment.regulation.planning import DueKind
from equipment.regulation.queries import key_photo_needed
from equipment.storage.db import in_transaction, transaction
from equipment.web import api
from equipment.web.language import translate
from equipment.web.offline import offline

pages = Blueprint("visits", __name__)
UNFINISHED_FOR = timedelta(days=60)
MOST_ON_PHONE = 40  # lifts of today's list that a phone keeps


@pages.get("/visits/today")
@web.allows(Action.CREATE, Thing.VISIT)
def today() -> web.Answer:
    """The visits that are due, a technician's own or the whole firm's, in the order he goes by. The page
    is kept
    on the phone, where its script orders it without a signal (today-order.js)."""
    who = web.viewer()
    due = jobs(who)
    mine = Role.TECHNICIAN in who.roles and request.args.get("whose") != "all"
    shown = [job for job in due if job.is_for(who)] if mine else due
    wanted = request.args.get("order", "")
    order = VisitingOrder(wanted) if wanted in set(VisitingOrder) else VisitingOrder.URGENCY
    seen_at = last_place(who)
    waiting, done = unconfirmed_of(who), done_today(who)
    since = clock.today() - UNFINISHED_FOR
    unfinished, unsigned = unfinished_of(who, since), unsigned_of(who, since)
    rows = {row.record.id: row for row in listed_visits(who, [*waiting, *unfinished, *unsigned, *done])}
    page = render_template(
        "maintenance/today.html",
        groups=arranged(placed(shown), order, _here() or seen_at),
        order=order,
        orders=list(VisitingOrder),
        seen_at=f"{seen_at.latitude:.6f},{seen_at.longitude:.6f}" if seen_at else "",
        shown=len(shown),
        mine=mine,
        colleagues_have=mine and bool(due),
        technician=Role.TECHNICIAN in who.roles,
        done=[rows[visit.id] for visit in done if visit not in unsigned],
        unsigned=[rows[visit.id] for visit in unsigned],
        waiting=[rows[visit.id] for visit in waiting],
        unfinished=[rows[visit.id] for visit in unfinished],
        most=MOST_ON_PHONE,
        counts={light: sum(job.light is light for job in shown) for light in Light},
        unplaced=translate(UNPLACED),
    )
    return offline(page)


def _here() -> GeoPoint | None:
    """Where the address says that the phone is."""
    position = stated_position(request.args.get("lat"), request.args.get("lon"))
    return position.point if position is not None and position.point.is_on_earth else None


@pages.get("/visits/start/<uuid:equipment_id>")
@web.allows(Action.CREATE, Thing.VISIT)
def start(equipment_id: UUID) -> web.Answer:
    return offline(start_page(equipment_id))


@pages.get("/visits/start/<uuid:equipment_id>/checklist")
@web.allows(Action.CREATE, Thing.VISIT)
def blank(equipment_id: UUID) -> web.Answer:
    """The checklist that is due, kept on a phone that may sign in where there is no signal: its swipe, which
    is sent before the answers, makes the visit."""
    who, lift, now = web.viewer(), piece(web.viewer(), equipment_id), clock.now()
    if lift.category not in VISITED:
        raise NotFound
    duty = next_task(lift.id, lift.category).duty
    visit = Visit(
        equipment_id=lift.id,
        id=new_id(),
        organisation_id=who.organisation_id,
        area=lift.area,
        category=lift.category,
        duty=duty,
        **list_at(lift, who.organisation_id, duty, clock.site_day(now)),
        state=VisitState.OPEN,
        opened_at=now,
        on=clock.site_day(now),
        technicians=[str(who.user_id)],
        confirmed=[str(who.user_id)],
        answers={},
        flags=[],
        denied=[],
        remark="",
        remarks={},
    )
    return offline(visit_page(visit, blank=True))


def start_page(equipment_id: UUID, answer: Mapping[str, object] | None = None) -> str:
    """One lift before signing in: what is due there; `answer` is a swipe that did not open a visit."""
    lift = piece(web.viewer(), equipment_id)
    letter = annex_of(lift, clock.today())
    return render_template(
        "maintenance/start.html",
        lift=lift,
        lift_name=lift_name(lift),
        rescue=rescue_notice(web.viewer(), lift.id),
        task=next_task(lift.id, lift.category),
        swipe_id=new_id(),
        annex=annex_checklist(letter) if letter else None,
        answer=answer,
    )


@pages.post("/visits/phone")
@web.allows(Action.CREATE, Thing.VISIT)
def phone() -> web.Answer:
    """A token for the phone of the person who is signed in: what it keeps is sent by that, also after the
    sign-in has ended."""
    return phone_token(gettext("Maintenance phone"))


@pages.get("/visits/<uuid:equipment_id>/<uuid:visit_id>")
@web.allows(Action.SEE, Thing.VISIT)
def page(equipment_id: UUID, visit_id: UUID) -> web.Answer:
    """The checklist while it can be worked on, the record otherwise."""
    visit = visit_at(web.viewer(), equipment_id, visit_id)
    works = (
        actions.is_mine(visit, web.viewer())
        and actions.is_answerable(visit)
        and request.args.get("view") != "record"
    )
    shown = (
        visit_page(visit)
        if works and (visit.state == VisitState.OPEN or not visit.counted)
        else record_page(visit)
    )
    return offline(shown) if actions.is_mine(visit, web.viewer()) else shown


def _unknown_evidence(visit: Visit, piece: Equipment | None) -> list[str]:
    """What the details of the lift do not say, though strip-downs would be shown if it were so."""
    if piece is None or visit.duty != DueKind.VISIT_YEAR or visit.annex not in ("", "A"):
        return []
    return [
        translate(ElevatorDetails.field_spec(one.detail).label)
        for one in evidence_items().values()
        if not piece.details.get(one.detail)
    ]


def visit_page(visit: Visit, form: JoinForm | None = None, *, blank: bool = False) -> str:
    """The checklist item by item, with the second technician's form as he typed it; `blank` is that of no
    visit yet."""
    places, photos = by_place(items_of(visit)), photos_of(SYSTEM, visit)
    key_photo = key_photo_needed(visit.on)
    listed = listed_visits(web.viewer(), [visit])[0]
    names, me = names_of(people_of(visit)), str(web.viewer().user_id)
    form = form or JoinForm(formdata=None)
    form.swipe_id.data = new_id()
    form.person.choices = [
        ("", "—"),
        *(
            (str(colleague.id), colleague.name)
            for colleague in people_with(visit.organisation_id, Role.TECHNICIAN)
            if str(colleague.id) not in visit.technicians
        ),
    ]
    return render_template(
        "maintenance/visit.html",
        visit=visit,
        listed=listed,
        places={
            place: [checklist_row(visit, item, names, photos.get(item.code, ()), key_photo) for item in items]
            for place, items in places.items()
        },
        key_photo=key_photo,
        own_list=own_list_of(visit.organisation_id, visit.own_list_id),
        manages=may(web.viewer(), Action.CHANGE, Thing.CHECKLIST),
        unknown_evidence=_unknown_evidence(visit, listed.piece),
        remark=visit.remarks[me]["text"] if me in visit.remarks else "",
        remarks=other_remarks(visit, names, me),
        most=max(sum(map(len, places.values())), 1),
        LACKS=LACKS,
        annex=annex_checklist(visit.annex, visit.checklist_version) if visit.annex else None,
        crew=crew(visit, names),
        asks_whose_card=actions.may_say_was_me(visit, web.viewer()) and me not in visit.denied,
        options=list(ItemAnswer),
        form=form,
        on_site=visit.state == VisitState.OPEN,
        disputed=visit.state == VisitState.DISPUTED,
        blank=blank,
        shortest=limits_of(visit.category, visit.on).shortest.seconds // 60,
    )


@pages.post("/visits/<uuid:equipment_id>/<uuid:visit_id>/answers")
@web.allows(Action.CHANGE, Thing.VISIT)
def save(equipment_id: UUID, visit_id: UUID) -> web.Answer:
    """Answers of the page's script as JSON, one or many; of a page without scripts the whole form."""
    who = web.viewer()
    if not request.is_json:
        return _save_form(visit_at(who, equipment_id, visit_id))
    try:
        body = api.body(AnswersBody)
        with transaction():
            visit = visit_at(who, equipment_id, visit_id)
            progress = actions.answer(
                visit, body.replies(), by=who, remark=body.remark, message_id=body.message_id
            )
        return jsonify(progress_json(progress))
    except Invalid as error:
        return _refused(error)


def _refused(error: Invalid) -> Response:
    response = jsonify(
        {
            "fields": {name: translate(message) for name, message in error.fields.items()},
            "text": web.field_texts(error),
        }
    )
    response.status_code = 409 if isinstance(error, Conflict) else 422
    return response


def _save_form(visit: Visit) -> web.Answer:
    who = web.viewer()
    replies = typed_replies(visit, clock.now(), str(who.user_id))
    photos = {
        item.code: _photo(request.files[f"p-{item.code}"])
        for item in items_of(visit)
        if request.files.get(f"p-{item.code}")
    }
    with transaction():
        visit = visit_at(who, visit.equipment_id, visit.id)
        actions.answer(visit, replies, by=who, remark=RemarkForm().remark.data)
        for code, photo in photos.items():
            add_photo(visit, code, photo, by=who)
    flash(gettext("Saved."), "success")
    return redirect(url_for("visits.page", equipment_id=visit.equipment_id, visit_id=visit.id))


def _photo(file: FileStorage) -> StoredDocument:
    return take(cast(BinaryIO, file.stream), file.filename or "photo", "photo", accept=IMAGES, field="photo")


@pages.post("/visits/<uuid:equipment_id>/<uuid:visit_id>/photo")
@web.allows(Action.CHANGE, Thing.VISIT)
def photograph(equipment_id: UUID, visit_id: UUID) -> web.Answer:
    who, form = web.viewer(), ItemPhotoForm()
    file = request.files.get("photo")
    visit_at(who, equipment_id, visit_id)
    try:
        if file is None:
            raise Invalid({"photo": N_("Take a photo")})
        photo = _photo(file)
        with transaction():
            visit = visit_at(who, equipment_id, visit_id)
            attachment = add_photo(visit, form.code.data, photo, by=who, claim=form.claim)
        return jsonify(
            {
                **progress_json(actions.progress_of(visit)),
                "photo": url_for("files.read", equipment_id=equipment_id, attachment_id=attachment.id),
            }
        )
    except Invalid as error:
        return _refused(error)


@pages.post("/visits/<uuid:equipment_id>/<uuid:visit_id>/confirm")
@web.allows(Action.CHANGE, Thing.VISIT)
def confirm(equipment_id: UUID, visit_id: UUID) -> web.Answer:
    who = web.viewer()
    in_transaction(lambda: actions.confirm(visit_at(who, equipment_id, visit_id), by=who))
    flash(gettext("Confirmed: you stand for this visit."), "success")
    return redirect(url_for("visits.page", equipment_id=equipment_id, visit_id=visit_id))


@pages.post("/visits/<uuid:equipment_id>/<uuid:visit_id>/deny")
@web.allows(Action.CHANGE, Thing.VISIT)
def deny(equipment_id: UUID, visit_id: UUID) -> web.Answer:
    """Whose card was shown says that it was not him."""
    who = web.viewer()
    in_transaction(lambda: actions.deny(visit_at(who, equipment_id, visit_id), by=who))
    flash(gettext("Noted: it was not you. Your manager has been told."), "success")
    return redirect(url_for("visits.today"))
