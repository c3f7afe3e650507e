"""The technician's phone: today's lifts, signing in, the checklist item by item, the second technician,
signing out."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import BinaryIO, NamedTuple, cast
from uuid import UUID

from flask import (
    Blueprint,
    Response,
    current_app,
    flash,
    jsonify,
    redirect,
    render_template,
    request,
    url_for,
)
from flask_babel import gettext
from flask_login import current_user
from werkzeug.datastructures import FileStorage

from equipment import web
from equipment.core import clock
from equipment.core.errors import Conflict, Invalid, NotAllowed, NotFound
from equipment.core.ids import id_in, new_id
from equipment.core.words import N_
from equipment.files.actions import StoredDocument, take
from equipment.files.content import IMAGES
from equipment.maintenance import actions
from equipment.maintenance.answer_rules import LACKS, in_conflict, lacking, replies_of, reply_of
from equipment.maintenance.api import AnswersBody, progress_json, reason_text, record_swipe, swipe_json
from equipment.maintenance.forms import ItemPhotoForm, JoinForm, RemarkForm, SwipeForm, typed_replies
from equipment.maintenance.listing import lift_name, listed_visits, people_of, photo_url, reply_text
from equipment.maintenance.models import SwipeAnswer, Visit
from equipment.maintenance.queries import (
    VISITED,
    annex_of,
    items_of,
    limits_of,
    names_of,
    next_task,
    unconfirmed_of,
    unfinished_of,
    visit_at,
)
from equipment.maintenance.record_views import crew, other_remarks, record_page
from equipment.maintenance.states import Direction, ItemAnswer, SwipeOutcome, SwipeReason, VisitState
from equipment.maintenance.swiping import SwipeMessage
from equipment.maintenance.worklist import Light, done_today, jobs
from equipment.people.credentials import Lock, failed, has_pin, succeeded
from equipment.people.devices import enrol_phone
from equipment.people.models import User
from equipment.people.queries import people_with, viewer_of
from equipment.people.rules import Action, Role, SignInMeans, Thing
from equipment.people.security import attempt_here
from equipment.register.queries import piece
from equipment.regulation.checklists import Item, annex_checklist, by_place
from equipment.storage.db import in_transaction, session, transaction
from equipment.web import api
from equipment.web.forms import show_errors
from equipment.web.language import translate
from equipment.web.offline import offline

pages = Blueprint("visits", __name__)
UNFINISHED_FOR = timedelta(days=60)
MOST_ON_PHONE = 40  # lifts of today's list that a phone keeps
OUTCOME_TEXTS = {
    SwipeOutcome.OPENED: N_("You are signed in at this lift."),
    SwipeOutcome.JOINED: N_("The second technician has joined."),
    SwipeOutcome.CLOSED: N_("You are signed out of this lift."),
}


@pages.get("/visits/today")
@web.allows(Action.CREATE, Thing.VISIT)
def today() -> web.Answer:
    who = web.viewer()
    due = jobs(who)
    mine = Role.TECHNICIAN in who.roles and request.args.get("whose") != "all"
    shown = [job for job in due if job.is_for(who)] if mine else due
    waiting, done = unconfirmed_of(who), done_today(who)
    unfinished = unfinished_of(who, clock.today() - UNFINISHED_FOR)
    rows = {row.record.id: row for row in listed_visits(who, [*waiting, *unfinished, *done])}
    page = render_template(
        "maintenance/today.html",
        jobs=shown,
        mine=mine,
        colleagues_have=mine and bool(due),
        technician=Role.TECHNICIAN in who.roles,
        done=[rows[visit.id] for visit in done],
        waiting=[rows[visit.id] for visit in waiting],
        unfinished=[rows[visit.id] for visit in unfinished],
        most=MOST_ON_PHONE,
        counts={light: sum(job.light is light for job in shown) for light in Light},
        swipe_id=new_id(),
    )
    return offline(page)


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
    visit = Visit(
        equipment_id=lift.id,
        id=new_id(),
        organisation_id=who.organisation_id,
        area=lift.area,
        category=lift.category,
        duty=next_task(lift.id, lift.category).duty,
        annex=annex_of(lift, clock.site_day(now)),
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
        task=next_task(lift.id, lift.category),
        swipe_id=new_id(),
        annex=annex_checklist(letter) if letter else None,
        answer=answer,
    )


@pages.post("/visits/swipe")
@web.allows(Action.CREATE, Thing.VISIT)
def sign_in() -> web.Answer:
    """A signed-in phone met the label or plate of a lift: the label decides where it is, not the page it was
    scanned on."""
    form = SwipeForm()
    tapped: UUID | None = form.equipment_id.data
    message = SwipeMessage(
        form.swipe_id.data or new_id(),
        clock.now(),
        code=form.code.data,
        how=form.read_by,
        position=form.position,
    )
    try:
        answer, _fresh = record_swipe(message, web.viewer())
    except Conflict:  # the page was sent twice, or again after going back: the earlier answer stands
        return redirect(url_for("visits.start", equipment_id=tapped) if tapped else url_for("visits.today"))
    if answer["visit_id"] is None:
        shown = swipe_json(answer)
        return (
            start_page(tapped, shown) if tapped else render_template("maintenance/refused.html", answer=shown)
        )
    _flash_answer(answer, tapped)
    return redirect(url_for("visits.page", equipment_id=answer["equipment_id"], visit_id=answer["visit_id"]))


def _flash_answer(answer: SwipeAnswer, tapped: UUID | None) -> None:
    for reason in answer["reasons"]:
        flash(reason_text(reason), "warning")
    if tapped is not None and str(tapped) != answer["equipment_id"]:
        flash(
            gettext(
                "The label belongs to another lift than the one you tapped. "
                "The visit is at the lift of the label."
            ),
            "warning",
        )
    text = OUTCOME_TEXTS.get(SwipeOutcome(answer["outcome"]))
    if text:
        flash(translate(text), "success")


@pages.post("/visits/phone")
@web.allows(Action.CREATE, Thing.VISIT)
def phone() -> Response:
    """A token for the phone of the person who is signed in: what it keeps is sent by that, also after the
    sign-in has ended."""
    if not current_user.is_authenticated:
        raise NotAllowed
    with transaction():
        _device, token = enrol_phone(current_user, gettext("Maintenance phone"), by=web.viewer())
    response = jsonify({"token": token, "person": str(current_user.id)})
    response.headers["Cache-Control"] = "no-store"
    return response


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


class ChecklistRow(NamedTuple):
    """One item on the phone: this person's answer so far (else the one that stands), the address of its photo
    and what the answer still lacks; `lack_text` says so once something was chosen. `conflict` is what its
    people say where they disagree on an 异常."""

    item: Item
    answer: str
    note: str
    photo: str
    lack: str
    lack_text: str
    conflict: list[str]


def _checklist_row(visit: Visit, item: Item, names: Mapping[UUID, str]) -> ChecklistRow:
    stored = visit.answers.get(item.code, {})
    own = reply_of(stored, str(web.viewer().user_id))
    answer, lack = own.get("answer", ""), lacking(item, stored)
    text = translate(LACKS[lack]) if lack and answer else ""
    conflict = [reply_text(one, names) for one in replies_of(stored)] if in_conflict(stored) else []
    return ChecklistRow(item, answer, own.get("note", ""), photo_url(visit, stored), lack, text, conflict)


def visit_page(visit: Visit, form: JoinForm | None = None, *, blank: bool = False) -> str:
    """The checklist item by item, with the second technician's form as he typed it; `blank` is that of no
    visit yet."""
    places = by_place(items_of(visit))
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
        listed=listed_visits(web.viewer(), [visit])[0],
        places={
            place: [_checklist_row(visit, item, names) for item in items] for place, items in places.items()
        },
        remark=visit.remarks[me]["text"] if me in visit.remarks else "",
        remarks=other_remarks(visit, names, me),
        most=max(sum(map(len, places.values())), 1),
        LACKS=LACKS,
        annex=annex_checklist(visit.annex) if visit.annex else None,
        crew=crew(visit, names),
        confirm=actions.may_say_was_me(visit, web.viewer()) and me not in visit.denied,
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
            actions.add_photo(visit, code, photo, by=who)
    flash(gettext("Saved."), "success")
    return redirect(url_for("visits.page", equipment_id=visit.equipment_id, visit_id=visit.id))


def _photo(file: FileStorage) -> StoredDocument:
    return take(cast(BinaryIO, file.stream), file.filename or "photo", "photo", accept=IMAGES, field="photo")


@pages.post("/visits/<uuid:equipment_id>/<uuid:visit_id>/photo")
@web.allows(Action.CHANGE, Thing.VISIT)
def photograph(equipment_id: UUID, visit_id: UUID) -> web.Answer:
    who, code = web.viewer(), ItemPhotoForm().code.data
    file = request.files.get("photo")
    visit_at(who, equipment_id, visit_id)
    try:
        if file is None:
            raise Invalid({"photo": N_("Take a photo")})
        photo = _photo(file)
        with transaction():
            visit = visit_at(who, equipment_id, visit_id)
            attachment = actions.add_photo(visit, code, photo, by=who)
        return jsonify(
            {
                **progress_json(actions.progress_of(visit)),
                "photo": url_for("files.read", equipment_id=equipment_id, attachment_id=attachment.id),
            }
        )
    except Invalid as error:
        return _refused(error)


@pages.post("/visits/<uuid:equipment_id>/<uuid:visit_id>/join")
@web.allows(Action.CHANGE, Thing.VISIT)
def join(equipment_id: UUID, visit_id: UUID) -> web.Answer:
    """The second technician at the first one's phone: by card, or by name and PIN, which is his own
    sign-in."""
    visit = visit_at(web.viewer(), equipment_id, visit_id)
    if visit.state != VisitState.OPEN or not actions.is_mine(visit, web.viewer()):
        raise Conflict({"": N_("This visit is not open any more.")})
    form, second = JoinForm(), web.viewer()
    if not form.card.data:
        try:
            second = viewer_of(_by_pin(visit, form))
        except Invalid as error:
            show_errors(form, error)
            return visit_page(visit, form), 422
    message = SwipeMessage(
        form.swipe_id.data or new_id(),
        clock.now(),
        card=form.card.data,
        direction=Direction.IN,
        at_lift=equipment_id,
    )
    answer, _fresh = record_swipe(message, second)
    _flash_answer(answer, None)
    return redirect(url_for("visits.page", equipment_id=equipment_id, visit_id=visit_id))


def _by_pin(visit: Visit, form: JoinForm) -> User:
    """The colleague whose PIN this is; wrong ones count towards the lock of his account."""
    user_id = id_in(form.person.data)
    person = next(
        (
            colleague
            for colleague in people_with(visit.organisation_id, Role.TECHNICIAN)
            if colleague.id == user_id
        ),
        None,
    )
    if person is None:
        raise Invalid({"person": N_("Show the card, or choose the colleague and enter his PIN.")})
    lock, attempt = Lock.of(current_app.config["SETTINGS"]), attempt_here(SignInMeans.PIN)
    right = has_pin(person, form.pin.data)
    with transaction():
        proved = right and succeeded(session.get_one(User, person.id), attempt, lock)
        if not proved:
            failed(person.id, attempt, lock)
    if not proved:
        raise Invalid({"pin": N_("The PIN is wrong, or this account is locked.")})
    return session.get_one(User, person.id)


@pages.post("/visits/<uuid:equipment_id>/<uuid:visit_id>/sign-out")
@web.allows(Action.CHANGE, Thing.VISIT)
def sign_out(equipment_id: UUID, visit_id: UUID) -> web.Answer:
    """The label scanned again on leaving. A phone without signal keeps the scan and sends it with its own
    time."""
    visit = visit_at(web.viewer(), equipment_id, visit_id)
    form = SwipeForm()
    message = SwipeMessage(
        form.swipe_id.data or new_id(),
        form.happened_at.data or clock.now(),
        code=form.code.data,
        direction=Direction.OUT,
        how=form.read_by,
        position=form.position,
    )
    answer, _fresh = record_swipe(message, web.viewer())
    here = answer["visit_id"] == str(visit.id)
    elsewhere = not here and (
        answer["visit_id"] is not None
        or SwipeReason.NO_SIGN_IN in {reason["code"] for reason in answer["reasons"]}
    )
    if request.accept_mimetypes.best == "application/json":
        return jsonify({**swipe_json(answer), "here": here, "elsewhere": elsewhere})
    if elsewhere:
        flash(gettext("This label belongs to another lift."), "warning")
    else:
        _flash_answer(answer, equipment_id if here else None)
    return redirect(url_for("visits.page", equipment_id=equipment_id, visit_id=visit_id))


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
