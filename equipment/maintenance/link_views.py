"""`/sign/...`: the one-time link of whoever was chosen to sign on a technician's phone. He sees the
record without an account, leaves it, or objects once."""

from __future__ import annotations

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from flask_babel import force_locale, get_locale
from limits import parse as rate

from equipment import web
from equipment.core.errors import Conflict, Invalid, NotFound
from equipment.core.words import N_
from equipment.maintenance import disputes, signatures
from equipment.maintenance.closing import piece_of
from equipment.maintenance.forms import ObjectionForm
from equipment.maintenance.listing import lift_name, organisation_names
from equipment.maintenance.models import Visit, VisitSignature
from equipment.maintenance.queries import items_of, names_of
from equipment.maintenance.states import ItemAnswer, VisitState
from equipment.people.rules import Viewer
from equipment.regulation.planning import DueKind
from equipment.storage.db import transaction
from equipment.web.language import translate
from equipment.web.limits import count, remote_address
from equipment.web.origin import must_come_from_here

pages = Blueprint("visit_links", __name__)
FALSE_LINKS, OBJECTIONS = rate("30/minute"), rate("20/hour")


@pages.route("/sign/<token>", methods=["GET", "POST"])
@web.public
def signed(token: str) -> web.Answer:
    """The record behind a link, and the objection."""
    row, visit = _behind(token)
    form, problems = ObjectionForm(), {}
    if request.method == "POST":
        must_come_from_here()
        count(OBJECTIONS, "objection", remote_address())
        try:
            with transaction():
                row, visit = _behind(token)
                if row.objected_at is not None:
                    raise Conflict({"": ONCE})
                by = Viewer(f"link:{row.id}", organisation_id=visit.use_unit_id)
                disputes.dispute(visit, form.reason.data, by=by, link=row)
            return redirect(url_for("visit_links.signed", token=token), 303)
        except Invalid as error:
            problems = dict(error.fields)
            row, visit = _behind(token)
    language = "en" if request.args.get("lang") == "en" else "zh_Hans_CN"
    with force_locale(language):
        texts = {name: translate(message) for name, message in problems.items()}
        response = make_response(_page(row, visit, form, texts))
    return _closed(response, 422 if problems else 200)


ONCE = N_("You have objected already.")


def _behind(token: str) -> tuple[VisitSignature, Visit]:
    """What the link leads to; false ones are counted, so that nobody tries many."""
    behind = signatures.signature_by_token(token[:64])
    if behind is None:
        count(FALSE_LINKS, "sign", remote_address())
        raise NotFound
    return behind


def _page(row: VisitSignature, visit: Visit, form: ObjectionForm, problems: dict[str, str]) -> str:
    answers = [
        (item, ItemAnswer(stored["answer"]) if stored.get("answer") else None, stored.get("note", ""))
        for item in items_of(visit)
        for stored in [visit.answers.get(item.code, {})]
    ]
    notable = [one for one in answers if one[1] in (ItemAnswer.ABNORMAL, ItemAnswer.ADJUSTED)]
    firm = organisation_names([visit.organisation_id]).get(visit.organisation_id, "")
    return render_template(
        "maintenance/sign_link.html",
        visit=visit,
        row=row,
        lift_name=lift_name(piece_of(visit)),
        duty=DueKind(visit.duty),
        firm=firm,
        technicians=list(names_of(visit.technicians).values()),
        minutes=round((visit.closed_at - visit.opened_at).total_seconds() / 60) if visit.closed_at else None,
        answers=answers,
        notable=notable,
        may_object=row.objected_at is None
        and visit.state == VisitState.ON_SITE
        and signatures.may_object(visit),
        form=form,
        problems=problems,
        language=str(get_locale()),
    )


def _closed(response: Response, status: int) -> Response:
    """Nobody keeps this page, and its address goes nowhere else."""
    response.status_code = status
    response.headers["Cache-Control"] = "no-store"
    response.headers["Referrer-Policy"] = "same-origin"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response
