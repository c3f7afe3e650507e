"""`/T/CODE`: what anybody who scans a label sees, and how he says that something is wrong. No cookie, no
personal data; scripts only help: a report waits on the phone while there is no signal."""

from __future__ import annotations

from typing import BinaryIO, cast

from flask import Blueprint, Response, current_app, make_response, redirect, render_template, request, url_for
from flask_babel import force_locale, get_locale, gettext
from limits import parse as rate
from sqlalchemy import select
from werkzeug.exceptions import BadRequest

from equipment import web
from equipment.core import clock
from equipment.core.errors import Conflict, Invalid, NotFound
from equipment.core.ids import new_id
from equipment.core.words import N_
from equipment.files.actions import take
from equipment.files.store import StoredContent
from equipment.fills.station import pack_of
from equipment.life.actions import ReportDraft, receive, was_received
from equipment.life.forms import ReportForm
from equipment.life.models import PublicReport
from equipment.life.public import BottleFace, PublicFace, face_of
from equipment.life.rules import WITHOUT_PIECE
from equipment.life.states import Answer, ReportKind
from equipment.people.rules import PUBLIC, SYSTEM, Action, Role, Thing, may
from equipment.people.scope import in_scope
from equipment.register.models import Equipment
from equipment.register.queries import piece, resolve
from equipment.regulation.categories import category
from equipment.storage.db import session, transaction
from equipment.web.language import translate
from equipment.web.limits import count, hit, is_free, remote_address
from equipment.web.origin import must_come_from_here

pages = Blueprint("public", __name__)
ON_FILE = frozenset(
    {
        Answer.VALID,
        Answer.OVERDUE,
        Answer.PAST_LIFE,
        Answer.SCRAPPED,
        Answer.LOCKED,
        Answer.STOP_USE,
        Answer.FAILED,
        Answer.STOPPED,
        Answer.UNSTATED,
    }
)
PHOTO = frozenset({"image/jpeg", "image/png", "image/webp"})
PHOTO_MB = 10
# One carrier's address stands for thousands of phones: known codes are free up to a rate nobody's hands
# reach, guessing is not.
UNKNOWN_PER_ADDRESS, UNKNOWN_PER_CODE = rate("60/minute"), rate("30/minute")
REPORTS_PER_ADDRESS, TRIES_PER_ADDRESS = rate("10/hour"), rate("30/minute")
PHOTOS_PER_ADDRESS = rate("20/hour")  # counted before a photo is drawn: that costs more than a report
# The one button of signed-in staff, by role; each leads on only where its page exists and the piece is in
# scope.
BUTTONS: tuple[tuple[Role, str, str], ...] = (
    (Role.TECHNICIAN, N_("Start the visit"), "visits.site"),
    (Role.OPERATOR, N_("To the scanner"), "station.scanner"),
    (Role.INSPECTOR, N_("Enter a result"), "inspections.new"),
)


def language_of_page() -> str:
    """Strangers choose by the address, so that one page is the same for all; staff keep theirs."""
    language = request.args.get("lang", "")
    if language in ("en", "zh"):
        return "en" if language == "en" else "zh_Hans_CN"
    return "zh_Hans_CN" if web.viewer() is PUBLIC else str(get_locale())


@pages.get("/T/<code>")
@pages.get("/t/<code>")
@web.public
def face(code: str) -> web.Answer:
    resolved = resolve(code[:200])
    shown = face_of(resolved)
    if shown.answer not in ON_FILE:
        count(UNKNOWN_PER_ADDRESS, "address", remote_address())
        count(UNKNOWN_PER_CODE, "code", code[:200].upper())
    stranger = web.viewer() is PUBLIC
    with force_locale(language_of_page()):
        response = make_response(
            render_template(
                "life/public.html",
                face=shown,
                kind=_kind(shown),
                code=code,
                why=_why(shown),
                gas=_gas(shown.bottle),
                if_on_bottle=WITHOUT_PIECE.get(shown.answer) if not shown.category else None,
                button=None if stranger else _button(shown),
            )
        )
    response.headers["Cache-Control"] = "public, max-age=60" if stranger else "private, no-store"
    response.status_code = (
        200 if shown.answer in ON_FILE or shown.answer in (Answer.BLANK, Answer.VOID) else 404
    )
    return response


def _gas(bottle: BottleFace | None) -> str:
    """What is in it, in the language of the page."""
    gas = pack_of(clock.today()).gases.get(bottle.gas) if bottle else None
    if gas is not None:
        return gas.name.in_language("en" if str(get_locale()) == "en" else "zh")
    return bottle.gas if bottle else ""


def _kind(shown: PublicFace) -> str:
    if not shown.category:
        return ""
    kind = category(shown.category)
    catalogued = kind.catalogue.get(shown.catalogue_code)
    return (
        (catalogued.en if str(get_locale()) == "en" else catalogued.zh)
        if catalogued
        else translate(kind.label)
    )


WHY = {
    Answer.VALID: N_("The last inspection is valid until %(day)s."),
    Answer.OVERDUE: N_("It had to be inspected by %(day)s."),
    Answer.PAST_LIFE: N_("Its service life ended on %(life)s."),
    Answer.SCRAPPED: N_("It has been taken out of service for ever."),
    Answer.LOCKED: N_("It has been locked and must not be used until it is released."),
    Answer.STOP_USE: N_("A serious hazard was found on it. It must not be used until it was re-checked."),
    Answer.FAILED: N_("It did not pass its inspection of %(failed)s."),
    Answer.STOPPED: N_("It is registered as not in use."),
    Answer.UNSTATED: N_(
        "The register does not know its inspection date yet. Ask the unit that uses or fills it."
    ),
    Answer.VOID: N_("This label was replaced or taken off. A piece that still carries it may be false."),
    Answer.FORGED: N_("This code was never issued. The label may be a forgery: please report it to 12315."),
    Answer.BLANK: N_("This label has been printed and is on no equipment yet."),
    Answer.MISTYPED: N_("The code is incomplete or wrong. Scan the label again or compare the characters."),
    Answer.UNKNOWN: N_("Nothing is registered under this code."),
    Answer.TEST: N_("It is for trying out machines. No real piece carries it."),
}


REPLACED = N_(
    "This label was replaced by another. The piece itself carries a new one: "
    "what still carries this may be false."
)


def _why(shown: PublicFace) -> str:
    is_replaced = shown.is_replaced and shown.answer is Answer.VOID
    return str(
        gettext(
            REPLACED if is_replaced else WHY[shown.answer],
            day=shown.valid_until.isoformat() if shown.valid_until else "",
            failed=shown.failed_on.isoformat() if shown.failed_on else "",
            life=shown.life_until.isoformat() if shown.life_until else "",
        )
    )


def _button(shown: PublicFace) -> tuple[str, str] | None:
    """Where staff go from here: to their work, else to the piece's page."""
    who = web.viewer()
    if shown.equipment_id is None:
        return (
            (gettext("Bind this label"), url_for("labels.bind", code=shown.code))
            if shown.answer == Answer.BLANK and may(who, Action.CHANGE, Thing.LABEL)
            else None
        )
    if not session.scalar(
        select(in_scope(who, Equipment)).select_from(Equipment).where(Equipment.id == shown.equipment_id)
    ):
        return None
    for role, label, endpoint in BUTTONS:
        if role in who.roles and endpoint in current_app.view_functions:
            return translate(label), url_for(endpoint, equipment_id=shown.equipment_id, code=shown.code)
    return gettext("Open its page"), url_for("life.whole", equipment_id=shown.equipment_id)


@pages.route("/T/<code>/report", methods=["GET", "POST"])
@pages.route("/t/<code>/report", methods=["GET", "POST"])
@web.public
def report(code: str) -> web.Answer:
    """Say that something is wrong: a page of its own, photo and phone optional. With scripts the phone keeps
    the report and sends it to the API, without them the form comes here."""
    form, problems, status = ReportForm(), {}, 200
    shown = face_of(resolve(code[:200]))
    if request.method == "GET" and shown.answer == Answer.FORGED:
        form.kind.data = ReportKind.FORGED
    if request.method == "POST":
        try:
            received, _fresh = take_in(code, form)
            return redirect(status_url(received), 303)
        except Invalid as error:
            problems, status = dict(error.fields), status_of(error)
            if isinstance(error, Conflict):
                # what was typed differs from what was sent: pressed again, it is a report of its own
                form.report_id.data = None
    with force_locale(language_of_page()):
        texts = {name: translate(message) for name, message in problems.items()}
        if status == 409:
            texts[""] = gettext("You sent this report before. Send it again if this is another one.")
        page = render_template(
            "life/report.html",
            code=code,
            report_id=form.report_id.data or new_id(),
            kinds=list(ReportKind),
            form=form,
            problems=texts,
        )
    return page, status


def status_url(report: PublicReport) -> str:
    return url_for("public.status", number=report.number, lang=request.args.get("lang"))


def status_of(error: Invalid) -> int:
    if isinstance(error, Conflict):
        return 409
    return 429 if "" in error.fields else 422


def take_in(code: str, form: ReportForm) -> tuple[PublicReport, bool]:
    """(the report, whether it is a new one), about the piece behind a code, or about the code itself where it
    leads to none. Only what was taken counts: whoever has to correct a field has sent nothing yet, and what
    is sent again was counted before."""
    must_come_from_here()
    if not code.strip():
        raise NotFound
    if form.website.data:
        raise BadRequest
    address = remote_address()
    count(TRIES_PER_ADDRESS, "try", address)
    draft = _draft(form)
    free = is_free(REPORTS_PER_ADDRESS, "report", address) or was_received(draft.id)
    if not free or (request.files.get("photo") and not hit(PHOTOS_PER_ADDRESS, "photo", address)):
        raise Invalid(
            {
                "": N_(
                    "Too many reports came from this network within the hour. "
                    "Call 12315, or send it again later."
                )
            }
        )
    photo, about = _photo(), resolve(code[:200]).equipment_id
    with transaction():
        received, fresh = receive(piece(SYSTEM, about) if about else None, draft, photo, code[:200])
    if fresh:
        hit(REPORTS_PER_ADDRESS, "report", address)
    return received, fresh


def _draft(form: ReportForm) -> ReportDraft:
    if form.kind.data not in set(ReportKind):
        raise Invalid({"kind": N_("Choose what it is about.")})
    return ReportDraft(
        ReportKind(form.kind.data),
        form.description.data,
        form.phone.data,
        form.report_id.data,
        form.happened_at.data,
    )


def _photo() -> StoredContent | None:
    """The photo drawn anew, without where and with what it was taken."""
    upload = request.files.get("photo")
    if upload is None or not upload.filename:
        return None
    return take(
        cast("BinaryIO", upload.stream), "photo", "photo", accept=PHOTO, largest_mb=PHOTO_MB, field="photo"
    ).content


@pages.get("/R/<number>")
@web.public
def status(number: str) -> web.Answer:
    """How far a report is: what was said and by whom stays with the bureau."""
    reported = session.scalar(select(PublicReport).where(PublicReport.number == number.upper()))
    if reported is None:
        count(UNKNOWN_PER_ADDRESS, "address", remote_address())
        raise NotFound
    with force_locale(language_of_page()):
        response: Response = make_response(render_template("life/report_status.html", report=reported))
    response.headers["Cache-Control"] = "no-store"
    return response
